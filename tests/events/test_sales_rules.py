"""The rules about sales against plain definitions: exact figures, schedules in any time zone, bands, hysteresis."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.events.rules import RULES, Sighting
from atom_shopify_plugin.events.sales_rules import band, due_before, next_after

NOW = datetime(2026, 10, 20, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "UTC"]


def fired(rule: str, bodies: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> list[int]:
    """Return at which of the sightings of one thing an event fires."""
    memory, found = None, []
    for at, body in enumerate(bodies):
        step = RULES[rule].step(Sighting("x", NOW + timedelta(minutes=at), body), parameters, memory)
        memory = step.state
        if step.fires is not None:
            found.append(at)
    return found


# Refunds

counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))


@given(
    st.lists(counts, max_size=25),
    st.decimals("1.1", "10", places=1),
    st.decimals("0.1", "50", places=1),
    st.integers(1, 30),
)
def test_refunds_are_unusual_once_until_they_are_usual_again(
    seen: Sequence[tuple[int, int, int, int]], factor: Decimal, least: Decimal, min_orders: int
) -> None:
    bodies, expected, unusual = [], [], False
    for at, (orders, refunds, base_orders, base_refunds) in enumerate(seen):
        bodies.append(
            {
                "window": {"orders": orders, "refunds": refunds},
                "base": {"orders": base_orders, "refunds": base_refunds},
            }
        )
        if orders < min_orders or base_orders < min_orders:
            continue
        rate = Fraction(refunds, orders)
        threshold = max(Fraction(base_refunds, base_orders) * Fraction(factor), Fraction(least) / 100)
        if not unusual and rate >= threshold:
            unusual = True
            expected.append(at)
        elif unusual and rate < threshold * Fraction(8, 10):
            unusual = False
    parameters = {"factor": float(factor), "least_percent": float(least), "min_orders": min_orders}
    assert fired("refund_rate", bodies, parameters) == expected


def test_rates_are_told_in_hundredths_of_a_percent() -> None:
    body = {"window": {"orders": 30, "refunds": 5}, "base": {"orders": 300, "refunds": 20}}
    parameters = {"factor": 2, "least_percent": 5, "min_orders": 20}
    step = RULES["refund_rate"].step(Sighting("x", NOW, body), parameters, None)
    assert step.fires == {"rate_percent": "16.67", "base_rate_percent": "6.67", "threshold_percent": "13.33"}


# Stock


@given(
    st.lists(st.tuples(st.integers(-5, 200), st.integers(0, 300)), max_size=25),
    st.integers(1, 30),
    st.integers(0, 10),
    st.integers(7, 28),
)
def test_an_item_runs_out_once_until_its_stock_lasts_again(
    seen: Sequence[tuple[int, int]], days: int, margin: int, observed: int
) -> None:
    bodies, expected, low = [], [], False
    for at, (available, sold) in enumerate(seen):
        bodies.append({"available": available, "units_sold": sold, "observed_days": observed})
        lasts = Fraction(max(available, 0) * observed, sold) if sold else None
        if not low and lasts is not None and lasts < days:
            low = True
            expected.append(at)
        elif low and (lasts is None or lasts >= days + margin):
            low = False
    assert fired("stock_out", bodies, {"days": days, "margin": margin}) == expected


# Reports

SCHEDULES = st.fixed_dictionaries(
    {
        "every": st.sampled_from(["day", "week"]),
        "weekday": st.sampled_from(["monday", "sunday", "thursday"]),
        "hour": st.integers(0, 23),
    }
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@given(MOMENTS, st.sampled_from(ZONES), SCHEDULES)
def test_a_schedule_has_one_moment_on_each_of_its_days(at: datetime, name: str, schedule: Mapping[str, Any]) -> None:
    zone = ZoneInfo(name)
    moments = [due_before(at, zone, schedule)]
    for _ in range(4):
        moments.append(next_after(moments[-1], zone, schedule))
    assert moments[0] <= at < moments[1]
    days = [moment.astimezone(zone).date() for moment in moments]
    step = 7 if schedule["every"] == "week" else 1
    assert {(later - earlier).days for earlier, later in pairwise(days)} == {step}
    for moment in moments:
        shown = moment.astimezone(zone)
        assert shown.hour in (schedule["hour"], schedule["hour"] + 1)
        if shown.hour == schedule["hour"] and shown.minute == 0:
            assert shown.fold == 0


def test_an_hour_that_the_clocks_skip_is_the_one_after_it() -> None:
    schedule = {"every": "day", "weekday": "monday", "hour": 2}
    before = datetime(2027, 3, 27, 12, tzinfo=BERLIN)
    assert next_after(before, BERLIN, schedule) == datetime(2027, 3, 28, 3, tzinfo=BERLIN)


def test_an_hour_that_comes_twice_counts_once() -> None:
    schedule = {"every": "day", "weekday": "monday", "hour": 2}
    first = next_after(datetime(2026, 10, 24, 12, tzinfo=BERLIN), BERLIN, schedule)
    assert first == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert next_after(first, BERLIN, schedule) == datetime(2026, 10, 26, 1, tzinfo=UTC)


AMOUNTS = st.lists(st.decimals("0", "100000", places=2), min_size=0, max_size=8)


@given(AMOUNTS, st.integers(1, 20))
def test_the_band_is_the_median_and_so_many_median_distances_from_it(values: list[Decimal], k: int) -> None:
    found = band(values, k)
    if len(values) < 4 or statistics.median(values) <= 0:
        assert found is None
        return
    median = statistics.median(values)
    mad = max(statistics.median(abs(value - median) for value in values), median / 20)
    assert found == {
        "median": median,
        "mad": mad,
        "low": median - k * mad,
        "high": median + k * mad,
        "days": len(values),
    }


@pytest.mark.parametrize("zone", ZONES)
def test_a_new_subscription_begins_with_the_next_report(zone: str) -> None:
    schedule = {"every": "day", "weekday": "monday", "hour": 8}
    seed = RULES["sales_report"].step(Sighting("x", NOW, {"timezone": zone}), schedule, None)
    assert seed.fires is None
    assert seed.state is not None
    due = datetime.fromisoformat(seed.state["next"])
    assert due == next_after(NOW, ZoneInfo(zone), schedule)
    body = {"timezone": zone, "reason": "schedule", "scheduled_at": due.isoformat()}
    told = RULES["sales_report"].step(Sighting("x", due, body), schedule, seed.state)
    assert told.fires == {}
    assert RULES["sales_report"].step(Sighting("x", due, body), schedule, told.state).fires is None
