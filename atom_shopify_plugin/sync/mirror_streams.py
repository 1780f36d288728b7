"""The streams of the copied catalogue: what each reads, into which tables, and what belongs to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync.mirror_rows import Row, row_of

__all__ = ["CATALOGUE", "CatalogueStream", "locations_of", "rows_of_nodes", "whole"]

_PAGE = 250


@dataclass(frozen=True, slots=True)
class CatalogueStream:
    """A stream whose rows stand for themselves: each line of a bulk operation is a row.

    `operation` reads a page of it, `by_id` single ones. `table` takes the things, `parts` what belongs to them.
    `within` leads from a thing to its parts, which `more` reads one page at a time where they are too many for one
    answer. A stream with `things` False has only parts.
    """

    name: str
    scopes: frozenset[str]
    operation: str
    page: int
    table: str
    by_id: str = ""
    parts: str = ""
    within: tuple[str, ...] = ()
    more: str = ""
    things: bool = True
    small: int = 4
    """Pages up to which it is read page by page rather than by a bulk operation."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Its tables, those of parts first, as rows are deleted."""
        return tuple(filter(None, (self.parts, self.table if self.things else "")))


CATALOGUE: Mapping[str, CatalogueStream] = MappingProxyType(
    {
        stream.name: stream
        for stream in (
            CatalogueStream("locations", frozenset({"read_locations"}), "MirrorLocations", 100, "locations"),
            CatalogueStream(
                "products",
                frozenset({"read_products"}),
                "MirrorProducts",
                50,
                "products",
                by_id="MirrorProductsById",
                parts="variants",
                within=("variants",),
                more="MirrorProductVariants",
            ),
            CatalogueStream(
                "inventory",
                frozenset({"read_inventory", "read_locations"}),
                "MirrorStock",
                10,
                "locations",
                parts="stock",
                within=("inventory_levels",),
                more="MirrorLevels",
                things=False,
                by_id="MirrorItemsById",
            ),
            CatalogueStream(
                "discounts",
                frozenset({"read_discounts"}),
                "MirrorDiscounts",
                50,
                "discounts",
                by_id="MirrorDiscountsById",
                parts="discount_codes",
                within=("discount", "codes"),
                more="MirrorDiscountCodes",
            ),
        )
    }
)


def whole(shop: Shop, stream: CatalogueStream, nodes: Iterable[dict[str, Any]]) -> Iterator[tuple[Any, list[Any]]]:
    """Yield each thing of a page without its parts, and all of its parts, which are read to their end."""
    for node in nodes:
        parts = _parts_of(stream, node)
        listed = list(parts["nodes"]) if parts is not None else []
        if parts is not None and (parts.get("truncated") or parts.get("page_info", {}).get("has_next_page")):
            listed = _all(shop, stream, node["id"])
        yield node, listed


def rows_of_nodes(
    stream: CatalogueStream, store: int, generation: int, things: Iterable[tuple[Any, list[Any]]]
) -> Iterator[tuple[str, Row]]:
    """Yield the rows of things and their parts, each with the table that it goes to."""
    for node, parts in things:
        if stream.things:
            yield stream.table, row_of(stream.table, store, generation, node, None)
        for part in parts:
            yield stream.parts, row_of(stream.parts, store, generation, part, node["id"])


def locations_of(shop: Shop) -> Iterator[str]:
    """Yield the global ids of all locations, those that are switched off included."""
    after = None
    while True:
        page = shop.root("MirrorLocations", {"first": 100, "after": after, "query": None})
        yield from (node["id"] for node in page["nodes"])
        if not page["page_info"]["has_next_page"]:
            return
        after = page["page_info"]["end_cursor"]


def _parts_of(stream: CatalogueStream, node: dict[str, Any]) -> Any:
    """Take the parts out of a thing; None where it has none."""
    *way, last = stream.within or ("",)
    holder: Any = node
    for name in way:
        holder = holder.get(name) or {}
    return holder.pop(last, None) if last else None


def _all(shop: Shop, stream: CatalogueStream, gid: str) -> list[Any]:
    found: list[Any] = []
    after = None
    while True:
        holder: Any = shop.root(stream.more, {"id": gid, "first": _PAGE, "after": after})
        for name in stream.within:
            holder = (holder or {}).get(name)
        if holder is None:
            raise UpstreamError("Something was deleted while it was read. It is read again.")
        found += holder["nodes"]
        if not holder["page_info"]["has_next_page"]:
            return found
        after = holder["page_info"]["end_cursor"]
