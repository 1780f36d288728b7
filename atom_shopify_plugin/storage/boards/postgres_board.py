"""The board of processes on several machines: an unlogged table in their PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.shopify.throttle import LedgerAway
from atom_shopify_plugin.storage.database.base import BOARD_TABLE
from atom_shopify_plugin.storage.database.engine import DatabaseAway, make_engine, translated

__all__ = ["PostgresBoard"]

T = TypeVar("T")

# Who makes the table waits for others that make it: IF NOT EXISTS alone fails where two do so at the same time.
_MAKE_TABLE = (
    text("SELECT pg_advisory_xact_lock(hashtext(:table))").bindparams(table=BOARD_TABLE),
    text(f"CREATE UNLOGGED TABLE IF NOT EXISTS {BOARD_TABLE} (name text PRIMARY KEY, text text)"),
)
# A row that is missing is made first, so that two processes which both miss it don't begin with two states.
_MAKE = text(f"INSERT INTO {BOARD_TABLE} (name) VALUES (:name) ON CONFLICT DO NOTHING")  # noqa: S608  # a constant
_LOCK = text(
    f"SELECT text, extract(epoch FROM clock_timestamp())::float8 FROM {BOARD_TABLE} WHERE name = :name FOR UPDATE"  # noqa: S608
)
_WRITE = text(f"UPDATE {BOARD_TABLE} SET text = :text WHERE name = :name")  # noqa: S608  # a constant


class PostgresBoard:
    """Texts in the table `BOARD_TABLE`, timed by the server's clock.

    It has a connection of its own: a visit must not wait for one while all others are busy.
    """

    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self._engine: Engine = make_engine(url, connections=1)
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a connection, as a forked child does."""
        self._engine.dispose(close=False)

    def update(self, key: str, change: Callable[[str | None, float], tuple[str, T]]) -> T:
        """See `Board`."""
        return self._guarded(lambda connection: self._update(connection, key, change))

    def close(self) -> None:
        """See `Board`."""
        self._engine.dispose()

    @staticmethod
    def _update(connection: Connection, key: str, change: Callable[[str | None, float], tuple[str, T]]) -> T:
        row = connection.execute(_LOCK, {"name": key}).one_or_none()
        if row is None:
            connection.execute(_MAKE, {"name": key})
            row = connection.execute(_LOCK, {"name": key}).one()
        new, value = change(row[0], float(row[1]))
        connection.execute(_WRITE, {"name": key, "text": new})
        return value

    def _guarded(self, work: Callable[[Connection], T]) -> T:
        try:
            try:
                return self._in_transaction(work)
            except ProgrammingError:
                self._in_transaction(self._make_table)  # it is missing, so far as is known
                return self._in_transaction(work)
        except DatabaseAway as error:
            raise LedgerAway(error.reason or "the database is not available") from None
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None) or type(error.orig).__name__
            raise LedgerAway(f"the database refused ({state})") from None

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        with translated(), self._engine.begin() as connection:
            return work(connection)

    @staticmethod
    def _make_table(connection: Connection) -> None:
        for statement in _MAKE_TABLE:
            connection.execute(statement)
