"""Files of the host and the plugin are their owner's alone, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from atom_shopify_plugin.host.app import create_app
from atom_shopify_plugin.plugin import ShopifyPlugin


@pytest.fixture
def generous():
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}


def open_all(folder: Path):
    environ = {"ATOM_HOST_DATA_DIR": str(folder), "ATOM_SHOPIFY_DATA_DIR": str(folder)}
    app = create_app(environ, [("shopify", ShopifyPlugin())])
    host = app.extensions["atom_host"]
    token = host.auth.issue("ada")
    app.test_client().get("/api/shopify/stores", headers={"Authorization": f"Bearer {token}"})
    return host


def test_databases_their_logs_and_the_key_ring_are_private_while_they_are_open(tmp_path, generous):
    host = open_all(tmp_path / "data")
    try:
        found = modes(tmp_path / "data")
        for database in ("atom-host.db", "atom-shopify.db"):
            assert {database, f"{database}-wal", f"{database}-shm"} <= set(found)
        assert set(found.values()) == {0o600}
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    finally:
        host.close()


def test_files_that_others_could_read_are_taken_back(tmp_path, generous):
    open_all(tmp_path).close()
    for path in tmp_path.glob("*.db"):
        path.chmod(0o644)
        path.with_name(f"{path.name}-wal").write_bytes(b"")
    host = open_all(tmp_path)
    try:
        assert {name: mode for name, mode in modes(tmp_path).items() if mode & 0o077} == {}
    finally:
        host.close()
