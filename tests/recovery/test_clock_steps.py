"""A clock that was ahead, and has gone back: nothing waits until the old time comes again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eventkit import encoded, headers_of, order
from ports import free_port
from served import assert_each_became_one_event, children, end, serving, settle, start
from test_troubled_starts import connect

from atom_shopify_plugin.health.report import Health
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Begun, Grant, Interrupted, NewEvent, NewJob, Storage, Store

DEMO = ShopDomain("demo.myshopify.com")
KINDS = ["delivery"]
KEY = ("k1", Secret("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="))


# -- processes


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {
        **environ,
        "ATOM_SHOPIFY_WORKER_THREADS": "0",
        "ATOM_HOST_DATA_DIR": str(tmp_path / "host"),
        "ATOM_SHOPIFY_ENDPOINT": "http://127.0.0.1:9",  # nobody listens there: Shopify is away
        "ATOM_SHOPIFY_PUBLIC_URL": "http://127.0.0.1:9",
    }


@pytest.mark.parametrize("ahead", ["+1 hour", "+10 minutes"])
def test_deliveries_from_before_a_step_are_worked_off_at_once(
    environ: dict[str, str], tmp_path: Path, ahead: str
) -> None:
    settings = Settings.from_environ(environ)
    connect(settings)
    webhook_ids = {f"w{number}" for number in range(5)}
    with serving(environ, tmp_path / "server.log", free_port()) as server:
        for number, webhook_id in enumerate(sorted(webhook_ids)):
            body = encoded(order(number))
            assert server.post(body, headers_of(body, "orders/create", webhook_id=webhook_id)) == 200
        # As if all of it had been written before the clock went back.
        with closing(sqlite3.connect(settings.data_dir / "atom-shopify.db")) as database, database:
            moments = ("created_at", "updated_at", "available_at")
            moved = ", ".join(f"{name} = datetime({name}, '{ahead}')" for name in moments)
            assert database.execute(f"UPDATE shopify_jobs SET {moved}").rowcount == 5  # noqa: S608  # our own names
            if ahead == "+10 minutes":  # longer waits are not believed, whether or not somebody has seen the step
                database.execute("UPDATE shopify_pulse SET at = datetime(at, ?)", (ahead,))
        worker = start(server.environ, tmp_path / "worker.log", "worker")
        try:
            assert settle(lambda: bool(children(worker.pid)))
            assert_each_became_one_event(server, webhook_ids, 60.0)
        finally:
            end(worker)


# -- the storage, kind by kind


class Clock:
    """The machine's clock, which is put back."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_storage(migrated_database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Callable[[], Storage]]:
    opened: list[Storage] = []
    settings = Settings(data_dir=tmp_path, database_url=migrated_database_url, encryption_keys=(KEY,))

    def open_one() -> Storage:
        opened.append(Storage(settings, clock=clock))
        return opened[-1]

    yield open_one
    for storage in opened:
        storage.close()


@pytest.fixture
def storage(open_storage: Callable[[], Storage]) -> Storage:
    return open_storage()


@pytest.fixture
def demo(storage: Storage) -> Store:
    grant = Grant(
        app="app", shop=DEMO, shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR", timezone="UTC",
        kind="expiring", scope="read_orders", granted_scopes=frozenset({"read_orders"}), access=Secret("shpat_test"),
        refresh=Secret("shprt_test"),
    )  # fmt: skip
    return storage.installations.grant(grant, Principal("ada"))


def new(name: str, **values: Any) -> NewJob:
    return replace(NewJob(kind="delivery", app="app", shop=DEMO.name, dedupe=name, subject="orders/create"), **values)


@pytest.mark.parametrize("back", [3600.0, 600.0])
def test_a_job_that_was_placed_before_a_step_is_due(storage: Storage, clock: Clock, back: float) -> None:
    storage.pulses.look()
    storage.jobs.put(new("fresh"))
    storage.jobs.put(new("put off", delay=60.0))
    clock.move(-back)
    assert storage.jobs.claim("w", KINDS, 30.0) is None
    storage.jobs.next_due(KINDS)  # a worker that finds nothing asks when there will be something
    assert {
        job.dedupe for job in (storage.jobs.claim("w", KINDS, 30.0), storage.jobs.claim("w", KINDS, 30.0)) if job
    } == {
        "fresh",
        "put off",
    }


def test_a_step_that_nobody_has_noted_is_found_by_a_wait_that_is_too_long(
    open_storage: Callable[[], Storage], clock: Clock
) -> None:
    writer, worker = open_storage(), open_storage()
    worker.jobs.next_due(KINDS)
    clock.move(3600)
    writer.jobs.put(new("from a clock that is ahead"))
    clock.move(-3600)
    assert worker.pulses.clock().ahead == 1
    assert worker.jobs.next_due(KINDS) == 0.0
    assert worker.jobs.claim("w", KINDS, 30.0) is not None
    assert worker.pulses.clock().ahead == 0


