"""The cost bucket of one app on one store.

Restore rates per plan are documented (shopify.dev, API limits); the size of twenty times the rate was observed.
"""

from __future__ import annotations

import threading

from atom_shopify_plugin.sandbox.clock import Clock

__all__ = ["PLANS", "Bucket", "rate_of"]

PLANS = {"standard": 100, "advanced": 200, "plus": 1000, "enterprise": 2000}  # points restored per second
_SECONDS_FULL = 20
_GRAIN = 1e-4  # what a clock that counts from 1970 can't tell apart, in points


def rate_of(plan: str) -> int:
    """Return the restore rate of `plan`, whatever its case; raise `ValueError` for a plan that does not exist."""
    try:
        return PLANS[plan.strip().lower()]
    except KeyError:
        raise ValueError(f"Unknown plan {plan!r}; there are {', '.join(PLANS)}.") from None


class Bucket:
    """A leaky bucket in reverse: full at first, emptied by costs, refilled continuously by the sandbox's clock."""

    def __init__(self, rate: int, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.rate = rate
        self.maximum = rate * _SECONDS_FULL
        self._points = float(self.maximum)
        self._at = clock.time()

    def _restore(self) -> None:
        now = self._clock.time()
        if now > self._at:
            self._points = min(float(self.maximum), self._points + (now - self._at) * self.rate)
        self._at = now  # a clock set back restores nothing and takes nothing

    def take(self, points: float) -> tuple[bool, int]:
        """Take `points` when that many are there; return whether they were, and what is in the bucket now."""
        with self._lock:
            self._restore()
            enough = self._points + _GRAIN >= points
            if enough:
                self._points = max(0.0, self._points - points)
            return enough, int(self._points + _GRAIN)

    def give_back(self, points: float) -> int:
        """Put `points` back and return what is in the bucket now."""
        with self._lock:
            self._restore()
            self._points = min(float(self.maximum), self._points + points)
            return int(self._points + _GRAIN)

    def available(self) -> int:
        """Return the whole points that are in the bucket now."""
        return self.give_back(0)

    def fill(self, points: float) -> None:
        """Set the level to `points`, at most the size of the bucket."""
        with self._lock:
            self._restore()
            self._points = max(0.0, min(float(self.maximum), points))

    def saved(self) -> tuple[float, float]:
        """Return the level and when it was right, for `restore`."""
        with self._lock:
            return self._points, self._at

    def restore(self, saved: tuple[float, float]) -> None:
        """Go back to the level that `saved` returned."""
        with self._lock:
            self._points, self._at = saved

    def status(self, available: int) -> dict[str, int]:
        """Return the ``throttleStatus`` member of an answer."""
        return {"maximumAvailable": self.maximum, "currentlyAvailable": available, "restoreRate": self.rate}
