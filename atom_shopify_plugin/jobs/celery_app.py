"""The Celery worker: takes nudges and runs the rows that they name; its jobs look at the table by themselves, too.

A message holds a row's id and nothing else, so that it may be lost, repeated, late or forged without harm.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from typing import TYPE_CHECKING

from atom_shopify_plugin.jobs.broker import TASK, make_celery

if TYPE_CHECKING:
    from celery import Celery  # type: ignore[import-untyped]  # it has no types

    from atom_shopify_plugin.jobs import Jobs
    from atom_shopify_plugin.settings import Settings

__all__ = ["application", "run"]


def application(settings: Settings, jobs: Jobs) -> Celery:
    """Return a Celery application whose one task runs a row of `jobs`."""
    app = make_celery(settings, publisher=False)

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def nudge(job_id: object) -> None:
        if isinstance(job_id, str) and re.fullmatch(r"[0-9a-f]{32}", job_id):
            jobs.run_one(job_id)

    return app


def run(settings: Settings, jobs: Jobs, stop: threading.Event) -> None:
    """Work in this process until SIGTERM, or until `stop` is set; what runs then may end. Call it from the main thread.

    The jobs' own threads start first: they work while there is no broker, and find what no nudge told of. Tasks run in
    threads of this one process, because a pool of forked processes does not survive every death of one of them; who
    wants more processes starts more of these, under a supervisor.
    """
    from celery import signals

    jobs.work()
    threading.Thread(target=_stop, args=(jobs, stop, signal.getsignal(signal.SIGTERM)), daemon=True).start()
    signals.worker_shutting_down.connect(lambda **_: stop.set(), weak=False)
    application(settings, jobs).worker_main(
        [
            "--quiet",
            "worker",
            "--pool=threads",
            f"--concurrency={max(1, settings.worker_threads)}",
            "--loglevel=WARNING",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


def _stop(jobs: Jobs, stop: threading.Event, before: object) -> None:
    """Claim nothing more once it is time to stop, and repeat the signal where Celery did not listen for it yet."""
    stop.wait()
    jobs.stop()
    if signal.getsignal(signal.SIGTERM) == before:
        while signal.getsignal(signal.SIGTERM) == before:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)
