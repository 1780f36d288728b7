"""Processes that start while a database is locked or away: they answer at once, wait, and work when it is back."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from eventkit import DEMO, encoded, headers_of, order
from outages import Postgres
from ports import free_port
from served import LIVE, Server, assert_each_became_one_event, children, end, settle, start

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import Grant, Storage

ANSWER = 4.0
KEY = "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def connect(settings: Settings) -> None:
    storage = Storage(settings)
    storage.upgrade()
    grant = Grant(
        app=settings.api_key, shop=DEMO, shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR", timezone="UTC",
        kind="offline", scope="read_orders", granted_scopes=frozenset({"read_orders"}), access=Secret("shpat_test"),
    )  # fmt: skip
    storage.installations.grant(grant, Principal("ada"))
    storage.close()


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {
        **environ,
        "ATOM_SHOPIFY_JOB_LEASE": "3",
        "ATOM_HOST_DATA_DIR": str(tmp_path / "host"),
        "ATOM_SHOPIFY_ENDPOINT": "http://127.0.0.1:9",  # nobody listens there: Shopify is away
        "ATOM_SHOPIFY_PUBLIC_URL": "http://127.0.0.1:9",
    }


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start `atom-shopify serve` and wait for nothing."""
    with ExitStack() as stack:

        def start_one(environ: dict[str, str]) -> Server:
            port, values = free_port(), {**os.environ, **environ}
            process = start(values, tmp_path / "server.log", "serve", "--port", str(port), "--threads", "8")
            stack.callback(end, process)
            file = Path(environ["ATOM_HOST_DATA_DIR"]) / "atom-host.db"
            return Server(port, Settings.from_environ(environ), values, process, file)

        yield start_one


def token_of(settings: Settings, host_file: Path) -> str:
    """Make the host's storage, and a token for somebody."""
    unstarted = Server(0, settings, {}, None, host_file)  # type: ignore[arg-type]  # nothing of a process is asked
    return unstarted.token("ada")


@contextmanager
def locked(*files: Path) -> Iterator[None]:
    """Hold the writer's place of SQLite files."""
    with ExitStack() as stack:
        for file in files:
            holder = stack.enter_context(closing(sqlite3.connect(file, isolation_level=None)))
            holder.execute("BEGIN EXCLUSIVE")
        yield


class Client:
    """Sends the same delivery again and again, and other things beside it; notes how long answers take."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.longest = 0.0

    def ask(self, send: Callable[[], int]) -> int | None:
        began = time.monotonic()
        try:
            return send()
        except ConnectionRefusedError:
            return None  # nothing listens yet
        except OSError:
            return None  # the process that had taken it was killed
        finally:
            self.longest = max(self.longest, time.monotonic() - began)

    def deliver(self, webhook_id: str = "w1") -> int | None:
        body = encoded(order())
        return self.ask(lambda: self.server.post(body, headers_of(body, "orders/create", webhook_id=webhook_id)))

    def stores(self, token: str) -> int | None:
        headers = {"Authorization": f"Bearer {token}"}
        return self.ask(lambda: self.server.get("/api/shopify/stores", headers)[0])

    def live(self) -> int | None:
        return self.ask(lambda: self.server.get(LIVE)[0])

    def log_in(self) -> int | None:
        """Use a sign-in link, which writes to the host's own storage."""
        return self.ask(lambda: self.server.get("/signin?token=atom_" + "x" * 43)[0])


def log_of(tmp_path: Path) -> str:
    return (tmp_path / "server.log").read_text()


