"""A merchant's own app: a pasted token, or client id and secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from plugins import DEMO, OUTLET, Plugin, token_calls

from atom_shopify_plugin.errors import InvalidInput, ReauthRequired
from atom_shopify_plugin.hookspecs import OPERATOR_SCOPE, Principal
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.storage import Store

DAY = 86_400.0


@pytest.fixture
def pasted(plugin: Plugin, sandbox: Sandbox, ada: Principal) -> Store:
    token = sandbox.issue_admin_token(DEMO.name, scopes={"write_products"})
    return plugin.connections.connect_token(ada, DEMO, Secret(token))


def test_a_pasted_token_connects_a_store_with_the_scopes_that_it_has(pasted: Store) -> None:
    assert (pasted.token_kind, pasted.expires_at, pasted.state) == ("admin_token", None, "active")
    assert pasted.granted_scopes == {"read_products", "write_products"}


def test_a_pasted_token_does_not_end(plugin: Plugin, sandbox: Sandbox, pasted: Store) -> None:
    sandbox.clock.move(4000 * DAY)
    assert plugin.connections.token(pasted).version == pasted.token_version


def test_a_pasted_token_that_shopify_refuses_later_asks_for_a_new_one(
    plugin: Plugin, sandbox: Sandbox, pasted: Store, ada: Principal
) -> None:
    with pytest.raises(ReauthRequired) as caught:
        plugin.connections.token_refused(pasted, pasted.token_version)
    assert caught.value.details["shop"] == DEMO.name
    token = sandbox.issue_admin_token(DEMO.name)
    again = plugin.connections.connect_token(ada, DEMO, Secret(token))
    assert (again.id, again.state) == (pasted.id, "active")


def test_the_token_of_another_store_is_refused(plugin: Plugin, sandbox: Sandbox, ada: Principal) -> None:
    token = sandbox.issue_admin_token(DEMO.name)
    with pytest.raises(InvalidInput, match="does not accept this token"):
        plugin.connections.connect_token(ada, OUTLET, Secret(token))
    assert plugin.storage.memberships.stores(ada) == []


@pytest.mark.parametrize(
    "text", ["", "short", "x" * 256, "a b c d e f g", "shpat_ü000000", "shpat_\r\nX: y", "shpat_\0000"]
)
def test_a_text_that_is_no_token_is_not_sent(plugin: Plugin, sandbox: Sandbox, ada: Principal, text: str) -> None:
    with pytest.raises(InvalidInput):
        plugin.connections.connect_token(ada, DEMO, Secret(text))
    assert sandbox.calls() == []


def test_a_pasted_token_is_left_alone_when_the_store_is_disconnected(
    plugin: Plugin, sandbox: Sandbox, pasted: Store, ada: Principal
) -> None:
    before = len(sandbox.calls())
    plugin.connections.revoke(ada, DEMO)
    assert len(sandbox.calls()) == before
    assert plugin.storage.memberships.stores(ada) == []
    assert plugin.storage.tokens.read(pasted.id) is None


def test_client_credentials_are_acquired_again_when_they_end(plugin: Plugin, sandbox: Sandbox, ada: Principal) -> None:
    trusted = replace(ada, scopes=frozenset({OPERATOR_SCOPE}))
    store = plugin.connections.connect_own_organization(trusted, DEMO)
    assert (store.token_kind, store.refresh_expires_at) == ("client_credentials", None)
    sandbox.clock.move(2 * DAY)
    assert plugin.connections.token(store).version > store.token_version
    assert len(token_calls(sandbox, "client_credentials")) == 2


def test_the_pair_of_an_own_app_is_kept_for_the_next_day(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, ada: Principal
) -> None:
    plugin = open_plugin(api_key="", api_secret=Secret(""))
    pair = "sandbox-key", Secret("sandbox-secret")
    store = plugin.connections.connect_client_credentials(ada, DEMO, *pair)
    assert store.app == "sandbox-key"
    sandbox.clock.move(2 * DAY)
    assert plugin.connections.token(store).version > store.token_version


def test_a_wrong_pair_connects_nothing(plugin: Plugin, ada: Principal) -> None:
    with pytest.raises(InvalidInput, match="client id and secret"):
        plugin.connections.connect_client_credentials(ada, DEMO, "sandbox-key", Secret("wrong"))
    assert plugin.storage.memberships.stores(ada) == []


@pytest.mark.parametrize(
    ("client_id", "secret"),
    [
        ("", Secret("s")),
        ("key", Secret("")),
        ("k\n", Secret("s")),
        ("ü", Secret("s")),
    ],
)
def test_half_a_pair_is_not_sent(plugin: Plugin, sandbox: Sandbox, ada: Principal, client_id: Any, secret: Any) -> None:
    with pytest.raises(InvalidInput):
        plugin.connections.connect_client_credentials(ada, DEMO, client_id, secret)
    assert sandbox.calls() == []
