from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import Server, serve

DEMO = "demo.myshopify.com"
KEYS = {"client_id": "sandbox-key", "client_secret": "sandbox-secret"}
CALLBACK = "http://127.0.0.1:5058/callback"


class Merchant:
    """A browser and an app on one store, through whichever front end `session` leads to."""

    def __init__(self, session: requests.Session, base: str = "https://demo.myshopify.com", host: str = DEMO) -> None:
        self.session = session
        self.base = base
        self.host = host

    def send(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Host": self.host, **more.pop("headers", {})}
        return self.session.request(method, self.base + path, headers=headers, allow_redirects=False, **more)

    def control(self, method: str, path: str, **more: Any) -> Any:
        reply = self.send(method, f"/__sandbox__/{path}", **more)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def graphql(
        self, token: str, query: str, variables: dict[str, Any] | None = None, **more: Any
    ) -> requests.Response:
        version, headers = more.pop("version", "2026-10"), more.pop("headers", {})
        body = {"query": query, "variables": variables or {}}
        headers = {"X-Shopify-Access-Token": token, **headers}
        return self.send("POST", f"/admin/api/{version}/graphql.json", json=body, headers=headers, **more)

    def token(self, **fields: Any) -> requests.Response:
        return self.send("POST", "/admin/oauth/access_token", data={**KEYS, **fields})

    def code(self, scope: str = "write_products,read_orders", **more: str) -> str:
        fields = {"client_id": "sandbox-key", "redirect_uri": CALLBACK, "scope": scope, "decision": "install", **more}
        reply = self.send("POST", "/admin/oauth/authorize", data=fields)
        assert reply.status_code == 302, reply.text
        query = requests.utils.urlparse(reply.headers["Location"]).query
        return dict(pair.split("=", 1) for pair in query.split("&"))["code"]

    def connect(self, scope: str = "write_products,read_orders", **more: str) -> dict[str, Any]:
        grant: dict[str, Any] = self.token(code=self.code(scope), **{"expiring": "1", **more}).json()
        return grant


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until a test moves it."""
    return Clock(frozen=True)


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(size="small", clock=clock)


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("https://", SandboxAdapter(sandbox))
        yield session


@pytest.fixture
def shop(session: requests.Session) -> Merchant:
    """The demo store, without a socket."""
    return Merchant(session)


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Server]:
    with serve(sandbox) as server:
        yield server


@pytest.fixture
def wired(server: Server) -> Iterator[Merchant]:
    """The demo store over a real socket."""
    with requests.Session() as session:
        session.trust_env = False
        yield Merchant(session, server.url)


@pytest.fixture(params=["socket", "adapter"])
def either(request: pytest.FixtureRequest) -> Merchant:
    """The demo store through each of the two front ends."""
    merchant: Merchant = request.getfixturevalue("wired" if request.param == "socket" else "shop")
    return merchant
