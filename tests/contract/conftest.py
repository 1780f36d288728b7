"""The official schema, our documents and our manifests, each read once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from official import INTROSPECTION, ROOT, Documents, Official, read_documents, read_official

from atom_shopify_plugin.catalog.loading import load
from atom_shopify_plugin.catalog.model import Catalog


@pytest.fixture(scope="session")
def official() -> Official:
    if not INTROSPECTION.is_file():
        pytest.skip("Shopify's introspection is missing: run scripts/fetch_schema.py once (it asks npm for it).")
    return read_official()


@pytest.fixture(scope="session")
def documents() -> Documents:
    return read_documents()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()


@pytest.fixture(scope="session")
def manifests() -> dict[str, Any]:
    """The domain files as they are written, by domain."""
    paths = sorted((ROOT / "manifests").glob("*.json"))
    return {path.stem: json.loads(path.read_bytes()) for path in paths if path.stem not in ("service", "common")}
