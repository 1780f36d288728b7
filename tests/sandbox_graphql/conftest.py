"""A small seeded store behind the engine, at a fixed time."""

from __future__ import annotations

import pytest
from sandbox_shop import NOW, Shop

from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.store import StoreState


@pytest.fixture
def shop() -> Shop:
    return Shop(seed.build("demo.myshopify.com", "small", now=NOW))


@pytest.fixture(scope="session")
def full_store() -> StoreState:
    """A store of full size; tests only read it."""
    return seed.build("demo.myshopify.com", "full", now=NOW)
