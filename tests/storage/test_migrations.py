"""Each migration keeps the rows that are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from storage_helpers import connect_at_once, key

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import AuditEntry, Storage
from atom_shopify_plugin.storage.calls.audit import Undoing
from atom_shopify_plugin.storage.database import migrations
from atom_shopify_plugin.storage.database.schema import upgrade


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=database_url, encryption_keys=(key(1),))


_OLD = """
INSERT INTO shopify_audit (id, at, tenant, subject, via, action, effect, outcome, seconds, request_id)
VALUES (:id, :at, 'default', 'ada', 'rest', 'order_close', 'write', 'ok', 0.5, 'r-1')
"""


def test_the_audit_log_keeps_its_rows_and_takes_longer_names_of_doors_and_undos(
    open_storage: Callable[..., Storage],
) -> None:
    storage = open_storage()
    with storage.begin() as session:
        upgrade(session.connection(), "0003")
        session.execute(text(_OLD), {"id": "0" * 32, "at": storage.now(session).replace(tzinfo=None)})
    storage.upgrade()
    entry = AuditEntry(
        principal=Principal("ada", via="rest by " + "s" * 255), action="order_close", effect="write", outcome="ok",
        seconds=0.5, input={"id": "gid://shopify/Order/1"}, request_id="r-1", undoes=Undoing("0" * 32),
    )  # fmt: skip
    second = storage.audit.record(entry)
    rows = {row.id: row for row in storage.audit.list(Principal("ada"))}
    assert (rows["0" * 32].via, rows["0" * 32].undone_by) == ("rest", second)
    assert rows[second].via == "rest by " + "s" * 255
    assert (rows[second].input, rows[second].undoes) == ({"id": "gid://shopify/Order/1"}, "0" * 32)


def test_a_store_of_before_can_be_written_to_until_somebody_makes_it_read_only(
    open_storage: Callable[..., Storage],
) -> None:
    storage = open_storage()
    with storage.begin() as session:
        upgrade(session.connection(), "0012")
        store_id = connect_at_once(session, storage.now(session))
    storage.upgrade()
    assert storage.installed.is_read_only(store_id) is False
    assert [storage.installations.set_read_only(store_id, True) for _ in range(2)] == [True, False]
    assert storage.installed.is_read_only(store_id) is True
    assert storage.installed.is_read_only("1" * 32) is None


def test_the_newest_migration_is_the_one_that_alembic_leads_to(storage: Storage) -> None:
    files = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert storage.head() == files.get_current_head()
    assert storage.current() is None
    storage.upgrade()
    assert storage.current() == storage.head()
