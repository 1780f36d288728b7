"""A backup of our tables in one file: the same format from SQLite and PostgreSQL, to be restored into either.

The file is a ZIP archive with one ``<table>.jsonl`` for each table (a row is a JSON array) and a ``manifest.json`` that
names the schema revision, the columns, and for each member its rows and its SHA-256. Secrets stand in it as they stand
in the database: encrypted. The key ring is not part of it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson
from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, select

from atom_shopify_plugin._version import __version__
from atom_shopify_plugin.errors import Conflict, InvalidInput, Misconfigured, Unavailable
from atom_shopify_plugin.process.privatefiles import make_private
from atom_shopify_plugin.storage.database import schema
from atom_shopify_plugin.storage.database.base import BOARD_TABLE
from atom_shopify_plugin.storage.database.engine import translated
from atom_shopify_plugin.storage.insight.mirrors import MirrorRow
from atom_shopify_plugin.storage.work.feed import FeedHead, FeedRow

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.storage import Storage

__all__ = ["FORMAT", "MANIFEST", "PREFIX", "Backup", "backup", "kept_tables", "our_tables", "unwrapped", "wrapped"]

FORMAT = "atom-shopify-backup/1"
MANIFEST = "manifest.json"
PREFIX = "shopify_"
_FETCH = 500


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written: the schema revision, and the rows by table."""

    file: Path
    revision: str
    rows: dict[str, int]
    size: int


def backup(storage: Storage, file: Path, *, force: bool = False) -> Backup:
    """Write a consistent copy of all our tables to `file` while others read and write; mode 0600, whole or not at all.

    Raise `Conflict` where the file exists (unless `force`), `InvalidInput` where it can't be written, `Misconfigured`
    for a database without tables, `Unavailable`.
    """
    if file.exists() and not force:
        raise Conflict(f"{file} exists already; name another file, or say --force to replace it.")
    try:
        # Everything is made in a private folder on the same disk, so that the last step is one rename.
        with tempfile.TemporaryDirectory(prefix=".atom-shopify-backup-", dir=file.absolute().parent) as folder:
            fresh = Path(folder) / "backup.zip"
            with _consistent(storage, Path(folder)) as connection:
                revision, rows = _write(connection, fresh, storage.engine.dialect.name)
            size = fresh.stat().st_size
            _move(fresh, file, force=force)
    except OSError as error:
        raise InvalidInput(f"The backup can't be written to {file} ({error.strerror}).") from None
    return Backup(file, revision, rows, size)


def our_tables(connection: Connection) -> list[Table]:
    """Return our tables as they are in this database, those that others refer to first.

    Without the version table, and without the board, which holds nothing worth keeping.
    """
    names = {name for name in inspect(connection).get_table_names() if name.startswith(PREFIX)}
    metadata = MetaData()
    metadata.reflect(connection, only=sorted(names - {schema.VERSION_TABLE, BOARD_TABLE}))
    return metadata.sorted_tables


def kept_tables(connection: Connection) -> list[Table]:
    """Return those of `our_tables` that a backup holds.

    A sync copies again what is mirrored of stores. A feed begins anew, and tells so to who comes with a position.
    """
    feed = {FeedRow.__tablename__, FeedHead.__tablename__}
    return [table for table in our_tables(connection) if table.name not in feed and not _is_mirrored(table)]


def _is_mirrored(table: Table) -> bool:
    mirrors = MirrorRow.__tablename__
    return table.name == mirrors or any(key.column.table.name == mirrors for key in table.foreign_keys)


@contextmanager
def _consistent(storage: Storage, folder: Path) -> Iterator[Connection]:
    """Give a connection on which the whole database stands still."""
    if storage.engine.dialect.name == "postgresql":
        engine = storage.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with translated(), engine.connect() as connection, connection.begin():
            yield connection
        return
    # A reading transaction as long as the dump would keep the write-ahead log growing. The copy takes an instant.
    copy = folder / "copy.db"
    make_private(copy)
    try:
        with translated(), closing(sqlite3.connect(copy)) as target, closing(storage.engine.raw_connection()) as source:
            cast(sqlite3.Connection, source.driver_connection).backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        raise Unavailable("The database can't be copied just now; is there room on the disk?") from None
    frozen = create_engine(f"sqlite:///{copy}")
    try:
        with translated(), frozen.connect() as connection:
            yield connection
    finally:
        frozen.dispose()


def _write(connection: Connection, file: Path, database: str) -> tuple[str, dict[str, int]]:
    revision = schema.current(connection)
    if revision is None:
        raise Misconfigured("This database has no tables of ours yet; there is nothing to back up.")
    members: dict[str, dict[str, Any]] = {}
    key_ids: set[str] = set()
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in kept_tables(connection):
                members[str(table.name)] = _dump(connection, table, archive, key_ids)
            manifest = {
                "format": FORMAT,
                "plugin": __version__,
                "created_at": datetime.now(UTC).isoformat(),
                "database": database,
                "revision": revision,
                "key_ids": sorted(key_ids),
                "tables": members,
            }
            archive.writestr(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        stream.flush()
        os.fsync(stream.fileno())
    return revision, {name: member["rows"] for name, member in members.items()}


def _dump(connection: Connection, table: Table, archive: zipfile.ZipFile, key_ids: set[str]) -> dict[str, Any]:
    columns = [str(column.name) for column in table.columns]
    key_at = columns.index("key_id") if "key_id" in columns else None
    sha, count = hashlib.sha256(), 0
    rows = connection.execution_options(yield_per=_FETCH).execute(select(table))
    with rows, archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as member:
        for row in rows:
            line = orjson.dumps([wrapped(value) for value in row], option=orjson.OPT_APPEND_NEWLINE)
            sha.update(line)
            member.write(line)
            count += 1
            if key_at is not None and row[key_at]:
                key_ids.add(row[key_at])
    return {"rows": count, "sha256": sha.hexdigest(), "columns": columns}


def wrapped(value: Any) -> Any:
    """Return a value of a row as JSON holds it: bytes and moments say what they are."""
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"time": aware.isoformat()}
    return value


def unwrapped(value: Any, *, naive: bool) -> Any:
    """Return what `wrapped` was given; a moment without its zone where the database keeps none."""
    if not isinstance(value, dict):
        return value
    if "bytes" in value:
        return base64.b64decode(value["bytes"], validate=True)
    moment = datetime.fromisoformat(value["time"])
    return moment.replace(tzinfo=None) if naive else moment


def _move(fresh: Path, file: Path, *, force: bool) -> None:
    if force:
        fresh.replace(file)
    else:
        try:
            os.link(fresh, file)  # unlike a rename it never takes the place of a file that came in between
        except FileExistsError:
            raise Conflict(f"{file} exists already; name another file, or say --force to replace it.") from None
    folder = os.open(file.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
