"""Which requests get a thread at once, and which wait for one.

People's requests may take long: they wait for another service, for the end of a run, for a rate limit. Deliveries may
not: their sender counts a late answer as a failure and stops delivering after some of them. People's requests therefore
share `threads` threads and wait in line for them; requests to the prompt paths have further threads, and pass the line.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import Any

__all__ = ["LINE_LIMIT", "LINE_SECONDS", "Lanes", "reserved"]

LINE_SECONDS = 10.0
"""How long a request may wait for a thread before it is refused."""

LINE_LIMIT = 256
"""Requests that may wait at a time; a process has a thousand connections, and some must stay free for deliveries."""


def reserved(threads: int) -> int:
    """Return how many threads a process has beside the `threads` for people's requests."""
    return max(2, threads // 4)


class Lanes:
    """Hands connections with a whole request to `begin`, which gives them to the pool. Used by one thread only.

    A connection gets the attributes `in_line` (it takes one of the threads for people) and `timeout` (the end of its
    wait, on the monotonic clock).
    """

    def __init__(self, threads: int, begin: Callable[[Any], None]) -> None:
        self.prompt: frozenset[bytes] = frozenset()
        self._threads = threads
        self._begin = begin
        self._busy = 0
        self._line: deque[Any] = deque()

    def reserve(self, paths: Collection[str]) -> None:
        """Let requests to these paths pass the line."""
        self.prompt = frozenset(path.encode() for path in paths)

    def enter(self, conn: Any, request: bytes | bytearray) -> bool:
        """Begin a request or let it wait; return False where too many wait already."""
        conn.in_line = not self._is_prompt(request)
        if not conn.in_line:
            self._begin(conn)
        elif self._busy < self._threads:
            self._busy += 1
            self._begin(conn)
        elif len(self._line) < LINE_LIMIT:
            conn.timeout = time.monotonic() + LINE_SECONDS
            self._line.append(conn)
        else:
            return False
        return True

    def leave(self, conn: Any) -> None:
        """Note that a request has been answered, and begin the one that waits longest for its thread."""
        if not conn.in_line:
            return
        if self._line:
            self._begin(self._line.popleft())
        else:
            self._busy -= 1

    def late(self, now: float) -> Iterator[Any]:
        """Take those out of the line that have waited too long."""
        while self._line and self._line[0].timeout <= now:
            yield self._line.popleft()

    def _is_prompt(self, request: bytes | bytearray) -> bool:
        # Only the plain form of an address counts; a request that names it otherwise waits in line, and loses nothing.
        start = bytes(request[:512]).split(b"\r\n", 1)[0].split(b" ")
        return len(start) > 1 and start[1].partition(b"?")[0] in self.prompt
