"""Facts about the official schema: scopes of types, fields and mutations, names of the search syntax."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["field_needs", "search_names", "type_needs"]


def _facts(name: str) -> Any:
    return json.loads(files("atom_shopify_plugin.sandbox").joinpath(f"schema/{name}").read_text(encoding="utf-8"))


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = _facts("scopes.json")
    return table


@cache
def search_names(kind: str) -> frozenset[str]:
    """Return the names that Shopify's search syntax knows for nodes of a kind, modelled or not."""
    return frozenset(_facts("search.json").get(kind, ()))


def type_needs(name: str) -> list[str]:
    """Return the scopes of which any one opens a type; empty when it is open to all."""
    return _table()["types"].get(name, [])


def field_needs(parent: str, name: str) -> list[str]:
    """Return the scopes of which any one opens a field; empty when it asks for nothing of its own."""
    return _table()["fields"].get(f"{parent}.{name}", [])
