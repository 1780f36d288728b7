"""Forecasts: what they find, what they carry, and what they refuse."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linecount import lines_of

from atom_shopify_plugin.analytics.demand import DailySeries, profile
from atom_shopify_plugin.analytics.forecast import LEVELS, Forecast, NoForecast, days_needed, forecast
from atom_shopify_plugin.analytics.smoothing import CANDIDATES, History, Intermittent

MONDAY = date(2024, 1, 1)
WEEK = (4.0, 2.0, 3.0, 5.0, 9.0, 12.0, 0.0)


def made(series: DailySeries, horizon: int = 28, **options: object) -> Forecast:
    answer = forecast(series, horizon, **options)  # type: ignore[arg-type]
    assert isinstance(answer, Forecast), answer
    return answer


def noisy(days: int, seed: int = 1, mean: float = 20.0) -> tuple[float, ...]:
    rng = random.Random(seed)  # noqa: S311
    return tuple(max(0.0, round(rng.gauss(mean * (1 + at % 7 / 4), 4))) for at in range(days))


histories = st.builds(
    lambda values, censored: DailySeries(MONDAY, tuple(map(float, values)), frozenset(censored)),
    st.lists(st.one_of(st.just(0), st.integers(0, 40)), min_size=80, max_size=160),
    st.frozensets(st.integers(0, 79), max_size=20),
)


@given(histories, st.integers(1, 28))
@settings(max_examples=60, deadline=None)
def test_what_is_expected_is_finite_and_within_its_intervals(series: DailySeries, horizon: int) -> None:
    answer = forecast(series, horizon)
    if isinstance(answer, NoForecast):
        assert answer.code in ("no_sales", "out_of_stock")
        return
    assert [day.date for day in answer.days] == [MONDAY + timedelta(len(series.values) + at) for at in range(horizon)]
    assert answer.total == pytest.approx(math.fsum(day.expected for day in answer.days))
    for expected, intervals in [
        *((day.expected, day.intervals) for day in answer.days),
        (answer.total, answer.total_intervals),
    ]:
        assert list(intervals) == sorted(LEVELS)
        (low, high), (lowest, highest) = intervals.values()
        assert 0 <= lowest <= low <= expected <= high <= highest < math.inf
    test = answer.backtest
    for share in (*test.coverage.values(), *test.total_coverage.values()):
        assert 0 <= share <= 1


@given(st.lists(st.integers(0, 30), min_size=120, max_size=120), st.integers(30, 110), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_no_method_sees_what_comes_after_the_day_it_forecasts_from(values: list[int], stop: int, other: int) -> None:
    known: list[float | None] = [float(value) for value in values]
    changed = known[:stop] + [float(other)] * (len(values) - stop)
    events = ["sale" if at % 30 == 7 else None for at in range(len(values) + 14)]
    for method in CANDIDATES:
        paths = [method.paths(History(days, 0, events, 14), [stop, 120])[0] for days in (known, changed)]
        assert paths[0] == paths[1], method.name


@pytest.mark.parametrize("times", [0.01, 1000.0])
def test_a_series_in_another_currency_has_the_same_forecast_in_that_currency(times: float) -> None:
    values = noisy(200)
    plain = made(DailySeries(MONDAY, values))
    scaled = made(DailySeries(MONDAY, tuple(value * times for value in values)))
    assert scaled.method == plain.method
    assert scaled.total == pytest.approx(plain.total * times)
    for one, other in zip(plain.days, scaled.days, strict=True):
        for level in LEVELS:
            assert other.intervals[level] == pytest.approx(tuple(times * bound for bound in one.intervals[level]))
    assert scaled.backtest.mase == pytest.approx(plain.backtest.mase)
    assert scaled.backtest.coverage == plain.backtest.coverage


def test_a_week_that_repeats_itself_goes_on() -> None:
    answer = made(DailySeries(MONDAY, WEEK * 20), 14)
    assert [day.expected for day in answer.days] == [*WEEK, *WEEK]
    assert (answer.method, answer.backtest.rmse, answer.backtest.mase) == ("seasonal_naive", 0, None)


def test_the_season_of_last_year_comes_back() -> None:
    values = tuple(20 * (1 + 0.6 * math.sin(2 * math.pi * at / 364)) * (1 + at / 2000) for at in range(800))
    answer = made(DailySeries(MONDAY, values))
    after = [20 * (1 + 0.6 * math.sin(2 * math.pi * at / 364)) * (1 + at / 2000) for at in range(800, 828)]
    assert answer.total == pytest.approx(sum(after), rel=0.03)
    assert not any("two years" in note for note in answer.notes)


def test_the_days_of_an_event_lift_its_next_days() -> None:
    events = {MONDAY + timedelta(at): "promotion" for at in range(5, 240, 30)}
    values = tuple(30.0 if MONDAY + timedelta(at) in events else 10.0 for at in range(210))
    answer = made(DailySeries(MONDAY, values), events=events)
    lifted = [day for day in answer.days if day.event == "promotion"]
    assert [day.date for day in lifted] == [MONDAY + timedelta(215)]
    assert lifted[0].expected == pytest.approx(30, rel=0.03)
    usual = [day.expected for day in answer.days if day.event is None]
    assert usual == pytest.approx([10.0] * 27, rel=0.01)


def test_days_without_stock_teach_nothing() -> None:
    values = list(noisy(200))
    empty = range(150, 165)
    answers = []
    for value in (0.0, 500.0):
        values[150:165] = [value] * 15
        answers.append(made(DailySeries(MONDAY, tuple(values), frozenset(empty))))
    assert answers[0] == answers[1]
    assert "15 days without stock were left out." in answers[0].notes
    seen_as_no_demand = made(DailySeries(MONDAY, (*values[:150], *[0.0] * 15, *values[165:])))
    assert seen_as_no_demand.backtest.rmse > answers[0].backtest.rmse


def test_slow_demand_is_size_over_interval() -> None:
    """Ten units every fifth day: Syntetos and Boylan expect (1 - 0.1 / 2) × 10 / 5 a day."""
    values: list[float | None] = [10.0 if at % 5 == 4 else 0.0 for at in range(500)]
    history = History(values, 0, [None] * 503, 3)
    assert Intermittent(0.0, 0.1).paths(history, [500]) == [pytest.approx([1.9] * 3, rel=1e-4)]
    [tsb] = Intermittent(0.05, 0.1).paths(history, [500])
    assert tsb[0] == pytest.approx(2.0, rel=0.12)
    stopped = History([*values, *[0.0] * 100], 0, [None] * 603, 3)
    assert Intermittent(0.05, 0.1).paths(stopped, [600])[0][0] < 0.02  # the chance of a sale fades
    assert Intermittent(0.0, 0.1).paths(stopped, [600])[0][0] == pytest.approx(1.9, rel=1e-4)


def test_the_errors_are_those_of_a_plain_backtest() -> None:
    values = noisy(150, seed=7)
    answer = made(DailySeries(MONDAY, values), 14)
    origins = list(range(150 - 14, 27, -7))
    assert answer.backtest.origins == len(origins)
    errors = [abs(values[origin + at] - values[origin - 7 + at % 7]) for origin in origins for at in range(14)]
    last = max(origins)
    scale = [abs(values[at] - values[at - 7]) for at in range(7, last)]
    expected = sum(errors) / len(errors) / (sum(scale) / len(scale))
    assert answer.backtest.naive_mase == pytest.approx(expected)
    assert answer.backtest.mase is not None
    assert answer.backtest.mase < expected
    assert answer.backtest.days == len(errors)


def test_intervals_hold_what_they_claim_on_days_that_nobody_has_seen() -> None:
    inside = dict.fromkeys(LEVELS, 0)
    said = dict.fromkeys(LEVELS, 0.0)
    number = 40
    for seed in range(number):
        values = noisy(228, seed=seed, mean=10 + seed)
        answer = made(DailySeries(MONDAY, values[:200]))
        for level in LEVELS:
            for day, value in zip(answer.days, values[200:], strict=True):
                low, high = day.intervals[level]
                inside[level] += low <= value <= high
            said[level] += answer.backtest.coverage[level]
    for level in LEVELS:
        assert inside[level] / (28 * number) == pytest.approx(level, abs=0.05)
        assert said[level] / number == pytest.approx(inside[level] / (28 * number), abs=0.05)


def test_a_short_history_has_no_forecast_but_a_reason() -> None:
    needed = days_needed(28)
    assert needed == 77
    answer = forecast(DailySeries(MONDAY, noisy(needed - 1)), 28)
    assert answer == NoForecast(
        "too_short",
        "The history has 76 days; a forecast of 28 days needs 77. At most 27 days can be forecast.",
        76,
        77,
    )
    assert len(made(DailySeries(MONDAY, noisy(76)), 27).days) == 27
    assert len(made(DailySeries(MONDAY, noisy(needed))).days) == 28
    shortest = forecast(DailySeries(MONDAY, ()), 1)
    assert isinstance(shortest, NoForecast)
    assert "At most" not in shortest.reason


def test_without_sales_or_stock_there_is_no_forecast() -> None:
    nothing = forecast(DailySeries(MONDAY, (0.0,) * 100))
    assert isinstance(nothing, NoForecast)
    assert nothing.code == "no_sales"
    empty = forecast(DailySeries(MONDAY, noisy(100), frozenset(range(60, 100))))
    assert isinstance(empty, NoForecast)
    assert empty.code == "out_of_stock"
    assert empty.reason.startswith("On 40 of 49 days from 2024-02-21 to 2024-04-09 nothing was in stock")


def test_a_forecast_says_what_it_could_not_know() -> None:
    few = tuple(1.0 if at in (3, 50, 90) else 0.0 for at in range(100))
    notes = " ".join(made(DailySeries(MONDAY, few)).notes)
    assert "Only 3 days had a sale" in notes
    assert "shorter than two years" in notes
    assert "measured from 7 days only" in notes


def test_old_days_cost_nothing() -> None:
    long = DailySeries(MONDAY, noisy(2000))
    recent = replace(long, start=long.day(2000 - 1123), values=long.values[-1123:])
    assert made(long) == made(recent)


def test_time_grows_with_the_days_and_no_faster() -> None:
    short, long = (DailySeries(MONDAY, noisy(days)) for days in (350, 700))
    assert lines_of(lambda: forecast(long)) < 2.2 * lines_of(lambda: forecast(short))


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf, 1e13])
def test_a_value_that_no_day_can_have_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="Day 1 of the series"):
        DailySeries(MONDAY, (1.0, value))


def test_absurd_questions_are_refused() -> None:
    series = DailySeries(MONDAY, noisy(100))
    for horizon in (0, -1, 183):
        with pytest.raises(ValueError, match="horizon"):
            forecast(series, horizon)
    for levels in ((), (0.4,), (1.0,), (math.nan,)):
        with pytest.raises(ValueError, match="levels"):
            forecast(series, levels=levels)
    with pytest.raises(ValueError, match="outside"):
        DailySeries(MONDAY, (1.0,), frozenset({1}))


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        ((5.0, 6.0, 5.0, 4.0), "smooth"),
        ((1.0, 20.0, 1.0, 1.0), "erratic"),
        ((0.0, 3.0, 0.0, 3.0), "intermittent"),
        ((0.0, 1.0, 0.0, 30.0), "lumpy"),
        ((0.0, 0.0), "none"),
        ((), "none"),
    ],
)
def test_demand_is_classified_by_interval_and_variation(values: tuple[float, ...], pattern: str) -> None:
    assert profile(DailySeries(MONDAY, values)).pattern == pattern


def test_a_profile_counts_the_days_with_stock() -> None:
    known = profile(DailySeries(MONDAY, (2.0, 4.0, 0.0, 0.0, 6.0), frozenset({2, 3})))
    assert (known.days, known.observed, known.total, known.mean, known.deviation) == (5, 3, 12.0, 4.0, 2.0)
    assert (known.sale_days, known.interval, known.last_sale) == (3, 1.0, date(2024, 1, 5))
    assert known.variation == pytest.approx((0.25 + 0 + 0.25) / 3)
