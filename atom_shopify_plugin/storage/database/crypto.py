"""Encryption at rest: AES-256-GCM with a key ring, each ciphertext bound to its place.

An envelope is ``0x01 | length of the key id | key id | nonce (12) | ciphertext and tag``. The associated data names
table, row, field and version, so a ciphertext moved to another row, or put back after an update, does not decrypt.
Nothing here uses the client secret of the Shopify app: other keys are derived from the ring by HKDF with a label.
"""

from __future__ import annotations

import base64
import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from atom_shopify_plugin.errors import Misconfigured, Unavailable
from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage.database.key_file import KEY_FILE, create, fingerprint, generate_key, read_keys

__all__ = ["LOOK_SECONDS", "KeyRing", "Unreadable"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Seconds after which a process notices that the ring's file has changed."""

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


class _Keys:
    """The keys of one moment, newest first."""

    def __init__(self, keys: Sequence[tuple[str, Secret]]) -> None:
        self.raw = {key_id: base64.b64decode(text.reveal()) for key_id, text in keys}
        self.first = next(iter(self.raw))
        self.ciphers = {key_id: AESGCM(key) for key_id, key in self.raw.items()}
        self.macs: dict[str, tuple[bytes, ...]] = {}


class KeyRing:
    """The keys, newest first: the first encrypts, any of them decrypts. Safe for threads.

    A ring that lives in a file follows the file: a change is noticed within `LOOK_SECONDS` by whoever encrypts or
    signs, and at once where an unknown key id turns up. While the file is away or damaged the keys that were read
    last stay, and `trouble` says so.
    """

    def __init__(self, keys: Sequence[tuple[str, Secret]], *, file: Path | None = None) -> None:
        self._file = file
        self._keys = _Keys(keys)
        self._seen = None if file is None else fingerprint(file)
        self._looked = time.monotonic()
        self.trouble = ""
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin with nobody reading the file."""
        self._reading = threading.Lock()

    @classmethod
    def from_settings(cls, settings: Settings, in_use: Callable[[], bool] = lambda: False) -> KeyRing:
        """Return the configured ring, or for SQLite the one in the data folder, made there on first use.

        `in_use` says whether the database holds something that is encrypted: then no new ring takes the place of one
        that is gone. Raise `Misconfigured` for that, for a damaged file, and where no ring is configured and several
        machines may share the database; `Unavailable` where the file can't be read.
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
        try:
            if not file.exists():
                if in_use():
                    raise Misconfigured(
                        f"The key ring {KEY_FILE} is missing in the data folder, and the database holds what its keys "
                        "have encrypted: restore the file from its backup, or set ATOM_SHOPIFY_DATA_DIR to its folder. "
                        "To begin anew without it, move the database away as well and connect the stores again."
                    )
                create(file, [generate_key()])
            return cls(read_keys(file), file=file)
        except OSError as error:
            raise Unavailable(
                f"The key ring {KEY_FILE} in the data folder can't be read ({error.strerror}).", retry_after=1.0
            ) from None

    @property
    def first_id(self) -> str:
        """The id of the key that encrypts."""
        return self._current().first

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys, the encrypting one first."""
        return tuple(self._current().raw)

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._current().raw

    def encrypt(self, plain: bytes, aad: str) -> bytes:
        """Return an envelope of `plain` that opens only with the same `aad`."""
        keys = self._current()
        nonce = secrets.token_bytes(_NONCE)
        key_id = keys.first.encode()
        sealed = keys.ciphers[keys.first].encrypt(nonce, plain, aad.encode())
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
        cipher = self._keys.ciphers.get(key_id)
        if cipher is None:
            self.reload()
            cipher = self._keys.ciphers.get(key_id)
        if cipher is None:
            raise Unreadable("unknown_key", key_id)
        try:
            return cipher.decrypt(envelope[end : end + _NONCE], envelope[end + _NONCE :], aad.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise Unreadable("unreadable", key_id) from None

    def reload(self) -> None:
        """Read the ring's file again where it has changed; one that came from the settings stays as it is."""
        if self._file is None:
            return
        with self._reading:
            self._looked = time.monotonic()
            trouble = ""
            try:
                seen = fingerprint(self._file)
                if seen != self._seen or self.trouble:
                    self._keys = _Keys(read_keys(self._file))
                    self._seen = seen
            except FileNotFoundError:
                trouble = f"The key ring {KEY_FILE} is gone from the data folder: restore it before this process ends."
            except OSError as error:
                trouble = f"The key ring {KEY_FILE} in the data folder can't be read ({error.strerror})."
            except Misconfigured as error:  # perhaps it is just being written
                trouble = error.message
            if trouble and trouble != self.trouble:
                log.error("%s", trouble)
            self.trouble = trouble

    def unsettled(self) -> float:
        """Return for how many seconds some process may still encrypt with the key that was the first one before."""
        if self._file is None:
            return 0.0
        try:
            age = time.time() - self._file.stat().st_mtime
        except OSError:
            age = 0.0
        settled = 2 * LOOK_SECONDS
        return 0.0 if age > settled else settled - max(0.0, age)

    def _current(self) -> _Keys:
        if self._file is not None and time.monotonic() - self._looked >= LOOK_SECONDS:
            self.reload()
        return self._keys

    def mac_key(self, label: str) -> bytes:
        """Return 32 bytes for signing one kind of thing of ours; each label has its own key."""
        return self.mac_keys(label)[0]

    def mac_keys(self, label: str) -> tuple[bytes, ...]:
        """Return the keys under which a signature still counts, the signing one first."""
        keys = self._current()
        found = keys.macs.get(label)
        if found is None:
            found = keys.macs[label] = tuple(
                HKDF(SHA256(), 32, salt=None, info=b"atom-shopify|mac|" + label.encode()).derive(key)
                for key in keys.raw.values()
            )
        return found

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys.raw)})"
