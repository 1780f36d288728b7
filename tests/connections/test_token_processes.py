"""Several processes on one token, and processes that are killed in the middle; over real sockets."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from plugins import BROWSER, DEMO, TOKEN_PATH, Plugin, answer, environ_of, token_calls

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.stores.tokens import LEASE

PROCESS = Path(__file__).with_name("process.py")
SLOW = {"kind": "latency", "seconds": 0.3, "times": None, "match": {"path": TOKEN_PATH}}
POINTS = ("before_call", "during_call", "after_answer", "before_commit", "after_commit")
HOURS_2 = 7200.0


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
    sandbox.clock.move(-HOURS_2)
    plugin = open_plugin()
    query = answer(sandbox, plugin.connections.begin(ada, DEMO, browser=BROWSER))
    store = plugin.connections.complete(ada, query, browser=BROWSER)
    sandbox.clock.move(HOURS_2)
    return store


def start(settings: Settings, name: str, ahead: float = 0.0, crash: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, str(PROCESS), name, str(ahead)]
    environ = environ_of(settings) | ({"ATOM_SHOPIFY_CRASH_AT": f"refresh_{crash}"} if crash else {})
    return subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextmanager
def storming(settings: Settings, ahead: float = 0.0) -> Iterator[Callable[[float], list[str]]]:
    """Give a function that lets 4 processes with 64 threads each ask at once and returns what versions they got."""
    processes = [start(settings, "storm", ahead) for _ in range(4)]

    def ask(ahead: float) -> list[str]:
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(f"{ahead}\n")
            process.stdin.flush()
        answers = []
        for process in processes:
            assert process.stdout is not None
            answers += process.stdout.readline().split()
        return answers

    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield ask
    finally:
        for process in processes:
            process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0] * 4


def kill_at(point: str, settings: Settings, sandbox: Sandbox, ahead: float = 0.0) -> None:
    """Let a process renew the token and die at `point`; a call under way is cut off from outside."""
    seen = len(token_calls(sandbox))
    process = start(settings, "renew", ahead, "" if point == "during_call" else point)
    if point == "during_call":
        deadline = time.monotonic() + 60
        while len(token_calls(sandbox)) == seen and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert len(token_calls(sandbox)) == seen + (point != "before_call")


def lives(plugin: Plugin, store: Store) -> bool:
    """Say whether the store can still be reached, whatever has happened to its token."""
    access = plugin.connections.token(store).access
    about = plugin.client.execute(DEMO, access, Documents.load().get("ConnectedShop"))
    return bool(about.data["shop"]["myshopify_domain"] == DEMO.name)


def test_a_storm_of_processes_and_threads_makes_one_call(served: Settings, sandbox: Sandbox, expired: Store) -> None:
    sandbox.faults.add(SLOW)
    with storming(served) as ask:
        answers = ask(0.0)
    assert len(answers) == 256
    assert len(set(answers)) == 1
    assert len(token_calls(sandbox, "refresh_token")) == 1


@pytest.mark.soak
def test_a_hundred_storms_make_a_hundred_calls(served: Settings, sandbox: Sandbox, expired: Store) -> None:
    sandbox.faults.add(SLOW)
    with storming(served, ahead=1.0) as ask:
        for _ in range(100):
            seen = len(token_calls(sandbox, "refresh_token"))
            sandbox.clock.move(HOURS_2)
            answers = ask(sandbox.clock.offset)
            assert len(answers) == 256
            assert len(set(answers)) == 1
            assert len(token_calls(sandbox, "refresh_token")) == seen + 1


@pytest.mark.parametrize("point", POINTS)
def test_a_renewal_that_was_killed_is_healed_by_another_process(
    open_plugin: Callable[..., Plugin], served: Settings, sandbox: Sandbox, expired: Store, point: str
) -> None:
    sandbox.faults.add(SLOW)
    kill_at(point, served, sandbox)
    seen = len(token_calls(sandbox, "refresh_token"))
    later = open_plugin(clock=lambda: datetime.now(UTC) + timedelta(seconds=LEASE + 1))
    assert lives(later, expired)
    assert later.connections.token(expired).version > expired.token_version
    assert len(token_calls(sandbox, "refresh_token")) == seen + (point != "after_commit")


@pytest.mark.soak
def test_two_hundred_kills_orphan_no_store(
    open_plugin: Callable[..., Plugin], served: Settings, sandbox: Sandbox, expired: Store
) -> None:
    plugin = open_plugin()
    for number in range(200):
        sandbox.clock.move(HOURS_2)
        kill_at(POINTS[number % len(POINTS)], served, sandbox, sandbox.clock.offset)
        # Sometimes one that dies comes upon what another dead one left behind.
        if number % 7:
            sandbox.clock.move(LEASE + 1)
            assert lives(plugin, expired)
    sandbox.clock.move(LEASE + 1)
    assert lives(plugin, expired)
