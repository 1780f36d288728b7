"""Let eight threads drain one store of the sandbox over HTTP as fast as its cost bucket allows.

Goals: no THROTTLED answer, no failure handed to a caller, and a wall time of at most 1.05 times what the bucket makes
inevitable. A call may leave when the bucket holds what it *asks* for, so that is, for the last one to leave:
(points used before it + points it asks for - points in the full bucket) / points restored per second.
The sandbox runs in another process.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from multiprocessing.connection import Connection

from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.client import Client
from atom_shopify_plugin.shopify.documents import Documents
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.shopify.throttle import Throttle
from atom_shopify_plugin.shopify.transport import Transport

SHOP = ShopDomain("demo.myshopify.com")
THREADS = 8
SECONDS = 15  # how long the bucket alone makes the drain last
CALLS = (("ProductSearch", {"first": 10}), ("CustomerSearch", {"first": 20}), ("LocationList", {"first": 2}))


def serve(pipe: Connection) -> None:
    """Serve a sandbox until the other side says so."""
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.sandbox.server import serve as start

    sandbox = Sandbox(size="small")
    sandbox.store(SHOP.name)
    with start(sandbox) as server:
        pipe.send((server.url, sandbox.issue_admin_token(SHOP.name)))
        pipe.recv()


def main() -> None:
    """Drain once and print calls, points, refusals and the ratio to the bucket's limit."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    process.start()
    there.close()  # so that a sandbox that ends early ends the wait for it
    url, token_text = here.recv()
    token, documents = Secret(token_text), Documents.load()
    transport, throttle = Transport(url), Throttle()
    client = Client(transport, throttle, version="2026-10", timeout=60)
    lock = threading.Lock()
    points, failures, turn, last = 0.0, list[str](), 0, 0.0
    budget = float("inf")

    def drain() -> None:
        nonlocal points, turn, budget, last
        while True:
            with lock:
                if points >= budget:
                    return
                turn += 1
                name, variables = CALLS[turn % len(CALLS)]
            try:
                result = client.execute(SHOP, token, documents.get(name), variables, urgent=False)
            except PluginError as error:
                failures.append(f"{type(error).__name__}: {error} {error.details}")
                return
            status = result.cost["throttleStatus"]
            with lock:
                points += float(result.cost["actualQueryCost"])
                last = float(result.cost["requestedQueryCost"]) - float(result.cost["actualQueryCost"])
                budget = float(status["maximumAvailable"]) + SECONDS * float(status["restoreRate"])

    # The sandbox builds its schema at its first query; a real Shopify is awake.
    Client(transport, Throttle(), version="2026-10", timeout=60).execute(SHOP, token, documents.get("StoreGet"))
    started = time.perf_counter()
    threads = [threading.Thread(target=drain) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - started
    reading = throttle.snapshot(SHOP)
    here.send("stop")
    process.join(10)
    transport.close()
    if failures or reading is None or not reading.rate or not reading.maximum:
        raise SystemExit(f"{len(failures)} calls failed: {failures[:3]}")
    limit = (points + last - reading.maximum) / reading.rate
    print(
        f"{reading.calls} calls, {points:.0f} points, {THREADS} threads, "
        f"bucket {reading.maximum:.0f} + {reading.rate:.0f}/s"
    )
    print(f"throttled: {reading.throttled} (goal 0), surfaced: {len(failures)} (goal 0)")
    print(f"wall time {wall:.2f} s, limit {limit:.2f} s, ratio {wall / limit:.3f} (goal <= 1.05)")
    if reading.throttled or wall > 1.05 * limit:
        raise SystemExit("A goal is missed.")


if __name__ == "__main__":
    main()
