"""Jobs: rows of a table that are run by threads of this process, or by Celery; either way the row is the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from atom_shopify_plugin.jobs.executor import Executor
from atom_shopify_plugin.jobs.handlers import HANDLERS, Handler
from atom_shopify_plugin.jobs.heartbeat import RUN_LIMIT
from atom_shopify_plugin.jobs.runner import Runner
from atom_shopify_plugin.storage import finish

if TYPE_CHECKING:
    from atom_shopify_plugin.jobs.nudges import Nudges
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import NewJob, Placed, Steps

__all__ = ["HANDLERS", "Handler", "Jobs"]


class Jobs:
    """The jobs of one plugin: `put` them here, and they are run.

    Without a broker, threads of this process run them: they start with the first job, or with `start`, in whichever
    process that is, so that a fork before costs nothing. With one (`ATOM_SHOPIFY_CELERY_BROKER_URL`) this process only
    sends nudges, and `atom-shopify worker` does the work. `handlers` names a function for each kind; `lease` (seconds)
    is how long a silent worker keeps a job, `sweep` how often the table is looked at without a nudge, `backoff` the
    unit of the pauses between attempts, `attempts` how many a job has that fails or kills its worker, and `run_limit`
    after how many seconds it counts as hung.
    """

    def __init__(
        self,
        services: Services,
        *,
        threads: int | None = None,
        lease: float | None = None,
        sweep: float = 5.0,
        backoff: float = 2.0,
        attempts: int = 12,
        run_limit: float = RUN_LIMIT,
    ) -> None:
        self.handlers: dict[str, str | Handler] = dict(HANDLERS)
        self._services = services
        settings = services.settings
        self._runner = Runner(
            services,
            self.handlers,
            lease=settings.job_lease if lease is None else lease,
            backoff=backoff,
            attempts=attempts,
            run_limit=run_limit,
        )
        self._executor = Executor(self._runner, settings.worker_threads if threads is None else threads, sweep)
        self._nudges: Nudges | None = None
        if settings.celery_broker_url:
            from atom_shopify_plugin.jobs.nudges import Nudges

            self._nudges = Nudges(settings)

    def put(self, new: NewJob, timeout: float = 3.0) -> Placed:
        """Store a job unless it is there already, and wake somebody for it.

        Raise `Unavailable` after `timeout` seconds; no broker is asked in the caller's thread.
        """
        return finish(self.putting(new, timeout))

    def putting(self, new: NewJob, timeout: float = 3.0) -> Steps[Placed]:
        """Do what `put` does, as steps."""
        placed = yield from self._services.storage.jobs.putting(new, timeout)
        if placed.new and new.state == "pending":
            self.nudge(placed.id)
        return placed

    def nudge(self, job_id: str | None = None) -> None:
        """Say that there is something to do. A nudge that gets lost costs a few seconds, never the job."""
        if self._nudges is None:
            self._executor.nudge()
        elif job_id is not None:
            self._nudges.offer(job_id)

    def start(self) -> None:
        """Begin to look for jobs in this process; harmless when it does already, or only sends nudges."""
        if self._nudges is None:
            self._executor.start()

    def work(self) -> None:
        """Begin to look for jobs in this process even where a broker is configured: it is a worker."""
        self._executor.start()

    def run_one(self, job_id: str | None = None) -> bool:
        """Claim this job, or the one that is due longest, and run it in this thread; False if there is none.

        After `stop` there is none any more.
        """
        return not self._executor.stopped and self._runner.one(job_id=job_id)

    def stop(self) -> None:
        """Claim nothing more in this process; what runs goes on."""
        self._executor.stop()

    def drain(self, timeout: float = 30.0) -> bool:
        """Claim nothing more, and wait until what runs has ended.

        Return False when something still ran after `timeout` seconds: it was given back, and others may claim it.
        """
        if self._nudges is not None:
            self._nudges.close()
        return self._executor.drain(timeout)
