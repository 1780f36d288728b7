"""Encryption at rest: AES-256-GCM with a key ring, each ciphertext bound to its place.

An envelope is ``0x01 | length of the key id | key id | nonce (12) | ciphertext and tag``. The associated data names
table, row, field and version, so a ciphertext moved to another row, or put back after an update, does not decrypt.
Nothing here uses the client secret of the Shopify app: other keys are derived from the ring by HKDF with a label.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.settings import Secret, Settings

__all__ = ["KEY_FILE", "KeyRing", "Unreadable", "add_key", "generate_key"]

KEY_FILE = "encryption.keys"
_FORMAT = b"\x01"
_NONCE = 12


class Unreadable(Misconfigured):
    """A stored secret can't be decrypted; ``details.reason`` is ``unknown_key`` or ``unreadable``.

    Nothing is deleted: with the missing key back in the ring, the row reads again.
    """

    def __init__(self, reason: str, key_id: str) -> None:
        if reason == "unknown_key":
            message = f"The encryption key {key_id!r} is missing: put it back into ATOM_SHOPIFY_ENCRYPTION_KEYS."
        else:
            message = "A stored secret does not belong to its row: restore the database, or connect the store again."
        super().__init__(message, details={"reason": reason, "setting": "ATOM_SHOPIFY_ENCRYPTION_KEYS"})
        self.reason = reason


class KeyRing:
    """The keys, newest first: the first encrypts, any of them decrypts.

    A ring that lives in a file is read again when an unknown key id turns up: another process may have added it.
    """

    def __init__(self, keys: Sequence[tuple[str, Secret]], *, file: Path | None = None) -> None:
        self._file = file
        self._load(keys)

    def _load(self, keys: Sequence[tuple[str, Secret]]) -> None:
        raw = {key_id: base64.b64decode(text.reveal()) for key_id, text in keys}
        self._first = next(iter(raw))
        self._raw = raw
        self._ciphers = {key_id: AESGCM(key) for key_id, key in raw.items()}
        self._macs: dict[str, tuple[bytes, ...]] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> KeyRing:
        """Return the configured ring, or for SQLite the one in the data folder, made there on first use.

        Raise `Misconfigured` where no ring is configured and several machines may share the database.
        """
        if settings.encryption_keys:
            return cls(settings.encryption_keys)
        try:
            backend = make_url(settings.database_url).get_backend_name()
        except ArgumentError:
            backend = ""
        if backend != "sqlite":
            raise Misconfigured(
                "ATOM_SHOPIFY_ENCRYPTION_KEYS must be set when the database is not a local file; "
                "make a key with `atom-shopify keys generate`.",
                details={"setting": "ATOM_SHOPIFY_ENCRYPTION_KEYS"},
            )
        file = settings.data_dir / KEY_FILE
        if not file.exists():
            _create(file, [generate_key()])
        return cls(_read(file), file=file)

    @property
    def first_id(self) -> str:
        """The id of the key that encrypts."""
        return self._first

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._raw

    def encrypt(self, plain: bytes, aad: str) -> bytes:
        """Return an envelope of `plain` that opens only with the same `aad`."""
        nonce = secrets.token_bytes(_NONCE)
        key_id = self._first.encode()
        sealed = self._ciphers[self._first].encrypt(nonce, plain, aad.encode())
        return _FORMAT + bytes([len(key_id)]) + key_id + nonce + sealed

    @staticmethod
    def id_of(envelope: bytes) -> str:
        """Return the id of the key that made an envelope."""
        return envelope[2 : 2 + envelope[1]].decode("utf-8", "replace")

    def decrypt(self, envelope: bytes, aad: str) -> bytes:
        """Return what `encrypt` was given; raise `Unreadable`."""
        if len(envelope) < 2 or envelope[:1] != _FORMAT:
            raise Unreadable("unreadable", "")
        end = 2 + envelope[1]
        key_id = self.id_of(envelope)
        cipher = self._ciphers.get(key_id) or self._reload(key_id)
        try:
            return cipher.decrypt(envelope[end : end + _NONCE], envelope[end + _NONCE :], aad.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise Unreadable("unreadable", key_id) from None

    def reload(self) -> None:
        """Read the ring's file again; one that came from the settings stays as it is."""
        if self._file is not None and self._file.exists():
            self._load(_read(self._file))

    def _reload(self, key_id: str) -> AESGCM:
        self.reload()
        if key_id not in self._ciphers:
            raise Unreadable("unknown_key", key_id)
        return self._ciphers[key_id]

    def mac_key(self, label: str) -> bytes:
        """Return 32 bytes for signing one kind of thing of ours; each label has its own key."""
        return self.mac_keys(label)[0]

    def mac_keys(self, label: str) -> tuple[bytes, ...]:
        """Return the keys under which a signature still counts, the signing one first."""
        found = self._macs.get(label)
        if found is None:
            found = self._macs[label] = tuple(
                HKDF(SHA256(), 32, salt=None, info=b"atom-shopify|mac|" + label.encode()).derive(key)
                for key in self._raw.values()
            )
        return found

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._raw)})"


def generate_key() -> tuple[str, Secret]:
    """Return a new key as (id, base64 text)."""
    return f"k{secrets.token_hex(4)}", Secret(base64.b64encode(secrets.token_bytes(32)).decode())


def add_key(settings: Settings) -> str:
    """Put a new key first in the ring of the data folder and return its id; the old keys stay.

    Raise `Misconfigured` where the ring is configured by the environment: then it is changed there.
    """
    if settings.encryption_keys:
        raise Misconfigured(
            "The key ring is set by ATOM_SHOPIFY_ENCRYPTION_KEYS: put the new key first there, keep the old ones.",
            details={"setting": "ATOM_SHOPIFY_ENCRYPTION_KEYS"},
        )
    KeyRing.from_settings(settings)
    file = settings.data_dir / KEY_FILE
    key = generate_key()
    fresh = _write_beside(file, [key, *_read(file)])
    fresh.replace(file)
    return key[0]


def _read(file: Path) -> list[tuple[str, Secret]]:
    lines = file.read_text("latin-1").split()
    keys = [(key_id, Secret(text)) for key_id, _, text in (line.partition(":") for line in lines)]
    try:
        sizes = {len(base64.b64decode(text.reveal(), validate=True)) for _, text in keys}
    except ValueError:
        sizes = set()
    if sizes != {32}:
        raise Misconfigured(f"The key ring {file.name} in the data folder is damaged: restore it from a backup.")
    return keys


def _create(file: Path, keys: Sequence[tuple[str, Secret]]) -> None:
    # A link either appears whole or is refused because somebody else was first; his ring is then the ring.
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = _write_beside(file, keys)
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _write_beside(file: Path, keys: Sequence[tuple[str, Secret]]) -> Path:
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.writelines(f"{key_id}:{text.reveal()}\n" for key_id, text in keys)
        stream.flush()
        os.fsync(stream.fileno())
    return fresh
