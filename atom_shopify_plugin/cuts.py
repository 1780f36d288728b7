"""Lists that were cut: where they are in an answer, and which action gives the whole.

A nested list is ``{nodes, truncated}`` (see `shopify.whole`). One that is cut gets ``more``, the call that reads what
holds it by itself, with the list whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from atom_shopify_plugin.catalog import Action, Catalog
from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.shopify.ids import parse_gid

__all__ = ["Cut", "cuts", "getters", "point"]


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


def point(value: Any, action: Action, known: Mapping[str, str]) -> None:
    """Add ``more`` to each cut list in the answer of `action`; `known` are the `getters`."""
    for cut in cuts(value):
        try:
            kind = parse_gid(cut.holder.get("id")).type
        except InvalidInput:
            continue
        # What is cut in the answer of the action that reads one thing is longer than any answer may be.
        if known.get(kind, action.key) != action.key:
            cut.list["more"] = {"action": known[kind], "input": {"id": cut.holder["id"]}}
