"""The thread that visits the board for all stores of a process, so that no call waits for a board that hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from atom_shopify_plugin.process.forks import reset_after_fork

__all__ = ["Courier", "Inline", "Watched"]

log = logging.getLogger(__name__)

_IDLE = 10.0  # seconds after which a thread without work ends


class Watched(Protocol):
    """What wants to be looked after now and then."""

    def upkeep(self) -> float | None:
        """Do what is due; return the seconds until the next time, None for never."""
        ...


class Courier:
    """Runs visits one after the other on a thread of its own, which ends when there is nothing to do."""

    def __init__(self) -> None:
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a thread, as a forked child does."""
        self._changed = threading.Condition()
        self._jobs: deque[Callable[[], None]] = deque()
        self._due: dict[Watched, float] = {}
        self._running = self._busy = False

    def run(self, job: Callable[[], None]) -> bool:
        """Run a job soon; return whether it has run already."""
        with self._changed:
            self._jobs.append(job)
            self._start()
        return False

    def watch(self, watched: Watched) -> None:
        """Have `upkeep` called soon, and then as often as it asks for."""
        if watched not in self._due:
            with self._changed:
                self._due.setdefault(watched, time.monotonic())
                self._start()

    def drain(self, seconds: float) -> None:
        """Wait until all jobs have run."""
        with self._changed:
            self._changed.wait_for(lambda: not self._jobs and not self._busy, seconds)

    def _start(self) -> None:
        self._changed.notify_all()
        if not self._running:
            self._running = True
            threading.Thread(target=self._loop, name="atom-shopify-throttle", daemon=True).start()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                job, watched = self._next()
                if job is None and watched is None:
                    self._running = False
                    return
                self._busy = True
            try:
                if job is not None:
                    job()
                elif watched is not None:
                    self._look_after(watched)
            except Exception:  # the thread serves all stores: one defect must not end it
                log.exception("A visit to the shared rate limit failed.")

    def _next(self) -> tuple[Callable[[], None] | None, Watched | None]:
        idle = time.monotonic() + _IDLE
        while True:
            if self._jobs:
                return self._jobs.popleft(), None
            now = time.monotonic()
            watched = min(self._due, key=self._due.__getitem__, default=None)
            if watched is not None and self._due[watched] <= now:
                return None, watched
            if watched is None and now >= idle:
                return None, None
            self._changed.wait((idle if watched is None else self._due[watched]) - now)

    def _look_after(self, watched: Watched) -> None:
        with self._changed:
            self._due.pop(watched, None)  # whoever calls `watch` from now on is not overlooked
        again = watched.upkeep()
        if again is not None:
            with self._changed:
                self._due[watched] = time.monotonic() + again


class Inline(Courier):
    """A courier without a thread, for simulated time: a job runs at once, and nothing is watched."""

    def run(self, job: Callable[[], None]) -> bool:
        """Run a job now."""
        job()
        return True

    def watch(self, watched: Watched) -> None:
        """Nothing is looked after."""
