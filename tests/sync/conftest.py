"""A plugin on either database, connected to the demo store, whose stock the sandbox changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stockshop import DEMO, StockShop
from webhost import app, host  # noqa: F401  # fixtures are found by their names

from atom_shopify_plugin.hookspecs import Event, Principal
from atom_shopify_plugin.jobs import Jobs
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Store


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(size="small", clock=Clock()) as sandbox:
        yield sandbox


@pytest.fixture
def environ(migrated_database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
        "SHOPIFY_REDIRECT_URI": "http://127.0.0.1:5058/api/auth/shopify/callback",
        "ATOM_SHOPIFY_DATABASE_URL": migrated_database_url,
        "ATOM_SHOPIFY_DATA_DIR": str(tmp_path),
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    }


@pytest.fixture
def emitted() -> list[Event]:
    """What the host was told."""
    return []


@pytest.fixture
def runtime(
    environ: dict[str, str], sandbox: Sandbox, emitted: list[Event], pauses: dict[str, Any]
) -> Iterator[Runtime]:
    """Its jobs run when a test says so."""
    runtime = Runtime(Settings.from_environ(environ), adapter=SandboxAdapter(sandbox), **pauses)
    runtime.host.emit = emitted.append
    runtime.jobs = Jobs(runtime.services, threads=0, backoff=0.0)
    yield runtime
    runtime.close()


@pytest.fixture
def shop(runtime: Runtime, sandbox: Sandbox) -> StockShop:
    """The demo store, connected; from now on it lives ten minutes ago, so that no change is quite fresh."""
    emit, runtime.host.emit = runtime.host.emit, None  # connecting schedules nothing without a host
    shop = StockShop(runtime, sandbox, Principal("ada"))
    runtime.host.emit = emit
    sandbox.clock.move(-600)
    return shop


@pytest.fixture
def store(shop: StockShop, runtime: Runtime) -> Store:
    store = runtime.storage.memberships.find(Principal("ada"), DEMO)
    assert store is not None
    return store


@pytest.fixture
def work(runtime: Runtime) -> Callable[[], None]:
    """Run jobs until none is due."""

    def work() -> None:
        while runtime.jobs.run_one():
            pass

    return work
