"""Which of people's requests get a thread at once, and which wait for one.

People's requests may take long: they wait for another service, or for a rate limit. They share `threads` threads. One
caller gets some of them at most, so that the others find one; whoever waits and has the fewest requests under way is
the next. Deliveries and liveness, whose senders count a late answer as a failure, have threads of their own and pass
the line. What waits holds a connection and no thread, and not for long: it is then refused, and was not begun.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Hashable

__all__ = ["LINE_LIMIT", "LINE_SECONDS", "Busy", "Lanes", "reserved", "share"]

LINE_SECONDS = 10.0
"""How long a request may wait for a thread before it is refused."""

LINE_LIMIT = 256
"""Requests that may wait at a time, half of them of one caller."""


class Busy(Exception):
    """No thread came free in time, or too many wait already; the request was not begun."""


def reserved(threads: int) -> int:
    """Return how many threads a process has beside the `threads` for people's requests."""
    return max(2, threads // 4)


def share(threads: int) -> int:
    """Return how many threads one caller may hold at a time: all but a quarter, at least one."""
    return max(1, threads - max(1, threads // 4))


class Lanes:
    """The threads for people's requests; used in one event loop only."""

    def __init__(self, threads: int) -> None:
        self._free = threads
        self._share = share(threads)
        self._busy: Counter[Hashable] = Counter()
        self._line: dict[Hashable, deque[asyncio.Future[bool]]] = {}
        self._waiting = 0

    async def enter(self, caller: Hashable, *, begun: bool = False) -> None:
        """Take a thread for `caller`, or wait for one; raise `Busy`. What was taken is given back by `leave`.

        A request that has `begun` before is not refused.
        """
        if self._free and self._busy[caller] < self._share:
            self._take(caller)
            return
        line = self._line.setdefault(caller, deque())
        if not begun and (self._waiting >= LINE_LIMIT or len(line) >= LINE_LIMIT // 2):
            if not line:
                del self._line[caller]
            raise Busy
        loop = asyncio.get_running_loop()
        place: asyncio.Future[bool] = loop.create_future()
        line.append(place)
        self._waiting += 1
        alarm = None if begun else loop.call_later(LINE_SECONDS, self._refuse, caller, place)
        try:
            taken = await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.result():
                self.leave(caller)
            else:
                self._drop(caller, place)
            raise
        finally:
            if alarm is not None:
                alarm.cancel()
        if not taken:
            raise Busy

    def leave(self, caller: Hashable) -> None:
        """Give a thread back, and to whoever is the next."""
        self._free += 1
        self._busy[caller] -= 1
        if not self._busy[caller]:
            del self._busy[caller]
        while self._free and (following := self._next()) is not None:
            place = self._line[following].popleft()
            self._forget(following, again=True)
            if not place.done():
                self._take(following)
                place.set_result(True)

    def _next(self) -> Hashable | None:
        """Return who has the fewest requests under way, of several the one that waits for its turn longest."""
        entitled = (caller for caller in self._line if self._busy[caller] < self._share)
        return min(entitled, key=lambda caller: self._busy[caller], default=None)

    def _take(self, caller: Hashable) -> None:
        self._free -= 1
        self._busy[caller] += 1

    def _refuse(self, caller: Hashable, place: asyncio.Future[bool]) -> None:
        if not place.done():
            self._drop(caller, place)
            place.set_result(False)

    def _drop(self, caller: Hashable, place: asyncio.Future[bool]) -> None:
        line = self._line.get(caller)
        if line is not None and place in line:
            line.remove(place)
            self._forget(caller)

    def _forget(self, caller: Hashable, *, again: bool = False) -> None:
        """Count one less in line; `again` puts the caller behind the others."""
        self._waiting -= 1
        line = self._line[caller]
        if not line:
            del self._line[caller]
        elif again:
            self._line[caller] = self._line.pop(caller)
