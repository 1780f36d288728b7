"""The server that is used in production, as Shopify and its operator see it."""

from __future__ import annotations

import http.client
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from eventkit import DEMO, PATH
from ports import free_port
from sqlalchemy import select

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.auth import Auth
from atom_shopify_plugin.host.config import HostConfig
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import Grant, Storage
from atom_shopify_plugin.storage.work.event_table import LedgerEvent
from atom_shopify_plugin.storage.work.job_table import QueuedJob

LIVE = "/api/shopify/health/live"
_PROGRAM = "from atom_shopify_plugin.cli import main; main()"


@dataclass
class Server:
    """`atom-shopify serve` with the embedded host and the installed plugin."""

    port: int
    settings: Settings
    environ: dict[str, str]
    process: subprocess.Popen[bytes]
    host_file: Path

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        return self._ask("POST", PATH, body, headers)[0]

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and text of an answer."""
        return self._ask("GET", path, headers=headers)

    def token(self, subject: str, *scopes: str) -> str:
        """Return a bearer token of somebody."""
        store = HostStore(self.host_file.parent)
        try:
            config = HostConfig.from_environ({"ATOM_HOST_DATA_DIR": str(self.host_file.parent)})
            return Auth(config, store).issue(subject, scopes=scopes)
        finally:
            store.close()

    def lives(self) -> bool:
        try:
            return self.get(LIVE)[0] == 200
        except OSError:
            return False

    def _ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """Return the processes that answer requests, and run jobs unless they are told not to."""
        return children(self.process.pid)

    def storage(self) -> Storage:
        return Storage(self.settings)


class Line:
    """A sender's connection, which is kept, and opened anew after an error."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=15)

    def post(self, body: bytes, headers: dict[str, str]) -> int | None:
        """Return the status of the answer, None when there was none."""
        try:
            self._connection.request("POST", PATH, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            return None
        return answer.status

    def close(self) -> None:
        self._connection.close()


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, none where it is gone."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def threads(pid: int) -> list[int]:
    """Return the threads of a process, none where it is gone."""
    try:
        return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
    except FileNotFoundError:
        return []


def settle(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Poll until something is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def start(environ: dict[str, str], log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `atom-shopify` in a group of processes of its own."""
    command = [sys.executable, "-c", _PROGRAM, *arguments]
    with log.open("ab") as stream:
        return subprocess.Popen(command, env=environ, stdout=stream, stderr=stream, start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill what `start` has started, with all that it has started itself."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@pytest.fixture
def serve_options() -> tuple[str, ...]:
    """Options of `atom-shopify serve`."""
    return ("--threads", "16")


@pytest.fixture
def server(environ: dict[str, str], tmp_path: Path, serve_options: tuple[str, ...]) -> Iterator[Server]:
    """A server with one connected store, whose Shopify is away."""
    settings = Settings.from_environ(environ)
    storage = Storage(settings)
    grant = Grant(
        app=settings.api_key, shop=DEMO, shop_id="gid://shopify/Shop/1", name="Demo", currency="EUR", timezone="UTC",
        kind="offline", scope="read_orders", granted_scopes=frozenset({"read_orders"}), access=Secret("shpat_test"),
    )  # fmt: skip
    storage.installations.grant(grant, Principal("ada"))
    storage.close()
    values = {**environ, "ATOM_HOST_DATA_DIR": str(tmp_path / "host")}
    # Shopify is away for this host: a port that nobody listens on.
    values |= {"ATOM_SHOPIFY_ENDPOINT": "http://127.0.0.1:9", "ATOM_SHOPIFY_PUBLIC_URL": "http://127.0.0.1:9"}
    with serving(values, tmp_path / "server.log", free_port(), *serve_options) as found:
        yield found


@contextmanager
def serving(environ: Mapping[str, str], log: Path, port: int, *options: str) -> Iterator[Server]:
    """Run `atom-shopify serve` with these settings, from its first answer on."""
    values = {**os.environ, **environ}
    process = start(values, log, "serve", "--port", str(port), *options)
    host_file = Path(environ["ATOM_HOST_DATA_DIR"]) / "atom-host.db"
    found = Server(port, Settings.from_environ(environ), values, process, host_file)

    def ready() -> bool:
        if process.poll() is not None:
            pytest.fail(log.read_text())
        return found.lives()

    try:
        assert settle(ready), log.read_text()
        yield found
    finally:
        end(process)


def assert_each_became_one_event(server: Server, webhook_ids: set[str], seconds: float) -> None:
    """Wait until all deliveries are worked off; each must be one row, one event, and one event at the host."""
    storage = server.storage()
    try:
        waiting = ["pending", "running"]
        settled = settle(lambda: not storage.jobs.list(kind="delivery", states=waiting, limit=1), seconds)
        assert settled, storage.jobs.backlog()
        with storage.read() as session:
            deliveries = session.execute(select(QueuedJob.dedupe, QueuedJob.state).where(QueuedJob.kind == "delivery"))
            found = [(dedupe.rpartition("|")[2], state) for dedupe, state in deliveries]
            events = Counter(session.scalars(select(LedgerEvent.state)))
    finally:
        storage.close()
    assert sorted(found) == sorted((webhook_id, "done") for webhook_id in webhook_ids)
    assert events == {"emitted": len(webhook_ids)}
    with sqlite3.connect(server.host_file) as host:
        taken = host.execute("SELECT count(*), count(DISTINCT dedupe_key) FROM host_events").fetchone()
    assert taken == (len(webhook_ids), len(webhook_ids))
