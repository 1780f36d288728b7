"""One read in 20 stores: all at once against one store after another. Goal: 8 times faster where Shopify takes 80 ms.

Both ways are REST calls, turn by turn. Each store is a store of the sandbox, whose answers wait for 80 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time

from bench_rest import Host
from flask import Flask

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.adapter import SandboxAdapter
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.web import blueprints

STORES = 20
SECONDS = 0.08
ROUNDS = 7
GOAL = 8.0


def main() -> int:
    names = [f"shop-{number}.myshopify.com" for number in range(1, STORES + 1)]
    sandbox = Sandbox(size="small", stores=dict.fromkeys(names, "standard"))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environ(
            {
                "SHOPIFY_API_KEY": "sandbox-key",
                "SHOPIFY_API_SECRET": "sandbox-secret",
                "ATOM_SHOPIFY_DATA_DIR": folder,
                "ATOM_SHOPIFY_RATE_LIMIT": "1000000 per minute",
            }
        )
        runtime = Runtime(settings, adapter=SandboxAdapter(sandbox))
        runtime.storage.upgrade()
        for name in names:
            token = Secret(sandbox.issue_admin_token(name))
            runtime.connections.connect_token(Principal("ada"), ShopDomain(name), token)
        app = Flask("bench")
        for blueprint in blueprints(runtime, Host()):
            app.register_blueprint(blueprint)
        client = app.test_client()

        def read(shop: str) -> None:
            answer = client.get(f"/api/shopify/products?limit=3&shop={shop}", headers={"Authorization": "Bearer ada"})
            assert (answer.json or {}).get("ok"), answer.status_code

        def one_after_another() -> None:
            for name in names:
                read(name)

        ways = {"one after another": one_after_another, "all at once": lambda: read("all")}
        for way in ways.values():  # warm up: connections, compiled documents
            way()
        sandbox.faults.add({"kind": "latency", "seconds": SECONDS, "times": None})
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                started = time.perf_counter()
                way()
                times[name].append(time.perf_counter() - started)
        runtime.close()
    for name, seconds in times.items():
        print(f"{name:<20} {statistics.median(seconds) * 1000:7.0f} ms")
    ratio = statistics.median(apart / together for apart, together in zip(*(times[name] for name in ways), strict=True))
    print(f"{STORES} stores at once are {ratio:.1f} times faster; goal >= {GOAL}")
    return 0 if ratio >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
