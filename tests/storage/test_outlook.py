"""Forecasts and recommendations from copied orders: equal to the pure functions over what the books say."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from mirrored import Books, Line, Refund, Sold, as_json, whole
from storage_helpers import MovableClock, grant

from atom_shopify_plugin.analytics import outlook, suggestions
from atom_shopify_plugin.analytics.demand import DailySeries
from atom_shopify_plugin.analytics.forecast import Forecast, forecast
from atom_shopify_plugin.analytics.recommend import Basket, Purchases
from atom_shopify_plugin.analytics.reminders import reminders
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import InvalidInput, NotFound
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2025, 9, 1)
AS_OF = datetime(2026, 1, 15, 12, tzinfo=UTC)
YESTERDAY = date(2026, 1, 14)
DAY = timedelta(days=1)
ZERO = Decimal(0)
Question = Callable[[View, Mapping[str, Any]], dict[str, Any]]


def cents(rng: random.Random) -> Decimal:
    return Decimal(rng.randrange(500, 3000)) / 100


def order(number: int, at: datetime, rng: random.Random) -> Sold:
    """Return an order of one to three products; some are tests, in dollars, cancelled, refunded or a gift card."""
    products = rng.choice([(1, 2), (1, 2, 3), (3, 4), (4, 5), (5,), (6, 1), (2,), (3,)])
    lines = tuple(
        Line(number * 10 + place, product, cents(rng), rng.choice([1, 1, 2, 3]), ZERO, ZERO, product == 6)
        for place, product in enumerate(products)
    )
    back = (Refund(number, at + timedelta(days=rng.randrange(9)), ((0, 1),), shipping=False),)
    return Sold(
        number=number, at=at, lines=lines, shipping=Decimal("4.90"), shipping_tax=ZERO, included=False,
        test=rng.random() < 0.1, currency="USD" if rng.random() < 0.1 else "EUR",
        customer=rng.choice([None, *range(1, 9)]), channel="web", country="DE", codes=(), tags=(),
        refunds=back if rng.random() < 0.2 else (), cancelled=at + 2 * DAY if rng.random() < 0.1 else None,
        fulfilled=None, delivered=None, updated=at,
    )  # fmt: skip


@cache
def trade() -> tuple[Sold, ...]:
    """Return what a store sold from the first day until noon of the last one, which is not over."""
    rng, orders = random.Random(7), list[Sold]()  # noqa: S311  # a fixed seed
    for place in range((YESTERDAY - FIRST).days + 2):
        start = datetime.combine(FIRST + place * DAY, datetime.min.time(), BERLIN).astimezone(UTC)
        hours = 12 if place > (YESTERDAY - FIRST).days else 24
        for _ in range(rng.choice([0, 1, 1, 2, 3])):
            minutes = timedelta(minutes=rng.randrange(60 * hours))
            orders.append(order(len(orders) + 1, start + minutes, rng))
    return tuple(orders)


@pytest.fixture
def store(storage: Storage, clock: MovableClock, ada: Principal) -> Store:
    clock.moment = AS_OF
    return storage.installations.grant(grant(), ada)


@pytest.fixture
def copied(storage: Storage, store: Store) -> Callable[..., None]:
    def copy(orders: tuple[Sold, ...] = trade(), earliest: datetime | None = None) -> None:
        with storage.begin() as session:
            mirror = storage.mirrors.lock(session, store)
            storage.mirrored_orders.put(session, mirror, [as_json(one) for one in orders], BERLIN)
            whole(storage, session, mirror, AS_OF, earliest)

    return copy


@pytest.fixture
def ask(storage: Storage, store: Store) -> Callable[..., dict[str, Any]]:
    def asked(question: Question, **given: Any) -> dict[str, Any]:
        with storage.read() as session:
            return question(View.of(storage, store, session), given)

    return asked


def series(keep: Callable[[Any], Decimal | int]) -> DailySeries:
    """Return what the books say of each whole day, from the first one with a booking."""
    sums: dict[date, Decimal] = {}
    for entry in Books(trade(), BERLIN).entries:
        sums[entry.day] = sums.get(entry.day, ZERO) + keep(entry)
    start = min(sums)
    days = range((YESTERDAY - start).days + 1)
    return DailySeries(start, tuple(float(sums.get(start + place * DAY, 0)) for place in days))


MEASURES: dict[str, Callable[[Any], Decimal | int]] = {
    "sales": lambda entry: entry.amounts.get("gross", 0) - entry.amounts.get("discounts", 0),
    "orders": lambda entry: entry.amounts.get("orders", 0),
    "units": lambda entry: entry.amounts.get("units", 0),
}


@pytest.mark.parametrize("measure", MEASURES)
def test_the_forecast_of_a_store_is_that_of_its_books(copied: Any, ask: Any, measure: str) -> None:
    copied()
    events = {date(2025, 11, 28): "sale", date(2026, 1, 16): "sale"}
    found = forecast(series(MEASURES[measure]), 14, events=events)
    assert isinstance(found, Forecast)
    given = [f"{day}={name}" for day, name in events.items()]
    answer = ask(outlook.of_store, measure=measure, horizon=14, events=given)
    shown, near = answer["forecast"], Decimal("0.005") if measure == "sales" else Decimal("0.0005")
    assert (answer["first_day"], answer["last_day"]) == ("2026-01-15", "2026-01-28")
    assert answer["reason"] is None
    assert shown["method"] == found.method
    assert abs(Decimal(shown["total"]) - Decimal(found.total)) <= near
    assert [row["day"] for row in shown["days"]] == [day.date.isoformat() for day in found.days]
    assert [row["event"] for row in shown["days"]] == [day.event for day in found.days]
    for row, day in zip(shown["days"], found.days, strict=True):
        assert abs(Decimal(row["expected"]) - Decimal(day.expected)) <= near
        for level, name in ((0.8, "80"), (0.95, "95")):
            low, high = day.intervals[level]
            assert abs(Decimal(row[f"low_{name}"]) - Decimal(low)) <= near
            assert abs(Decimal(row[f"high_{name}"]) - Decimal(high)) <= near
    assert shown["backtest"]["origins"] == found.backtest.origins
    assert Decimal(shown["backtest"]["mase"]) == round(Decimal(found.backtest.mase or 0), 3)
    assert answer["test_orders"] > 0


def test_the_demand_for_a_variant_is_that_of_the_books(copied: Any, ask: Any) -> None:
    copied()
    answer = ask(outlook.of_variants, horizon=28, first=3)
    assert answer["sold_variants"] == 5, "a gift card is no variant that sells"
    units = [row["units_sold"] for row in answer["items"]]
    assert units == sorted(units, reverse=True)
    for row in answer["items"]:
        variant = int(row["variant_id"].rpartition("/")[2])
        mine = [entry for entry in Books(trade(), BERLIN).entries if entry.line and entry.line.product == variant // 10]
        sold = {entry.day for entry in mine if entry.amounts.get("units")}
        start = min(sold)
        values = [
            float(sum(entry.amounts.get("units", 0) for entry in mine if entry.day == start + place * DAY))
            for place in range((YESTERDAY - start).days + 1)
        ]
        found = forecast(DailySeries(start, tuple(values)), 28)
        assert isinstance(found, Forecast)
        assert row["units_sold"] == sum(values[-90:])
        assert row["since"] == start.isoformat()
        assert abs(Decimal(row["forecast"]["total"]) - Decimal(found.total)) <= Decimal("0.0005")
        assert row["forecast"]["days"] == []
        assert any("out of stock" in note for note in row["forecast"]["notes"])
    one = ask(outlook.of_variants, horizon=28, variant_id="gid://shopify/ProductVariant/10")
    assert len(one["items"][0]["forecast"]["days"]) == 28
    with pytest.raises(NotFound):
        ask(outlook.of_variants, horizon=28, variant_id="gid://shopify/ProductVariant/77")


def test_a_history_that_is_too_short_gives_no_number(copied: Any, ask: Any) -> None:
    copied(trade(), earliest=datetime(2025, 11, 16, 12, tzinfo=UTC))
    answer = ask(outlook.of_store, measure="units", horizon=28)
    assert answer["forecast"] is None
    assert answer["reason"]["code"] == "too_short"
    assert (answer["reason"]["known_days"], answer["reason"]["needed_days"]) == (59, 77)
    assert answer["period"]["since"] == answer["known_since"] == "2025-11-17"
    assert answer["complete"] is False
    assert ask(outlook.of_store, measure="units", horizon=10)["forecast"] is not None


def test_a_store_without_orders_gives_no_number(copied: Any, ask: Any) -> None:
    copied(())
    assert ask(outlook.of_store, measure="sales", horizon=7)["reason"]["code"] == "too_short"
    assert ask(outlook.of_variants, horizon=7)["items"] == []


@pytest.mark.parametrize(
    ("events", "message"),
    [(["2026-02-30=sale"], "no such day"), (["2026-02-20=sale", "2026-02-20=feast"], "two names")],
)
def test_days_that_make_no_sense_are_refused(copied: Any, ask: Any, events: list[str], message: str) -> None:
    copied()
    with pytest.raises(InvalidInput, match=message):
        ask(outlook.of_store, measure="sales", horizon=7, events=events)


def baskets() -> list[Basket]:
    """Return the orders that tell of taste: neither tests nor cancelled ones, without gift cards."""
    found = []
    for one in sorted(trade(), key=lambda one: (one.at, one.number)):
        products = frozenset(str(line.product) for line in one.lines if not line.gift_card)
        if one.valid and products:
            customer = None if one.customer is None else str(one.customer)
            found.append(Basket(str(one.number), customer, one.at.astimezone(BERLIN).date(), products))
    return found


def product(number: str) -> str:
    return f"gid://shopify/Product/{number}"


def test_what_is_bought_together_is_counted_in_all_orders(copied: Any, ask: Any) -> None:
    copied()
    purchases = Purchases(baskets())
    listed = 0
    for number in "12345":
        answer = ask(suggestions.together, product_id=product(number), first=3)
        found = purchases.bought_together(number, 3)
        listed += len(found)
        assert [row["product_id"] for row in answer["items"]] == [product(one.product) for one in found]
        assert [row["together"] for row in answer["items"]] == [one.together for one in found]
        assert (answer["reason"] is None) == bool(found)
        assert answer["orders"] == len(baskets())
        assert answer["orders_with_product"] == purchases.orders.single[number]
        alike = ask(suggestions.similar, product_id=product(number), first=3)
        cosines = purchases.similar(number, 3)
        assert [row["product_id"] for row in alike["items"]] == [product(other) for other, _ in cosines]
        assert [Decimal(row["similarity"]) for row in alike["items"]] == [round(Decimal(one), 3) for _, one in cosines]
    assert listed
    with pytest.raises(NotFound):
        ask(suggestions.together, product_id=product("77"), first=3)


def test_a_customer_is_offered_what_is_new_to_them(copied: Any, ask: Any) -> None:
    few = tuple(
        one for one in trade() if one.customer != 1 or {line.product for line in one.lines} <= {1, 2}
    )  # fmt: skip
    copied(few)
    purchases = Purchases(basket for basket in baskets() if int(basket.order) in {one.number for one in few})
    answer = ask(suggestions.next_best, customer_id="gid://shopify/Customer/1", first=5)
    found = purchases.next_for("1", 5)
    assert [row["product_id"] for row in answer["items"]] == [product(one.product) for one in found]
    assert [[cause["product_id"] for cause in row["because"]] for row in answer["items"]] == [
        [product(cause) for cause in one.because] for one in found
    ]
    assert {row["product_id"] for row in answer["items"]}.isdisjoint({product("1"), product("2")})
    stranger = ask(suggestions.next_best, customer_id="gid://shopify/Customer/99", first=2)
    assert stranger["orders_of_customer"] == 0
    assert all(row["popular"] for row in stranger["items"])


def test_reminders_are_those_of_all_orders(storage: Storage, store: Store, copied: Any) -> None:
    copied()
    with storage.read() as session:
        found, _ = suggestions.reorders(View.of(storage, store, session), 30, lambda _: True)
    mine = reminders(baskets(), AS_OF.astimezone(BERLIN).date(), ahead=30)
    assert mine
    assert found == sorted(mine, key=lambda one: (one.due, int(one.customer), int(one.product)))


def test_a_redacted_customer_is_reminded_of_nothing(storage: Storage, store: Store, copied: Any, ask: Any) -> None:
    copied()
    with storage.begin() as session:
        storage.mirrored_orders.detach(session, storage.mirrors.lock(session, store), 1)
    with storage.read() as session:
        found, _ = suggestions.reorders(View.of(storage, store, session), 30, lambda _: True)
    assert found
    assert "1" not in {one.customer for one in found}
    assert ask(suggestions.next_best, customer_id="gid://shopify/Customer/1", first=2)["orders_of_customer"] == 0
