"""One store's bucket as all processes see it, and the one rule by which a process takes points from it.

A process takes points for a short slice of time, and reports at its next visit what it used. Where there are none it
gets a place in a queue, and the time at which it can take them at another visit.
Nothing here does I/O: a `Board` keeps the text of a pool and sees to it that one process changes it at a time.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from atom_shopify_plugin.shopify.throttle.memory import HEADROOM

__all__ = ["LEASE", "SLICE", "Ask", "Grant", "Pool", "visit"]

SLICE = 0.25
"""Seconds of restored points that all processes together take at a time where the bucket is scarce."""

LEASE = 6.0
"""Seconds after its last visit for which a process has its points."""

_PROBE = 3.0  # seconds for which one process alone may call a store of which nothing is known
_POLL = 0.05  # seconds between two visits of a process that waits for what another one finds out
_PORTION = 4  # a process takes this part of what a well filled bucket holds, divided by the processes
_UNORDERED = 1.0  # seconds by which the time of a visit may lie before that of another one that was written first
_ROUNDING = 1e-9
_HUGE = 1e12  # no bucket, sum of points or clock comes near it
_LATE = 0.1  # seconds that a visit may be under way without any doubt about the clock


@dataclass(frozen=True, slots=True)
class Ask:
    """A visit of one process: what it has, what it knows, and what it wants.

    `held` are its points, unused or charged for calls under way; `kept` is what it believes the pool has noted as
    them; `spent` is the sum of all points that it ever used, `noted` that sum at its last visit. It wants `least`
    points for its next call, or up to `most`, if the first can be there `within` seconds; 0 if it wants none.
    `elapsed` are the seconds since its last visit by its own clock. `maximum` and `rate` are Shopify's. By Shopify's
    last answer the pool holds `level` at most, and at least `floor` less all that was ever granted.
    """

    holder: str
    epoch: str | None = None
    held: float = 0.0
    kept: float = 0.0
    spent: float = 0.0
    noted: float = 0.0
    least: float = 0.0
    most: float = 0.0
    urgent: bool = False
    within: float = 0.0
    elapsed: float | None = None
    maximum: float | None = None
    rate: float = 0.0
    level: float | None = None
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a visit came to.

    `points` can be used at once. Without any, `wait` are the seconds until there will be some; the process is `queued`
    for them, unless they come too late for it. Where `probe` is set it makes one call to find out what the bucket is.
    `level` is what nobody has, of which others wait for `wanted`; `held` is what processes have, `mark` what was ever
    granted less that. `processes` counts those that have points or wait, this one included.
    """

    epoch: str
    points: float
    wait: float
    queued: bool
    probe: bool
    maximum: float | None
    rate: float
    level: float
    wanted: float
    held: float
    mark: float
    processes: int


