"""Run one job, and write down what became of it."""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import InvalidInput, PluginError, StoreNotConnected, Unavailable
from atom_shopify_plugin.jobs.handlers import Handler, resolve
from atom_shopify_plugin.jobs.heartbeat import Heartbeat
from atom_shopify_plugin.metrics.families import DELIVERY_AGE, JOB_SECONDS, JOBS
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.storage.work.job_table import LONGEST_WAIT, Job, JobState, LeaseLost

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["PATIENCE", "Runner"]

log = logging.getLogger(__name__)

PATIENCE = 60
"""Attempts of a job whose failures are not its own: Shopify or the database was away. They span some seven hours."""


_DELIVERY = "delivery"  # `events.intake.KIND`


class Runner:
    """Claims jobs and runs them in the caller's thread; safe for threads and after a fork."""

    def __init__(
        self,
        services: Services,
        handlers: Mapping[str, str | Handler],
        *,
        lease: float,
        backoff: float,
        attempts: int,
        run_limit: float,
    ) -> None:
        self._services = services
        self._handlers = handlers
        self._backoff = backoff
        self._attempts = attempts
        self.heartbeat = Heartbeat(lambda: services.storage, lease, run_limit)
        reset_after_fork(self)

    def reset(self) -> None:
        """Take a name of this process."""
        self._suspects = threading.Lock()
        self._name = f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(3)}"

    @property
    def services(self) -> Services:
        return self._services

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._handlers)

    def one(
        self,
        *,
        job_id: str | None = None,
        claimed: Callable[[], None] = lambda: None,
        hung: Callable[[], None] = lambda: None,
    ) -> bool:
        """Claim a job and run it; False if there was none. `claimed` is called between the two.

        A job that another worker fell silent with may be what killed it. Of those a process runs one at a time: the
        others that were lost with it shall not be there when it happens again.
        """
        alone = self._suspects.acquire(blocking=False)
        try:
            job = self._services.storage.jobs.claim(
                self._name, self.kinds, self.heartbeat.lease, job_id=job_id, only_pending=not alone
            )
            if alone and (job is None or not job.taken_over):
                alone = False
                self._suspects.release()
            if job is None:
                return False
            claimed()
            self.run(job, hung)
            return True
        finally:
            if alone:
                self._suspects.release()

    def run(self, job: Job, hung: Callable[[], None] = lambda: None) -> None:
        """Run a claimed job under its heartbeat; whatever it raises becomes its state."""
        started = time.perf_counter()
        try:
            self._run(job, hung)
        finally:
            self._services.storage.meter.observe(JOB_SECONDS, time.perf_counter() - started, job.kind)

    def _run(self, job: Job, hung: Callable[[], None]) -> None:
        with self.heartbeat.keeping(job, hung):
            if job.taken_over and job.attempts > self._attempts:
                self._finish(job, "dead", f"Its worker died or hung {job.attempts - 1} times.")
                return
            storage = self._services.storage
            try:
                if storage.jobs.stale(job):
                    self._finish(job, "discarded", "The app has been installed anew since.")
                    return
                opened = storage.jobs.open(job)
                crashpoints.at("after_open")
                again = resolve(self._handlers[job.kind])(self._services, opened)
                crashpoints.at("after_effect")
            except LeaseLost:
                self._lost(job)
            except StoreNotConnected as error:
                self._finish(job, "parked", error.message)
            except InvalidInput as error:
                self._finish(job, "quarantined", error.message)
            except PluginError as error:
                limit = PATIENCE if error.retryable else self._attempts
                self._again(job, f"{error.code}: {error.message}", limit, error.retry_after)
            except Exception as error:  # noqa: BLE001  # the boundary: a bug in a handler is the job's, not the worker's
                # No text of the exception: it may hold what the body holds.
                reason = f"{type(error).__name__} at {_place(error)}"
                log.error("Job %s (%s, attempt %d) failed: %s.", job.id, job.kind, job.attempts, reason)  # noqa: TRY400  # nor its traceback
                self._again(job, reason, self._attempts, None)
            else:
                if again is None:
                    self._finish(job, "done", "")
                else:
                    self._put_off(job, min(LONGEST_WAIT, again))

    def give_back(self, job: Job) -> None:
        """Let others claim a job at once that this process won't end in time."""
        self._insist(
            job,
            lambda: self._services.storage.jobs.retry(job, 0.0, "The worker was stopped."),
            told="put_off",
            patience=1.0,
        )

    def _again(self, job: Job, reason: str, limit: int, retry_after: float | None) -> None:
        if job.attempts >= limit:
            self._finish(job, "dead", f"{reason} ({job.attempts} attempts)")
            return
        # Full jitter: what failed together shall not come back together.
        longest = min(LONGEST_WAIT, self._backoff * 2.0 ** min(job.attempts, 20))
        spread = random.uniform(0, longest)  # noqa: S311  # spreads, hides nothing
        delay = min(LONGEST_WAIT, max(retry_after or 0.0, spread))
        self._insist(job, lambda: self._services.storage.jobs.retry(job, delay, reason), told="retried")

    def _put_off(self, job: Job, delay: float) -> None:
        self._insist(job, lambda: self._services.storage.jobs.put_off(job, delay), told="put_off")

    def _finish(self, job: Job, state: JobState, reason: str) -> None:
        if state != "done":
            log.info("Job %s (%s, attempt %d): %s. %s", job.id, job.kind, job.attempts, state, reason)
        self._insist(job, lambda: self._services.storage.jobs.finish(job, state, reason), told=state)

    def _lost(self, job: Job) -> None:
        log.warning(
            "Job %s (%s, attempt %d) is not held any more: it was taken over, or deleted with its store.",
            job.id,
            job.kind,
            job.attempts,
        )
        self._services.storage.meter.count(JOBS, job.kind, "lost")

    def _count(self, job: Job, told: str) -> None:
        storage = self._services.storage
        storage.meter.count(JOBS, job.kind, told)
        if job.kind == _DELIVERY and told == "done":
            age = (storage.machine_time() - job.created_at).total_seconds()
            storage.meter.observe(DELIVERY_AGE, max(0.0, age))

    def _insist(self, job: Job, write: Callable[[], bool], *, told: str, patience: float | None = None) -> None:
        """Write through a short absence of the database; after a long one the lease has run out anyway."""
        deadline = time.monotonic() + (self.heartbeat.lease if patience is None else patience)
        while True:
            try:
                if write():
                    self._count(job, told)
                else:
                    self._lost(job)
            except Unavailable:
                if time.monotonic() > deadline:
                    return
                time.sleep(0.2)
            else:
                return


def _place(error: BaseException) -> str:
    """Return module and line where an exception was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
