"""The end of an installation and a new beginning, in whichever order the news of it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from eventkit import DEMO, OUTLET, Emitted, Shopify, connect, order

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import StoreNotConnected

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Work = Callable[[], int]
LATER, BEFORE = "2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
GONE = {"id": 1, "myshopify_domain": "demo.myshopify.com"}


def gone(store: Store) -> dict[str, object]:
    return {**GONE, "id": int(store.shop_id.rpartition("/")[2])}


def test_an_uninstall_ends_the_installation_and_fires(
    shopify: Shopify, runtime: Runtime, store: Store, principal: Principal, work: Work, emitted: Emitted
) -> None:
    shopify.deliver("app/uninstalled", gone(store), triggered_at=LATER)
    work()
    assert runtime.storage.memberships.stores(principal) == []
    assert runtime.storage.tokens.read(store.id) is None
    assert emitted.keys == ["app_uninstalled"]
    with pytest.raises(StoreNotConnected):
        runtime.actions.run(Call(principal, "store_get", {}))


def test_a_notice_that_is_older_than_the_installation_changes_nothing(
    shopify: Shopify, runtime: Runtime, store: Store, principal: Principal, work: Work, emitted: Emitted
) -> None:
    shopify.deliver("app/uninstalled", gone(store), triggered_at=BEFORE)
    work()
    assert [one.state for one in runtime.storage.memberships.stores(principal)] == ["active"]
    assert emitted.events == []
    assert runtime.actions.run(Call(principal, "store_get", {})).data["name"]


def test_a_notice_that_comes_after_the_next_installation_changes_nothing(
    shopify: Shopify,
    runtime: Runtime,
    store: Store,
    sandbox: Sandbox,
    principal: Principal,
    work: Work,
    emitted: Emitted,
) -> None:
    shopify.deliver("app/uninstalled", gone(store), triggered_at=LATER, webhook_id="first")
    work()
    again = connect(runtime, sandbox, principal, DEMO)
    assert again.epoch == store.epoch + 1
    # The same news once more, late, and another copy of it with a moment before the new installation.
    shopify.deliver("app/uninstalled", gone(store), triggered_at=LATER, webhook_id="first")
    shopify.deliver("app/uninstalled", gone(store), triggered_at=BEFORE, webhook_id="second")
    work()
    assert [one.state for one in runtime.storage.memberships.stores(principal)] == ["active"]
    assert emitted.keys == ["app_uninstalled"]


def test_an_uninstall_puts_the_jobs_of_that_store_aside_and_no_others(
    shopify: Shopify,
    runtime: Runtime,
    store: Store,
    sandbox: Sandbox,
    principal: Principal,
    work: Work,
    emitted: Emitted,
) -> None:
    connect(runtime, sandbox, principal, OUTLET)
    shopify.deliver("app/uninstalled", gone(store), triggered_at=LATER)
    shopify.deliver("orders/create", order(1))
    shopify.deliver("orders/create", order(2), shop=OUTLET.name)
    work()
    rows = {(row.subject, row.shop): row.state for row in runtime.storage.jobs.list(kind="delivery")}
    assert rows == {
        ("app/uninstalled", DEMO.name): "done",
        ("orders/create", DEMO.name): "parked",
        ("orders/create", OUTLET.name): "done",
    }
    assert [(event.key, event.shop) for event in emitted.events] == [
        ("app_uninstalled", DEMO.name),
        ("order_created", OUTLET.name),
    ]


def test_what_was_left_of_the_old_installation_is_given_up_after_a_new_one(
    shopify: Shopify,
    runtime: Runtime,
    store: Store,
    sandbox: Sandbox,
    principal: Principal,
    work: Work,
    emitted: Emitted,
) -> None:
    shopify.deliver("app/uninstalled", gone(store), triggered_at=LATER)
    shopify.deliver("orders/create", order(1))
    work()
    connect(runtime, sandbox, principal, DEMO)
    assert runtime.storage.jobs.unpark(after=0) == 1
    shopify.deliver("orders/create", order(2))
    work()
    states = {row.headers["webhook_id"]: row.state for row in runtime.storage.jobs.list(subject="orders/create")}
    assert sorted(states.values()) == ["discarded", "done"]
    assert [event.payload["name"] for event in emitted.events if event.key == "order_created"] == ["#2"]


def test_after_an_uninstall_only_what_shopify_must_tell_is_taken(
    shopify: Shopify, runtime: Runtime, store: Store, work: Work
) -> None:
    shopify.deliver("app/uninstalled", gone(store), triggered_at=LATER, webhook_id="a")
    work()
    assert shopify.deliver("orders/create", order(1)).status_code == 404
    assert shopify.deliver("app/uninstalled", gone(store), triggered_at=LATER, webhook_id="b").status_code == 200
    assert shopify.deliver("shop/redact", {"shop_id": 1, "shop_domain": DEMO.name}).status_code == 200


def test_new_scopes_are_read_from_the_store_and_not_from_the_body(
    shopify: Shopify, runtime: Runtime, store: Store, sandbox: Sandbox, work: Work, emitted: Emitted
) -> None:
    body = {"id": "gid://shopify/App/1", "previous": [], "current": ["write_everything"], "updated_at": LATER}
    with runtime.storage.begin() as session:
        from sqlalchemy import update

        from atom_shopify_plugin.storage.stores.tables import Installation

        session.execute(update(Installation).values(granted_scopes="read_products"))
    shopify.deliver("app/scopes_update", body)
    runtime.jobs.run_one()
    known = runtime.storage.installed.store(store.id)
    assert known is not None
    assert known.granted_scopes == store.granted_scopes
    assert emitted.keys == ["app_scopes_changed"]
    assert [row.kind for row in runtime.storage.jobs.list(states=["pending"])] == ["subscriptions"]


def test_another_time_zone_of_the_store_is_known_from_then_on(
    shopify: Shopify, runtime: Runtime, store: Store, sandbox: Sandbox, emitted: Emitted
) -> None:
    sandbox.store(DEMO.name).timezone = "Pacific/Auckland"
    shopify.deliver("shop/update", {**gone(store), "iana_timezone": "Europe/Paris"})  # a body that is late
    runtime.jobs.run_one()
    known = runtime.storage.installed.store(store.id)
    assert known is not None
    assert known.timezone == "Pacific/Auckland"
    assert emitted.keys == ["shop_updated"]
