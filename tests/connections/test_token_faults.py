"""Tokens under fire in one process: crooked clocks, revocations in the middle of a list, many stores at once."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from plugins import BROWSER, DEMO, TOKEN_PATH, Plugin, answer, token_calls
from requests import PreparedRequest, Response

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.client import TokenRefused
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Grant, Store
from atom_shopify_plugin.stores.tokens import AT_ONCE

SKEW = 600.0
APP = "sandbox-key"


# -- clocks


@pytest.mark.slow
def test_clocks_that_differ_by_twenty_minutes_cause_no_loop_of_renewals(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, demo: Store
) -> None:
    def off(seconds: float) -> Plugin:
        return open_plugin(clock=lambda: sandbox.clock.now() + timedelta(seconds=seconds))

    plugins = [off(-SKEW), open_plugin(), off(SKEW)]
    document = Documents.load().get("ConnectedShop")
    for _minute in range(0, 24 * 60, 5):
        sandbox.clock.move(300)
        for plugin in plugins:
            token = plugin.connections.token(demo)
            try:
                plugin.client.execute(DEMO, token.access, document)
            except TokenRefused:  # the slow clock believes in a token that has just ended
                token = plugin.connections.token_refused(demo, token.version)
                plugin.client.execute(DEMO, token.access, document)
    # With right clocks a day takes 24 hours / 54 minutes = 27 renewals; the fast clock renews 10 minutes earlier.
    assert len(token_calls(sandbox, "refresh_token")) <= 24 * 60 / (60 - 6 - SKEW / 60) + 10


# -- a token that ends in the middle of a list


@pytest.fixture
def runtime(settings: Settings, sandbox: Sandbox, demo: Store) -> Iterator[Runtime]:
    runtime = Runtime(settings, adapter=SandboxAdapter(sandbox))
    yield runtime
    runtime.close()


def ids_of_all_pages(runtime: Runtime, action: str, limit: int, after_page: Callable[[], object]) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        given = {"limit": limit, **({"cursor": cursor} if cursor else {})}
        outcome = runtime.actions.run(Call(Principal("ada"), action, given))
        found += [item["id"] for item in outcome.data["items"]]
        cursor = outcome.page["next"] if outcome.page else None
        if cursor is None:
            return found
        after_page()


def test_a_token_that_dies_after_each_page_loses_no_item_and_repeats_none(runtime: Runtime, sandbox: Sandbox) -> None:
    everything = ids_of_all_pages(runtime, "product_search", 50, lambda: None)
    seen = len(token_calls(sandbox, "refresh_token"))
    tokens = sandbox.account(DEMO.name).tokens
    listed = ids_of_all_pages(runtime, "product_search", 1, lambda: tokens.revoke(APP, "access"))
    assert listed == everything
    assert len(set(listed)) == len(listed) == 12
    assert len(token_calls(sandbox, "refresh_token")) == seen + 11


@pytest.mark.soak
def test_a_token_that_dies_after_each_page_of_five_thousand_orders(settings: Settings, ada: Principal) -> None:
    sandbox = Sandbox(size="full", clock=Clock())
    assert sandbox.store(DEMO.name)  # built now: a full store takes longer than a call may
    scopes = settings.scopes | {"read_customers", "read_all_orders"}
    runtime = Runtime(replace(settings, timeout=30.0, scopes=scopes), adapter=SandboxAdapter(sandbox))
    query = answer(sandbox, runtime.connections.begin(ada, DEMO, browser=BROWSER))
    runtime.connections.complete(ada, query, browser=BROWSER)
    tokens = sandbox.account(DEMO.name).tokens
    listed = ids_of_all_pages(runtime, "order_search", 250, lambda: tokens.revoke(APP, "access"))
    assert len(listed) == len(set(listed)) == 5000
    runtime.close()


# -- Shopify takes longer to renew a token than a call may wait


class Held(SandboxAdapter):
    """A network that keeps each request for a token until it is let go."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self.asked, self.let_go = threading.Event(), threading.Event()

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if str(request.url).endswith(TOKEN_PATH):
            self.asked.set()
            assert self.let_go.wait(60)
        return super().send(request, *args, **kwargs)


def test_who_waits_too_long_for_the_renewal_of_another_thread_is_told_to_try_again(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, demo: Store
) -> None:
    held = Held(sandbox)
    plugin = open_plugin(adapter=held, timeout=0.2)
    sandbox.clock.move(7200)
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(plugin.connections.token, demo)
        assert held.asked.wait(60)
        with pytest.raises(Unavailable, match="being renewed; try again in a moment") as told:
            plugin.connections.token(demo)
        held.let_go.set()
        assert leader.exception() is None or isinstance(leader.exception(), Unavailable)
    assert told.value.retry_after == 1.0
    assert len(token_calls(sandbox, "refresh_token")) == 1


