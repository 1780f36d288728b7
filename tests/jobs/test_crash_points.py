"""A process that dies at a named point loses nothing and doubles nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable

from probe import effects, environ_of, new, settle
from worker_groups import PROCESS, Workers

from atom_shopify_plugin.crashpoints import POINTS
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings

PUTTING = ("before_put", "put_before_commit", "put_after_commit")
# Reached by a process that puts and has a broker; the relay's thread dies with it.
NUDGING = ("before_nudge",)
WORKING = tuple(point for point in POINTS if point not in (*PUTTING, *NUDGING, "sweep_before_commit"))


def test_workers_that_die_at_every_point_lose_nothing_and_double_nothing(own_workers: Workers) -> None:
    crashes = own_workers.settings.data_dir / "crashes"
    crashes.mkdir()
    names = [f"job-{number}" for number in range(30)]
    for name in names:
        own_workers.jobs.put(new(name, "unavailable:1" if name.endswith("0") else "slow:0.02"))
    # Longer than a third of the lease, so that it has a heartbeat.
    own_workers.jobs.put(new("job-slow", "slow:1.0"))
    own_workers.start(ATOM_SHOPIFY_CRASH_AT=",".join(WORKING), ATOM_SHOPIFY_CRASH_ONCE=str(crashes))
    settle(own_workers.storage, 31, seconds=90)
    assert {file.name for file in crashes.iterdir()} == set(WORKING)
    assert sorted(effects(own_workers.storage)) == sorted([*names, "job-slow"])


def test_a_job_that_was_acknowledged_is_there_wherever_its_sender_dies(
    settings: Settings, open_runtime: Callable[..., Runtime]
) -> None:
    crashes = settings.data_dir / "crashes"
    crashes.mkdir()
    armed = {"ATOM_SHOPIFY_CRASH_AT": ",".join(PUTTING), "ATOM_SHOPIFY_CRASH_ONCE": str(crashes)}
    command = [sys.executable, str(PROCESS), "senders", str(len(PUTTING) + 1)]
    done = subprocess.run(command, env=environ_of(settings, **armed), capture_output=True, text=True, check=True)
    # Each sender wanted to put the same job; what became of it, and how many jobs there were then:
    assert done.stdout.splitlines() == ["-9 0", "-9 0", "-9 1", "0 1"], done.stderr
    assert {file.name for file in crashes.iterdir()} == set(PUTTING)
    assert len(open_runtime().storage.jobs.list()) == 1


def test_a_sender_that_is_killed_at_any_moment_has_lost_nothing_that_it_acknowledged(
    settings: Settings, open_runtime: Callable[..., Runtime]
) -> None:
    command = [sys.executable, str(PROCESS), "put", "100000"]
    process = subprocess.Popen(command, env=environ_of(settings), stdout=subprocess.PIPE)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(50)]
    process.send_signal(signal.SIGKILL)
    with process.stdout as rest:  # not communicate(): it would pass over what is in the buffer already
        lines += rest.read().splitlines()
    process.wait(30)
    acknowledged = int(lines[-1] if lines[-1].strip() else lines[-2])
    storage = open_runtime().storage
    stored = set()
    before = None
    while page := storage.jobs.list(limit=250, before=before):
        stored |= {job.id for job in page}
        before = page[-1].id
    assert len(stored) in (acknowledged + 1, acknowledged + 2)  # the last one may be stored and not yet told


def test_every_point_is_named_once() -> None:
    assert len(set(POINTS)) == len(POINTS) >= 12
