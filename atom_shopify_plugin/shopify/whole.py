"""Nested lists are whole, or say that they are not.

Shopify cuts a connection inside an answer at the size that the document asks for. In what we return such a list is
``{nodes, truncated}``: whole with ``truncated: false``, or cut with ``truncated: true``, ``count`` where Shopify tells
how many there are, and ``more``, the action that reads the whole. The rest of a list in one thing that is read is
fetched here, within bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.shopify.documents import Document
from atom_shopify_plugin.shopify.ids import parse_gid
from atom_shopify_plugin.shopify.selection import Nested

__all__ = ["PAGES", "SECONDS", "settle"]

PAGES = 20
"""Pages of up to 250 that one answer is completed by. Shopify's own limits (2,048 variants of a product, 1,000
locations) fit well inside."""
SECONDS = 10.0
"""After this time no further page is begun."""

Page = Callable[[Nested, str, Mapping[str, Any]], Mapping[str, Any] | None]


def settle(
    document: Document, data: dict[str, Any], variables: Mapping[str, Any], page: Page, getters: Mapping[str, str]
) -> None:
    """Replace each nested connection of an answer by ``{nodes, truncated}``; one that is cut also gets the rest.

    `page` runs the query of `Documents.more` for a connection, the type of what holds it and variables, and returns
    its ``node``; what it raises is passed on, so that a read is never taken for whole where it isn't. `getters` are,
    by Shopify's type, the actions that read one thing by its ``id``.
    """
    budget = _Budget()
    for nested in document.nested:
        for holder in _holders(data, nested.path[:-1]):
            cut = _settle(nested, holder, variables, page, budget)
            if cut is not None:
                _mark(nested, holder, cut, getters)


class _Budget:
    def __init__(self) -> None:
        self._pages = PAGES
        self._until = time.monotonic() + SECONDS

    def take(self) -> bool:
        self._pages -= 1
        return self._pages >= 0 and time.monotonic() < self._until


def _settle(
    nested: Nested, holder: dict[str, Any], variables: Mapping[str, Any], page: Page, budget: _Budget
) -> dict[str, Any] | None:
    """Read a list to its end where that is to be done; return it where it is cut."""
    key = nested.path[-1]
    connection = holder.get(key)
    if not isinstance(connection, dict):
        return None  # left out by a directive, or Shopify answers null
    nodes = list(connection.get("nodes") or ())
    info = connection.get("page_info") or {}
    kind = _kind(holder) if nested.paged else None
    while info.get("has_next_page") and kind is not None and budget.take():
        found = page(nested, kind, {**variables, "id": holder["id"], "after": info.get("end_cursor")})
        if not found or not found.get(key):
            break  # deleted meanwhile: what is there is no longer the whole
        nodes += found[key]["nodes"]
        info = found[key]["page_info"]
    settled: dict[str, Any] = {"nodes": nodes, "truncated": bool(info.get("has_next_page"))}
    holder[key] = settled
    return settled if settled["truncated"] else None


def _mark(nested: Nested, holder: Mapping[str, Any], cut: dict[str, Any], getters: Mapping[str, str]) -> None:
    count = holder.get(f"{nested.path[-1]}_count")
    if isinstance(count, Mapping) and count.get("precision") == "EXACT":
        cut["count"] = count["count"]
    kind = _kind(holder)
    # A list that was paged and is still cut is longer than any answer may be.
    if kind is not None and kind in getters and not nested.paged:
        cut["more"] = {"action": getters[kind], "input": {"id": holder["id"]}}


def _kind(holder: Mapping[str, Any]) -> str | None:
    try:
        return parse_gid(holder.get("id")).type
    except InvalidInput:
        return None


def _holders(value: Any, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Yield the objects at `path`; a list on the way stands for each of its members."""
    if isinstance(value, list):
        for member in value:
            yield from _holders(member, path)
    elif isinstance(value, dict):
        if path:
            yield from _holders(value.get(path[0]), path[1:])
        else:
            yield value
