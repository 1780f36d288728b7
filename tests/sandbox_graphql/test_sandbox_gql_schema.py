"""What the served schema holds beside its types; `tests/contract/test_sandbox_schema.py` compares it with Shopify's."""

from __future__ import annotations

from pathlib import Path

import pytest

from atom_shopify_plugin.official.access import field_needs, type_needs
from atom_shopify_plugin.sandbox.engine import schema

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_holds_facts_and_no_prose() -> None:
    text = (ROOT / "atom_shopify_plugin/sandbox/schema/admin_2026-10.graphql").read_text(encoding="utf-8")
    assert '"""' not in text
    assert "@deprecated(" not in text


def test_without_npm_the_fetcher_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.setenv("PATH", "")
    from fetch_schema import fetch

    with pytest.raises(RuntimeError, match=r"npm is missing: install Node\.js, or place admin_2026-10\.json\.gz"):
        fetch(tmp_path / "schema.gz")
    (tmp_path / "schema.gz").write_bytes(b"there")
    assert fetch(tmp_path / "schema.gz") is False


def test_offline_the_fetcher_names_what_is_skipped_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from fetch_schema import offline

    missing = tmp_path / "schema.gz"
    assert "skipped (most of tests/contract), because it is not at" in offline(missing)
    missing.write_bytes(b"there")
    assert "nothing is skipped" in offline(missing)


def test_the_idempotent_directive_stands_on_fields() -> None:
    directive = schema().get_directive("idempotent")
    assert directive is not None
    assert [spot.name for spot in directive.locations] == ["FIELD"]


def test_scopes_are_known() -> None:
    assert type_needs("Product") == ["read_products"]
    assert field_needs("Mutation", "orderUpdate") == ["write_orders", "write_marketplace_orders", "write_quick_sale"]
    assert field_needs("Location", "name") == ["read_locations", "read_markets_home"]
