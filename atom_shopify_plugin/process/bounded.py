"""Work that may hang, made bounded.

One run at a time on a thread and a value that is good for a while; or a few places for many who come at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

__all__ = ["FRESH", "Bounded", "Slots"]

FRESH = 5.0  # seconds that a value is good for
Value = TypeVar("Value")
log = logging.getLogger(__name__)


class Bounded(Generic[Value]):
    """Runs `work` on a thread, one run at a time; its value is good for `fresh` seconds."""

    def __init__(self, work: Callable[[], Value], clock: Callable[[], float], fresh: float = FRESH) -> None:
        self._work = work
        self._clock = clock
        self._fresh = fresh
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._value: Value | None = None
        self._at: float | None = None

    def start(self) -> threading.Thread | None:
        """Begin a run unless the value is fresh; return the thread that is at work."""
        with self._lock:
            # A thread that a fork left behind is not alive in the child, and so does not block a new one.
            if self._thread is not None and self._thread.is_alive():
                return self._thread
            if self._at is not None and self._clock() - self._at < self._fresh:
                return None
            self._thread = threading.Thread(target=self._run, daemon=True, name="atom-shopify-health")
            self._thread.start()
            return self._thread

    def get(self, seconds: float) -> Value | None:
        """Return the value, None when it did not come within `seconds`."""
        thread = self.start()
        if thread is not None:
            thread.join(max(0.0, seconds))
            if thread.is_alive():
                return None
        return self._value

    def _run(self) -> None:
        try:
            self._value = self._work()
        except Exception as error:  # noqa: BLE001  # the end of a thread: nobody above could take it
            self._value = None
            log.error("A health check failed: %s", type(error).__name__)  # noqa: TRY400  # its text may be private
        self._at = self._clock()


class Slots:
    """A number of places; whoever finds none free waits a while and then goes without."""

    def __init__(self, number: int) -> None:
        self._free = threading.Semaphore(number)

    @contextmanager
    def take(self, seconds: float) -> Iterator[bool]:
        """Give a place for the length of the block, or False where none comes free within `seconds`."""
        taken = self._free.acquire(timeout=max(0.0, seconds))
        try:
            yield taken
        finally:
            if taken:
                self._free.release()
