"""A PostgreSQL that goes away, and Shopify that does not stop to deliver meanwhile."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from dbfixtures import psycopg_connection, start_postgres
from eventkit import encoded, headers_of, order
from served import LIVE, Server, children, settle


class Postgres:
    """A PostgreSQL server of one test module, with the settings that PostgreSQL itself comes with."""

    def __init__(self, folder: Path) -> None:
        self._server: Any = start_postgres(folder)
        self.url: str = self._server.get_uri()

    def close(self) -> None:
        self._server.cleanup()

    def clients(self) -> int:
        """Return how many connections the plugin has to this server."""
        with psycopg_connection(self.url) as connection:
            row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'atom-shopify'")
            return int(row.fetchone()[0])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all its processes: connections stay open, and nothing is answered."""
        main = self._server.get_pid()
        os.kill(main, signal.SIGSTOP)  # first, so that it starts no others
        stopped = children(main)
        for pid in stopped:
            _send(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in (*stopped, main):
                _send(pid, signal.SIGCONT)

    @contextmanager
    def crashed(self) -> Iterator[None]:
        """Have it drop everything at once, and recover from its log when it starts again."""
        main, pids = self._server.get_pid(), self._pids()
        os.kill(main, signal.SIGQUIT)
        assert settle(lambda: not any(_runs(pid) for pid in pids), 10.0)
        try:
            yield
        finally:
            self._server.ensure_postgres_running()

    @contextmanager
    def crowded(self) -> Iterator[None]:
        """Take every connection that it has, those of the plugin as well."""
        with ExitStack() as taken:
            admin = taken.enter_context(psycopg_connection(self.url))
            while not _has(admin, self.url, taken):
                pass
            yield

    def _pids(self) -> list[int]:
        main = self._server.get_pid()
        return [main, *children(main)]


def _has(admin: Any, url: str, taken: ExitStack) -> bool:
    """End the plugin's connections and take what is free; return whether all connections are ours."""
    from psycopg import OperationalError

    plugin = "FROM pg_stat_activity WHERE application_name = 'atom-shopify'"
    ended = admin.execute(f"SELECT count(pg_terminate_backend(pid)) {plugin}").fetchone()
    with suppress(OperationalError):  # there are too many clients
        while True:
            taken.enter_context(psycopg_connection(url))
    left = admin.execute(f"SELECT count(*) {plugin}").fetchone()
    return ended == left == (0,)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class Answer:
    """What became of one request: its status, or what was raised, and when."""

    status: int | str
    began: float
    seconds: float


class Traffic:
    """Shopify, which sends one order after the other and each until it is taken, people, and a supervisor.

    The people look at their stores, the supervisor asks for life. It runs inside a `with` block; at the end of it the
    last deliveries are still sent until they are taken.
    """

    def __init__(self, server: Server, senders: int = 8, people: int = 4) -> None:
        self.answers: list[Answer] = []
        self.looks: list[Answer] = []
        self.lives: list[Answer] = []
        self.acknowledged: set[str] = set()
        self._server = server
        self._numbers = itertools.count()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(senders)]
        self._threads += [threading.Thread(target=self._look, daemon=True) for _ in range(people)]
        self._threads.append(threading.Thread(target=self._watch, daemon=True))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in self._threads), self.answers[-10:]

    def taken_since(self, moment: float) -> bool:
        """Return whether a delivery that was sent after `moment` has been taken."""
        return any(answer.status == 200 and answer.began > moment for answer in list(self.answers))

    def _send(self) -> None:
        while not self._over.is_set():
            number = next(self._numbers)
            webhook_id, body = f"w{number}", encoded(order(number))
            headers = headers_of(body, "orders/create", webhook_id=webhook_id)
            until = time.monotonic() + 60
            while time.monotonic() < until:
                answer = _timed(lambda body=body, headers=headers: self._server.post(body, headers))
                self.answers.append(answer)
                if answer.status == 200:
                    self.acknowledged.add(webhook_id)
                    break
                time.sleep(0.1)
            time.sleep(0.2)  # slower than jobs are done: a backlog would only make the test longer

    def _look(self) -> None:
        headers = {"Authorization": f"Bearer {self._server.token('ada')}"}
        while not self._over.is_set():
            self.looks.append(_timed(lambda: self._server.get("/api/shopify/stores", headers)[0]))
            time.sleep(0.5)  # one person may ask ten times a second

    def _watch(self) -> None:
        while not self._over.is_set():
            self.lives.append(_timed(lambda: self._server.get(LIVE)[0]))
            time.sleep(0.1)


def _timed(request: Any) -> Answer:
    began = time.monotonic()
    try:
        status = request()
    except OSError as error:
        status = repr(error)
    return Answer(status, began, time.monotonic() - began)
