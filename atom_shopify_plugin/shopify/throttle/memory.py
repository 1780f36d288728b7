"""The ledger of one process alone: what a bucket holds, by our own charges and by Shopify's figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["HEADROOM", "SHORTEST", "Charge", "Figures", "Ledger", "MemoryLedger", "number"]

SHORTEST = 0.001
"""Seconds. A shorter wait is not worth a wake-up, and rounding could turn it into none."""

HEADROOM = 0.05
"""Ordinary calls leave this many seconds of restored points in the bucket, so that an urgent one finds some."""


@dataclass(slots=True)
class Charge:
    """What a ledger was charged for one call.

    `beside` is what was under way when it left and `spent` the sum of all charges until then: between them they name
    every call that Shopify's next figure may not include yet. `mark` belongs to the shared ledger.
    """

    points: float
    beside: float
    spent: float
    mark: float | None = None
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """Shopify's ``throttleStatus``: the size of the bucket, the points restored per second and what it holds."""

    maximum: float
    rate: float
    level: float

    @classmethod
    def read(cls, status: Any) -> Figures | None:
        """Return the figures of an answer, None where they are missing or make no sense."""
        maximum, rate = number(status, "maximumAvailable"), number(status, "restoreRate")
        level = number(status, "currentlyAvailable")
        return cls(maximum, rate, level) if maximum and rate and level is not None else None


class Ledger(Protocol):
    """What one store's bucket holds. The line calls each method with its lock held.

    `maximum` and `rate` are the bucket's as Shopify told them, `in_flight` counts this process's calls under way, and
    `trouble` says why the ledger can't agree with other processes, if it can't.
    """

    @property
    def maximum(self) -> float | None: ...

    @property
    def rate(self) -> float: ...

    @property
    def in_flight(self) -> int: ...

    @property
    def trouble(self) -> str: ...

    def available(self) -> float:
        """Return the points that the bucket holds now, as far as is known. Only where its size is known."""
        ...

    def delay(self, need: float, demand: float, left: float, *, urgent: bool) -> float | None:
        """Return the seconds until a call of `need` points may leave; 0 for now, None when something must come first.

        `demand` is the sum of all points that wait, `left` the seconds that this call can wait at most.
        """
        ...

    def charge(self, points: float) -> Charge:
        """Take the points of a call that leaves."""
        ...

    def settle(self, charge: Charge, actual: float | None, figures: Figures | None) -> None:
        """Correct a charge by what the call used (None: not known) and by Shopify's figures."""
        ...

    def close(self) -> None:
        """Give back what is not used."""
        ...


class MemoryLedger:
    """A bucket as one process sees it.

    `part` is the share of the bucket that this process takes to be its own: 1, or less where it knows of others and
    can't agree with them.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.trouble = ""
        self.part = 1.0
        self.maximum: float | None = None
        self.rate = 0.0
        self.level = 0.0
        self.at = 0.0
        self.in_flight = 0
        self.outstanding = 0.0
        self.spent = 0.0

    def available(self) -> float:
        """Bring the level up to now.

        What is under way may not have reached Shopify yet, and there a full bucket gains nothing meanwhile.
        """
        now = self.clock()
        if now > self.at:
            ceiling = (self.maximum or 0.0) - self.outstanding
            self.level = max(self.level, min(ceiling, self.level + self.part * self.rate * (now - self.at)))
        self.at = now
        return self.level

    def delay(self, need: float, demand: float = 0.0, left: float = 0.0, *, urgent: bool) -> float | None:  # noqa: ARG002  # the shared ledger needs them
        """See `Ledger`. While nothing is known of a store, one call goes ahead and brings the numbers back."""
        if self.maximum is None:
            return None if self.in_flight else 0.0
        if not urgent:
            need += HEADROOM * self.rate
        lacking = min(need, self.maximum) - self.available()
        if lacking <= 1e-9:
            return 0.0
        return max(SHORTEST, lacking / (self.part * self.rate))

    def charge(self, points: float) -> Charge:
        """See `Ledger`."""
        self.level -= points
        self.spent += points
        charge = Charge(points, self.outstanding, self.spent)
        self.in_flight += 1
        self.outstanding += points
        return charge

    def settle(self, charge: Charge, actual: float | None, figures: Figures | None) -> None:
        """See `Ledger`."""
        if self.maximum is not None:
            self.available()
        self.in_flight = max(0, self.in_flight - 1)
        self.outstanding = max(0.0, self.outstanding - charge.points) if self.in_flight else 0.0
        # An answer without a cost, or none at all: the points count as spent until Shopify's figure says more.
        if self.maximum is not None and actual is not None:
            self.level += charge.points - actual
        if figures is not None:
            self._believe(charge, figures)

    def close(self) -> None:
        """Nothing is held anywhere else."""

    def _believe(self, charge: Charge, figures: Figures) -> None:
        """Take over Shopify's numbers.

        Its level may lack calls that are still on their way to it, ours lacks what others took: the lower one counts.
        Ours may also have lost points to answers that never came, so it is lifted to what is certainly there: Shopify's
        level less every call that it may not have seen, those that left before and those that left since.
        """
        level = self.part * figures.level
        certain = level - charge.beside - (self.spent - charge.spent)
        if self.maximum is None:
            self.level, self.at = certain, self.clock()
        else:
            self.level = max(min(self.level, level), certain)
        self.maximum, self.rate = figures.maximum, figures.rate


def number(source: Any, key: str) -> float | None:
    """Read a number that may be an int, a float or missing; anything else, NaN and negatives included, is None."""
    value = source.get(key) if isinstance(source, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        return None
    return float(value)
