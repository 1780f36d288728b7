"""Copied orders: the same rows and sums whatever happened before, equal to the books of an accountant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mirrored import FIGURES, Booking, Books, Sold, as_json, sold
from sqlalchemy import select
from storage_helpers import OUTLET, grant

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store
from atom_shopify_plugin.storage.insight.amounts import decimal_of, stored
from atom_shopify_plugin.storage.insight.order_tables import (
    MONEY,
    FulfillmentRow,
    LabelRow,
    LedgerRow,
    LineRow,
    OrderRow,
    RefundRow,
)
from atom_shopify_plugin.storage.insight.orders import Put
from atom_shopify_plugin.storage.insight.rollups import CohortRow, SumRow

BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")
TABLES = (OrderRow, LineRow, LabelRow, RefundRow, FulfillmentRow, LedgerRow, SumRow, CohortRow)
Steps = list[tuple[str, Any]]


def put(storage: Storage, store: Store, *orders: Any, rollups: bool = True) -> Put:
    def work(session: Any) -> Put:
        mirror = storage.mirrors.lock(session, store)
        return storage.mirrored_orders.put(session, mirror, orders, BERLIN, rollups=rollups)

    return storage.write(work)


def delete(storage: Storage, store: Store, *numbers: int) -> int:
    return storage.write(
        lambda session: storage.mirrored_orders.delete(session, storage.mirrors.lock(session, store), numbers)
    )


def roll_up(storage: Storage, store: Store) -> None:
    storage.write(lambda session: storage.mirrored_orders.roll_up(session, storage.mirrors.lock(session, store)))


def rows(storage: Storage, store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return all that is copied of a store, without its number."""
    found = {}
    with storage.read() as session:
        mirror = storage.mirrors.find(session, store.id)
        for model in TABLES if mirror else ():
            table: Any = model.__table__
            chosen = session.execute(select(*list(table.c)[1:]).where(table.c.store == mirror.number))
            found[table.name] = sorted((tuple(row) for row in chosen), key=repr)
    return found


def sums(storage: Storage, store: Store) -> dict[Any, dict[str, Decimal]]:
    found = {}
    for dimension, grain, since, value, *figures, entries in rows(storage, store).get("shopify_sales_sums", ()):
        assert entries > 0
        amounts = dict(zip(FIGURES, figures, strict=True))
        found[dimension, grain, since, value] = {
            name: decimal_of(amount) if name in MONEY else Decimal(amount) for name, amount in amounts.items()
        }
    return {key: amounts for key, amounts in found.items() if any(amounts.values())}


def expected_sums(books: Books) -> dict[Any, dict[str, Decimal]]:
    def keys(entry: Booking) -> Iterator[Any]:
        order, line, day = entry.order, entry.line, entry.day
        values = [(0, ""), (3, order.channel), (4, order.country), (6, books.kind(order))]
        values += [(5, code) for code in order.codes or ("",)]
        if line is not None:
            values += [(1, str(line.product or "")), (2, str(line.product * 10) if line.product else "")]
        for dimension, value in values:
            yield dimension, 0, day.toordinal(), value
            yield dimension, 1, day.year * 12 + day.month - 1, value
            yield dimension, 2, day.year, value

    return books.sums(keys)


def check(storage: Storage, store: Store, orders: dict[int, Sold]) -> None:
    books = Books(orders.values(), BERLIN)
    assert sums(storage, store) == expected_sums(books)
    found = rows(storage, store)
    cohorts = {
        (cohort, month): (customers, count, repeaters, decimal_of(net))
        for cohort, month, customers, count, repeaters, net in found.get("shopify_customer_cohorts", ())
    }
    assert cohorts == books.cohorts()
    with storage.read() as session:
        placed = {
            row.id: (row.number, row.net) for row in session.execute(select(OrderRow.id, OrderRow.number, OrderRow.net))
        }
    assert placed == {number: (books.number(order), stored(books.net(order))) for number, order in orders.items()}


