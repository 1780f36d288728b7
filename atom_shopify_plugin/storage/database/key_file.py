"""The file of the key ring in the data folder: one ``id:base64`` a line, the key that encrypts first."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from atom_shopify_plugin.errors import InvalidInput, Misconfigured
from atom_shopify_plugin.settings import Secret, Settings

__all__ = ["KEY_FILE", "add_key", "create", "drop_key", "fingerprint", "generate_key", "read_keys"]

KEY_FILE = "encryption.keys"


def generate_key() -> tuple[str, Secret]:
    """Return a new key as (id, base64 text)."""
    return f"k{secrets.token_hex(4)}", Secret(base64.b64encode(secrets.token_bytes(32)).decode())


def add_key(settings: Settings) -> str:
    """Put a new key first in the ring of the data folder and return its id; the old keys stay.

    Raise `Misconfigured` where the ring is configured by the environment: then it is changed there.
    """
    _must_be_a_file(settings, "put the new key first there, keep the old ones")
    file = settings.data_dir / KEY_FILE
    key = generate_key()
    with _changing(file):
        _replace(file, [key, *read_keys(file)])
    return key[0]


def drop_key(settings: Settings, key_id: str) -> None:
    """Take a key out of the ring of the data folder; whoever calls it has made sure that no row carries it.

    Raise `InvalidInput` for a key that is not in the ring, or that encrypts, and `Misconfigured` as `add_key` does.
    """
    _must_be_a_file(settings, "take the key out there")
    file = settings.data_dir / KEY_FILE
    with _changing(file):
        keys = read_keys(file)
        if key_id not in [known for known, _ in keys]:
            raise InvalidInput(f"The key ring has no key {key_id!r}.")
        if key_id == keys[0][0]:
            raise InvalidInput(f"The key {key_id!r} encrypts: run `atom-shopify keys rotate` first.")
        _replace(file, [(known, text) for known, text in keys if known != key_id])


def _must_be_a_file(settings: Settings, remedy: str) -> None:
    if settings.encryption_keys:
        raise Misconfigured(
            f"The key ring is set by ATOM_SHOPIFY_ENCRYPTION_KEYS: {remedy}.",
            details={"setting": "ATOM_SHOPIFY_ENCRYPTION_KEYS"},
        )


def read_keys(file: Path) -> list[tuple[str, Secret]]:
    """Return the keys of a file; raise `Misconfigured` for one that is damaged, and `OSError`."""
    lines = file.read_text("latin-1").split()
    keys = [(key_id, Secret(text)) for key_id, _, text in (line.partition(":") for line in lines)]
    try:
        sizes = {len(base64.b64decode(text.reveal(), validate=True)) for _, text in keys}
    except ValueError:
        sizes = set()
    if sizes != {32}:
        raise Misconfigured(f"The key ring {file.name} in the data folder is damaged: restore it from a backup.")
    return keys


def create(file: Path, keys: Sequence[tuple[str, Secret]]) -> None:
    """Make the file unless it is there: where two processes make it at once, the first one's ring is the ring."""
    # A link either appears whole or is refused because somebody else was first.
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = _write_beside(file, keys)
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _sync_folder(file)


def _replace(file: Path, keys: Sequence[tuple[str, Secret]]) -> None:
    _write_beside(file, keys).replace(file)
    _sync_folder(file)


@contextmanager
def _changing(file: Path) -> Iterator[None]:
    """Keep others who change the ring away: of two that read it at the same time, one would lose the other's key."""
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _sync_folder(file: Path) -> None:
    # Rows may carry a new key from now on: the file's name must outlive a power cut, too.
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def fingerprint(file: Path) -> tuple[int, int, int]:
    """Return what is another one whenever the file has changed."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _write_beside(file: Path, keys: Sequence[tuple[str, Secret]]) -> Path:
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.writelines(f"{key_id}:{text.reveal()}\n" for key_id, text in keys)
        stream.flush()
        os.fsync(stream.fileno())
    return fresh
