"""Which API versions the sandbox answers, and which one a request gets.

The table is that of November 2026 and does not move with the clock, because the sandbox knows the schema of 2026-10
alone; `retire` plays the end of a version. An older version falls forward to the oldest accessible one (shopify.dev,
API versioning); one that never was is not found.
"""

from __future__ import annotations

import re
import threading

__all__ = ["RULES", "Versions"]

RULES = "2026-10"  # whose schema and rules answer, whatever version is asked for

_HANDLE = re.compile(r"20\d\d-(01|04|07|10)")


class Versions:
    """The accessible versions, oldest first, and the fall-forward rule."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stable = ["2026-01", "2026-04", "2026-07", "2026-10"]
        self._candidate = "2027-01"

    def listing(self) -> dict[str, list[str]]:
        """Return the handles by kind."""
        with self._lock:
            return {"stable": list(self._stable), "candidate": [self._candidate], "unstable": ["unstable"]}

    def served(self, requested: str | None) -> str | None:
        """Return the version that answers a request for `requested` (`None`: no version given), or `None` for 404."""
        with self._lock:
            accessible = [*self._stable, self._candidate]
        if requested is None:
            return accessible[0]
        if requested == "unstable" or requested in accessible:
            return requested
        if _HANDLE.fullmatch(requested) and requested < accessible[0]:
            return accessible[0]
        return None

    def restore(self, stable: list[str]) -> None:
        """Serve these stable versions again."""
        with self._lock:
            self._stable = list(stable)

    def retire(self, handle: str) -> None:
        """End `handle` and all that are older; raise `ValueError` for one that is not stable."""
        with self._lock:
            if handle not in self._stable:
                raise ValueError(f"{handle!r} is no stable version; there are {', '.join(self._stable) or 'none'}.")
            self._stable = [version for version in self._stable if version > handle]
