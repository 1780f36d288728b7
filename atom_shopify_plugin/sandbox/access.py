"""Facts about the official schema: scopes of types, fields and mutations, names of the search syntax."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Set
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = [
    "field_needs", "is_search_name", "search_names", "topic_name", "topic_needs", "topics_open_to", "type_needs",
]  # fmt: skip


def _facts(name: str) -> Any:
    return json.loads(files("atom_shopify_plugin.sandbox").joinpath(f"schema/{name}").read_text(encoding="utf-8"))


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    table: dict[str, dict[str, list[str]]] = _facts("scopes.json")
    return table


@cache
def _searches() -> Mapping[str, Mapping[str, str]]:
    table: Mapping[str, Mapping[str, str]] = _facts("search.json")
    return table


def search_names(kind: str) -> Mapping[str, str]:
    """Return the names that Shopify's search syntax knows for nodes of a kind, modelled or not, with their types.

    A type is string, id, time, boolean, integer, float, bigdecimal or mixed, as Shopify's tables write them.
    """
    return _searches().get(kind, {})


@cache
def is_search_name(kind: str, name: str) -> bool:
    """Tell whether Shopify's search syntax knows a name: ``metafields.{namespace}.{key}`` stands for many."""
    if name in search_names(kind):
        return True
    patterns = (re.sub(r"\\{\w+\\}", r"[^.]+", re.escape(known)) for known in search_names(kind) if "{" in known)
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def type_needs(name: str) -> list[str]:
    """Return the scopes of which any one opens a type; empty when it is open to all."""
    return _table()["types"].get(name, [])


def field_needs(parent: str, name: str) -> list[str]:
    """Return the scopes of which any one opens a field; empty when it asks for nothing of its own."""
    return _table()["fields"].get(f"{parent}.{name}", [])


@cache
def _topics() -> Mapping[str, Mapping[str, Any]]:
    topics: Mapping[str, Mapping[str, Any]] = _facts("topics.json")
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
