"""A connected store whose deliveries can be sent, and a host that notes what is emitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eventkit import DEMO, PREVIOUS, Emitted, Shopify, connect
from served import serve_options, server  # noqa: F401  # fixtures are found by their names
from webhost import (  # noqa: F401  # fixtures are found by their names
    ada,
    app,
    caller,
    host,
    mallory,
    upstream,
)

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store


@pytest.fixture
def environ(migrated_database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a plugin on either database; it knows a previous secret and works only when it is told to."""
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    return {
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": "sandbox-secret",
        "SHOPIFY_API_SECRET_PREVIOUS": PREVIOUS.reveal(),
        "ATOM_SHOPIFY_DATABASE_URL": migrated_database_url,
        "ATOM_SHOPIFY_DATA_DIR": str(tmp_path),
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": f"k1:{key}",
        "ATOM_SHOPIFY_PUBLIC_URL": "https://atom.example.com",
    }


@pytest.fixture
def emitted() -> Emitted:
    return Emitted()


@pytest.fixture
def runtime(environ: dict[str, str], sandbox: Sandbox, emitted: Emitted) -> Iterator[Runtime]:
    """A plugin on either database. Its jobs run when a test says `work`, not before."""
    from atom_shopify_plugin.jobs import Jobs
    from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

    runtime = Runtime(Settings.from_environ(environ), adapter=SandboxAdapter(sandbox))
    runtime.host.emit = emitted
    runtime.jobs = Jobs(runtime.services, threads=0, backoff=0.0)
    yield runtime
    runtime.close()


@pytest.fixture
def work(runtime: Runtime) -> Callable[[], int]:
    """Run jobs until none is due; return how many ran."""

    def work() -> int:
        count = 0
        while runtime.jobs.run_one():
            count += 1
        return count

    return work


@pytest.fixture
def store(runtime: Runtime, sandbox: Sandbox, principal: Principal) -> Store:
    return connect(runtime, sandbox, principal, DEMO)


@pytest.fixture
def shopify(app: Flask, store: Store) -> Shopify:  # noqa: F811  # the fixture of that name
    """Shopify, with the demo store connected."""
    return Shopify(app)
