"""The database engine: SQLite or PostgreSQL, with the settings that each needs to lose nothing."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from atom_shopify_plugin.errors import Misconfigured, Unavailable
from atom_shopify_plugin.process.privatefiles import make_private
from atom_shopify_plugin.storage.database.timeouts import limit_waits, within

__all__ = ["WAIT", "WRITES", "DatabaseAway", "database_url", "make_engine", "translated"]

WRITES = "shopify_writes"
"""Execution option of a connection that is going to write."""

WAIT = "shopify_wait"
"""Execution option: the seconds that SQLite may wait for its one writer's place."""

_POOL_TIMEOUT = 4.0  # seconds; with the connect timeout below the 5 s that a caller of ours waits
_BUSY_MS = 5000
_SQLITE = {
    "BUSY": "it is locked by somebody else",
    "CANTOPEN": "the file can't be opened",
    "CORRUPT": "the file is damaged",
    "FULL": "the disk is full",
    "IOERR": "the disk fails",
    "NOTADB": "the file is not a database",
    "PERM": "the file may not be used",
    "READONLY": "it can only be read",
}
_POSTGRES = {"25006": "it can only be read", "53100": "the disk is full", "53300": "it has too many connections"}
# A database whose machine has vanished answers nothing at all, not even that it is gone: libpq finds out after 10 s.
_NOTICE = {
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}


class DatabaseAway(Unavailable):
    """The database can't be used at the moment. `reason` says why, for the log and for operators."""

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message, retry_after=1.0)
        self.reason = reason


def database_url(text: str) -> URL:
    """Return the checked URL of a SQLite file or a PostgreSQL database; raise `Misconfigured` for anything else."""
    try:
        url = make_url(text)
    except exc.ArgumentError:
        raise _refusal("is not a database address") from None
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise _refusal("must begin with sqlite:/// or postgresql+psycopg://")
    if not url.database or url.database == ":memory:":
        raise _refusal("must name a file: threads and processes share it")
    return url.set(drivername="sqlite")


def _refusal(why: str) -> Misconfigured:
    name = "ATOM_SHOPIFY_DATABASE_URL"
    return Misconfigured(f"{name} {why}.", details={"setting": name})


def make_engine(text: str, *, connections: int = 20) -> Engine:
    """Return an engine whose connections are set up for `begin` and `read` of `Storage`.

    `connections` is the most that it opens to PostgreSQL at the same time.
    """
    url = database_url(text)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        engine = create_engine(
            url,
            pool_size=min(5, connections),
            max_overflow=max(0, connections - 5),
            pool_timeout=_POOL_TIMEOUT,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 2, "application_name": "atom-shopify", **_NOTICE},
        )
    except ModuleNotFoundError:
        raise Misconfigured("PostgreSQL needs its driver: pip install 'atom-shopify-plugin[postgres]'.") from None
    limit_waits(engine)
    return engine


def _sqlite(url: URL) -> Engine:
    file = Path(str(url.database))
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=30,
        pool_timeout=_POOL_TIMEOUT,
        connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def make_file(*_: Any) -> None:
        # Here and not at the start: whatever keeps the file away (rights, a disk that is not mounted yet, no free
        # descriptor) may be over when it is asked for the next time.
        try:
            make_private(file)
        except OSError as error:
            raise sqlite3.OperationalError(f"can't be opened: {error.strerror}") from None

    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver then leaves BEGIN to us
    cursor = connection.cursor()
    _wait_at_most(cursor, record.info, _BUSY_MS)
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    # The commit that fills the log moves it into the file, and who waits for that commit waits for all of it: a log of
    # 4 MB takes some milliseconds, one of 16 MB as many tens.
    cursor.execute("PRAGMA wal_autocheckpoint = 1000")
    # A load touches pages of each index in every transaction; 2 MB, SQLite's own choice, hold them for a small store.
    cursor.execute("PRAGMA cache_size = -8000")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _wait_at_most(cursor: Any, info: dict[str, Any], milliseconds: int) -> None:
    if info.get(WAIT) != milliseconds:
        cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")
        info[WAIT] = milliseconds


def _use_wal(cursor: Any) -> None:
    # The change needs the file for itself and does not wait by the busy timeout. It is made once in a file's life,
    # so that only processes that open a new file together meet here.
    deadline = time.monotonic() + within(_BUSY_MS / 1000)
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once (SQLITE_BUSY_SNAPSHOT); one that says so at its
    # beginning waits for its turn.
    options = connection.get_execution_options()
    wait = int(1000 * options.get(WAIT, _BUSY_MS / 1000))
    _wait_at_most(connection.connection.driver_connection, connection.connection.info, wait)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")


@contextmanager
def translated() -> Iterator[None]:
    """Turn trouble with the database into `DatabaseAway`; errors of our own statements pass as they are."""
    try:
        yield
    except (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError):
        raise
    except (exc.DBAPIError, exc.TimeoutError) as error:
        # SQLite calls a missing table "operational" too; its code tells a wrong statement from a file in trouble.
        code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
        if code is not None and code & 0xFF == sqlite3.SQLITE_ERROR:
            raise
        # No cause: the driver's text may hold an address or bound values.
        raise DatabaseAway("The database is not available; try again in a moment.", _reason(error)) from None


def _reason(error: Exception) -> str:
    """Return why a database is away in words that hold neither an address nor a value."""
    if isinstance(error, exc.TimeoutError):
        return "no connection came free"
    cause = getattr(error, "orig", None)
    name = getattr(cause, "sqlite_errorname", None)
    if name is not None:
        return f"{_SQLITE.get(name.split('_')[1], 'SQLite failed')} ({name})"
    if isinstance(cause, sqlite3.Error):
        return str(cause)  # our own words: SQLite's errors have a name
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return f"{_POSTGRES.get(state, 'PostgreSQL refused')} ({state})"
    # What PostgreSQL says when it refuses somebody stands behind this word in each of its languages.
    refusal = re.search(r"FATAL: +([^\n]{1,200})", str(cause))
    return refusal.group(1) if refusal else "it can't be reached, or does not answer"
