"""The state of an import: one SQLite file beside the imported one, so that a killed process goes on where it stopped.

Everything that is known stands in tables, and nothing grows with the file in memory. Each step is one transaction.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from atom_shopify_plugin.errors import Conflict

__all__ = ["Chunk", "ImportRun"]

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS there (key TEXT PRIMARY KEY, cells TEXT NOT NULL, row TEXT NOT NULL, line INTEGER);
CREATE TABLE IF NOT EXISTS lines (line INTEGER PRIMARY KEY, key TEXT, state TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
  id INTEGER PRIMARY KEY, writer TEXT NOT NULL, together TEXT NOT NULL, input TEXT NOT NULL, line INTEGER NOT NULL,
  item INTEGER);
CREATE TABLE IF NOT EXISTS items (
  id INTEGER PRIMARY KEY, writer TEXT NOT NULL, variables TEXT NOT NULL, chunk INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting', message TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS changes_item ON changes (item);
CREATE INDEX IF NOT EXISTS changes_line ON changes (line);
CREATE INDEX IF NOT EXISTS items_chunk ON items (chunk);
CREATE INDEX IF NOT EXISTS items_waiting ON items (id) WHERE state = 'waiting';
"""
_CONTENT = ("there", "lines", "changes", "items")

Chunk = tuple[int, str, list[int], list[Any]]
"""Number, writer, ids of the items, and their variables."""


