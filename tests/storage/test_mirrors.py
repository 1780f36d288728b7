"""Mirrored stores: one row for each installation, begun anew when the app is installed again."""

from __future__ import annotations

from mirrored import whole
from storage_helpers import grant

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store
from atom_shopify_plugin.storage.insight.mirrors import Mirror


def locked(storage: Storage, store: Store) -> Mirror:
    with storage.begin() as session:
        return storage.mirrors.lock(session, store)


def test_a_mirror_is_begun_once(storage: Storage, ada: Principal) -> None:
    store = storage.installations.grant(grant(), ada)
    assert storage.mirrors.get(store.id) is None
    first = locked(storage, store)
    assert (first.timezone, first.currency) == (store.timezone, store.currency)
    assert locked(storage, store) == first == storage.mirrors.get(store.id)
    assert storage.mirrors.drop(store.id)
    assert not storage.mirrors.drop(store.id)


def test_what_an_earlier_installation_copied_counts_no_more(storage: Storage, ada: Principal) -> None:
    store = storage.installations.grant(grant(), ada)
    storage.write(lambda session: whole(storage, session, storage.mirrors.lock(session, store), storage.now()))
    assert storage.sync_runs.of(store.id)
    storage.installations.uninstall(store.id)
    again = storage.installations.grant(grant(), ada)
    assert again.epoch > store.epoch
    locked(storage, again)
    assert storage.sync_runs.of(store.id) == []
