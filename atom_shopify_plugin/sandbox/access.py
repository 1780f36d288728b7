"""Facts about the official schema: the scopes of types, fields and mutations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["facts", "field_needs", "topic_name", "topic_needs", "topics_open_to", "type_needs"]


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


@cache
def _topics() -> Mapping[str, Mapping[str, Any]]:
    topics: Mapping[str, Mapping[str, Any]] = facts("topics.json")
    return topics


def topic_name(topic: str) -> str:
    """Return what the header of deliveries calls a webhook topic of the API's enum: ``orders/create``."""
    return str(_topics()[topic]["name"])


def topic_needs(topic: str) -> list[str]:
    """Return the scopes of which any one opens a webhook topic; empty when it is open to all."""
    needs: list[str] = _topics()[topic]["scopes"]
    return needs


def topics_open_to(scopes: Set[str]) -> list[str]:
    """Return the names of the webhook topics that `scopes` open, in order of the alphabet."""
    rows = _topics().values()
    return sorted(row["name"] for row in rows if not row["scopes"] or not scopes.isdisjoint(row["scopes"]))
