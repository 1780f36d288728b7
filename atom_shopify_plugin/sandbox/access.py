"""Facts about the served schema: the names and scopes of webhook topics."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["facts", "topic_name", "topic_needs", "topics_open_to"]


def facts(name: str) -> Any:
    """Return what a JSON file beside the schema says."""
    return json.loads(files("atom_shopify_plugin.sandbox").joinpath(f"schema/{name}").read_text(encoding="utf-8"))


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
