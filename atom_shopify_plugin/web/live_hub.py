"""One reader of the feed for all streams of a process, and what it has read last.

It reads while somebody listens: soon after this process has emitted something, and otherwise twice a second for what
others emit. What it has read is kept once for all streams, up to a limit. A stream that falls further behind, such as
one whose client reads slowly, reads from the database, page by page: nothing piles up for it, and nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.storage import begin_answering, end_answering
from atom_shopify_plugin.storage.work.feed import Entry, FeedTurn, Position

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.storage.work.feed import Feed

__all__ = ["Hub", "Listener"]

log = logging.getLogger(__name__)

_LOOK = 0.5  # seconds between two looks for what other processes emit
_PAUSE = 0.15  # seconds between two looks, however much this process emits
_AWAY = 2.0  # seconds until the next look where the database could not be asked
_PATIENCE = 2.5  # seconds for one question to the database
_KEPT = 1000  # events
_TOGETHER = 50  # streams that are woken at once: between two such groups the loop answers others


@dataclass(eq=False, slots=True)
class Listener:
    """Who listens, for what, and how far they have come. `wake` is set when there may be something for them."""

    principal: Principal
    shop: str | None
    triggers: frozenset[str]
    position: Position
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> tuple[str, str]:
        return self.principal.tenant, self.principal.subject


@dataclass(frozen=True, slots=True)
class _Kept:
    entry: Entry
    frame: bytes
    people: frozenset[tuple[str, str]]

    def is_for(self, listener: Listener) -> bool:
        return (
            listener.key in self.people
            and self.entry.trigger in listener.triggers
            and listener.shop in (None, self.entry.shop)
        )


class Hub:
    """What a process has read of the feed; used in one event loop only.

    `pool` gives the thread in which it reads, `frame` makes of an event what a stream sends.
    """

    def __init__(self, feed: Feed, pool: Executor, frame: Callable[[Entry, str], bytes]) -> None:
        self._feed = feed
        self._pool = pool
        self._frame = frame
        self._listeners: set[Listener] = set()
        self._kept: deque[_Kept] = deque()
        self._start = self.end = Position("", 0)  # what is after `_start`, up to `end`, is kept
        self._opening = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def join(self, listener: Listener) -> None:
        """Begin to read for a listener; raise `Unavailable` where the database can't be asked."""
        async with self._opening:
            if self._reader is None:
                self._start = self.end = (await self._read(None)).end
                self._kept.clear()
                self._listeners.add(listener)
                self._feed.listen(self._nudge)
                self._reader = self._loop.create_task(self._follow())
            self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """Read no more for a listener."""
        self._listeners.discard(listener)
        if not self._listeners and self._reader is not None:
            self._feed.unlisten(self._nudge)
            self._reader.cancel()
            self._reader = None

    def take(self, listener: Listener) -> bytes | None:
        """Return what is new for a listener, up to `end`; None where more than is kept has come since its position."""
        at = listener.position
        if at.epoch != self.end.epoch or at.number < self._start.number:
            return None
        frames: list[bytes] = []
        for kept in reversed(self._kept):
            if kept.entry.number <= at.number:
                break
            if kept.is_for(listener):
                frames.append(kept.frame)
        if at.number < self.end.number:  # else it comes from a process that has read further
            listener.position = self.end
        return b"".join(reversed(frames))

    def _nudge(self) -> None:
        """Look soon: this process has emitted something. Called by other threads."""
        if self._listeners:
            with suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._woken.set)

    async def _follow(self) -> None:
        """Read until it is cancelled: nobody listens any more."""
        while True:
            self._woken.clear()
            try:
                turn = await self._read(self.end)
            except Unavailable as error:
                log.warning("Live events can't be read at the moment: %s", error.code)
                await asyncio.sleep(_AWAY)
                continue
            except Exception:
                log.exception("Live events could not be read.")
                await asyncio.sleep(_AWAY)
                continue
            await self._tell(turn)
            if turn.more:
                continue
            await asyncio.sleep(_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), _LOOK - _PAUSE)

    async def _read(self, after: Position | None) -> FeedTurn:
        return await self._loop.run_in_executor(self._pool, self._turn, after)

    def _turn(self, after: Position | None) -> FeedTurn:
        begin_answering(_PATIENCE)
        try:
            return self._feed.turn(after)
        finally:
            end_answering()

    async def _tell(self, turn: FeedTurn) -> None:
        """Keep what was read, and wake those whom it concerns."""
        before, self.end = self.end, turn.end
        if turn.reset:
            self._kept.clear()
            self._start = turn.end
            concerned = list(self._listeners)
        else:
            news = [
                _Kept(one, self._frame(one, turn.end.epoch), turn.members.get(one.installation_id, frozenset()))
                for one in turn.entries
            ]
            self._kept.extend(news)
            while len(self._kept) > _KEPT:
                dropped = self._kept.popleft()
                self._start = Position(turn.end.epoch, dropped.entry.number)
            concerned = []
            for listener in self._listeners:
                if any(one.is_for(listener) for one in news):
                    concerned.append(listener)
                elif listener.position == before:
                    listener.position = self.end
        for first in range(0, len(concerned), _TOGETHER):
            for listener in concerned[first : first + _TOGETHER]:
                listener.wake.set()
            await asyncio.sleep(0)
