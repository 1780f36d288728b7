"""What was deleted without a webhook is found, and told once whatever comes later."""

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
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import deletions, trigger_usage

KINDS = {"products": ("Product", "product_deleted"), "customers": ("Customer", "customer_deleted")}


class Clerk:
    """Somebody who deletes things, whose webhooks come only when a test says so."""

    def __init__(
        self, runtime: Runtime, sandbox: Sandbox, store: Store, emitted: list[Event], work: Callable[[], None]
    ) -> None:
        self._runtime, self._sandbox, self._store, self._emitted, self._work = runtime, sandbox, store, emitted, work
        self._ahead = timedelta()
        self._number = 0
        runtime.storage.clock = lambda: datetime.now(UTC) + self._ahead

    def deliver(self, topic: str, number: int, **members: Any) -> None:
        self._number += 1
        at = (datetime.now(UTC) + self._ahead).isoformat()
        body = json.dumps({"id": number, "updated_at": at, **members}).encode()
        signature = sign(body, Secret("sandbox-secret"))
        delivery = Delivery(signature, topic, DEMO.name, f"w{self._number}", triggered_at=at)
        assert self._runtime.intake.receive(delivery, body, is_json=True).new
        self._work()

    def delete(self, kind: str, number: int) -> None:
        self._sandbox.store(DEMO.name).all(kind).pop(gid(kind, number))

    def sweep(self, limit: int = 1000) -> int:
        store = self._runtime.storage.installed.store(self._store.id)
        assert store is not None
        return deletions.sweep(self._runtime.services, store, limit)

    def later(self, minutes: float = 2) -> None:
        self._ahead += timedelta(minutes=minutes)
        self._work()

    def told(self, key: str) -> list[Mapping[str, Any]]:
        return [event.payload for event in self._emitted if event.key == key]


@pytest.fixture
def clerk(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, emitted: list[Event], work: Callable[[], None]
) -> Clerk:
    clerk = Clerk(runtime, sandbox, store, emitted, work)
    clerk.sweep()  # from now on somebody waits
    return clerk


def some(sandbox: Sandbox, kind: str, at: int = 0) -> int:
    return int(list(sandbox.store(DEMO.name).all(kind))[at].rpartition("/")[2])


@pytest.mark.parametrize("name", KINDS)
def test_what_was_deleted_without_a_webhook_is_told_once(clerk: Clerk, sandbox: Sandbox, name: str) -> None:
    kind, key = KINDS[name]
    gone, there = some(sandbox, kind), some(sandbox, kind, 1)
    for number in (gone, there):
        clerk.deliver(f"{name}/update", number)
    assert clerk.sweep() == 0
    clerk.delete(kind, gone)
    assert clerk.sweep() == 1
    clerk.later()
    (payload,) = clerk.told(key)
    assert payload["id"] == gid(kind, gone)
    assert clerk.sweep() == 0
    clerk.deliver(f"{name}/delete", gone)  # the webhook comes after all
    clerk.later()
    assert len(clerk.told(key)) == 1


def test_a_deletion_that_was_told_is_not_missed(clerk: Clerk, sandbox: Sandbox) -> None:
    product = some(sandbox, "Product")
    clerk.deliver("products/update", product)
    clerk.delete("Product", product)
    clerk.deliver("products/delete", product)
    assert clerk.sweep() == 0
    assert len(clerk.told("product_deleted")) == 1


def test_what_is_there_again_a_minute_later_is_not_told(clerk: Clerk, sandbox: Sandbox) -> None:
    product = some(sandbox, "Product")
    clerk.deliver("products/update", product)
    products = sandbox.store(DEMO.name).all("Product")
    node = products.pop(gid("Product", product))
    assert clerk.sweep() == 1
    products[gid("Product", product)] = node
    clerk.later()
    assert clerk.told("product_deleted") == []


def test_what_nobody_waited_for_then_is_not_told_later(clerk: Clerk, sandbox: Sandbox, runtime: Runtime) -> None:
    used = {"product_updated"}
    runtime.host.triggers_in_use = lambda: frozenset(used)
    clerk.sweep()
    product = some(sandbox, "Product")
    clerk.deliver("products/update", product)
    clerk.delete("Product", product)
    clerk.later(20)
    used.add("product_deleted")
    trigger_usage.changed(runtime.services)
    clerk.later()
    assert clerk.sweep() == 0


def test_orders_are_left_alone_unless_all_of_them_may_be_read(clerk: Clerk, sandbox: Sandbox, runtime: Runtime) -> None:
    from atom_shopify_plugin.hookspecs import Principal

    order = some(sandbox, "Order")
    clerk.deliver("orders/updated", order, name="#1", email="ada@example.com", currency="EUR", total_price="1.00")
    clerk.delete("Order", order)
    assert clerk.sweep() == 0
    sandbox.account(DEMO.name).set_scopes("sandbox-key", runtime.settings.scopes | {"read_all_orders"})
    runtime.connections.refresh(Principal("ada"), DEMO)
    clerk.sweep()
    clerk.deliver("orders/updated", order, name="#1", email="ada@example.com", currency="EUR", total_price="1.00")
    assert clerk.sweep() == 1
    clerk.later()
    assert len(clerk.told("order_deleted")) == 1


def test_many_ids_are_looked_at_in_turn(clerk: Clerk, sandbox: Sandbox) -> None:
    products = [some(sandbox, "Product", at) for at in range(5)]
    for number in products:
        clerk.deliver("products/update", number)
    clerk.delete("Product", products[-1])
    found = [clerk.sweep(limit=2) for _ in range(3)]
    assert sum(found) == 1
    clerk.later()
    assert [clerk.sweep(limit=2) for _ in range(4)] == [0, 0, 0, 0]
    assert len(clerk.told("product_deleted")) == 1
