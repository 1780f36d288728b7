"""Requests that wait for a run hold no thread: the view asks for the wait, and is called again when it is over.

A view is plain Flask. Under the front it finds a `Hold` in its request; it says there what to wait for, and what it
returns then is not sent. Under another server there is none: the view then waits in its thread.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Hashable
from concurrent.futures import Executor
from typing import Protocol

from flask import request

from atom_shopify_plugin.asgi import Receive

__all__ = ["HOLD", "MOST_PARKED", "Hold", "Parking", "hold"]

log = logging.getLogger(__name__)

HOLD = "atom.hold"
"""The key of the WSGI environment under which a view finds its `Hold`."""

MOST_PARKED = 2_000
"""Requests that a process lets wait at a time, half of them of one caller; a further one is answered at once."""

_LOOK = 0.1  # seconds between two looks at the runs, which other processes may work on
_PAUSE = 0.02  # seconds between two looks, however often this process's engine has something to tell


class Hold:
    """What a request waits for, and whether the wait is over."""

    def __init__(self) -> None:
        self.run_id: str | None = None
        self.seconds = 0.0
        self.over = False
        self.waited = False

    def until(self, run_id: str, seconds: float) -> None:
        """Have the view called again when a run has ended or waits for a person, or after `seconds`."""
        self.run_id = run_id
        self.seconds = seconds

    @property
    def pending(self) -> bool:
        """Whether the view has asked for a wait that is still to come."""
        return self.run_id is not None and not self.over


def hold() -> Hold | None:
    """Return the hold of the current request, None where the server can't suspend requests."""
    value = request.environ.get(HOLD)
    return value if isinstance(value, Hold) else None


class Runs(Protocol):
    """What knows how runs stand."""

    def settled_among(self, run_ids: Collection[str]) -> set[str]: ...

    def listen(self, listener: Callable[[], None]) -> None: ...


class Parking:
    """The requests of one process that wait; used in one event loop only. `pool` gives a thread for each look."""

    def __init__(self, runs: Runs, pool: Executor) -> None:
        self._runs = runs
        self._pool = pool
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._parked: Counter[Hashable] = Counter()
        self._turn = asyncio.Event()
        self._closing = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        runs.listen(self._on_turn)

    async def wait(self, hold: Hold, caller: Hashable, receive: Receive) -> bool:
        """Wait as `hold` says; return False where the client is gone meanwhile."""
        full = self._parked.total() >= MOST_PARKED or self._parked[caller] >= MOST_PARKED // 2
        hold.over = True
        if full or hold.run_id is None or self._closing.is_set():
            return True
        hold.waited = True
        settled: asyncio.Future[None] = self._loop.create_future()
        self._waiting.setdefault(hold.run_id, set()).add(settled)
        self._parked[caller] += 1
        if self._watch is None or self._watch.done():
            self._watch = self._loop.create_task(self._look())
        gone = self._loop.create_task(_gone(receive))
        try:
            await asyncio.wait({settled, gone}, timeout=hold.seconds, return_when=asyncio.FIRST_COMPLETED)
            return not gone.done()
        finally:
            gone.cancel()
            self._parked[caller] -= 1
            if not self._parked[caller]:
                del self._parked[caller]
            waiting = self._waiting.get(hold.run_id, set())
            waiting.discard(settled)
            if not waiting:
                self._waiting.pop(hold.run_id, None)

    def close(self) -> None:
        """Let all that wait go on: the process ends."""
        self._closing.set()
        self._settle(list(self._waiting))

    def _on_turn(self) -> None:
        """Look soon; called by threads of the engine."""
        if self._waiting:
            self._loop.call_soon_threadsafe(self._turn.set)

    async def _look(self) -> None:
        """Look at all runs that are waited for, by one question, until nobody waits."""
        while self._waiting and not self._closing.is_set():
            self._turn.clear()
            try:
                settled = await self._loop.run_in_executor(self._pool, self._runs.settled_among, list(self._waiting))
            except sqlite3.Error as error:
                log.warning("The host's storage failed while requests wait for runs (%s).", type(error).__name__)
                settled = set()
            self._settle(settled)
            await asyncio.sleep(_PAUSE)
            try:
                await asyncio.wait_for(self._turn.wait(), _LOOK - _PAUSE)
            except TimeoutError:
                continue

    def _settle(self, run_ids: Collection[str]) -> None:
        for run_id in run_ids:
            for future in self._waiting.get(run_id, ()):
                if not future.done():
                    future.set_result(None)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
