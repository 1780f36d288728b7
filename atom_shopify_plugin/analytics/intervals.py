"""Prediction intervals from the errors of a backtest, without a distribution that demand would have to follow.

An interval holds as many of the errors that were made before as it claims (split conformal prediction). Errors count
in units of the root of what was expected, so that busy days get wider intervals than quiet ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist

from atom_shopify_plugin.analytics.smoothing import WEEK, History, Paths

__all__ = ["Bands", "Interval"]

LEAST = 0.05  # of the mean; below it the root would make an error too large
Interval = tuple[float, float]
Error = tuple[float, int]  # in units, with the place of the day, or of the first day of a total


class Bands:
    """The errors of one method: by week ahead for single days, and for the sum of all days.

    `from_zero` is for demand that is mostly nothing: intervals of single days begin at zero, and only large values lie
    outside of them.
    """

    def __init__(
        self, history: History, origins: Sequence[int], paths: Paths, levels: Sequence[float], *, from_zero: bool
    ) -> None:
        self._from_zero = from_zero
        self._horizon = history.horizon
        self._levels = tuple(levels)
        seen_before = [value for value in history.values if value is not None]
        self._least = LEAST * math.fsum(seen_before) / max(len(seen_before), 1) or 1.0
        self._rows: list[tuple[int, int, float, float]] = []  # origin, days ahead, value, expected
        self._sums: list[tuple[int, float, float]] = []  # origin, sum of values, sum of what was expected
        for origin, path in zip(origins, paths, strict=False):
            values = history.values[origin : origin + self._horizon]
            seen = [(ahead, value, path[ahead]) for ahead, value in enumerate(values) if value is not None]
            self._rows += [(origin, *day) for day in seen]
            if seen:
                self._sums.append((origin, math.fsum(day[1] for day in seen), math.fsum(day[2] for day in seen)))
        weeks: list[list[Error]] = [[] for _ in range(-(-self._horizon // WEEK))]
        for origin, ahead, value, expected in self._rows:
            weeks[ahead // WEEK].append(((value - expected) / self._unit(expected), origin + ahead))
        everything = sorted(error for errors in weeks for error in errors)
        fewest = max(math.ceil(2.0 / (1.0 - level)) for level in self._levels)
        self._weeks = [sorted(errors) if len(errors) >= fewest else everything for errors in weeks]
        self._totals = sorted(
            ((value - expected) / self._unit(expected), origin) for origin, value, expected in self._sums
        )

    @property
    def days(self) -> int:
        """Return how many forecast days could be compared."""
        return len(self._rows)

    def total_rmse(self) -> float:
        """Return the root of the mean squared error of the sum of all days."""
        squares = [(value - expected) ** 2 for _, value, expected in self._sums]
        return math.sqrt(math.fsum(squares) / len(squares)) if squares else 0.0

    def day(self, ahead: int, expected: float) -> dict[float, Interval]:
        """Return the interval of each level for a day, by days ahead from 0."""
        bounds = self._bounds([error for error, _ in self._weeks[ahead // WEEK]])
        return {level: self._interval(expected, *both) for level, both in bounds.items()}

    def total(self, expected: float) -> dict[float, Interval]:
        """Return the interval of each level for the sum of all days."""
        spread = self._spread(self._totals)
        return {level: self._interval(expected, -spread(level), spread(level)) for level in self._levels}

    def coverage(self) -> dict[float, float]:
        """Return by level what part of the days lay inside, with intervals made without the days of the same origin."""
        counts = {level: [0, 0] for level in self._levels}
        windows: dict[tuple[int, int], list[tuple[float, float]]] = {}
        for origin, ahead, value, expected in self._rows:
            windows.setdefault((origin, ahead // WEEK), []).append((value, expected))
        for (origin, week), rows in windows.items():
            end = origin + self._horizon
            self._count([error for error, place in self._weeks[week] if not origin <= place < end], rows, counts)
        return _shares(counts)

    def total_coverage(self) -> dict[float, float]:
        """Return the same for sums, with intervals made without the sums that share a day."""
        counts = {level: [0, 0] for level in self._levels}
        for origin, value, expected in self._sums:
            others = [error for error in self._totals if abs(error[1] - origin) >= self._horizon]
            if not others:
                continue
            spread = self._spread(others)
            for level, count in counts.items():
                low, high = self._interval(expected, -spread(level), spread(level))
                count[0] += low <= value <= high
                count[1] += 1
        return _shares(counts)

    def _spread(self, errors: Sequence[Error]) -> Callable[[float], float]:
        """Return how far from zero the errors of sums are, by level: Student's t.

        Windows overlap. The degrees of freedom are as many as fit side by side into the days that they span.
        """
        places = [place for _, place in errors]
        freedom = (max(places) - min(places)) / self._horizon + 1
        root = _root([error for error, _ in errors])
        return lambda level: root * _student(0.5 + level / 2, freedom)

    def _count(
        self, errors: Sequence[float], rows: Sequence[tuple[float, float]], counts: dict[float, list[int]]
    ) -> None:
        for level, both in self._bounds(errors).items():
            for value, expected in rows:
                low, high = self._interval(expected, *both)
                counts[level][0] += low <= value <= high
                counts[level][1] += 1

    def _bounds(self, errors: Sequence[float]) -> dict[float, tuple[float, float]]:
        """Return by ascending level the bounds of sorted errors: by rank, or Student's t where there are too few."""
        bounds: dict[float, tuple[float, float]] = {}
        lowest, highest = -math.inf if self._from_zero else 0.0, 0.0
        count = len(errors)
        for level in self._levels if count > 1 else ():
            tail = 1.0 - level if self._from_zero else (1.0 - level) / 2.0
            outside = math.floor((count + 1) * tail + 1e-9)
            if outside:
                low, high = errors[outside - 1], errors[count - outside]
            else:
                high = _root(errors) * _student(1.0 - tail, count - 1)
                low = -high
            lowest, highest = min(lowest, low), max(highest, high)
            bounds[level] = (lowest, highest)
        return bounds

    def _unit(self, expected: float) -> float:
        return math.sqrt(max(expected, self._least))

    def _interval(self, expected: float, lowest: float, highest: float) -> Interval:
        """Return the interval around what is expected; it holds it, and nothing below zero."""
        unit = self._unit(expected)
        return max(0.0, min(expected, expected + lowest * unit)), max(expected, expected + highest * unit)


def _root(errors: Sequence[float]) -> float:
    return math.sqrt(math.fsum(error * error for error in errors) / len(errors))


def _student(chance: float, freedom: float) -> float:
    """Return the quantile of Student's t by the expansion of Cornish and Fisher; a few per cent off below 2 degrees."""
    z = NormalDist().inv_cdf(chance)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def _shares(counts: dict[float, list[int]]) -> dict[float, float]:
    return {level: inside / count for level, (inside, count) in counts.items() if count}
