"""Processes that die at named points, and what must be true afterwards; each may be repeated under another name."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from probe import APP, SHOP, effects, environ_of, new, started, until
from worker_groups import PROCESS, Workers

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.process.crashpoints import POINTS
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Grant, Storage

PUTTING = ("before_put", "put_before_commit", "put_after_commit")
# Reached by a process that puts and has a broker; the relay's thread dies with it.
NUDGING = ("before_nudge",)
SWEEPING = ("sweep_before_commit",)
WORKING = tuple(point for point in POINTS if point not in (*PUTTING, *NUDGING, *SWEEPING))


def armed(settings: Settings, points: tuple[str, ...], name: str) -> tuple[Path, dict[str, str]]:
    """Return a folder that will show who has died, and what a process needs in its environment to die once a point."""
    folder = settings.data_dir / f"crashes-{name}"
    folder.mkdir()
    return folder, {"ATOM_SHOPIFY_CRASH_AT": ",".join(points), "ATOM_SHOPIFY_CRASH_ONCE": str(folder)}


def died(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def process(settings: Settings, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a process of `worker_process` to its end."""
    command = [sys.executable, str(PROCESS), *arguments]
    return subprocess.run(command, env=environ_of(settings, **environ), capture_output=True, text=True, timeout=60)


def kill_workers(workers: Workers, name: str = "job") -> None:
    """Have workers die at each of their points: every job is done, and once. They still run afterwards."""
    folder, environ = armed(workers.settings, WORKING, name)
    names = [f"{name}-{number}" for number in range(30)]
    for one in names:
        # A job that somebody dies with on its first attempt is not put off any more: there must be some to spare.
        workers.jobs.put(new(one, "unavailable:1" if one[-1] in "036" else "slow:0.02"))
    # Longer than a third of the lease, so that it has a heartbeat.
    workers.jobs.put(new(f"{name}-slow", "slow:1.0"))
    workers.start(**environ)
    until(lambda: len(effects(workers.storage, f"{name}-")) == 31, 90)
    assert sorted(effects(workers.storage, f"{name}-")) == sorted([*names, f"{name}-slow"])
    until(lambda: not workers.storage.jobs.list(states=("pending", "running"), limit=1), 90)
    assert died(folder) == set(WORKING)


def kill_senders(settings: Settings, storage: Storage, name: str = "the-same") -> None:
    """Have three senders of one job die, before and after it is there, and a fourth one live."""
    folder, environ = armed(settings, PUTTING, name)
    done = process(settings, "senders", str(len(PUTTING) + 1), name, **environ)
    # Each sender wanted to put the same job; what became of it, and how many jobs there were then:
    assert done.stdout.splitlines() == ["-9 0", "-9 0", "-9 1", "0 1"], done.stderr
    assert died(folder) == set(PUTTING)
    assert len(storage.jobs.list(subject=name)) == 1


def kill_before_nudge(workers: Workers, name: str = "unheard") -> None:
    """Have a sender die before it tells the workers, which run: what it acknowledged is done, and once."""
    folder, environ = armed(workers.settings, NUDGING, name)
    done = process(workers.settings, "put", "100000", name, **environ)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert died(folder) == set(NUDGING)
    acknowledged = {f"{name}-{number}" for number in range(len(done.stdout.splitlines()))}
    assert acknowledged
    until(lambda: acknowledged <= set(effects(workers.storage, f"{name}-")), 90)
    until(lambda: not workers.storage.jobs.list(states=("pending", "running"), limit=1), 90)
    found = effects(workers.storage, f"{name}-")
    assert len(found) - len(acknowledged) in (0, 1)  # the last one may be stored and not yet told
    assert sorted(line[0] for line in started(workers.settings) if line[0].startswith(f"{name}-")) == sorted(found)


def kill_sweep(workers: Workers, name: str = "parked") -> None:
    """Have a process die while it lets parked jobs go: all still wait, and the next one lets them go, each once."""
    grant = Grant(
        app=APP, shop=ShopDomain(SHOP), shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR", timezone="UTC",
        kind="offline", scope="", granted_scopes=frozenset(), access=Secret("shpat_test"),
    )  # fmt: skip
    store = workers.storage.installations.grant(grant, Principal("ada"))
    names = [f"{name}-{number}" for number in range(10)]
    for one in names:
        workers.jobs.put(new(one, installation_id=store.id, state="parked"))
    folder, environ = armed(workers.settings, SWEEPING, name)
    done = process(workers.settings, "unpark", **environ)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert died(folder) == set(SWEEPING)
    assert len(workers.storage.jobs.list(states=("parked",))) == len(names)
    assert effects(workers.storage, f"{name}-") == []
    assert process(workers.settings, "unpark", **environ).stdout.split() == ["10"]
    until(lambda: len(effects(workers.storage, f"{name}-")) == len(names))
    until(lambda: not workers.storage.jobs.list(states=("pending", "running"), limit=1))
    assert sorted(line[0] for line in started(workers.settings) if line[0].startswith(f"{name}-")) == sorted(names)
