"""What a backup must look like before anything of it is believed: its manifest, its members, its values."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column

from atom_shopify_plugin.storage.upkeep.backup import FORMAT, MANIFEST, PREFIX, unwrapped

__all__ = ["Manifest", "Member", "fitted", "read_manifest"]

_LONGEST_MANIFEST = 1 << 20  # bytes
_DENSEST = 200
"""Times that a member may be larger than it is in the archive; ours reach about 30, a bomb 1,000."""
_REVISION = re.compile(r"[0-9A-Za-z_]{1,32}")
_TABLE = re.compile(rf"{PREFIX}[a-z_]{{1,60}}")
_INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Member:
    """What the manifest says of a table."""

    rows: int
    sha256: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest whose members have been checked by kind."""

    created_at: str
    revision: str
    key_ids: tuple[str, ...]
    tables: dict[str, Member]


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """Return the manifest of an archive that holds the members that it names and no others, none of them a bomb.

    Raise `ValueError`, `TypeError` or `LookupError` for anything else.
    """
    if archive.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
        raise ValueError(MANIFEST)
    raw = orjson.loads(archive.read(MANIFEST))
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise ValueError(MANIFEST)
    revision = _text(raw["revision"])
    if not _REVISION.fullmatch(revision):
        raise ValueError(MANIFEST)
    tables = {name: _member(name, one) for name, one in raw["tables"].items()}
    key_ids = tuple(_text(key) for key in _list(raw["key_ids"]))
    _check_members(archive, {MANIFEST, *(f"{name}.jsonl" for name in tables)})
    return Manifest(_text(raw["created_at"]), revision, key_ids, tables)


def _check_members(archive: zipfile.ZipFile, wanted: set[str]) -> None:
    there = archive.infolist()
    if len(there) != len(wanted) or {one.filename for one in there} != wanted:
        raise ValueError("members")
    for one in there:
        if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or one.flag_bits & 1:
            raise ValueError(one.filename)
        if one.file_size > _DENSEST * one.compress_size + 4096:
            raise ValueError(one.filename)


def _member(name: str, raw: Any) -> Member:
    rows, columns = raw["rows"], tuple(_text(column) for column in _list(raw["columns"]))
    if not _TABLE.fullmatch(name) or isinstance(rows, bool) or not isinstance(rows, int) or rows < 0:
        raise ValueError(name)
    if not columns or len(set(columns)) != len(columns):
        raise ValueError(name)
    return Member(rows, _text(raw["sha256"]), columns)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1000:
        raise TypeError("text")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("list")
    return value


def fitted(columns: Sequence[Column[Any]], row: Any, *, naive: bool) -> dict[str, Any]:
    """Return a row of the archive by column names, each value of the kind that its column holds.

    SQLite stores any value in any column and would fail when it is read. Raise `ValueError` or `TypeError`.
    """
    values = [unwrapped(value, naive=naive) for value in _list(row)]
    return {column.name: _fit(column, value) for column, value in zip(columns, values, strict=True)}


def _fit(column: Column[Any], value: Any) -> Any:
    if value is None:
        if not column.nullable:
            raise ValueError(column.name)
        return value
    kind = column.type.python_type
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if kind is int:
        fits = fits and not isinstance(value, bool) and -_INT64 <= value < _INT64
    longest = getattr(column.type, "length", None)
    if isinstance(value, str):
        fits = fits and "\0" not in value and (longest is None or len(value) <= longest)
    if not fits or (isinstance(value, datetime) and kind is not datetime):
        raise TypeError(column.name)
    return value
