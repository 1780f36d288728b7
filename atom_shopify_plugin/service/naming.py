"""Things by their names, where an action expects an id: one question to the store for each name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.service.finding import PAGE, listed, matching
from atom_shopify_plugin.shopify.ids import gid, parse_gid
from atom_shopify_plugin.shopify.search import Search, Term
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["bearers", "with_skus"]


def bearers(shop: Shop, kind: str, name: str) -> list[Any]:
    """Return all things of a type that `name` may mean, each with its `id`; several where that is not clear."""
    return _FINDERS[kind](shop, name)


def with_skus(shop: Shop, skus: Sequence[str]) -> list[Any]:
    """Return the variants that have one of several SKUs, in whatever case."""
    search = str(Search.any_of([Term("sku", ":", sku) for sku in skus]))
    return matching(shop, "VariantFind", search, "sku", skus)


def _orders(shop: Shop, text: str) -> list[Any]:
    """Find orders: ``1001`` is the name of one, with or without its sign, or the number in an id."""
    names = [text] if text.startswith("#") else [text, f"#{text}"]
    search = str(Search.any_of([Term("name", ":", name) for name in names]))
    if not text.isdecimal():
        found = matching(shop, "OrderFind", search, "name", names)
        exact = [order for order in found if order["name"].strip() == text]
        return exact if len(exact) == 1 else found
    variables = {"id": gid("Order", int(text)), "first": PAGE, "after": None, "query": search}
    answer = shop.execute("OrderNamed", variables)
    found = [order for order in answer["orders"]["nodes"] if order["name"].strip().casefold() in names]
    if answer["orders"]["page_info"]["has_next_page"]:
        found = matching(shop, "OrderFind", search, "name", names)
    by_id = answer["order"]
    return found if by_id is None or by_id["id"] in {order["id"] for order in found} else [by_id, *found]


def _returns(shop: Shop, name: str) -> list[Any]:
    """Find returns by their names, which begin with those of their orders: ``#1001-R1``."""
    found: list[Any] = []
    order_name, mark, _ = name.strip().rpartition("-R")
    for order in _orders(shop, order_name) if mark and order_name else ():
        rows = (shop.root("ReturnsOfOrder", {"id": order["id"]}) or {"returns": {"nodes": []}})["returns"]["nodes"]
        found += [row for row in rows if row["name"].removeprefix("#") == name.strip().removeprefix("#")]
    return found


def _customers(shop: Shop, email: str) -> list[Any]:
    return _those(shop.root("CustomerNamed", {"email": email}))


def _collections(shop: Shop, handle: str) -> list[Any]:
    return _those(shop.root("CollectionNamed", {"handle": handle}))


def _discounts(shop: Shop, code: str) -> list[Any]:
    """Find discounts by code; digits are a code, or the number in an id."""
    found = _those(shop.root("DiscountNamed", {"code": code}))
    if code.isdecimal():
        found += _those(shop.root("DiscountNumbered", {"id": gid("DiscountNode", code)}))
    return list({parse_gid(discount["id"]).number: discount for discount in found}.values())


def _segments(shop: Shop, name: str) -> list[Any]:
    return matching(shop, "SegmentFind", str(Term("name", ":", name)), "name", [name])


def _products(shop: Shop, name: str) -> list[Any]:
    """Find a product by its handle or, where none has that, by the SKU of one of its variants."""
    found = _those(shop.root("ProductNamed", {"handle": name}))
    if found:
        return found
    products = [variant["product"] for variant in _variants(shop, name)]
    return [{"id": gid} for gid in dict.fromkeys(product["id"] for product in products)]


def _variants(shop: Shop, sku: str) -> list[Any]:
    return _exact(with_skus(shop, [sku]), sku)


def _items(shop: Shop, sku: str) -> list[Any]:
    return _exact(matching(shop, "InventoryItemFind", str(Term("sku", ":", sku)), "sku", [sku]), sku)


def _locations(shop: Shop, name: str) -> list[Any]:
    wanted = name.strip().casefold()
    found = [place for place in listed(shop, "LocationList") if str(place["name"]).strip().casefold() == wanted]
    return [place for place in found if place["name"].strip() == name.strip()] or found


def _exact(found: list[Any], sku: str) -> list[Any]:
    return [thing for thing in found if thing["sku"].strip() == sku] or found


def _those(thing: Any) -> list[Any]:
    return [] if thing is None else [thing]


_FINDERS: Mapping[str, Callable[[Shop, str], list[Any]]] = {
    "Collection": _collections,
    "Customer": _customers,
    "DiscountCodeNode": _discounts,
    "DiscountNode": _discounts,
    "InventoryItem": _items,
    "Location": _locations,
    "Order": _orders,
    "Product": _products,
    "ProductVariant": _variants,
    "Return": _returns,
    "Segment": _segments,
}
