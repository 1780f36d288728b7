"""One key for each store, so that a store's bodies and payloads end with a key."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Index, Select, String, UniqueConstraint, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.storage.database.base import Base, Repository, aad, changed, insert, new_id
from atom_shopify_plugin.storage.database.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.database.engine import translated
from atom_shopify_plugin.storage.database.group_commit import Rows, Steps, Ticket, finish
from atom_shopify_plugin.storage.work.event_table import LedgerEvent
from atom_shopify_plugin.storage.work.job_table import QueuedJob

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database


__all__ = ["Cipher", "DataKey", "DataKeys", "rewrap"]


class DataKey(Base):
    """The key of one store's bodies and payloads, wrapped by the key ring. Without it they are gone."""

    __tablename__ = "shopify_data_keys"
    __table_args__ = (UniqueConstraint("app", "shop_domain"), Index(None, "key_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    app: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    wrapped: Mapped[bytes]
    key_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]


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

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin with nothing remembered."""
        self._lock = threading.Lock()
        self._ciphers: dict[tuple[str, str], Cipher] = {}

    def cipher(self, app: str, shop: str, *, session: Session | None = None, timeout: float = 3.0) -> Cipher:
        """Return the cipher of a store; its key is made when it is first needed. Raise `Unreadable`.

        With `session` a new key is part of the caller's transaction, and remembered only when it is next asked for;
        without it raise `Unavailable` after `timeout` seconds.
        """
        if session is None:
            return finish(self.finding(app, shop, timeout=timeout))
        found = self._ciphers.get((app, shop))
        return self._open(self._ensure(session, app, shop)) if found is None else found

    def finding(self, app: str, shop: str, *, timeout: float = 3.0) -> Steps[Cipher]:
        """Do what `cipher` does without a session, as steps."""
        found = self._ciphers.get((app, shop))
        if found is None:
            group = self._database.group_commit
            made = Rows.shared(("data key", app, shop), lambda session: self._ensure(session, app, shop))
            row = yield Ticket(group, made, timeout=timeout)
            found = self._remember(row)
        return found

    def forget(self, app: str, shop: str) -> None:
        """Drop a cipher from memory: its key may have been destroyed by another process."""
        self._ciphers.pop((app, shop), None)

    def of(self, key_id: str, app: str, shop: str) -> Cipher | None:
        """Return the cipher with this id, None if its key has been destroyed."""
        cipher = self._ciphers.get((app, shop))
        if cipher is None or cipher.id != key_id:
            with self._database.read() as session:
                row = session.get(DataKey, key_id)
            if row is None:
                return None
            cipher = self._remember(row)
        return cipher

    def _ensure(self, session: Session, app: str, shop: str) -> DataKey:
        made, keys = new_id(), self._database.keys
        wrapped = keys.encrypt(os.urandom(32), _wrap_aad(made, app, shop))
        values = {
            "id": made,
            "app": app,
            "shop_domain": shop,
            "wrapped": wrapped,
            "key_id": keys.id_of(wrapped),
            "created_at": self._database.now(session),
        }
        session.execute(insert(session, DataKey).values(**values).on_conflict_do_nothing())
        return session.scalars(_of(app, shop)).one()

    def _open(self, row: DataKey) -> Cipher:
        key = self._database.keys.decrypt(row.wrapped, _wrap_aad(row.id, row.app, row.shop_domain))
        return Cipher(row.id, key, row.app, row.shop_domain)

    def _remember(self, row: DataKey) -> Cipher:
        cipher = self._open(row)
        with self._lock:
            if len(self._ciphers) >= _MOST_CACHED:
                self._ciphers.clear()
            self._ciphers[(row.app, row.shop_domain)] = cipher
        return cipher

    def destroy(self, app: str, shop: str) -> bool:
        """Destroy a store's key, and take the bodies and payloads that it opened out of their rows.

        On SQLite the write-ahead log is emptied as well, unless somebody reads just then. Return whether there was a
        key; doing it again is harmless.
        """
        self.forget(app, shop)
        with self._database.begin() as session:
            row = session.scalar(_of(app, shop).with_for_update())
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
        if self._database.engine.dialect.name == "sqlite":
            # On the driver's own connection: a checkpoint can't run inside a transaction.
            with translated(), closing(self._database.engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return row is not None


def _of(app: str, shop: str) -> Select[DataKey]:
    return select(DataKey).where(DataKey.app == app, DataKey.shop_domain == shop)


def rewrap(keys: KeyRing, _session: Session, row: DataKey) -> None:
    """Wrap a data key with the first key of the ring."""
    place = _wrap_aad(row.id, row.app, row.shop_domain)
    row.wrapped = keys.encrypt(keys.decrypt(row.wrapped, place), place)
    row.key_id = keys.id_of(row.wrapped)
