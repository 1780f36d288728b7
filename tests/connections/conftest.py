"""A plugin process whose network is a sandbox with a clock that tests move."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plugins import BROWSER, DEMO, Plugin, answer

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage import Store


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(size="small", clock=Clock(frozen=True))


@pytest.fixture
def settings(migrated_database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        api_key="sandbox-key",
        api_secret=Secret("sandbox-secret"),
        redirect_uri="http://127.0.0.1:5058/api/auth/shopify/callback",
        scopes=frozenset({"read_products", "write_products", "read_orders"}),
        data_dir=tmp_path,
        database_url=migrated_database_url,
        encryption_keys=(("k1", Secret(base64.b64encode(bytes(32)).decode())),),
        timeout=5.0,
    )


@pytest.fixture
def open_plugin(settings: Settings, sandbox: Sandbox) -> Iterator[Callable[..., Plugin]]:
    """Open the plugin as another process would, perhaps with other settings."""
    opened: list[Plugin] = []

    def open_one(*, adapter: Any = None, clock: Any = None, **changes: Any) -> Plugin:
        plugin = Plugin.open(
            replace(settings, **changes), adapter=adapter or SandboxAdapter(sandbox), clock=clock or sandbox.clock.now
        )
        opened.append(plugin)
        return plugin

    yield open_one
    for plugin in opened:
        plugin.close()


@pytest.fixture
def plugin(open_plugin: Callable[..., Plugin]) -> Plugin:
    return open_plugin()


@pytest.fixture
def ada() -> Principal:
    return Principal("ada")


@pytest.fixture
def bob() -> Principal:
    return Principal("bob")


@pytest.fixture
def connect(plugin: Plugin, sandbox: Sandbox) -> Callable[..., Store]:
    """Connect a store by the whole OAuth flow."""

    def run(person: Principal, shop: ShopDomain = DEMO) -> Store:
        query = answer(sandbox, plugin.connections.begin(person, shop, browser=BROWSER))
        return plugin.connections.complete(person, query, browser=BROWSER)

    return run


@pytest.fixture
def demo(connect: Callable[..., Store], ada: Principal) -> Store:
    return connect(ada)
