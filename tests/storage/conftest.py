"""Storage on each database, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from storage_helpers import MovableClock, grant, key

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import Storage, Store


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def settings(migrated_database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=migrated_database_url, encryption_keys=(key(1),))


@pytest.fixture
def open_storage(settings: Settings, clock: MovableClock) -> Iterator[Callable[..., Storage]]:
    """Open a storage as another process would, perhaps with other settings."""
    opened: list[Storage] = []

    def open_one(**changes: Any) -> Storage:
        storage = Storage(replace(settings, **changes), clock=clock)
        opened.append(storage)
        return storage

    yield open_one
    for storage in opened:
        storage.close()


@pytest.fixture
def storage(open_storage: Callable[..., Storage]) -> Storage:
    """An empty storage with its tables."""
    return open_storage()


@pytest.fixture
def ada() -> Principal:
    return Principal("ada")


@pytest.fixture
def bob() -> Principal:
    return Principal("bob")


@pytest.fixture
def demo(storage: Storage, ada: Principal) -> Store:
    """The demo store, connected by ada."""
    return storage.installations.grant(grant(), ada)
