"""What people save: a name is there once for each kind of a store, and of two who change it nobody's part is lost."""

from __future__ import annotations

import threading

import pytest
from storage_helpers import grant

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store


@pytest.fixture
def store(storage: Storage, ada: Principal) -> Store:
    return storage.installations.grant(grant(), ada)


def add(storage: Storage, store: Store, kind: str, number: int, name: str) -> bool:
    with storage.begin() as session:
        return storage.saved.add(session, store.id, kind, f"{number:032x}", name, {"n": number})


def test_a_name_is_there_once_for_each_kind(storage: Storage, store: Store) -> None:
    assert add(storage, store, "report", 1, "Straße")
    assert add(storage, store, "report", 1, "Straße"), "the same again changes nothing"
    assert not add(storage, store, "report", 2, "STRASSE")
    assert add(storage, store, "campaign", 3, "strasse")
    with storage.begin() as session:
        assert [one.body for one in storage.saved.of(session, store.id, "report")] == [{"n": 1}]
        assert storage.saved.find(session, store.id, "report", f"{3:032x}") is None, "the id of another kind"
        assert storage.saved.find(session, "0" * 32, "report", "Straße") is None, "the name in another store"


def test_a_taken_name_is_refused_and_the_transaction_goes_on(storage: Storage, store: Store) -> None:
    add(storage, store, "report", 1, "One")
    add(storage, store, "report", 2, "Two")
    with storage.begin() as session:
        assert not storage.saved.change(session, f"{2:032x}", "ONE", {})
        assert storage.saved.change(session, f"{2:032x}", "Three", {"n": 3})
    with storage.read() as session:
        assert [one.name for one in storage.saved.of(session, store.id, "report")] == ["One", "Three"]


def test_two_who_change_it_at_the_same_time_lose_nothing(storage: Storage, store: Store) -> None:
    add(storage, store, "report", 1, "One")
    begin = threading.Barrier(4)

    def change(member: str) -> None:
        begin.wait(10)
        with storage.begin() as session:
            one = storage.saved.find(session, store.id, "report", "One", lock=True)
            assert one is not None
            storage.saved.change(session, one.id, one.name, {**one.body, member: 1})

    threads = [threading.Thread(target=change, args=(f"m{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with storage.read() as session:
        one = storage.saved.find(session, store.id, "report", "One")
    assert one is not None
    assert set(one.body) == {"n", "m0", "m1", "m2", "m3"}
