"""Checkouts that nobody completes: told once, hours after their last change, if Shopify lists them as abandoned."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stockshop import DEMO, StockShop

from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Event
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.topics import TOPICS
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import timers

KEY = "checkout_abandoned"


class Buyer:
    """Somebody who fills a cart; Shopify's webhooks come when a test says so, and the clock moves for everybody."""

    def __init__(
        self, runtime: Runtime, sandbox: Sandbox, shop: StockShop, emitted: list[Event], work: Callable[[], None]
    ) -> None:
        self._runtime, self._sandbox, self._shop, self._emitted, self._work = runtime, sandbox, shop, emitted, work
        self._ahead = timedelta()
        runtime.storage.clock = lambda: datetime.now(UTC) + self._ahead
        sandbox.clock.move(600)
        sandbox.deliveries.change({"hold": True})
        self._taken: set[str] = set()

    def begin(self) -> str:
        made = self._shop.door(f"stores/{DEMO}/checkouts", {"customer": "ada@example.com"})
        return str(made["id"])

    def change(self, checkout: str, **values: Any) -> None:
        self._shop.door(f"stores/{DEMO}/checkouts/{checkout}", values)

    def deliver(self, times: int = 1) -> None:
        """Take what Shopify has to deliver, each delivery so many times."""
        for told in list(self._sandbox.deliveries.listing(store=DEMO.name)):
            if told.webhook_id in self._taken or not told.topic.startswith("checkouts/"):
                continue
            self._taken.add(told.webhook_id)
            signature = sign(told.body, Secret("sandbox-secret"))
            for number in range(times):
                delivery = Delivery(signature, told.topic, DEMO.name, f"{told.webhook_id}-{number}")
                assert self._runtime.intake.receive(delivery, told.body, is_json=True).new
        self._work()

    def later(self, hours: float) -> None:
        self._ahead += timedelta(hours=hours)
        self._sandbox.clock.move(hours * 3600)
        self.look()

    def look(self) -> None:
        timers.upkeep(self._runtime.services)
        self._work()

    def told(self) -> list[Mapping[str, Any]]:
        return [event.payload for event in self._emitted if event.key == KEY]


@pytest.fixture
def buyer(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, emitted: list[Event], work: Callable[[], None]
) -> Buyer:
    runtime.host.triggers_in_use = lambda: frozenset({KEY})
    runtime.host.trigger_parameters = lambda _key: [{"hours": 3}]
    for topic in ("checkouts/create", "checkouts/update"):
        subscribe(runtime, sandbox, store, topic)
    return Buyer(runtime, sandbox, shop, emitted, work)


def subscribe(runtime: Runtime, sandbox: Sandbox, store: Store, topic: str) -> None:
    from atom_shopify_plugin.sandbox.messages import Request

    query = f"""mutation {{ webhookSubscriptionCreate(topic: {TOPICS[topic].enum}, webhookSubscription: {{
      uri: "http://127.0.0.1:9/held-back"}}) {{ userErrors {{ message }} }} }}"""
    token = runtime.connections.token(store).access.reveal()
    headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
    body = json.dumps({"query": query}).encode()
    answer = sandbox.handle(Request("POST", DEMO.name, "/admin/api/2026-10/graphql.json", "", headers, body))
    assert b'"userErrors":[]' in answer.body.replace(b" ", b"")


def test_a_checkout_that_nobody_completes_is_told_once_hours_after_its_last_change(buyer: Buyer) -> None:
    checkout = buyer.begin()
    buyer.deliver(times=2)
    buyer.later(2)
    buyer.change(checkout, note="Is there tea?")
    buyer.deliver()
    buyer.later(2)
    assert buyer.told() == [], "it changed two hours ago"
    buyer.later(1.1)
    (payload,) = buyer.told()
    assert payload["legacy_id"] == checkout
    assert payload["abandoned_hours"] == 3
    assert payload["parameters"] == {"hours": 3}
    assert payload["completed_at"] is None
    assert "recover" in payload["abandoned_checkout_url"]
    assert payload["line_items"]["nodes"][0]["title"]
    assert payload["total_price"]["shop_money"]["currency_code"] == "EUR"
    buyer.change(checkout, note="Hello?")
    buyer.deliver()
    buyer.later(100)
    assert len(buyer.told()) == 1


def test_a_checkout_that_is_completed_by_then_is_not_told(buyer: Buyer, runtime: Runtime, store: Store) -> None:
    known, unknown = buyer.begin(), buyer.begin()
    buyer.deliver()
    buyer.change(known, completed=True)
    buyer.deliver()
    buyer.change(unknown, completed=True)  # and the webhook is lost
    buyer.later(4)
    assert buyer.told() == []
    assert [one for _, one in runtime.storage.trigger_states.subjects(store.id) if "checkouts" in one] == []


def test_a_change_whose_webhook_was_lost_puts_it_off(buyer: Buyer) -> None:
    checkout = buyer.begin()
    buyer.deliver()
    buyer.later(2)
    buyer.change(checkout, note="Still here")
    buyer.later(1.5)
    assert buyer.told() == []
    buyer.later(2)
    assert len(buyer.told()) == 1


def test_a_checkout_that_shopify_does_not_list_is_forgotten(
    buyer: Buyer, sandbox: Sandbox, runtime: Runtime, store: Store
) -> None:
    checkout = buyer.begin()
    buyer.deliver()
    sandbox.store(DEMO.name).all("AbandonedCheckout").pop(f"gid://shopify/AbandonedCheckout/{checkout}")
    buyer.later(4)
    assert buyer.told() == []
    assert [one for _, one in runtime.storage.trigger_states.subjects(store.id) if "checkouts" in one] == []
