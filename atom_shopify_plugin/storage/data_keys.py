"""One key for each store, so that a store's bodies and payloads end with a key."""

from __future__ import annotations

import os
import threading

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.base import Repository, aad, changed, insert
from atom_shopify_plugin.storage.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.models_events import DataKey, LedgerEvent, QueuedJob
from atom_shopify_plugin.storage.values import new_id

__all__ = ["Cipher", "DataKeys", "rewrap"]

_NONCE = 12
_MOST_CACHED = 10_000


class Cipher:
    """AES-256-GCM under a store's key; `id` names the key."""

    __slots__ = ("_aead", "_place", "id")

    def __init__(self, key_id: str, key: bytes, app: str, shop: str) -> None:
        self.id = key_id
        self._aead = AESGCM(key)
        self._place = (app, shop)

    def encrypt(self, plain: bytes, place: str) -> bytes:
        """Return nonce and ciphertext; only the same `place` (field and row) opens it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, plain, self._aad(place))

    def decrypt(self, envelope: bytes, place: str) -> bytes:
        """Return what `encrypt` was given; raise `Unreadable`."""
        try:
            return self._aead.decrypt(envelope[:_NONCE], envelope[_NONCE:], self._aad(place))
        except (InvalidTag, ValueError):
            raise Unreadable("unreadable", self.id) from None

    def _aad(self, place: str) -> bytes:
        return aad(*self._place, place, self.id, 1).encode()


def _wrap_aad(row_id: str, app: str, shop: str) -> str:
    return aad(app, shop, "data_key", row_id, 1)


class DataKeys(Repository):
    """The data keys of the stores, by app and shop domain."""

    _pid = 0

    def _cache(self) -> dict[tuple[str, str], Cipher]:
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._lock = threading.Lock()
            self._ciphers: dict[tuple[str, str], Cipher] = {}
        return self._ciphers

    def cipher(self, app: str, shop: str) -> Cipher:
        """Return the cipher of a store; its key is made when it is first needed. Raise `Unreadable`."""
        found = self._cache().get((app, shop))
        return found if found is not None else self._load(app, shop)

    def forget(self, app: str, shop: str) -> None:
        """Drop a cipher from memory: its key may have been destroyed by another process."""
        self._cache().pop((app, shop), None)

    def of(self, key_id: str, app: str, shop: str) -> Cipher | None:
        """Return the cipher with this id, None if its key has been destroyed."""
        cipher = self._cache().get((app, shop))
        if cipher is None or cipher.id != key_id:
            with self._storage.read() as session:
                row = session.get(DataKey, key_id)
            if row is None:
                return None
            cipher = self._remember(row)
        return cipher

    def _load(self, app: str, shop: str) -> Cipher:
        chosen = select(DataKey).where(DataKey.app == app, DataKey.shop_domain == shop)
        with self._storage.read() as session:
            row = session.scalar(chosen)
        if row is None:
            with self._storage.begin() as session:
                made, keys = new_id(), self._storage.keys
                wrapped = keys.encrypt(os.urandom(32), _wrap_aad(made, app, shop))
                values = {
                    "id": made,
                    "app": app,
                    "shop_domain": shop,
                    "wrapped": wrapped,
                    "key_id": keys.id_of(wrapped),
                    "created_at": self._storage.now(session),
                }
                session.execute(insert(session, DataKey).values(**values).on_conflict_do_nothing())
                row = session.scalars(chosen).one()
        return self._remember(row)

    def _remember(self, row: DataKey) -> Cipher:
        key = self._storage.keys.decrypt(row.wrapped, _wrap_aad(row.id, row.app, row.shop_domain))
        cipher = Cipher(row.id, key, row.app, row.shop_domain)
        ciphers = self._cache()
        with self._lock:
            if len(ciphers) >= _MOST_CACHED:
                ciphers.clear()
            ciphers[(row.app, row.shop_domain)] = cipher
        return cipher

    def destroy(self, app: str, shop: str) -> bool:
        """Destroy a store's key, and take the bodies and payloads that it opened out of their rows.

        On SQLite the write-ahead log is emptied as well, unless somebody reads just then. Return whether there was a
        key; doing it again is harmless.
        """
        self.forget(app, shop)
        with self._storage.begin() as session:
            row = session.scalar(
                select(DataKey).where(DataKey.app == app, DataKey.shop_domain == shop).with_for_update()
            )
            if row is not None:
                changed(
                    session,
                    update(QueuedJob)
                    .where(QueuedJob.data_key_id == row.id)
                    .values(body=None, data_key_id=None, digest=None),
                )
                changed(
                    session,
                    update(LedgerEvent).where(LedgerEvent.data_key_id == row.id).values(payload=None, data_key_id=None),
                )
                changed(session, delete(DataKey).where(DataKey.id == row.id))
        self.forget(app, shop)
        if self._storage.engine.dialect.name == "sqlite":
            with self._storage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return row is not None


def rewrap(keys: KeyRing, _session: Session, row: DataKey) -> None:
    """Wrap a data key with the first key of the ring."""
    place = _wrap_aad(row.id, row.app, row.shop_domain)
    row.wrapped = keys.encrypt(keys.decrypt(row.wrapped, place), place)
    row.key_id = keys.id_of(row.wrapped)
