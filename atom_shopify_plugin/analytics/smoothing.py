"""The methods that forecasts choose from: each goes over a history once and can stop at several days on the way.

A method sees nothing behind the day at which it stops, so that one pass serves the forecast and its backtest. Days
without stock (`None`) change no state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["CANDIDATES", "History", "Method", "Paths", "mean_of"]

Paths = list[list[float]]  # by stop, then by day ahead

WEEK = 7
YEAR = 364  # fifty-two whole weeks, so that weekdays meet
AROUND = 10  # days on either side that smooth last year's sales
PRIOR_WEEKS = 1.0  # weeks of equal days that a profile of weekdays starts from
KEPT_PER_WEEK = 0.98  # how much of the former profile counts a week later
LONGEST_STEP = 3.0  # mean absolute errors; what is further away counts as so far
WARM_UP = 14  # days whose mean is the first level


@dataclass(frozen=True, slots=True)
class History:
    """A series prepared for the methods, with `horizon` days to come.

    `values` has `None` on days without stock, `events` the name of the event of each day, the days to come included.
    """

    values: Sequence[float | None]
    weekday: int
    events: Sequence[str | None]
    horizon: int


@dataclass(frozen=True, slots=True)
class Method:
    """A way to forecast: its name, what it does in words, and how it makes a path from each stop."""

    name: str
    about: str
    paths: Callable[[History, Sequence[int]], Paths]
    fewest_days: int = 0


@dataclass(slots=True)
class _State:
    """What a smoother knows at one day."""

    level: float
    trend: float = 0.0
    sold: list[float] = field(default_factory=lambda: [0.0] * WEEK)
    expected: list[float] = field(default_factory=lambda: [0.0] * WEEK)
    profile: list[float] = field(default_factory=lambda: [1.0] * WEEK)
    lifts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Smoother:
    """An exponentially smoothed level with a damped trend, a profile of the weekdays and a lift for each named event.

    `gain` is the weight of the newest day (the weight of a plain mean while that is larger, always for 0), `slope` how
    fast the trend follows the level, `damping` what is left of the trend a day later.
    """

    gain: float
    slope: float = 0.0
    damping: float = 0.98
    weekly: bool = True
    robust: bool = True

    def paths(self, history: History, stops: Sequence[int]) -> Paths:
        """Return the expected values of the days behind each stop; stops ascend."""
        waiting = set(stops)
        paths = {place: self.path(history, place, state) for place, state in self.states(history) if place in waiting}
        return [paths[stop] for stop in stops]

    def path(self, history: History, stop: int, state: _State) -> list[float]:
        """Return the expected values of the days behind a stop."""
        path, level, step = [], state.level, state.trend
        for place in range(stop, stop + history.horizon):
            step *= self.damping
            level += step
            factor = state.profile[(history.weekday + place) % WEEK]
            event = history.events[place]
            if event is not None:
                factor *= state.lifts.get(event, 1.0)
            path.append(level * factor if level > 0 else 0.0)
        return path

    def states(self, history: History) -> Iterator[tuple[int, _State]]:
        """Yield the state before each day and behind the last; the same object, changed from day to day."""
        values, events, damping = history.values, history.events, self.damping
        seen = [value for value in values[:WARM_UP] if value is not None]
        state = _State(sum(seen) / len(seen) if seen else 0.0)
        lift_sold: dict[str, float] = {}
        lift_expected: dict[str, float] = {}
        count, size, last = WARM_UP, 0.0, len(values)
        for place in range(last):
            yield place, state
            value = values[place]
            state.trend *= damping
            base = max(state.level + state.trend, 0.0)
            state.level = base
            if value is None:
                continue
            weekday = (history.weekday + place) % WEEK
            factor = state.profile[weekday]
            event = events[place]
            if event is not None:
                usual = base * factor
                known = event in state.lifts
                lift = state.lifts.get(event, 1.0)
                lift_sold[event] = lift_sold.get(event, 0.0) + value
                lift_expected[event] = lift_expected.get(event, 0.0) + usual
                floor = 0.25 * base + 1e-9
                state.lifts[event] = (lift_sold[event] + floor) / (lift_expected[event] + floor)
                if not known:
                    continue  # nobody knows yet how much of it is the event
                factor *= lift
            error = value - base * factor
            if self.robust:
                bound = LONGEST_STEP * size
                size += max(0.05, 1.0 / (count - WARM_UP + 1)) * (min(abs(error), 2 * max(bound, base)) - size)
                if place >= WARM_UP:
                    error = max(-bound, min(bound, error)) if bound > 0 else error
            # A day that sells little says little about the level: the step is weighed by its factor, and bounded.
            gain = max(self.gain, 1.0 / (count + 1))
            step = gain * error * 2.0 * factor / (1.0 + factor * factor)
            state.level = max(base + step, 0.0)
            state.trend += self.slope * step
            count += 1
            if self.weekly:
                plain = value if event is None else value / max(factor / max(state.profile[weekday], 1e-9), 1e-9)
                self._learn(state, weekday, plain, base)
        yield last, state

    def _learn(self, state: _State, weekday: int, value: float, base: float) -> None:
        sold, expected = state.sold, state.expected
        sold[weekday] = KEPT_PER_WEEK * sold[weekday] + value
        expected[weekday] = KEPT_PER_WEEK * expected[weekday] + base
        prior = PRIOR_WEEKS * state.level + 1e-9
        ratios = [(units + prior) / (usual + prior) for units, usual in zip(sold, expected, strict=True)]
        mean = sum(ratios) / WEEK
        state.profile = [ratio / mean for ratio in ratios]


def _seasonal_naive(history: History, stops: Sequence[int]) -> Paths:
    paths = []
    for stop in stops:
        week = []
        for place in range(stop - WEEK, stop):
            earlier = (history.values[day] for day in range(place, -1, -WEEK))
            week.append(next((value for value in earlier if value is not None), 0.0))
        paths.append([week[ahead % WEEK] for ahead in range(history.horizon)])
    return paths


def _last_year(history: History, stops: Sequence[int]) -> Paths:
    """Return last year's sales around the same days, times how much more is sold now than then."""
    smoother = Smoother(0.06)
    waiting = set(stops)
    levels: list[float] = []
    plain = [0.0]  # running sum of what was sold, without the profile of the weekdays
    known = [0]
    found: dict[int, list[float]] = {}
    for place, state in smoother.states(history):
        levels.append(state.level)
        if place in waiting:
            path = smoother.path(history, place, state)
            found[place] = [value * _ratio(place, ahead, levels, plain, known) for ahead, value in enumerate(path)]
        value = history.values[place] if place < len(history.values) else None
        if value is None or history.events[place] is not None:
            plain.append(plain[-1])
            known.append(known[-1])
        else:
            plain.append(plain[-1] + value / max(state.profile[(history.weekday + place) % WEEK], 0.1))
            known.append(known[-1] + 1)
    return [found[stop] for stop in stops]


