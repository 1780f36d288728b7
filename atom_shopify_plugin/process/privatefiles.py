"""Database files that nobody but their owner can read, from their first byte on."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

__all__ = ["make_private"]

_BESIDE = ("", "-wal", "-shm", "-journal")
_OTHERS = 0o077


def make_private(file: Path) -> None:
    """Create an empty `file` of mode 0600, or take the rights of others away from it and the files beside it.

    SQLite gives its write-ahead log, its index and its journal the mode of the database file (sqlite.org, os_unix.c),
    so the file has to be there before SQLite opens it. A file of another owner stays as it is. Raise `OSError` where
    the file can't be made.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            # Never opened when it is there: closing it would end SQLite's locks of this process (sqlite.org, "How To
            # Corrupt An SQLite Database File", 2.2).
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for suffix in _BESIDE:
        one = file.with_name(file.name + suffix)
        with suppress(FileNotFoundError, PermissionError):
            mode = one.stat().st_mode & 0o777
            if mode & _OTHERS:
                one.chmod(mode & ~_OTHERS)
