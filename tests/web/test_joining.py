"""Every way to become a member of a store, to gain a role or to lose one, tried by somebody who may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from callbacks import signed
from webhost import PEOPLE, Browser, Caller, data_of, error_of

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.storage import Store

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

STORES = "/api/shopify/stores"
DEMO = f"{STORES}/demo.myshopify.com"
TOKEN = "/api/auth/shopify/token"
AUTHORIZE = "/api/auth/shopify/authorize?shop=demo"
ACCEPT = "/api/shopify/invitations/accept"
People = Callable[[str | None], Caller]
PAIR = {"client_id": "sandbox-key", "client_secret": "sandbox-secret"}


def roles(person: Caller) -> dict[str, str]:
    return {store["shop"]: store["role"] for store in data_of(person.get(STORES))}


def connect(person: Caller, browser: Browser) -> None:
    url = data_of(person.get(AUTHORIZE))["auth_url"]
    assert person.get(browser.decide(url)).status_code == 200


def invite(owner: Caller, **body: Any) -> dict[str, Any]:
    response = owner.post(f"{DEMO}/invitations", body)
    assert response.status_code == 201, response.data
    found: dict[str, Any] = data_of(response)
    return found


def accept(person: Caller, token: str) -> int:
    return person.post(ACCEPT, {"token": token}).status_code


# The server's own credentials prove nothing about a caller


@pytest.mark.parametrize("who", ["mallory", "foreign", "service"])
@pytest.mark.parametrize("connected", [False, True])
@pytest.mark.parametrize("body", [{"shop": "demo"}, {"shop": "demo", "client_id": None, "access_token": None}])
def test_the_server_s_own_credentials_connect_nobody(
    caller: People, browser: Browser, upstream: Callable[[], int], who: str, connected: bool, body: dict[str, Any]
) -> None:
    if connected:
        connect(caller("ada"), browser)
    before = upstream()
    response = caller(who).post(TOKEN, body)
    error = error_of(response)
    assert (response.status_code, error["code"], upstream()) == (403, "FORBIDDEN", before)
    assert "authorize?shop=demo" in error["details"]["connect_url"]
    assert roles(caller(who)) == {}


def test_an_operator_connects_a_store_of_the_own_organisation(caller: People) -> None:
    found = data_of(caller("admin").post(TOKEN, {"shop": "demo"}))
    assert (found["shop"], found["token_kind"], found["role"]) == ("demo.myshopify.com", "client_credentials", "owner")


def test_acting_for_an_operator_makes_nobody_an_operator(caller: People) -> None:
    response = caller("service").post(f"{TOKEN}?user_id=admin", {"shop": "demo"})
    assert (response.status_code, roles(caller("admin"))) == (403, {})


def test_whoever_knows_the_secret_of_an_app_of_the_store_may_join(caller: People, browser: Browser) -> None:
    connect(caller("ada"), browser)
    wrong = caller("mallory").post(TOKEN, {"shop": "demo", **PAIR, "client_secret": "guessed"})
    assert (wrong.status_code, roles(caller("mallory"))) == (400, {})
    assert caller("colleague").post(TOKEN, {"shop": "demo", **PAIR}).status_code == 201
    assert roles(caller("colleague")) == {"demo.myshopify.com": "member"}


# A pasted token


def test_the_very_token_of_a_connection_lets_in_and_another_one_does_not(
    caller: People, sandbox: Sandbox, runtime: Runtime
) -> None:
    first, narrow = (
        sandbox.issue_admin_token("demo.myshopify.com", [scope]) for scope in ("write_products", "read_orders")
    )
    assert caller("ada").post(TOKEN, {"shop": "demo", "access_token": first}).status_code == 201
    refused = caller("mallory").post(TOKEN, {"shop": "demo", "access_token": narrow})
    assert (refused.status_code, error_of(refused)["details"]["reason"]) == (409, "already_connected")
    assert roles(caller("mallory")) == {}
    assert data_of(caller("ada").get(STORES))[0]["scopes"] == ["read_products", "write_products"]
    assert caller("colleague").post(TOKEN, {"shop": "demo", "access_token": first}).status_code == 201
    assert roles(caller("colleague")) == {"demo.myshopify.com": "member"}
    assert caller("ada").post(TOKEN, {"shop": "demo", "access_token": narrow}).status_code == 201
    assert data_of(caller("ada").get(STORES))[0]["scopes"] == ["read_orders"]


def test_a_token_of_the_app_takes_no_place_of_a_connection_by_oauth(
    caller: People, browser: Browser, sandbox: Sandbox, runtime: Runtime
) -> None:
    connect(caller("ada"), browser)
    (store,) = runtime.storage.memberships.stores(PEOPLE["ada"])
    stolen = runtime.connections.token(store).access.reveal()
    refused = caller("mallory").post(TOKEN, {"shop": "demo", "access_token": stolen})
    assert (refused.status_code, roles(caller("mallory"))) == (409, {})
    assert data_of(caller("ada").get(STORES))[0]["token_kind"] == "expiring"


def test_a_dead_token_is_replaced_by_whoever_has_a_living_one(caller: People, sandbox: Sandbox) -> None:
    first = sandbox.issue_admin_token("demo.myshopify.com", ["read_products"])
    caller("ada").post(TOKEN, {"shop": "demo", "access_token": first})
    sandbox.account("demo.myshopify.com").uninstall("merchants-own-app")
    second = sandbox.issue_admin_token("demo.myshopify.com", ["read_orders"])
    assert caller("colleague").post(TOKEN, {"shop": "demo", "access_token": second}).status_code == 201
    assert data_of(caller("ada").get(STORES))[0]["scopes"] == ["read_orders"]


# OAuth: the first who proves it owns the store, the next ones are members


def test_who_connects_a_store_that_has_an_owner_becomes_a_member(caller: People, browser: Browser) -> None:
    connect(caller("ada"), browser)
    connect(caller("colleague"), browser)
    assert (roles(caller("ada")), roles(caller("colleague"))) == (
        {"demo.myshopify.com": "owner"},
        {"demo.myshopify.com": "member"},
    )


def test_a_flow_of_somebody_else_makes_nobody_a_member(caller: People, browser: Browser) -> None:
    back = browser.decide(data_of(caller("ada").get(AUTHORIZE))["auth_url"])
    mallory = caller("mallory")
    mallory.get(AUTHORIZE)  # so that she has a browser's cookie, too
    assert mallory.get(back).status_code == 400
    query = dict(parse_qsl(urlsplit(back).query))
    assert mallory.get(f"/api/auth/shopify/callback?{urlencode({**query, 'state': 'A' * 43})}").status_code != 200
    forged = signed({**{k: v for k, v in query.items() if k != "hmac"}}, "guessed")
    assert mallory.get(f"/api/auth/shopify/callback?{forged}").status_code != 200
    assert roles(mallory) == {}


def test_after_an_uninstall_nobody_keeps_a_role_by_another_s_connection(
    caller: People, browser: Browser, runtime: Runtime
) -> None:
    connect(caller("ada"), browser)
    connect(caller("colleague"), browser)
    left_over = invite(caller("ada"))["token"]
    (store,) = runtime.storage.memberships.stores(PEOPLE["ada"])
    runtime.storage.installations.uninstall(store.id, keep_members=True)
    connect(caller("colleague"), browser)
    assert (roles(caller("ada")), roles(caller("colleague"))) == ({}, {"demo.myshopify.com": "owner"})
    assert accept(caller("mallory"), left_over) == 404


# Invitations


def test_an_invitation_makes_one_person_a_member_once(caller: People, store: Store) -> None:
    made = invite(caller("ada"))
    assert (made["role"], made["subject"], made["created_by"]) == ("member", None, "ada")
    assert accept(caller("colleague"), made["token"]) == 200
    assert roles(caller("colleague")) == {"demo.myshopify.com": "member"}
    assert accept(caller("mallory"), made["token"]) == 404
    assert roles(caller("mallory")) == {}
    assert data_of(caller("ada").get(f"{DEMO}/invitations"))["items"] == []
    listed = data_of(caller("ada").get(f"{DEMO}/members"))["items"]
    assert [(one["subject"], one["role"]) for one in listed] == [("ada", "owner"), ("colleague", "member")]


def test_the_token_is_shown_once_and_stored_as_a_hash(caller: People, store: Store, runtime: Runtime) -> None:
    token = invite(caller("ada"))["token"]
    listed = caller("ada").get(f"{DEMO}/invitations")
    assert len(data_of(listed)["items"]) == 1
    everything = listed.data + caller("ada").get("/api/shopify/audit").data
    with runtime.storage.read() as session:
        rows = session.connection().exec_driver_sql("SELECT * FROM shopify_invitations").all()
    assert token not in f"{everything!r}{rows!r}"
    assert token.removeprefix("shopinv_") not in f"{everything!r}{rows!r}"


def test_an_invitation_for_a_person_is_nobody_else_s(caller: People, store: Store) -> None:
    token = invite(caller("ada"), subject="colleague")["token"]
    assert (accept(caller("mallory"), token), accept(caller("foreign"), token)) == (404, 404)
    assert accept(caller("colleague"), token) == 200


def test_an_invitation_leads_into_no_other_tenant(caller: People, store: Store) -> None:
    token = invite(caller("ada"))["token"]
    assert (accept(caller("foreign"), token), roles(caller("foreign"))) == (404, {})


def test_an_owner_can_make_another_owner_and_leave_by_being_dismissed(caller: People, store: Store) -> None:
    ada, colleague = caller("ada"), caller("colleague")
    assert accept(colleague, invite(ada)["token"]) == 200
    alone = ada.delete(f"{DEMO}/members?subject=ada")
    assert (alone.status_code, error_of(alone)["code"]) == (409, "CONFLICT")
    assert accept(colleague, invite(ada, role="owner")["token"]) == 200
    assert roles(colleague) == {"demo.myshopify.com": "owner"}
    assert accept(colleague, invite(ada)["token"]) == 200
    assert roles(colleague) == {"demo.myshopify.com": "owner"}
    assert colleague.delete(f"{DEMO}/members?subject=ada").status_code == 200
    assert roles(ada) == {}


def test_what_an_owner_promised_ends_with_the_ownership(caller: People, store: Store) -> None:
    ada, colleague = caller("ada"), caller("colleague")
    assert accept(colleague, invite(ada, role="owner")["token"]) == 200
    promised = invite(ada)["token"]
    assert colleague.delete(f"{DEMO}/members?subject=ada").status_code == 200
    assert accept(ada, promised) == 404
    assert accept(caller("mallory"), promised) == 404


def test_an_invitation_that_is_withdrawn_or_too_old_lets_nobody_in(
    caller: People, store: Store, runtime: Runtime
) -> None:
    ada = caller("ada")
    gone, old = invite(ada), invite(ada, hours=1.0)
    assert ada.delete(f"{DEMO}/invitations/{gone['id']}").status_code == 200
    assert ada.delete(f"{DEMO}/invitations/{gone['id']}").status_code == 404
    with runtime.storage.begin() as session:
        session.connection().exec_driver_sql("UPDATE shopify_invitations SET expires_at = '2020-01-01 00:00:00.000000'")
    assert [accept(caller("mallory"), one["token"]) for one in (gone, old)] == [404, 404]


@pytest.mark.parametrize(
    "token", ["", " ", "shopinv_", "shopinv_" + "A" * 43, "shopinv_" + "é" * 43, "x" * 1000, "\x00", None, 7, ["a"]]
)
def test_an_invented_token_lets_nobody_in(caller: People, store: Store, token: Any) -> None:
    response = caller("mallory").post(ACCEPT, {"token": token})
    assert response.status_code in (400, 404)
    error_of(response)
    assert roles(caller("mallory")) == {}


@pytest.mark.parametrize(
    "body",
    [
        {"role": "admin"}, {"role": 7}, {"hours": 0}, {"hours": 721}, {"hours": True}, {"hours": 1.5}, {"hours": 2**70},
        {"subject": ""}, {"subject": "a" * 201}, {"subject": 7}, {"shop": "demo"}, {"epoch": 1},
    ],
)  # fmt: skip
def test_an_invitation_that_makes_no_sense_is_refused(caller: People, store: Store, body: dict[str, Any]) -> None:
    response = caller("ada").post(f"{DEMO}/invitations", body)
    assert response.status_code == 400
    error_of(response)
    assert data_of(caller("ada").get(f"{DEMO}/invitations"))["items"] == []


def test_a_member_manages_nobody(caller: People, store: Store) -> None:
    member = caller("colleague")
    assert accept(member, invite(caller("ada"))["token"]) == 200
    waiting = invite(caller("ada"))["id"]
    for method, path in (
        ("GET", f"{DEMO}/members"),
        ("DELETE", f"{DEMO}/members?subject=ada"),
        ("GET", f"{DEMO}/invitations"),
        ("POST", f"{DEMO}/invitations"),
        ("DELETE", f"{DEMO}/invitations/{waiting}"),
    ):
        response = member.send(method, path, json={} if method == "POST" else None)
        assert (method, path, response.status_code) == (method, path, 403)
        assert error_of(response)["code"] == "FORBIDDEN"


def test_who_joined_and_who_invited_is_in_the_audit_log(caller: People, store: Store) -> None:
    accept(caller("colleague"), invite(caller("ada"))["token"])
    caller("ada").delete(f"{DEMO}/members?subject=colleague")
    entries = data_of(caller("ada").get("/api/shopify/audit"))["items"]
    told = [(entry["subject"], entry["action"], entry["target"]) for entry in entries]
    assert told[0] == ("ada", "member_remove", "colleague")
    assert told[1][:2] == ("colleague", "invitation_accept")
    assert told[2][:2] == ("ada", "invitation_create")
    assert all(entry["request_id"] for entry in entries)


def test_a_crowd_of_invitations_is_bounded(caller: People, store: Store) -> None:
    for _ in range(100):
        invite(caller("ada"))
    response = caller("ada").post(f"{DEMO}/invitations", {})
    assert (response.status_code, error_of(response)["code"]) == (409, "CONFLICT")
