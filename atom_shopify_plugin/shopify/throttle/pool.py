"""One store's bucket as all processes see it, and the one rule by which a process takes points from it.

A process takes points for a short slice of time, and reports at its next visit what it used. Points that Shopify has
not restored yet are promised for the moment at which they will be there, so that a process waits without asking again.
Nothing here does I/O: a `Board` keeps the text of a pool and sees to it that one process changes it at a time.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from atom_shopify_plugin.shopify.throttle.memory import HEADROOM

__all__ = ["LEASE", "SLICE", "Ask", "Grant", "Place", "Pool", "visit"]

SLICE = 0.25
"""Seconds of restored points that all processes together take at a time where the bucket is scarce."""

LEASE = 6.0
"""Seconds after its last visit for which a process has its points."""

_PROBE = 3.0  # seconds for which one process alone may call a store of which nothing is known
_POLL = 0.05  # seconds between two visits of a process that waits for what another one finds out
_PORTION = 4  # a process takes this part of what a well filled bucket holds, divided by the processes
_UNORDERED = 1.0  # seconds by which the time of a visit may lie before that of another one that was written first
_LATE = 0.1  # seconds that a visit may be under way without any doubt about the clock


@dataclass(frozen=True, slots=True)
class Ask:
    """A visit of one process: what it has, what it knows, and what it wants.

    `held` are its points, unused or charged for calls under way; `promised` are those that it was promised and still
    waits for; `kept` is what it believes the pool has noted as both; `spent` is the sum of all points that it ever
    used, `noted` that sum at its last visit. It wants `least` points for its next call, or up to `most`, if the first
    can be there `within` seconds. `elapsed` are the seconds since its last visit by its own clock. `maximum` and `rate`
    are Shopify's. The pool can hold `roof` at most, and `floor` less all that was ever granted at least, both by
    Shopify's last answer.
    """

    holder: str
    epoch: str | None = None
    held: float = 0.0
    promised: float = 0.0
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
    roof: float | None = None
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a promise of `points` stands: `free` points are there, and `ahead` of them are promised to others first."""

    points: float
    ahead: float
    free: float
    urgent: bool

    def there(self, seconds: float, rate: float, maximum: float) -> float:
        """Return how many of the points are there some seconds later."""
        headroom = 0.0 if self.urgent else HEADROOM * rate
        free = self.free - self.ahead + rate * seconds
        # A promise that is dearer than the bucket is there when the bucket is full.
        return self.points if free >= min(self.points + headroom, maximum) else max(0.0, free - headroom)

    def after(self, points: float, rate: float, maximum: float) -> float:
        """Return the seconds after which so many of the points are there."""
        headroom = 0.0 if self.urgent else HEADROOM * rate
        return (min(points + headroom, maximum) + self.ahead - self.free) / rate


@dataclass(frozen=True, slots=True)
class Grant:
    """What a visit came to.

    `points` can be used at once; `place` is where those stand that are promised, None where none are. With neither:
    `wait` before the next visit, or, where `probe` is set, make one call to find out what the bucket is. `mark` is what
    was ever granted less what is held; `processes` counts those that hold points, this one included.
    """

    epoch: str
    points: float
    place: Place | None
    wait: float
    probe: bool
    maximum: float | None
    rate: float
    level: float
    held: float
    mark: float
    processes: int


@dataclass(slots=True)
class Pool:
    """The text that processes share.

    `level` are the points that nobody has; below zero it is what was promised and is not there yet. `shares` has, by
    process, its points, the sum of all that it used, and the seconds of its lease that were left `at` the last visit.
    `queue` has the promises in the order in which they are kept: process, points, and whether its call is urgent.
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
        """Return the pool of a text, None where there is none that can be understood."""
        if text is None:
            return None
        try:
            return cls(**orjson.loads(text))
        except (TypeError, ValueError):
            return None

    def dump(self) -> str:
        """Return the pool as a text."""
        return orjson.dumps(asdict(self)).decode()

    @property
    def promised(self) -> float:
        """All points of the queue."""
        return sum(points for _, points, _ in self.queue)

    @property
    def held(self) -> float:
        """All points that processes have or were promised."""
        return sum(share[0] for share in self.shares.values()) + self.promised

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
                self._promise(name, 0.0)
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
            returned = -ask.held - ask.promised  # taken elsewhere: from a ledger that is lost, or from none
        elif share is None:
            returned = ask.kept - (ask.spent - ask.noted) - ask.held
        else:
            before = share[0] + sum(points for name, points, _ in self.queue if name == ask.holder)
            returned = before - (ask.spent - share[1]) - ask.held - ask.promised
        self._promise(ask.holder, ask.promised)
        self.shares[ask.holder] = [ask.held, ask.spent, LEASE]
        if self.maximum is None:
            if self.probe and self.probe[0] == ask.holder:
                self.probe = []
            if ask.maximum is None or ask.roof is None:
                return
            self.maximum, self.rate, self.level, self.probe = ask.maximum, ask.rate, ask.roof, []
        else:
            self.level += returned
            if ask.maximum is not None:
                self.maximum, self.rate = ask.maximum, ask.rate
            if ask.roof is not None:
                self.level = min(self.level, ask.roof - self.promised)
            if ask.floor is not None:
                self.level = max(self.level, ask.floor - self.granted)
        self.level = min(self.level, self.maximum - self.held)

    def _promise(self, holder: str, points: float) -> None:
        """Leave as many points of a promise as its process still waits for."""
        queue = [(name, points if name == holder else kept, urgent) for name, kept, urgent in self.queue]
        self.queue = [entry for entry in queue if entry[1] > 0]

    def place(self, holder: str) -> Place | None:
        """Return where a process's promise stands."""
        ahead = 0.0
        for name, points, urgent in self.queue:
            if name == holder:
                return Place(points, ahead, self.level + self.promised, urgent)
            ahead += points
        return None

    def grant(self, ask: Ask) -> tuple[float, float]:
        """Give a process points, or a promise; return the points, and without either how long it has to wait."""
        if ask.least <= 0 or self.maximum is None:
            return 0.0, 0.0
        processes = len(self.shares)
        headroom = 0.0 if ask.urgent else HEADROOM * self.rate
        fair = self.rate * SLICE / processes
        # Urgent calls go before what was promised to others.
        position = sum(urgent for _, _, urgent in self.queue) if ask.urgent else len(self.queue)
        ahead = sum(points for _, points, _ in self.queue[:position])
        portion = max(fair, (self.level - headroom) / (_PORTION * processes))
        points = max(ask.least, min(ask.most, portion))
        place = Place(points, ahead, self.level + self.promised, ask.urgent)
        there = place.there(0.0, self.rate, self.maximum)
        if there + 1e-9 < ask.least:
            points = max(ask.least, min(ask.most, fair))
            wait = place.after(ask.least, self.rate, self.maximum)
            if wait > ask.within:
                return 0.0, wait
            self.queue.insert(position, (ask.holder, points, ask.urgent))
            there = 0.0
        else:
            points = there
            self.shares[ask.holder][0] += points
        self.level -= points
        self.granted += points
        return there, 0.0


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
    place = pool.place(ask.holder)
    if pool.shares[ask.holder][0] <= 1e-9 and place is None:
        del pool.shares[ask.holder]
    held = pool.held
    grant = Grant(
        epoch=pool.epoch,
        points=points,
        place=place,
        wait=wait,
        probe=probe,
        maximum=pool.maximum,
        rate=pool.rate,
        level=pool.level,
        held=held,
        mark=pool.granted - held,
        processes=max(1, len(pool.shares)),
    )
    return pool.dump(), grant
