"""The two databases: how writers wait, and how connections come back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dbfixtures import psycopg_connection
from sqlalchemy import text
from storage_helpers import DEMO, MovableClock, key

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Storage, Store


def test_writers_wait_for_each_other(storage: Storage, open_storage: Callable[..., Storage], ada: Principal) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with storage.begin() as session:
            session.execute(text("DELETE FROM shopify_usage"))
            entered.set()
            leave.wait(10)

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        entered.wait(10)
        waiting = pool.submit(open_storage().oauth_states.issue, ada, DEMO, browser="b" * 43, return_to="stores")
        leave.set()
        holding.result(10)
        assert len(waiting.result(10)) == 43


def test_readers_wait_for_nobody(storage: Storage, demo: Store, ada: Principal) -> None:
    with storage.begin() as session:
        session.execute(text("UPDATE shopify_installations SET name = 'Unfinished'"))
        found = storage.memberships.find(ada, None)
        assert found == demo


def test_what_fails_in_a_transaction_is_undone(storage: Storage, demo: Store, ada: Principal) -> None:
    def fail() -> None:
        with storage.begin() as session:
            session.execute(text("UPDATE shopify_installations SET name = 'Unfinished'"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert storage.memberships.find(ada, None) == demo


def test_threads_find_connections_for_all_of_them(storage: Storage, demo: Store, ada: Principal) -> None:
    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda _: storage.memberships.find(ada, None), range(200)))
    assert set(found) == {demo}


def test_the_time_is_aware_and_the_databases_own(settings: Settings, clock: MovableClock) -> None:
    storage = Storage(settings)
    try:
        first, second = storage.now(), storage.now()
        assert first.utcoffset() is not None
        assert first <= second
        with storage.read() as session:
            assert storage.now(session) >= second
    finally:
        storage.close()


def test_a_ping_takes_a_moment(storage: Storage) -> None:
    assert 0 < storage.ping() < 5


def test_connections_that_the_server_ended_are_replaced(postgres_server: str, tmp_path: Path) -> None:
    with psycopg_connection(postgres_server) as connection:
        connection.execute("CREATE DATABASE ending")
        address = postgres_server.replace("postgresql://", "postgres://").replace("/postgres?", "/ending?")
        storage = Storage(Settings(data_dir=tmp_path, database_url=address, encryption_keys=(key(1),)))
        storage.upgrade()
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ending'"

        def be_cut_off() -> None:
            with storage.begin() as session:
                session.execute(text("SELECT 1"))
                connection.execute(end)
                session.execute(text("SELECT 1"))

        with pytest.raises(Unavailable):
            be_cut_off()
        connection.execute(end)
        assert storage.current() == storage.head()
        storage.close()
        connection.execute("DROP DATABASE ending WITH (FORCE)")


def test_a_sqlite_file_keeps_what_was_committed_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "atom.db"
    storage = Storage(Settings(data_dir=tmp_path, database_url=f"sqlite:///{file}", encryption_keys=(key(1),)))
    storage.upgrade()
    with storage.read() as session:
        values = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete")
        }
    storage.close()
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 5000,
        "foreign_keys": 1,
        "secure_delete": 1,
    }
    assert file.stat().st_mode & 0o077 == 0
