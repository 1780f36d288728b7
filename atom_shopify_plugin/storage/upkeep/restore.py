"""Bring a backup into a database: all of it or nothing, in one transaction, on SQLite or PostgreSQL."""

from __future__ import annotations

import hashlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Connection, Table, exc, func, select, text

from atom_shopify_plugin.errors import Conflict, InvalidInput
from atom_shopify_plugin.storage.database import schema
from atom_shopify_plugin.storage.upkeep.backup import kept_tables, our_tables
from atom_shopify_plugin.storage.upkeep.manifests import Manifest, Member, fitted, read_manifest

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.storage import Storage

__all__ = ["Restored", "restore"]

_BATCH = 500
_LONGEST_ROW = 64 << 20  # bytes; a body of 8 MiB takes 11 MiB
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError),
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError),
)
_KEPT_BY_ITSELF = {
    "shopify_counters",
    "shopify_usage",
    "shopify_pulse",
    "shopify_feed_head",
}  # written by whatever looked at the database


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back. `missing_keys` are ids of keys that the ring lacks: what they encrypted stays closed."""

    created_at: str
    revision: str
    upgraded_to: str
    rows: dict[str, int]
    missing_keys: tuple[str, ...]


def restore(storage: Storage, file: Path, *, force: bool = False) -> Restored:
    """Load a backup into an empty database and migrate it to this version's revision.

    With `force` what stands in our tables is replaced; tables of others are never touched. Every checksum is verified
    before anything is changed. No other process may use the database meanwhile.

    Raise `InvalidInput` for a file that is no backup, is damaged or comes from a newer version, `Conflict` for a
    database that is not empty, `Unavailable`.
    """
    with _opened(file) as (archive, manifest):
        revision, tables = manifest.revision, manifest.tables
        try:
            with storage.begin() as session:
                connection = session.connection()
                _make_room(connection, revision, force=force)
                found = kept_tables(connection)
                if {str(table.name) for table in found} != set(tables):
                    raise _no_backup(file)
                _fill(connection, found, archive, tables, file)
                schema.upgrade(connection)
                after = schema.current(connection)
        except exc.IntegrityError:
            raise _disturbed() from None
    missing = tuple(key for key in manifest.key_ids if key not in storage.keys)
    rows = {name: member.rows for name, member in tables.items()}
    return Restored(manifest.created_at, revision, str(after), rows, missing)


def _fill(
    connection: Connection, found: list[Table], archive: zipfile.ZipFile, tables: Mapping[str, Member], file: Path
) -> None:
    try:
        for table in found:
            _load(connection, table, archive, tables[str(table.name)])
    except (exc.IntegrityError, exc.OperationalError):
        raise
    except (*_DAMAGE, exc.StatementError):
        # The sums are right, so somebody made it: values that a column can't hold, columns that are not there.
        raise _no_backup(file) from None


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Give the archive and its manifest, when all that it holds has been found whole."""
    with ExitStack() as stack:
        try:
            if file.exists() and not file.is_file():
                raise _no_backup(file)  # opening a pipe would wait for ever
            archive = stack.enter_context(zipfile.ZipFile(file))
            manifest = read_manifest(archive)
            if schema.knows(manifest.revision):
                for name, member in manifest.tables.items():
                    _verify(archive, name, member)
        except OSError as error:
            raise InvalidInput(f"{file} can't be read ({error.strerror or 'it ends too early'}).") from None
        except _DAMAGE:
            raise _no_backup(file) from None
        if not schema.knows(manifest.revision):
            raise InvalidInput(
                f"The backup has the schema revision {manifest.revision}, which only a newer version knows."
            )
        yield archive, manifest


def _no_backup(file: Path) -> InvalidInput:
    return InvalidInput(f"{file} is no backup made by `atom-shopify db backup`, or it is damaged; nothing was changed.")


def _verify(archive: zipfile.ZipFile, name: str, member: Member) -> None:
    sha, rows = hashlib.sha256(), 0
    with archive.open(f"{name}.jsonl") as lines:
        while line := lines.readline(_LONGEST_ROW + 1):
            if len(line) > _LONGEST_ROW:
                raise ValueError(name)
            sha.update(line)
            rows += 1
    if sha.hexdigest() != member.sha256 or rows != member.rows:
        raise ValueError(name)


def _make_room(connection: Connection, revision: str, *, force: bool) -> None:
    """Leave our tables behind empty and at `revision`."""
    present = schema.current(connection)
    tables = our_tables(connection)
    filled = [table.name for table in tables if table.name not in _KEPT_BY_ITSELF and _count(connection, table)]
    if filled and not force:
        raise Conflict(
            f"The database is not empty ({filled[0]} has rows); restore into an empty one, or say --force to replace "
            "what is there."
        )
    if present == revision:
        for table in reversed(tables):
            connection.execute(table.delete())
        return
    for table in reversed(tables):
        table.drop(connection)
    if present is not None:
        connection.execute(text(f"DROP TABLE {schema.VERSION_TABLE}"))
    schema.upgrade(connection, revision)


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _load(connection: Connection, table: Table, archive: zipfile.ZipFile, member: Member) -> None:
    columns = [table.columns[name] for name in member.columns]
    with archive.open(f"{table.name}.jsonl") as lines:
        while batch := list(islice(lines, _BATCH)):
            rows = [fitted(columns, orjson.loads(line), naive=connection.dialect.name == "sqlite") for line in batch]
            connection.execute(table.insert(), rows)
    if _count(connection, table) != member.rows:
        raise _disturbed()


def _disturbed() -> Conflict:
    return Conflict(
        "Rows contradict each other: the database was written to during the restore, or the backup was altered. "
        "Nothing was changed. Stop all that uses the database, then try again."
    )