@dataclass(slots=True)
class Pool:
    """The text that processes share.

    `level` are the points that nobody has. `shares` has, by process, its points, the sum of all that it used, and the
    seconds of its lease that were left `at` the last visit. `queue` has those that wait, in the order in which they
    get points: process, points, and whether its call is urgent.
    """

    epoch: str
    at: float
    maximum: float | None = None
    rate: float = 0.0
    level: float = 0.0
    granted: float = 0.0
    shares: dict[str, list[float]] = field(default_factory=dict)
    queue: list[tuple[str, float, bool]] = field(default_factory=list)
    probe: list[Any] = field(default_factory=list)

    @classmethod
    def load(cls, text: str | None) -> Pool | None:
        """Return the pool of a text, None where there is none, or one that is damaged."""
        if text is None:
            return None
        try:
            pool = cls(**orjson.loads(text))
            return pool if pool._is_sound() else None
        except (AttributeError, TypeError, ValueError):
            return None

    def _is_sound(self) -> bool:
        """Tell whether the pool can have been dumped by a visit: nothing else would ever be put right."""
        shares = list(self.shares.values())
        figures = [self.at, self.level, self.granted]
        figures += [figure for share in shares for figure in share]
        figures += [points for _, points, _ in self.queue]
        return (
            all(abs(figure) < _HUGE for figure in figures)
            and (self.maximum is None or (0 < self.maximum < _HUGE and 0 < self.rate < _HUGE))
            and all(len(share) == 3 and 0 < share[2] <= LEASE for share in shares)
            and all(name in self.shares for name, _, _ in self.queue)
            and (not self.probe or (len(self.probe) == 2 and 0 < self.probe[1] <= _PROBE))
        )

    def dump(self) -> str:
        """Return the pool as a text."""
        return orjson.dumps(asdict(self)).decode()

    @property
    def held(self) -> float:
        """All points that processes have."""
        return sum(share[0] for share in self.shares.values())

    @property
    def wanted(self) -> float:
        """All points for which processes wait."""
        return sum(points for _, points, _ in self.queue)

    def advance(self, now: float, holder: str, elapsed: float | None) -> None:
        """Let time pass; `elapsed` bounds it where the clock was put forward."""
        if 0 < self.at - now < _UNORDERED:
            now = self.at  # two visits that overtook each other, not a clock that was put back
        passed = max(0.0, now - self.at)  # a clock that was put back restores nothing and takes nothing
        if elapsed is not None:
            passed = min(passed, elapsed + _LATE)
        self.at = now
        for name, share in list(self.shares.items()):
            share[2] -= passed
            if share[2] <= 0 and name != holder:
                # It is gone. Whether its calls reached Shopify is not known: they count as used, until Shopify's
                # figures say otherwise.
                del self.shares[name]
                self._leave_queue(name)
        if self.probe:
            self.probe[1] -= passed
            if self.probe[1] <= 0:
                self.probe = []
        if self.maximum is not None:
            self.level = max(self.level, min(self.maximum - self.held, self.level + self.rate * passed))

    def report(self, ask: Ask) -> None:
        """Take over what a process used and knows."""
        share = self.shares.get(ask.holder)
        if ask.epoch != self.epoch:
            returned = -ask.held  # taken elsewhere: from a ledger that is lost, or from none
        elif share is None:
            returned = ask.kept - (ask.spent - ask.noted) - ask.held
        else:
            returned = share[0] - (ask.spent - share[1]) - ask.held
        self.shares[ask.holder] = [ask.held, ask.spent, LEASE]
        if self.maximum is None:
            if self.probe and self.probe[0] == ask.holder:
                self.probe = []
            if ask.maximum is None or ask.level is None:
                return
            self.maximum, self.rate, self.level, self.probe = ask.maximum, ask.rate, ask.level, []
        else:
            self.level += returned
            if ask.maximum is not None:
                self.maximum, self.rate = ask.maximum, ask.rate
            if ask.level is not None:
                self.level = min(self.level, ask.level)
            if ask.floor is not None:
                self.level = max(self.level, ask.floor - self.granted)
        self.level = min(self.level, self.maximum - self.held)

    def grant(self, ask: Ask) -> tuple[float, float]:
        """Give a process points, or a place in the queue; return the points, and without any the seconds to wait.

        A process that waits keeps its place, unless an urgent call of it came or went. The points of others are never
        given away: only at a visit do they become theirs.
        """
        place = self._leave_queue(ask.holder)
        if ask.least <= 0 or self.maximum is None:
            return 0.0, 0.0
        if place is None or place[1] != ask.urgent:
            position = sum(urgent for _, _, urgent in self.queue) if ask.urgent else len(self.queue)
        else:
            position = place[0]
        maximum, headroom = self.maximum, 0.0 if ask.urgent else HEADROOM * self.rate
        free = self.level - sum(points for _, points, _ in self.queue[:position])

        def wait(points: float) -> float:
            # What is dearer than the bucket leaves when the bucket is full.
            return (min(points + headroom, maximum) - free) / self.rate

        processes = len(self.shares)
        portion = max(self.rate * SLICE, (free - headroom) / _PORTION) / processes
        points = max(ask.least, min(ask.most, portion))
        if wait(ask.least) <= _ROUNDING:
            points = max(ask.least, min(points, free - headroom))
            self.shares[ask.holder][0] += points
            self.level -= points
            self.granted += points
            return points, 0.0
        if wait(points) > ask.within:
            points = ask.least
        if wait(points) <= ask.within:
            self.queue.insert(position, (ask.holder, points, ask.urgent))
        return 0.0, wait(points)

    def _leave_queue(self, holder: str) -> tuple[int, bool] | None:
        """Take a process out of the queue; return where it was, and whether for an urgent call."""
        for position, (name, _, urgent) in enumerate(self.queue):
            if name == holder:
                del self.queue[position]
                return position, urgent
        return None


def visit(text: str | None, now: float, ask: Ask) -> tuple[str, Grant]:
    """Return the pool's new text and what the process gets."""
    pool = Pool.load(text) or Pool(secrets.token_hex(8), now)
    pool.advance(now, ask.holder, ask.elapsed if ask.epoch == pool.epoch else None)
    pool.report(ask)
    probe = False
    points, wait = pool.grant(ask)
    if pool.maximum is None and ask.least > 0:
        probe, wait = not pool.probe, _POLL
        if probe:
            pool.probe = [ask.holder, _PROBE]
    queued = any(name == ask.holder for name, _, _ in pool.queue)
    if pool.shares[ask.holder][0] <= _ROUNDING and not queued:
        del pool.shares[ask.holder]
    held = pool.held
    grant = Grant(
        epoch=pool.epoch,
        points=points,
        wait=wait,
        queued=queued,
        probe=probe,
        maximum=pool.maximum,
        rate=pool.rate,
        level=pool.level,
        wanted=pool.wanted,
        held=held,
        mark=pool.granted - held,
        processes=max(1, len(pool.shares)),
    )
    return pool.dump(), grant
