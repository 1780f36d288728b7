"""Mirrored stores: one row for each installation, begun anew when the app is installed again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session
from storage_helpers import grant

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store
from atom_shopify_plugin.storage.insight.mirrors import Mirror


def locked(storage: Storage, store: Store) -> Mirror:
    with storage.begin() as session:
        return storage.mirrors.lock(session, store)


def test_a_mirror_is_begun_once_and_completed(storage: Storage, ada: Principal) -> None:
    store = storage.installations.grant(grant(), ada)
    assert storage.mirrors.get(store.id) is None
    first = locked(storage, store)
    assert (first.timezone, first.currency, first.complete_at) == (store.timezone, store.currency, None)
    assert locked(storage, store) == first
    at = storage.now() - timedelta(minutes=1)

    def complete(session: Session) -> None:
        storage.mirrors.completed(session, storage.mirrors.lock(session, store), at)

    storage.write(complete)
    whole = storage.mirrors.get(store.id)
    assert whole is not None
    assert (whole.number, whole.complete_at) == (first.number, at)
    assert storage.mirrors.drop(store.id)
    assert not storage.mirrors.drop(store.id)


def test_what_an_earlier_installation_copied_counts_no_more(storage: Storage, ada: Principal) -> None:
    store = storage.installations.grant(grant(), ada)
    storage.write(
        lambda session: storage.mirrors.completed(session, storage.mirrors.lock(session, store), storage.now())
    )
    storage.installations.uninstall(store.id)
    again = storage.installations.grant(grant(), ada)
    assert again.epoch > store.epoch
    assert locked(storage, again).complete_at is None
