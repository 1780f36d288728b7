"""A store's data key: one for each store, and the end of everything that it opened."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from probe import APP, KIND, SHOP, new

from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import NewEvent, Storage, Unreadable

OTHER = "outlet.myshopify.com"
SECOND = ("k2", Secret(base64.b64encode(bytes([2]) * 32).decode()))


def event(key: str = "e1", shop: str = SHOP) -> NewEvent:
    return NewEvent(trigger="new_order", dedupe_key=key, app=APP, shop=shop, payload=b"canary@example.com")


def test_a_cipher_opens_what_it_closed_and_only_in_its_place(storage: Storage) -> None:
    cipher = storage.data_keys.cipher(APP, SHOP)
    envelope = cipher.encrypt(b"plain", "body:1")
    assert cipher.decrypt(envelope, "body:1") == b"plain"
    for wrong, place in ((envelope, "body:2"), (envelope[:-1], "body:1"), (b"", "body:1")):
        with pytest.raises(Unreadable):
            cipher.decrypt(wrong, place)
    with pytest.raises(Unreadable):
        storage.data_keys.cipher(APP, OTHER).decrypt(envelope, "body:1")


def test_many_who_need_a_stores_first_key_get_the_same(storage: Storage) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: storage.data_keys.cipher(APP, SHOP).id, range(16)))
    assert len(ids) == 1
    assert storage.data_keys.cipher(APP, OTHER).id not in ids


def test_other_processes_read_with_the_same_key(storage: Storage, open_runtime: Callable[..., Runtime]) -> None:
    storage.jobs.put(new("one", body=b"text"))
    other = open_runtime().storage
    job = other.jobs.claim("w", (KIND,), 30)
    assert job is not None
    assert other.jobs.open(job).body == b"text"


def test_with_its_key_a_stores_bodies_and_payloads_are_gone(storage: Storage, tmp_path: Path) -> None:
    storage.jobs.put(new("one", body=b"canary@example.com"))
    storage.jobs.put(new("other", shop=OTHER, body=b"other"))
    job = storage.jobs.claim("w", (KIND,), 30)
    assert job is not None
    stored = storage.events.put(event())
    wrapped = [file.read_bytes() for file in tmp_path.glob("*.db*")]
    assert storage.data_keys.destroy(APP, SHOP)
    assert storage.jobs.open(job).body is None
    kept = storage.events.get(stored.id)
    assert kept is not None
    assert kept.payload is None
    assert [summary.has_body for summary in storage.jobs.list()] == [True, False]
    assert not storage.data_keys.destroy(APP, SHOP)
    assert wrapped == [] or all(file.stat().st_size == 0 for file in tmp_path.glob("*.db-wal"))


def test_who_still_has_a_destroyed_key_in_memory_takes_a_new_one(
    storage: Storage, open_runtime: Callable[..., Runtime]
) -> None:
    other = open_runtime().storage
    old = other.data_keys.cipher(APP, SHOP).id
    storage.data_keys.destroy(APP, SHOP)
    assert other.jobs.put(new("after", body=b"text")).new
    assert other.events.put(event()).payload == b"canary@example.com"
    assert other.data_keys.cipher(APP, SHOP).id != old
    job = storage.jobs.claim("w", (KIND,), 30)
    assert job is not None
    assert storage.jobs.open(job).body == b"text"


def test_data_keys_are_wrapped_again_by_a_rotation(
    storage: Storage, settings: Settings, open_runtime: Callable[..., Runtime]
) -> None:
    storage.jobs.put(new("one", body=b"text"))
    rotating = open_runtime(encryption_keys=(SECOND, *settings.encryption_keys)).storage
    assert rotating.rotate()["data_keys"] == 1
    alone = open_runtime(encryption_keys=(SECOND,)).storage
    job = alone.jobs.claim("w", (KIND,), 30)
    assert job is not None
    assert alone.jobs.open(job).body == b"text"
