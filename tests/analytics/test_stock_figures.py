"""The value of a stock, dead stock, ABC classes, transfers and purchases."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linecount import lines_of

from atom_shopify_plugin.analytics.inventory import Holding, abc_classes, dead_stock, stock_value
from atom_shopify_plugin.analytics.transfers import (
    LocationStock,
    PurchaseLine,
    Transfer,
    purchase_list,
    suggest_transfers,
)

TODAY = date(2026, 11, 30)

money = st.decimals(0, 10_000, places=2)
revenues = st.dictionaries(st.text(min_size=1, max_size=3), st.decimals(-500, 10_000, places=2), max_size=7)
places = st.lists(
    st.builds(
        lambda name, available, incoming, point, more: LocationStock(name, available, incoming, point, point + more),
        st.text("abcdefgh", min_size=1, max_size=2),
        st.integers(-20, 100),
        st.integers(0, 30),
        st.integers(0, 40),
        st.integers(0, 30),
    ),
    max_size=8,
    unique_by=lambda place: place.location,
)


def test_stock_is_worth_what_it_cost_and_unknown_costs_are_said() -> None:
    holdings = [
        Holding("mug", 3, Decimal("4.10")),
        Holding("cup", 7, None),
        Holding("plate", -2, Decimal("9.99")),
        Holding("bowl", 0, None),
        Holding("free", 5, Decimal(0)),
    ]
    value = stock_value(holdings)
    assert (value.value, value.units) == (Decimal("12.30"), 15)
    assert (value.units_without_cost, value.variants_without_cost) == (7, 1)


@given(st.lists(st.tuples(st.integers(-9, 999), st.none() | money), max_size=20))
def test_the_value_is_exact(rows: list[tuple[int, Decimal | None]]) -> None:
    value = stock_value(Holding(str(at), units, cost) for at, (units, cost) in enumerate(rows))
    cents = sum(int(cost * 100) * max(units, 0) for units, cost in rows if cost is not None)
    assert value.value * 100 == cents


def test_dead_stock_is_what_nobody_bought_for_long() -> None:
    def ago(days: int) -> date:
        return TODAY - timedelta(days)

    holdings = [
        Holding("alive", 5, Decimal(1), last_sale=ago(89), stocked_since=ago(500)),
        Holding("dead", 5, Decimal(1), last_sale=ago(90), stocked_since=ago(500)),
        Holding("never sold", 9, Decimal(2), stocked_since=ago(90)),
        Holding("new", 9, Decimal(2), stocked_since=ago(89)),
        Holding("sold out", 0, Decimal(2), last_sale=ago(300)),
        Holding("without a cost", 1, None, last_sale=ago(200)),
        Holding("without any date", 1, Decimal(50)),
    ]
    dead = dead_stock(holdings, TODAY)
    assert dead is not None
    assert [(one.variant, one.value, one.days) for one in dead] == [
        ("without any date", 50, None),
        ("never sold", 18, None),
        ("dead", 5, 90),
        ("without a cost", None, 200),
    ]
    assert dead_stock(reversed(holdings), TODAY) == dead
    assert dead_stock(holdings, TODAY, sales_since=ago(60)) is None
    assert dead_stock(holdings, TODAY, sales_since=ago(90)) == dead
    with pytest.raises(ValueError, match="at least one"):
        dead_stock(holdings, TODAY, 0)


def test_abc_classes_of_a_worked_example() -> None:
    """Of 1,000: 500 and 300 are A (80 %), 90 and 60 are B (95 %), 30 and 20 are C."""
    classes = abc_classes({name: Decimal(one) for name, one in zip("uvwxyz", (500, 300, 90, 60, 30, 20), strict=True)})
    assert classes == {"u": "A", "v": "A", "w": "B", "x": "B", "y": "C", "z": "C"}


def test_what_earned_nothing_is_c() -> None:
    assert abc_classes({"sold": Decimal(5), "none": Decimal(0), "returned": Decimal(-50)}) == {
        "sold": "A",
        "none": "C",
        "returned": "C",
    }
    assert abc_classes({}) == {}
    with pytest.raises(ValueError, match="ascend"):
        abc_classes({}, (Decimal("0.9"), Decimal("0.8")))


@given(revenues, st.sampled_from([Decimal("0.01"), Decimal(3), Decimal("1e6")]), st.randoms())
def test_abc_classes_know_no_order_no_currency_and_no_favourites(
    earned: dict[str, Decimal], rate: Decimal, rng: random.Random
) -> None:
    classes = abc_classes(earned)
    shuffled = list(earned.items())
    rng.shuffle(shuffled)
    assert abc_classes(dict(shuffled)) == classes
    assert abc_classes({name: amount * rate for name, amount in earned.items()}) == classes
    for one in earned:
        for other in earned:
            if earned[one] >= earned[other]:
                assert classes[one] <= classes[other]
    if any(amount > 0 for amount in earned.values()):
        assert "A" in classes.values()


def test_surplus_goes_where_most_is_missing() -> None:
    stocks = [
        LocationStock("Berlin", 50, 0, 10, 20),
        LocationStock("Paris", 2, 0, 10, 25),
        LocationStock("Rome", 8, 5, 15, 20),
        LocationStock("Oslo", 0, 30, 10, 20),
        LocationStock("Unknown", 900, 0, None, None),
    ]
    assert suggest_transfers(stocks) == [Transfer("Berlin", "Paris", 23), Transfer("Berlin", "Rome", 7)]
    assert suggest_transfers(stocks, fewest=8) == [Transfer("Berlin", "Paris", 23)]
    with pytest.raises(ValueError, match="twice"):
        suggest_transfers([stocks[0], stocks[0]])


@given(places, st.integers(1, 5), st.randoms())
def test_transfers_keep_all_units_and_take_from_nobody_in_need(
    stocks: list[LocationStock], fewest: int, rng: random.Random
) -> None:
    transfers = suggest_transfers(stocks, fewest=fewest)
    change: Counter[str] = Counter()
    for transfer in transfers:
        assert transfer.units >= fewest
        assert transfer.source != transfer.destination
        change[transfer.source] -= transfer.units
        change[transfer.destination] += transfer.units
    assert sum(change.values()) == 0
    sources = {transfer.source for transfer in transfers}
    assert not sources & {transfer.destination for transfer in transfers}
    for place in stocks:
        assert place.need is not None
        after = place.available + change[place.location]
        if place.location in sources:
            assert after >= place.need
        elif change[place.location]:
            assert after + place.incoming <= place.need
    rng.shuffle(stocks)
    assert suggest_transfers(stocks, fewest=fewest) == transfers


def test_purchases_are_grouped_by_vendor_with_exact_sums() -> None:
    lines = [
        PurchaseLine("mug", "Clay & Co", 3, Decimal("4.10")),
        PurchaseLine("cup", "Clay & Co", 2, None),
        PurchaseLine("pen", None, 1, Decimal("0.10")),
        PurchaseLine("ink", "Blots", 10, Decimal("0.10")),
        PurchaseLine("none", "Blots", 0, Decimal(5)),
    ]
    purchases = purchase_list(lines)
    assert [(one.vendor, one.units, one.cost, one.units_without_cost) for one in purchases] == [
        ("Blots", 10, Decimal("1.00"), 0),
        ("Clay & Co", 5, Decimal("12.30"), 2),
        (None, 1, Decimal("0.10"), 0),
    ]
    assert [line.variant for line in purchases[1].lines] == ["cup", "mug"]
    assert purchase_list(reversed(lines)) == purchases


def test_ten_thousand_variants_take_ten_times_the_work_of_a_thousand() -> None:
    def work(number: int) -> None:
        names = [f"variant {at * 7919 % number}" for at in range(number)]
        holdings = [
            Holding(name, at % 9, Decimal(at % 5), TODAY - timedelta(at % 200)) for at, name in enumerate(names)
        ]
        stock_value(holdings)
        dead_stock(holdings, TODAY)
        abc_classes({name: Decimal(at % 83) for at, name in enumerate(names)})
        purchase_list(PurchaseLine(name, f"vendor {at % 7}", at % 4, Decimal(1)) for at, name in enumerate(names))

    assert lines_of(lambda: work(10_000)) == pytest.approx(10 * lines_of(lambda: work(1000)), rel=0.02)