def test_while_a_store_is_connected_again_its_old_token_is_not_renewed(
    open_plugin: Callable[..., Plugin], sandbox: Sandbox, demo: Store, ada: Principal
) -> None:
    held = Held(sandbox)
    connecting, other = open_plugin(adapter=held), open_plugin(timeout=0.2)
    sandbox.clock.move(7200)
    query = answer(sandbox, connecting.connections.begin(ada, DEMO, browser=BROWSER))
    with ThreadPoolExecutor(1) as pool:
        connected = pool.submit(connecting.connections.complete, ada, query, browser=BROWSER)
        assert held.asked.wait(60)
        with pytest.raises(Unavailable):
            other.connections.token(demo)
        held.let_go.set()
        version = connected.result().token_version
    assert token_calls(sandbox, "refresh_token") == []
    assert other.connections.token(demo).version == version > demo.token_version


# -- the database is away just when the answer comes


class Locks(SandboxAdapter):
    """A network on which a database file is locked by somebody else as soon as a token has been granted."""

    def __init__(self, sandbox: Sandbox, file: str) -> None:
        super().__init__(sandbox)
        self._other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        response = super().send(request, *args, **kwargs)
        if str(request.url).endswith(TOKEN_PATH) and not self._other.in_transaction:
            self._other.execute("BEGIN IMMEDIATE")
        return response

    def unlock(self) -> None:
        self._other.execute("ROLLBACK")

    def close(self) -> None:
        super().close()
        self._other.close()


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)  # it has one lock for the whole database
@pytest.mark.slow
def test_a_pair_that_could_not_be_stored_is_asked_for_again(
    open_plugin: Callable[..., Plugin], settings: Settings, sandbox: Sandbox, demo: Store
) -> None:
    with closing(Locks(sandbox, settings.database_url.removeprefix("sqlite:///"))) as network:
        plugin = open_plugin(adapter=network)
        sandbox.clock.move(7200)
        with pytest.raises(Unavailable):
            plugin.connections.token(demo)
        network.unlock()
        sandbox.clock.move(60)
        healed = open_plugin().connections.token(demo)
        assert healed.version > demo.token_version
        assert open_plugin().client.execute(DEMO, healed.access, Documents.load().get("ConnectedShop")).data


# -- many stores whose tokens end in the same second


class Counting(SandboxAdapter):
    """A network that notes how many token requests are under way at once; each takes a moment."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._lock = threading.Lock()
        self._now = 0
        self.most = 0

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        try:
            time.sleep(0.005)
            return super().send(request, *args, **kwargs)
        finally:
            with self._lock:
                self._now -= 1


def many_stores(open_plugin: Callable[..., Plugin], number: int) -> None:
    shops = [ShopDomain(f"store-{index}.myshopify.com") for index in range(number)]
    sandbox = Sandbox(stores=[shop.name for shop in shops], size="small", clock=Clock(frozen=True))
    network = Counting(sandbox)
    plugin = open_plugin(adapter=network, clock=sandbox.clock.now, timeout=30.0)
    scopes = frozenset({"read_products"})
    stores = []
    for shop in shops:
        tokens = sandbox.account(shop.name).tokens
        pair: Any = tokens.exchange_code(APP, tokens.code(APP, scopes, per_user=False).value, expiring=True)
        grant = Grant(
            app=APP,
            shop=shop,
            shop_id="1",
            name=shop.name,
            currency="EUR",
            timezone="UTC",
            kind="expiring",
            scope="read_products",
            granted_scopes=scopes,
            access=Secret(pair.access.value),
            refresh=Secret(pair.value),
            expires_at=sandbox.clock.now() + timedelta(hours=1),
            refresh_expires_at=sandbox.clock.now() + timedelta(days=90),
        )
        stores.append(plugin.storage.installations.grant(grant, Principal("ada")))
    sandbox.clock.move(7200)
    with ThreadPoolExecutor(32) as pool:
        tokens_now = list(pool.map(plugin.connections.token, stores))
    assert all(token.version > store.token_version for token, store in zip(tokens_now, stores, strict=True))
    assert len(token_calls(sandbox, "refresh_token")) == number
    assert network.most <= AT_ONCE


@pytest.mark.slow
def test_a_hundred_stores_that_expire_at_once_are_renewed_a_few_at_a_time(open_plugin: Callable[..., Plugin]) -> None:
    many_stores(open_plugin, 100)


@pytest.mark.soak
def test_ten_thousand_stores_that_expire_at_once_are_renewed_a_few_at_a_time(
    open_plugin: Callable[..., Plugin],
) -> None:
    many_stores(open_plugin, 10_000)
