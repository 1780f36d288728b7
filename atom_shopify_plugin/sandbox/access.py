"""Facts about the official schema: the scopes of types, fields and mutations."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["facts", "field_needs", "type_needs"]


def facts(name: str) -> Any:
    """Return what a JSON file beside the schema says."""
    return json.loads(files("atom_shopify_plugin.sandbox").joinpath(f"schema/{name}").read_text(encoding="utf-8"))


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = facts("scopes.json")
    return table


def type_needs(name: str) -> list[str]:
    """Return the scopes of which any one opens a type; empty when it is open to all."""
    return _table()["types"].get(name, [])


def field_needs(parent: str, name: str) -> list[str]:
    """Return the scopes of which any one opens a field; empty when it asks for nothing of its own."""
    return _table()["fields"].get(f"{parent}.{name}", [])
