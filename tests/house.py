"""A whole installation on real sockets: Shopify, the host behind its server, and people with clients of their own."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dbfixtures import upgrade
from eventkit import PATH, PREVIOUS, SECRET, encoded, headers_of
from ports import free_port
from served import Server, serving, settle

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.server import Server as ShopifyServer
from atom_shopify_plugin.sandbox.server import serve
from atom_shopify_plugin.storage import JobSummary

AUTHORIZE = "/api/auth/shopify/authorize"
CALLBACK = "/api/auth/shopify/callback"
STORES = "/api/shopify/stores"


@dataclass(frozen=True)
class Answer:
    """What came back over a socket; `status_code` is 0 where the server hung up without a word."""

    status_code: int
    headers: http.client.HTTPMessage
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@dataclass
class Person:
    """Somebody with an HTTP client, which keeps cookies and may hold a bearer token."""

    port: int
    token: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, json: Any = None
    ) -> Answer:
        sent = dict(headers or {})
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        if self.cookies:
            sent.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if json is not None:
            body = _encoded(json)
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, sent)
            reply = connection.getresponse()
            answer = Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.send("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return self.send("POST", path, json=json, **options)


@dataclass
class House:
    """One `atom-shopify serve` whose Shopify is a sandbox of this process, each behind its port."""

    sandbox: Sandbox
    shopify: ShopifyServer
    server: Server
    log: Path

    def person(self, name: str | None, *scopes: str) -> Person:
        """Return somebody who is signed in, or nobody in particular."""
        if name is None:
            return Person(self.server.port)
        return Person(self.server.port, self.server.token(name, *scopes))

    def raw(self, request: bytes, *, end: bool = False) -> Answer:
        """Send bytes, with `end` the last of the connection; return the answer, status 0 where there is none."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as connection:
            try:
                connection.sendall(request)
                if end:
                    connection.shutdown(socket.SHUT_WR)
                reply = http.client.HTTPResponse(connection, method=request.split(b" ", 1)[0].decode("latin-1"))
                reply.begin()
                return Answer(reply.status, reply.headers, reply.read())
            except (ConnectionError, http.client.BadStatusLine):
                return Answer(0, http.client.HTTPMessage(), b"")

    def deliver(self, topic: str, payload: Mapping[str, Any] | bytes, **options: Any) -> Answer:
        """Deliver as Shopify does; `options` are those of `headers_of`."""
        body = payload if isinstance(payload, bytes) else encoded(payload)
        return Person(self.server.port).send("POST", PATH, body, headers_of(body, topic, **options))

    def rows(self) -> list[JobSummary]:
        """Return the newest deliveries that are stored, of which there may be more."""
        storage = self.server.storage()
        try:
            return storage.jobs.list(kind="delivery", limit=250)
        finally:
            storage.close()

    def row(self, webhook_id: str) -> JobSummary | None:
        """Return the one delivery with this webhook id."""
        found = [row for row in self.rows() if row.headers.get("webhook_id") == webhook_id]
        assert len(found) <= 1
        return found[0] if found else None

    def worked_off(self, seconds: float = 60.0) -> None:
        """Wait until no delivery waits any more."""
        storage = self.server.storage()
        try:
            waiting = ["pending", "running"]
            assert settle(lambda: not storage.jobs.list(kind="delivery", states=waiting, limit=1), seconds)
        finally:
            storage.close()

    def decide(self, authorize_url: str, decision: str = "install") -> str:
        """Press a button on Shopify's page; return path and query of the callback that the browser is sent to."""
        parts = urlsplit(authorize_url)
        connection = http.client.HTTPConnection("127.0.0.1", self.shopify.port, timeout=30)
        try:
            form = f"{parts.query}&decision={decision}"
            headers = {"Host": parts.netloc, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", parts.path, form, headers)
            location = connection.getresponse().headers["Location"]
        finally:
            connection.close()
        back = urlsplit(location)
        return f"{back.path}?{back.query}"

    def connect(self, person: Person, shop: str) -> None:
        """Connect a store in the way that a merchant does."""
        begun = person.get(f"{AUTHORIZE}?shop={shop}")
        assert begun.status_code == 200, begun.data
        ended = person.get(self.decide(begun.json["data"]["auth_url"]))
        assert ended.status_code == 200, ended.data

    def asked(self) -> int:
        """Return how many calls Shopify has had, those not counted that the plugin makes by itself."""
        subjects = [str(call["subject"]) for call in self.sandbox.calls()]
        return sum(not (name.startswith("Webhook") or name.endswith("Changed")) for name in subjects)

    def exchanges(self) -> int:
        """Return how often Shopify was asked for a token."""
        return sum(call["path"] == "/admin/oauth/access_token" for call in self.sandbox.calls())


@contextmanager
def open_house(folder: Path, *options: str, plan: str = "standard", **settings: str) -> Iterator[House]:
    """Start a house in a folder of its own and end it. `plan` is that of the store demo."""
    data = folder / "data"
    database = settings.get("ATOM_SHOPIFY_DATABASE_URL", f"sqlite:///{data / 'shopify.db'}")
    upgrade(database)
    port = free_port()
    environ = {
        "SHOPIFY_API_KEY": "sandbox-key",
        "SHOPIFY_API_SECRET": SECRET.reveal(),
        "SHOPIFY_API_SECRET_PREVIOUS": PREVIOUS.reveal(),
        "ATOM_SHOPIFY_DATABASE_URL": database,
        "ATOM_SHOPIFY_DATA_DIR": str(data),
        "ATOM_SHOPIFY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ATOM_HOST_DATA_DIR": str(folder / "host"),
        **settings,
    }
    log = folder / "server.log"
    with (
        Sandbox(size="small", stores={"demo.myshopify.com": plan, "outlet.myshopify.com": "plus"}) as sandbox,
        serve(sandbox) as shopify,
        serving({"ATOM_SHOPIFY_ENDPOINT": shopify.url, **environ}, log, port, *options) as server,
    ):
        yield House(sandbox, shopify, server, log)


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()