@st.composite
def histories(draw: st.DrawFn) -> Steps:
    """Draw what happens: batches of orders in several versions, some of them old ones, and orders that are deleted."""
    steps: Steps = []
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 4)) == 0:
            steps.append(("delete", draw(st.lists(st.integers(1, 6), max_size=3))))
            continue
        batch = [
            (draw(sold(draw(st.integers(1, 6)), draw(st.integers(0, 3)))), draw(st.booleans()))
            for _ in range(draw(st.integers(1, 4)))
        ]
        steps.append(("put", batch))
    return steps


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=histories())
def test_rows_and_sums_equal_the_books_after_any_history(storage: Storage, ada: Principal, steps: Steps) -> None:
    store = storage.installations.grant(grant(), ada)
    storage.mirrors.drop(store.id)
    there: dict[int, Sold] = {}
    for kind, given_ in steps:
        if kind == "delete":
            assert delete(storage, store, *given_) == len(set(given_) & set(there))
            for number in given_:
                there.pop(number, None)
            continue
        for order, _ in given_:
            known = there.get(order.number)
            if known is None or known.updated <= order.updated:
                there[order.number] = order
        put(storage, store, *(as_json(order, backwards) for order, backwards in given_))
        check(storage, store, there)
    check(storage, store, there)
    # What is computed anew is the same, and so is what is stored again in one load.
    before = rows(storage, store)
    roll_up(storage, store)
    assert rows(storage, store) == before
    storage.mirrors.drop(store.id)
    put(storage, store, *(as_json(order) for order in there.values()), rollups=False)
    roll_up(storage, store)
    assert rows(storage, store) == before


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(orders=st.lists(st.integers(1, 6), min_size=1, unique=True).flatmap(lambda ids: st.tuples(*map(sold, ids))))
def test_what_is_detached_from_a_customer_counts_as_a_guests(
    storage: Storage, ada: Principal, orders: tuple[Sold, ...]
) -> None:
    store = storage.installations.grant(grant(), ada)
    storage.mirrors.drop(store.id)
    put(storage, store, *map(as_json, orders))
    there = {order.number: order for order in orders}
    for customer in sorted({order.customer for order in orders if order.customer is not None}):
        theirs = [number for number, order in there.items() if order.customer == customer]
        with storage.begin() as session:
            mirror = storage.mirrors.lock(session, store)
            assert storage.mirrored_orders.detach(session, mirror, customer) == len(theirs)
        there |= {number: replace(there[number], customer=None) for number in theirs}
        check(storage, store, there)
    before = rows(storage, store)
    put(storage, store, *map(as_json, orders))  # the same orders again bring nobody back
    roll_up(storage, store)
    assert rows(storage, store) == before


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(orders=st.lists(st.integers(1, 6), min_size=1, unique=True).flatmap(lambda ids: st.tuples(*map(sold, ids))))
def test_days_move_with_the_time_zone_of_the_store(storage: Storage, ada: Principal, orders: tuple[Sold, ...]) -> None:
    found = []
    for first, then in ((BERLIN, TOKYO), (TOKYO, None)):
        store = storage.installations.grant(grant(), ada)
        storage.mirrors.drop(store.id)
        with storage.begin() as session:
            mirror = storage.mirrors.lock(session, store)
            storage.mirrored_orders.put(session, mirror, [as_json(order) for order in orders], first)
            if then is not None:
                storage.mirrored_orders.move_days(session, mirror, then)
        # A digest follows from the days with which a row was stored: it only says whether the same comes again.
        tables = rows(storage, store)
        heads = tables["shopify_orders"]
        tables["shopify_orders"] = [tuple(one for one in head if not isinstance(one, bytes)) for head in heads]
        found.append(tables)
    assert found[0] == found[1]


