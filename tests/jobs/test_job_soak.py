"""Long runs: many jobs, many kills."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress

import pytest
from crashes import kill_before_nudge, kill_senders, kill_sweep, kill_workers
from probe import effects, new, settle, started, until
from worker_groups import Workers

from atom_shopify_plugin.errors import Unavailable

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


def put(workers: Workers, name: str) -> bool:
    """Put a job as Shopify delivers: again where it could not be taken in time. Return whether it is new."""
    for _ in range(20):
        with suppress(Unavailable):
            return workers.jobs.put(new(name, body=b"{}")).new
    raise AssertionError("The database took nothing for a minute.")


def test_fifty_kills_lose_nothing_of_twenty_thousand_jobs(own_workers: Workers) -> None:
    seed = random.randrange(1_000_000)  # noqa: S311
    print("seed", seed)  # noqa: T201
    chance = random.Random(seed)  # noqa: S311
    own_workers.start(3)
    kills = 0
    count = 20_000
    for number in range(count):
        put(own_workers, f"job-{number}")
        if number % 5 == 0:
            assert not put(own_workers, f"job-{number // 2}")
        if number % (count // 50) == 0 and (pids := own_workers.pids()):
            own_workers.kill(chance.choice(pids))
            kills += 1
    assert kills >= 40
    settle(own_workers.storage, count, seconds=900)
    assert len(effects(own_workers.storage)) == count


def test_hundred_zombies_double_nothing(own_workers: Workers) -> None:
    own_workers.start(3)
    chance = random.Random(7)  # noqa: S311
    for round_ in range(100):
        names = [f"round-{round_}/{number}" for number in range(10)]
        for name in names:
            own_workers.jobs.put(new(name, "slow:0.05"))
        until(lambda names=names: bool(started(own_workers.settings, names[0])))
        sleeper = chance.choice(own_workers.pids())
        os.kill(sleeper, signal.SIGSTOP)
        time.sleep(2.5)  # past the lease
        os.kill(sleeper, signal.SIGCONT)
    settle(own_workers.storage, 1000, seconds=600)
    found = effects(own_workers.storage)
    assert len(found) == len(set(found)) == 1000


def test_good_jobs_get_through_among_poisonous_ones(own_workers: Workers) -> None:
    own_workers.start(2)
    for number in range(2_000):
        own_workers.jobs.put(new(f"good-{number}"))
        if number % 100 == 0:
            own_workers.jobs.put(new(f"poison-{number}", "abort" if number % 200 else "raise"))
    settle(own_workers.storage, 2_000, seconds=600)
    settle(own_workers.storage, 20, seconds=600, states=("dead",))


def test_every_crash_point_twenty_times_loses_and_doubles_nothing(own_workers: Workers) -> None:
    for round_ in range(20):
        kill_workers(own_workers, f"job-{round_}")
        kill_senders(own_workers.settings, own_workers.storage, f"same-{round_}")
        kill_sweep(own_workers, f"parked-{round_}")
        if own_workers.engine == "celery":
            kill_before_nudge(own_workers, f"unheard-{round_}")
        assert own_workers.terminate() == 0
