"""The served schema is a part of the official one, with nothing added and nothing changed."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLSchema,
    build_client_schema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_object_type,
    is_union_type,
)

from atom_shopify_plugin.sandbox.access import field_needs, search_names, type_needs
from atom_shopify_plugin.sandbox.engine import schema

ROOT = Path(__file__).resolve().parents[2]
OFFICIAL = ROOT / ".cache" / "shopify" / "admin_2026-10.json.gz"


@cache
def official() -> GraphQLSchema:
    """Return the official schema, fetched if need be."""
    subprocess.run([sys.executable, str(ROOT / "scripts" / "fetch_schema.py")], check=True, capture_output=True)
    with gzip.open(OFFICIAL) as packed:
        return build_client_schema(json.load(packed)["data"])


NAMES = sorted(name for name in schema().type_map if not name.startswith("__"))


def arguments(args: Any) -> dict[str, tuple[str, Any, bool]]:
    return {name: (str(arg.type), arg.default_value, arg.deprecation_reason is not None) for name, arg in args.items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_served_type_says_nothing_that_the_official_one_does_not(name: str) -> None:
    ours, theirs = schema().type_map[name], official().type_map[name]
    assert type(ours) is type(theirs)
    if is_object_type(ours) or is_interface_type(ours):
        assert {one.name for one in ours.interfaces} <= {one.name for one in theirs.interfaces}
        for field, definition in ours.fields.items():
            original = theirs.fields[field]
            assert str(definition.type) == str(original.type)
            assert arguments(definition.args) == arguments(original.args)
            assert (definition.deprecation_reason is None) == (original.deprecation_reason is None)
    elif is_input_object_type(ours):
        assert arguments(ours.fields) == arguments(theirs.fields)
        assert ours.is_one_of == theirs.is_one_of
    elif is_enum_type(ours):
        assert list(ours.values) == list(theirs.values)
    elif is_union_type(ours):
        assert {one.name for one in ours.types} <= {one.name for one in theirs.types}


def test_the_schema_holds_facts_and_no_prose() -> None:
    text = (ROOT / "atom_shopify_plugin/sandbox/schema/admin_2026-10.graphql").read_text(encoding="utf-8")
    assert '"""' not in text
    assert "@deprecated(" not in text


def test_the_files_are_what_the_script_writes() -> None:
    official()
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "prune_schema.py"), "--check"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_npm_the_fetcher_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.setenv("PATH", "")
    from fetch_schema import fetch

    with pytest.raises(RuntimeError, match=r"npm is missing: install Node\.js, or place admin_2026-10\.json\.gz"):
        fetch(tmp_path / "schema.gz")
    (tmp_path / "schema.gz").write_bytes(b"there")
    assert fetch(tmp_path / "schema.gz") is False


def test_the_idempotent_directive_stands_on_fields() -> None:
    directive = schema().get_directive("idempotent")
    assert directive is not None
    assert [spot.name for spot in directive.locations] == ["FIELD"]


def test_scopes_and_search_names_are_known() -> None:
    assert type_needs("Product") == ["read_products"]
    assert field_needs("Mutation", "orderUpdate") == ["write_orders", "write_marketplace_orders", "write_quick_sale"]
    assert field_needs("Location", "name") == ["read_locations", "read_markets_home"]
    assert {"sku", "tag_not", "status"} <= set(search_names("Product"))
    assert "default" not in search_names("Order")
