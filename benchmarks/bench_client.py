"""Compare `client.execute` with bare requests against a local keep-alive server in another process.

Goals: at least 1.5 times the calls per second of `requests.post` without a session, and at least 0.8 times those of a
reused `requests.Session`. The server answers at once and its bucket never runs dry, so only our own time counts.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import requests

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.transport import Transport

SHOP = ShopDomain("bench.myshopify.com")
COST = {
    "requestedQueryCost": 10,
    "actualQueryCost": 8,
    "throttleStatus": {"maximumAvailable": 2e9, "currentlyAvailable": 2e9, "restoreRate": 1e9},
}
PRODUCT = {
    "id": "gid://shopify/Product/1",
    "title": "Mug",
    "productType": "Kitchen",
    "tags": ["a", "b"],
    "createdAt": "2026-10-01T00:00:00Z",
    "priceRange": {"minVariantPrice": {"amount": "12.00", "currencyCode": "EUR"}},
}


def serve(ready: Connection) -> None:
    """Answer every request on every connection with the same bytes, keeping connections open."""
    import threading

    body = json.dumps({"data": {"product": PRODUCT}, "extensions": {"cost": COST}}).encode()
    lines = ("HTTP/1.1 200 OK", "X-Shopify-API-Version: 2026-10", f"Content-Length: {len(body)}", "", "")
    reply = "\r\n".join(lines).encode() + body

    def talk(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as reader:
            while reader.readline():
                length = 0
                while (line := reader.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                reader.read(length)
                connection.sendall(reply)

    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    ready.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=talk, args=(connection,), daemon=True).start()


def rate(call: Callable[[], object], seconds: float = 0.8) -> float:
    call()
    started, calls = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        call()
        calls += 1
    return calls / elapsed


def main() -> None:
    """Run five rounds, the three ways in turn, and print the median of the ratios."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    there.close()  # so that a server that ends early ends the wait for it
    endpoint = f"http://127.0.0.1:{here.recv()}"
    transport = Transport(endpoint)
    client = Client(transport, Throttle(), version="2026-10")
    documents = Documents.load()
    document, variables = documents.get("ProductGet"), {"id": "gid://shopify/Product/1"}
    token = Secret("shpat_bench")
    url = f"{endpoint}/admin/api/2026-10/graphql.json"
    payload = {"query": document.text, "variables": variables, "operationName": document.name}
    headers = {"X-Shopify-Access-Token": token.reveal(), "Host": SHOP.name}
    session = requests.Session()
    ways: dict[str, Callable[[], object]] = {
        "client.execute": lambda: client.execute(SHOP, token, document, variables),
        "requests.post": lambda: requests.post(url, json=payload, headers=headers, timeout=10).json(),
        "Session.post": lambda: session.post(url, json=payload, headers=headers, timeout=10).json(),
    }
    rounds = [{name: rate(call) for name, call in ways.items()} for _ in range(5)]
    for name in ways:
        print(f"{name:15} {statistics.median(one[name] for one in rounds):8.0f} calls/s")
    bare = statistics.median(one["client.execute"] / one["requests.post"] for one in rounds)
    reused = statistics.median(one["client.execute"] / one["Session.post"] for one in rounds)
    print(f"ratio to requests.post without a session: {bare:.2f} (goal >= 1.5)")
    print(f"ratio to a reused Session:                {reused:.2f} (goal >= 0.8)")
    session.close()
    transport.close()
    server.terminate()
    server.join()
    if bare < 1.5 or reused < 0.8:
        raise SystemExit("A goal is missed.")


if __name__ == "__main__":
    main()
