"""Deliveries over real sockets, behind the server that is used in production."""

from __future__ import annotations

import http.client
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eventkit import DEMO, PATH, encoded, headers_of, order
from sqlalchemy import select

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import Grant, Storage
from atom_shopify_plugin.storage.models_events import LedgerEvent, QueuedJob

if TYPE_CHECKING:
    from sqlalchemy import Engine

BODY = encoded(order())
_SERVE = "from atom_shopify_plugin.cli import main; main()"


@dataclass
class Server:
    """gunicorn with the embedded host and the installed plugin."""

    port: int
    settings: Settings
    process: subprocess.Popen[bytes]
    host_file: Path

    def raw(self, request: bytes) -> bytes:
        """Send bytes as they are and return the status line of the answer, empty if the server just hung up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as stream:
                return stream.readline()

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("POST", PATH, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def storage(self) -> Storage:
        return Storage(self.settings)


def settle(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Poll until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def server(environ: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    settings = Settings.from_environ(environ)
    storage = Storage(settings)
    grant = Grant(
        app=settings.api_key, shop=DEMO, shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR", timezone="UTC",
        kind="offline", scope="read_orders", granted_scopes=frozenset({"read_orders"}), access=Secret("shpat_test"),
    )  # fmt: skip
    storage.installations.grant(grant, Principal("ada"))
    storage.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    values = {**os.environ, **environ, "ATOM_HOST_DATA_DIR": str(tmp_path / "host")}
    # Shopify is away for this host: a port that nobody listens on.
    values |= {"ATOM_SHOPIFY_ENDPOINT": "http://127.0.0.1:9", "ATOM_SHOPIFY_PUBLIC_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-c", _SERVE, "serve", "--port", str(port), "--threads", "16"]
    log = (tmp_path / "server.log").open("wb")
    process = subprocess.Popen(command, env=values, stdout=log, stderr=log, start_new_session=True)
    found = Server(port, settings, process, tmp_path / "host" / "atom-host.db")

    def ready() -> bool:
        if process.poll() is not None:
            pytest.fail((tmp_path / "server.log").read_text())
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    try:
        assert settle(ready), (tmp_path / "server.log").read_text()
        yield found
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        log.close()


def request_of(*lines: str, body: bytes = BODY) -> bytes:
    headers = [f"{name}: {value}" for name, value in headers_of(body, "orders/create").items()]
    head = [f"POST {PATH} HTTP/1.1", "Host: atom.example.com", "Connection: close", *headers, *lines]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


LENGTH = f"Content-Length: {len(BODY)}"
HOSTILE = {
    "a second signature": (request_of(LENGTH, "X-Shopify-Hmac-Sha256: x"), b"400"),
    "a second topic": (request_of(LENGTH, "X-Shopify-Topic: orders/paid"), b"400"),
    "a second store": (request_of(LENGTH, "x-shopify-shop-domain: outlet.myshopify.com"), b"400"),
    "the other family": (request_of(LENGTH, "Shopify-Topic: orders/paid"), b"400"),
    "a folded header": (request_of(LENGTH, "X-Shopify-Name: a", " folded"), b"400"),
    "an underscore": (request_of(LENGTH, "X_Shopify_Topic: orders/paid"), b"400"),
    "two lengths": (request_of(LENGTH, "Content-Length: 5"), b"400"),
    "a length and chunks": (request_of(LENGTH, "Transfer-Encoding: chunked"), b"4"),
    "chunks": (request_of("Transfer-Encoding: chunked", body=b"1\r\n{\r\n0\r\n\r\n"), b"411"),
    "no length": (request_of(body=b""), b"411"),
    "an empty body": (request_of("Content-Length: 0", body=b""), b"200"),
    "compressed": (request_of(LENGTH, "Content-Encoding: gzip"), b"415"),
    "cut": (request_of(f"Content-Length: {len(BODY) + 50}"), b"4"),
    "a very long header": (request_of(LENGTH, f"X-Shopify-Name: {'x' * 20_000}"), b"4"),
}


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_hostile_requests_are_refused_and_the_server_goes_on(server: Server) -> None:
    statuses = {what: server.raw(request)[9:12] for what, (request, _) in HOSTILE.items()}
    wrong = {
        what: (statuses[what], expected)
        for what, (_, expected) in HOSTILE.items()
        if statuses[what] and not statuses[what].startswith(expected)
    }
    assert wrong == {}
    assert server.post(BODY, headers_of(BODY, "orders/create")) == 200


def storm_with_kills(server: Server, total: int, kills: int, seed: int) -> None:
    """Send `total` deliveries, a fifth of them repetitions, while workers of the server are killed at random.

    Nothing that was acknowledged may be lost, and no delivery may become an event twice.
    """
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    unique = total * 5 // 6
    sent = [(f"w{number}", encoded(order(number))) for number in range(unique)]
    again = [*sent, *rng.sample(sent, total - unique)]
    rng.shuffle(again)
    acknowledged: set[str] = set()

    def send(item: tuple[str, bytes]) -> None:
        webhook_id, body = item
        headers = headers_of(body, "orders/create", webhook_id=webhook_id)
        for _ in range(60):  # as Shopify does, only faster
            try:
                if server.post(body, headers) == 200:
                    acknowledged.add(webhook_id)
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.2)

    def workers() -> list[int]:
        found = subprocess.run(["pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=False)
        return [int(line) for line in found.stdout.split()]

    with ThreadPoolExecutor(16) as pool:
        done = [pool.submit(send, item) for item in again]
        for kill in range(kills):
            share = int(len(again) * (kill + rng.random()) / kills)
            assert settle(lambda share=share: sum(one.done() for one in done) >= share, 600.0)
            for pid in workers()[:1]:
                os.kill(pid, signal.SIGKILL)
        for one in done:
            one.result()
    assert len(acknowledged) == unique
    storage = server.storage()
    assert settle(lambda: not storage.jobs.list(kind="delivery", states=["pending", "running"], limit=1), 600.0)
    with storage.read() as session:
        deliveries = Counter(session.scalars(select(QueuedJob.state).where(QueuedJob.kind == "delivery")))
        events = Counter(session.scalars(select(LedgerEvent.state)))
    storage.close()
    assert deliveries == {"done": unique}
    assert events == {"emitted": unique}
    with sqlite3.connect(server.host_file) as host:
        taken = host.execute("SELECT count(*), count(DISTINCT dedupe_key) FROM host_events").fetchone()
    assert taken == (unique, unique)


@pytest.mark.timeout(300)
def test_kills_among_deliveries_lose_and_double_nothing(server: Server) -> None:
    storm_with_kills(server, 300, kills=3, seed=5)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_five_kills_among_five_thousand_deliveries_lose_and_double_nothing(server: Server) -> None:
    storm_with_kills(server, 5_000, kills=5, seed=5)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_fifty_kills_among_a_hundred_thousand_deliveries_lose_and_double_nothing(server: Server) -> None:
    storm_with_kills(server, 100_000, kills=50, seed=6)


@pytest.mark.parametrize("migrated_database_url", ["sqlite"], indirect=True)
def test_a_locked_database_is_answered_503_in_time_and_taken_up_again(server: Server) -> None:
    assert server.post(BODY, headers_of(BODY, "orders/create")) == 200
    storage = server.storage()
    engine: Engine = storage.engine
    with engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        began = time.monotonic()
        body = encoded(order(77))
        assert server.post(body, headers_of(body, "orders/create", webhook_id="late")) == 503
        assert time.monotonic() - began < 4.0
        connection.exec_driver_sql("ROLLBACK")
    began = time.monotonic()
    assert settle(lambda: server.post(body, headers_of(body, "orders/create", webhook_id="late")) == 200, 5.0)
    assert len(storage.jobs.list(kind="delivery")) == 2
    storage.close()
