"""Lists that were cut (see `shopify.whole`): where they are in an answer, and which actions give the whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from atom_shopify_plugin.catalog.model import Catalog

__all__ = ["Cut", "cuts", "getters"]


class Cut(NamedTuple):
    """A list that is not whole: the object that holds it, the name it has there, and the list."""

    holder: dict[str, Any]
    name: str
    list: dict[str, Any]


def getters(catalog: Catalog) -> dict[str, str]:
    """Return, by Shopify's type, the action that reads one thing by its ``id``."""
    found: dict[str, str] = {}
    for action in catalog.actions.values():
        kind = str(action.properties.get("id", {}).get("format", "")).removeprefix("gid:")
        if kind and action.effect == "read" and not action.is_search:
            found.setdefault(kind, action.key)
    return found


def cuts(value: Any) -> Iterator[Cut]:
    """Yield the lists in an answer that are not whole."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for name, member in node.items():
                if (
                    isinstance(member, dict)
                    and member.get("truncated") is True
                    and isinstance(member.get("nodes"), list)
                ):
                    yield Cut(node, name, member)
            waiting += reversed(node.values())
        elif isinstance(node, list):
            waiting += reversed(node)
