"""Orders that wait too long for their payment or fulfilment: told once, when the hours are over, if they still wait."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stockshop import DEMO, StockShop

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import sweeps, timers
from atom_shopify_plugin.sync.changes import STREAMS


class Waiting:
    """A merchant's orders, and a clock that moves for everybody."""

    def __init__(self, runtime: Runtime, shop: StockShop, store: Store, work: Callable[[], None]) -> None:
        self.runtime, self._shop, self._store, self._work = runtime, shop, store, work
        self._number = 0
        self._ahead = timedelta()
        runtime.storage.clock = lambda: datetime.now(UTC) + self._ahead

    def subscribe(self, key: str, **parameters: Any) -> None:
        self.runtime.host.triggers_in_use = lambda: frozenset({key})
        self.runtime.host.trigger_parameters = lambda _key: [parameters]

    def order(self, **wish: Any) -> int:
        return int(self._shop.door(f"stores/{DEMO}/orders", {"seed": 1, **wish})["id"])

    def change(self, order: int, **wish: Any) -> None:
        self._shop.door(f"stores/{DEMO}/orders/{order}", wish)

    def act(self, action: str, **given: Any) -> None:
        self.runtime.actions.run(Call(Principal("ada"), action, given))

    def deliver(self, topic: str, order: int) -> None:
        shop = sweeps.shop_of(self.runtime.services, self._store)
        payload = STREAMS["orders"].snapshot(shop, f"gid://shopify/Order/{order}")
        assert payload is not None
        body = json.dumps(payload).encode()
        self._number += 1
        signature = sign(body, Secret("sandbox-secret"))
        delivery = Delivery(signature, topic, DEMO.name, f"w{self._number}", triggered_at=payload["updated_at"])
        assert self.runtime.intake.receive(delivery, body, is_json=True).new
        self._work()

    def later(self, hours: float) -> None:
        """Let time pass, and have what is due looked at."""
        self._ahead += timedelta(hours=hours)
        self.look()

    def look(self) -> None:
        timers.upkeep(self.runtime.services)
        self._work()


@pytest.fixture
def waiting(runtime: Runtime, shop: StockShop, store: Store, work: Callable[[], None]) -> Waiting:
    return Waiting(runtime, shop, store, work)


def told(emitted: list[Event], key: str) -> list[Mapping[str, Any]]:
    return [event.payload for event in emitted if event.key == key]


def test_an_order_that_nobody_fulfils_is_told_once_when_the_hours_are_over(
    waiting: Waiting, emitted: list[Event]
) -> None:
    waiting.subscribe("order_unfulfilled_overdue", hours=48)
    order = waiting.order(paid=True)
    waiting.deliver("orders/paid", order)
    waiting.later(47)
    assert told(emitted, "order_unfulfilled_overdue") == []
    waiting.later(2)
    (payload,) = told(emitted, "order_unfulfilled_overdue")
    assert (payload["legacy_id"], payload["overdue_hours"]) == (str(order), 48)
    assert payload["parameters"] == {"hours": 48}
    assert payload["line_items"]["nodes"]
    waiting.deliver("orders/paid", order)
    waiting.later(100)
    assert len(told(emitted, "order_unfulfilled_overdue")) == 1


def test_an_order_that_is_fulfilled_or_closed_by_then_is_not_told(waiting: Waiting, emitted: list[Event]) -> None:
    waiting.subscribe("order_unfulfilled_overdue", hours=1)
    fulfilled, closed, late = (waiting.order(paid=True) for _ in range(3))
    for order in (fulfilled, closed, late):
        waiting.deliver("orders/paid", order)
    waiting.act("fulfillment_create", order_id=fulfilled)
    waiting.act("order_close", id=closed)
    waiting.later(2)
    assert [payload["legacy_id"] for payload in told(emitted, "order_unfulfilled_overdue")] == [str(late)]


def test_an_order_that_is_not_paid_is_told_and_one_that_is_paid_by_then_is_not(
    waiting: Waiting, emitted: list[Event]
) -> None:
    waiting.subscribe("order_unpaid_overdue", hours=24)
    open_, paid, at_once = waiting.order(paid=False), waiting.order(paid=False), waiting.order(paid=True)
    for order in (open_, paid, at_once):
        waiting.deliver("orders/create", order)
    waiting.change(paid, paid=True)
    waiting.later(25)
    (payload,) = told(emitted, "order_unpaid_overdue")
    assert payload["legacy_id"] == str(open_)


def test_an_order_that_was_deleted_is_forgotten(
    waiting: Waiting, emitted: list[Event], sandbox: Sandbox, runtime: Runtime, store: Store
) -> None:
    waiting.subscribe("order_unpaid_overdue", hours=1)
    order = waiting.order(paid=False)
    waiting.deliver("orders/create", order)
    sandbox.store(DEMO.name).all("Order").pop(f"gid://shopify/Order/{order}")
    waiting.later(2)
    assert told(emitted, "order_unpaid_overdue") == []
    assert runtime.storage.trigger_states.subjects(store.id) == []


def test_what_nobody_waits_for_any_more_is_forgotten(
    waiting: Waiting, emitted: list[Event], runtime: Runtime, store: Store
) -> None:
    waiting.subscribe("order_unpaid_overdue", hours=1)
    waiting.deliver("orders/create", waiting.order(paid=False))
    waiting.subscribe("order_unpaid_overdue", hours=2)
    waiting.later(3)
    assert told(emitted, "order_unpaid_overdue") == []
    assert runtime.storage.trigger_states.subjects(store.id) == []


def test_two_looks_at_once_tell_it_once(waiting: Waiting, emitted: list[Event], runtime: Runtime) -> None:
    waiting.subscribe("order_unpaid_overdue", hours=1)
    waiting.deliver("orders/create", waiting.order(paid=False))
    waiting.later(2)
    waiting.look()
    waiting.later(0.1)
    assert len(told(emitted, "order_unpaid_overdue")) == 1
