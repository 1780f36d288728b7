"""Streamable HTTP: who gets in, whose session it is, and that no page in a browser gets in."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from agent_clients import FORMS, Person, body

from atom_shopify_plugin.hookspecs import READ_ONLY_SCOPE

HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}  # fmt: skip
ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


def send(over_http, token: str | None = None, message: Any = HELLO, **headers: str) -> requests.Response:
    sent = {**ACCEPT, **({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    return requests.post(over_http.url, data=json.dumps(message), headers=sent, timeout=20)


@pytest.mark.parametrize("form", FORMS)
def test_a_token_of_the_host_says_who_calls_and_the_person_is_asked(over_http, runtime, store, form) -> None:
    token = over_http.auth.issue("ada")

    async def talk(client) -> Any:
        made = body(await client.call_tool("product_create", {"title": "Mug"}))
        return body(await client.call_tool("product_delete", {"id": made["data"]["id"]}))

    person = Person()
    gone = over_http.talk(talk, token, form, elicitation_callback=person)
    assert gone["ok"]
    assert len(person.asked) == 1
    stranger = over_http.talk(
        lambda client: client.call_tool("order_search", {}), over_http.auth.issue("mallory"), form
    )
    assert body(stranger)["error"]["code"] == "STORE_NOT_CONNECTED"


def test_a_read_only_token_writes_nothing(over_http, store) -> None:
    token = over_http.auth.issue("ada", scopes=(READ_ONLY_SCOPE,))

    async def talk(client) -> Any:
        return body(await client.call_tool("product_create", {"title": "Mug"}))

    for form in FORMS:
        assert over_http.talk(talk, token, form)["error"]["code"] == "READ_ONLY"


def test_without_a_token_that_counts_nobody_gets_in(over_http) -> None:
    for token in (None, "", "atom_wrong", "a.b.c", "x" * 9000):
        assert send(over_http, token).status_code == 401


def test_a_session_belongs_to_the_person_who_began_it_and_ends_with_the_token(over_http, store) -> None:
    ada, mallory = over_http.auth.issue("ada"), over_http.auth.issue("mallory")
    begun = send(over_http, ada)
    session = {"Mcp-Session-Id": begun.headers["Mcp-Session-Id"], "MCP-Protocol-Version": "2025-06-18"}
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    assert send(over_http, mallory, listing, **session).status_code == 404
    assert send(over_http, ada, {"jsonrpc": "2.0", "method": "notifications/initialized"}, **session).status_code == 202
    assert send(over_http, ada, listing, **session).status_code == 200
    over_http.auth.revoke([one.id for one in over_http.auth.tokens("ada")])
    assert send(over_http, ada, listing, **session).status_code == 401


def test_a_page_of_another_site_is_refused_whatever_token_it_has(over_http) -> None:
    token = over_http.auth.issue("ada")
    for headers, status in (
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 400),
    ):
        for version in ({}, {"MCP-Protocol-Version": "2026-07-28"}):
            assert send(over_http, token, HELLO, **headers, **version).status_code == status, headers


def test_a_request_that_is_too_large_is_refused_before_it_is_read(over_http) -> None:
    message = {**HELLO, "params": {"x": "y" * 5_000_000}}
    assert send(over_http, over_http.auth.issue("ada"), message).status_code == 413
