"""Orders and customers as they are copied: pages of changed ones and single ones by their ids, always whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["Page", "customers", "customers_by_id", "orders", "orders_by_id"]

Json = dict[str, Any]
_IDS = 50
_PAGE = 250


class Page(NamedTuple):
    """One page: what is on it, and the cursor of the next page, None at the end."""

    nodes: list[Json]
    next: str | None


def orders(shop: Shop, first: int, after: str | None, query: str | None) -> Page:
    """Return a page of orders by `MirrorOrder`, the one that changed longest ago first.

    Each has all its lines, refunds, transactions and fulfilments. One that was deleted meanwhile is left out.
    """
    page = shop.root("MirrorOrders", {"first": first, "after": after, "query": query})
    cut = [order["id"] for order in page["nodes"] if _cut(order)]
    whole = {order["id"]: order for order in orders_by_id(shop, cut)}
    nodes = [whole.get(order["id"]) if order["id"] in cut else order for order in page["nodes"]]
    return Page([order for order in nodes if order is not None], _next(page))


def orders_by_id(shop: Shop, ids: Sequence[str]) -> list[Json]:
    """Return the orders with these global ids, each whole; those that Shopify doesn't know are left out."""
    found = []
    for start in range(0, len(ids), _IDS):
        nodes = shop.root("MirrorOrdersById", {"ids": list(ids[start : start + _IDS])})
        found += [_completed(shop, order) for order in nodes if order]
    return found


def customers(shop: Shop, first: int, after: str | None, query: str | None) -> Page:
    """Return a page of customers by `MirrorCustomer`, the one that changed longest ago first."""
    page = shop.root("MirrorCustomers", {"first": first, "after": after, "query": query})
    return Page(page["nodes"], _next(page))


def customers_by_id(shop: Shop, ids: Sequence[str]) -> list[Json]:
    """Return the customers with these global ids; those that Shopify doesn't know are left out."""
    found = []
    for start in range(0, len(ids), _PAGE):
        found += [node for node in shop.root("MirrorCustomersById", {"ids": list(ids[start : start + _PAGE])}) if node]
    return found


def _completed(shop: Shop, order: Json) -> Json:
    """Return the order with the lists that were too long for one answer; raise `UpstreamError` where one stays cut."""
    if order["line_items"]["truncated"]:
        order["line_items"] = _all(shop, "MirrorOrderLines", order["id"], "line_items")
    for refund in order["refunds"]:
        if refund["refund_line_items"]["truncated"]:
            refund["refund_line_items"] = _all(shop, "MirrorRefundLines", refund["id"], "refund_line_items")
    if _cut(order):
        raise UpstreamError(f"The order {order['id']} can't be copied: one of its lists did not come whole.")
    return order


def _all(shop: Shop, operation: str, id_: str, name: str) -> Json:
    nodes: list[Json] = []
    after = None
    while True:
        holder = shop.root(operation, {"id": id_, "first": _PAGE, "after": after})
        if holder is None:
            return {"nodes": nodes, "truncated": True}  # deleted meanwhile
        nodes += holder[name]["nodes"]
        after = _next(holder[name])
        if after is None:
            return {"nodes": nodes, "truncated": False}


def _cut(order: Mapping[str, Any]) -> bool:
    return any(one["truncated"] for one in _lists(order))


def _lists(order: Mapping[str, Any]) -> Iterator[Json]:
    yield from (order["line_items"], order["shipping_lines"])
    for refund in order["refunds"]:
        yield from (refund["refund_line_items"], refund["refund_shipping_lines"], refund["order_adjustments"])


def _next(page: Mapping[str, Any]) -> str | None:
    info = page["page_info"]
    return info["end_cursor"] if info["has_next_page"] else None
