"""Encryption at rest: what is stored opens only in its own place, and never without its key."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from storage_helpers import OUTLET, environ_of, grant, key

from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret, Settings
from atom_shopify_plugin.storage import KeyRing, Storage, Store, Unreadable
from atom_shopify_plugin.storage.database.key_file import KEY_FILE, add_key
from atom_shopify_plugin.storage.stores.tables import Installation, OAuthToken

RING = KeyRing([key(1), key(2)])


@given(st.binary(max_size=300), st.text(max_size=50))
def test_what_is_encrypted_opens_with_the_same_place(plain: bytes, place: str) -> None:
    assert RING.decrypt(RING.encrypt(plain, place), place) == plain


@given(st.text(max_size=30), st.text(max_size=30))
def test_it_opens_in_no_other_place(place: str, other: str) -> None:
    if place != other:
        with pytest.raises(Unreadable):
            RING.decrypt(RING.encrypt(b"token", place), other)


@given(st.integers(min_value=0), st.integers(min_value=0, max_value=7))
def test_one_changed_bit_is_noticed(position: int, bit: int) -> None:
    envelope = bytearray(RING.encrypt(b"token", "place"))
    envelope[position % len(envelope)] ^= 1 << bit
    with pytest.raises(Unreadable):
        RING.decrypt(bytes(envelope), "place")


@given(st.binary(max_size=80))
def test_bytes_of_any_kind_are_refused_in_the_same_way(envelope: bytes) -> None:
    with pytest.raises(Unreadable):
        RING.decrypt(envelope, "place")


def test_a_missing_key_is_named() -> None:
    envelope = KeyRing([key(3)]).encrypt(b"token", "place")
    with pytest.raises(Unreadable, match="'k3'") as caught:
        RING.decrypt(envelope, "place")
    assert caught.value.reason == "unknown_key"


def test_each_label_has_a_mac_key_of_its_own_and_old_signatures_count() -> None:
    assert RING.mac_key("pages") != RING.mac_key("browsers")
    assert KeyRing([key(2)]).mac_key("pages") in RING.mac_keys("pages")
    assert RING.mac_keys("pages")[0] == RING.mac_key("pages")


def test_a_ring_shows_its_ids_only() -> None:
    assert repr(RING) == "KeyRing(k1, k2)"


def test_a_ring_is_made_beside_a_sqlite_file_and_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite:///{tmp_path}/a.db")
    envelope = KeyRing.from_settings(settings).encrypt(b"token", "place")
    assert KeyRing.from_settings(settings).decrypt(envelope, "place") == b"token"
    file = settings.data_dir / KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.data_dir.iterdir()] == [KEY_FILE]


def test_processes_that_make_a_ring_together_agree(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite:///{tmp_path}/a.db")
    code = "from storage_helpers import open_from_environ; print(open_from_environ().keys)"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environ_of(settings), stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate(timeout=60)[0] for process in processes}) == 1


def test_postgresql_wants_its_ring_configured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="ATOM_SHOPIFY_ENCRYPTION_KEYS"):
        KeyRing.from_settings(Settings(data_dir=tmp_path, database_url="postgresql+psycopg://host/db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "nonsense", "k1:QUJD\n", "k1:!!!\n"])
def test_a_damaged_ring_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    (tmp_path / KEY_FILE).write_text(content)
    with pytest.raises(Misconfigured, match="damaged"):
        KeyRing.from_settings(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/a.db"))
    assert (tmp_path / KEY_FILE).read_text() == content


def test_a_key_that_another_process_adds_is_found(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/a.db")
    running = KeyRing.from_settings(settings)
    added = add_key(settings)
    fresh = KeyRing.from_settings(settings)
    assert fresh.first_id == added != running.first_id
    assert running.decrypt(fresh.encrypt(b"token", "place"), "place") == b"token"
    assert os.stat(tmp_path / KEY_FILE).st_mode & 0o777 == 0o600


def test_a_configured_ring_is_not_changed_behind_its_back(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/a.db", encryption_keys=(key(1),))
    with pytest.raises(Misconfigured, match="ATOM_SHOPIFY_ENCRYPTION_KEYS"):
        add_key(settings)


def test_no_secret_stands_in_the_database_in_plain(storage: Storage, ada: Principal) -> None:
    store = storage.installations.grant(grant(client_secret=Secret("shpss_canary")), ada)
    with storage.read() as session:
        token = session.scalars(select(OAuthToken)).one()
        row = session.get_one(Installation, store.id)
        stored = token.access_token + (token.refresh_token or b"") + (row.client_secret or b"")
    assert b"shp" not in stored
    read = storage.tokens.read(store.id)
    assert read is not None
    assert read.refresh is not None
    assert read.client_secret is not None
    assert [read.access.reveal(), read.refresh.reveal(), read.client_secret.reveal()] == [
        "shpat_one",
        "shprt_one",
        "shpss_canary",
    ]


def test_tokens_of_two_stores_cannot_be_swapped(storage: Storage, demo: Store, ada: Principal) -> None:
    outlet = storage.installations.grant(grant(OUTLET, access=Secret("shpat_outlet")), ada)
    with storage.begin() as session:
        first, second = session.scalars(select(OAuthToken)).all()
        first.access_token, second.access_token = second.access_token, first.access_token
    for store in (demo, outlet):
        with pytest.raises(Unreadable):
            storage.tokens.read(store.id)


def test_access_and_refresh_token_cannot_be_swapped(storage: Storage, demo: Store) -> None:
    with storage.begin() as session:
        token = session.scalars(select(OAuthToken)).one()
        assert token.refresh_token is not None
        token.access_token, token.refresh_token = token.refresh_token, token.access_token
    with pytest.raises(Unreadable):
        storage.tokens.read(demo.id)


def test_an_earlier_token_cannot_be_put_back(storage: Storage, demo: Store, ada: Principal) -> None:
    with storage.read() as session:
        earlier = session.scalars(select(OAuthToken.access_token)).one()
    storage.installations.grant(grant(access=Secret("shpat_two")), ada)
    with storage.begin() as session:
        session.scalars(select(OAuthToken)).one().access_token = earlier
    with pytest.raises(Unreadable):
        storage.tokens.read(demo.id)


def test_a_lost_key_marks_the_store_deletes_nothing_and_heals(
    storage: Storage, demo: Store, ada: Principal, open_storage: Callable[..., Storage]
) -> None:
    other = open_storage(encryption_keys=(key(2),))
    with pytest.raises(Unreadable, match="'k1'"):
        other.tokens.read(demo.id)
    marked = other.memberships.find(ada, None)
    assert marked is not None
    assert (marked.attention, marked.state) == ("unknown_key", "active")
    assert other.installations.overview()["attention"] == 1
    healed = storage.tokens.read(demo.id)
    assert healed is not None
    assert healed.access.reveal() == "shpat_one"
    assert storage.memberships.find(ada, None) == replace(demo)


def test_a_new_grant_heals_a_store_whose_key_is_lost(
    demo: Store, ada: Principal, open_storage: Callable[..., Storage]
) -> None:
    other = open_storage(encryption_keys=(key(2),))
    with pytest.raises(Unreadable):
        other.tokens.read(demo.id)
    store = other.installations.grant(grant(access=Secret("shpat_new")), ada)
    assert store.attention == ""
    assert other.tokens.read(store.id) is not None
