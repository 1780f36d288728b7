"""Writing copied rows, thousands at a time: one prepared statement on SQLite, COPY on PostgreSQL.

On PostgreSQL, rows that are new go straight into the table. Where one is there already, all of them go into a temporary
table and from there over what is known.

Rows are tuples of plain values, moments are texts in UTC such as ``2026-10-31 08:00:00.000000``. The same row again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import UtcDateTime
from atom_shopify_plugin.storage.database.engine import DatabaseAway

__all__ = ["Sheet"]

Row = tuple[Any, ...]
_SAMPLE = 20  # rows that are looked for before a block is taken for new


@dataclass(frozen=True)
class Sheet:
    """A table as `put` writes it: each row gives all its columns in order, beginning with those of the primary key."""

    table: Table

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.columns)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.primary_key.columns)

    @cached_property
    def _moments(self) -> tuple[int, ...]:
        return tuple(at for at, column in enumerate(self.table.columns) if isinstance(column.type, UtcDateTime))

    @cached_property
    def _insert(self) -> str:
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.table.name} ({', '.join(self.columns)}) VALUES ({marks})"  # noqa: S608  # names of ours

    @cached_property
    def _replacing(self) -> str:
        values = ", ".join(f"{name} = excluded.{name}" for name in self.columns if name not in self.keys)
        return f"ON CONFLICT ({', '.join(self.keys)}) DO UPDATE SET {values}"

    def _upsert(self, newer: bool) -> str:
        """Return what follows the rows of an INSERT."""
        if not newer or "updated_at" not in self.columns:
            return self._replacing
        name = self.table.name
        return f"{self._replacing} WHERE excluded.updated_at >= {name}.updated_at OR {name}.updated_at IS NULL"

    def put(self, session: Session, rows: Sequence[Row], *, newer: bool = False) -> None:
        """Insert rows, or replace those with the same key; of two with one key the last one counts.

        With `newer`, a row that changed after the new one was read stays.
        """
        if not rows:
            return
        connection = session.connection()
        # In the order of the keys, so that a page of a table or an index is written once for all of its rows.
        rows = sorted(rows, key=itemgetter(1))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"{self._insert} {self._upsert(newer)}", rows)
            return
        # One INSERT of PostgreSQL's may not touch a row twice.
        width = len(self.keys)
        listed = list({row[:width]: row for row in rows}.values())
        with _available():
            if not self._new(connection, listed):
                self._merge(connection, listed, self._upsert(newer))

    def add(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that are not there yet, each with all its columns by name; moments are in UTC."""
        if not rows:
            return
        connection = session.connection()
        listed: list[Row] = list(map(itemgetter(*self.columns), rows))
        if connection.dialect.name == "sqlite":
            for place in self._moments:
                listed = [(*row[:place], _text(row[place]), *row[place + 1 :]) for row in listed]
            connection.exec_driver_sql(self._insert, listed)
            return
        with _available():
            self._copy(connection, self.table.name, listed)

    def _new(self, connection: Connection, rows: Sequence[Row]) -> bool:
        """Copy rows straight into the table, which takes half as long; False, and nothing done, where one is there."""
        import psycopg

        sample = [row[1] for row in rows[:: -(-len(rows) // _SAMPLE)]]
        there = f"SELECT 1 FROM {self.table.name} WHERE store = %s AND {self.keys[1]} = ANY(%s) LIMIT 1"  # noqa: S608  # names of ours
        if connection.exec_driver_sql(there, (rows[0][0], sample)).first() is not None:
            return False
        try:
            with connection.begin_nested():
                self._copy(connection, self.table.name, rows)
        except psycopg.errors.UniqueViolation:
            return False
        return True

    def _merge(self, connection: Connection, rows: Sequence[Row], upsert: str) -> None:
        name, columns = f"loading_{self.table.name}", ", ".join(self.columns)
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} (LIKE {self.table.name}) ON COMMIT DROP"
        )
        connection.exec_driver_sql(f"TRUNCATE {name}")
        self._copy(connection, name, rows)
        connection.exec_driver_sql(
            f"INSERT INTO {self.table.name} ({columns}) SELECT {columns} FROM {name} {upsert}"  # noqa: S608  # names of ours
        )

    def _copy(self, connection: Connection, name: str, rows: Sequence[Row]) -> None:
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({', '.join(self.columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _text(moment: datetime | None) -> str | None:
    """Return a moment in UTC as SQLite holds it."""
    return None if moment is None else moment.isoformat(" ", "microseconds")[:26]


@contextmanager
def _available() -> Iterator[None]:
    """Turn what the driver itself raises where the database is away into `DatabaseAway`."""
    import psycopg

    try:
        yield
    except psycopg.OperationalError:
        raise DatabaseAway("The database is not available; try again in a moment.", "it can't be reached") from None
