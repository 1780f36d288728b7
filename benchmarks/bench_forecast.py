"""What forecasts of 1,000 variants take, how far off they are, and whether their intervals hold what they claim.

The series are made from a seed: two years of units a day, of which the last 28 days are held out. Goals: 1,000 variants
in 60 s of processor time; for each kind of series with structure a mean absolute error below the mean difference
between days seven days apart (MASE < 1) and below the error of the seasonal naive forecast; intervals of 80 % and 95 %
hold that part of the held-out days, give or take 5 points, and so do the intervals of sums. Where most days have no
sale, an interval of whole units can't hold exactly 80 %: there it holds at least that less 5 points, and the coverage
that the forecast carries is right within 5 points.

    python benchmarks/bench_forecast.py [variants]
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from atom_shopify_plugin.analytics.demand import DailySeries
from atom_shopify_plugin.analytics.forecast import LEVELS, Forecast, forecast

START = date(2024, 1, 1)
DAYS, HELD_OUT = 786, 28
WEEKDAYS = (0.8, 0.8, 0.9, 1.0, 1.3, 1.4, 0.8)
PROMOTIONS = {START + timedelta(days=place): "promotion" for place in range(20, DAYS + HELD_OUT, 45)}
SECONDS, POINTS = 60.0, 0.05
SPARSE = {"intermittent", "lumpy"}


def count(rng: random.Random, mean: float, spread: float = 0.15) -> float:
    """Return a number of units: Poisson, around a mean that varies by itself."""
    mean *= rng.gammavariate(1 / spread, spread) if spread else 1.0
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, product, units = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        units += 1
    return units


def season(place: int, size: float, phase: float) -> float:
    return 1 + size * math.sin(2 * math.pi * (place / 365.25 + phase))


def seasonal(rng: random.Random) -> list[float]:
    base, size, phase = rng.uniform(4, 40), rng.uniform(0.3, 0.7), rng.random()
    return [count(rng, base * WEEKDAYS[at % 7] * season(at, size, phase)) for at in range(DAYS)]


def trend(rng: random.Random) -> list[float]:
    base, end = rng.uniform(5, 20), rng.uniform(0.3, 3.0)
    return [count(rng, base * WEEKDAYS[at % 7] * (1 + (end - 1) * at / DAYS)) for at in range(DAYS)]


def promotions(rng: random.Random) -> list[float]:
    base, lift = rng.uniform(4, 30), rng.uniform(2, 4)
    days = [START + timedelta(days=at) for at in range(DAYS)]
    return [count(rng, base * WEEKDAYS[at % 7] * (lift if day in PROMOTIONS else 1)) for at, day in enumerate(days)]


def level_shift(rng: random.Random) -> list[float]:
    base, after, when = rng.uniform(5, 20), rng.choice((0.4, 2.5)), rng.randrange(300, DAYS - 60)
    return [count(rng, base * WEEKDAYS[at % 7] * (after if at >= when else 1)) for at in range(DAYS)]


def intermittent(rng: random.Random) -> list[float]:
    chance, size = rng.uniform(0.04, 0.3), rng.choice((1, 1, 2, 3))
    return [size if rng.random() < chance else 0 for _ in range(DAYS)]


def lumpy(rng: random.Random) -> list[float]:
    chance = rng.uniform(0.05, 0.3)
    return [round(rng.gammavariate(0.8, 6)) + 1 if rng.random() < chance else 0 for _ in range(DAYS)]


def slow(rng: random.Random) -> list[float]:
    base = rng.uniform(0.3, 1.5)
    return [count(rng, base * WEEKDAYS[at % 7]) for at in range(DAYS)]


KINDS: dict[str, tuple[Callable[[random.Random], list[float]], bool]] = {
    "seasonal": (seasonal, True),
    "trend": (trend, True),
    "promotions": (promotions, True),
    "level_shift": (level_shift, True),
    "slow": (slow, False),
    "intermittent": (intermittent, False),
    "lumpy": (lumpy, False),
}


def made(kind: str, variants: int) -> Iterator[list[float]]:
    for number in range(variants):
        yield KINDS[kind][0](random.Random(f"{kind} {number}"))


class Figures:
    """Sums over the series of one kind."""

    def __init__(self) -> None:
        self.mase: list[float] = []
        self.naive: list[float] = []
        self.inside = dict.fromkeys(LEVELS, 0)
        self.sums_inside = dict.fromkeys(LEVELS, 0)
        self.claimed = dict.fromkeys(LEVELS, 0.0)
        self.days = self.sums = 0
        self.seconds = 0.0
        self.methods: dict[str, int] = {}

    def add(self, values: list[float]) -> None:
        known, after = values[:-HELD_OUT], values[-HELD_OUT:]
        started = time.process_time()
        made = forecast(DailySeries(START, tuple(known)), HELD_OUT, events=PROMOTIONS)
        self.seconds += time.process_time() - started
        assert isinstance(made, Forecast)
        scale = math.fsum(abs(one - other) for one, other in zip(known, known[7:], strict=False)) / (len(known) - 7)
        self.mase.append(sum(abs(day.expected - v) for day, v in zip(made.days, after, strict=True)) / 28 / scale)
        self.naive.append(sum(abs(known[-7 + at % 7] - v) for at, v in enumerate(after)) / 28 / scale)
        self.days += HELD_OUT
        self.sums += 1
        self.methods[made.method] = self.methods.get(made.method, 0) + 1
        for level in LEVELS:
            for day, value in zip(made.days, after, strict=True):
                low, high = day.intervals[level]
                self.inside[level] += low <= value <= high
            if level in made.total_intervals:
                low, high = made.total_intervals[level]
                self.sums_inside[level] += low <= sum(after) <= high
            self.claimed[level] += made.backtest.coverage[level]

    def faults(self, kind: str) -> list[str]:
        """Return the goals that the kind misses."""
        faults = []
        mase, naive = sum(self.mase) / self.sums, sum(self.naive) / self.sums
        if KINDS[kind][1] and (mase >= 1 or mase >= naive):
            faults.append(f"MASE {mase:.3f}, seasonal naive {naive:.3f}")
        for level in LEVELS:
            held, claimed = self.inside[level] / self.days, self.claimed[level] / self.sums
            total = self.sums_inside[level] / self.sums
            if held < level - POINTS or (held > level + POINTS and kind not in SPARSE):
                faults.append(f"{level:.0%} intervals hold {held:.1%}")
            if abs(held - claimed) > POINTS:
                faults.append(f"{level:.0%} intervals hold {held:.1%}, the forecasts said {claimed:.1%}")
            if total < level - POINTS:
                faults.append(f"{level:.0%} intervals of sums hold {total:.1%}")
        return faults


def main() -> int:
    variants = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    each = max(1, variants // len(KINDS))
    missed, seconds = False, 0.0
    print("               MASE  naive   days within      sums within      as measured         ms  methods")
    for kind in KINDS:
        figures = Figures()
        for values in made(kind, each):
            figures.add(values)
        count = figures.sums
        chosen = sorted(figures.methods.items(), key=lambda one: -one[1])[:3]
        seconds += figures.seconds
        print(
            f"{kind:13}{sum(figures.mase) / count:6.3f}{sum(figures.naive) / count:7.3f}"
            + "".join(f"{figures.inside[level] / figures.days:8.1%}" for level in LEVELS)
            + "".join(f"{figures.sums_inside[level] / count:8.1%}" for level in LEVELS)
            + "".join(f"{figures.claimed[level] / count:8.1%}" for level in LEVELS)
            + f"{figures.seconds / count * 1000:9.1f}  "
            + ", ".join(f"{name} {times}" for name, times in chosen)
        )
        for fault in figures.faults(kind):
            missed = True
            print(f"   MISSED: {fault}")
    all_of_them = seconds / (each * len(KINDS)) * 1000
    missed |= all_of_them > SECONDS
    print(f"1,000 variants take {all_of_them:.1f} s on one core, goal {SECONDS:g} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
