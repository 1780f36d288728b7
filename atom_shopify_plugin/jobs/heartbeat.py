"""The heartbeat: one thread that prolongs the leases of all jobs that this process runs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.process.forks import reset_after_fork

if TYPE_CHECKING:
    from atom_shopify_plugin.storage import Job, Storage

__all__ = ["RUN_LIMIT", "Heartbeat"]

log = logging.getLogger(__name__)

RUN_LIMIT = 900.0
"""Seconds after which a job counts as hung: its lease is then left to run out."""
_IDLE = 10.0


class Heartbeat:
    """Leases of `lease` seconds, prolonged three times as often as needed."""

    def __init__(self, storage: Callable[[], Storage], lease: float, run_limit: float) -> None:
        self._storage = storage
        self.lease = lease
        self._run_limit = run_limit
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a thread, as a forked child does."""
        self._changed = threading.Condition()
        self._running: dict[str, tuple[Job, float, Callable[[], None]]] = {}
        self._beats = False

    @contextmanager
    def keeping(self, job: Job, hung: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Keep the lease of `job` while the block runs; `hung` is called if that takes longer than the limit."""
        with self._changed:
            self._running[job.owner] = (job, time.monotonic() + self._run_limit, hung)
            if not self._beats:
                self._beats = True
                threading.Thread(target=self._beat, name="atom-shopify-heart", daemon=True).start()
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._running.pop(job.owner, None)

    def running(self) -> list[Job]:
        """Return the jobs that this process runs."""
        with self._changed:
            return [job for job, _, _ in self._running.values()]

    def _beat(self) -> None:
        while True:
            with self._changed:
                if not self._running and not self._changed.wait_for(lambda: bool(self._running), _IDLE):
                    self._beats = False
                    return
            time.sleep(self.lease / 3)
            with self._changed:
                running = list(self._running.values())
            for job, until, hung in running:
                if time.monotonic() > until:
                    log.warning("Job %s (%s) runs for too long: its lease is left to run out.", job.id, job.kind)
                    self._leave(job)
                    hung()
                elif not self._prolong(job):
                    self._leave(job)  # it has just ended, or somebody else has it

    def _prolong(self, job: Job) -> bool:
        try:
            return self._storage().jobs.heartbeat(job, self.lease)
        except PluginError:
            return True  # the database is away: the next beat may still come in time

    def _leave(self, job: Job) -> None:
        with self._changed:
            self._running.pop(job.owner, None)
