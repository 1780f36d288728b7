"""How many requests may wait at a time for something to end, each of which holds a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Waits"]

_USUAL = 4  # for a server that doesn't say how many threads it has


class Waits:
    """Places for requests that wait; whoever finds none is answered at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places = _USUAL
        self._taken = 0

    def limit(self, threads: int) -> None:
        """Let a quarter of a server's threads wait; of two or three, one, and of a single one, none."""
        self._places = threads // 4 or min(threads - 1, 1)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Take a place for as long as the block runs; give False where all are taken."""
        with self._lock:
            free = self._taken < self._places
            self._taken += free
        try:
            yield free
        finally:
            with self._lock:
                self._taken -= free
