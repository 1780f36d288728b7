"""Discounts as callers see them: one flat shape for all kinds, in the names of the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.shopify.ids import gid, parse_gid

__all__ = ["brief", "shown"]

Json = dict[str, Any]

_KINDS = {"Basic": "BASIC", "Bxgy": "BXGY", "FreeShipping": "FREE_SHIPPING", "App": "APP"}
_LISTS = {"product_ids": "products", "variant_ids": "product_variants", "collection_ids": "collections"}


def brief(node: Mapping[str, Any]) -> Json:
    """Return what a list shows of a discount."""
    return dict(_common(node))


def shown(node: Mapping[str, Any]) -> Json:
    """Return a discount with its rule. What a kind of discount does not have is left out or null."""
    found = node["discount"]
    made = dict(_common(node))
    if made["method"] == "CODE":
        made["codes"] = [
            {"id": code["id"], "code": code["code"], "uses": code["async_usage_count"]}
            for code in found["codes"]["nodes"]
        ]
        made["once_per_customer"] = found["applies_once_per_customer"]
    made["combines_with"] = dict(found["combines_with"])
    made["customer_ids"] = _ids((found["context"] or {}).get("customers"))
    made["segment_ids"] = _ids((found["context"] or {}).get("segments"))
    if made["kind"] in ("BASIC", "FREE_SHIPPING"):
        least = found["minimum_requirement"] or {}
        subtotal = least.get("greater_than_or_equal_to_subtotal")
        quantity = least.get("greater_than_or_equal_to_quantity")
        made["minimum_subtotal"] = None if subtotal is None else subtotal["amount"]
        made["minimum_quantity"] = None if quantity is None else int(quantity)
    if made["kind"] == "BASIC":
        made |= {"percent": None, "amount": None, "each_item": None}
        made |= {**_worth(found["customer_gets"]["value"]), **_items(found["customer_gets"]["items"])}
    elif made["kind"] == "BXGY":
        made["buys"] = {**_bought(found["customer_buys"]["value"]), **_items(found["customer_buys"]["items"])}
        value = found["customer_gets"]["value"]
        worth = _worth(value.get("effect") or {})
        worth.pop("each_item", None)
        quantity = (value.get("quantity") or {}).get("quantity")
        made["gets"] = {"quantity": None if quantity is None else int(quantity), **worth}
        made["gets"] |= _items(found["customer_gets"]["items"])
        made["uses_per_order"] = found["uses_per_order_limit"]
    elif made["kind"] == "FREE_SHIPPING":
        price = found["maximum_shipping_price"]
        made["maximum_shipping_price"] = None if price is None else price["amount"]
        made["country_codes"] = found["destination_selection"].get("countries") or []
        made["rest_of_world"] = found["destination_selection"].get("include_rest_of_world", False)
    return made


def _common(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    found = node["discount"]
    kind = str(found["__typename"])
    by_code = kind.startswith("DiscountCode")
    number = parse_gid(node["id"]).number
    yield "id", gid("DiscountCodeNode" if by_code else "DiscountAutomaticNode", number)
    yield "legacy_id", number
    yield "method", "CODE" if by_code else "AUTOMATIC"
    yield "kind", _KINDS.get(kind.removeprefix("DiscountCode").removeprefix("DiscountAutomatic"), "OTHER")
    for name in ("title", "status", "summary", "starts_at", "ends_at", "tags", "created_at", "updated_at"):
        yield name, found.get(name)
    yield "uses", found.get("async_usage_count")
    if by_code:
        codes = found["codes"]["nodes"]
        yield "code", codes[0]["code"] if codes else None
        yield "codes_count", (found["codes_count"] or {}).get("count")
        yield "usage_limit", found["usage_limit"]


def _worth(value: Mapping[str, Any]) -> Json:
    """Return `percent` or `amount`: 0.125 is 12.5 percent."""
    if "percentage" in value:
        percent = Decimal(str(value["percentage"])) * 100
        return {"percent": int(percent) if percent == int(percent) else float(percent)}
    if "amount" in value:
        return {"amount": value["amount"]["amount"], "each_item": value["applies_on_each_item"]}
    return {}


def _bought(value: Mapping[str, Any]) -> Json:
    if "quantity" in value:
        return {"quantity": int(value["quantity"])}
    return {"amount": value["amount"]}


def _items(items: Mapping[str, Any]) -> Json:
    """Return the ids of what a discount is for; none means everything."""
    made: Json = {name: _ids((items.get(member) or {}).get("nodes")) for name, member in _LISTS.items()}
    cut = any((items.get(member) or {}).get("page_info", {}).get("has_next_page") for member in _LISTS.values())
    return {**made, "items_truncated": cut}


def _ids(things: Any) -> list[str]:
    return [str(thing["id"]) for thing in things or ()]
