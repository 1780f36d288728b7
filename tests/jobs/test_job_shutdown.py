"""Workers stop in order: what runs may end, what waits is left to others."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from probe import effects, gate_of, new, settle, started, until
from worker_groups import Workers


def test_sigterm_lets_jobs_end_and_starts_no_others(own_workers: Workers) -> None:
    own_workers.start(1)
    names = [f"drain-{number}" for number in range(24)]
    for name in names:
        own_workers.jobs.put(new(name, "slow:0.4"))
    until(lambda: len(started(own_workers.settings)) >= 2)
    began = time.monotonic()
    assert own_workers.terminate() == 0
    assert time.monotonic() - began < 30
    backlog = own_workers.storage.jobs.backlog()
    assert backlog["running"] == 0
    assert backlog["pending"] > 0
    assert len(effects(own_workers.storage)) + backlog["pending"] == len(names)

    def work_off() -> None:
        while own_workers.jobs.run_one():  # here, in the test's own process
            pass

    with ThreadPoolExecutor(8) as threads:
        for worked in [threads.submit(work_off) for _ in range(8)]:
            worked.result()
    assert sorted(effects(own_workers.storage)) == sorted(names)


@pytest.mark.soak
def test_a_worker_that_does_not_end_in_time_is_killed_and_its_job_is_taken_over(own_workers: Workers) -> None:
    own_workers.start(1)
    own_workers.jobs.put(new("stuck", "gate"))
    until(lambda: bool(started(own_workers.settings)))
    with suppress(TimeoutError):
        own_workers.terminate()
    gate_of(own_workers.settings, "stuck").touch()
    own_workers.start(1)
    settle(own_workers.storage, 1)
    assert len(effects(own_workers.storage)) == 1
