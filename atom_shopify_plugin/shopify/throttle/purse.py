"""The points that one process has of a shared bucket: those that are there, and those that it was promised."""

from __future__ import annotations

from dataclasses import replace

from atom_shopify_plugin.shopify.throttle.pool import Place

__all__ = ["Purse"]


class Purse:
    """Points at hand, and at most one promise; all moments are those of the process's own clock."""

    def __init__(self) -> None:
        self.hand = 0.0
        self.place: Place | None = None
        self.seen = 0.0  # when the promise was looked at
        self.used = 0.0  # points of the promise that were used since the last visit
        self.rate = self.maximum = 0.0

    @property
    def promised(self) -> float:
        """The points of the promise that were not used."""
        return self.place.points - self.used if self.place else 0.0

    @property
    def total(self) -> float:
        """All points, the promised ones included."""
        return self.hand + self.promised

    def usable(self, at: float) -> float:
        """Return the points that are there at a moment."""
        if self.place is None:
            return self.hand
        there = self.place.there(at - self.seen, self.rate, self.maximum)
        return self.hand + max(0.0, there - self.used)

    def when(self, need: float) -> float:
        """Return the moment at which `need` points are there, for a need that the purse covers."""
        if self.place is None or need <= self.hand:
            return float("-inf")
        return self.seen + self.place.after(need - self.hand + self.used, self.rate, self.maximum)

    def promise(self, place: Place | None, seen: float, used: float = 0.0) -> None:
        """Take note of where the promise stands."""
        self.place, self.seen, self.used = place, seen, used

    def take(self, points: float) -> None:
        """Use points: those at hand, then those of the promise."""
        at_hand = min(points, self.hand)
        self.hand -= at_hand
        self.used += min(points - at_hand, self.promised)

    def refund(self, points: float) -> None:
        """Add points that were not used; a negative number was used too much."""
        self.hand = max(0.0, self.hand + points)

    def lend(self, need: float) -> None:
        """Have all that a call of `need` points waits for promised, and nothing at hand."""
        if self.place is not None:
            self.place = replace(self.place, points=self.used + min(need, self.total))
            self.hand = 0.0

    def clear(self) -> None:
        """Give everything up."""
        self.hand = 0.0
        self.promise(None, 0.0)
