"""A connection that got worse is told once for each reason, with a remedy, until it has worked again for a while."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stockshop import DEMO, StockShop

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.events.subscribing import Subscribing
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.sync import changes, watches

KEY = "connection_degraded"
ADA = Principal("ada")


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    return {**environ, "ATOM_SHOPIFY_PUBLIC_URL": "https://atom.example.com"}


class Watched:
    """A connected store, and a clock that moves for everybody."""

    def __init__(self, runtime: Runtime, emitted: list[Event], work: Callable[[], None]) -> None:
        self._runtime, self._emitted, self._work = runtime, emitted, work
        self._ahead = timedelta()
        runtime.storage.clock = lambda: datetime.now(UTC) + self._ahead
        runtime.host.triggers_in_use = lambda: frozenset({KEY, "order_created"})

    def later(self, minutes: float = 6.0) -> None:
        """Let time pass, and have what is due looked at."""
        self._ahead += timedelta(minutes=minutes)
        watches.upkeep(self._runtime.services)
        self._work()

    def told(self) -> list[Mapping[str, Any]]:
        return [event.payload for event in self._emitted if event.key == KEY]

    def reasons(self) -> list[str]:
        return [payload["reason"] for payload in self.told()]


@pytest.fixture
def watched(runtime: Runtime, store: Store, emitted: list[Event], work: Callable[[], None]) -> Watched:
    return Watched(runtime, emitted, work)


def test_a_connection_that_works_is_not_told(watched: Watched) -> None:
    for _ in range(3):
        watched.later()
    assert watched.told() == []


def end(sandbox: Sandbox, runtime: Runtime, store: Store) -> None:
    """Let Shopify end the connection, and the plugin notice."""
    sandbox.account(DEMO.name).tokens.revoke("sandbox-key", "all")
    with pytest.raises(PluginError):
        runtime.connections.token_refused(store, store.token_version)


def test_a_token_that_ended_is_told_once_with_the_way_to_connect_again(
    watched: Watched, runtime: Runtime, sandbox: Sandbox, store: Store
) -> None:
    watched.later()
    end(sandbox, runtime, store)
    for _ in range(4):
        watched.later()
    (payload,) = watched.told()
    assert payload["reason"] == "token"
    assert "no longer accepts" in payload["detail"]
    assert f"authorize?shop={DEMO.name}" in payload["remedy"]
    assert payload["parameters"] == {"silent_hours": 6}
    assert datetime.fromisoformat(payload["since"]).tzinfo is not None


def test_scopes_that_were_taken_away_are_named_and_told_again_in_the_next_episode(
    watched: Watched, runtime: Runtime, sandbox: Sandbox
) -> None:
    def grant(scopes: frozenset[str]) -> None:
        sandbox.account(DEMO.name).set_scopes("sandbox-key", scopes)
        runtime.connections.refresh(ADA, DEMO)

    less = runtime.settings.scopes - {"write_orders", "read_orders"}
    grant(less)
    watched.later()
    (payload,) = watched.told()
    assert "read_orders" in payload["detail"]
    grant(runtime.settings.scopes)
    watched.later()
    grant(less)
    watched.later()
    assert watched.reasons() == ["scopes"], "it did not work for half an hour"
    grant(runtime.settings.scopes)
    for _ in range(7):
        watched.later()
    grant(less)
    watched.later()
    assert watched.reasons() == ["scopes", "scopes"]


def test_a_version_that_shopify_replaces_is_told(watched: Watched, runtime: Runtime, sandbox: Sandbox) -> None:
    sandbox.versions.retire("2026-10")
    runtime.actions.run(Call(ADA, "store_get", {}))
    watched.later()
    (payload,) = watched.told()
    assert payload["reason"] == "api_version"
    assert "serves 2027-01" in payload["detail"]
    assert payload["remedy"].startswith("Set SHOPIFY_API_VERSION")


def test_subscriptions_that_vanished_are_told_and_recover(watched: Watched, runtime: Runtime, store: Store) -> None:
    subscribing = Subscribing(runtime.services)
    subscribing.reconcile(store)
    watched.later()
    listed = runtime.actions.run(Call(ADA, "webhook_list", {"limit": 250})).data["items"]
    gone = next(one["id"] for one in listed if one["topic"] == "ORDERS_CREATE")
    runtime.services.open_shop(store).root("WebhookDelete", {"id": gone})
    subscribing.reconcile(store)
    watched.later()
    assert watched.reasons() == ["webhooks_removed"]
    subscribing.reconcile(store)
    for _ in range(7):
        watched.later()
    assert watched.reasons() == ["webhooks_removed"]
    assert [subject for _, subject in runtime.storage.trigger_states.subjects(store.id)] == []


def test_silence_is_told_where_searches_find_what_no_webhook_told_of(
    watched: Watched, runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, work: Callable[[], None]
) -> None:
    orders = changes.STREAMS["orders"]
    changes.sweep(runtime.services, store, orders)
    watched.later(12 * 60)
    assert watched.told() == [], "nothing happened in the store"
    sandbox.clock.move(12 * 3600)
    shop.door(f"stores/{DEMO}/orders", {"seed": 1})
    watched.later(5)
    assert changes.sweep(runtime.services, store, orders) == 1
    watched.later()
    (payload,) = watched.told()
    assert payload["reason"] == "webhooks_silent"
    assert "6 hours" in payload["detail"]
    # One delivery, and it is over after half an hour.
    place = shop.set_stock(3)
    shop.deliver(place, 3, runtime.storage.now())
    for _ in range(7):
        watched.later()
    assert watched.reasons() == ["webhooks_silent"]
    assert [subject for _, subject in runtime.storage.trigger_states.subjects(store.id)] == []


def process(environ: Mapping[str, str], file: Path, **more: str) -> subprocess.Popen[bytes]:
    script = Path(__file__).parents[1] / "working_process.py"
    command = [sys.executable, str(script), str(file), "40", "reason", "connection_degraded"]
    return subprocess.Popen(command, env={**os.environ, **environ, **more})


def told_in(file: Path) -> list[Any]:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    # What was handed over and not marked is handed over again under its key, by which a host knows it.
    return sorted({(dedupe, reason) for _, dedupe, reason in lines})


@pytest.mark.slow
@pytest.mark.parametrize("point", ["computed_before_commit", "computed_after_commit", "after_emit"])
def test_a_process_that_dies_while_it_looks_tells_an_episode_once(
    runtime: Runtime, sandbox: Sandbox, store: Store, environ: dict[str, str], tmp_path: Path, point: str
) -> None:
    end(sandbox, runtime, store)
    file, dead = tmp_path / "emitted", tmp_path / "dead"
    dead.mkdir()
    armed = {"ATOM_SHOPIFY_CRASH_AT": point, "ATOM_SHOPIFY_CRASH_ONCE": str(dead)}
    assert process(environ, file, **armed).wait(60) == -signal.SIGKILL
    assert process(environ, file).wait(60) == 0
    assert process(environ, file).wait(60) == 0
    assert [reason for _, reason in told_in(file)] == ["token"]


@pytest.mark.slow
def test_two_processes_tell_an_episode_once(
    runtime: Runtime, sandbox: Sandbox, store: Store, environ: dict[str, str], tmp_path: Path
) -> None:
    end(sandbox, runtime, store)
    file = tmp_path / "emitted"
    processes = [process(environ, file) for _ in range(2)]
    assert [one.wait(60) for one in processes] == [0, 0]
    assert [reason for _, reason in told_in(file)] == ["token"]
