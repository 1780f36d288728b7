"""The database engine: SQLite or PostgreSQL, with the settings that each needs to lose nothing."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url

from atom_shopify_plugin.errors import Misconfigured, Unavailable
from atom_shopify_plugin.privatefiles import make_private
from atom_shopify_plugin.storage.patience import limit_waits

__all__ = ["WRITES", "database_url", "make_engine", "translated"]

WRITES = "shopify_writes"
"""Execution option of a connection that is going to write."""

_POOL_TIMEOUT = 4.0  # seconds; with the connect timeout below the 5 s that a caller of ours waits
_BUSY_MS = 5000
# A database whose machine has vanished answers nothing at all, not even that it is gone: libpq finds out after 10 s.
_NOTICE = {
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}


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


def make_engine(text: str) -> Engine:
    """Return an engine whose connections are set up for `begin` and `read` of `Storage`."""
    url = database_url(text)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    try:
        engine = create_engine(
            url,
            pool_size=5,
            max_overflow=15,
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
    try:
        make_private(file)
    except OSError as error:
        raise _refusal(f"names a file that can't be opened ({error.strerror})") from None
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=30,
        pool_timeout=_POOL_TIMEOUT,
        connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver then leaves BEGIN to us
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    # The change needs the file for itself and does not wait by the busy timeout. It is made once in a file's life,
    # so that only processes that open a new file together meet here.
    deadline = time.monotonic() + _BUSY_MS / 1000
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except cursor.connection.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once (SQLITE_BUSY_SNAPSHOT); one that says so at its
    # beginning waits for its turn.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated() -> Iterator[None]:
    """Turn trouble with the database into `Unavailable`; errors of our own statements pass as they are."""
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
        raise Unavailable("The database is not available; try again in a moment.", retry_after=1.0) from None
