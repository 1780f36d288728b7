"""The INSERT of jobs: one statement for all rows of a batch, in the driver's own SQL.

It is written more often than anything else, once for each delivery: building it from expressions would cost more than
running it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Connection

from atom_shopify_plugin.storage.work.job_table import JOBS

__all__ = ["Moments", "place"]

_PLACED = (
    *("id", "kind", "dedupe", "app", "shop_domain", "installation_id", "epoch", "subject", "headers"),
    *("data_key_id", "digest", "state", "attempts", "lease_owner", "reason"),
)
_MOMENTS = ("created_at", "updated_at", "available_at", "finished_at")
_INTO = f"INSERT INTO {JOBS.name} ({', '.join((*_PLACED, 'body', *_MOMENTS))}) "
_ONCE = " ON CONFLICT DO NOTHING RETURNING id"


def place(connection: Connection, rows: Sequence[Mapping[str, Any]], moments: Moments) -> set[str]:
    """Insert rows but for those that are there already, and return the ids of the new ones.

    A row has all columns but those of moments.
    """
    if connection.dialect.name == "sqlite":
        return set(connection.exec_driver_sql(*_sqlite(rows, moments)).scalars())
    return set(connection.exec_driver_sql(*_postgresql(rows, moments)).scalars())


@dataclass(frozen=True, slots=True)
class Moments:
    """Now, and `delay` seconds later; None where the server puts its own time in."""

    delay: float
    now: datetime | None = None
    later: datetime | None = None


def _sqlite(rows: Sequence[Mapping[str, Any]], moments: Moments) -> tuple[str, tuple[Any, ...]]:
    now, later = (
        None if moment is None else moment.strftime(_SQLITE_MOMENT) for moment in (moments.now, moments.later)
    )
    values: list[Any] = []
    for row in rows:
        values += map(row.__getitem__, _PLACED)
        values += [row["body"], now, now, later, now if row["state"] == "quarantined" else None]
    return _sqlite_text(len(rows)), tuple(values)


_SQLITE_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
"""How SQLAlchemy keeps a moment in SQLite."""


@cache
def _sqlite_text(rows: int) -> str:
    row = f"({', '.join('?' * (len(_PLACED) + 1 + len(_MOMENTS)))})"
    return f"{_INTO}VALUES {', '.join([row] * rows)}{_ONCE}"


def _postgresql(rows: Sequence[Mapping[str, Any]], moments: Moments) -> tuple[str, tuple[Any, ...]]:
    # The same short text for any number of rows: psycopg parses it once, and the server plans it once.
    bodies = [row["body"] for row in rows]
    content = orjson.dumps([{name: row[name] for name in _PLACED} for row in rows]).decode()
    own = moments.now is not None
    times = (moments.now, moments.now, moments.later, moments.now) if own else (moments.delay,)
    filled = any(body is not None for body in bodies)
    return _postgresql_text(own, filled), (*times, content, *([bodies] if filled else []))


@cache
def _postgresql_text(own: bool, filled: bool) -> str:
    now = "%s::timestamptz" if own else "statement_timestamp()"
    later = "%s::timestamptz" if own else f"{now} + make_interval(secs => %s)"
    typed = ", ".join(f"{name} {'integer' if name in ('epoch', 'attempts') else 'text'}" for name in _PLACED)
    bodies = "unnest(%b::bytea[])" if filled else "unnest('{}'::bytea[])"
    source = f"ROWS FROM (json_to_recordset(%s::json) AS ({typed}), {bodies}) AS t({', '.join((*_PLACED, 'body'))})"
    chosen = ", ".join(f"t.{name}" for name in (*_PLACED, "body"))
    ended = f"CASE WHEN t.state = 'quarantined' THEN {now} END"
    return f"{_INTO}SELECT {chosen}, {now}, {now}, {later}, {ended} FROM {source}{_ONCE}"  # noqa: S608  # names of ours
