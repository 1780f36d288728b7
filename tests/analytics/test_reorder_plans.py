"""Reorder points, orders and days of cover: worked examples, and what must hold for all numbers."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linecount import lines_of

from atom_shopify_plugin.analytics.demand import DailySeries
from atom_shopify_plugin.analytics.forecast import Forecast, forecast
from atom_shopify_plugin.analytics.replenishment import (
    Demand,
    Stock,
    Supply,
    demand_of,
    reorder_point,
    replenish,
    total_of,
)

TODAY = date(2026, 11, 30)

demands = st.builds(
    Demand,
    st.floats(0, 500),
    st.floats(0, 40),
    st.integers(1, 1000),
    st.lists(st.floats(0, 500), max_size=5).map(tuple),
)
supplies = st.builds(
    Supply,
    lead_days=st.floats(0, 120),
    lead_deviation=st.floats(0, 20),
    service_level=st.floats(0.5, 0.999),
    review_days=st.floats(0, 30),
    cover_days=st.floats(0, 90),
    minimum_order=st.integers(1, 100),
    pack_size=st.integers(1, 24),
)
stocks = st.builds(Stock, st.integers(-50, 5000), st.integers(-200, 5000), st.integers(0, 50), st.integers(0, 500))


def test_a_fixed_lead_time() -> None:
    """Demand 40 a day with deviation 6, 4 days to deliver, 97.5 %: 160 + 1.96 × 6 × √4 = 183.5."""
    point, safety, distribution = reorder_point(Demand(40, 6, 100), Supply(4, service_level=0.975))
    assert (point, safety, distribution) == (184, 24, "normal")


def test_a_lead_time_that_varies() -> None:
    """150 a day (16), 5 days (1), 90 %: 750 + 1.2816 × √(5 × 256 + 22500) = 947.6."""
    point, safety, _ = reorder_point(Demand(150, 16, 100), Supply(5, 1, 0.9))
    assert (point, safety) == (948, 198)


def test_a_check_once_a_week_covers_the_week_too() -> None:
    """20 a day (4), lead time 3 days, checked every 7, 95 %: 200 + 1.6449 × 4 × √10 = 220.8."""
    assert reorder_point(Demand(20, 4, 100), Supply(3, review_days=7))[0] == 221


def test_slow_demand_is_poisson() -> None:
    """Two expected units: four are enough in 94.7 % of the cases, five in 98.3 %."""
    demand = Demand(0.2, math.sqrt(0.2), 100)
    assert reorder_point(demand, Supply(10, service_level=0.947)) == (4, 2, "poisson")
    assert reorder_point(demand, Supply(10, service_level=0.95)) == (5, 3, "poisson")


def test_slow_demand_that_varies_more_is_negative_binomial() -> None:
    """Mean 4 and variance 8: the failures before the fourth success of a fair coin."""
    demand = Demand(0.4, math.sqrt(0.8), 100)
    for level in (0.5, 0.9, 0.95, 0.99):
        reached = units = 0.0
        units = -1
        while reached < level:
            units += 1
            reached += math.comb(units + 3, 3) * 0.5 ** (units + 4)
        assert reorder_point(demand, Supply(10, service_level=level))[0::2] == (units, "negative_binomial")


def test_an_order_fills_up_to_the_demand_that_it_covers() -> None:
    demand = Demand(40, 6, 100)
    supply = Supply(4, service_level=0.975, cover_days=10)
    plan = replenish(Stock(190, 184), demand, supply, TODAY)
    assert (plan.reorder_point, plan.order_up_to, plan.order) == (184, 584, 400)
    assert (plan.velocity, plan.days_of_cover, plan.stock_out) == (40, 4.6, TODAY + timedelta(4))
    assert replenish(Stock(190, 185), demand, supply, TODAY).order == 0
    assert replenish(Stock(190, 184, incoming=1), demand, supply, TODAY).order == 0
    in_packs = replenish(Stock(190, 184), demand, replace(supply, pack_size=24), TODAY)
    assert in_packs.order == 408
    assert in_packs.notes == ("400 units are needed; the minimum and the packs make it 408.",)
    assert replenish(Stock(190, 184), demand, replace(supply, minimum_order=500, pack_size=24), TODAY).order == 504


def test_what_was_sold_and_is_not_there_is_ordered_too() -> None:
    plan = replenish(Stock(0, -16), Demand(40, 6, 100), Supply(4, service_level=0.975, cover_days=10), TODAY)
    assert (plan.order, plan.days_of_cover, plan.stock_out) == (600, 0, TODAY)
    assert plan.notes == ("16 units more were sold than there are.",)


def test_unknown_demand_is_said_and_not_taken_for_none() -> None:
    plan = replenish(Stock(5, 5), None, Supply(4), TODAY)
    assert (plan.velocity, plan.days_of_cover, plan.reorder_point, plan.order) == (None, None, None, None)
    assert plan.notes == ("No day of sales is known, so nothing can be said about demand.",)
    assert demand_of(DailySeries(TODAY, ())) is None
    assert demand_of(DailySeries(TODAY, (0.0,), frozenset({0}))) is None


def test_a_variant_that_does_not_sell_lasts_for_ever_and_is_not_ordered() -> None:
    demand = demand_of(DailySeries(TODAY, (0.0,) * 30))
    assert demand is not None
    plan = replenish(Stock(5, 5), demand, Supply(4), TODAY)
    assert (plan.velocity, plan.days_of_cover, plan.stock_out, plan.reorder_point, plan.order) == (0, None, None, 0, 0)
    assert plan.notes == ("Nothing is expected to sell: 30 days are known.",)


def test_without_a_lead_time_the_cover_is_known_and_the_order_is_not() -> None:
    plan = replenish(Stock(10, 10), Demand(4, 2, 50), None, TODAY)
    assert (plan.days_of_cover, plan.reorder_point, plan.order) == (2.5, None, None)
    assert plan.notes == ("No lead time is known, so nothing can be said about orders.",)


def test_the_stock_out_follows_the_forecast_day_by_day() -> None:
    plan = replenish(Stock(10, 10), Demand(2, 1, 50, (1.0, 1.0, 7.0, 2.0)), Supply(4), TODAY)
    assert plan.days_of_cover == 3.5
    assert plan.stock_out == TODAY + timedelta(3)
    assert replenish(Stock(19, 19), Demand(2, 1, 50, (1.0, 1.0, 7.0, 2.0)), None, TODAY).days_of_cover == 8


def test_demand_of_a_forecast_has_its_path_and_its_error() -> None:
    series = DailySeries(date(2026, 1, 1), tuple(float(5 + at % 7 + at % 3) for at in range(200)))
    made = forecast(series, 14)
    assert isinstance(made, Forecast)
    demand = demand_of(series, made)
    assert demand is not None
    assert demand.mean == pytest.approx(made.total / 14)
    assert demand.path == tuple(day.expected for day in made.days)
    assert demand.deviation == max(made.backtest.rmse, made.backtest.total_rmse / math.sqrt(14))
    plain = demand_of(series)
    assert plain is not None
    assert plain.deviation > demand.deviation  # the profile of the weekdays explains most of it


@given(demands, supplies, st.floats(0.5, 0.999))
def test_more_service_or_more_time_never_lowers_the_reorder_point(demand: Demand, supply: Supply, other: float) -> None:
    point, safety, _ = reorder_point(demand, supply)
    assert 0 <= safety <= point
    low, high = sorted((supply.service_level, other))
    assert (
        reorder_point(demand, replace(supply, service_level=low))[0]
        <= reorder_point(demand, replace(supply, service_level=high))[0]
    )
    assert reorder_point(demand, replace(supply, lead_deviation=supply.lead_deviation + 5))[0] >= 0


@given(stocks, demands, supplies)
def test_an_order_is_whole_packs_and_reaches_its_level(stock: Stock, demand: Demand, supply: Supply) -> None:
    plan = replenish(stock, demand, supply, TODAY)
    assert plan.order is not None
    assert plan.reorder_point is not None
    assert plan.order_up_to is not None
    assert plan.order % supply.pack_size == 0
    assert plan.order_up_to >= plan.reorder_point
    if plan.order:
        assert stock.position <= plan.reorder_point
        assert plan.order >= supply.minimum_order
        assert stock.position + plan.order >= plan.order_up_to
        assert plan.order < max(plan.order_up_to - stock.position, supply.minimum_order) + supply.pack_size
    else:
        assert stock.position > plan.reorder_point or stock.position >= plan.order_up_to
    if plan.stock_out is not None:
        assert plan.stock_out >= TODAY
    assert plan.days_of_cover is None or plan.days_of_cover >= 0


@given(st.lists(stocks, max_size=6), st.randoms())
def test_stock_adds_up_over_locations_in_any_order(several: list[Stock], rng: object) -> None:
    total = total_of(several)
    assert total.position == sum(one.position for one in several)
    rng.shuffle(several)  # type: ignore[attr-defined]
    assert total_of(several) == total


@pytest.mark.parametrize(
    "changes",
    [
        {"lead_days": -1},
        {"lead_days": math.nan},
        {"lead_deviation": 731},
        {"review_days": math.inf},
        {"cover_days": -0.1},
        {"service_level": 1.0},
        {"service_level": 0.4},
        {"minimum_order": 0},
        {"pack_size": 0},
    ],
)
def test_absurd_terms_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"possible|from 1"):
        replace(Supply(4), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("demand", [(-1, 1), (1, -1), (math.nan, 1), (1, math.inf)])
def test_absurd_demand_is_refused(demand: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="units a day"):
        Demand(*demand, 10)


def test_ten_thousand_variants_cost_ten_times_as_much_as_a_thousand() -> None:
    def plans(number: int) -> None:
        for variant in range(number):
            replenish(Stock(variant % 90, variant % 90), Demand(0.1 + variant % 50, 3, 90), Supply(7, 1), TODAY)

    assert lines_of(lambda: plans(10_000)) == pytest.approx(10 * lines_of(lambda: plans(1000)), rel=0.01)
