"""Encrypt again, with the first key of the ring, what other keys have encrypted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.audit import content_aad
from atom_shopify_plugin.storage.base import aad
from atom_shopify_plugin.storage.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.data_keys import rewrap
from atom_shopify_plugin.storage.idempotency import result_aad
from atom_shopify_plugin.storage.models import Audit, Idempotency, Installation, OAuthToken
from atom_shopify_plugin.storage.models_events import DataKey
from atom_shopify_plugin.storage.tokens import open_token, seal_tokens

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.core import Storage

__all__ = ["rotate"]


def rotate(storage: Storage, batch: int) -> dict[str, int]:
    """Re-encrypt batch by batch; a row that can't be read is left as it is, for the day its key comes back."""
    tables: dict[str, tuple[Any, Callable[[KeyRing, Session, Any], None]]] = {
        "tokens": (OAuthToken, _token),
        "installations": (Installation, _installation),
        "idempotency": (Idempotency, _result),
        "audit": (Audit, _content),
        "data_keys": (DataKey, rewrap),
    }
    return {name: _table(storage, model, again, batch) for name, (model, again) in tables.items()}


def _table(storage: Storage, model: Any, again: Callable[[KeyRing, Session, Any], None], batch: int) -> int:
    done = 0
    last = ""
    while True:
        with storage.begin() as session:
            rows = session.scalars(
                select(model)
                .where(model.key_id != storage.keys.first_id, model.id > last)
                .order_by(model.id)
                .limit(batch)
                .with_for_update()
            ).all()
            for row in rows:
                last = row.id
                try:
                    again(storage.keys, session, row)
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


def _result(keys: KeyRing, _session: Session, row: Idempotency) -> None:
    if row.result is not None:
        row.result = keys.encrypt(keys.decrypt(row.result, result_aad(row.id)), result_aad(row.id))
        row.key_id = keys.id_of(row.result)


def _content(keys: KeyRing, _session: Session, row: Audit) -> None:
    if row.content is not None:
        row.content = keys.encrypt(keys.decrypt(row.content, content_aad(row.id)), content_aad(row.id))
        row.key_id = keys.id_of(row.content)
