"""The sandbox's own time: real time plus an offset that tests move, or time that stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock"]

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()


class Clock:
    """Tell the time of the sandbox.

    `source` gives the seconds since 1970 that the clock is built on; `frozen=True` makes it stand at its present value
    until it is moved or set running again. All methods may be called from any thread.
    """

    def __init__(self, source: Callable[[], float] = time.time, *, frozen: bool = False) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._offset = 0.0
        self._stands_at: float | None = source() if frozen else None
        self._watchers: list[Callable[[], object]] = []

    def time(self) -> float:
        """Return seconds since 1970."""
        with self._lock:
            return self._source() + self._offset if self._stands_at is None else self._stands_at

    def now(self) -> datetime:
        """Return the time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def watch(self, watcher: Callable[[], object]) -> None:
        """Call `watcher` each time that the clock is moved, set, stopped or set running."""
        self._watchers.append(watcher)

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()

    @property
    def offset(self) -> float:
        """Seconds by which the sandbox is ahead of its source."""
        return self.time() - self._source()

    @property
    def frozen(self) -> bool:
        return self._stands_at is not None

    def move(self, seconds: float) -> None:
        """Move the clock by `seconds`, backwards when negative; raise `ValueError` beyond the years that it knows."""
        if not EARLIEST <= self.time() + seconds < LATEST:
            raise ValueError("The clock can be set to the years 1900 to 2199.")
        with self._lock:
            if self._stands_at is None:
                self._offset += seconds
            else:
                self._stands_at += seconds
        self._tell()

    def set(self, moment: float) -> None:
        """Set the clock to `moment`, in seconds since 1970."""
        self.move(moment - self.time())

    def saved(self) -> tuple[float, float | None]:
        """Return how far the clock is ahead and where it stands, for `restore`."""
        with self._lock:
            return self._offset, self._stands_at

    def restore(self, saved: tuple[float, float | None]) -> None:
        """Go back to a setting that `saved` returned."""
        with self._lock:
            self._offset, self._stands_at = saved
        self._tell()

    def freeze(self) -> None:
        """Make the clock stand still; a clock that stands stays where it is."""
        present = self.time()
        with self._lock:
            self._stands_at = present
        self._tell()

    def run(self) -> None:
        """Let the clock go on from where it stands."""
        present = self.time()
        with self._lock:
            self._stands_at = None
            self._offset = present - self._source()
        self._tell()
