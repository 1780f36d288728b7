"""Answers to questions about sales, orders and customers: equal to the books, on each database, for any period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mirrored import Booking, Books, Line, Sold, as_json, sold, whole
from storage_helpers import grant

from atom_shopify_plugin.analytics import customers, orders, sales
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import InvalidInput, NotSynced
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = datetime(2026, 1, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ZERO = Decimal(0)
RANKED = {"sort": "net_sales", "order": "highest", "first": 250}
Question = Callable[[View, Mapping[str, Any]], dict[str, Any]]


def copied(
    storage: Storage,
    store: Store,
    sold_: Iterable[Sold],
    as_of: datetime | None = AS_OF,
    earliest: datetime | None = None,
) -> None:
    def work(session: Any) -> None:
        mirror = storage.mirrors.lock(session, store)
        storage.mirrored_orders.put(session, mirror, [as_json(order) for order in sold_], BERLIN)
        whole(storage, session, mirror, as_of, earliest)

    storage.write(work)


def ask(storage: Storage, store: Store, question: Question, **given_: Any) -> dict[str, Any]:
    with storage.read() as session:
        return question(View.of(storage, store, session), given_)


class Answers:
    """What the books say of a period, computed without a database."""

    def __init__(self, books: Books, since: date, until: date) -> None:
        self.books, self.since, self.until = books, since, until
        self.entries = [entry for entry in books.entries if since <= entry.day <= until]

    def total(self, keep: Callable[[Booking], bool] = lambda _: True) -> dict[str, Any]:
        sums: Counter[str] = Counter()
        amounts: dict[str, Decimal] = dict.fromkeys(("gross", "discounts", "returns", "shipping", "tax"), ZERO)
        for entry in self.entries:
            if keep(entry):
                for name, amount in entry.amounts.items():
                    if name in amounts:
                        amounts[name] += amount
                    else:
                        sums[name] += int(amount)
        net = amounts["gross"] - amounts["discounts"] - amounts["returns"]
        average = None
        if sums["orders"]:
            worth = (amounts["gross"] - amounts["discounts"]) / sums["orders"]
            average = worth.quantize(Decimal("0.01"), ROUND_HALF_UP)
        return {
            "gross_sales": amounts["gross"], "discounts": amounts["discounts"], "returns": amounts["returns"],
            "net_sales": net, "shipping": amounts["shipping"], "tax": amounts["tax"],
            "total_sales": net + amounts["shipping"] + amounts["tax"], "average_order_value": average,
            "orders": sums["orders"], "units": sums["units"], "units_returned": sums["units_returned"],
        }  # fmt: skip

    def parts(self, by: str) -> list[tuple[date, date]]:
        """Return days, weeks or months by walking from day to day."""
        found: list[tuple[date, date]] = []
        day = self.since
        while day <= self.until:
            new = by == "day" or not found or (day.weekday() == 0 if by == "week" else day.day == 1)
            found.append((day, day)) if new else found.append((found.pop()[0], day))
            day += DAY
        return found

    def placed(self) -> list[Sold]:
        return [order for order in self.books.orders if self.since <= order.at.astimezone(BERLIN).date() <= self.until]


def amounts(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of an answer, amounts as numbers."""
    names = Answers(Books([], BERLIN), AS_OF.date(), AS_OF.date()).total()
    return {name: Decimal(shown[name]) if isinstance(shown[name], str) else shown[name] for name in names}


def percent(part: Any, whole: Any) -> str | None:
    if whole <= 0:
        return None
    return str((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP))


days = st.dates(date(2024, 2, 1), date(2026, 1, 10))
edges = st.sampled_from([date(2025, 3, 29), date(2025, 3, 30), date(2025, 10, 26), date(2026, 1, 1), date(2024, 2, 29)])
periods = st.tuples(days | edges, days | edges).map(sorted).filter(lambda both: (both[1] - both[0]).days < 1_100)
stores = st.lists(st.integers(1, 8), unique=True, max_size=8).flatmap(
    lambda numbers: st.tuples(*(sold(number) for number in numbers))
)
RULES = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def fresh(storage: Storage, ada: Principal) -> Callable[[Iterable[Sold]], Store]:
    """Return a store into which these orders have been copied, and nothing else."""

    def make(sold_: Iterable[Sold]) -> Store:
        store = storage.installations.grant(grant(), ada)
        storage.mirrors.drop(store.id)
        copied(storage, store, sold_)
        return store

    return make


