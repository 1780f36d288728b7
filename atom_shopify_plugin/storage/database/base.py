"""What all repositories share: the base of the tables, their columns, ids and digests, and the base of a repository."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.process.randomness import random_bytes

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database


__all__ = [
    "BOARD_TABLE",
    "Base",
    "Repository",
    "UtcDateTime",
    "aad",
    "changed",
    "clean_text",
    "data_key_column",
    "digest",
    "id_column",
    "insert",
    "installation_column",
    "is_id",
    "new_id",
    "partial_index",
]

BOARD_TABLE = "shopify_board"
"""What `storage.boards` keeps in PostgreSQL: it makes the table itself, and no migration, model or backup has it."""


_ID = re.compile("[0-9a-f]{32}")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python on every database, never naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Only aware datetimes are stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # its caller gives it
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The metadata of our tables, with names for all constraints so that a migration can reach them.

    The migrations create the tables, and a test proves that both say the same. Every name begins with ``shopify_``
    because the database may be shared with the host.
    """

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, bytes: LargeBinary}  # noqa: RUF012  # SQLAlchemy reads it once


def id_column() -> Any:
    return mapped_column(String(32), primary_key=True)


class _Ids:
    """Makes ids that sort by age within this process, those of one millisecond included."""

    def __init__(self) -> None:
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin anew in a forked child, whose parent may have held the lock."""
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        moment = time.time_ns() // 1_000_000
        with self._lock:
            if moment == self._last >> _RANDOM_BITS:
                self._last += 1 + _random(_STEP_BITS)
            else:
                self._last = (moment << _RANDOM_BITS) | _random(_RANDOM_BITS) >> 1
            return self._last


_RANDOM_BITS = 80
_STEP_BITS = 64  # between two ids of one millisecond; there is room for thousands of them
_ids = _Ids()


def _random(bits: int) -> int:
    return int.from_bytes(random_bytes(bits // 8), "big")


def new_id() -> str:
    """Return 32 hex digits: 48 bits of time and 80 more, so that the ids of one process sort by age."""
    return f"{_ids.next():032x}"


def is_id(value: object) -> bool:
    """Tell whether a value from outside can be the id of a row: what can't is not looked for."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def digest(text: str) -> str:
    """Return the SHA-256 of `text` in hex: what is stored in place of a one-time secret."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def partial_index(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def installation_column(**options: Any) -> Any:
    return mapped_column(ForeignKey("shopify_installations.id", ondelete="CASCADE"), **options)


def data_key_column() -> Any:
    # Who still encrypts with a key that has been destroyed is refused by this reference, and takes a new one.
    return mapped_column(ForeignKey("shopify_data_keys.id"))


class Repository:
    """A group of statements over one table; each public method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database


def insert(session: Session, model: type[Base]) -> Any:
    """Return the INSERT of the session's database, the one that knows ON CONFLICT."""
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(model)


def changed(session: Session, statement: Any) -> int:
    """Run an UPDATE or DELETE on rows that nobody holds as objects, and return how many it touched."""
    result: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(result.rowcount)


def aad(app: str, shop: str, field: str, row_id: str, version: int) -> str:
    """Return the associated data of a secret: the place and the version that its ciphertext belongs to."""
    return f"v1|{app}|{shop}|{field}|{row_id}|{version}"


def clean_text(value: object, limit: int) -> str:
    """Return a text from outside as every database takes it: no NUL, no lone surrogate, at most `limit` characters."""
    found = str(value)
    if not (found.isascii() and found.isprintable()):  # most are, and need no second look
        found = found.replace("\0", "").encode("utf-8", "replace").decode()
    return found[:limit]
