"""A store is copied into tables: whole, by bulk operations or page by page, and kept in step."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from typing import Any

import pytest
from copying import copy
from mirrorshop import seen, shown, state_of, tables
from ordermaking import make_orders
from skipping import skipping
from sqlalchemy import select
from stockshop import DEMO, StockShop

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.errors import ConfirmationNeeded, Conflict, InvalidInput, Rejected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.store import number
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.storage.insight.customers import CustomerRow
from atom_shopify_plugin.sync import mirror
from atom_shopify_plugin.sync.mirror_state import overview

ADA = Principal("ada")


@pytest.fixture
def pauses(sandbox: Sandbox) -> dict[str, Any]:
    return skipping(sandbox)


@pytest.mark.parametrize("mode", ["bulk", "paged", "auto"])
def test_a_store_is_copied_whole(runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, mode: str) -> None:
    states = copy(runtime, store, mode=mode)
    assert {name: (state.state, state.error) for name, state in states.items()} == dict.fromkeys(states, ("done", ""))
    assert seen(runtime, store) == shown(runtime, sandbox, store)
    moments = [state.read_up_to for state in states.values() if state.read_up_to is not None]
    assert overview(runtime.services, store)["complete_at"] == min(moments).isoformat(timespec="seconds")


@pytest.mark.parametrize("order", ["any", "later", "grouped"])
def test_lines_of_a_bulk_result_may_come_in_any_order(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, order: str
) -> None:
    sandbox.bulk.change({"order": order})
    states = copy(runtime, store, mode="bulk")
    assert seen(runtime, store) == shown(runtime, sandbox, store)
    products = states["products"]
    assert (products.lines_done, products.roots_done) == (products.lines_expected, products.roots_expected)


def test_what_changes_is_found_by_when_it_changed(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    copy(runtime, store, mode="bulk")
    sandbox.clock.move(1200)
    change(runtime, store)
    shop.set_stock(17)
    assert seen(runtime, store) != shown(runtime, sandbox, store)
    states = copy(runtime, store)
    assert seen(runtime, store) == shown(runtime, sandbox, store)
    assert {state.task for state in states.values()} == {"changes"}


def test_what_was_deleted_is_found_by_the_comparison_which_counts_what_differs(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    copy(runtime, store, mode="bulk")
    delete(runtime, store)
    copy(runtime, store)
    assert seen(runtime, store) != shown(runtime, sandbox, store)
    copy(runtime, store, task="check")
    assert seen(runtime, store) == shown(runtime, sandbox, store)
    assert state_of(runtime, store, "products").drift > 1
    copy(runtime, store, task="check")
    assert state_of(runtime, store, "products").drift == 0


@pytest.mark.parametrize("mode", ["bulk", "auto"])
def test_orders_and_customers_are_copied_and_compared(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, mode: str
) -> None:
    states = copy(runtime, store, mode=mode)
    real = sandbox.store("demo.myshopify.com")
    assert orders_of(runtime, store) == {int(number(gid)) for gid in real.all("Order")}
    assert states["customers"].counts == f'{{"customers":{len(real.all("Customer"))}}}'
    assert states["orders"].earliest is not None, "the token can't read all orders"
    copy(runtime, store, task="check")
    assert (state_of(runtime, store, "orders").drift, state_of(runtime, store, "customers").drift) == (0, 0)
    sandbox.clock.move(60)
    some = min(orders_of(runtime, store))
    runtime.actions.run(Call(ADA, "order_update", {"id": some, "tags": ["seen"]}))
    copy(runtime, store, task="check")
    assert state_of(runtime, store, "orders").drift == 1
    copy(runtime, store, task="check")
    assert state_of(runtime, store, "orders").drift == 0
    copy(runtime, store, task="full")
    assert orders_of(runtime, store) == {int(number(gid)) for gid in real.all("Order")}


def test_what_changed_twice_within_a_second_is_mended_and_is_no_drift(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    copy(runtime, store)
    real = sandbox.store(DEMO.name)
    some = max(orders_of(runtime, store))
    runtime.actions.run(Call(ADA, "order_update", {"id": some, "tags": ["once"]}))
    copy(runtime, store)
    node = real.all("Order")[f"gid://shopify/Order/{some}"]
    at = node["updatedAt"]
    runtime.actions.run(Call(ADA, "order_update", {"id": some, "tags": ["again"]}))
    node["updatedAt"] = at  # Shopify tells the second
    person = next(one for one in real.all("Customer").values() if one["id"] != node.get("customer"))
    make_orders(sandbox, DEMO.name, 1, seed=1, customer=person["id"])
    copy(runtime, store, task="check", streams=["orders", "customers"])
    assert state_of(runtime, store, "orders").drift == 1, "the one that was made"
    labels = tables(runtime, store)["shopify_order_labels"]
    assert any("again" in row for row in labels)
    assert not any("once" in row for row in labels)
    with runtime.storage.read() as session:
        count = session.scalar(select(CustomerRow.orders).where(CustomerRow.id == int(number(person["id"]))))
    assert count == sum(one.get("customer") == person["id"] for one in real.all("Order").values())


def orders_of(runtime: Runtime, store: Store) -> set[int]:
    with runtime.storage.begin() as session:
        found = runtime.storage.mirrors.lock(session, store)
        return {one for one, _ in runtime.storage.mirrored_orders.ids(session, found)}


def change(runtime: Runtime, store: Store) -> None:
    """Change a product and its variants, and make a new one."""
    first = min(seen(runtime, store)["products"])
    runtime.actions.run(Call(ADA, "product_update", {"id": first, "title": "Renamed", "tags": ["new"]}))
    runtime.actions.run(Call(ADA, "product_create", {"title": "Fresh", "price": "12.5", "sku": "FRESH"}))


def delete(runtime: Runtime, store: Store) -> int:
    """Delete a product and return its number."""
    gone = max(seen(runtime, store)["products"])
    asked = Call(ADA, "product_delete", {"id": gone}, preview=True)
    token = runtime.actions.run(asked).data["confirmation_token"]
    runtime.actions.run(replace(asked, preview=False, confirm=token))
    return int(gone)


def test_scratch_files_that_nobody_uses_any_more_are_deleted(runtime: Runtime, shop: StockShop, store: Store) -> None:
    copy(runtime, store, mode="bulk")
    copy(runtime, store, task="check")
    folder = runtime.settings.data_dir / "sync"
    assert list(folder.iterdir()) == [], "a comparison that ends leaves nothing behind"
    old, new = folder / "gone-orders.sqlite", folder / "going-on-orders.sqlite"
    for path, age in ((old, 3 * 86_400), (new, 60)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    mirror.upkeep(runtime.services)
    assert list(folder.iterdir()) == [new]


def test_after_many_changes_of_which_webhooks_are_lost_the_copy_equals_a_fresh_one(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    copy(runtime, store, mode="bulk")
    chance = random.Random(20261130)  # noqa: S311  # it chooses, and hides nothing
    for number_of_change in range(60):
        sandbox.clock.move(7)
        topic, thing = some_change(runtime, store, chance)
        if chance.random() < 0.9:  # the others are lost
            runtime.storage.changed_things.mark(store.id, topic, thing)
        if number_of_change % 20 == 19:
            copy(runtime, store)
    copy(runtime, store, task="check")
    followed = tables(runtime, store)
    assert len(followed["shopify_orders"]) == len(sandbox.store(DEMO.name).all("Order"))
    runtime.storage.mirrors.drop(store.id)
    copy(runtime, store, mode="bulk")
    fresh = tables(runtime, store)
    for name in fresh:
        assert followed[name] == fresh[name], name


def some_change(runtime: Runtime, store: Store, chance: random.Random) -> tuple[str, int]:
    """Change something as a person would, and return the stream and the thing that a webhook would tell of."""
    orders, products = sorted(orders_of(runtime, store)), sorted(seen(runtime, store)["products"])
    order, product = chance.choice(orders), chance.choice(products)
    word = f"t{chance.random()}"
    stream, thing, key, given = chance.choice(
        [
            ("orders", order, "order_update", {"id": order, "tags": [word]}),
            ("products", product, "product_update", {"id": product, "title": word}),
            ("orders", order, "order_cancel", {"id": order, "reason": "OTHER", "refund": False, "restock": True}),
            ("inventory", 0, "inventory_adjust", {"sku": "MUG-BLUE", "delta": 1}),
            ("orders", order, "order_refund", {"order_id": order, "amount": "0.01"}),
        ]
    )
    try:
        call = Call(ADA, key, given)
        try:
            runtime.actions.run(call)
        except ConfirmationNeeded as asked:
            runtime.actions.run(replace(call, confirm=asked.details["confirmation_token"]))
    except (Rejected, Conflict, InvalidInput):
        pass  # it is cancelled or paid back already
    return stream, thing


@pytest.mark.parametrize("fault", ["reset", "lost_reply", "html", "throttle_429", "internal_error", "cut"])
def test_answers_that_are_lost_while_pages_are_read_cost_nothing_but_time(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, fault: str
) -> None:
    for subject in ("MirrorProducts", "MirrorCustomers", "MirrorOrders"):
        sandbox.faults.add({"kind": fault, "times": 2, "match": {"subject": subject}})
    states = copy(runtime, store, mode="paged")
    assert {state.state for state in states.values()} == {"done"}
    assert seen(runtime, store) == shown(runtime, sandbox, store)
    assert orders_of(runtime, store) == {int(number(gid)) for gid in sandbox.store(DEMO.name).all("Order")}