def _ratio(stop: int, ahead: int, levels: list[float], plain: list[float], known: list[int]) -> float:
    """Return how sales changed from `stop` to `ahead` days later in the years before, 1 where nothing is known."""
    ratios = []
    for back in (YEAR, 2 * YEAR):
        then, level = stop + ahead - back, levels[stop - back] if stop >= back else 0.0
        first, end = max(then - AROUND, 0), min(then + AROUND + 1, stop)
        if stop - back >= 2 * WARM_UP and level > 0 and known[end] - known[first] > AROUND:
            ratios.append((plain[end] - plain[first]) / (known[end] - known[first]) / level)
    return min(max(sum(ratios) / len(ratios), 0.1), 10.0) if ratios else 1.0


@dataclass(frozen=True, slots=True)
class Intermittent:
    """Demand that comes now and then: how large, and how often.

    `chance` of 0 is Croston's method with the correction of Syntetos and Boylan, which learns on days with a sale only.
    Otherwise it is that of Teunter, Syntetos and Babai, whose chance of a sale fades while nothing is sold.
    """

    chance: float
    size: float

    def paths(self, history: History, stops: Sequence[int]) -> Paths:
        """Return the same expected value for each day behind a stop; stops ascend."""
        waiting, found = set(stops), {}
        first = history.values[: 2 * WARM_UP]
        sizes = [value for value in first if value]
        size = sizes[0] if sizes else 0.0
        chance = (len(sizes) + 0.5) / (len(first) + 1)
        gap, since = 1.0 / chance, 1.0
        last = len(history.values)
        for place in range(last + 1):
            if place in waiting:
                expected = chance * size if self.chance else (1.0 - self.size / 2.0) * size / gap
                found[place] = [expected] * history.horizon
            value = history.values[place] if place < last else None
            if value is None:
                continue
            chance += self.chance * ((value > 0) - chance)
            if value > 0:
                size += self.size * (value - size)
                gap += self.size * (since - gap)
                since = 1.0
            else:
                since += 1.0
        return [found[stop] for stop in stops]


def mean_of(several: Sequence[Paths]) -> Paths:
    """Return the mean of several methods' paths."""
    return [[sum(values) / len(values) for values in zip(*paths, strict=True)] for paths in zip(*several, strict=True)]


CANDIDATES = (
    Method("seasonal_naive", "the same weekday of the last week", _seasonal_naive),
    Method("mean", "the mean of all days", Smoother(0.0, weekly=False, robust=False).paths),
    Method("level", "a level that follows recent days", Smoother(0.05, weekly=False, robust=False).paths),
    Method("weekdays", "the mean of all days with a profile of the weekdays", Smoother(0.0, robust=False).paths),
    Method("weekdays_slow", "a slow level with a profile of the weekdays", Smoother(0.03).paths),
    Method("weekdays_level", "a level with a profile of the weekdays", Smoother(0.1).paths),
    Method("weekdays_fast", "a quick level with a profile of the weekdays", Smoother(0.25, robust=False).paths),
    Method("weekdays_trend", "a damped trend with a profile of the weekdays", Smoother(0.04, 0.005, 0.995).paths),
    Method("last_year", "last year's season, times this year's level", _last_year, 2 * 365),
    Method("croston_sba", "size and interval of the sales (Croston, SBA)", Intermittent(0.0, 0.1).paths),
    Method("tsb", "size and chance of the sales (TSB)", Intermittent(0.05, 0.1).paths),
)
