"""A small ATOM host: it signs people in by bearer token or session cookie, and mounts the plugin's blueprint."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pluggy
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from atom_shopify_plugin.hookspecs import PROJECT, HostHooks, Principal, hookimpl
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.web import blueprints

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

PEOPLE = {
    "ada": Principal("ada"),
    "colleague": Principal("colleague"),
    "mallory": Principal("mallory"),
    "foreign": Principal("ada", tenant="elsewhere"),
    "admin": Principal("admin", scopes=frozenset({"atom:operator"})),
    "service": Principal("service", scopes=frozenset({"shopify:act_as"})),
    "looker": Principal("ada", scopes=frozenset({"atom:read_only"})),
    "looking-service": Principal("service", scopes=frozenset({"shopify:act_as", "atom:read_only"})),
}


class SmallHost:
    """A host as small as the contract allows. `answer` replaces what `atom_authenticate` returns."""

    name = "small"

    def __init__(self) -> None:
        self.environ: dict[str, str] = {}
        self.answer: Callable[[Any], Any] = self.look_up
        self.serves_dashboard = False
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(HostHooks)
        self._manager.register(self)

    @property
    def hook(self) -> Any:
        return self._manager.hook

    @hookimpl
    def atom_authenticate(self, request: Any) -> Principal | None:
        found: Principal | None = self.answer(request)
        return found

    @staticmethod
    def look_up(request: Any) -> Principal | None:
        header = request.headers.get("Authorization")
        name = header.removeprefix("Bearer ") if header else request.cookies.get("session", "")
        return PEOPLE.get(name)


class Caller:
    """Somebody at the REST interface: a Flask client with its own cookies and, maybe, a bearer token."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client: FlaskClient = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send("POST", path, json=body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send("PUT", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.send("DELETE", path, **options)


@pytest.fixture
def host() -> SmallHost:
    return SmallHost()


@pytest.fixture
def app(runtime: Runtime, host: SmallHost) -> Flask:
    app = Flask("small_host")
    for blueprint in blueprints(runtime, host):
        app.register_blueprint(blueprint)
    return app


@pytest.fixture
def caller(app: Flask) -> Callable[[str | None], Caller]:
    """Return a caller by name; None for nobody, who is also pytest-flask's `client`."""
    return lambda token: Caller(app, token)


@pytest.fixture
def ada(caller: Callable[[str | None], Caller], store: Store) -> Caller:
    """The owner of the demo store."""
    return caller("ada")


@pytest.fixture
def mallory(caller: Callable[[str | None], Caller]) -> Caller:
    """Somebody of the same tenant, who has no store."""
    return caller("mallory")


@pytest.fixture
def upstream(sandbox: Sandbox) -> Callable[[], int]:
    """Return how many requests Shopify has seen."""
    return lambda: len(sandbox.calls())


class Browser:
    """The merchant at Shopify: presses "install" or "cancel" and follows where Shopify sends the browser."""

    def __init__(self, sandbox: Sandbox) -> None:
        from atom_shopify_plugin.sandbox.adapter import SandboxAdapter

        self._session = requests.Session()
        self._session.mount("https://", SandboxAdapter(sandbox))

    def decide(self, authorize_url: str, decision: str = "install") -> str:
        """Return path and query of the callback that Shopify redirects to."""
        parts = urlsplit(authorize_url)
        answer = self._session.post(
            f"{parts.scheme}://{parts.netloc}{parts.path}",
            data=f"{parts.query}&decision={decision}",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            allow_redirects=False,
        )
        assert answer.status_code in (302, 303), answer.text
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[Browser]:
    found = Browser(sandbox)
    yield found
    found.close()


def error_of(response: TestResponse) -> dict[str, Any]:
    """Return the error of a failure and check the one shape of it."""
    body = json.loads(response.data)
    assert body["ok"] is False
    assert body["success"] is False
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "details", "request_id", "retryable"}
    assert error["code"] == error["code"].upper()
    assert error["message"]
    assert isinstance(error["details"], dict)
    assert error["request_id"] == response.headers["X-Request-Id"]
    assert isinstance(error["retryable"], bool)
    for fault in error["details"].get("faults", ()):
        # Nothing is said twice: a fault has no message where the error's message says the same.
        assert fault.get("message", "\0") not in error["message"]
        fault.setdefault("message", error["message"])
    return error


def data_of(response: TestResponse) -> Any:
    """Return the data of a success and check the one shape of it."""
    body = json.loads(response.data)
    assert body.get("ok") is True, body
    assert body["success"] is True
    assert {"data", "page", "meta"} <= set(body)
    assert body["meta"]["request_id"] == response.headers["X-Request-Id"]
    return body["data"]