@RULES
@given(sold_=stores, period=periods, by=st.sampled_from(["day", "week", "month"]))
def test_sales_equal_the_books(
    storage: Storage, fresh: Any, sold_: tuple[Sold, ...], period: list[date], by: str
) -> None:
    store = fresh(sold_)
    since, until = period
    books = Books(sold_, BERLIN)
    mine = Answers(books, since, until)
    found = ask(
        storage, store, sales.over_time, since=since.isoformat(), until=until.isoformat(), group_by=by, compare=True
    )
    assert amounts(found["totals"]) == mine.total()
    shown = [(date.fromisoformat(row["since"]), date.fromisoformat(row["until"])) for row in found["rows"]]
    assert shown == mine.parts(by)
    for row, (start, end) in zip(found["rows"], shown, strict=True):
        assert amounts(row) == Answers(books, start, end).total()
    length = until - since
    assert found["previous"]["since"] == (since - DAY - length).isoformat()
    for name in ("previous", "last_year"):
        earlier = found[name]
        start, end = date.fromisoformat(earlier["since"]), date.fromisoformat(earlier["until"])
        before = Answers(books, start, end).total()
        assert amounts(earlier) == before
        now = mine.total()
        for figure, text in earlier["change_percent"].items():
            assert text == percent(now[figure] - before[figure], before[figure])
    assert found["test_orders"] == sum(order.test for order in mine.placed())
    foreign = Counter(order.currency for order in mine.placed() if not order.test and order.currency != "EUR")
    assert {row["currency"]: row["orders"] for row in found["other_currencies"]} == foreign


def values_of(books: Books, by: str, entry: Booking) -> Iterator[str]:
    order, line = entry.order, entry.line
    if by in ("product", "variant"):
        if line is not None:
            yield "" if line.product is None else str(line.product * (10 if by == "variant" else 1))
    elif by == "discount_code":
        yield from order.codes or ("",)
    elif by == "tag":
        yield from order.tags or ("",)
    else:
        yield {"channel": order.channel, "country": order.country, "customer_kind": books.kind(order)}[by]


@RULES
@given(
    sold_=stores,
    period=periods,
    by=st.sampled_from(["product", "variant", "channel", "country", "discount_code", "tag", "customer_kind"]),
    sort=st.sampled_from(["net_sales", "gross_sales", "units"]),
    order=st.sampled_from(["highest", "lowest"]),
    first=st.integers(1, 4),
)
def test_rankings_equal_the_books(
    storage: Storage,
    fresh: Any,
    sold_: tuple[Sold, ...],
    period: list[date],
    by: str,
    sort: str,
    order: str,
    first: int,
) -> None:
    store = fresh(sold_)
    since, until = period
    books = Books(sold_, BERLIN)
    mine = Answers(books, since, until)

    def named(entries: Iterable[Booking]) -> set[str]:
        # What has no amounts at all has no entry.
        return {value for entry in entries if any(entry.amounts.values()) for value in values_of(books, by, entry)}

    values = named(books.entries if order == "lowest" and by != "tag" else mine.entries)
    sums = {value: mine.total(lambda entry, value=value: value in values_of(books, by, entry)) for value in values}
    sign = -1 if order == "highest" else 1
    expected = sorted(sums.items(), key=lambda item: (sign * item[1][sort], item[0]))
    found = ask(
        storage, store, sales.breakdown, since=since.isoformat(), until=until.isoformat(), by=by, sort=sort,
        order=order, first=first,
    )  # fmt: skip
    assert found["values"] == len(expected)
    assert [(row["value"] or "", amounts(row)) for row in found["rows"]] == expected[:first]
    for row in found["rows"]:
        assert row["share_percent"] == percent(sums[row["value"] or ""]["net_sales"], mine.total()["net_sales"])
        if by == "product" and row["value"]:
            assert row["title"] == f"Thing {row['value']}"


