"""The points that one process has of a shared bucket: those that are there, and those that are promised."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ["Purse"]


@dataclass(slots=True)
class _Part:
    """Points that arrive at the bucket's rate, the last of them at `full`."""

    points: float
    full: float
    urgent: bool

    def there(self, at: float, rate: float) -> float:
        return min(self.points, max(0.0, self.points - rate * max(0.0, self.full - at)))


class Purse:
    """Points in the order in which they arrive; all moments are those of the process's own clock."""

    def __init__(self) -> None:
        self.parts: deque[_Part] = deque()

    @property
    def total(self) -> float:
        """All points, the promised ones included."""
        return sum(part.points for part in self.parts)

    def usable(self, at: float, rate: float) -> float:
        """Return the points that are there at a moment."""
        return sum(part.there(at, rate) for part in self.parts)

    def when(self, need: float, rate: float) -> float:
        """Return the moment at which `need` points are there, for a need that the purse covers."""
        rest = need
        moment = float("-inf")
        for part in self.parts:
            moment = part.full - max(0.0, part.points - rest) / rate
            rest -= part.points
            if rest <= 1e-9:
                break
        return moment

    def add(self, points: float, full: float, *, urgent: bool) -> None:
        """Add points that are promised for a moment."""
        self.parts.append(_Part(points, full, urgent))

    def refund(self, points: float) -> None:
        """Add points that are there, or take away what was used too much."""
        if points > 0:
            self.parts.appendleft(_Part(points, float("-inf"), True))
        else:
            self.take(-points)

    def take(self, points: float) -> float:
        """Take points out, those that are there first, and return them; it is empty where they do not suffice."""
        wanted = points
        while points > 1e-9 and self.parts:
            first = self.parts[0]
            taken = min(points, first.points)
            first.points -= taken
            points -= taken
            if first.points <= 1e-9:
                self.parts.popleft()
        return wanted - points

    def promised(self, at: float) -> bool:
        """Return whether an ordinary part is not all there yet."""
        return any(part.full > at and not part.urgent for part in self.parts)

    def delay(self, seconds: float, since: float) -> None:
        """Put off the ordinary parts that were not all there at `since`; a negative number brings them forward."""
        for part in self.parts:
            if part.full > since and not part.urgent:
                part.full += seconds

    def clear(self, at: float, rate: float) -> float:
        """Take all points out; return how many of them were there."""
        there = self.usable(at, rate)
        self.parts.clear()
        return there
