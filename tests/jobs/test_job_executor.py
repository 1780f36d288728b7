"""Threads of this process that run jobs, on each database."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from probe import ERRORS, KIND, effects, ended, environ_of, gate_of, jobs_of, new, settle, started, until
from worker_groups import PROCESS

from atom_shopify_plugin.errors import Misconfigured, Unavailable
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Grant, JobSummary, Storage


def job_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("atom-shopify-job-")]


def summary(storage: Storage, job_id: str) -> JobSummary:
    found = storage.jobs.get(job_id)
    assert found is not None
    return found


def over(storage: Storage, job_id: str) -> JobSummary:
    until(lambda: summary(storage, job_id).state not in ("pending", "running"))
    return summary(storage, job_id)


def test_threads_start_with_the_first_job_and_end_with_the_runtime(runtime: Runtime, jobs: Jobs) -> None:
    assert job_threads() == []
    jobs.put(new("one"))
    settle(runtime.storage, 1)
    assert len(job_threads()) == 2
    runtime.close()
    assert job_threads() == []


def test_jobs_that_were_waiting_are_found_without_a_nudge(runtime: Runtime, jobs: Jobs) -> None:
    for number in range(5):
        runtime.storage.jobs.put(new(f"job-{number}", delay=0.1))
    jobs.start()
    settle(runtime.storage, 5)


def test_a_process_without_threads_runs_nothing_and_can_still_run_one_by_hand(runtime: Runtime) -> None:
    jobs = jobs_of(runtime, threads=0)
    placed = jobs.put(new("one"))
    jobs.start()
    assert job_threads() == []
    assert jobs.run_one(placed.id)
    assert not jobs.run_one()
    assert summary(runtime.storage, placed.id).state == "done"


def test_a_handler_can_be_named_by_its_place(runtime: Runtime, jobs: Jobs) -> None:
    jobs.handlers[KIND] = "probe:run"
    jobs.put(new("one"))
    settle(runtime.storage, 1)


@pytest.mark.parametrize(
    ("word", "state"),
    [("raise", "dead"), ("misconfigured", "dead"), ("reauth", "parked"), ("invalid", "quarantined")],
)
def test_what_a_handler_raises_decides_what_becomes_of_its_job(
    runtime: Runtime, jobs: Jobs, word: str, state: str
) -> None:
    job = over(runtime.storage, jobs.put(new(word, word)).id)
    assert job.state == state
    assert job.attempts == (3 if state == "dead" else 1)
    assert "secret@example.com" not in job.reason
    assert job.reason


@pytest.mark.parametrize("word", ["unavailable", "throttled"])
@pytest.mark.slow
def test_trouble_that_is_not_the_jobs_own_has_more_patience(runtime: Runtime, jobs: Jobs, word: str) -> None:
    job = over(runtime.storage, jobs.put(new(word, f"{word}:6")).id)
    assert (job.state, job.attempts) == ("done", 7)


def test_a_retry_waits_as_long_as_it_was_asked_to(runtime: Runtime) -> None:
    jobs = jobs_of(runtime, threads=0)
    placed = jobs.put(new("one", "throttled"))
    before = time.time()
    assert jobs.run_one()
    job = summary(runtime.storage, placed.id)
    assert job.reason == "SHOPIFY_THROTTLED: Too fast."
    wanted = ERRORS["throttled"].retry_after  # type: ignore[attr-defined]
    assert job.available_at.timestamp() >= before + wanted - 0.05


def test_a_job_from_before_a_new_installation_is_discarded(runtime: Runtime) -> None:
    jobs = jobs_of(runtime, threads=0)
    grant = Grant(
        app="app",
        shop=ShopDomain("demo.myshopify.com"),
        shop_id="1",
        name="Demo",
        currency="EUR",
        timezone="UTC",
        kind="offline",
        scope="",
        granted_scopes=frozenset(),
        access=Secret("shpat_x"),
    )
    store = runtime.storage.installations.grant(grant, Principal("ada"))
    placed = jobs.put(new("old", installation_id=store.id, epoch=store.epoch))
    runtime.storage.installations.uninstall(store.id)
    runtime.storage.installations.grant(grant, Principal("ada"))
    assert jobs.run_one()
    assert summary(runtime.storage, placed.id).state == "discarded"
    assert effects(runtime.storage) == []


@pytest.mark.slow
def test_a_long_job_keeps_its_lease(runtime: Runtime) -> None:
    jobs = jobs_of(runtime, lease=1.0)
    placed = jobs.put(new("long", "slow:2.5"))
    job = over(runtime.storage, placed.id)
    assert (job.state, job.attempts) == ("done", 1)


def test_a_job_that_hangs_is_taken_over_and_its_thread_is_replaced(runtime: Runtime, settings: Settings) -> None:
    jobs = jobs_of(runtime, threads=1, lease=1.0, run_limit=0.2)
    jobs.put(new("hangs", "gate"))
    until(lambda: len(started(settings, "hangs")) >= 2)
    gate_of(settings, "hangs").touch()
    settle(runtime.storage, 1)
    assert len(effects(runtime.storage)) == 1


def test_drained_jobs_may_end_and_new_ones_are_left_to_others(runtime: Runtime, jobs: Jobs) -> None:
    placed = jobs.put(new("ends", "slow:0.3"))
    until(lambda: summary(runtime.storage, placed.id).state == "running")
    assert jobs.drain(10)
    assert summary(runtime.storage, placed.id).state == "done"
    later = jobs.put(new("later"))
    assert summary(runtime.storage, later.id).state == "pending"


def test_a_job_that_does_not_end_in_time_is_given_back(runtime: Runtime, settings: Settings, jobs: Jobs) -> None:
    placed = jobs.put(new("stuck", "gate"))
    until(lambda: summary(runtime.storage, placed.id).state == "running")
    assert not jobs.drain(0.1)
    job = summary(runtime.storage, placed.id)
    assert (job.state, job.reason) == ("pending", "The worker was stopped.")
    other = jobs_of(runtime, threads=0)
    gate_of(settings, "stuck").touch()
    assert other.run_one(placed.id)
    until(lambda: job_threads() == [])
    assert effects(runtime.storage) == ["stuck/2"]


def test_processes_that_are_forked_after_threads_ran_run_jobs_of_their_own(settings: Settings) -> None:
    command = [sys.executable, str(PROCESS), "preload", "-"]
    done = subprocess.run(command, env=environ_of(settings), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    ran = {name: pid for name, _, pid, _ in started(settings)}
    assert set(ran) == {"parent", "child-0", "child-1"}


@contextmanager
def frozen(storage: Storage) -> Any:
    """Hold what every writer needs, as somebody does who never comes back."""
    with storage.engine.connect() as connection:
        if storage.engine.dialect.name == "sqlite":
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE shopify_jobs IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


def test_a_database_that_does_not_answer_is_said_to_be_away_in_time(
    runtime: Runtime, open_runtime: Callable[..., Runtime]
) -> None:
    jobs = jobs_of(runtime, threads=0)
    jobs.put(new("before"))
    with frozen(open_runtime().storage):
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            jobs.put(new("during"), timeout=0.5)
        assert caught.value.retry_after is not None
        assert time.monotonic() - began < 3
    until(lambda: jobs.put(new("during")).id == "" or ended(runtime.storage, ("pending",)) == 2)
    assert ended(runtime.storage, ("pending",)) == 2


def test_workers_go_on_after_the_database_was_away(
    runtime: Runtime, jobs: Jobs, open_runtime: Callable[..., Runtime]
) -> None:
    jobs.put(new("before"))
    settle(runtime.storage, 1)
    for number in range(5):
        jobs.put(new(f"during-{number}", "slow:0.05"))
    with frozen(open_runtime().storage):
        time.sleep(0.2)
    settle(runtime.storage, 6)
    assert len(effects(runtime.storage)) == 6


def test_an_error_of_one_write_does_not_reach_the_writes_beside_it(runtime: Runtime) -> None:
    jobs = jobs_of(runtime, threads=0)
    jobs.put(new("first"))
    failed: list[Exception] = []

    def put(number: int) -> None:
        try:
            jobs.put(new(f"job-{number}", app="x" * 300 if number == 3 else "app", installation_id="i" * 32))
        except Exception as error:  # noqa: BLE001  # which one it is is asked below
            failed.append(error)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # SQLite knows no limit of a text's length.
    wrong = 0 if runtime.storage.engine.dialect.name == "sqlite" else 1
    assert len(failed) == wrong
    assert len(runtime.storage.jobs.list()) == 9 - wrong


def test_a_broker_without_celery_installed_is_said_so() -> None:
    code = (
        "import sys; sys.modules['celery'] = None\n"
        "from atom_shopify_plugin.jobs.broker import make_celery\n"
        "from atom_shopify_plugin.settings import Settings\n"
        "try: make_celery(Settings.from_environ({'ATOM_SHOPIFY_CELERY_BROKER_URL': 'redis://x'}), publisher=True)\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(Misconfigured.__name__)
    assert "pip install" in done.stdout
