"""Backups that somebody altered or made: a clear refusal, and not a row changed."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from storage_helpers import grant

from atom_shopify_plugin.errors import Conflict, InvalidInput
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import AuditEntry, Storage
from atom_shopify_plugin.storage.calls.counters import CounterRow
from atom_shopify_plugin.storage.database.base import Base
from atom_shopify_plugin.storage.upkeep.backup import backup
from atom_shopify_plugin.storage.upkeep.restore import restore

Parts = dict[str, bytes]
TABLE = "shopify_installations"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Storage]:
    storage = Storage(Settings.from_environ({"ATOM_SHOPIFY_DATA_DIR": str(folder)}))
    storage.upgrade()
    storage.installations.grant(grant(client_secret=Secret("hush")), Principal("ada"))
    entry = AuditEntry(principal=Principal("ada"), action="a", effect="read", outcome="ok", seconds=0.5, verified=True)
    storage.audit.record(entry)
    yield storage
    storage.close()


@pytest.fixture(scope="module")
def whole(store: Storage, folder: Path) -> bytes:
    backup(store, folder / "whole.backup")
    return (folder / "whole.backup").read_bytes()


def parts_of(archive: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def packed(parts: Parts | list[tuple[str, bytes]], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        for name, content in parts.items() if isinstance(parts, dict) else parts:
            archive.writestr(name, content)
    return stream.getvalue()


def everything(storage: Storage) -> str:
    with storage.read() as session:
        # Each storage counts what it does there, also while it is looked at.
        tables = [table for table in Base.metadata.sorted_tables if table.name != CounterRow.__tablename__]
        return repr([session.execute(table.select()).all() for table in tables])


def refused(store: Storage, folder: Path, content: bytes) -> None:
    before, file = everything(store), folder / "hostile.backup"
    file.write_bytes(content)
    with pytest.raises((InvalidInput, Conflict)):
        restore(store, file, force=True)
    assert everything(store) == before


def resummed(parts: Parts, table: str, rows: list[Any], **changes: Any) -> Parts:
    """Return the parts with other rows of a table, and sums that fit."""
    content = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    manifest = json.loads(parts["manifest.json"])
    sums = {"rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
    manifest["tables"][table].update({**sums, **changes})
    return {**parts, f"{table}.jsonl": content, "manifest.json": json.dumps(manifest).encode()}


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=5),
    st.just("a\0b"), st.just("x" * 5000), st.just([]), st.just({}), st.just({"bytes": "=="}), st.just({"bytes": 7}),
    st.just({"time": "yesterday"}), st.just({"time": None}), st.just({"time": "2026-01-01T00:00:00"}), st.just([1]),
)  # fmt: skip


@settings(max_examples=20)
@given(data=st.data())
def test_bytes_that_were_changed_or_cut_are_refused(store: Storage, whole: bytes, folder: Path, data: Any) -> None:
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(content)))
    before, file = everything(store), folder / "bent.backup"
    file.write_bytes(bytes(content[:cut] if data.draw(st.booleans()) else content))
    with suppress(InvalidInput, Conflict):
        restore(store, file, force=True)  # a byte that nothing reads, such as a time in a header, may differ
    assert everything(store) == before


@settings(max_examples=25)
@given(data=st.data())
def test_a_manifest_of_other_kinds_is_refused(store: Storage, whole: bytes, folder: Path, data: Any) -> None:
    parts = parts_of(whole)
    manifest = json.loads(parts["manifest.json"])
    inner = data.draw(st.booleans())
    place = manifest["tables"][TABLE] if inner else manifest
    names = ("rows", "sha256", "columns") if inner else ("format", "revision", "key_ids", "tables", "created_at")
    name = data.draw(st.sampled_from(names))
    old, new = (
        copy.deepcopy(place[name]),
        data.draw(JUNK | st.sampled_from(["head", "base", "00", "+1", "-1", "0001:0002"])),
    )
    if type(old) is type(new) and (old == new or name in ("created_at", "key_ids")):
        return
    place[name] = new
    refused(store, folder, packed({**parts, "manifest.json": json.dumps(manifest).encode()}))


@pytest.mark.slow
@settings(max_examples=40)
@given(data=st.data())
def test_values_that_a_column_can_not_hold_are_refused(store: Storage, whole: bytes, folder: Path, data: Any) -> None:
    parts = parts_of(whole)
    table = data.draw(st.sampled_from([TABLE, "shopify_memberships", "shopify_oauth_tokens", "shopify_audit"]))
    (row,) = map(json.loads, parts[f"{table}.jsonl"].splitlines())
    at, junk = data.draw(st.integers(0, len(row) - 1)), data.draw(JUNK)
    changed = resummed(parts, table, [[*row[:at], junk, *row[at + 1 :]]])
    before, file = everything(store), folder / "values.backup"
    file.write_bytes(packed(changed))
    try:
        restore(store, file, force=True)
    except (InvalidInput, Conflict):
        assert everything(store) == before
    else:  # a value that fits is taken, and can be read
        everything(store)
        assert store.memberships.stores(Principal("ada")) is not None
        file.write_bytes(whole)
        restore(store, file, force=True)


@pytest.mark.parametrize(
    "rows",
    [[[]], [None], [{}], ["text"], [[1]], [[1] * 100], [[None] * 19], [7]],
    ids=repr,
)  # fmt: skip
def test_rows_that_are_none_are_refused(store: Storage, whole: bytes, folder: Path, rows: list[Any]) -> None:
    refused(store, folder, packed(resummed(parts_of(whole), TABLE, rows)))


def without(parts: Parts, name: str) -> Parts:
    return {key: value for key, value in parts.items() if key != name}


def columns(parts: Parts, names: list[Any]) -> Parts:
    rows = [json.loads(line) for line in parts[f"{TABLE}.jsonl"].splitlines()]
    return resummed(parts, TABLE, rows, columns=names)


def renamed(parts: Parts, name: str) -> Parts:
    manifest = json.loads(parts["manifest.json"])
    manifest["tables"][name] = manifest["tables"].pop(TABLE)
    return {**without(parts, f"{TABLE}.jsonl"), f"{name}.jsonl": parts[f"{TABLE}.jsonl"],
            "manifest.json": json.dumps(manifest).encode()}  # fmt: skip


def forgotten(parts: Parts) -> Parts:
    manifest = json.loads(parts["manifest.json"])
    del manifest["tables"]["shopify_usage"]
    return {**without(parts, "shopify_usage.jsonl"), "manifest.json": json.dumps(manifest).encode()}


def bomb(parts: Parts) -> bytes:
    zeros = b"0" * (64 << 20)
    manifest = json.loads(parts["manifest.json"])
    manifest["tables"][TABLE].update(rows=1, sha256=hashlib.sha256(zeros).hexdigest())
    return packed({**parts, f"{TABLE}.jsonl": zeros, "manifest.json": json.dumps(manifest).encode()})


MADE: dict[str, Callable[[Parts], bytes]] = {
    "a table is missing": lambda parts: packed(forgotten(parts)),
    "a member is missing": lambda parts: packed(without(parts, f"{TABLE}.jsonl")),
    "no manifest": lambda parts: packed(without(parts, "manifest.json")),
    "a member too many": lambda parts: packed({**parts, "README": b"hello"}),
    "a path": lambda parts: packed(renamed(parts, "../../shopify_installations")),
    "an absolute path": lambda parts: packed(renamed(parts, "/etc/passwd")),
    "a table of the host": lambda parts: packed(renamed(parts, "host_tokens")),
    "the table of versions": lambda parts: packed(renamed(parts, "shopify_alembic_version")),
    "a table nobody knows": lambda parts: packed(renamed(parts, "shopify_nothing")),
    "a member twice": lambda parts: packed([*parts.items(), (f"{TABLE}.jsonl", b"")]),
    "unknown columns": lambda parts: packed(columns(parts, ["id", "nothing"])),
    "columns twice": lambda parts: packed(columns(parts, ["id", "id"])),
    "no columns": lambda parts: packed(columns(parts, [])),
    "a bomb": bomb,
    "another compression": lambda parts: packed(parts, zipfile.ZIP_BZIP2),
    "yet another one": lambda parts: packed(parts, zipfile.ZIP_LZMA),
    "a deep manifest": lambda parts: packed({**parts, "manifest.json": b"[" * 100_000}),
    "an empty archive": lambda _parts: packed({}),
    "a tar": lambda _parts: b"ustar" * 500,
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", MADE)
def test_an_archive_that_somebody_made_is_refused(store: Storage, whole: bytes, folder: Path, name: str) -> None:
    refused(store, folder, MADE[name](parts_of(whole)))


def test_a_member_that_is_encrypted_is_refused(store: Storage, whole: bytes, folder: Path) -> None:
    content = bytearray(whole)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flags in local and central headers
        start = content.index(mark)
        content[start + at] |= 1
    refused(store, folder, bytes(content))


def test_a_pipe_and_a_folder_are_no_backups(store: Storage, folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    for file in (pipe, folder, folder / "nothing", Path("/dev/zero")):
        with pytest.raises(InvalidInput):
            restore(store, file, force=True)
