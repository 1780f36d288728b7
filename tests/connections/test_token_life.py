"""The life of a token: renewed in time, once for everybody, and given up only on Shopify's word."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from plugins import DEMO, TOKEN_PATH, Plugin, token_calls

from atom_shopify_plugin.errors import Misconfigured, NotFound, ReauthRequired, StoreNotConnected, Unavailable
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.storage import Store
from atom_shopify_plugin.stores.resolve import connect_url
from atom_shopify_plugin.stores.tokens import LEASE

HOUR = 3600.0


def refreshes(sandbox: Sandbox) -> int:
    return len(token_calls(sandbox, "refresh_token"))


def works(plugin: Plugin, access: Secret) -> bool:
    from atom_shopify_plugin.shopify.client import TokenRefused
    from atom_shopify_plugin.shopify.documents import Documents

    try:
        plugin.client.execute(DEMO, access, Documents.load().get("ConnectedShop"))
    except TokenRefused:
        return False
    return True


def test_a_fresh_token_costs_no_call(plugin: Plugin, sandbox: Sandbox, demo: Store) -> None:
    versions = {plugin.connections.token(demo).version for _ in range(5)}
    assert versions == {demo.token_version}
    assert refreshes(sandbox) == 0


def test_a_token_is_renewed_before_it_ends(plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal) -> None:
    sandbox.clock.move(HOUR - 299)
    token = plugin.connections.token(demo)
    assert token.version > demo.token_version
    assert refreshes(sandbox) == 1
    renewed = plugin.storage.memberships.find(ada, None)
    assert renewed is not None
    assert renewed.expires_at is not None
    assert (renewed.expires_at - sandbox.clock.now()).total_seconds() == pytest.approx(HOUR)
    assert works(plugin, token.access)
    assert plugin.connections.token(renewed).version == token.version
    assert refreshes(sandbox) == 1


def test_threads_on_an_expired_token_make_one_call(plugin: Plugin, sandbox: Sandbox, demo: Store) -> None:
    sandbox.clock.move(2 * HOUR)
    with ThreadPoolExecutor(64) as pool:
        tokens = list(pool.map(lambda _: plugin.connections.token(demo), range(64)))
    assert len({token.version for token in tokens}) == 1
    assert refreshes(sandbox) == 1
    assert works(plugin, tokens[0].access)


def test_while_another_process_renews_a_living_token_is_used(
    plugin: Plugin, open_plugin: Callable[..., Plugin], sandbox: Sandbox, demo: Store
) -> None:
    assert open_plugin().storage.tokens.lease(demo.id, demo.token_version, LEASE)
    sandbox.clock.move(HOUR - 200)
    assert open_plugin().storage.tokens.lease(demo.id, demo.token_version, LEASE)
    assert plugin.connections.token(demo).version == demo.token_version
    assert refreshes(sandbox) == 0


def test_while_another_process_renews_a_dead_token_is_waited_for_and_then_unavailable(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, demo: Store
) -> None:
    sandbox.clock.move(2 * HOUR)
    plugin = open_plugin(timeout=0.1)
    assert plugin.storage.tokens.lease(demo.id, demo.token_version, LEASE)
    with pytest.raises(Unavailable) as caught:
        plugin.connections.token(demo)
    assert caught.value.retry_after == 2.0
    assert refreshes(sandbox) == 0
    sandbox.clock.move(LEASE + 1)
    assert plugin.connections.token(demo).version > demo.token_version


def test_while_shopify_is_away_a_living_token_is_used_and_shopify_left_in_peace(
    plugin: Plugin, sandbox: Sandbox, demo: Store
) -> None:
    sandbox.faults.add({"kind": "status", "status": 401, "body": "", "times": None, "match": {"path": TOKEN_PATH}})
    sandbox.clock.move(HOUR - 200)
    for _ in range(3):
        assert plugin.connections.token(demo).version == demo.token_version
    assert refreshes(sandbox) == 1


def test_while_shopify_is_away_a_dead_token_is_an_outage_not_an_end(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal
) -> None:
    fault = {"kind": "throttle_429", "retry_after": "60", "times": None, "match": {"path": TOKEN_PATH}}
    sandbox.faults.add(fault)
    sandbox.clock.move(2 * HOUR)
    for _ in range(3):
        with pytest.raises(Exception, match=r"rate limit|not available") as caught:
            plugin.connections.token(demo)
        assert getattr(caught.value, "retryable", False)
    assert refreshes(sandbox) == 1
    store = plugin.storage.memberships.find(ada, None)
    assert store is not None
    assert store.state == "active"


def test_a_refused_token_is_renewed_once_and_the_late_ones_get_the_new_one(
    plugin: Plugin, sandbox: Sandbox, demo: Store
) -> None:
    old = plugin.connections.token(demo)
    sandbox.account(DEMO.name).tokens.revoke("sandbox-key", "access")
    assert not works(plugin, old.access)
    with ThreadPoolExecutor(16) as pool:
        tokens = list(pool.map(lambda _: plugin.connections.token_refused(demo, old.version), range(32)))
    assert len({token.version for token in tokens}) == 1
    assert tokens[0].version != old.version
    assert works(plugin, tokens[0].access)
    assert refreshes(sandbox) == 1


@pytest.mark.parametrize("error", ["documented", "libraries"])
def test_when_shopify_ends_the_connection_the_store_waits_to_be_connected_again(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal, error: str
) -> None:
    account = sandbox.account(DEMO.name)
    account.switches = account.switches.changed({"refresh_error": error})
    account.tokens.revoke("sandbox-key", "all")
    with pytest.raises(ReauthRequired) as caught:
        plugin.connections.token_refused(demo, demo.token_version)
    assert caught.value.details["connect_url"] == connect_url(plugin.settings, DEMO)
    store = plugin.storage.memberships.find(ada, None)
    assert store is not None
    assert store.state == "reauth_required"
    for known in (store, demo):
        with pytest.raises(ReauthRequired):
            plugin.connections.token(replace(known))
    assert refreshes(sandbox) == 1


def test_a_store_that_waits_is_active_again_after_a_new_yes(
    plugin: Plugin, sandbox: Sandbox, connect: Callable[..., Store], demo: Store, ada: Principal
) -> None:
    sandbox.account(DEMO.name).tokens.revoke("sandbox-key", "all")
    with pytest.raises(ReauthRequired):
        plugin.connections.token_refused(demo, demo.token_version)
    again = connect(ada)
    assert (again.state, again.epoch) == ("active", demo.epoch)
    assert works(plugin, plugin.connections.token(again).access)


def test_a_refusal_of_an_earlier_token_does_not_end_a_newer_grant(
    plugin: Plugin, open_plugin: Callable[..., Plugin], connect: Callable[..., Store], demo: Store, ada: Principal
) -> None:
    other = open_plugin()
    old = other.connections.token(demo)
    connect(ada)
    assert other.connections.token_refused(demo, old.version).version > old.version
    assert not other.storage.tokens.refused(demo.id, old.version)


def test_wrong_credentials_of_the_app_end_no_connection(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, demo: Store, ada: Principal
) -> None:
    plugin = open_plugin(api_secret=Secret("wrong"))
    sandbox.clock.move(2 * HOUR)
    for _ in range(3):
        with pytest.raises(Misconfigured, match="credentials"):
            plugin.connections.token(demo)
    assert refreshes(sandbox) == 1
    store = plugin.storage.memberships.find(ada, None)
    assert store is not None
    assert store.state == "active"
    assert open_plugin().connections.token(demo).version > demo.token_version


def test_an_answer_that_got_lost_costs_nothing(plugin: Plugin, sandbox: Sandbox, demo: Store) -> None:
    sandbox.faults.add({"kind": "lost_reply", "match": {"path": TOKEN_PATH}})
    sandbox.clock.move(2 * HOUR)
    assert works(plugin, plugin.connections.token(demo).access)
    assert refreshes(sandbox) == 2
    sandbox.clock.move(2 * HOUR)
    assert works(plugin, plugin.connections.token(demo).access)


@pytest.mark.parametrize("body", ["", "<html>Sign in to this network</html>", '{"access_token": "shpat_cut'])
def test_an_answer_that_is_cut_or_somebody_elses_fails_nobody(
    plugin: Plugin, sandbox: Sandbox, demo: Store, body: str
) -> None:
    sandbox.clock.move(7200)
    sandbox.faults.add({"kind": "status", "status": 200, "body": body, "match": {"path": TOKEN_PATH}})
    with ThreadPoolExecutor(8) as pool:
        versions = {token.version for token in pool.map(plugin.connections.token, [demo] * 8)}
    assert len(versions) == 1
    assert versions.pop() > demo.token_version


def test_a_chain_of_renewals_lasts(plugin: Plugin, sandbox: Sandbox, demo: Store) -> None:
    versions = set()
    for _ in range(10):
        sandbox.clock.move(20 * 24 * HOUR)
        versions.add(plugin.connections.token(demo).version)
    assert len(versions) == 10


def test_an_idle_store_is_kept_alive(plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal) -> None:
    sandbox.clock.move(59 * 24 * HOUR)
    assert plugin.connections.keep_alive() == 0
    sandbox.clock.move(2 * 24 * HOUR)
    assert plugin.connections.keep_alive() == 1
    assert plugin.connections.keep_alive() == 0
    store = plugin.storage.memberships.find(ada, None)
    assert store is not None
    assert store.refresh_expires_at is not None
    assert (store.refresh_expires_at - sandbox.clock.now()).days == 90


def test_a_store_that_was_left_alone_too_long_asks_for_a_new_connection(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal
) -> None:
    sandbox.clock.move(91 * 24 * HOUR)
    assert plugin.storage.cleanup()["tokens"] == 1
    store = plugin.storage.memberships.find(ada, None)
    assert store is not None
    with pytest.raises(ReauthRequired):
        plugin.connections.token(store)


def test_a_person_renews_the_own_stores_only(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal, bob: Principal
) -> None:
    assert plugin.connections.refresh(ada, None).token_version > demo.token_version
    assert plugin.connections.refresh(ada, DEMO).state == "active"
    assert refreshes(sandbox) == 2
    with pytest.raises(NotFound):
        plugin.connections.refresh(bob, DEMO)
    with pytest.raises(StoreNotConnected):
        plugin.connections.refresh(bob, None)
    assert refreshes(sandbox) == 2


def test_a_refresh_reads_anew_what_the_store_granted(
    plugin: Plugin, sandbox: Sandbox, demo: Store, ada: Principal
) -> None:
    sandbox.account(DEMO.name).tokens.set_scopes("sandbox-key", frozenset({"write_orders"}))
    assert plugin.connections.refresh(ada, None).granted_scopes == {"read_orders", "write_orders"}


def test_renewals_are_counted_for_the_objective(plugin: Plugin, sandbox: Sandbox, demo: Store) -> None:
    sandbox.clock.move(2 * HOUR)
    plugin.connections.token(demo)
    assert {row["key"]: row["errors"] for row in plugin.storage.usage.totals("oauth")} == {"connect": 0, "refresh": 0}
