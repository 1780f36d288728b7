"""What a store lets this app do, and what is hidden and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]


def by_key(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in rows}


def test_each_action_and_trigger_is_compared_with_what_the_store_grants(
    run: Run, regranted: Callable[[str], None], runtime: Runtime
) -> None:
    regranted("read_products,write_inventory")
    found = run("store_health")
    assert found["status"] == "degraded"
    assert {"read_products", "read_inventory", "write_inventory"} <= set(found["granted_scopes"])
    actions, triggers = by_key(found["actions"]), by_key(found["triggers"])
    assert set(actions) == set(runtime.catalog.actions)
    assert set(triggers) == set(runtime.catalog.triggers)
    assert actions["product_search"]["missing_scopes"] == []
    assert actions["product_update"]["missing_scopes"] == ["write_products"]
    assert actions["graphql_query"]["missing_scopes"] == []
    assert triggers["order_created"]["missing_scopes"] == ["read_orders"]
    assert {"read_orders", "write_products"} <= set(found["missing_scopes"])
    assert found["protected_customer_data"] == "unknown"
    assert "Orders created more than 60 days ago" in [one["what"] for one in found["hidden"]]
    assert all(one["remedy"] for one in found["hidden"])


def test_with_every_scope_nothing_is_missing(run: Run, regranted: Callable[[str], None], runtime: Runtime) -> None:
    hiding = {limit.scope for action in runtime.catalog.actions.values() for limit in action.limits}
    groups = [*runtime.catalog.actions.values(), *runtime.catalog.triggers.values()]
    needed = {group[0] for entry in groups for group in entry.scopes}
    regranted(",".join(sorted(runtime.settings.scopes | hiding | needed | {"read_all_orders"})))
    found = run("store_health")
    assert found["missing_scopes"] == []
    assert found["protected_customer_data"] == "approved"
    assert found["hidden"] == []
    assert found["api"]["version"] == found["api"]["served"] == "2026-10"
    assert found["rate_limit"]["available"] <= found["rate_limit"]["maximum"]


def test_an_app_without_approval_is_told_so(run: Run, sandbox: Sandbox) -> None:
    denied = {
        "message": "This app is not approved to access the Customer object.",
        "extensions": {"code": "ACCESS_DENIED"},
        "path": ["customers"],
    }
    answer = json.dumps({"data": {"customers": None}, "errors": [denied]})
    sandbox.faults.add({"kind": "status", "status": 200, "body": answer, "match": {"subject": "AnyQuery"}})
    found = run("store_health")
    assert found["protected_customer_data"] == "not_approved"
    assert any("protected customer data" in one["why"] for one in found["hidden"])


def test_subscriptions_are_counted_and_found_at_their_triggers(run: Run) -> None:
    run("webhook_create", topic="PRODUCTS_CREATE", uri="https://example.com/hooks/made")
    found = run("store_health")
    assert "PRODUCTS_CREATE" in found["webhooks"]["topics"]
    assert found["webhooks"]["count"] >= 1
    assert by_key(found["triggers"])["product_created"]["subscribed"] is True


def test_the_chat_says_what_is_missing(
    runtime: Runtime, principal: Principal, run: Run, regranted: Callable[[str], None]
) -> None:
    regranted("read_products")
    reply = runtime.chat.answer(principal, "health")
    assert reply is not None
    assert reply.ok, reply.text
    assert "Scopes that are missing:" in reply.text
    assert "API version 2026-10" in reply.text
