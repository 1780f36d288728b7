"""The end of a connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from plugins import DEMO, OUTLET, Plugin

from atom_shopify_plugin.errors import NotFound, PluginError, StoreNotConnected
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.storage import Store

REVOKE_PATH = "/admin/api_permissions/current.json"


def installed(sandbox: Sandbox) -> bool:
    return sandbox.account(DEMO.name).tokens.installed("sandbox-key") is not None


def test_an_owner_uninstalls_the_app_for_everybody(
    plugin: Plugin, sandbox: Sandbox, connect: Callable[..., Store], demo: Store, ada: Principal, bob: Principal
) -> None:
    connect(bob)
    plugin.connections.revoke(ada, DEMO)
    assert not installed(sandbox)
    assert plugin.storage.memberships.stores(ada) == plugin.storage.memberships.stores(bob) == []
    assert plugin.storage.tokens.read(demo.id) is None
    with pytest.raises(StoreNotConnected):
        plugin.connections.token(demo)


def test_a_member_only_leaves(
    plugin: Plugin, sandbox: Sandbox, connect: Callable[..., Store], demo: Store, ada: Principal, bob: Principal
) -> None:
    connect(bob)
    plugin.connections.revoke(bob, DEMO)
    assert installed(sandbox)
    assert plugin.storage.memberships.stores(bob) == []
    assert plugin.storage.memberships.stores(ada)[0].state == "active"


def test_a_stranger_can_end_nothing(plugin: Plugin, sandbox: Sandbox, demo: Store, bob: Principal) -> None:
    with pytest.raises(NotFound):
        plugin.connections.revoke(bob, DEMO)
    with pytest.raises(StoreNotConnected):
        plugin.connections.revoke(bob, None)
    assert installed(sandbox)


@pytest.mark.parametrize("state", ["uninstalled at Shopify", "all tokens ended", "frozen"])
def test_what_is_dead_at_shopify_is_cleaned_up_all_the_same(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal, state: str
) -> None:
    account = sandbox.account(DEMO.name)
    if state == "uninstalled at Shopify":
        account.tokens.uninstall("sandbox-key")
    elif state == "all tokens ended":
        account.tokens.revoke("sandbox-key", "all")
        sandbox.clock.move(7200)
    else:
        account.switches = account.switches.changed({"status": "frozen"})
    plugin.connections.revoke(ada, DEMO)
    assert plugin.storage.memberships.stores(ada) == []
    assert plugin.storage.tokens.read(demo.id) is None


def test_an_expired_token_is_renewed_to_say_goodbye(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal
) -> None:
    sandbox.clock.move(7200)
    plugin.connections.revoke(ada, DEMO)
    assert not installed(sandbox)


def test_while_shopify_is_away_nothing_changes(plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal) -> None:
    sandbox.faults.add({"kind": "throttle_429", "retry_after": "60", "match": {"path": REVOKE_PATH}})
    with pytest.raises(PluginError) as caught:
        plugin.connections.revoke(ada, DEMO)
    assert caught.value.retryable
    assert [store.state for store in plugin.storage.memberships.stores(ada)] == ["active"]
    plugin.connections.revoke(ada, DEMO)
    assert not installed(sandbox)


def test_other_stores_stay(plugin: Plugin, connect: Callable[..., Store], demo: Store, ada: Principal) -> None:
    outlet = connect(ada, OUTLET)
    plugin.connections.revoke(ada, DEMO)
    (left,) = plugin.storage.memberships.stores(ada)
    assert (left.id, left.is_default, left.state) == (outlet.id, True, "active")
