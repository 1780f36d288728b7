"""What a webhook would have said: a resource as it stands now, in the shape of Shopify's payloads.

The shape is that of the REST resources: ids are numbers beside ``admin_graphql_api_id``, money is text, tags are one
text, statuses are in lower case. Members that GraphQL does not tell are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, cast

from atom_shopify_plugin.errors import MissingScope
from atom_shopify_plugin.events.payloads import number
from atom_shopify_plugin.shopify.money import WHOLE
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync.sweeps import pages

__all__ = ["customer", "order", "product"]

Json = dict[str, Any]
_PAGE = 250
_FIRST = 1000  # what the payload's order_number is ahead of its number
_SENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}
_MONEY = (
    "total_price", "subtotal_price", "total_tax", "total_discounts", "total_outstanding", "current_total_price",
)  # fmt: skip


def order(shop: Shop, gid: str) -> Json | None:
    """Return an order as ``orders/*`` tell of it, None where there is none any more."""
    node = _with_people(shop, "OrderSnapshot", gid)
    if node is None:
        return None
    lines = _all(shop, "OrderSnapshotLines", ("order", "line_items"), gid)
    buyer = node.get("customer")
    return {
        **_identity(node),
        **_plain(
            node,
            "name note test confirmed source_name po_number created_at processed_at updated_at "
            "closed_at cancelled_at taxes_included",
        ),
        "order_number": node["number"],
        "number": node["number"] - _FIRST,
        **{name: node.get(name) for name in ("email", "phone")},
        "contact_email": node.get("email"),
        "cancel_reason": _lower(node["cancel_reason"]),
        "currency": node["currency_code"],
        "presentment_currency": node["presentment_currency_code"],
        "financial_status": _lower(node["display_financial_status"]),
        "fulfillment_status": _SENT.get(node["display_fulfillment_status"]),
        "tags": _tags(node),
        "note_attributes": node["custom_attributes"],
        "discount_codes": [{"code": code} for code in node["discount_codes"]],
        **{name: _money(node[name]) for name in _MONEY},
        "billing_address": _address(node.get("billing_address")),
        "shipping_address": _address(node.get("shipping_address")),
        "customer": None if buyer is None else {**_identity(buyer), **_person(buyer), "tags": _tags(buyer)},
        "line_items": [_line(line) for line in lines],
    }


def product(shop: Shop, gid: str) -> Json | None:
    """Return a product as ``products/*`` tell of it, with all its variants; None where there is none any more."""
    node = shop.root("ProductSnapshot", {"id": gid})
    if node is None:
        return None
    variants = _all(shop, "ProductSnapshotVariants", ("product", "variants"), gid)
    return {
        **_identity(node),
        **_plain(node, "title body_html vendor product_type handle template_suffix created_at updated_at published_at"),
        "status": _lower(node["status"]),
        "tags": _tags(node),
        "options": [
            {**_identity(option), "product_id": _id(node), **_plain(option, "name position values")}
            for option in node["options"]
        ],
        "variants": [_variant(node, variant) for variant in variants],
        "variant_gids": [
            {"admin_graphql_api_id": variant["id"], "updated_at": variant["updated_at"]} for variant in variants
        ],
    }


def customer(shop: Shop, gid: str) -> Json | None:
    """Return a customer as ``customers/*`` tell of them, None where there is none any more."""
    node = shop.root("CustomerSnapshot", {"id": gid})
    if node is None:
        return None
    mail = node["email"]
    consent = None
    if mail is not None:
        consent = {
            "state": _lower(mail["marketing_state"]),
            "opt_in_level": _lower(mail["marketing_opt_in_level"]),
            "consent_updated_at": mail["marketing_updated_at"],
        }
    address = node["default_address"]
    return {
        **_identity(node),
        **_person(node),
        **_plain(node, "note verified_email tax_exempt created_at updated_at"),
        "state": _lower(node["state"]),
        "tags": _tags(node),
        "orders_count": int(node["number_of_orders"]),
        "total_spent": _amount(node["total_spent"]),
        "currency": node["total_spent"]["currency_code"],
        "email_marketing_consent": consent,
        "default_address": None if address is None else {**_identity(address), **(_address(address) or {})},
    }


def _with_people(shop: Shop, operation: str, gid: str) -> Json | None:
    """Return a node with what it says of people where that may be read, and without it elsewhere."""
    if "read_customers" in shop.store.granted_scopes:
        with suppress(MissingScope):  # granted, but Shopify has not approved the app for its customers' data
            return cast("Json | None", shop.root(operation, {"id": gid, "people": True}))
    return cast("Json | None", shop.root(operation, {"id": gid, "people": False}))


def _all(shop: Shop, operation: str, path: tuple[str, ...], gid: str) -> list[Json]:
    return [node for page in pages(shop, operation, path, {"id": gid}, first=_PAGE) for node in page]


def _line(line: Mapping[str, Any]) -> Json:
    return {
        **_identity(line),
        **_plain(
            line,
            "title variant_title name sku vendor quantity current_quantity fulfillable_quantity requires_shipping "
            "taxable gift_card",
        ),
        "price": _money(line["price"]),
        "total_discount": _money(line["total_discount"]),
        "product_id": None if line["product"] is None else _id(line["product"]),
        "variant_id": None if line["variant"] is None else _id(line["variant"]),
    }


def _variant(owner: Mapping[str, Any], variant: Mapping[str, Any]) -> Json:
    options = [one["value"] for one in variant["selected_options"]]
    return {
        **_identity(variant),
        "product_id": _id(owner),
        **_plain(
            variant,
            "title price compare_at_price position inventory_quantity taxable barcode sku created_at updated_at",
        ),
        **{f"option{at + 1}": options[at] if at < len(options) else None for at in range(3)},
        "inventory_policy": _lower(variant["inventory_policy"]),
        "inventory_item_id": _id(variant["inventory_item"]),
    }


def _id(node: Mapping[str, Any]) -> int:
    return int(number(node["id"]) or 0)


def _identity(node: Mapping[str, Any]) -> Json:
    return {"id": _id(node), "admin_graphql_api_id": node["id"]}


def _plain(node: Mapping[str, Any], names: str) -> Json:
    return {name: node[name] for name in names.split()}


def _person(node: Mapping[str, Any]) -> Json:
    return {
        "first_name": node["first_name"],
        "last_name": node["last_name"],
        "email": (node["email"] or {}).get("email_address"),
        "phone": (node["phone"] or {}).get("phone_number"),
    }


def _address(node: Mapping[str, Any] | None) -> Json | None:
    return None if node is None else {name: value for name, value in node.items() if name != "id"}


def _tags(node: Mapping[str, Any]) -> str:
    return ", ".join(node["tags"])


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None


def _money(bag: Mapping[str, Any] | None) -> str | None:
    return None if bag is None else _amount(bag["shop_money"])


def _amount(money: Mapping[str, Any]) -> str:
    places = Decimal(1) if money["currency_code"] in WHOLE else Decimal("0.01")
    return str(Decimal(money["amount"]).quantize(places))
