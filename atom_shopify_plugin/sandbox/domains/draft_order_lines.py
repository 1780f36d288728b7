"""The lines of draft orders, their shipping and their discounts, and what they amount to. Taxes are not computed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["amounts_of", "draft_line", "shares", "shipping_line"]

CENT = Decimal("0.01")


def draft_line(ctx: Context, entry: Mapping[str, Any], path: list[Any]) -> Node:
    """Return a line from its input; a variant decides its title, price and tax, whatever the input says of them."""
    if entry["quantity"] < 1:
        raise Refused.one([*path, "quantity"], "Quantity must be greater than or equal to 1")
    for name in ("bundleComponents", "components"):
        if entry.get(name):
            raise not_modelled(f"DraftOrderLineItemInput.{name}")
    row = {
        "__typename": "DraftOrderLineItem",
        "id": ctx.store.new_id("DraftOrderLineItem"),
        "quantity": entry["quantity"],
        "customAttributes": [dict(one) for one in entry.get("customAttributes") or ()],
        "uuid": entry.get("uuid"),
        **(_of_variant(ctx, entry) if entry.get("variantId") else _custom(ctx, entry)),
    }
    if entry.get("priceOverride"):
        row["unitPrice"] = row["priceOverride"] = _plain(ctx, entry["priceOverride"])
    return _discounted(row, entry.get("appliedDiscount"), [*path, "appliedDiscount", "value"])


def _of_variant(ctx: Context, entry: Mapping[str, Any]) -> Node:
    variant = ctx.known(
        entry["variantId"],
        "ProductVariant",
        None,
        f"Product with ID {number(entry['variantId'])} is no longer available.",
    )
    product = ctx.store.all("Product")[variant["product"]]
    item = ctx.store.all("InventoryItem")[variant["inventoryItem"]]
    plain = variant["title"] == "Default Title"
    return {
        "custom": False,
        "variant": variant["id"],
        "product": product["id"],
        "title": product["title"],
        "variantTitle": None if plain else variant["title"],
        "sku": variant.get("sku") or "",
        "vendor": product.get("vendor"),
        "unitPrice": Decimal(variant["price"]),
        "requiresShipping": bool(item.get("requiresShipping", True)),
        "taxable": variant.get("taxable", True),
        "weight": item.get("weight"),
    }


def _custom(ctx: Context, entry: Mapping[str, Any]) -> Node:
    if not (entry.get("title") or "").strip():
        raise Refused.one(None, "Merchandise title is empty.")
    money = entry.get("originalUnitPriceWithCurrency")
    price = _plain(ctx, money) if money else (entry.get("originalUnitPrice") or Decimal(0))
    if price < 0:
        raise Refused.one(None, "Cannot send negative price for line_item")
    return {
        "custom": True,
        "variant": None,
        "product": None,
        "title": entry["title"],
        "variantTitle": None,
        "sku": entry.get("sku"),
        "vendor": None,
        "unitPrice": price.quantize(CENT, ROUND_HALF_UP),
        "requiresShipping": entry.get("requiresShipping", True) is not False,
        "taxable": entry.get("taxable", True) is not False,
        "weight": dict(entry["weight"]) if entry.get("weight") else None,
    }


def _plain(ctx: Context, money: Mapping[str, Any]) -> Decimal:
    if money["currencyCode"] != ctx.store.currency:
        raise not_modelled(f"A draft order in another currency than the shop's ({ctx.store.currency})")
    amount: Decimal = money["amount"]
    return amount.quantize(CENT, ROUND_HALF_UP)


def _discounted(row: Node, given: Mapping[str, Any] | None, path: list[Any]) -> Node:
    """Return a line with its discount: a percentage of it, or an amount for each unit."""
    whole = row["unitPrice"] * row["quantity"]
    applied = _applied(given, whole, row["quantity"], path)
    return {**row, "appliedDiscount": applied, "totalDiscount": applied["off"] if applied else Decimal(0)}


def _applied(given: Mapping[str, Any] | None, base: Decimal, units: int, path: list[Any]) -> Node | None:
    """Return a discount with the amount that it takes off `base`; raise `Refused`."""
    if given is None:
        return None
    value = Decimal(str(given["value"]))
    percentage = given["valueType"] == "PERCENTAGE"
    if percentage and value > 100:
        raise Refused.one(path, "Applied discount value must be less than or equal to 100%")
    if value != value.quantize(CENT):
        raise Refused.one(path, "Applied discount value can have at most 2 digits after decimal point")
    off = base * value / 100 if percentage else value * units
    return {
        "__typename": "DraftOrderAppliedDiscount",
        "title": given.get("title"),
        "description": given.get("description") or "",
        "value": float(value),
        "valueType": given["valueType"],
        "off": min(base, max(Decimal(0), off)).quantize(CENT, ROUND_HALF_UP),
    }


def shipping_line(ctx: Context, given: Mapping[str, Any] | None) -> Node | None:
    if not given:
        return None
    if given.get("shippingRateHandle"):
        raise not_modelled("ShippingLineInput.shippingRateHandle")
    money = given.get("priceWithCurrency")
    price = _plain(ctx, money) if money else (given.get("price") or Decimal(0)).quantize(CENT, ROUND_HALF_UP)
    return {
        "__typename": "ShippingLine",
        "id": ctx.store.new_id("ShippingLine"),
        "title": given.get("title") or "Shipping",
        "code": "custom",
        "custom": True,
        "price": price,
        "discounted": price,
    }


def amounts_of(draft: Mapping[str, Any], path: list[Any]) -> Node:
    """Return the discount and the amounts of a draft order from its lines, shipping and discount (input or node)."""
    rows = draft["lineItems"]
    whole = sum((row["unitPrice"] * row["quantity"] for row in rows), Decimal(0))
    lines = whole - sum((row["totalDiscount"] for row in rows), Decimal(0))
    applied = _applied(draft["appliedDiscount"], lines, 1, path)
    subtotal = lines - (applied["off"] if applied else Decimal(0))
    posted = draft["shippingLine"]["price"] if draft["shippingLine"] else Decimal(0)
    return {
        "appliedDiscount": applied,
        "whole": whole,
        "linesSubtotal": lines,
        "subtotal": subtotal,
        "totalDiscounts": whole - subtotal,
        "totalShipping": posted,
        "totalTax": Decimal(0),
        "total": subtotal + posted,
    }


def shares(draft: Node) -> list[Decimal]:
    """Return what is taken off each line of a draft order: its own discount and its share of the order's."""
    left = draft["linesSubtotal"] - draft["subtotal"]
    off, lines = left, draft["linesSubtotal"]
    taken = []
    for at, row in enumerate(draft["lineItems"], 1):
        total = row["unitPrice"] * row["quantity"] - row["totalDiscount"]
        share = left if at == len(draft["lineItems"]) else (off * total / lines if lines else off * 0).quantize(CENT)
        left -= share
        taken.append(row["totalDiscount"] + share)
    return taken
