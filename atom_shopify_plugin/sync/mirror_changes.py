"""What has changed in a catalogue since it was read last: found by `updated_at`, or told by webhooks.

Either way the thing is read as it is now and put over what is known, unless something newer is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.sync.mirror_full import counted
from atom_shopify_plugin.sync.mirror_rows import number_of
from atom_shopify_plugin.sync.mirror_streams import CatalogueStream, locations_of, rows_of_nodes, whole
from atom_shopify_plugin.sync.mirror_work import Put, Work, by_table
from atom_shopify_plugin.sync.sweeps import OVERLAP

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.insight.mirrors import Mirror
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["changes", "read_again"]

_LEVELS = 250
_AT_ONCE = 10
_TYPES = {"products": "Product", "inventory": "InventoryItem", "discounts": "DiscountNode"}
_ALWAYS = frozenset({"locations"})
"""Streams that are so small, or so poorly searchable, that they are read from the beginning."""


def changes(work: Work, stream: CatalogueStream) -> float | None:
    """Read what changed since the last time, some time before it included; the result is that of `load`."""
    position = work.position
    if "since" not in position:
        since = work.state.read_up_to
        position = {"by": "paged", "since": None if since is None else (since - OVERLAP).isoformat()}
        work.begin(position=position)
    search = None
    if position["since"] is not None and stream.name not in _ALWAYS:
        search = str(Term("updated_at", ":>=", datetime.fromisoformat(position["since"])))
    if not _pages(work, stream, position, search):
        return 0.0
    work.finish(lambda session, mirror: counted(work.services, stream, session, mirror))
    return None


def _pages(work: Work, stream: CatalogueStream, position: dict[str, Any], search: str | None) -> bool:
    """Put page after page; return whether all have been."""
    for things, place in _read(work.shop, stream, position, search):
        work.commit(
            _put(work.services, stream, things, work.state.generation),
            position=place,
            lines_done=work.state.lines_done + sum(1 + len(parts) for _, parts in things),
        )
        if work.over and not place.get("ended"):
            return False
    return True


def _read(
    shop: Shop, stream: CatalogueStream, position: Mapping[str, Any], search: str | None
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield things with their parts, page by page, each with the position behind it."""
    if stream.things:
        after = position.get("after")
        while True:
            page = shop.root(stream.operation, {"first": stream.page, "after": after, "query": search})
            after, more = page["page_info"]["end_cursor"], page["page_info"]["has_next_page"]
            yield list(whole(shop, stream, page["nodes"])), {**position, "after": after, "ended": not more}
            if not more:
                return
    done, after = position.get("done", ""), position.get("after")
    for location in sorted(locations_of(shop)):
        if location <= done:
            continue
        more = True
        while more:
            holder = shop.root(stream.more, {"id": location, "first": _LEVELS, "after": after, "query": search})
            page = (holder or {}).get("inventory_levels") or {"nodes": [], "page_info": {"has_next_page": False}}
            more = page["page_info"]["has_next_page"]
            after = page["page_info"]["end_cursor"] if more else None
            place = {"after": after} if more else {"after": None, "done": location}
            yield [({"id": location}, page["nodes"])], {**position, **place}


def _put(services: Services, stream: CatalogueStream, things: list[tuple[Any, list[Any]]], generation: int) -> Put:
    """Return what writes things that were read as they are now, and deletes the parts that they have no more."""
    catalogue = services.storage.catalogue

    def put(session: Session, mirror: Mirror) -> int:
        rows = by_table(rows_of_nodes(stream, mirror.number, generation, things))
        for name, some in rows.items():
            catalogue.put(session, name, some, newer=True)
        if stream.things and stream.parts:
            kept = {number_of(node["id"]): {number_of(part["id"]) for part in parts} for node, parts in things}
            key = _key_of(stream)
            gone = catalogue.parts_beside(session, stream.parts, mirror, key, kept)
            catalogue.delete(session, stream.parts, mirror, _part_key(stream), gone)
        return 0

    return put


def _key_of(stream: CatalogueStream) -> str:
    return {"products": "product_id", "discounts": "discount_id"}[stream.name]


def _part_key(stream: CatalogueStream) -> str:
    return {"products": "variant_id", "discounts": "code_id"}[stream.name]


def read_again(services: Services, shop: Shop, stream: CatalogueStream, ids: list[int]) -> Iterator[tuple[Put, int]]:
    """Yield what writes things that were told to have changed, read as they are now, and how many they are.

    What Shopify knows no more is deleted.
    """
    if not stream.by_id:
        for things, _ in _read(shop, stream, {}, None):
            yield _put(services, stream, things, 0), len(things)
        return
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        nodes = shop.root(stream.by_id, {"ids": [gid(_TYPES[stream.name], one) for one in some]})
        found = [node for node in nodes if node]
        gone = sorted(set(some) - {number_of(node["id"]) for node in found})
        if stream.things:
            put = _put(services, stream, list(whole(shop, stream, found)), 0)
        else:
            put = _put_items(services, stream, found)
        yield _with_deletes(services, stream, put, gone), len(some)


def _put_items(services: Services, stream: CatalogueStream, items: list[dict[str, Any]]) -> Put:
    """Return what writes the levels of items, which here belong to their locations."""
    at: dict[str, list[Any]] = {}
    for item in items:
        for level in item["inventory_levels"]["nodes"]:
            at.setdefault(level["location"]["id"], []).append(level)
    return _put(services, stream, [({"id": location}, levels) for location, levels in at.items()], 0)


def _with_deletes(services: Services, stream: CatalogueStream, put: Put, gone: list[int]) -> Put:
    catalogue = services.storage.catalogue

    def both(session: Session, mirror: Mirror) -> int:
        found = put(session, mirror)
        if gone and stream.things:
            if stream.name == "products":
                items = catalogue.items_of(session, mirror, gone)
                catalogue.delete(session, "stock", mirror, "inventory_item_id", items)
            for name in stream.tables:
                catalogue.delete(session, name, mirror, _key_of(stream), gone)
        elif gone:
            catalogue.delete(session, "stock", mirror, "inventory_item_id", gone)
        return found

    return both
