"""How well a method would have done: forecasts from earlier days, compared with what was sold then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atom_shopify_plugin.analytics.intervals import Bands
from atom_shopify_plugin.analytics.smoothing import CANDIDATES, WEEK, History, Method, Paths, mean_of

__all__ = ["Backtest", "Tested", "compare", "origins_of", "report"]

FEWEST_TRAINING_DAYS = 28
FEWEST_ORIGINS = 4
MOST_ORIGINS = 26
COMBINED = 3  # how many of the best methods the combination takes the mean of


@dataclass(frozen=True, slots=True)
class Backtest:
    """Figures of one method over all origins.

    `rmse` is the root of the mean squared error of a day, `total_rmse` that of the sum of all days ahead, both in the
    unit of the series. `mase` and `naive_mase` are mean absolute errors, of the method and of the seasonal naive one,
    in units of the mean absolute difference between days that are seven days apart; `rmsse` is `rmse` in units of the
    root of their mean squared difference. They are `None` where a series repeats itself exactly. `coverage` says by
    level what part of the days lay within the interval, where the interval was made without these days, and
    `total_coverage` what part of the sums; a level is missing where there were too few windows to say it.
    """

    origins: int
    days: int
    rmse: float
    total_rmse: float
    mase: float | None
    naive_mase: float | None
    rmsse: float | None
    coverage: Mapping[float, float]
    total_coverage: Mapping[float, float]


@dataclass(frozen=True, slots=True)
class Tested:
    """A method with its paths from each origin, the last of them from today, and its squared error."""

    method: Method
    paths: Paths
    squared: float
    absolute: float


def origins_of(days: int, horizon: int) -> list[int]:
    """Return the places to forecast from: whole weeks apart, the last one `horizon` days before the end."""
    last = days - horizon
    count = min(MOST_ORIGINS, (last - FEWEST_TRAINING_DAYS) // WEEK + 1)
    return [last - WEEK * back for back in range(count - 1, -1, -1)] if count >= FEWEST_ORIGINS else []


def compare(history: History, origins: Sequence[int]) -> list[Tested]:
    """Return all methods that the history is long enough for, the one with the smallest squared error first.

    Squared errors choose, because they are smallest for the expected value. Absolute errors are smallest for the
    median, which is zero for most slow movers.
    """
    stops = [*origins, len(history.values)]
    tested = []
    for method in CANDIDATES:
        if len(history.values) >= method.fewest_days:
            tested.append(_tested(method, method.paths(history, stops), history, origins))
    tested.sort(key=lambda candidate: candidate.squared)
    best = tested[:COMBINED]
    names = ", ".join(candidate.method.name for candidate in best)
    combination = Method("combination", f"the mean of {names}", CANDIDATES[0].paths)
    tested.append(_tested(combination, mean_of([candidate.paths for candidate in best]), history, origins))
    tested.sort(key=lambda candidate: candidate.squared)
    return tested


def _tested(method: Method, paths: Paths, history: History, origins: Sequence[int]) -> Tested:
    squared = absolute = 0.0
    count = 0
    for origin, path in zip(origins, paths, strict=False):
        for value, expected in zip(history.values[origin:], path, strict=False):
            if value is not None:
                error = value - expected
                squared += error * error
                absolute += abs(error)
                count += 1
    return Tested(method, paths, squared / max(count, 1), absolute / max(count, 1))


def _scales(history: History, end: int) -> tuple[float, float]:
    """Return the mean absolute and the mean squared difference between days seven days apart, before `end`."""
    values = history.values
    differences = [
        abs(later - earlier)
        for earlier, later in zip(values[: end - WEEK], values[WEEK:end], strict=True)
        if earlier is not None and later is not None
    ]
    count = max(len(differences), 1)
    return math.fsum(differences) / count, math.fsum(difference * difference for difference in differences) / count


def report(history: History, origins: Sequence[int], tested: Tested, naive: Tested, bands: Bands) -> Backtest:
    """Return the figures of a method that was tested beside the seasonal naive one."""
    absolute, squared = _scales(history, origins[-1])
    return Backtest(
        origins=len(origins),
        days=bands.days,
        rmse=math.sqrt(tested.squared),
        total_rmse=bands.total_rmse(),
        mase=tested.absolute / absolute if absolute else None,
        naive_mase=naive.absolute / absolute if absolute else None,
        rmsse=math.sqrt(tested.squared / squared) if squared else None,
        coverage=bands.coverage(),
        total_coverage=bands.total_coverage(),
    )
