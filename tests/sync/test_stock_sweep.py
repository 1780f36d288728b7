"""Stock that webhooks did not tell of is found, taken over, and told once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from stockshop import StockShop
from werkzeug.serving import make_server

from atom_shopify_plugin.actions.call import Call
from atom_shopify_plugin.health.slo import window
from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.store import number
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.storage.calls.audit import Audit
from atom_shopify_plugin.sync import stock, upkeep


def told(emitted: list[Event]) -> list[int]:
    return [event.payload["available"] for event in emitted if event.key == "inventory_level_updated"]


def run_missed(runtime: Runtime) -> None:
    """Run what waits for its time now."""
    for job in runtime.storage.jobs.list(kind=stock.TELL, states=["pending"], limit=250):
        assert runtime.storage.jobs.discard(job.id)
        assert runtime.storage.jobs.replay(job.id)
    while runtime.jobs.run_one():
        pass


def test_the_first_sweep_takes_over_all_stock_and_tells_nothing(
    runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event]
) -> None:
    assert stock.sweep(runtime.services, store) == 0
    assert shop.known(store) == shop.stock() != {}
    run_missed(runtime)
    assert told(emitted) == []


def test_a_change_without_a_webhook_is_found_and_told_once(
    runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event]
) -> None:
    stock.sweep(runtime.services, store)
    place = shop.set_stock(17)
    assert stock.sweep(runtime.services, store) == 1
    assert shop.known(store)[place] == 17
    assert stock.sweep(runtime.services, store) == 0
    run_missed(runtime)
    assert told(emitted) == [17]


def test_a_webhook_that_comes_after_the_sweep_tells_nothing_again(
    runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event]
) -> None:
    stock.sweep(runtime.services, store)
    place = shop.set_stock(17)
    stock.sweep(runtime.services, store)
    run_missed(runtime)
    shop.deliver(place, 17, shop.changed_at(place))
    shop.deliver(place, 3, shop.changed_at(place))
    shop.deliver(place, 4, shop.changed_at(place) - timedelta(seconds=5))
    run_missed(runtime)
    assert told(emitted) == [17]
    assert shop.known(store)[place] == 17


def test_a_webhook_that_only_waited_is_not_told_twice(
    runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event], work: Callable[[], None]
) -> None:
    stock.sweep(runtime.services, store)
    place = shop.set_stock(17)
    shop.deliver(place, 17, shop.changed_at(place))  # stored, and nobody has worked on it
    assert stock.sweep(runtime.services, store) == 1
    work()
    run_missed(runtime)
    assert told(emitted) == [17]


def test_a_change_that_was_told_is_no_drift(
    runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event], work: Callable[[], None]
) -> None:
    stock.sweep(runtime.services, store)
    place = shop.set_stock(17)
    shop.deliver(place, 17, shop.changed_at(place))
    work()
    assert stock.sweep(runtime.services, store) == 0
    run_missed(runtime)
    assert told(emitted) == [17]


def test_a_fresh_change_is_left_to_its_webhook(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store
) -> None:
    stock.sweep(runtime.services, store)
    sandbox.clock.move(600)
    place = shop.set_stock(17)
    assert stock.sweep(runtime.services, store) == 0
    assert shop.known(store)[place] != 17
    shop.deliver(place, 17, shop.changed_at(place))
    while runtime.jobs.run_one():
        pass
    assert shop.known(store)[place] == 17


def test_what_the_plugin_wrote_itself_is_told_and_no_drift(
    runtime: Runtime, shop: StockShop, sandbox: Sandbox, store: Store, emitted: list[Event]
) -> None:
    stock.sweep(runtime.services, store)
    runtime.actions.run(Call(Principal("ada"), "inventory_set", {"sku": "MUG-BLUE", "quantity": 17}))
    with runtime.storage.begin() as session:  # the write was ten minutes ago, when the store lives
        session.execute(update(Audit).values(at=runtime.storage.now() - timedelta(minutes=10)))
    assert stock.sweep(runtime.services, store) == 0
    run_missed(runtime)
    assert told(emitted) == [17]
    assert stock.check(runtime.services).status == "ok"
    sandbox.clock.move(60)
    shop.set_stock(3, "MUG-RED")
    assert stock.sweep(runtime.services, store) == 1, "what somebody else changes is drift all the same"


def test_drift_is_shown_in_health_until_the_next_sweep_finds_none(
    runtime: Runtime, shop: StockShop, store: Store
) -> None:
    stock.sweep(runtime.services, store)
    assert stock.check(runtime.services).status == "ok"
    shop.set_stock(17)
    stock.sweep(runtime.services, store)
    runtime.health.seconds = 30.0  # a busy machine has time to answer
    (check,) = (check for check in runtime.health.checks() if check.name == "stock")
    assert (check.status, check.data["drift"]) == ("degraded", 1)
    stock.sweep(runtime.services, store)
    assert stock.check(runtime.services).status == "ok"


def test_the_accuracy_of_the_stock_is_measured_by_sweeps(runtime: Runtime, shop: StockShop, store: Store) -> None:
    def measured() -> float | None:
        accuracy: float | None = window(runtime.services.storage, 1)["inventory_accuracy"]
        return accuracy

    assert measured() is None
    stock.sweep(runtime.services, store)
    assert measured() == 1.0
    shop.set_stock(17)
    stock.sweep(runtime.services, store)
    assert measured() == pytest.approx(1 - 1 / len(shop.stock()), abs=1e-6)
    stock.sweep(runtime.services, store)
    assert measured() == 1.0


def test_due_stores_are_swept_by_upkeep_once(
    runtime: Runtime, shop: StockShop, store: Store, work: Callable[[], None]
) -> None:
    for _ in range(3):
        upkeep.upkeep(runtime.services)
    assert len(runtime.storage.jobs.list(kind=stock.STREAM)) == 1
    work()
    assert shop.known(store) == shop.stock()
    upkeep.upkeep(runtime.services)
    assert len(runtime.storage.jobs.list(kind=stock.STREAM)) == 1


def test_upkeep_keeps_idle_tokens_alive(environ: dict[str, str], sandbox: Sandbox, runtime: Runtime) -> None:
    sandbox.clock.move(0)
    shop = StockShop(runtime, sandbox, Principal("ada"))
    assert shop
    (store,) = runtime.storage.memberships.stores(Principal("ada"))
    runtime.storage.clock = lambda: datetime.now(UTC) + timedelta(days=61)
    upkeep.upkeep(runtime.services)
    (later,) = runtime.storage.memberships.stores(Principal("ada"))
    assert later.token_version > store.token_version


def test_a_store_that_keeps_its_stock_to_itself_is_left_in_peace(
    runtime: Runtime, sandbox: Sandbox, shop: StockShop, store: Store, work: Callable[[], None]
) -> None:
    sandbox.account(store.shop.name).set_scopes("sandbox-key", frozenset({"read_products"}))
    runtime.connections.refresh(Principal("ada"), store.shop)
    upkeep.upkeep(runtime.services)
    work()
    assert runtime.storage.levels.count(store.id) == 0
    assert runtime.storage.jobs.backlog()["dead"] == 0


@pytest.fixture
def storm(
    runtime: Runtime, sandbox: Sandbox, app: Flask, shop: StockShop, store: Store, emitted: list[Event]
) -> Callable[[int], None]:
    """Let stock change many times, while a tenth of the webhooks is lost, a tenth comes twice, and all in disorder."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    stock.sweep(runtime.services, store)

    def run(changes: int) -> None:
        runtime.jobs = Jobs(runtime.services, threads=6, backoff=0.1)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            shop.subscribe(store, f"http://127.0.0.1:{server.port}/api/shopify/webhooks")
            shop.door("webhooks", {"drop": 0.1, "duplicate": 0.1, "shuffle": True, "seed": 3})
            shop.door(f"stores/{store.shop}/inventory/storm", {"changes": changes, "seed": 5})
            assert sandbox.deliveries.settle(60 + changes / 10)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        while runtime.storage.jobs.backlog()["pending"] > 0:
            threading.Event().wait(0.05)
        assert runtime.jobs.drain(60)
        runtime.jobs = Jobs(runtime.services, threads=0)

    return run


