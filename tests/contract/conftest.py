"""The official schema, our documents and our manifests, each read once."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from official import INTROSPECTION, ROOT, Documents, Official, read_documents, read_official

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Catalog


@pytest.fixture(scope="session")
def official() -> Official:
    """Shopify's schema. Without it a test fails, so that nothing is left out in silence; OFFLINE=1 skips it."""
    if INTROSPECTION.is_file():
        return read_official()
    if os.environ.get("OFFLINE") == "1":
        pytest.skip(f"OFFLINE=1, and Shopify's official schema is not at {INTROSPECTION}.")
    pytest.fail("Shopify's official schema is missing: run scripts/fetch_schema.py, or set OFFLINE=1.", pytrace=False)


@pytest.fixture(scope="session")
def documents() -> Documents:
    return read_documents()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return packaged()


@pytest.fixture(scope="session")
def manifests() -> dict[str, Any]:
    """The domain files as they are written, by domain."""
    paths = sorted((ROOT / "manifests").glob("*.json"))
    return {path.stem: json.loads(path.read_bytes()) for path in paths if path.stem not in ("service", "common")}
