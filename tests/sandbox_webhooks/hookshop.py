"""An app's server and a shop, for tests of webhooks."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request, Response
from atom_shopify_plugin.sandbox.webhooks.topics import HEADER

DEMO, OUTLET = "demo.myshopify.com", "outlet.myshopify.com"
SUBSCRIBE = """
mutation ($topic: WebhookSubscriptionTopic!, $it: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $it) {
    webhookSubscription { id } userErrors { message } } }"""


class Received(NamedTuple):
    """One request that the app got."""

    headers: dict[str, str]
    body: bytes

    @property
    def topic(self) -> str:
        return self.headers["X-Shopify-Topic"]

    @property
    def webhook_id(self) -> str:
        return self.headers["X-Shopify-Webhook-Id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """An app's server: it keeps what it gets and answers what it is told to, 200 when told nothing."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answers: deque[int] = deque()
        self.always = 200
        self.connections = 0
        self.arrived = threading.Event()
        self.let_go = threading.Event()
        self.let_go.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                receiver.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Received(dict(self.headers), body))
                receiver.arrived.set()
                receiver.let_go.wait(10)
                self.send_response(receiver.answers.popleft() if receiver.answers else receiver.always)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_args: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_args: Any) -> None:
                pass  # the sandbox hangs up on a slow app

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def topics(self) -> list[str]:
        return [one.topic for one in self.got]

    def of(self, topic: str) -> list[Received]:
        return [one for one in self.got if one.topic == topic]

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Shop:
    """An app and its merchant on one store of a sandbox."""

    def __init__(self, sandbox: Sandbox, domain: str = DEMO) -> None:
        self.sandbox = sandbox
        self.domain = domain
        # Each topic has its scope; a scope to write includes the one to read.
        areas = ("metaobjects", "metaobject_definitions", "order_edits")
        services = ("third_party_fulfillment_orders", "assigned_fulfillment_orders")
        scopes = {*sandbox.app.scopes, *(f"write_{area}" for area in (*areas, *services))}
        self.token = sandbox.issue_admin_token(domain, scopes)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        data = b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        headers = {"Content-Type": "application/json", **headers}
        return self.sandbox.handle(Request(method, self.domain, path, query, headers, data))

    def control(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        reply = self.send(method, f"/__sandbox__/{path}", body)
        assert reply.status == status, reply.body
        return json.loads(reply.body)

    def do(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """Use a control route of this store."""
        return self.control(method, f"stores/{self.domain}/{path}", body or {})

    def graphql(self, text: str, **variables: Any) -> Any:
        body = {"query": text, "variables": variables}
        path = "/admin/api/2026-10/graphql.json"
        answer = json.loads(self.send("POST", path, body, **{"X-Shopify-Access-Token": self.token}).body)
        assert "errors" not in answer, answer
        return answer["data"]

    def subscribe(self, topic: str, uri: str, **more: Any) -> str:
        made = self.graphql(SUBSCRIBE, topic=topic, it={"uri": uri, **more})["webhookSubscriptionCreate"]
        assert made["userErrors"] == []
        return str(made["webhookSubscription"]["id"])

    def subscribe_to_all(self, uri: str) -> None:
        for topic in HEADER:
            self.subscribe(topic, uri)

    def subscriptions(self) -> list[str]:
        found = self.graphql("{ webhookSubscriptions(first: 100) { nodes { id } } }")
        return [node["id"] for node in found["webhookSubscriptions"]["nodes"]]

    def settle(self) -> None:
        assert self.sandbox.deliveries.settle(20)

    def deliveries(self, **query: Any) -> list[dict[str, Any]]:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        rows: list[dict[str, Any]] = self.control("GET", f"webhooks?{text}")["deliveries"]
        return rows
