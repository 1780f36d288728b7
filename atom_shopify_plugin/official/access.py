"""Access scopes that Shopify's schema asks for: of types, fields and mutations."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

__all__ = ["field_needs", "table", "type_needs"]


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """Return the scopes of which any one opens a type (``types``) or a field (``fields``: ``Type.field``)."""
    text = files("atom_shopify_plugin.official").joinpath("schema/scopes.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = json.loads(text)
    return found


def type_needs(name: str) -> list[str]:
    """Return the scopes of which any one opens a type; empty when it is open to all."""
    return table()["types"].get(name, [])


def field_needs(parent: str, name: str) -> list[str]:
    """Return the scopes of which any one opens a field; empty when it asks for nothing of its own."""
    return table()["fields"].get(f"{parent}.{name}", [])
