"""What a webhook would have said: a resource as it stands now, in the shape of Shopify's payloads.

The shapes are those of `payload_shapes`. Members that the documents do not ask for are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, cast

from atom_shopify_plugin.errors import MissingScope
from atom_shopify_plugin.events.payloads import moment, number
from atom_shopify_plugin.payload_shapes import ABSENT, payload
from atom_shopify_plugin.shopify.money import WHOLE
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.shopify.selection import snake
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync.sweeps import pages

__all__ = [
    "checkout",
    "collection",
    "customer",
    "draft",
    "edit",
    "fulfillment",
    "order",
    "product",
    "refund",
    "returned",
]

Json = dict[str, Any]
_PAGE = 250
# What says who somebody is; null where the app may not read it.
_PEOPLE = frozenset({"email", "phone", "customer", "billingAddress", "shippingAddress"})


def order(shop: Shop, gid: str) -> Json | None:
    """Return an order as ``orders/*`` tell of it, None where there is none any more."""
    node = _with_people(shop, "OrderSnapshot", gid)
    if node is None:
        return None
    lines = _all(shop, "OrderSnapshotLines", ("order", "line_items"), gid)
    return payload("order", {**node, "line_items": lines}, _Answer())


def edit(shop: Shop, gid: str, at: str) -> Json | None:
    """Return the edit of an order at a moment as ``orders/edited`` tells of it, None where there is none.

    Its `id` is that of the sales agreement, since Shopify lists no edits. Who edited, discounts and shipping lines are
    left out.
    """
    when = moment(at)
    # In a list, since the sales of an agreement have no next page of their own.
    found = shop.root("OrderEdits", {"query": str(Term("id", ":", number(gid) or ""))})
    for node in (one for order in found["nodes"] if order["id"] == gid for one in order["agreements"]["nodes"]):
        if node["__typename"] != "OrderEditAgreement" or moment(node["happened_at"]) != when:
            continue
        told: dict[str, list[Json]] = {"additions": [], "removals": []}
        for sale in node["sales"]["nodes"]:
            line, units = sale.get("line_item"), sale["quantity"]
            if line is not None and units:
                lines = told["additions" if units > 0 else "removals"]
                lines.append({"id": int(number(line["id"]) or 0), "delta": abs(units)})
        ids = {"id": int(number(node["id"]) or 0), "order_id": int(number(gid) or 0)}
        moments = {"created_at": node["happened_at"], "committed_at": node["happened_at"]}
        return {"order_edit": {**ids, **moments, "notify_customer": None, "line_items": told}}
    return None


def product(shop: Shop, gid: str) -> Json | None:
    """Return a product as ``products/*`` tell of it, with all its variants; None where there is none any more."""
    node = shop.root("ProductSnapshot", {"id": gid})
    if node is None:
        return None
    variants = _all(shop, "ProductSnapshotVariants", ("product", "variants"), gid)
    made = payload("product", {**node, "variants": variants}, _Answer())
    for part in (*made["variants"], *made["options"]):
        part["product_id"] = made["id"]
    return made


def customer(shop: Shop, gid: str) -> Json | None:
    """Return a customer as ``customers/*`` tell of them, None where there is none any more."""
    node = shop.root("CustomerSnapshot", {"id": gid})
    return None if node is None else payload("customer", node, _Answer())


def draft(shop: Shop, gid: str) -> Json | None:
    """Return a draft order as ``draft_orders/*`` tell of it, None where there is none any more."""
    node = _with_people(shop, "DraftOrderSnapshot", gid)
    if node is None:
        return None
    lines = _all(shop, "DraftOrderSnapshotLines", ("draft_order", "line_items"), gid)
    return payload("draft_order", {**node, "line_items": lines}, _Answer())


def collection(shop: Shop, gid: str) -> Json | None:
    """Return a collection as ``collections/*`` tell of it, None where there is none any more."""
    node = shop.root("CollectionSnapshot", {"id": gid})
    return None if node is None else payload("collection", node, _Answer())


def refund(shop: Shop, gid: str) -> Json | None:
    """Return a refund as ``refunds/create`` tells of it, None where there is none any more."""
    node = shop.root("RefundSnapshot", {"id": gid})
    if node is None:
        return None
    lines = _all(shop, "RefundSnapshotLines", ("refund", "refund_line_items"), gid)
    return payload("refund", {**node, "refund_line_items": lines}, _Answer())


def fulfillment(shop: Shop, gid: str) -> Json | None:
    """Return a parcel as ``fulfillments/*`` tell of it, None where there is none any more."""
    node = shop.root("FulfillmentSnapshot", {"id": gid})
    if node is None:
        return None
    lines = _all(shop, "FulfillmentSnapshotLines", ("fulfillment", "fulfillment_line_items"), gid)
    numbers, urls = ([one[name] for one in node["tracking_info"] if one[name]] for name in ("number", "url"))
    return {
        **payload("fulfillment", node, _Answer()),
        "tracking_company": next((one["company"] for one in node["tracking_info"]), None),
        "tracking_number": next(iter(numbers), None),
        "tracking_numbers": numbers,
        "tracking_url": next(iter(urls), None),
        "tracking_urls": urls,
        "line_items": [
            {**payload("line_item", line["line_item"], _Answer()), "quantity": line["quantity"]} for line in lines
        ],
    }


def checkout(shop: Shop, gid: str) -> Json | None:
    """Return an abandoned checkout as actions show it, None where Shopify lists it as none (any more)."""
    query = str(Term("id", ":", number(gid) or ""))
    found = shop.root("AbandonedCheckoutSearch", {"first": 1, "query": query})
    return next((node for node in found["nodes"] if node["id"] == gid), None)


def returned(shop: Shop, gid: str) -> Json | None:
    """Return a return as ``returns/*`` tell of it, None where there is none any more."""
    node = shop.root("ReturnGet", {"id": gid})
    if node is None:
        return None
    lines = [
        {
            **_named(row),
            "quantity": row["quantity"],
            "return_reason_note": row["return_reason_note"],
            "customer_note": row["customer_note"],
            "fulfillment_line_item": {
                **_named(row["fulfillment_line_item"]),
                "line_item": _named(row["fulfillment_line_item"]["line_item"]),
            },
        }
        for row in node["return_line_items"]["nodes"]
    ]
    decline = node["decline"]
    return {
        **_named(node),
        "name": node["name"],
        "status": node["status"].lower(),
        "order": _named(node["order"]),
        "total_return_line_items": node["total_quantity"],
        "return_line_items": lines,
        "decline": decline and {"reason": decline["reason"].lower(), "note": decline["note"]},
    }


def _named(node: Mapping[str, Any]) -> Json:
    return {"id": int(node["legacy_id"]), "admin_graphql_api_id": node["id"]}


class _Answer:
    """Fields from Shopify's answers, which the client has given snake_case names."""

    def field(self, kind: str, node: Any, name: str) -> Any:
        value = node.get(snake(name), ABSENT)
        if value is ABSENT and kind in ("Order", "DraftOrder") and name in _PEOPLE:
            return None
        return value["nodes"] if isinstance(value, Mapping) and "nodes" in value else value

    def money(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        places = Decimal(1) if self.currency(value) in WHOLE else Decimal("0.01")
        return str(Decimal(_money(value)["amount"]).quantize(places))

    def currency(self, value: Any) -> str:
        return str(_money(value)["currency_code"])

    def presentment(self, value: Any) -> Mapping[str, str] | None:
        """Return None: the sweeps ask for the shop's money alone."""

    def time(self, text: str) -> str:
        return text


def _money(value: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = value.get("shop_money", value)
    return found


def _with_people(shop: Shop, operation: str, gid: str) -> Json | None:
    """Return a node with what it says of people where that may be read, and without it elsewhere."""
    if "read_customers" in shop.store.granted_scopes:
        with suppress(MissingScope):  # granted, but Shopify has not approved the app for its customers' data
            return cast("Json | None", shop.root(operation, {"id": gid, "people": True}))
    return cast("Json | None", shop.root(operation, {"id": gid, "people": False}))


def _all(shop: Shop, operation: str, path: tuple[str, ...], gid: str) -> list[Json]:
    return [node for page in pages(shop, operation, path, {"id": gid}, first=_PAGE) for node in page]
