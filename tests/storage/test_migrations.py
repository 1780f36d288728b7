"""Each migration keeps the rows that are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from storage_helpers import key

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import AuditEntry, Storage
from atom_shopify_plugin.storage.database.schema import upgrade


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=database_url, encryption_keys=(key(1),))


def test_the_audit_log_keeps_its_rows_and_takes_longer_names_of_doors(open_storage: Callable[..., Storage]) -> None:
    storage = open_storage()
    with storage.begin() as session:
        upgrade(session.connection(), "0003")

    def note(via: str) -> str:
        entry = AuditEntry(
            principal=Principal("ada", via=via), action="order_close", effect="write", outcome="ok", seconds=0.5,
            input={"id": "gid://shopify/Order/1"}, request_id="r-1",
        )  # fmt: skip
        return storage.audit.record(entry)

    first = note("rest")
    storage.upgrade()
    second = note("rest by " + "s" * 255)
    rows = {row.id: row for row in storage.audit.list(Principal("ada"))}
    assert (rows[first].via, rows[first].input) == ("rest", {"id": "gid://shopify/Order/1"})
    assert rows[second].via == "rest by " + "s" * 255
    with storage.read() as session:
        names = [row[0] for row in session.execute(text("SELECT request_id FROM shopify_audit"))]
    assert names == ["r-1", "r-1"]
