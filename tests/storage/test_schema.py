"""The tables: made by migrations, safe to make twice, and the same as the models say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from storage_helpers import environ_of, key

from atom_shopify_plugin.errors import Misconfigured, Unavailable
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Storage
from atom_shopify_plugin.storage.database.base import Base
from atom_shopify_plugin.storage.database.schema import VERSION_TABLE, head


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Here the database begins without tables."""
    return Settings(data_dir=tmp_path / "data", database_url=database_url, encryption_keys=(key(1),))


@pytest.fixture
def storage(open_storage: Callable[..., Storage]) -> Storage:
    storage = open_storage()
    storage.upgrade()
    return storage


def test_an_empty_database_has_no_revision(open_storage: Callable[..., Storage]) -> None:
    assert open_storage().current() is None


def test_an_upgrade_leads_to_the_head_and_may_be_repeated(storage: Storage) -> None:
    storage.upgrade()
    assert storage.current() == storage.head()


def test_migrations_and_models_say_the_same(storage: Storage) -> None:
    with storage.read() as session:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(session.connection(), opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_every_table_is_ours_by_name(storage: Storage) -> None:
    with storage.read() as session:
        names = set(inspect(session.connection()).get_table_names())
    assert names == {*Base.metadata.tables, VERSION_TABLE}
    assert all(name.startswith("shopify_") for name in names)


def test_tables_of_the_host_are_left_alone(open_storage: Callable[..., Storage]) -> None:
    storage = open_storage()
    with storage.begin() as session:
        session.connection().exec_driver_sql("CREATE TABLE users (id INTEGER PRIMARY KEY)")
        session.connection().exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
    storage.upgrade()
    with storage.read() as session:
        names = inspect(session.connection()).get_table_names()
    assert {"users", "alembic_version", "shopify_installations"} <= set(names)


def test_processes_that_upgrade_together_all_succeed(settings: Settings) -> None:
    code = "from storage_helpers import open_from_environ; s = open_from_environ(); s.upgrade(); print(s.current())"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environ_of(settings), stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert answers == [head()] * 4


def test_an_upgrade_that_fails_leaves_nothing_behind(open_storage: Callable[..., Storage]) -> None:
    storage = open_storage()
    with storage.begin() as session:
        session.connection().exec_driver_sql("CREATE TABLE shopify_memberships (id INTEGER)")
    with pytest.raises(Exception, match="shopify_memberships"):
        storage.upgrade()
    with storage.read() as session:
        assert inspect(session.connection()).get_table_names() == ["shopify_memberships"]


def test_a_database_that_is_away_is_unavailable_and_says_nothing_of_its_address(tmp_path: Path) -> None:
    address = f"postgresql+psycopg://secret-user:secret-word@/nowhere?host={tmp_path}"
    storage = Storage(Settings(data_dir=tmp_path, database_url=address, encryption_keys=(key(1),)))
    with pytest.raises(Unavailable) as caught:
        storage.ping()
    assert caught.value.retryable
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_without_tables_the_error_is_a_defect_not_an_outage(open_storage: Callable[..., Storage]) -> None:
    storage = open_storage()
    with pytest.raises(Exception, match="shopify_installations"):
        storage.installations.overview()


@pytest.mark.parametrize("address", ["", "nonsense", "mysql://host/db", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_is_no_shared_database_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(Misconfigured, match="ATOM_SHOPIFY_DATABASE_URL"):
        Storage(Settings(data_dir=tmp_path, database_url=address, encryption_keys=(key(1),)))
