"""The copy of a store follows what the store shows to the app, and the days of the store."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from copying import copy, settle

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.sandbox.store import number
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage.insight.sync_runs import StreamState
from atom_shopify_plugin.sync import mirror

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

ADA = Principal("ada")


@pytest.fixture
def again(runtime: Runtime, store: Store, regranted: Callable[[str], None]) -> Callable[[set[str]], Store]:
    """Connect the store again with more or fewer scopes, where a host is there."""
    runtime.host.emit = lambda _event: None
    runtime.jobs = Jobs(runtime.services, threads=0, backoff=0.0)

    def connect(scopes: set[str]) -> Store:
        regranted(",".join(sorted(scopes)))
        return runtime.stores.by_name(ADA, str(store.shop))

    return connect


def orders_of(runtime: Runtime, store: Store) -> set[int]:
    with runtime.storage.begin() as session:
        found = runtime.storage.mirrors.lock(session, store)
        return {one for one, _ in runtime.storage.mirrored_orders.ids(session, found)}


def state_of(runtime: Runtime, store: Store) -> StreamState:
    return next(state for state in mirror.states(runtime.services, store) if state.stream == "orders")


def deliver(runtime: Runtime, store: Store, topic: str, payload: dict[str, Any]) -> None:
    body, moment = json.dumps(payload).encode(), datetime.now(UTC).isoformat()
    signature = sign(body, Secret("sandbox-secret"))
    delivery = Delivery(signature, topic, store.shop.name, str(uuid.uuid4()), triggered_at=moment)
    assert runtime.intake.receive(delivery, body, is_json=True).new


def test_an_order_that_is_not_shown_any_more_is_not_taken_for_deleted(
    runtime: Runtime, sandbox: Sandbox, store: Store, again: Callable[[set[str]], Store]
) -> None:
    real = sandbox.store(store.shop.name).all("Order")
    old = min(real.values(), key=lambda order: str(order["createdAt"]))
    old["createdAt"] = "2026-01-02T10:00:00Z"
    number_of_old = int(number(old["id"]))
    everything = again({*store.granted_scopes, "read_all_orders"})
    assert copy(runtime, everything)["orders"].earliest is None
    assert number_of_old in orders_of(runtime, everything)
    limited = again(set(store.granted_scopes) - {"read_all_orders"})
    for _ in range(2):  # a webhook told of it, and the nightly comparison does not list it
        runtime.storage.changed_things.mark(limited.id, "orders", number_of_old)
        copy(runtime, limited, task="check")
    assert number_of_old in orders_of(runtime, limited)
    young = max(orders_of(runtime, limited))
    for gone in (number_of_old, young):
        del real[f"gid://shopify/Order/{gone}"]
        deliver(runtime, limited, "orders/delete", {"id": gone})
    settle(runtime)
    assert orders_of(runtime, limited) == {int(number(gid)) for gid in real}


def test_older_orders_are_read_once_they_are_shown(
    runtime: Runtime, sandbox: Sandbox, store: Store, again: Callable[[set[str]], Store]
) -> None:
    real = sandbox.store(store.shop.name).all("Order")
    old = min(real.values(), key=lambda order: str(order["createdAt"]))
    old["createdAt"] = "2026-01-02T10:00:00Z"
    assert copy(runtime, store)["orders"].earliest is not None
    assert len(orders_of(runtime, store)) == len(real) - 1
    more = again({*store.granted_scopes, "read_all_orders"})
    settle(runtime)
    assert len(orders_of(runtime, more)) == len(real)
    assert state_of(runtime, more).earliest is None


def test_days_follow_the_time_zone_that_the_store_has_now(
    runtime: Runtime, sandbox: Sandbox, store: Store, again: Callable[[set[str]], Store]
) -> None:
    copy(runtime, store)
    sandbox.store(store.shop.name).timezone = "Pacific/Auckland"
    moved = again(set(store.granted_scopes))
    copy(runtime, moved)
    found = runtime.storage.mirrors.get(moved.id)
    assert found is not None
    assert found.timezone == "Pacific/Auckland"
    for given in ({"period": "last_month"}, {"period": "last_30_days", "compare": True}):
        answers = [runtime.actions.run(Call(ADA, "report_generate", given)).data]
        runtime.storage.mirrors.drop(moved.id)
        answers.append(runtime.actions.run(Call(ADA, "report_generate", given)).data)
        assert [answer["source"] for answer in answers] == ["mirror", "orders"]
        assert answers[0]["totals"] == answers[1]["totals"]
        copy(runtime, moved)
