"""Encrypt again, with the first key of the ring, what other keys have encrypted, and say what is left of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.calls.audit import AUDIT_CONTENT, Audit
from atom_shopify_plugin.storage.calls.idempotency import RESULT, Idempotency
from atom_shopify_plugin.storage.calls.operations import OPERATION_CONTENT, OperationRow
from atom_shopify_plugin.storage.calls.sealed import SealedColumn
from atom_shopify_plugin.storage.database.base import aad
from atom_shopify_plugin.storage.database.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.stores.chat_states import CHAT_STATE, ChatStateRow
from atom_shopify_plugin.storage.stores.sealing import open_token, seal_tokens
from atom_shopify_plugin.storage.stores.tables import Installation, OAuthToken
from atom_shopify_plugin.storage.work.data_keys import DataKey, rewrap

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database

__all__ = ["encrypted", "keys_in_use", "rotate", "rows_under"]

_TABLES: dict[str, Any] = {
    "tokens": OAuthToken,
    "installations": Installation,
    "idempotency": Idempotency,
    "audit": Audit,
    "operations": OperationRow,
    "chat_states": ChatStateRow,
    "data_keys": DataKey,
}
_MOST_PASSES = 10  # somebody who goes on writing with an old key must be found out, not waited for
_LONGEST_WRITE = 10.0  # seconds that a transaction may take in which something has been encrypted


def rotate(database: Database, batch: int) -> dict[str, int]:
    """Re-encrypt batch by batch until nothing more turns up, and return the rows done by table.

    Other processes notice a new key within moments and may write with the old one until then: the last pass begins
    after that. A row that can't be read is left as it is, for the day its key comes back. What `rows_under` counts
    afterwards is such rows, and those of a process that does not know the new key.
    """
    again: dict[str, Callable[[KeyRing, Session, Any], None]] = {
        "tokens": _token,
        "installations": _installation,
        "idempotency": _sealed(RESULT),
        "audit": _sealed(AUDIT_CONTENT),
        "operations": _sealed(OPERATION_CONTENT),
        "chat_states": _sealed(CHAT_STATE),
        "data_keys": rewrap,
    }
    total = dict.fromkeys(_TABLES, 0)
    passes = 0
    while passes < _MOST_PASSES:
        settled = database.keys.unsettled() == 0.0
        if settled:
            _wait_for_writers(database)
        done = {name: _table(database, model, again[name], batch) for name, model in _TABLES.items()}
        total = {name: total[name] + done[name] for name in total}
        if settled and not any(done.values()):
            break
        passes += settled
        time.sleep(database.keys.unsettled())
    return total


def keys_in_use(database: Database) -> set[str]:
    """Return the ids of the keys that rows carry; it takes a few looks at each index, however many rows there are."""
    found: set[str] = set()
    with database.read() as session:
        for model in _TABLES.values():
            last = session.scalar(select(func.min(model.key_id)))
            while last is not None:
                found.add(last)
                last = session.scalar(select(func.min(model.key_id)).where(model.key_id > last))
    return found


def rows_under(database: Database, key_ids: set[str]) -> dict[str, dict[str, int]]:
    """Return how many rows of each table carry these keys, by key; tables and keys without rows are left out."""
    counts: dict[str, dict[str, int]] = {}
    with database.read() as session:
        for key_id in sorted(key_ids):
            rows = {
                name: session.scalar(select(func.count()).where(model.key_id == key_id)) or 0
                for name, model in _TABLES.items()
            }
            if any(rows.values()):
                counts[key_id] = {name: count for name, count in rows.items() if count}
    return counts


def encrypted(session: Session) -> bool:
    """Return whether any row holds something that is encrypted, in a database of any version or without tables."""
    there = set(inspect(session.connection()).get_table_names())
    return any(
        session.scalar(select(model.id).where(model.key_id.is_not(None)).limit(1)) is not None
        for model in _TABLES.values()
        if model.__tablename__ in there
    )


def _wait_for_writers(database: Database) -> None:
    """Wait for the transactions that are open now: one may hold a row under the old key that nobody sees yet."""
    if database.engine.dialect.name != "postgresql":
        return  # SQLite lets one write at a time, and the next pass writes
    deadline = time.monotonic() + _LONGEST_WRITE
    with database.read() as session:
        begun = session.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")) or 0
    oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    while time.monotonic() < deadline:
        with database.read() as session:
            if (session.scalar(oldest) or 0) >= begun:
                return
        time.sleep(0.1)


def _table(database: Database, model: Any, again: Callable[[KeyRing, Session, Any], None], batch: int) -> int:
    done = 0
    last = ""
    first = database.keys.first_id
    while True:
        with database.begin() as session:
            rows = session.scalars(
                select(model)
                .where(model.key_id != first, model.id > last)
                .order_by(model.id)
                .limit(batch)
                .with_for_update()
            ).all()
            for row in rows:
                last = row.id
                try:
                    again(database.keys, session, row)
                except Unreadable:
                    continue
                done += 1
        if len(rows) < batch:
            return done


def _token(keys: KeyRing, session: Session, token: OAuthToken) -> None:
    row = session.get_one(Installation, token.installation_id)
    seal_tokens(keys, row, token, *open_token(keys, row, token))


def _installation(keys: KeyRing, _session: Session, row: Installation) -> None:
    if row.client_secret is not None:
        place = aad(row.app, row.shop_domain, "client_secret", row.id, row.secret_version)
        row.client_secret = keys.encrypt(keys.decrypt(row.client_secret, place), place)
        row.key_id = keys.id_of(row.client_secret)


def _sealed(column: SealedColumn) -> Callable[[KeyRing, Session, Any], None]:
    return lambda keys, _session, row: column.seal_again(keys, row)