def check_stock(runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event]) -> None:
    """Sweep, and find the known stock right on every level, and what was missed told at last."""
    real, known = shop.stock(), shop.known(store)
    missed = {place for place in real if known[place] != real[place]}
    assert missed, "the last change of every level was told: the storm proves nothing"
    assert stock.sweep(runtime.services, store) == len(missed)
    assert shop.known(store) == real
    run_missed(runtime)
    # A host counts an event once for its dedupe key, under which it may come again.
    by_webhook, by_sweep = set(), set()
    for event in {event.dedupe_key: event for event in emitted}.values():
        payload = event.payload
        second = datetime.fromisoformat(payload["updated_at"]).astimezone(UTC).replace(microsecond=0)
        place = int(number(payload["inventory_item_id"])), int(number(payload["location_id"]))
        state = place, payload["available"], second
        (by_sweep if "sweep|" in event.dedupe_key else by_webhook).add(state)
    assert by_sweep
    assert by_sweep & by_webhook == set()
    told_of = {(place, number) for place, number, _ in by_sweep | by_webhook}
    assert [place for place in missed if (place, real[place]) not in told_of] == []


@pytest.mark.slow
def test_after_a_storm_with_lost_doubled_and_shuffled_webhooks_the_stock_is_right(
    runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event], storm: Callable[[int], None]
) -> None:
    # SQLite waits for the disk at each commit, and here nothing groups them.
    storm(2_000 if runtime.storage.engine.dialect.name == "postgresql" else 200)
    check_stock(runtime, shop, store, emitted)


@pytest.mark.soak
def test_after_a_storm_of_twenty_thousand_changes_the_stock_is_right(
    runtime: Runtime, shop: StockShop, store: Store, emitted: list[Event], storm: Callable[[int], None]
) -> None:
    storm(20_000)
    check_stock(runtime, shop, store, emitted)
