"""Forecasts of daily sales and of demand, with intervals and with the error that the method had so far."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from atom_shopify_plugin.analytics.backtest import (
    FEWEST_ORIGINS,
    FEWEST_TRAINING_DAYS,
    Backtest,
    compare,
    origins_of,
    report,
)
from atom_shopify_plugin.analytics.demand import DailySeries, Pattern, profile
from atom_shopify_plugin.analytics.intervals import Bands, Interval
from atom_shopify_plugin.analytics.smoothing import WEEK, History

__all__ = ["LEVELS", "LONGEST_HORIZON", "Forecast", "ForecastDay", "NoForecast", "days_needed", "forecast"]

LEVELS = (0.8, 0.95)
LONGEST_HORIZON = 182
MOST_DAYS = 3 * 365 + 28  # older days are left out: they cost time and say little
MOST_UNSEEN = 0.5  # of the days: those without stock
FEW_SALES = 10  # days with a sale


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """What is expected on one day, and by level between which bounds the day will be."""

    date: date
    expected: float
    intervals: Mapping[float, Interval]
    event: str | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected values of the days after a series, with the backtest that chose the method.

    `total` is the sum of `days`; `total_intervals` lacks a level for which the backtest had too few windows. Values
    have the unit of the series.
    """

    method: str
    about: str
    pattern: Pattern
    days: tuple[ForecastDay, ...]
    total: float
    total_intervals: Mapping[float, Interval]
    backtest: Backtest
    notes: tuple[str, ...]

    @property
    def per_day(self) -> float:
        """Return the mean of the expected values."""
        return self.total / len(self.days)


@dataclass(frozen=True, slots=True)
class NoForecast:
    """Why there is no forecast, and how many days a history needs for it."""

    code: Literal["too_short", "no_sales", "out_of_stock"]
    reason: str
    known_days: int
    needed_days: int


def days_needed(horizon: int) -> int:
    """Return how many days of history a forecast of `horizon` days needs, to test itself four times."""
    return FEWEST_TRAINING_DAYS + WEEK * (FEWEST_ORIGINS - 1) + horizon


def forecast(
    series: DailySeries,
    horizon: int = 28,
    *,
    levels: Sequence[float] = LEVELS,
    events: Mapping[date, str] | None = None,
) -> Forecast | NoForecast:
    """Forecast the days after a series by the method that would have done best, or say why that is not possible.

    `events` names days that are unlike others, past and future: holidays, promotions. Days of the same name have the
    same effect, which is learnt from the past ones. Raises `ValueError` for a horizon outside of 1 to 182 days and for
    levels outside of 0.5 to 0.99.
    """
    if not 1 <= horizon <= LONGEST_HORIZON:
        raise ValueError(f"A horizon of {horizon} days: 1 to {LONGEST_HORIZON} are possible.")
    if not levels or any(not 0.5 <= level <= 0.99 for level in levels):
        raise ValueError("The levels of intervals lie between 0.5 and 0.99.")
    refusal = _refusal(series, horizon)
    if refusal is not None:
        return refusal
    history = _history(series, horizon, events or {})
    origins = origins_of(len(history.values), horizon)
    tested = compare(history, origins)
    best = tested[0]
    naive = next(candidate for candidate in tested if candidate.method.name == "seasonal_naive")
    demand = profile(series)
    rare = demand.pattern in ("intermittent", "lumpy")
    bands = Bands(history, origins, best.paths, sorted(set(levels)), from_zero=rare)
    path = best.paths[-1]
    first = len(series.values)
    to_come = history.events[len(history.values) :]
    days = tuple(
        ForecastDay(series.day(first + ahead), expected, bands.day(ahead, expected), event)
        for ahead, (expected, event) in enumerate(zip(path, to_come, strict=True))
    )
    total = math.fsum(path)
    return Forecast(
        method=best.method.name,
        about=best.method.about,
        pattern=demand.pattern,
        days=days,
        total=total,
        total_intervals=bands.total(total),
        backtest=report(history, origins, best, naive, bands),
        notes=_notes(series, history, demand.sale_days, len(origins)),
    )


def _refusal(series: DailySeries, horizon: int) -> NoForecast | None:
    known, needed = len(series.values), days_needed(horizon)
    if known < needed:
        longest = known - days_needed(0)
        reason = f"The history has {known} days; a forecast of {horizon} days needs {needed}."
        if longest > 0:
            reason += f" At most {longest} days can be forecast."
        return NoForecast("too_short", reason, known, needed)
    if not any(series.observed()):
        return NoForecast("no_sales", f"Nothing was sold on any of {known} days.", known, needed)
    tested = needed - FEWEST_TRAINING_DAYS
    for first, last in ((known - tested, known), (known - needed, known - tested)):
        unseen = sum(place in series.censored for place in range(first, last))
        if unseen <= MOST_UNSEEN * (last - first):
            continue
        days = f"from {series.day(first)} to {series.day(last - 1)}"
        reason = f"On {unseen} of {last - first} days {days} nothing was in stock, so demand could not be seen."
        return NoForecast("out_of_stock", reason, known, needed)
    return None


def _history(series: DailySeries, horizon: int, events: Mapping[date, str]) -> History:
    first = max(0, len(series.values) - MOST_DAYS)
    values = [None if place in series.censored else value for place, value in enumerate(series.values)][first:]
    names = [events.get(series.day(place)) for place in range(first, len(series.values) + horizon)]
    return History(values, series.day(first).weekday(), names, horizon)


def _notes(series: DailySeries, history: History, sale_days: int, origins: int) -> tuple[str, ...]:
    notes = []
    if sale_days < FEW_SALES:
        notes.append(f"Only {sale_days} days had a sale: the interval says more than the expected value.")
    if len(history.values) < 2 * 365:
        notes.append("The history is shorter than two years, so yearly seasons are not part of the forecast.")
    if origins < 8:
        notes.append(f"The error was measured from {origins} days only.")
    if series.censored:
        notes.append(f"{len(series.censored)} days without stock were left out.")
    return tuple(notes)
