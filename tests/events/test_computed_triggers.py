"""Triggers that are computed from deliveries: once for each crossing, whatever comes late, twice or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eventkit import Emitted, Shopify, order
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.events.rules import RULES, Sighting
from atom_shopify_plugin.hookspecs import Event
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.storage import Store

Work = Callable[[], int]
Wait = Callable[..., None]
LEVELS = "inventory_levels/update"
PRODUCT: dict[str, Any] = {
    "id": 632910392,
    "title": "Mug",
    "status": "draft",
    "variants": [{"id": 1, "title": "Blue", "price": "18.00"}, {"id": 2, "title": "Red", "price": "19.00"}],
}


@pytest.fixture
def wait_for(runtime: Runtime) -> Wait:
    """Say which computed triggers are waited for, and with which parameters."""

    def wait_for(key: str, *parameters: Mapping[str, Any]) -> None:
        runtime.host.triggers_in_use = lambda: frozenset({key})
        runtime.host.trigger_parameters = lambda _key: list(parameters or [{}])

    return wait_for


def level(available: int | None, minute: int = 0, item: int = 39072856) -> dict[str, Any]:
    at = datetime(2026, 10, 20, 9, tzinfo=UTC) + timedelta(minutes=minute)
    return {"inventory_item_id": item, "location_id": 7, "available": available, "updated_at": at.isoformat()}


def told(emitted: Emitted, key: str) -> list[Event]:
    return [event for event in emitted.events if event.key == key]


def test_stock_below_a_threshold_is_told_once_until_it_has_recovered_by_the_margin(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("stock_below_threshold", {"threshold": 5, "margin": 2})
    for minute, available in enumerate((9, 5, 4, 3, 5, 6, 4, 7, 4, 9)):
        shopify.deliver(LEVELS, level(available, minute))
        work()
    first, second = (event.payload for event in told(emitted, "stock_below_threshold"))
    assert (first["available"], first["previous"]) == (4, {"available": 5})
    assert (second["available"], second["previous"]) == (4, {"available": 7})
    assert first["inventory_item_id"] == "gid://shopify/InventoryItem/39072856"
    assert first["parameters"] == {"threshold": 5, "margin": 2}
    assert told(emitted, "stock_below_threshold")[0].parameters == {"threshold": 5, "margin": 2}


def test_each_subscription_has_its_own_threshold_and_equal_ones_are_one(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("stock_below_threshold", {"threshold": 5}, {"threshold": 3}, {"threshold": 5, "margin": 0})
    for minute, available in enumerate((9, 4, 2)):
        shopify.deliver(LEVELS, level(available, minute))
    work()
    assert [event.parameters for event in told(emitted, "stock_below_threshold")] == [
        {"threshold": 5, "margin": 0},
        {"threshold": 3, "margin": 0},
    ]


def test_what_comes_twice_or_late_crosses_nothing(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("stock_below_threshold")
    for minute, available in ((0, 9), (3, 2), (3, 2), (1, 8), (2, 1)):
        shopify.deliver(LEVELS, level(available, minute))  # each under a webhook id of its own
        work()
    assert [event.payload["available"] for event in told(emitted, "stock_below_threshold")] == [2]


def test_what_nobody_waits_for_is_not_computed(
    shopify: Shopify, work: Work, emitted: Emitted, runtime: Runtime, store: Store, wait_for: Wait
) -> None:
    wait_for("order_paid")
    shopify.deliver(LEVELS, level(1))
    work()
    assert told(emitted, "stock_below_threshold") == []
    assert runtime.storage.trigger_states.subjects(store.id) == []


def test_a_host_that_cannot_tell_gets_the_defaults(shopify: Shopify, work: Work, emitted: Emitted) -> None:
    shopify.deliver(LEVELS, level(4))
    work()
    assert [event.parameters for event in told(emitted, "stock_below_threshold")] == [{"threshold": 5, "margin": 0}]


def test_parameters_out_of_bounds_compute_nothing(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("stock_below_threshold", {"threshold": 0}, {"threshold": "5"}, {"treshold": 5})
    shopify.deliver(LEVELS, level(1))
    work()
    assert told(emitted, "stock_below_threshold") == []


def test_an_event_that_the_host_did_not_take_is_emitted_again_and_not_computed_again(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("stock_below_threshold")

    refusals = [1, 2, 3]

    def fail(event: Event) -> None:
        if event.key == "stock_below_threshold" and refusals:
            refusals.pop()
            raise OSError

    emitted.fail = fail
    shopify.deliver(LEVELS, level(1))
    work()
    assert refusals == []
    (event,) = told(emitted, "stock_below_threshold")
    shopify.deliver(LEVELS, level(0, 1))
    work()
    assert told(emitted, "stock_below_threshold") == [event]


def test_two_workers_at_once_tell_a_crossing_once(
    shopify: Shopify, runtime: Runtime, emitted: Emitted, wait_for: Wait
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    wait_for("stock_below_threshold")
    for minute in range(20):
        shopify.deliver(LEVELS, level(1 + minute % 4, minute))
    others = [Jobs(runtime.services, threads=0, backoff=0.0) for _ in range(4)]

    def drain(jobs: Jobs) -> None:
        while jobs.run_one():
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(drain, others))
    assert len(told(emitted, "stock_below_threshold")) == 1


def test_a_large_order_is_told_once(shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait) -> None:
    wait_for("order_high_value", {"amount": 100})
    for number, total in ((1, "99.99"), (2, "100.00"), (2, "100.00"), (3, "1000.00")):
        shopify.deliver("orders/create", order(number, total_price=total))
        work()
    events = told(emitted, "order_high_value")
    assert [event.payload["name"] for event in events] == ["#2", "#3"]
    assert events[0].payload["total_price"] == {"shop_money": {"amount": "100.00", "currency_code": "EUR"}}


def purchases(count: int, amount: str, minute: int = 0, customer: int = 5) -> dict[str, Any]:
    at = datetime(2026, 10, 20, 9, minute, tzinfo=UTC)
    return {
        "customerId": f"gid://shopify/Customer/{customer}",
        "numberOfOrders": count,
        "amountSpent": {"amount": amount, "currencyCode": "EUR"},
        "lastOrderId": "gid://shopify/Order/1",
        "occurredAt": at.isoformat(),
    }


def test_the_first_order_of_each_customer_is_told_once(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("customer_first_order")
    for minute, (count, customer) in enumerate(((0, 5), (1, 5), (1, 5), (2, 5), (1, 5), (7, 6), (1, 7))):
        shopify.deliver("customers/purchasing_summary", purchases(count, "36.00", minute, customer))
        work()
    told_of = [event.payload["id"] for event in told(emitted, "customer_first_order")]
    assert told_of == ["gid://shopify/Customer/5", "gid://shopify/Customer/7"]


def test_a_milestone_is_told_once_by_orders_or_by_the_amount(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("customer_milestone_reached", {"orders": 3}, {"orders": None, "spent": 100})
    for minute, (count, amount) in enumerate(((1, "36.00"), (2, "99.99"), (3, "100.00"), (2, "60.00"), (4, "120.00"))):
        shopify.deliver("customers/purchasing_summary", purchases(count, amount, minute))
        work()
    events = told(emitted, "customer_milestone_reached")
    assert sorted(event.payload["reached"] for event in events) == ["orders", "spent"]
    assert {event.payload["number_of_orders"] for event in events} == {"3"}


def test_a_price_that_changed_is_told_with_its_old_value(
    shopify: Shopify, work: Work, emitted: Emitted, wait_for: Wait
) -> None:
    wait_for("product_field_changed", {"field": "price"}, {"field": "status"})
    blue, red = PRODUCT["variants"]
    cheaper = {**blue, "price": "15.00"}
    states = [
        PRODUCT,
        {**PRODUCT, "title": "Cup"},
        {**PRODUCT, "variants": [cheaper, {**red, "price": "19.0"}]},
        {**PRODUCT, "status": "active", "variants": [cheaper]},
    ]
    for minute, state in enumerate(states):
        shopify.deliver("products/update", {**state, "updated_at": f"2026-10-20T09:0{minute}:00+00:00"})
        work()
    price, status = (event.payload for event in told(emitted, "product_field_changed"))
    assert price["changes"] == [
        {"variant_id": "gid://shopify/ProductVariant/1", "title": "Blue", "sku": None,
         "old_value": "18.00", "new_value": "15.00"}
    ]  # fmt: skip
    assert (price["price"], price["previous"]) == ("15.00", {"price": "18.00"})
    assert (status["status"], status["previous"]) == ("ACTIVE", {"status": "DRAFT"})


# Erasure, uninstall and reconnection


def test_a_redaction_reaches_what_is_remembered(
    shopify: Shopify, work: Work, runtime: Runtime, store: Store, wait_for: Wait
) -> None:
    runtime.host.triggers_in_use = lambda: None
    runtime.host.trigger_parameters = lambda key: [{"amount": 1}] if key == "order_high_value" else [{}]
    shopify.deliver("customers/purchasing_summary", purchases(1, "36.00"))
    shopify.deliver("orders/create", order(1))
    shopify.deliver("orders/create", order(2))
    shopify.deliver(LEVELS, level(1))
    work()
    before = {subject for _, subject in runtime.storage.trigger_states.subjects(store.id)}
    assert before >= {"customers/5", "orders/7000000001", "orders/7000000002", "inventory_levels/39072856/7"}
    request = {"shop_domain": store.shop.name, "customer": {"id": 5}, "orders_to_redact": [7_000_000_001]}
    shopify.deliver("customers/redact", request)
    work()
    after = {subject for _, subject in runtime.storage.trigger_states.subjects(store.id)}
    assert before - after == {"customers/5", "orders/7000000001"}


def test_an_uninstall_forgets_all_of_it(
    shopify: Shopify, work: Work, runtime: Runtime, store: Store, wait_for: Wait
) -> None:
    wait_for("stock_below_threshold")
    shopify.deliver(LEVELS, level(1))
    work()
    assert runtime.storage.trigger_states.subjects(store.id)
    shop = {"id": int(store.shop_id.rpartition("/")[2]), "myshopify_domain": store.shop.name}
    shopify.deliver("app/uninstalled", shop, triggered_at="2099-01-01T00:00:00Z")
    work()
    assert runtime.storage.trigger_states.subjects(store.id) == []


def test_what_was_told_once_is_forgotten_after_three_months(
    shopify: Shopify, work: Work, runtime: Runtime, store: Store, wait_for: Wait
) -> None:
    wait_for("order_high_value", {"amount": 1})
    shopify.deliver("orders/create", order(1))
    work()
    runtime.storage.cleanup()
    assert runtime.storage.trigger_states.subjects(store.id)
    later = runtime.storage.now() + timedelta(days=91)
    runtime.storage.clock = lambda: later
    assert runtime.storage.cleanup()["trigger_states"] == 1
    assert runtime.storage.trigger_states.subjects(store.id) == []


# The rules themselves


@pytest.mark.parametrize("key", ["stock_below_threshold"])
def test_any_order_of_deliveries_ends_with_the_memory_of_the_newest(key: str) -> None:
    rule = RULES["stock_below"]

    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.integers(-5, 15), max_size=30), st.integers(1, 10), st.integers(0, 5))
    def check(quantities: Sequence[int], threshold: int, margin: int) -> None:
        memory, fired, low = None, 0, False
        crossings = 0
        for minute, quantity in enumerate(quantities):
            body = level(quantity, minute)
            step = rule.step(Sighting("x", datetime.now(UTC), body), {"threshold": threshold, "margin": margin}, memory)
            memory, fired = step.state, fired + (step.fires is not None)
            if not low and quantity < threshold:
                low, crossings = True, crossings + 1
            elif low and quantity >= threshold + margin:
                low = False
        assert fired == crossings

    check()


def test_memory_is_json_without_personal_data(shopify: Shopify, work: Work, runtime: Runtime, store: Store) -> None:
    from sqlalchemy import select

    from atom_shopify_plugin.storage.work.trigger_states import TriggerState

    runtime.host.trigger_parameters = lambda key: [{"amount": 1}] if key == "order_high_value" else [{}]
    shopify.deliver("orders/create", order(1, financial_status="pending"))
    shopify.deliver("customers/purchasing_summary", purchases(1, "36.00"))
    work()
    with runtime.storage.read() as session:
        states = list(session.scalars(select(TriggerState.state)))
    assert len(states) >= 3
    assert all(isinstance(json.loads(state), dict) and "ada" not in state for state in states)


# Processes that die, and several of them


def process(environ: Mapping[str, str], file: Path, **more: str) -> subprocess.Popen[bytes]:
    script = Path(__file__).parents[1] / "working_process.py"
    return subprocess.Popen(
        [sys.executable, str(script), str(file), "40", "available"], env={**os.environ, **environ, **more}
    )


def crossings(file: Path) -> list[Any]:
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    # An event that was handed over and not marked is handed over again under its key, by which a host knows it.
    told = {dedupe: available for key, dedupe, available in lines if key == "stock_below_threshold"}
    return list(told.values())


POINTS = ["after_event_stored", "computed_before_commit", "computed_after_commit", "after_emit", "after_effect"]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_while_it_computes_loses_no_crossing_and_doubles_none(
    shopify: Shopify, environ: dict[str, str], tmp_path: Path, point: str
) -> None:
    shopify.deliver(LEVELS, level(9, 0))
    shopify.deliver(LEVELS, level(2, 1))
    shopify.deliver(LEVELS, level(1, 2))
    file, dead = tmp_path / "emitted", tmp_path / "dead"
    dead.mkdir()
    armed = {"ATOM_SHOPIFY_CRASH_AT": point, "ATOM_SHOPIFY_CRASH_ONCE": str(dead)}
    assert process(environ, file, **armed).wait(60) == -signal.SIGKILL
    assert process(environ, file).wait(60) == 0
    assert len(crossings(file)) == 1


@pytest.mark.slow
def test_two_processes_tell_each_crossing_once(shopify: Shopify, environ: dict[str, str], tmp_path: Path) -> None:
    for item in range(5):
        for minute, available in enumerate((9, 4, 3, 2)):
            shopify.deliver(LEVELS, level(available, minute, item=1_000 + item))
    file = tmp_path / "emitted"
    both = [process(environ, file), process(environ, file)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert len(crossings(file)) == 5
