"""How fast stored deliveries become events. Goal: at least 0.15 of the rate of a bare loop, in the same run.

The bare loop makes the four commits that no way around exists for (claim, event, handed over, done), each one statement
on one row of a SQLite file with the same settings, and nothing else: nothing is parsed, decrypted, compared, matched or
emitted. Ours is the whole way with 4 threads, its host taking the events into a file of its own (a fifth commit).
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from atom_shopify_plugin.settings import Secret

ROUNDS = 3
COUNT = 400
THREADS = 4
GOAL = 0.15
SHOP = "demo.myshopify.com"


def bare(folder: Path) -> float:
    """Return deliveries per second of the bare loop."""
    connection = sqlite3.connect(folder / f"bare-{time.monotonic_ns()}.db", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT, body BLOB);"
        "CREATE TABLE events (id INTEGER PRIMARY KEY, state TEXT, body BLOB)"
    )
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany("INSERT INTO jobs VALUES (?, 'pending', ?)", [(one, b"x" * 800) for one in range(COUNT)])
    connection.execute("COMMIT")
    began = time.perf_counter()
    for one in range(COUNT):
        for statement in (
            "UPDATE jobs SET state = 'running' WHERE id = ?",
            "INSERT INTO events SELECT id, 'pending', body FROM jobs WHERE id = ?",
            "UPDATE events SET state = 'emitted' WHERE id = ?",
            "UPDATE jobs SET state = 'done' WHERE id = ?",
        ):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(statement, (one,))
            connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return COUNT / seconds


class Ours:
    """A host with the plugin and one store."""

    def __init__(self, folder: Path) -> None:
        from atom_shopify_plugin.hookspecs import Principal
        from atom_shopify_plugin.host.app import create_app
        from atom_shopify_plugin.jobs import Jobs
        from atom_shopify_plugin.plugin import ShopifyPlugin
        from atom_shopify_plugin.shopify.domain import ShopDomain
        from atom_shopify_plugin.storage import Grant

        plugin = ShopifyPlugin()
        environ = {
            "SHOPIFY_API_KEY": "sandbox-key",
            "SHOPIFY_API_SECRET": "sandbox-secret",
            "ATOM_SHOPIFY_DATA_DIR": str(folder / "data"),
            "ATOM_HOST_DATA_DIR": str(folder / "host"),
            "ATOM_SHOPIFY_WORKER_THREADS": "0",
        }
        self.host: Any = create_app(environ, [("shopify", plugin)]).extensions["atom_host"]
        self.runtime = plugin.runtime
        self.runtime.jobs = Jobs(self.runtime.services, threads=0)
        grant = Grant(
            app="sandbox-key", shop=ShopDomain(SHOP), shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR",
            timezone="UTC", kind="offline", scope="read_orders", granted_scopes=frozenset({"read_orders"}),
            access=Secret("shpat_bench"),
        )  # fmt: skip
        self.store = self.runtime.storage.installations.grant(grant, Principal("bench"))
        self._made = 0

    def run(self) -> float:
        """Return deliveries per second from the stored row to the host."""
        from atom_shopify_plugin.storage import NewJob

        for _ in range(COUNT):
            self._made += 1
            body = {"id": self._made, "updated_at": "2026-11-01T10:00:00Z", "note": "x" * 700}
            new = NewJob(
                kind="delivery",
                app=self.store.app,
                shop=SHOP,
                dedupe=f"bench|{self._made}",
                subject="orders/create",
                headers={"webhook_id": str(self._made), "epoch": str(self.store.epoch)},
                body=json.dumps(body).encode(),
                installation_id=self.store.id,
            )
            self.runtime.storage.jobs.put(new)

        def work() -> None:
            while self.runtime.jobs.run_one():
                pass

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return COUNT / (time.perf_counter() - began)

    def close(self) -> int:
        """Return how many events the host has taken."""
        (count,) = self.host.store.run("SELECT count(*) FROM host_events")[0]
        self.host.close()
        return int(count)


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        ours = Ours(Path(name))
        pairs = [(bare(Path(name)), ours.run()) for _ in range(ROUNDS)]
        taken = ours.close()
    measure, rate = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    lost = ROUNDS * COUNT - taken
    print(f"bare {measure:6.0f}/s   ours {rate:6.0f}/s   ratio {ratio:.2f} (goal {GOAL})   lost {lost}")
    return 0 if ratio >= GOAL and lost == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
