"""Threads that run jobs: started when first needed, woken by nudges and by a look at the table every few seconds."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.jobs.handlers import UPKEEP, resolve_upkeep
from atom_shopify_plugin.process.forks import reset_after_fork

if TYPE_CHECKING:
    from atom_shopify_plugin.jobs.runner import Runner

__all__ = ["Executor"]

log = logging.getLogger(__name__)

_UPKEEP = 60.0  # seconds between two rounds of unparking and retention
_MOST_BATCHES = 20


class Executor:
    """`threads` threads of this process. After a fork the child has none until it is nudged or started itself."""

    def __init__(self, runner: Runner, threads: int, sweep: float) -> None:
        self._runner = runner
        self._size = threads
        self._sweep = sweep
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without threads, as a forked child does."""
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._nudges = 0
        self._watched = False
        self._stopped = False
        self._upkeep_at = time.monotonic() + _UPKEEP

    def start(self) -> None:
        """Have the threads run in this process; harmless when they do, or have been drained."""
        if len(self._threads) >= self._size or self._stopped or not self._runner.kinds:
            return
        with self._changed:
            while len(self._threads) < self._size and not self._stopped:
                self._add()

    def nudge(self) -> None:
        """Wake a thread."""
        if not self._size:
            return
        self.start()
        with self._changed:
            self._nudges = min(self._nudges + 1, self._size)
            self._changed.notify()

    @property
    def stopped(self) -> bool:
        return self._stopped

    def stop(self) -> None:
        """Stop claiming."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def drain(self, timeout: float) -> bool:
        """Stop claiming and wait for what runs; what still runs after `timeout` is given back. Return if none was."""
        deadline = time.monotonic() + timeout
        self.stop()
        with self._changed:
            self._changed.wait_for(lambda: not self._threads, timeout)
        left = self._runner.heartbeat.running()
        for job in left:
            self._runner.give_back(job)
        log.info("Jobs are drained: %d given back, %.1f s left.", len(left), deadline - time.monotonic())
        return not left

    def _add(self) -> None:
        thread = threading.Thread(target=self._loop, name=f"atom-shopify-job-{len(self._threads)}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _replace(self) -> None:
        """Let another thread do the work of one that hangs."""
        with self._changed:
            if not self._stopped:
                self._add()

    def _loop(self) -> None:
        me = threading.current_thread()
        try:
            while not self._stopped:
                try:
                    found = self._runner.one(claimed=self._wake_next, hung=self._replace)
                    if not found:
                        self._rest(self._pause())
                except PluginError:  # the database is away
                    self._rest(1.0)
                except Exception:  # the boundary: a bug here must not end the thread that runs everybody's jobs
                    log.exception("The executor met a bug; it goes on in a few seconds.")
                    self._rest(self._sweep)
        finally:
            with self._changed:
                self._threads.discard(me)
                self._changed.notify_all()

    def _wake_next(self) -> None:
        """Have another thread look for more, now that this one is busy; it also watches the table meanwhile."""
        with self._changed:
            self._changed.notify()

    def _pause(self) -> float:
        """Return the seconds until the table is worth another look."""
        due = self._runner.services.storage.jobs.next_due(self._runner.kinds)
        if due == 0.0:
            return min(0.25, self._sweep)  # somebody else is about to take it, or it waits for its turn
        return self._sweep if due is None else min(self._sweep, due + 0.01)

    def _rest(self, seconds: float) -> None:
        """Wait for a nudge; one of the waiting threads watches the clock for all of them."""
        with self._changed:
            if self._stopped or self._take_nudge():
                return
            if self._watched:
                self._changed.wait()
            else:
                self._watched = True
                try:
                    self._changed.wait(seconds)
                finally:
                    self._watched = False
            if self._take_nudge() or time.monotonic() < self._upkeep_at:
                return
            self._upkeep_at = time.monotonic() + _UPKEEP
        self._upkeep()

    def _take_nudge(self) -> bool:
        if not self._nudges:
            return False
        self._nudges -= 1
        return True

    def _upkeep(self) -> None:
        storage = self._runner.services.storage
        storage.pulses.look()
        storage.jobs.unpark()
        for prune in (storage.jobs.prune, storage.events.prune):
            for _ in range(_MOST_BATCHES):
                if self._stopped or not prune():
                    break
        for name in UPKEEP:
            if not self._stopped:
                resolve_upkeep(name)(self._runner.services)
