"""Products of collections: put in and taken out by hand, and put in order.

Since 2026-07 a collection's products come from sources: rules, other collections, and products that somebody has
selected. What is selected by hand is kept in a source of its own, so that rules stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput
from atom_shopify_plugin.service.background import Pending
from atom_shopify_plugin.service.finding import PAGE, PAGES, missing
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["add", "added", "get", "remove", "removed", "reorder", "reordered"]

_BY_HAND = "Selected products"


def get(shop: Shop, *, id: str, products: Sequence[str] | None = None) -> Any:  # noqa: A002  # the input's own name
    """Return a collection with the ids of its products in their order, None where there is none.

    With `products`, only those of them are returned that are in it. ``positions`` counts from 1; a collection of more
    than `PAGES` pages is ``truncated``.
    """
    size = PAGE if products is None else 1
    found = shop.root("CollectionProducts", {"id": id, "first": size, "after": None})
    if found is None:
        return None
    about = {name: found[name] for name in ("id", "legacy_id", "title", "handle", "sort_order")}
    if products is not None:
        there = _members(shop, id, products)
        return {**about, "products": [gid for gid in products if gid in there], "positions": {}, "truncated": False}
    listed, truncated = _listed(shop, id, found)
    positions = {gid: at for at, gid in enumerate(listed, 1)}
    return {**about, "products": listed, "positions": positions, "truncated": truncated}


def add(shop: Shop, *, id: str, products: Sequence[str]) -> Any:  # noqa: A002
    """Put products into a collection by hand; those that are in it stay. Raise `InvalidInput` and `NotFound`."""
    found = _sources(shop, id)
    there = _members(shop, id, products)
    new = [{"productId": gid} for gid in dict.fromkeys(products) if gid not in there]
    if not new:
        return added(shop, {}, id=id, products=products)
    own = next((source for source in _selecting(found) if not source["inclusion"]["conditions"]), None)
    if own is None:
        wish = {"sources_to_create": [{"source": {"title": _BY_HAND, "inclusion": {"selections": new}}}]}
    else:
        wish = {"sources_to_update": [{"condition": {"id": own["id"], "inclusion": {"selectionsToAdd": new}}}]}
    job = shop.root("CollectionSourcesUpdate", {"id": id, **wish})["job"]
    return _followed(job, {}) or added(shop, {}, id=id, products=products)


def added(shop: Shop, look: Mapping[str, str], *, id: str, products: Sequence[str]) -> Any:  # noqa: A002
    """Return the collection and those products once Shopify is done, `Pending` until then."""
    return _waiting(shop, look) or get(shop, id=id, products=products)


def remove(shop: Shop, *, id: str, products: Sequence[str]) -> Any:  # noqa: A002
    """Take products out of a collection that are in it by hand; those that are not in it are passed over.

    Raise `Conflict` for products that a rule brings in, and `NotFound`.
    """
    found = _sources(shop, id)
    there = _members(shop, id, products)
    updates = []
    chosen: set[str] = set()
    for source in _selecting(found):
        here = _selected(shop, id, source)
        gone = [gid for gid in dict.fromkeys(products) if gid in here]
        chosen.update(gone)
        rows = [{"productId": gid} for gid in gone]
        if rows:
            updates.append({"condition": {"id": source["id"], "inclusion": {"selectionsToRemove": rows}}})
    if ruled := [title for gid, title in there.items() if gid not in chosen]:
        raise Conflict(
            f"{', '.join(ruled)} can't be taken out of “{found['title']}” by hand: a rule brings it in. "
            "Change the product or the rule. Nothing was changed.",
            details={"products": [gid for gid in there if gid not in chosen]},
        )
    if not updates:
        return removed(shop, {}, id=id, products=products)
    job = shop.root("CollectionSourcesUpdate", {"id": id, "sources_to_update": updates})["job"]
    return _followed(job, {}) or removed(shop, {}, id=id, products=products)


def removed(shop: Shop, look: Mapping[str, str], *, id: str, products: Sequence[str]) -> Any:  # noqa: A002
    """Return the collection without those products once Shopify is done, `Pending` until then."""
    return _waiting(shop, look) or get(shop, id=id, products=products)


def reorder(shop: Shop, *, id: str, moves: Sequence[Mapping[str, Any]]) -> Any:  # noqa: A002
    """Move products to places that count from 1, one after the other; ``former`` holds the moves that undo it.

    Raise `Conflict` where the collection is not sorted by hand, `InvalidInput` with each product that is not in it, and
    `NotFound`.
    """
    found = shop.root("CollectionProducts", {"id": id, "first": PAGE, "after": None})
    if found is None:
        raise missing(shop, "collection", {"id": id})
    if found["sort_order"] != "MANUAL":
        raise Conflict(
            f"“{found['title']}” is sorted by {found['sort_order']}. To order its products by hand, first set its "
            "sort_order to MANUAL with collection_update."
        )
    listed, truncated = _listed(shop, id, found)
    faults = [
        Fault(f"/moves/{at}/product", "The product is not in the collection.", "not_found")
        for at, move in enumerate(moves)
        if move["product"] not in listed and not truncated
    ]
    if faults:
        raise InvalidInput.about("The list of moves", faults)
    rows = [{"id": move["product"], "newPosition": str(move["position"] - 1)} for move in moves]
    job = shop.root("CollectionProductsReorder", {"id": id, "moves": rows})["job"]
    look = {"former": "null" if truncated else json.dumps(_back(listed, moves))}
    return _followed(job, look) or reordered(shop, look, id=id, moves=moves)


def reordered(shop: Shop, look: Mapping[str, str], *, id: str, moves: Sequence[Mapping[str, Any]]) -> Any:  # noqa: A002
    """Return the collection and ``former`` once Shopify is done, `Pending` until then."""
    if (waiting := _waiting(shop, look)) is not None:
        return waiting
    found = get(shop, id=id)
    moved = {move["product"] for move in moves}
    positions = {gid: at for gid, at in found["positions"].items() if gid in moved}
    return {**found, "positions": positions, "former": json.loads(look["former"])}


def _sources(shop: Shop, collection_id: str) -> Any:
    found = shop.root("CollectionSelections", {"id": collection_id, "after": None})
    if found is None:
        raise missing(shop, "collection", {"id": collection_id})
    return found


def _selecting(collection: Mapping[str, Any]) -> list[Any]:
    """Return the sources of a collection, in which people may select products: those that it shares with none."""
    return [
        source
        for source in collection["sources"]
        if "inclusion" in source and not source["shareable"] and source["target_type"] == "PRODUCTS"
    ]


def _selected(shop: Shop, collection_id: str, source: Mapping[str, Any]) -> set[str]:
    """Return the ids of all products that are selected in a source, whose first page is there."""
    page = source["inclusion"]["selections"]
    found = {row["product"]["id"] for row in page["nodes"]}
    while page["page_info"]["has_next_page"]:
        asked = {"id": collection_id, "after": page["page_info"]["end_cursor"]}
        sources = (shop.root("CollectionSelections", asked) or {}).get("sources", ())
        again = next((other for other in sources if other["id"] == source["id"]), None)
        if again is None:
            break  # somebody has deleted it
        page = again["inclusion"]["selections"]
        found |= {row["product"]["id"] for row in page["nodes"]}
    return found


def _members(shop: Shop, collection_id: str, products: Sequence[str]) -> dict[str, str]:
    """Return the titles of those products that are in a collection; raise `InvalidInput` for one that is not there."""
    nodes = shop.root("CollectionMembers", {"id": collection_id, "products": list(products)})
    faults = [
        Fault(f"/products/{at}", f"{shop.domain} has no such product.", "not_found")
        for at, node in enumerate(nodes)
        if not node
    ]
    if faults:
        raise InvalidInput.about("The list of products", faults)
    return {node["id"]: node["title"] for node in nodes if node["in_collection"]}


def _listed(shop: Shop, collection_id: str, first: Mapping[str, Any]) -> tuple[list[str], bool]:
    """Return the ids of a collection's products in their order, and whether there are more."""
    listed = [node["id"] for node in first["products"]["nodes"]]
    info = first["products"]["page_info"]
    for _ in range(PAGES - 1):
        if not info["has_next_page"]:
            break
        page = shop.root("CollectionProducts", {"id": collection_id, "first": PAGE, "after": info["end_cursor"]})
        listed += [node["id"] for node in page["products"]["nodes"]]
        info = page["products"]["page_info"]
    return listed, bool(info["has_next_page"])


def _back(listed: Sequence[str], moves: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the moves that undo others: each product goes to where it was, the last one first."""
    order, back = list(listed), []
    for move in moves:
        back.append({"product": move["product"], "position": order.index(move["product"]) + 1})
        order.remove(move["product"])
        order.insert(move["position"] - 1, move["product"])
    return back[::-1]


def _followed(job: Mapping[str, Any] | None, look: Mapping[str, str]) -> Pending | None:
    """Return what to follow where Shopify has taken a write and goes on with it."""
    if job is None or job["done"]:
        return None
    return Pending({**look, "job": job["id"]}, message="Shopify updates the collection.")


def _waiting(shop: Shop, look: Mapping[str, str]) -> Pending | None:
    if "job" not in look:
        return None
    job = shop.root("JobGet", {"id": look["job"]})  # null where Shopify has forgotten the job: then it has ended
    return None if job is None or job["done"] else Pending(look, message="Shopify updates the collection.")
