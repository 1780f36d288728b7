"""One call for several stores: one result each, and an end of its own in each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.call import Call, Outcome
from atom_shopify_plugin.actions.fanout import StoreResults
from atom_shopify_plugin.errors import ConfirmationNeeded, InvalidInput, NotFound, StoreNotConnected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.accounts import CUSTOM_APP
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

DEMO, OUTLET = "demo.myshopify.com", "outlet.myshopify.com"
Everywhere = Callable[..., StoreResults]


@pytest.fixture
def outlet(runtime: Runtime, sandbox: Sandbox, principal: Principal, store: Store) -> Store:
    """A second store of the same person, which has not granted to write products."""
    scopes = runtime.settings.scopes - {"write_products"}
    token = Secret(sandbox.issue_admin_token(OUTLET, scopes=scopes))
    return runtime.connections.connect_token(principal, ShopDomain(OUTLET), token)


@pytest.fixture
def everywhere(runtime: Runtime, principal: Principal, outlet: Store) -> Everywhere:
    """Run an action in both stores."""

    def everywhere(action: str, given: dict[str, Any], shop: Any = "all", **call: Any) -> StoreResults:
        results = runtime.fanout.run(Call(principal, action, given, **call), shop)
        assert isinstance(results, StoreResults)
        return results

    return everywhere


@pytest.fixture
def writes(sandbox: Sandbox) -> Callable[[str], list[str]]:
    """Return the operations that changed a store."""
    return lambda shop: [effect.operation for effect in sandbox.store(shop).journal]


@pytest.mark.parametrize(
    ("shop", "answered"),
    [
        ("all", [DEMO, OUTLET]),
        ("outlet,demo", [OUTLET, DEMO]),
        (["outlet", DEMO], [OUTLET, DEMO]),
        ("demo, demo.myshopify.com", [DEMO]),
        (["outlet"], [OUTLET]),
    ],
)
def test_each_named_store_answers_once_in_the_order_of_the_names(
    everywhere: Everywhere, shop: Any, answered: list[str]
) -> None:
    results = everywhere("product_search", {"limit": 2}, shop)
    assert [result["shop"] for result in results.data["stores"]] == answered
    assert results.error is None
    for result in results.data["stores"]:
        assert len(result["data"]["items"]) == 2
        assert result["meta"]["shop"] == result["shop"]


def test_one_name_is_one_call(runtime: Runtime, principal: Principal, outlet: Store) -> None:
    outcome = runtime.fanout.run(Call(principal, "store_get", {}), "outlet")
    assert isinstance(outcome, Outcome)
    assert outcome.meta["shop"] == OUTLET


def test_what_fails_in_one_store_stops_none_of_the_others(
    everywhere: Everywhere, writes: Callable[[str], list[str]]
) -> None:
    results = everywhere("product_create", {"title": "Everywhere"})
    demo, outlet = results.data["stores"]
    assert (demo["ok"], demo["data"]["title"]) == (True, "Everywhere")
    assert (outlet["ok"], outlet["error"]["code"]) == (False, "MISSING_SCOPE")
    assert results.meta == {"stores": 2, "failed": 1}
    assert results.as_dict()["ok"] is False
    assert results.as_dict()["error"]["code"] == "PARTIAL_FAILURE"
    assert results.as_dict()["error"]["details"] == {"failed": {OUTLET: "MISSING_SCOPE"}}
    assert writes(DEMO) == ["productCreate"]
    assert writes(OUTLET) == []


def test_a_key_holds_for_each_store_by_itself(everywhere: Everywhere, writes: Callable[[str], list[str]]) -> None:
    given = {"email": "fan@example.com"}
    first = everywhere("customer_create", given, idempotency_key="k")
    second = everywhere("customer_create", given, idempotency_key="k")
    assert [result["data"] for result in first.data["stores"]] == [result["data"] for result in second.data["stores"]]
    assert all(result["meta"]["replayed"] for result in second.data["stores"])
    assert writes(DEMO) == writes(OUTLET) == ["customerCreate"]


def test_a_destructive_call_asks_once_for_all_stores(
    everywhere: Everywhere, runtime: Runtime, principal: Principal, writes: Callable[[str], list[str]]
) -> None:
    made = {"topic": "ORDERS_PAID", "uri": "https://example.com/x"}
    given = {"id": runtime.actions.run(Call(principal, "webhook_create", made, shop=DEMO)).data["id"]}
    with pytest.raises(ConfirmationNeeded) as asked:
        everywhere("webhook_delete", given)
    details = asked.value.details
    assert [store["shop"] for store in details["preview"]["stores"]] == [DEMO, OUTLET]
    token = details["confirmation_token"]
    results = everywhere("webhook_delete", given, confirm=token)
    assert results.data["stores"][0]["ok"] is True
    assert writes(DEMO) == ["webhookSubscriptionCreate", "webhookSubscriptionDelete"]


def test_one_confirmation_token_is_good_once_in_each_store_that_was_previewed(
    runtime: Runtime, principal: Principal, store: Store, outlet: Store
) -> None:
    confirmations = runtime.storage.confirmations
    token = confirmations.token()
    for each in (store, outlet):
        assert confirmations.issue(principal, each.id, "product_delete", "h", token=token) == token
    assert [confirmations.consume(token, principal, each.id, "product_delete", "h") for each in (store, outlet)] == [
        True,
        True,
    ]
    assert not confirmations.consume(token, principal, store.id, "product_delete", "h")


def test_a_store_that_was_not_previewed_is_not_changed(
    runtime: Runtime, principal: Principal, outlet: Store, writes: Callable[[str], list[str]]
) -> None:
    product = runtime.actions.run(Call(principal, "product_search", {"limit": 1}, shop=DEMO)).data["items"][0]
    call = Call(principal, "product_delete", {"id": product["id"]})
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.fanout.run(call, "demo")
    token = asked.value.details["confirmation_token"]
    results = runtime.fanout.run(Call(principal, call.action, call.input, confirm=token), "all")
    assert isinstance(results, StoreResults)
    assert [result["ok"] for result in results.data["stores"]] == [True, False]
    assert writes(OUTLET) == []


@pytest.mark.parametrize(
    ("shop", "error"),
    [
        ("demo,", InvalidInput),
        ("demo,all", InvalidInput),
        ([], InvalidInput),
        (["demo", "not a shop"], InvalidInput),
        (["demo"] * 2 + [f"shop-{n}" for n in range(100)], InvalidInput),
        ("demo,elsewhere", NotFound),
    ],
)
def test_names_that_mean_no_stores_are_refused_before_anything_is_done(
    everywhere: Everywhere, writes: Callable[[str], list[str]], shop: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        everywhere("product_create", {"title": "Nowhere"}, shop)
    assert writes(DEMO) == []


def test_a_cursor_belongs_to_one_store(everywhere: Everywhere) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        everywhere("product_search", {"cursor": "x"})


def test_somebody_without_a_store_is_told_where_to_connect_one(runtime: Runtime, stranger: Principal) -> None:
    with pytest.raises(StoreNotConnected) as caught:
        runtime.fanout.run(Call(stranger, "product_search"), "all")
    assert caught.value.details["connect_url"]


def test_a_store_of_somebody_else_is_not_among_all(runtime: Runtime, stranger: Principal, outlet: Store) -> None:
    runtime.storage.memberships.add(stranger, outlet.id)
    results = runtime.fanout.run(Call(stranger, "store_get"), "all")
    assert [result["shop"] for result in results.data["stores"]] == [OUTLET]


def test_chat_answers_for_all_stores(runtime: Runtime, principal: Principal, outlet: Store) -> None:
    reply = runtime.chat.answer(principal, "list products in all my stores")
    assert reply is not None
    assert reply.ok, reply.text
    names = [store.name for store in runtime.storage.memberships.stores(principal)]
    assert reply.text.count("Mug") >= 1
    assert all(f"{name}:\n" in reply.text for name in names)
    assert [result["shop"] for result in reply.data["stores"]] == [DEMO, OUTLET]


def test_chat_tells_the_stores_in_which_it_failed(
    runtime: Runtime, principal: Principal, sandbox: Sandbox, outlet: Store
) -> None:
    sandbox.account(OUTLET).tokens.revoke(CUSTOM_APP, "all")
    reply = runtime.chat.answer(principal, "list products in every store.")
    assert reply is not None
    assert reply.ok is False
    assert reply.error is not None
    assert reply.error["code"] == "PARTIAL_FAILURE"
    assert "Mug" in reply.text
    assert "outlet" in reply.text
