"""Blocks of copied rows: new ones, known ones and both together are stored alike, and the last of two counts."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from storage_helpers import grant

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage import Storage, Store

Codes = dict[int, str]
FIRST = {number: f"A{number}" for number in range(100, 300)}


@pytest.fixture
def store(storage: Storage, ada: Principal) -> Store:
    return storage.installations.grant(grant(), ada)


def put(storage: Storage, store: Store, codes: Iterable[tuple[int, str]]) -> None:
    with storage.begin() as session:
        mirror = storage.mirrors.lock(session, store)
        rows = [(mirror.number, number, 1, code, None, 1) for number, code in codes]
        storage.catalogue.put(session, "discount_codes", rows)


def stored(storage: Storage, store: Store) -> Codes:
    return {row["code_id"]: row["code"] for row in storage.catalogue.rows(store.id, "discount_codes")}


@pytest.mark.parametrize(
    "second",
    [
        {number: f"B{number}" for number in range(300, 500)},
        {number: f"B{number}" for number in (*range(300, 500), 117)},
        {number: f"B{number}" for number in (*range(20, 117), 117, *range(300, 500))},
        {number: f"B{number}" for number in range(200, 400)},
        FIRST,
        {},
    ],
    ids=["new", "first_known", "one_known", "half_known", "the_same", "nothing"],
)
def test_what_is_known_is_replaced_and_what_is_new_is_added(storage: Storage, store: Store, second: Codes) -> None:
    put(storage, store, FIRST.items())
    put(storage, store, second.items())
    assert stored(storage, store) == {**FIRST, **second}


def test_of_two_rows_with_one_key_the_last_one_counts(storage: Storage, store: Store) -> None:
    put(storage, store, [(2, "first"), (1, "other"), (2, "last")])
    assert stored(storage, store) == {1: "other", 2: "last"}
