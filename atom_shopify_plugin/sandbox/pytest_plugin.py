"""The fixture `shopify_sandbox`: a local Shopify for the tests of any app, installed by entry point.

One server runs for all tests of a process, started by the first that asks for it. Each test gets it as it was at the
start; that takes about a millisecond. What is in the stores: ``shopify_sandbox_size = small|full|none`` or
``shopify_sandbox_seed = economy|FILE`` (relative to the folder of the configuration) in pytest's configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from datetime import datetime

    import requests

    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.sandbox.faults import FaultTable
    from atom_shopify_plugin.sandbox.server import Server
    from atom_shopify_plugin.sandbox.store import Effect

__all__ = ["ShopifySandbox"]

_READY = "pytest"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of the fixture."""
    parser.addini("shopify_sandbox_size", "How much is in the stores: small, full or none.", default="small")
    parser.addini(
        "shopify_sandbox_seed",
        "A seed file, or a name such as economy: what is in the stores.",
        default="",
    )


class ShopifySandbox:
    """A running sandbox. `url` is its address; a store is named by its domain or handle (default: the first one).

    A request reaches a store by its name in the Host header: send ``Host: demo.myshopify.com`` to `url`, or use
    `session`, which leads every address there.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.sandbox: Sandbox = server.sandbox
        self.url = server.url
        self.client_id = self.sandbox.app.client_id

    @property
    def client_secret(self) -> str:
        """The app's present client secret, which also signs webhooks."""
        return self.sandbox.app.secrets[0]

    @property
    def stores(self) -> list[str]:
        """The domains of the stores."""
        return list(self.sandbox.accounts)

    @property
    def faults(self) -> FaultTable:
        """What goes wrong: ``faults.add({"kind": "status", "status": 503})``."""
        return self.sandbox.faults

    def domain(self, store: str | None = None) -> str:
        """Return the domain of a store; raise `KeyError` for one that is not there."""
        if store is None:
            return self.stores[0]
        domain = store if "." in store else f"{store}.myshopify.com"
        return self.sandbox.accounts[domain].domain

    def token(self, store: str | None = None, scopes: Iterable[str] | None = None) -> str:
        """Return a new access token, with the app's scopes or with `scopes`."""
        return self.sandbox.issue_admin_token(self.domain(store), scopes)

    def id_token(self, store: str | None = None) -> str:
        """Return an ID token of the merchant, as the admin gives it to an embedded app; the app is installed then."""
        return self.sandbox.issue_id_token(self.domain(store))

    def session(self) -> requests.Session:
        """Return a session of `requests` that leads ``https://demo.myshopify.com`` to the sandbox, without a socket."""
        import requests

        from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

        session = requests.Session()
        session.trust_env = False
        session.mount("https://", SandboxAdapter(self.sandbox))
        return session

    def graphql(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        store: str | None = None,
        token: str | None = None,
        version: str = "2026-10",
    ) -> dict[str, Any]:
        """Send a document as an app would and return the answer: `data`, `errors`, `extensions`."""
        headers = {"X-Shopify-Access-Token": token or self.token(store)}
        address = f"https://{self.domain(store)}/admin/api/{version}/graphql.json"
        with self.session() as session:
            reply = session.post(address, json={"query": query, "variables": dict(variables or {})}, headers=headers)
        answer: dict[str, Any] = reply.json()
        return answer

    def journal(self, store: str | None = None) -> list[Effect]:
        """Return what requests really changed in a store, oldest first."""
        return list(self.sandbox.store(self.domain(store)).journal)

    def calls(self, store: str | None = None) -> list[dict[str, Any]]:
        """Return the requests that Shopify saw, oldest first; never a token or a body."""
        return self.sandbox.calls(None if store is None else self.domain(store))

    def now(self) -> datetime:
        """Return the sandbox's time; ``sandbox.clock`` moves it."""
        return self.sandbox.clock.now()

    def snapshot(self, name: str = "default") -> str:
        """Keep everything as it is now, for `reset`."""
        return self.sandbox.snapshots.take(name)

    def reset(self, snapshot: str = _READY) -> None:
        """Go back to a snapshot, or to the state in which each test gets the sandbox."""
        self.sandbox.snapshots.go_back(snapshot)


@pytest.fixture(scope="session")
def _shopify_server(pytestconfig: pytest.Config) -> Iterator[ShopifySandbox]:
    from atom_shopify_plugin.sandbox import seed_file, seeds
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.sandbox.server import serve

    file = str(pytestconfig.getini("shopify_sandbox_seed"))
    folder = pytestconfig.inipath.parent if pytestconfig.inipath else Path()
    if file in seeds.NAMES:
        sandbox = Sandbox(seed=file)
    elif file:
        sandbox = Sandbox(seed=seed_file.read(folder / file))
    else:
        sandbox = Sandbox(size=str(pytestconfig.getini("shopify_sandbox_size")))
    with serve(sandbox) as server:
        for domain in sandbox.accounts:
            sandbox.store(domain)
        sandbox.snapshots.take(_READY)
        yield ShopifySandbox(server)


@pytest.fixture
def shopify_sandbox(_shopify_server: ShopifySandbox) -> ShopifySandbox:
    """Return a running local Shopify, as it was at the start."""
    _shopify_server.reset()
    return _shopify_server
