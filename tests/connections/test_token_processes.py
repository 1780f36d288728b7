"""Several processes on one token, and processes that are killed in the middle; over real sockets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from plugins import BROWSER, DEMO, TOKEN_PATH, Plugin, answer, environ_of, token_calls

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.service.tokens import LEASE
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.storage import Store

PROCESS = Path(__file__).with_name("process.py")


@pytest.fixture
def sandbox() -> Sandbox:
    """Here the time is real: other processes live in it, too."""
    return Sandbox(size="small", clock=Clock())


@pytest.fixture
def served(settings: Settings, sandbox: Sandbox) -> Iterator[Settings]:
    """The settings of processes that reach the sandbox by its address."""
    with serve(sandbox) as server:
        yield replace(settings, endpoint=server.url, timeout=30.0)


@pytest.fixture
def expired(open_plugin: Callable[..., Plugin], sandbox: Sandbox, ada: Principal) -> Store:
    """A store that was connected two hours ago and left alone since."""
    sandbox.clock.move(-7200)
    plugin = open_plugin()
    query = answer(sandbox, plugin.connections.begin(ada, DEMO, browser=BROWSER))
    store = plugin.connections.complete(ada, query, browser=BROWSER)
    sandbox.clock.move(7200)
    return store


def start(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(PROCESS), *arguments]
    return subprocess.Popen(command, env=environ_of(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_storm_of_processes_and_threads_makes_one_call(served: Settings, sandbox: Sandbox, expired: Store) -> None:
    sandbox.faults.add({"kind": "latency", "seconds": 0.3, "times": None, "match": {"path": TOKEN_PATH}})
    processes = [start(served, "storm", "16") for _ in range(4)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        answers += process.communicate(timeout=60)[0].split()
    assert len(answers) == 64
    assert len(set(answers)) == 1
    assert len(token_calls(sandbox, "refresh_token")) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_renewal_that_was_killed_is_healed_by_another_process(
    open_plugin: Callable[..., Plugin], served: Settings, sandbox: Sandbox, expired: Store, moment: str
) -> None:
    process = start(served, "die", moment)
    process.communicate(timeout=60)
    assert process.returncode == -9
    seen = len(token_calls(sandbox, "refresh_token"))
    assert seen == (1 if moment == "after" else 0)
    later = open_plugin(clock=lambda: datetime.now(UTC) + timedelta(seconds=LEASE + 1))
    token = later.connections.token(expired)
    assert token.version > expired.token_version
    assert len(token_calls(sandbox, "refresh_token")) == seen + 1
    about = later.client.execute(DEMO, token.access, Documents.load().get("ConnectedShop"))
    assert about.data["shop"]["myshopify_domain"] == DEMO.name
