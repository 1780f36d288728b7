"""An answer says what Shopify leaves out of it: orders older than 60 days without the scope for all of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.call import Call, Outcome
from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

OUTLET = ShopDomain("outlet.myshopify.com")
ADA = Principal("ada", via="test")


def connect(runtime: Runtime, sandbox: Sandbox, *more: str) -> None:
    token = Secret(sandbox.issue_admin_token(str(OUTLET), scopes=[*runtime.settings.scopes, *more]))
    runtime.connections.connect_token(ADA, OUTLET, token)


def run(runtime: Runtime, action: str, given: dict[str, Any]) -> Outcome:
    outcome = runtime.actions.run(Call(ADA, action, given, shop=str(OUTLET)))
    assert isinstance(outcome, Outcome)
    return outcome


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_list_of_orders_says_what_is_left_out_and_what_brings_it_back(runtime: Runtime, sandbox: Sandbox) -> None:
    connect(runtime, sandbox)
    (limit,) = run(runtime, "order_search", {"limit": 2}).meta["limits"]
    assert limit["code"] == "ORDERS_OF_60_DAYS"
    assert limit["missing_scopes"] == ["read_all_orders"]
    assert "outlet" in limit["connect_url"]
    assert limit["connect_url"] in limit["remedy"]


@pytest.mark.parametrize(("days", "cut"), [(90, True), (30, False)])
def test_it_says_nothing_where_nothing_older_was_asked_for(
    runtime: Runtime, sandbox: Sandbox, days: int, cut: bool
) -> None:
    connect(runtime, sandbox)
    assert ("limits" in run(runtime, "order_search", {"created_at_min": days_ago(days)}).meta) is cut


def test_it_says_nothing_with_the_scope_or_of_other_things(runtime: Runtime, sandbox: Sandbox) -> None:
    connect(runtime, sandbox, "read_all_orders")
    assert "limits" not in run(runtime, "order_search", {}).meta
    assert "limits" not in run(runtime, "product_search", {}).meta


def test_an_order_that_is_not_found_may_be_too_old(runtime: Runtime, sandbox: Sandbox) -> None:
    connect(runtime, sandbox)
    with pytest.raises(NotFound, match="60 days") as raised:
        run(runtime, "order_get", {"id": 987654321})
    assert raised.value.details["limits"][0]["missing_scopes"] == ["read_all_orders"]
    found = run(runtime, "order_search", {"limit": 1}).data["items"][0]
    assert "limits" not in run(runtime, "order_get", {"id": found["id"]}).meta


def test_chat_says_it_in_one_line_below_the_list(runtime: Runtime, sandbox: Sandbox) -> None:
    connect(runtime, sandbox)
    reply = runtime.chat.answer(ADA, "check orders", str(OUTLET))
    assert reply is not None
    assert "more than 60 days ago are left out" in reply.text.splitlines()[-1]
