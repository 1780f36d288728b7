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

__all__ = ["LEASE", "SLICE", "Ask", "Grant", "Pool", "visit"]

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

    `held` are its points, unused or charged for calls under way; `back` are points that it gives back and could have
    used at once, so that they help what is promised to others; `kept` is what it believes the pool has noted as its
    points; `spent` is the sum of all points that it ever used, `noted` that sum at its last visit. It wants `least`
    points for its next call, or up to `most`, if the first can be there `within` seconds. `elapsed` are the seconds
    since its last visit by its own clock. `maximum` and `rate` are Shopify's. The pool can hold `roof` at most, and
    `floor` less all that was ever granted at least, both by Shopify's last answer.
    """

    holder: str
    epoch: str | None = None
    held: float = 0.0
    back: float = 0.0
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
class Grant:
    """What a visit came to.

    The last of the `points` is there `after` seconds, those before it sooner by the rate. Without points: `wait` before
    the next visit, or, where `probe` is set, make one call to find out what the bucket is. `mark` is what was ever
    granted less what is held, `shift` that of the pool; `processes` counts those that hold points, this one included.
    """

    epoch: str
    points: float
    after: float
    wait: float
    probe: bool
    maximum: float | None
    rate: float
    level: float
    held: float
    mark: float
    shift: float
    processes: int


@dataclass(slots=True)
class Pool:
    """The text that processes share.

    `level` are the points that nobody has; below zero it is what was promised and is not there yet. `shares` has, by
    process, its points, the sum of all that it used, and the seconds of its lease that were left `at` the last visit.
    What is promised to ordinary calls is put off by `shift` points, of all times together: points that come back
    lower it, and urgent calls that go first raise it. `urgent` is what is promised to urgent calls and not there yet.
    """

    epoch: str
    at: float
    maximum: float | None = None
    rate: float = 0.0
    level: float = 0.0
    granted: float = 0.0
    shift: float = 0.0
    urgent: float = 0.0
    shares: dict[str, list[float]] = field(default_factory=dict)
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
    def held(self) -> float:
        """All points that processes have."""
        return sum(share[0] for share in self.shares.values())

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
        if self.probe:
            self.probe[1] -= passed
            if self.probe[1] <= 0:
                self.probe = []
        self.urgent = max(0.0, self.urgent - self.rate * passed)
        if self.maximum is not None:
            full = self.level + self.rate * passed
            self.level = max(self.level, min(self.maximum - self.held, full))
            # A full bucket gains nothing: what was promised comes later by as much.
            self.shift += min(full, 0.0) - min(self.level, 0.0)

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
            if ask.maximum is None or ask.roof is None:
                return
            self.maximum, self.rate, self.level, self.probe = ask.maximum, ask.rate, ask.roof, []
        else:
            debt = max(0.0, -self.level)
            self.level += returned
            # Points that were only promised come back, too: whoever was promised points before them gains nothing.
            gained = min(returned, ask.back)
            known = self.level
            if ask.maximum is not None:
                self.maximum, self.rate = ask.maximum, ask.rate
            if ask.roof is not None:
                self.level = min(self.level, ask.roof)
            if ask.floor is not None:
                self.level = max(self.level, ask.floor - self.granted)
            self.shift -= min(gained + self.level - known, debt)
        self.level = min(self.level, self.maximum - self.held)

    def grant(self, ask: Ask) -> tuple[float, float, float]:
        """Return the points that a process gets, the seconds after which all are there, and else how long to wait."""
        if ask.least <= 0 or self.maximum is None:
            return 0.0, 0.0, 0.0
        processes = len(self.shares)
        headroom = 0.0 if ask.urgent else HEADROOM * self.rate
        portion = max(self.rate * SLICE / processes, (self.level - headroom) / (_PORTION * processes))
        points = max(ask.least, min(ask.most, portion))
        before = self.urgent - max(0.0, self.level) if ask.urgent else -self.level
        # A call that is dearer than the bucket leaves when it is full.
        first = max(0.0, min(ask.least + headroom, self.maximum) + before) / self.rate
        lacking = max(0.0, min(points + headroom, self.maximum) + before)
        if first > ask.within:
            return 0.0, 0.0, first
        if ask.urgent and lacking > 0:
            if -self.level > self.urgent:
                self.shift += points
            self.urgent = lacking
        self.level -= points
        self.granted += points
        self.shares[ask.holder][0] += points
        return points, lacking / self.rate, 0.0


def visit(text: str | None, now: float, ask: Ask) -> tuple[str, Grant]:
    """Return the pool's new text and what the process gets."""
    pool = Pool.load(text) or Pool(secrets.token_hex(8), now)
    pool.advance(now, ask.holder, ask.elapsed if ask.epoch == pool.epoch else None)
    pool.report(ask)
    probe = False
    points, after, wait = pool.grant(ask)
    if pool.maximum is None and ask.least > 0:
        probe, wait = not pool.probe, _POLL
        if probe:
            pool.probe = [ask.holder, _PROBE]
    if pool.shares[ask.holder][0] <= 1e-9:
        del pool.shares[ask.holder]
    held = pool.held
    grant = Grant(
        epoch=pool.epoch,
        points=points,
        after=after,
        wait=wait,
        probe=probe,
        maximum=pool.maximum,
        rate=pool.rate,
        level=pool.level,
        held=held,
        mark=pool.granted - held,
        shift=pool.shift,
        processes=max(1, len(pool.shares)),
    )
    return pool.dump(), grant
