"""A job whose subject says how it behaves, for tests and for the processes that they start.

What it does is written to the ledger of events by a fenced write, one event for each dedupe key (or, for ``gate``, for
each attempt, so that the fence alone keeps a second one away). That it began is written to a journal, a file that
every process appends to.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

from atom_shopify_plugin.errors import InvalidInput, Misconfigured, ReauthRequired, Throttled, Unavailable
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.services import Services
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Job, NewEvent, NewJob, Storage

KIND = "probe"
APP = "app"
SHOP = "demo.myshopify.com"
ERRORS: dict[str, Exception] = {
    "raise": RuntimeError("holds secret@example.com"),
    "misconfigured": Misconfigured("Something is not set."),
    "unavailable": Unavailable("Shopify is away."),
    "throttled": Throttled("Too fast.", retry_after=0.2),
    "reauth": ReauthRequired("Connect the store again."),
    "invalid": InvalidInput("The body is no JSON."),
}


def new(dedupe: str | None, subject: str = "ok", **values: Any) -> NewJob:
    return NewJob(**{"kind": KIND, "app": APP, "shop": SHOP, "dedupe": dedupe, "subject": subject, **values})


def jobs_of(runtime: Runtime, **options: Any) -> Jobs:
    """Return the runtime's jobs, quick ones that know the probe."""
    jobs = Jobs(
        runtime.services, **{"lease": 2.0, "sweep": 0.3, "backoff": 0.02, "attempts": 3, "threads": 2, **options}
    )
    jobs.handlers[KIND] = run
    runtime.__dict__["jobs"] = jobs  # the cached property's own place: closed with the runtime
    return jobs


def run(services: Services, job: Job) -> None:
    """Behave as the subject says: ``word``, or ``word:n`` for the first n attempts only."""
    word, _, number = job.subject.partition(":")
    journal(services.settings, job)
    key = job.dedupe
    if word == "slow":
        time.sleep(float(number))
    elif word == "gate":
        gate = gate_of(services.settings, job.dedupe)
        while not gate.exists():
            time.sleep(0.02)
        key = f"{job.dedupe}/{job.attempts}"
    elif word != "ok" and job.attempts <= int(number or 1_000_000):
        if word == "abort":
            os.abort()
        raise ERRORS[word]
    event = NewEvent(trigger=KIND, dedupe_key=key, app=job.app, shop=job.shop, payload=job.body or b"")
    services.storage.events.put(event, job=job)


def journal(settings: Settings, job: Job) -> None:
    line = f"{job.dedupe} {job.attempts} {os.getpid()} {threading.current_thread().name.replace(' ', '_')}\n"
    descriptor = os.open(settings.data_dir / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def started(settings: Settings, dedupe: str = "") -> list[list[str]]:
    """Return [dedupe, attempt, process id, thread] of what has begun, all or that of one job."""
    file = settings.data_dir / "journal"
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return [line for line in lines if dedupe in ("", line[0])]


def gate_of(settings: Settings, dedupe: str) -> Path:
    """Return the file that a ``gate`` job waits for."""
    return settings.data_dir / f"gate-{dedupe}"


def effects(storage: Storage, prefix: str = "") -> list[str]:
    """Return the dedupe keys of what jobs have done, those that begin with `prefix`."""
    found: list[str] = []
    before = None
    while page := storage.events.list(trigger=KIND, limit=250, before=before):
        found += [event.dedupe_key for event in page if event.dedupe_key.startswith(prefix)]
        before = page[-1].id
    return found


def settle(storage: Storage, count: int, *, seconds: float = 60.0, states: tuple[str, ...] = ("done",)) -> None:
    """Wait until that many jobs have ended in one of `states`, or fail saying what stands there."""
    deadline = time.monotonic() + seconds
    while (found := ended(storage, states)) < count:
        assert time.monotonic() < deadline, f"{found} of {count} {states}; {storage.jobs.backlog()}"
        time.sleep(0.05)


def ended(storage: Storage, states: tuple[str, ...] = ("done",)) -> int:
    found, before = 0, None
    while page := storage.jobs.list(states=states, kind=KIND, limit=250, before=before):
        found += len(page)
        before = page[-1].id
    return found


def until(condition: Any, seconds: float = 30.0) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come to that in time."
        time.sleep(0.02)


def environ_of(settings: Settings, **more: str) -> dict[str, str]:
    """Return the environment of a process that has these settings and finds this module."""
    return {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parent),
        "SHOPIFY_API_KEY": APP,
        "ATOM_SHOPIFY_DATA_DIR": str(settings.data_dir),
        "ATOM_SHOPIFY_DATABASE_URL": settings.database_url,
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": ",".join(f"{name}:{text.reveal()}" for name, text in settings.encryption_keys),
        "ATOM_SHOPIFY_CELERY_BROKER_URL": settings.celery_broker_url.reveal(),
        **more,
    }
