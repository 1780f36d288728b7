"""The board of processes on one machine: a SQLite file of its own, so that nobody waits for the database's writer."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from atom_shopify_plugin.process.forks import ForkGate, reset_after_fork
from atom_shopify_plugin.process.privatefiles import make_private
from atom_shopify_plugin.shopify.throttle import LedgerAway

__all__ = ["SQLiteBoard"]

T = TypeVar("T")

_BUSY = 1.0  # seconds that a turn is waited for; turns take some ten microseconds
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SQLiteBoard:
    """Texts in a file. Its clock is the machine's monotonic one, which all processes share and nobody can set."""

    name = "SQLite"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._gate = ForkGate(self.close)  # SQLite's connections do not survive a fork
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a connection, as a forked child does."""
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None

    def update(self, key: str, change: Callable[[str | None, float], tuple[str, T]]) -> T:
        """See `Board`."""
        with self._gate.inside(), self._lock:
            return self._guarded(lambda connection: self._update(connection, key, change))

    def close(self) -> None:
        """See `Board`."""
        with self._lock:
            self._drop()

    def _update(
        self, connection: sqlite3.Connection, key: str, change: Callable[[str | None, float], tuple[str, T]]
    ) -> T:
        connection.execute("BEGIN IMMEDIATE")
        try:
            text, value = change(self._read(connection, key), time.monotonic())
            connection.execute("REPLACE INTO board (name, text) VALUES (?, ?)", (key, text))
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return value

    @staticmethod
    def _read(connection: sqlite3.Connection, key: str) -> str | None:
        row = connection.execute("SELECT text FROM board WHERE name = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is not None and self._opened != self._identity():
                self._drop()  # another process, or a person, has deleted the file: all shall meet in the new one
            if self._connection is None:
                self._connection = self._open()
                self._opened = self._identity()
            return work(self._connection)
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", None) or type(error).__name__
            self._drop()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
                self._start_anew()
            raise LedgerAway(f"its file can't be used ({name})") from None
        except OSError as error:
            self._drop()
            raise LedgerAway(f"its file can't be made ({error.strerror})") from None

    def _open(self) -> sqlite3.Connection:
        make_private(self._file)
        connection = sqlite3.connect(self._file, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # What a power failure takes is worth nothing: nobody waits for the disk. A process that dies loses nothing.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("CREATE TABLE IF NOT EXISTS board (name TEXT PRIMARY KEY, text TEXT NOT NULL)")
            connection.text_factory = _decoded
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _identity(self) -> tuple[int, int] | None:
        """Return which file has the name now, None where none has."""
        try:
            status = self._file.stat()
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _start_anew(self) -> None:
        """Delete a damaged file; a power failure can leave one behind."""
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._file.with_name(self._file.name + suffix).unlink()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _decoded(raw: bytes) -> str:
    """Return a text of the file; one that is damaged, too, so that it can be replaced."""
    return raw.decode("utf-8", "replace")