@pytest.mark.parametrize("tables", ["with tables", "empty"])
def test_a_server_that_starts_while_sqlite_is_locked_answers_in_time(
    environ: dict[str, str], starting: Callable[..., Server], tmp_path: Path, tables: str
) -> None:
    settings = Settings.from_environ(environ)
    files = [settings.data_dir / "atom-shopify.db", tmp_path / "host" / "atom-host.db"]
    if tables == "empty":
        for file in settings.data_dir.glob("atom-shopify.db*"):
            file.unlink()
        with closing(sqlite3.connect(files[0])) as made:
            made.execute("PRAGMA journal_mode = WAL")
    else:
        connect(settings)
    token = token_of(settings, files[1])
    with locked(*files):
        client = Client(starting(environ))
        assert settle(lambda: client.live() == 200), log_of(tmp_path)
        for _ in range(3):
            assert client.deliver() == 503
            assert client.stores(token) == (503 if tables == "empty" else 200)
            assert client.log_in() == 503
            assert client.live() == 200
        if tables == "with tables":
            before = children(client.server.process.pid)
            os.kill(before[0], signal.SIGKILL)
            assert settle(lambda: client.live() == 200 and children(client.server.process.pid) != before)
            assert client.deliver() == 503
        else:
            assert "can't be brought up to date yet" in log_of(tmp_path)
    assert client.longest < ANSWER
    if tables == "empty":
        assert settle(lambda: client.stores(token) == 200, 10.0)
        connect(settings)
    assert settle(lambda: client.deliver() == 200, 10.0)
    assert_each_became_one_event(client.server, {"w1"}, 30.0)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_file_that_can_not_be_opened_while_a_process_starts_costs_nothing(
    environ: dict[str, str], starting: Callable[..., Server], tmp_path: Path, command: str
) -> None:
    settings = Settings.from_environ(environ)
    connect(settings)
    token_of(settings, tmp_path / "host" / "atom-host.db")
    server = starting({**environ, "ATOM_SHOPIFY_WORKER_THREADS": "4" if command == "serve" else "0"})
    client = Client(server)
    assert settle(lambda: client.live() == 200), log_of(tmp_path)
    worker = None
    if command == "worker":
        worker = start(server.environ, tmp_path / "worker.log", "worker")
        assert settle(lambda: len(children(worker.pid)) == 1)
    parent = server.process if worker is None else worker
    folders = [settings.data_dir, tmp_path / "host"]
    before = children(parent.pid)
    try:
        with_it = [folder.rename(folder.with_suffix(".away")) for folder in folders]
        for folder in folders:
            folder.write_text("A file stands in the place of the folder, as on a machine whose disk is not mounted.")
        os.kill(before[0], signal.SIGKILL)
        assert settle(lambda: bool(children(parent.pid)) and children(parent.pid) != before)
        if worker is None:
            assert settle(lambda: client.live() == 200)
            assert settle(lambda: client.deliver() == 503)
            assert "the file can't be opened" in log_of(tmp_path) or "can't be opened" in log_of(tmp_path)
        else:
            text = tmp_path / "worker.log"
            assert settle(lambda: "can't be brought up to date yet" in text.read_text()), text.read_text()
        started = children(parent.pid)
        for folder, kept in zip(folders, with_it, strict=True):
            folder.unlink()
            kept.rename(folder)
        if worker is not None:
            os.kill(children(server.process.pid)[0], signal.SIGKILL)  # its connections lead to the folder's old name
        assert settle(lambda: client.deliver() == 200, 15.0), log_of(tmp_path)
        assert_each_became_one_event(server, {"w1"}, 30.0)
        assert children(parent.pid) == started, "It has to come back by itself, not by a restart."
    finally:
        if worker is not None:
            end(worker)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    # Not in pytest's folder: no other user may look into that one, and PostgreSQL never runs as root.
    with tempfile.TemporaryDirectory(prefix="atom-pg-") as folder:
        found = Postgres(Path(folder))
        try:
            yield found
        finally:
            found.close()


def test_a_server_that_starts_while_postgresql_is_away_waits_for_it(
    environ: dict[str, str], starting: Callable[..., Server], tmp_path: Path, postgres: Postgres
) -> None:
    address = postgres.url.replace("postgresql://", "postgresql+psycopg://")
    values = {**environ, "ATOM_SHOPIFY_DATABASE_URL": address, "ATOM_SHOPIFY_ENCRYPTION_KEYS": KEY}
    connect(Settings.from_environ(values))
    with postgres.crashed():
        client = Client(starting(values))
        assert settle(lambda: client.live() == 200), log_of(tmp_path)
        assert client.deliver() == 503
        assert settle(lambda: "can't be brought up to date yet" in log_of(tmp_path))
        assert client.server.process.poll() is None
    assert settle(lambda: client.deliver() == 200, 15.0)
    assert client.longest < ANSWER
    assert_each_became_one_event(client.server, {"w1"}, 30.0)
    assert settle(lambda: "The database is back" in log_of(tmp_path))


def test_a_killed_server_leaves_its_port_to_the_next_one(
    environ: dict[str, str], starting: Callable[..., Server], tmp_path: Path
) -> None:
    """The parent of the workers is killed while one of them has a request to answer for long."""
    settings = Settings.from_environ(environ)
    connect(settings)
    server = starting(environ)
    client = Client(server)
    assert settle(lambda: client.live() == 200), log_of(tmp_path)
    headers = {"Authorization": f"Bearer {server.token('ada')}", "Content-Type": "application/json"}
    slow = {"id": "slow", "steps": [{"id": "wait", "type": "delay", "delay_seconds": 60}]}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as line:
        line.request("POST", "/api/workflows/definitions", json.dumps(slow), headers)
        assert line.getresponse().read()
        line.request("POST", "/api/workflows/execute", json.dumps({"workflow_id": "slow", "wait": 25}), headers)
        (worker,) = server.workers()
        time.sleep(1.0)  # the request is under way
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        try:
            assert settle(lambda: is_free(server.port), 10.0)
            assert Path(f"/proc/{worker}").exists()
            assert line.getresponse().status == 202  # the run goes on
            assert settle(lambda: not Path(f"/proc/{worker}").exists(), 60.0)
        finally:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True
