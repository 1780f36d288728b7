"""`atom-shopify jobs` and `atom-shopify worker`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from probe import KIND, new, until

from atom_shopify_plugin.cli import main
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings

TOOL = Path(sys.executable).with_name("atom-shopify")


@pytest.fixture
def folder(environ: dict[str, str]) -> Runtime:
    runtime = Runtime(Settings.from_environ(environ))
    yield runtime
    runtime.close()


@pytest.fixture
def shell(environ: dict[str, str]) -> Callable[..., Result]:
    runner = CliRunner(env=environ)
    return lambda *words: runner.invoke(main, words)


def dead(runtime: Runtime, name: str) -> str:
    placed = runtime.storage.jobs.put(new(name, "orders/create", body=b"{}"))
    job = runtime.storage.jobs.claim("w", (KIND,), 30)
    assert job is not None
    runtime.storage.jobs.finish(job, "dead", "It did not work.")
    return placed.id


def test_jobs_are_listed_with_what_waits(shell: Callable[..., Result], folder: Runtime) -> None:
    job_id = dead(folder, "one")
    folder.storage.jobs.put(new("two"))
    told = shell("jobs", "list", "--state", "dead")
    assert told.exit_code == 0
    assert job_id in told.stdout
    assert "It did not work." in told.stdout
    assert "1 pending" in told.stderr
    answer = json.loads(shell("jobs", "list", "--json", "--topic", "orders/create").stdout)
    assert [job["id"] for job in answer["items"]] == [job_id]
    assert answer["backlog"]["dead"] == 1


def test_a_full_page_of_jobs_says_how_to_go_on(shell: Callable[..., Result], folder: Runtime) -> None:
    one, two, three = (dead(folder, name) for name in ("one", "two", "three"))
    told = shell("jobs", "list", "--limit", "2")
    assert three in told.stdout
    assert one not in told.stdout
    assert f"--before {two}" in told.stderr
    rest = shell("jobs", "list", "--limit", "2", "--before", two)
    assert one in rest.stdout
    assert "--before" not in rest.stderr


def test_jobs_of_a_store_are_found_by_its_handle(shell: Callable[..., Result], folder: Runtime) -> None:
    job_id = dead(folder, "one")
    shop = folder.storage.jobs.list()[0].shop
    for name in (shop, shop.partition(".")[0].upper()):
        assert job_id in shell("jobs", "list", "--shop", name).stdout
    assert job_id not in shell("jobs", "list", "--shop", "elsewhere").stdout
    assert shell("jobs", "list", "--shop", "No Such Shop").exit_code == 1


def test_a_dead_letter_is_replayed_or_discarded_once(shell: Callable[..., Result], folder: Runtime) -> None:
    one, two = dead(folder, "one"), dead(folder, "two")
    assert shell("jobs", "replay", one).exit_code == 0
    assert shell("jobs", "discard", two, one).exit_code == 0
    again = shell("jobs", "replay", "--json", two, "no-such-job")
    assert json.loads(again.stdout) == {"replayed": [two]}
    assert again.exit_code == 1


def test_a_worker_works_until_it_is_told_to_stop(environ: dict[str, str], folder: Runtime) -> None:
    process = subprocess.Popen(
        [TOOL, "worker", "--threads", "1"], env={**os.environ, **environ}, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "Working with 1 x 1 threads …\n"
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until(lambda: children.read_text().split())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=40)
    assert process.returncode == 0
