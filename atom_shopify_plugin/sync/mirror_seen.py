"""The ids that a comparison has seen: a scratch file, so that memory does not grow with the store."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from atom_shopify_plugin.process.privatefiles import make_private

__all__ = ["Seen", "place_of", "sweep"]

_SOME = 500
_FOLDER = "sync"
_KEPT = 2 * 86_400.0  # seconds; a comparison that was left for so long begins anew


def place_of(data_dir: Path, name: str) -> Path:
    """Return the scratch file with that name."""
    return data_dir / _FOLDER / f"{name}.sqlite"


def sweep(data_dir: Path, now: float) -> None:
    """Delete scratch files that nobody has written to for two days, such as those of stores that are gone."""
    for path in (data_dir / _FOLDER).glob("*.sqlite*"):
        with suppress(FileNotFoundError):  # another process sweeps, too
            if now - path.stat().st_mtime > _KEPT:
                path.unlink()


class Seen:
    """A set of numbers in the file `path`, which belongs to the comparison `token`. Close it, and `remove` it."""

    def __init__(self, path: Path, token: str) -> None:
        self._path = path
        try:
            self.resumed = self._open() and self._token() == token
        except sqlite3.DatabaseError:  # its process died while it wrote
            self.resumed = False
        if not self.resumed:
            self.remove()
            self._open()
            self._database.execute("CREATE TABLE token (value TEXT NOT NULL)")
            self._database.execute("CREATE TABLE ids (id INTEGER PRIMARY KEY)")
            self._database.execute("INSERT INTO token VALUES (?)", (token,))

    def _open(self) -> bool:
        there = self._path.exists()
        make_private(self._path)
        self._database = sqlite3.connect(self._path, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")  # the file is worth nothing after a crash of the machine
        return there

    def _token(self) -> str:
        (value,) = self._database.execute("SELECT value FROM token").fetchone()
        return str(value)

    def add(self, ids: Iterable[int]) -> None:
        """Note ids, all of them or none."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO ids VALUES (?)", ((one,) for one in ids))
        self._database.execute("COMMIT")

    def missing(self, ids: Collection[int]) -> list[int]:
        """Return those of `ids` that were not seen."""
        listed, found = list(ids), set[int]()
        for start in range(0, len(listed), _SOME):
            some = listed[start : start + _SOME]
            marks = ", ".join("?" * len(some))
            query = f"SELECT id FROM ids WHERE id IN ({marks})"  # noqa: S608  # question marks
            found.update(row[0] for row in self._database.execute(query, some))
        return [one for one in listed if one not in found]

    def close(self) -> None:
        self._database.close()

    def remove(self) -> None:
        """Close and delete the file."""
        self._database.close()
        for suffix in ("", "-wal", "-shm", "-journal"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
