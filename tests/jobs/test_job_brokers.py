"""A broker that is down, silent or has forgotten everything costs time, never a job."""

from __future__ import annotations

import time

import pytest
from probe import effects, new, started, until
from worker_groups import Workers

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.jobs.broker import QUEUE

pytestmark = pytest.mark.parametrize("combination", ["sqlite-celery", "postgresql-celery"], indirect=True)


def put_and_wait(workers: Workers, prefix: str, count: int = 10) -> None:
    began = time.monotonic()
    for number in range(count):
        try:
            workers.jobs.put(new(f"{prefix}-{number}"))
        except Unavailable:  # a busy machine: whoever sends does it again
            workers.jobs.put(new(f"{prefix}-{number}"))
    assert time.monotonic() - began < 10, "The broker must not be asked in the caller's thread."
    until(lambda: len(effects(workers.storage, prefix)) == count)


@pytest.mark.parametrize("mode", ["refuse", "silent"])
def test_jobs_are_run_while_the_broker_is_away_and_nudged_when_it_is_back(workers: Workers, mode: str) -> None:
    assert workers.proxy is not None
    put_and_wait(workers, f"{mode}/before")
    workers.proxy.mode = mode
    workers.proxy.cut()
    put_and_wait(workers, f"{mode}/during")
    workers.proxy.mode = "open"
    workers.proxy.cut()
    put_and_wait(workers, f"{mode}/after")

    def nudged_again() -> bool:
        workers_name = f"{mode}/again-{time.monotonic_ns()}"
        workers.jobs.put(new(workers_name))
        until(lambda: bool(started(workers.settings, workers_name)))
        return started(workers.settings, workers_name)[0][3].startswith("ThreadPoolExecutor")

    until(nudged_again, 45)


def test_a_broker_that_forgot_everything_loses_no_job(workers: Workers, valkey: tuple[str, int]) -> None:
    import redis

    with redis.Redis(*valkey) as client:
        for number in range(20):
            workers.jobs.put(new(f"flushed-{number}", "slow:0.05"))
            if number % 5 == 0:
                client.flushall()
        until(lambda: len(effects(workers.storage, "flushed")) == 20)


def test_a_message_that_nobody_of_us_has_sent_does_no_harm(workers: Workers) -> None:
    from atom_shopify_plugin.jobs.broker import TASK, make_celery

    app = make_celery(workers.settings, publisher=True)
    with app:
        for arguments in (("no id",), (["a"],), ({"x": 1},), ("f" * 32,)):
            app.send_task(TASK, arguments, queue=QUEUE)
    put_and_wait(workers, "forged")
