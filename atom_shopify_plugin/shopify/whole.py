"""Nested lists are whole, or say that they are not.

Shopify cuts a connection inside an answer at the size that the document asks for. In what we return such a list is
``{nodes, truncated}``: whole with ``truncated: false``, or cut with ``truncated: true`` and, where Shopify tells how
many there are, ``count``. The rest of a list in one thing that is read is fetched here, within bounds.
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


def settle(document: Document, data: dict[str, Any], variables: Mapping[str, Any], page: Page) -> None:
    """Replace each nested connection of an answer by ``{nodes, truncated}``, and ``count`` where it is cut and known.

    `page` runs the query of `Documents.more` for a connection, the type of what holds it and variables, and returns
    its ``node``; what it raises is passed on, so that a read is never taken for whole where it isn't.
    """
    budget = _Budget()
    for nested in document.nested:
        for holder in _holders(data, nested.path[:-1]):
            _settle(nested, holder, variables, page, budget)


class _Budget:
    def __init__(self) -> None:
        self._pages = PAGES
        self._until = time.monotonic() + SECONDS

    def take(self) -> bool:
        self._pages -= 1
        return self._pages >= 0 and time.monotonic() < self._until


def _settle(nested: Nested, holder: dict[str, Any], variables: Mapping[str, Any], page: Page, budget: _Budget) -> None:
    key = nested.path[-1]
    connection = holder.get(key)
    if not isinstance(connection, dict):
        return  # left out by a directive, or Shopify answers null
    nodes = list(connection.get("nodes") or ())
    info = connection.get("page_info") or {}
    kind = _kind(holder) if nested.paged else None
    while info.get("has_next_page") and kind is not None and budget.take():
        found = page(nested, kind, {**variables, "id": holder["id"], "after": info.get("end_cursor")})
        if not found or not found.get(key):
            break  # deleted meanwhile: what is there is no longer the whole
        nodes += found[key]["nodes"]
        info = found[key]["page_info"]
    cut = bool(info.get("has_next_page"))
    holder[key] = {"nodes": nodes, "truncated": cut}
    count = holder.get(f"{key}_count")
    if cut and isinstance(count, Mapping) and count.get("precision") == "EXACT":
        holder[key]["count"] = count["count"]


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
