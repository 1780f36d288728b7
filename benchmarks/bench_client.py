"""Compare `client.execute` with bare requests against a local keep-alive server in another process.

Goals for one product: at least 1.5 times the calls per second of `requests.post` without a session, and at least 0.8
times those of a reused `requests.Session`. Goal for a page of 250 products, nested lists settled as an action answers
them: at most 1.6 times the processor time of a reused session with `orjson.loads`. The server answers at once and its
bucket never runs dry, so only our own time counts.
"""

from __future__ import annotations

import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

import orjson
import requests

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.transport import Transport
from atom_shopify_plugin.shopify.whole import settle

SHOP = ShopDomain("bench.myshopify.com")
COST = {
    "requestedQueryCost": 10,
    "actualQueryCost": 8,
    "throttleStatus": {"maximumAvailable": 2e9, "currentlyAvailable": 2e9, "restoreRate": 1e9},
}
PAGE = 250


def answer(schema: Mapping[str, Any], key: str = "", number: int = 1) -> Any:
    """Return what Shopify would send for a part of an output's schema."""
    schema = schema.get("anyOf", [schema])[0]
    kind = schema["type"] if isinstance(schema["type"], str) else schema["type"][0]
    if kind == "object":
        names = [name for name in schema["properties"] if name not in ("legacy_id", "truncated", "count", "more")]
        found = {name: answer(schema["properties"][name], name, number) for name in names}
        ends = {"page_info": {"has_next_page": False, "end_cursor": "e"}} if "truncated" in schema["properties"] else {}
        return {**found, **ends}
    if kind == "array":
        return [answer(schema["items"], key, number)]
    text = f"gid://shopify/Thing/{number}" if key == "id" else f"{key} {number}"
    return {"integer": 7, "boolean": True, "number": 1.5}.get(kind, text)


def answers() -> tuple[bytes, bytes]:
    """Return Shopify's answers to ProductGet and to ProductSearch with 250 products of one variant."""
    product = packaged().action("product_get").output
    one = {"product": answer(product)}
    info = {"has_next_page": True, "end_cursor": "c"}
    page = {"products": {"nodes": [answer(product, "", number) for number in range(PAGE)], "page_info": info}}
    first, second = ({"data": data, "extensions": {"cost": COST}} for data in (one, page))
    return json.dumps(first).encode(), json.dumps(second).encode()


def serve(ready: Connection) -> None:
    """Answer every request on every connection at once, keeping connections open."""
    import threading

    replies = []
    for body in answers():
        lines = ("HTTP/1.1 200 OK", "X-Shopify-API-Version: 2026-10", f"Content-Length: {len(body)}", "", "")
        replies.append("\r\n".join(lines).encode() + body)

    def talk(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection, connection.makefile("rb") as reader:
            while reader.readline():
                length = 0
                while (line := reader.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                asked = reader.read(length)
                connection.sendall(replies[b"ProductSearch" in asked])

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


def processor_time(call: Callable[[], object], times: int = 40) -> float:
    """Return the milliseconds of processor time, of all threads, that one call takes."""
    call()
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) * 1000 / times


def main() -> None:
    """Run five rounds, the ways in turn, and print the median of the ratios."""
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
    search = documents.get("ProductSearch")
    asked = {"first": PAGE}

    def page() -> dict[str, Any]:
        data = client.execute(SHOP, token, search, asked).data
        settle(search, data, asked, lambda *_: None, {})
        return data

    def bare_page() -> Any:
        body = {"query": search.text, "variables": asked, "operationName": search.name}
        return orjson.loads(session.post(url, json=body, headers=headers, timeout=10).content)["data"]

    assert page()["products"]["nodes"][0]["variants"]["nodes"][0]["inventory_item"]["legacy_id"] == "0"
    assert len(bare_page()["products"]["nodes"]) == PAGE
    pages = [(processor_time(page), processor_time(bare_page)) for _ in range(5)]
    ours, theirs = (statistics.median(column) for column in zip(*pages, strict=True))
    times = statistics.median(one / other for one, other in pages)
    print(f"a page of {PAGE} products: {ours:.2f} ms of processor time, bare {theirs:.2f} ms")
    print(f"ratio to a bare page:                     {times:.2f} (goal <= 1.6)")
    session.close()
    transport.close()
    server.terminate()
    server.join()
    if bare < 1.5 or reused < 0.8 or times > 1.6:
        raise SystemExit("A goal is missed.")


if __name__ == "__main__":
    main()
