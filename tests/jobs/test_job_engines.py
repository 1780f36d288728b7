"""Jobs run by processes: the same rules on each database, by threads and by Celery."""

from __future__ import annotations

import os
import random
import signal
import time

from probe import effects, gate_of, new, started, until
from worker_groups import Workers

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.storage import JobSummary


def put(workers: Workers, prefix: str, count: int, subject: str = "ok") -> list[str]:
    names = [f"{prefix}-{number}" for number in range(count)]
    for name in names:
        assert workers.jobs.put(new(name, subject, body=b"{}")).new
    return names


def ended(workers: Workers, job_id: str, seconds: float = 45.0) -> JobSummary:
    """Wait until a job has ended, and return it."""
    found: list[JobSummary] = []

    def is_over() -> bool:
        job = workers.storage.jobs.get(job_id)
        assert job is not None
        found[:] = [job]
        return job.state not in ("pending", "running")

    until(is_over, seconds)
    return found[0]


def ran_by(workers: Workers) -> str:
    """Run a job, and return the name of the thread that did it."""
    name = f"nudged-{time.monotonic_ns()}"
    workers.jobs.put(new(name))
    until(lambda: started(workers.settings, name))
    return started(workers.settings, name)[0][3]


def finish(workers: Workers, names: list[str], seconds: float = 45.0) -> None:
    """Wait until all these jobs have had their effect, each once."""
    prefix = names[0].partition("-")[0]
    until(lambda: len(effects(workers.storage, prefix)) >= len(names), seconds)
    assert sorted(effects(workers.storage, prefix)) == sorted(names)


def stopped_without_a_lock(workers: Workers, pid: int) -> bool:
    """Stop a process; let it go on when it holds SQLite's one writer's place, which would stop everybody."""
    os.kill(pid, signal.SIGSTOP)
    try:
        workers.storage.jobs.put(new(f"look-{time.monotonic_ns()}", "ok"), timeout=1.0)
    except Unavailable:
        os.kill(pid, signal.SIGCONT)
        return False
    return True


def test_every_job_is_run(workers: Workers) -> None:
    finish(workers, put(workers, "plain", 40))


def test_a_nudge_reaches_a_worker_of_the_engine(workers: Workers) -> None:
    # Celery's threads have a name that is not ours. Now and then a look at the table is faster than the nudge.
    wanted = "ThreadPoolExecutor" if workers.engine == "celery" else "atom-shopify-job-"
    until(lambda: ran_by(workers).startswith(wanted), 60)


def test_a_job_that_fails_is_tried_again_until_it_works(workers: Workers) -> None:
    placed = workers.jobs.put(new("fails-twice", "raise:2"))
    job = ended(workers, placed.id)
    assert job.state == "done"
    assert job.attempts >= 3


def test_a_job_that_always_fails_becomes_a_dead_letter_that_can_be_replayed(workers: Workers) -> None:
    placed = workers.jobs.put(new("hopeless", "raise", body=b"secret@example.com"))
    job = ended(workers, placed.id)
    assert job.state == "dead"
    assert job.reason.startswith("RuntimeError at probe:")
    assert "secret@example.com" not in job.reason
    assert workers.storage.jobs.replay(placed.id)
    workers.jobs.nudge(placed.id)
    until(lambda: len(started(workers.settings, "hopeless")) > job.attempts)
    assert ended(workers, placed.id).state == "dead"


def test_a_job_that_kills_its_worker_becomes_a_dead_letter_and_the_others_are_done(workers: Workers) -> None:
    poison = [workers.jobs.put(new(f"poison-{number}", "abort")).id for number in range(2)]
    good = put(workers, "beside", 40, "slow:0.01")
    finish(workers, good, 90)
    for job_id in poison:
        job = ended(workers, job_id, 90)
        assert job.state == "dead"
        assert "worker died" in job.reason


def test_a_zombie_writes_nothing_once_another_worker_has_its_job(workers: Workers) -> None:
    placed = workers.jobs.put(new("zombie", "gate"))
    until(lambda: started(workers.settings, "zombie"))
    sleeper = int(started(workers.settings, "zombie")[0][2])
    until(lambda: stopped_without_a_lock(workers, sleeper))
    try:
        until(lambda: len(started(workers.settings, "zombie")) > 1)
        gate_of(workers.settings, "zombie").touch()
        job = ended(workers, placed.id)
    finally:
        os.kill(sleeper, signal.SIGCONT)
    assert job.state == "done"
    # The zombie goes on now; a job of its own afterwards shows that it came through.
    finish(workers, put(workers, "after", 10))
    assert len(effects(workers.storage, "zombie/")) == 1
    assert effects(workers.storage, "zombie/1") == []
    assert workers.storage.jobs.get(placed.id) == job


def test_random_kills_lose_nothing_and_double_nothing(workers: Workers) -> None:
    seed = random.randrange(1_000_000)  # noqa: S311
    print("seed", seed)  # noqa: T201
    chance = random.Random(seed)  # noqa: S311
    names = put(workers, "killed", 120, "slow:0.01")
    for _ in range(5):
        time.sleep(chance.uniform(0.02, 0.2))
        if pids := workers.pids():
            workers.kill(chance.choice(pids))
    finish(workers, names, 90)