def test_pauses_that_are_meant_are_kept(storage: Storage, clock: Clock) -> None:
    storage.pulses.look()
    job = storage.jobs.put(new("put off", delay=890.0))
    assert job.new
    for _ in range(3):
        clock.move(60)
        storage.pulses.look()
        assert storage.jobs.next_due(KINDS) == pytest.approx(890.0 - 60.0 * (_ + 1))
    clock.move(-3)  # what NTP does all day
    storage.pulses.look()
    assert storage.jobs.claim("w", KINDS, 30.0) is None


def test_a_worker_that_lives_keeps_its_job_and_a_dead_one_loses_it(storage: Storage, clock: Clock) -> None:
    storage.pulses.look()
    storage.jobs.put(new("one"))
    held = storage.jobs.claim("alive", KINDS, 30.0)
    assert held is not None
    clock.move(-3600)
    storage.pulses.look()
    assert storage.jobs.claim("other", KINDS, 30.0) is None
    clock.move(20)
    assert storage.jobs.heartbeat(held, 30.0)
    clock.move(20)
    assert storage.jobs.claim("other", KINDS, 30.0) is None
    clock.move(20)
    taken = storage.jobs.claim("other", KINDS, 30.0)
    assert taken is not None
    assert taken.taken_over
    assert not storage.jobs.finish(held)


def test_a_lease_on_a_token_ends_although_the_clock_went_back(storage: Storage, demo: Store, clock: Clock) -> None:
    assert storage.tokens.lease(demo.id, demo.token_version, 15.0)
    assert storage.tokens.lease(demo.id, demo.token_version, 15.0) is None
    clock.move(-3600)
    assert storage.tokens.lease(demo.id, demo.token_version, 15.0)


def test_a_call_that_died_before_a_step_does_not_run_for_another_hour(
    storage: Storage, demo: Store, clock: Clock
) -> None:
    call = (demo.id, Principal("ada"), "product_create", "key", "hash", 60.0)
    assert isinstance(storage.idempotency.begin(*call), Begun)
    clock.move(-3600)
    assert isinstance(storage.idempotency.begin(*call), Interrupted)


def test_a_yes_and_a_state_live_no_longer_than_was_said(storage: Storage, demo: Store, clock: Clock) -> None:
    ada = Principal("ada")
    issued = (ada, demo.id, "product_delete", "hash")
    late, soon = storage.confirmations.issue(*issued), storage.confirmations.issue(*issued)
    clock.move(-10)
    assert storage.confirmations.consume(soon, *issued)
    clock.move(-3590)
    assert not storage.confirmations.consume(late, *issued)
    state = storage.oauth_states.issue(ada, DEMO, browser="b" * 43, return_to="stores")
    clock.move(-3600)
    with pytest.raises(Exception, match="too long ago"):
        storage.oauth_states.consume(state, ada, browser="b" * 43)


def test_events_sweeps_and_parked_jobs_wait_for_no_old_time(storage: Storage, demo: Store, clock: Clock) -> None:
    storage.pulses.look()
    event = NewEvent(trigger="t", dedupe_key="d", app="app", shop=DEMO.name, installation_id=demo.id, payload=b"{}")
    storage.events.put(event)
    storage.cursors.set(demo.id, "orders")
    storage.jobs.put(new("slot 7", kind="orders"))
    sweep = storage.jobs.claim("w", ["orders"], 30.0)
    assert sweep is not None
    storage.jobs.finish(sweep)
    storage.jobs.put(new("waits for its store", installation_id=demo.id, epoch=1))
    storage.jobs.park(demo.id, "The store is away.")
    assert storage.installed.unchecked("orders", 900.0) == []
    assert not storage.jobs.put(new("slot 7", kind="orders")).new
    clock.move(-3600)
    assert storage.pulses.look() == 3600.0
    assert storage.installed.unchecked("orders", 900.0) == [demo.id]
    assert storage.jobs.put(new("slot 7", kind="orders")).new, "The slot comes a second time, and so does its sweep."
    clock.move(61)
    assert [found.dedupe_key for found in storage.events.pending()] == ["d"]
    assert storage.jobs.unpark() == 1


def test_health_tells_of_a_step_and_of_what_waits(storage: Storage, clock: Clock) -> None:
    runtime = Runtime(storage._settings)
    runtime.__dict__["storage"] = storage

    def of(name: str) -> Any:
        return {check.name: check for check in Health(runtime.services, seconds=30.0).checks()}[name]

    assert of("clock").status == "ok"
    storage.jobs.put(new("one"))
    clock.move(-3600)
    waiting = of("clock")
    assert (waiting.status, waiting.data["waiting_ahead"]) == ("degraded", 1)
    storage.pulses.look()
    stepped = of("clock")
    assert (stepped.status, stepped.data["waiting_ahead"], stepped.data["stepped_back_seconds"]) == (
        "degraded",
        0,
        3600,
    )
    assert "went back by 3600 s" in stepped.detail
    clock.move(3700)
    assert of("clock").status == "ok"
    runtime.__dict__.pop("storage")
    runtime.close()