def a_sale(number: int = 1, **values: Any) -> dict[str, Any]:
    """Return a plain order of 20.00 by customer 1 on 1 December 2025, with changes."""
    money = {"shop_money": {"amount": "20.00", "currency_code": "EUR"}}
    nothing = {"shop_money": {"amount": "0.00", "currency_code": "EUR"}}
    line = {
        "id": f"gid://shopify/LineItem/{number}", "title": "Cup", "sku": "CUP", "vendor": "Acme", "quantity": 2,
        "is_gift_card": False, "product": {"id": "gid://shopify/Product/7"},
        "variant": {"id": "gid://shopify/ProductVariant/70"}, "original_total": money,
        "discount_allocations": [], "tax_lines": [],
    }  # fmt: skip
    return {
        "id": f"gid://shopify/Order/{number}", "name": f"#{number}", "created_at": "2025-12-01T10:00:00Z",
        "processed_at": "2025-12-01T10:00:00Z", "updated_at": "2025-12-01T10:00:00Z", "closed_at": None,
        "cancelled_at": None, "test": False, "currency_code": "EUR", "taxes_included": False, "tags": [],
        "discount_codes": [], "source_name": "web", "app": None, "display_financial_status": "PAID",
        "display_fulfillment_status": "UNFULFILLED", "customer": {"id": "gid://shopify/Customer/1"},
        "shipping_address": None, "subtotal_price": money, "total_tax": nothing, "total_price": money,
        "line_items": {"nodes": [line]}, "shipping_lines": {"nodes": []}, "refunds": [], "transactions": [],
        "fulfillments": [], **values,
    }  # fmt: skip


def test_a_put_tells_what_was_new_changed_the_same_and_older(storage: Storage, demo: Store) -> None:
    late = "2025-12-02T10:00:00Z"
    assert put(storage, demo, a_sale(1), a_sale(2), a_sale(2)) == Put(new=2, older=1)
    assert put(storage, demo, a_sale(1), a_sale(2, updated_at=late)) == Put(changed=1, same=1)
    assert put(storage, demo, a_sale(2, tags=["old"])) == Put(older=1)
    # Shopify tells the second of a change: what differs within it counts.
    assert put(storage, demo, a_sale(2, updated_at=late, tags=["new"])) == Put(changed=1)
    assert put(storage, demo) == Put()
    assert delete(storage, demo, 1, 2, 3) == 2
    assert not any(rows(storage, demo).values())


def test_an_order_of_before_makes_the_next_one_that_of_a_returning_customer(storage: Storage, demo: Store) -> None:
    put(storage, demo, a_sale(5))

    def kinds() -> dict[str, int]:
        return {key[3]: int(figures["orders"]) for key, figures in sums(storage, demo).items() if key[:2] == (6, 2)}

    assert kinds() == {"new": 1}
    earlier = a_sale(4, processed_at="2025-11-01T10:00:00Z")
    put(storage, demo, earlier)
    assert kinds() == {"new": 1, "returning": 1}
    put(storage, demo, {**earlier, "cancelled_at": "2025-11-02T10:00:00Z", "updated_at": "2025-12-03T00:00:00Z"})
    assert kinds() == {"new": 2}
    delete(storage, demo, 4)
    assert kinds() == {"new": 1}


def test_many_orders_of_many_customers_are_loaded_at_once(storage: Storage, demo: Store) -> None:
    start = datetime(2025, 1, 1, 12, tzinfo=UTC)
    orders = [
        a_sale(
            number,
            processed_at=(start + timedelta(days=number % 300)).isoformat(),
            customer={"id": f"gid://shopify/Customer/{number % 200 + 1}"},
        )
        for number in range(1, 1_201)
    ]
    put(storage, demo, *orders, rollups=False)
    roll_up(storage, demo)
    whole = sums(storage, demo)
    assert whole[0, 2, 2025, ""]["gross"] == 1_200 * 20
    assert whole[6, 2, 2025, "new"]["orders"] == 200
    assert whole[0, 0, date(2025, 1, 2).toordinal(), ""]["units"] == 2 * 4


def test_two_stores_share_nothing(storage: Storage, ada: Principal, demo: Store) -> None:
    outlet = storage.installations.grant(grant(OUTLET, shop_id="gid://shopify/Shop/2"), ada)
    put(storage, demo, a_sale(1))
    put(storage, outlet, a_sale(1), a_sale(2))
    before = rows(storage, demo)
    assert delete(storage, outlet, 1) == 1
    assert storage.mirrors.drop(outlet.id)
    assert rows(storage, demo) == before