@RULES
@given(sold_=stores, period=periods)
def test_customers_equal_the_books(storage: Storage, fresh: Any, sold_: tuple[Sold, ...], period: list[date]) -> None:
    store = fresh(sold_)
    since, until = period
    books = Books(sold_, BERLIN)
    placed = [order for order in Answers(books, since, until).placed() if order.valid]
    who = {order.customer for order in placed if order.customer is not None}
    new = {order.customer for order in placed if books.number(order) == 1}
    found = ask(storage, store, customers.answer, since=since.isoformat(), until=until.isoformat(), cohorts=60)
    assert found["customers"] == {
        "total": len(who), "new": len(new), "returning": len(who - new),
        "returning_percent": percent(len(who - new), len(who)),
        "orders": len(placed), "orders_of_new": len(new),
        "orders_of_returning": sum(1 for order in placed if (books.number(order) or 0) > 1),
        "orders_without_customer": sum(1 for order in placed if order.customer is None),
    }  # fmt: skip
    everything = [order for order in sold_ if order.valid and order.customer is not None]
    times = Counter(order.customer for order in everything)
    net = sum((books.net(order) for order in everything), ZERO)
    assert found["lifetime"]["customers"] == len(times)
    assert found["lifetime"]["repeat_customers"] == sum(1 for count in times.values() if count > 1)
    assert found["lifetime"]["orders"] == len(everything)
    assert Decimal(found["lifetime"]["net_sales"]) == net
    shown = {
        (row["cohort"], month["month"]): (month["customers"], month["orders"], Decimal(month["net_sales"]))
        for row in found["cohorts"]
        for month in row["months"]
        if month["orders"]
    }

    def month(number: int) -> str:
        return f"{number // 12}-{number % 12 + 1:02}"

    assert shown == {
        (month(cohort), month(when)): (count, made, worth)
        for (cohort, when), (count, made, _, worth) in books.cohorts().items()
    }
    for row in found["cohorts"]:
        assert row["months"][0]["retention_percent"] == "100.0"
        assert [one["after"] for one in row["months"]] == list(range(len(row["months"])))
        seconds = Counter(
            order.customer
            for order in everything
            if month(books.month(order)) <= row["months"][-1]["month"] and books.number(order) == 2
        )
        mine = {order.customer for order in everything if month(books.month(order)) == row["cohort"]}
        again = sum(1 for customer in seconds if customer in mine and first_of(books, customer) == row["cohort"])
        assert row["months"][-1]["repeat_percent"] == percent(again, row["customers"])


def first_of(books: Books, customer: int | None) -> str:
    first = min(books.month(order) for order in books.orders if order.customer == customer and order.valid)
    return f"{first // 12}-{first % 12 + 1:02}"


@RULES
@given(sold_=stores, period=periods, late=st.integers(1, 30))
def test_what_became_of_orders_equals_the_books(
    storage: Storage, fresh: Any, sold_: tuple[Sold, ...], period: list[date], late: int
) -> None:
    store = fresh(sold_)
    since, until = period
    placed = [order for order in Answers(Books(sold_, BERLIN), since, until).placed() if order.counted]
    given_ = {"since": since.isoformat(), "until": until.isoformat(), "late_after_days": late, "first": 3}
    found = ask(storage, store, orders.answer, **given_)
    valid = [order for order in placed if order.valid]
    waiting = sorted((order for order in valid if order.fulfilled is None), key=lambda one: (one.at, one.number))
    overdue = [order for order in waiting if order.at < AS_OF - late * DAY]
    slow = [order for order in valid if order.fulfilled is not None and order.fulfilled - order.at > late * DAY]
    assert found["orders"]["total"] == len(placed)
    assert found["orders"]["cancelled"] == len(placed) - len(valid)
    assert found["orders"]["refunded"] == sum(1 for order in placed if order.refunds)
    assert found["orders"]["cancelled_percent"] == percent(len(placed) - len(valid), len(placed))
    assert found["fulfillment"]["waiting"] == len(waiting)
    assert found["fulfillment"]["late"] == len(overdue) + len(slow)
    assert [order["name"] for order in found["late_orders"]] == [f"#{order.number}" for order in overdue][:3]
    seconds = sorted(int((order.fulfilled - order.at).total_seconds()) for order in valid if order.fulfilled)
    hours = found["fulfillment"]["hours_to_fulfill"]
    assert hours["orders"] == len(seconds)
    for name, share in (("median", 50), ("percent_90", 90), ("percent_95", 95)):
        at = next((one for place, one in enumerate(seconds, 1) if place * 100 >= share * len(seconds)), None)
        expected = None if at is None else (Decimal(at) / 3600).quantize(Decimal("0.1"), ROUND_HALF_UP)
        assert hours[name] == (None if expected is None else str(expected))


