"""Edits of orders that no webhook told of are found, and told once whatever comes later."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stockshop import DEMO, StockShop

from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Event
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import changes

BEGIN = """mutation ($id: ID!) { orderEditBegin(id: $id) {
  calculatedOrder { id lineItems(first: 5) { nodes { id quantity } } } userErrors { message } } }"""
CUSTOM = """mutation ($id: ID!) { orderEditAddCustomItem(
  id: $id, title: "Engraving", quantity: 2, price: {amount: "5", currencyCode: EUR}) { userErrors { message } } }"""
QUANTITY = """mutation ($id: ID!, $line: ID!, $quantity: Int!) {
  orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $quantity) { userErrors { message } } }"""
COMMIT = "mutation ($id: ID!) { orderEditCommit(id: $id) { order { id } userErrors { message } } }"
SCOPES = frozenset({"read_orders", "write_orders", "read_order_edits", "write_order_edits", "read_products"})


class Editor:
    """Somebody who edits an order in Shopify's admin, whose webhooks come only when a test says so."""

    def __init__(self, runtime: Runtime, sandbox: Sandbox, store: Store, emitted: list[Event]) -> None:
        self._runtime, self._sandbox, self._store, self._emitted = runtime, sandbox, store, emitted
        orders = self._ask("{ orders(first: 50) { nodes { id cancelledAt lineItems(first: 1) { nodes { id } } } } }")
        self.order = next(
            str(one["id"]) for one in orders["orders"]["nodes"] if not one["cancelledAt"] and one["lineItems"]["nodes"]
        )

    def _ask(self, text: str, **variables: Any) -> Any:
        store, now = self._sandbox.store(DEMO.name), self._sandbox.clock.now()
        answer = self._sandbox.engine.execute(store, text, variables, scopes=SCOPES, now=now)
        assert "errors" not in answer, answer
        for payload in answer["data"].values():
            assert not payload.get("userErrors"), payload
        return answer["data"]

    def add(self) -> None:
        """Add two units of something that is no product."""
        edit = self._ask(BEGIN, id=self.order)["orderEditBegin"]["calculatedOrder"]["id"]
        self._ask(CUSTOM, id=edit)
        self._ask(COMMIT, id=edit)

    def take_one(self) -> None:
        """Take a unit off the last line."""
        edit = self._ask(BEGIN, id=self.order)["orderEditBegin"]["calculatedOrder"]
        line = edit["lineItems"]["nodes"][-1]
        self._ask(QUANTITY, id=edit["id"], line=line["id"], quantity=line["quantity"] - 1)
        self._ask(COMMIT, id=edit["id"])

    def later(self) -> None:
        self._sandbox.clock.move(30)

    def sweep(self) -> None:
        changes.sweep(self._runtime.services, self._store, changes.STREAMS["orders"])
        jobs = self._runtime.storage.jobs
        for job in jobs.list(kind="missed", states=["pending"], limit=250):
            assert jobs.discard(job.id)
            assert jobs.replay(job.id)
        self.work()

    def work(self) -> None:
        while self._runtime.jobs.run_one():
            pass

    def deliver(self, payload: dict[str, Any]) -> None:
        body = json.dumps(payload).encode()
        at = payload["order_edit"]["created_at"]
        delivery = Delivery(
            sign(body, Secret("sandbox-secret")), "orders/edited", DEMO.name, f"edit-{at}", triggered_at=at
        )
        assert self._runtime.intake.receive(delivery, body, is_json=True).new
        self.work()

    def webhook(self, at: str) -> dict[str, Any]:
        """Return what Shopify's own delivery of an edit at that moment says."""
        number = int(self.order.rpartition("/")[2])
        lines = {"additions": [{"id": 1, "delta": 2}], "removals": []}
        return {"order_edit": {"id": 77, "order_id": number, "created_at": at, "line_items": lines}}

    def told(self) -> list[dict[str, Any]]:
        return [event.payload["order_edit"] for event in self._emitted if event.key == "order_edited"]


@pytest.fixture
def editor(runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, emitted: list[Event]) -> Editor:
    """In a store that was connected a while ago, six minutes behind the time of the plugin."""
    runtime.storage.clock = lambda: datetime.now(UTC) + timedelta(minutes=26)
    sandbox.clock.move(1800)
    return Editor(runtime, sandbox, store, emitted)


def units(told: dict[str, Any], member: str) -> list[int]:
    return [line["delta"] for line in told["line_items"][member]]


def test_an_edit_without_a_webhook_is_told_once_with_its_lines(editor: Editor) -> None:
    editor.sweep()
    assert editor.told() == []
    editor.add()
    editor.sweep()
    (told,) = editor.told()
    assert str(told["order_id"]).endswith(editor.order.rpartition("/")[2])
    assert (units(told, "additions"), units(told, "removals")) == ([2], [])
    editor.sweep()
    assert len(editor.told()) == 1


def test_each_of_two_edits_is_told_with_what_it_changed(editor: Editor) -> None:
    editor.sweep()
    editor.add()
    editor.later()
    editor.take_one()
    editor.sweep()
    first, second = sorted(editor.told(), key=lambda one: str(one["created_at"]))
    assert (units(first, "additions"), units(first, "removals")) == ([2], [])
    assert (units(second, "additions"), units(second, "removals")) == ([], [1])


def test_an_edit_that_its_webhook_told_is_not_told_again(editor: Editor, sandbox: Sandbox) -> None:
    editor.sweep()
    editor.add()
    editor.deliver(editor.webhook(sandbox.clock.now().isoformat()))
    editor.sweep()
    assert [told["id"] for told in editor.told()] == [77]


def test_a_webhook_of_an_edit_that_a_sweep_told_tells_nothing_again(editor: Editor, sandbox: Sandbox) -> None:
    editor.sweep()
    editor.add()
    at = sandbox.clock.now().isoformat()
    editor.sweep()
    editor.deliver(editor.webhook(at))
    (told,) = editor.told()
    assert told["id"] != 77
