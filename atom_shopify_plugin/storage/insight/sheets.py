"""Writing copied rows, thousands at a time: one prepared statement on SQLite, COPY on PostgreSQL.

Rows are tuples of plain values, moments are texts in UTC such as ``2026-10-31 08:00:00.000000``. The same row again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.engine import DatabaseAway

__all__ = ["Sheet"]

Row = tuple[Any, ...]


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
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(self.columns))
            into = f"INSERT INTO {self.table.name} ({', '.join(self.columns)}) VALUES ({marks})"  # noqa: S608  # names of ours
            # In the order of the keys, so that a page of the file is written once for all of its rows.
            connection.exec_driver_sql(f"{into} {self._upsert(newer)}", sorted(rows, key=itemgetter(1)))
            return
        # One INSERT of PostgreSQL's may not touch a row twice.
        width = len(self.keys)
        self._copy(session, list({row[:width]: row for row in rows}.values()), self._upsert(newer))

    def _copy(self, session: Session, rows: Sequence[Row], upsert: str) -> None:
        import psycopg

        connection = session.connection()
        name, columns = f"loading_{self.table.name}", ", ".join(self.columns)
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} (LIKE {self.table.name}) ON COMMIT DROP"
        )
        connection.exec_driver_sql(f"TRUNCATE {name}")
        try:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.OperationalError:
            raise DatabaseAway("The database is not available; try again in a moment.", "it can't be reached") from None
        connection.exec_driver_sql(
            f"INSERT INTO {self.table.name} ({columns}) SELECT {columns} FROM {name} {upsert}"  # noqa: S608  # names of ours
        )