def test_without_a_copy_the_answer_says_how_to_make_one(storage: Storage, demo: Store) -> None:
    with pytest.raises(NotSynced, match=r"atom-shopify sync --shop demo\.myshopify\.com") as caught:
        ask(storage, demo, sales.over_time)
    assert not caught.value.retryable
    copied(storage, demo, [], as_of=None)
    with pytest.raises(NotSynced, match="are still being copied, since") as caught:
        ask(storage, demo, sales.over_time)
    assert caught.value.retryable

    def fail(session: Any) -> None:
        mirror = storage.mirrors.lock(session, demo)
        orders = storage.sync_runs.find(session, mirror, "orders")
        assert orders is not None
        storage.sync_runs.advance(session, mirror, orders, state="failed", error="It has not granted read_orders.")

    storage.write(fail)
    with pytest.raises(NotSynced, match=r"has not granted read_orders\..*atom-shopify sync") as caught:
        ask(storage, demo, sales.over_time)
    assert not caught.value.retryable


def test_an_answer_says_as_of_when_it_is_and_since_when_orders_are_known(
    storage: Storage, demo: Store, clock: Any, ada: Principal
) -> None:
    copied(storage, demo, [], earliest=datetime(2026, 9, 26, 12, tzinfo=UTC))
    clock.moment = datetime(2026, 11, 25, 12, tzinfo=UTC)
    found = ask(storage, demo, sales.over_time, since="2026-09-01")
    assert (found["source"], found["as_of"]) == ("mirror", "2026-01-15T12:00:00Z")
    assert (found["complete"], found["known_since"]) == (False, "2026-09-27")
    assert ask(storage, demo, sales.over_time, since="2026-09-27")["complete"]
    copied(storage, demo, [])
    found = ask(storage, demo, sales.over_time, since="2026-09-01")
    assert (found["complete"], found["known_since"]) == (True, None)


def test_totals_are_converted_by_given_rates_only(storage: Storage, demo: Store) -> None:
    copied(storage, demo, [])
    given_ = {"since": "2025-01-01", "until": "2025-12-31"}
    assert ask(storage, demo, sales.over_time, **given_)["converted"] is None
    found = ask(storage, demo, sales.over_time, **given_, convert_to="USD", rates=["GBP=1.3", "EUR=1.08"])["converted"]
    assert (found["currency"], found["rate"], found["net_sales"]) == ("USD", "1.08", "0.00")
    unknown = ask(storage, demo, sales.over_time, **given_, convert_to="USD", rates=["GBP=1.3"])["converted"]
    assert (unknown["rate"], unknown["net_sales"]) == (None, None)
    for wrong in (
        {"rates": ["EUR=1"]},
        {"convert_to": "USD", "rates": ["EUR=0"]},
        {"convert_to": "USD", "rates": ["EUR=1", "EUR=2"]},
    ):
        with pytest.raises(InvalidInput):
            ask(storage, demo, sales.over_time, **given_, **wrong)


@pytest.mark.parametrize("by", ["product", "variant"])
def test_goods_are_not_ranked_by_orders(storage: Storage, demo: Store, by: str) -> None:
    copied(storage, demo, [])
    with pytest.raises(InvalidInput, match="units"):
        ask(storage, demo, sales.breakdown, by=by, **{**RANKED, "sort": "orders"})


def test_days_that_need_two_sums_of_one_kind_are_added_up(storage: Storage, demo: Store) -> None:
    one, two = (replace(PLAIN, number=number, at=PLAIN.at + number * DAY) for number in (1, 2))
    copied(storage, demo, [one, two])
    for since, until, units in (
        ("2025-06-02", "2025-06-03", 2),
        ("2025-06-02", "2025-06-02", 1),
        ("2025-05-01", "2025-06-30", 2),
    ):
        (row,) = ask(storage, demo, sales.breakdown, since=since, until=until, by="channel", **RANKED)["rows"]
        assert (row["value"], row["units"]) == ("Online Store", units)


PLAIN = Sold(
    number=1, at=datetime(2025, 6, 1, 12, tzinfo=UTC), shipping=ZERO, shipping_tax=ZERO, included=False, test=False,
    lines=(Line(1, 1, Decimal("5.00"), 1, ZERO, ZERO, gift_card=False),), currency="EUR", customer=None,
    channel="Online Store", country="", codes=(), tags=(), refunds=(), cancelled=None, fulfilled=None, delivered=None,
    updated=datetime(2025, 7, 1, tzinfo=UTC),
)  # fmt: skip