class ImportRun:
    """An import of one file into one store; `identity` says which, and another one in the same place is refused.

    A second process that opens it is refused as well. Close it.
    """

    def __init__(self, path: Path, identity: Mapping[str, str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._database = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            with self.transaction():
                for statement in _TABLES.split(";"):
                    self._database.execute(statement)
                known = dict(self._database.execute("SELECT name, value FROM meta"))
                if not known:
                    self._set({**identity, "run": uuid.uuid4().hex, "prepared": ""})
        except sqlite3.OperationalError as error:
            self.close()
            if "locked" not in str(error):
                raise
            raise Conflict("Another process is working on this import. Wait until it has finished.") from None
        if known and any(known.get(name) != value for name, value in identity.items()):
            self.close()
            raise Conflict(
                f"{path.parent.name} holds an unfinished import of another file, kind or store. Finish it, or delete "
                "that folder to give it up."
            )

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything that is written inside, or nothing."""
        self._database.execute("BEGIN EXCLUSIVE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def get(self, name: str) -> str:
        """Return a value that is kept about the run, "" where there is none."""
        row = self._database.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def _set(self, values: Mapping[str, str]) -> None:
        self._database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))

    def keep(self, **values: str) -> None:
        """Keep values about the run."""
        self._set(values)

    def clear(self) -> None:
        """Forget what was prepared: nothing of it has been sent."""
        for table in _CONTENT:
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608  # the names are ours

    def put_there(self, rows: Iterable[tuple[str, str, str]]) -> int:
        """Store what is in the store, as (key, cells, row); return how many keys stand there twice."""
        before = self._database.total_changes
        count = 0

        def counted() -> Iterator[tuple[str, str, str]]:
            nonlocal count
            for row in rows:
                count += 1
                yield row

        self._database.executemany("INSERT OR IGNORE INTO there (key, cells, row) VALUES (?, ?, ?)", counted())
        return count - (self._database.total_changes - before)

    def find(self, key: str) -> tuple[dict[str, str], dict[str, Any], int | None] | None:
        """Return the cells and the row under a key, and the line of the file that named it before."""
        found = self._database.execute("SELECT cells, row, line FROM there WHERE key = ?", (key,)).fetchone()
        return None if found is None else (json.loads(found[0]), json.loads(found[1]), found[2])

    def beside(self, beginning: str) -> tuple[dict[str, str], dict[str, Any] | None] | None:
        """Return the cells and the row of something whose key begins so; the row is None where it is to be created."""
        found = self._database.execute(
            "SELECT cells, row FROM there WHERE key >= ? AND key < ? LIMIT 1", (beginning, f"{beginning}\U0010ffff")
        ).fetchone()
        return None if found is None else (json.loads(found[0]), json.loads(found[1]))

    def put_new(self, key: str, cells: Mapping[str, str]) -> None:
        """Note that the file creates what has this key."""
        self._database.execute(
            "INSERT OR IGNORE INTO there (key, cells, row) VALUES (?, ?, 'null')", (key, json.dumps(cells))
        )

    def put_line(self, line: int, key: str, state: str, message: str = "") -> None:
        self._database.execute("INSERT INTO lines VALUES (?, ?, ?, ?)", (line, key, state, message))
        self._database.execute("UPDATE there SET line = ? WHERE key = ? AND line IS NULL", (line, key))

    def put_change(self, writer: str, together: str, given: str, line: int) -> None:
        self._database.execute(
            "INSERT INTO changes (writer, together, input, line) VALUES (?, ?, ?, ?)", (writer, together, given, line)
        )

    def changes(self) -> Iterator[tuple[int, str, str, str]]:
        """Yield (id, writer, together, input) with what may be written together side by side."""
        yield from self._database.execute(
            "SELECT id, writer, together, input FROM changes ORDER BY writer, together, id"
        )

    def refuse(self, changes: Iterable[int], message: str) -> None:
        """Note that the lines of changes can't be sent."""
        query = "UPDATE lines SET state = 'failed', message = ? WHERE line IN (SELECT line FROM changes WHERE id = ?)"
        self._database.executemany(query, [(message, change) for change in changes])

    def put_item(self, item: int, writer: str, variables: str, chunk: int, changes: Sequence[int]) -> None:
        self._database.execute(
            "INSERT INTO items (id, writer, variables, chunk) VALUES (?, ?, ?, ?)", (item, writer, variables, chunk)
        )
        self._database.executemany("UPDATE changes SET item = ? WHERE id = ?", [(item, change) for change in changes])

    def counts(self) -> dict[str, int]:
        """Return how many lines have each state; those that wait for Shopify are ``changed`` or ``new``."""
        return dict(self._database.execute("SELECT state, COUNT(*) FROM lines GROUP BY state"))

    def first(self, state: str, limit: int) -> list[tuple[int, str, str]]:
        """Return the first lines with a state, as (line, key, message)."""
        query = "SELECT line, key, message FROM lines WHERE state = ? ORDER BY line LIMIT ?"
        return list(self._database.execute(query, (state, limit)))

    def progress(self) -> tuple[int, int]:
        """Return how many items Shopify has answered, and how many there are."""
        # Items have the numbers from 1 on. Neither question reads those that are answered: each chunk asks.
        total = int(self._database.execute("SELECT COALESCE(MAX(id), 0) FROM items").fetchone()[0])
        waiting = int(self._database.execute("SELECT COUNT(*) FROM items WHERE state = 'waiting'").fetchone()[0])
        return total - waiting, total

    def next_chunk(self) -> Chunk | None:
        """Return the first chunk that has not been answered."""
        row = self._database.execute("SELECT chunk FROM items WHERE state = 'waiting' ORDER BY id LIMIT 1").fetchone()
        if row is None:
            return None
        items = list(
            self._database.execute("SELECT id, writer, variables FROM items WHERE chunk = ? ORDER BY id", (row[0],))
        )
        return row[0], items[0][1], [item[0] for item in items], [json.loads(item[2]) for item in items]

    def answered(self, items: Sequence[int], answers: Sequence[tuple[str, str]]) -> None:
        """Store what became of the items of a chunk, as (state, message), and of the lines in them."""
        with self.transaction():
            pairs = [(state, message, item) for item, (state, message) in zip(items, answers, strict=True)]
            self._database.executemany("UPDATE items SET state = ?, message = ? WHERE id = ?", pairs)
            # A line is done once all its items are, and what one of them says against it stands.
            for state, message, item in pairs:
                self._database.execute(
                    "UPDATE lines SET state = ?, message = ? WHERE state IN ('new', 'changed', 'done') AND line IN "
                    "(SELECT line FROM changes WHERE item = ?)",
                    (state, message, item),
                )

    def report(self) -> Iterator[tuple[int, str, str]]:
        """Yield (line, state, message) for each line of the file."""
        yield from self._database.execute("SELECT line, state, message FROM lines ORDER BY line")

    def former(self) -> Iterator[dict[str, str]]:
        """Yield the former cells of the lines that were written, or may have been."""
        query = (
            "SELECT there.cells FROM lines JOIN there ON there.key = lines.key "
            "WHERE lines.state IN ('done', 'unknown') AND there.row <> 'null' ORDER BY lines.line"
        )
        for (cells,) in self._database.execute(query):
            yield json.loads(cells)
