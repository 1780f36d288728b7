"""Daily demand as it was seen, and what kind of demand it is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

__all__ = ["LARGEST", "DailySeries", "DemandProfile", "Pattern", "profile"]

Pattern = Literal["none", "smooth", "erratic", "intermittent", "lumpy"]

LARGEST = 1e12
LONGEST_INTERVAL = 1.32  # days from one day with a sale to the next; above it demand is intermittent
LARGEST_VARIATION = 0.49  # squared coefficient of variation of the sizes; above it sizes are erratic


@dataclass(frozen=True, slots=True)
class DailySeries:
    """What one variant, or one store, sold on each day from `start` on.

    `values` are units or amounts, one a day without gaps, from 0 to 1e12. `censored` holds the places of days
    whose demand is unknown because nothing was in stock: such a day teaches nothing, whatever was sold on it. A series
    begins on the first day on which something could be bought. Raises `ValueError` for other values.
    """

    start: date
    values: tuple[float, ...]
    censored: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        for place, value in enumerate(self.values):
            if not 0 <= value <= LARGEST:
                raise ValueError(f"Day {place} of the series is {value}: 0 to {LARGEST:g} are possible.")
        if any(place < 0 or place >= len(self.values) for place in self.censored):
            raise ValueError("A day without stock lies outside of the series.")

    def day(self, place: int) -> date:
        """Return the date of a place; places behind the last value are days to come."""
        return self.start + timedelta(days=place)

    def observed(self) -> list[float]:
        """Return the values of the days on which demand could be seen."""
        return [value for place, value in enumerate(self.values) if place not in self.censored]


@dataclass(frozen=True, slots=True)
class DemandProfile:
    """What the observed days of a series have in common.

    `mean` and `deviation` are per day (the sample's standard deviation; `None` for fewer than two observed days).
    `interval` is the mean number of days per day with a sale, `variation` the squared coefficient of variation of what
    was sold on such days; both are `None` without a sale. `pattern` follows Syntetos and Boylan: an interval above 1.32
    is intermittent, a variation above 0.49 erratic, both together lumpy.
    """

    days: int
    observed: int
    total: float
    mean: float | None
    deviation: float | None
    sale_days: int
    interval: float | None
    variation: float | None
    pattern: Pattern
    last_sale: date | None


def profile(series: DailySeries) -> DemandProfile:
    """Return the profile of a series, in one pass over its days."""
    values = series.observed()
    count, total = len(values), math.fsum(values)
    mean = total / count if count else None
    deviation = None
    if mean is not None and count > 1:
        deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    sizes = [value for value in values if value > 0]
    interval = variation = None
    pattern: Pattern = "none"
    if sizes:
        size = total / len(sizes)
        interval = count / len(sizes)
        variation = math.fsum((value / size - 1) ** 2 for value in sizes) / len(sizes)
        erratic, rare = variation > LARGEST_VARIATION, interval > LONGEST_INTERVAL
        pattern = ("lumpy" if erratic else "intermittent") if rare else ("erratic" if erratic else "smooth")
    sold = [place for place, value in enumerate(series.values) if value > 0]
    last = series.day(sold[-1]) if sold else None
    return DemandProfile(
        days=len(series.values),
        observed=count,
        total=total,
        mean=mean,
        deviation=deviation,
        sale_days=len(sizes),
        interval=interval,
        variation=variation,
        pattern=pattern,
        last_sale=last,
    )
