"""How far the work is behind is seen in health."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from probe import jobs_of, new

from atom_shopify_plugin.health.backlog import LATE, check
from atom_shopify_plugin.runtime import Runtime


def test_the_backlog_shows_what_waits_and_what_could_not_be_done(open_runtime: Callable[..., Runtime]) -> None:
    now = [datetime.now(UTC)]
    runtime = open_runtime(clock=lambda: now[0])
    jobs = jobs_of(runtime, threads=0, attempts=1)
    assert check(runtime.services).status == "ok"
    jobs.put(new("waits"))
    found = check(runtime.services)
    assert (found.status, found.data["pending"], found.data["oldest_seconds"]) == ("ok", 1, 0)
    now[0] += timedelta(seconds=LATE + 1)
    found = check(runtime.services)
    assert (found.status, found.data["oldest_seconds"]) == ("degraded", round(LATE + 1))
    assert jobs.run_one()
    assert check(runtime.services).status == "ok"
    jobs.put(new("fails", "invalid"))
    assert jobs.run_one()
    found = check(runtime.services)
    assert (found.status, found.data["quarantined"]) == ("degraded", 1)
    (job,) = runtime.storage.jobs.list(states=["quarantined"])
    assert runtime.storage.jobs.discard(job.id)
    assert check(runtime.services).status == "ok"
