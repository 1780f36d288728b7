"""Read-only stores and callers over REST and on the pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from webhost import PEOPLE, Caller, data_of, error_of
from webrows import PAGE_ROWS, ROWS

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.storage import Store

STORES = "/api/shopify/stores"
SWITCH = f"{STORES}/demo.myshopify.com/read-only"
MUG = {"title": "Mug"}
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:5058", "Accept": "text/html"}
ACTIONS = packaged().actions


def journal(sandbox: Sandbox) -> list[str]:
    return [effect.operation for effect in sandbox.store("demo.myshopify.com").journal]


def test_an_owner_makes_a_store_read_only_and_writable_again(ada: Caller, sandbox: Sandbox) -> None:
    assert data_of(ada.get(STORES))[0]["read_only"] is False
    assert data_of(ada.put(SWITCH, {"read_only": True}))["read_only"] is True
    assert data_of(ada.get(STORES))[0]["read_only"] is True
    refused = ada.post("/api/shopify/products", MUG)
    error = error_of(refused)
    assert (refused.status_code, error["code"], error["retryable"]) == (403, "READ_ONLY", False)
    assert error["details"]["reason"] == "store"
    assert ada.post("/api/shopify/products?dry_run=true", MUG).status_code == 200
    assert ada.get("/api/shopify/products").status_code == 200
    health = ada.get("/api/shopify/health/tokens").json
    assert health is not None
    assert health["token_health"]["read_only"] is True
    assert data_of(ada.get("/api/shopify/shop/health"))["read_only"] is True
    assert journal(sandbox) == []
    assert data_of(ada.put(SWITCH, {"read_only": False}))["read_only"] is False
    assert ada.post("/api/shopify/products", MUG).status_code == 201
    turns = [entry for entry in data_of(ada.get("/api/shopify/audit"))["items"] if entry["action"] != "product_create"]
    assert [(entry["subject"], entry["action"]) for entry in turns] == [
        ("ada", "store_writable"),
        ("ada", "store_read_only"),
    ]


@pytest.mark.parametrize("body", [{}, {"read_only": None}, {"read_only": "yes"}, {"read_only": 1}, {"off": True}, []])
def test_a_body_that_says_something_else_switches_nothing(ada: Caller, body: object) -> None:
    assert ada.put(SWITCH, body).status_code == 400
    assert data_of(ada.get(STORES))[0]["read_only"] is False


def test_a_member_can_not_switch(ada: Caller, caller: Callable[[str], Caller], runtime: Runtime, store: Store) -> None:
    runtime.storage.memberships.add(PEOPLE["colleague"], store.id)
    refused = caller("colleague").put(SWITCH, {"read_only": True})
    assert (refused.status_code, error_of(refused)["code"]) == (403, "FORBIDDEN")
    assert data_of(ada.get(STORES))[0]["read_only"] is False


def test_further_subscriptions_are_writes(ada: Caller) -> None:
    ada.put(SWITCH, {"read_only": True})
    path = "/api/shopify/enhanced/webhooks"
    assert error_of(ada.post(path, {"topic": "carts/update"}))["code"] == "READ_ONLY"
    assert error_of(ada.delete(f"{path}?id=1"))["code"] == "READ_ONLY"
    assert ada.get(path).status_code == 200


def test_the_page_shows_and_turns_the_switch(app: Flask, store: Store, sandbox: Sandbox) -> None:
    tab = app.test_client()
    tab.set_cookie("session", "ada")
    assert "Make read-only" in tab.get("/shopify").text
    done = tab.post("/shopify/stores/demo.myshopify.com/read-only", headers=OWN, follow_redirects=True)
    assert "demo.myshopify.com is read-only: nothing changes it through ATOM." in done.text
    assert "Make read-only" not in done.text
    reply = tab.post("/shopify/chat", data={"text": "hold #1002"}, headers=OWN)
    assert "is read-only in ATOM" in reply.text
    assert journal(sandbox) == []
    done = tab.post("/shopify/stores/demo.myshopify.com/writable", headers=OWN, follow_redirects=True)
    assert "can be changed through ATOM again" in done.text


def test_the_page_shows_a_member_no_switch(app: Flask, runtime: Runtime, store: Store) -> None:
    runtime.storage.memberships.add(PEOPLE["colleague"], store.id)
    tab = app.test_client()
    tab.set_cookie("session", "colleague")
    page = tab.get("/shopify").text
    assert "demo.myshopify.com" in page
    assert "Make read-only" not in page
    assert tab.post("/shopify/stores/demo.myshopify.com/read-only", headers=OWN).status_code == 403


def test_a_read_only_caller_changes_nothing_by_any_route(
    caller: Callable[[str], Caller], store: Store, sandbox: Sandbox
) -> None:
    """Whoever only looks gets READ_ONLY, or what stands in the way before a write begins, from each route but reads."""
    looker = caller("looker")
    for name, row in (*ROWS, *PAGE_ROWS):
        looks = row.method == "GET" and name != "oauth_authorize"
        if looks or name in ("page_chat", "audit_undo"):
            continue
        action = ACTIONS.get(name)
        if action is not None and action.effect == "read":
            continue
        answer = looker.send(row.method, row.path, **({"json": row.body} if row.body is not None else {}))
        told = (name, answer.status_code, error_of(answer)["code"])
        assert told == (name, 403, "READ_ONLY") or (action is not None and answer.status_code in (400, 404)), told
    assert journal(sandbox) == []


def test_acting_for_somebody_else_takes_no_limit_away(
    caller: Callable[[str], Caller], store: Store, sandbox: Sandbox
) -> None:
    refused = caller("looking-service").post("/api/shopify/products?user_id=ada", MUG)
    assert (refused.status_code, error_of(refused)["code"]) == (403, "READ_ONLY")
    assert journal(sandbox) == []


def test_a_read_only_caller_looks_and_previews(caller: Callable[[str], Caller], store: Store) -> None:
    looker = caller("looker")
    assert looker.get("/api/shopify/products").status_code == 200
    assert looker.get("/shopify").status_code == 200
    assert looker.post("/api/shopify/products?dry_run=true", MUG).status_code == 200
