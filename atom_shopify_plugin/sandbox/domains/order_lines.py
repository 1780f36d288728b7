"""The lines of a new order and what they amount to: prices, taxes, shipping, discounts, totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["new_line", "shipping_line", "shop_money", "take_discount", "tax_line", "totals"]

CENT = Decimal("0.01")


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def shop_money(ctx: Context, bag: Mapping[str, Any], path: list[Any]) -> Decimal:
    """Return the shop money of a bag, which must be in the shop's currency."""
    money = bag["shopMoney"]
    for part in (money, bag.get("presentmentMoney") or money):
        if part["currencyCode"] != ctx.store.currency:
            message = f"Currency must be the shop's currency ({ctx.store.currency})"
            raise Refused.one([*path, "shopMoney", "currencyCode"], message, "INVALID")
    if money["amount"] < 0:
        raise Refused.one([*path, "shopMoney", "amount"], "Amount must be greater than or equal to 0", "INVALID")
    return _round(money["amount"])


def new_line(ctx: Context, order: Node, entry: Mapping[str, Any], at: int) -> Node:
    path: list[Any] = ["order", "lineItems", at]
    if entry["quantity"] < 1:
        raise Refused.one([*path, "quantity"], "Quantity must be greater than 0", "INVALID")
    variant = ctx.lookup(entry["variantId"], "ProductVariant") if entry.get("variantId") else None
    if entry.get("variantId") and variant is None:
        raise Refused.one([*path, "variantId"], "Product variant does not exist", "INVALID")
    product = ctx.store.get(variant["product"]) if variant else None
    if product is None and entry.get("productId"):
        product = ctx.lookup(entry["productId"], "Product")
    title = entry.get("title") or (product["title"] if product else None)
    if not title:
        raise Refused.one([*path, "title"], "Title can't be blank", "INVALID")
    if entry.get("priceSet"):
        price = shop_money(ctx, entry["priceSet"], [*path, "priceSet"])
    elif variant is not None:
        price = Decimal(variant["price"])
    else:
        raise Refused.one([*path, "priceSet"], "Price can't be blank", "INVALID")
    plain = variant is not None and variant["title"] != "Default Title"
    item = ctx.store.get(variant["inventoryItem"]) if variant else None
    total = price * entry["quantity"]
    weight = entry.get("weight")
    return ctx.create(
        "LineItem",
        {
            "order": order["id"],
            "product": product["id"] if product else None,
            "variant": variant["id"] if variant else None,
            "title": title,
            "variantTitle": entry.get("variantTitle") or (variant["title"] if variant and plain else None),
            "sku": entry.get("sku") or (variant.get("sku") if variant else None),
            "vendor": entry.get("vendor") or (product["vendor"] if product else None),
            "quantity": entry["quantity"],
            "currentQuantity": entry["quantity"],
            "unitPrice": price,
            "totalDiscount": Decimal(0),
            "isGiftCard": bool(entry.get("giftCard")),
            "requiresShipping": bool(entry.get("requiresShipping")) or bool(item and item["requiresShipping"]),
            "taxable": entry.get("taxable", True),
            "weight": dict(weight) if weight else None,
            "customAttributes": [{"key": one["name"], "value": one["value"]} for one in entry.get("properties") or ()],
            "taxLines": [
                tax_line(ctx, one, total, [*path, "taxLines", number])
                for number, one in enumerate(entry.get("taxLines") or ())
            ],
        },
    )


def tax_line(ctx: Context, entry: Mapping[str, Any], base: Decimal, path: list[Any]) -> Node:
    bag = entry.get("priceSet")
    price = shop_money(ctx, bag, [*path, "priceSet"]) if bag else _round(base * entry["rate"])
    return {
        "title": entry["title"],
        "rate": float(entry["rate"]),
        "price": price,
        "channelLiable": entry.get("channelLiable", False),
    }


def shipping_line(ctx: Context, entry: Mapping[str, Any], at: int) -> Node:
    path = ["order", "shippingLines", at]
    price = shop_money(ctx, entry["priceSet"], [*path, "priceSet"])
    return {
        "__typename": "ShippingLine",
        "id": ctx.store.new_id("ShippingLine"),
        "title": entry["title"],
        "code": entry.get("code") or entry["title"],
        "source": entry.get("source"),
        "price": price,
        "discounted": price,
        "taxLines": [tax_line(ctx, one, price, [*path, "taxLines"]) for one in entry.get("taxLines") or ()],
    }


def take_discount(ctx: Context, given: Mapping[str, Any] | None, lines: list[Node], shipping: list[Node]) -> str | None:
    """Take a discount code off the lines or the shipping; return the code."""
    if not given:
        return None
    (name, code), *others = [(name, entry) for name, entry in given.items() if entry is not None]
    if others:
        raise Refused.one(["order", "discountCode"], "Only one discount code can be provided", "INVALID")
    if name == "freeShippingDiscountCode":
        for row in shipping:
            row["discounted"] = Decimal(0)
        return str(code["code"])
    whole = sum((line["unitPrice"] * line["quantity"] for line in lines), Decimal(0))
    if name == "itemPercentageDiscountCode":
        off = _round(whole * Decimal(str(code.get("percentage") or 0)) / 100)
    else:
        off = (
            shop_money(ctx, code["amountSet"], ["order", "discountCode", name, "amountSet"])
            if code.get("amountSet")
            else Decimal(0)
        )
    left = off = min(off, whole)
    for line in lines:
        total = line["unitPrice"] * line["quantity"]
        share = left if line is lines[-1] else min(left, _round(off * total / whole) if whole else Decimal(0))
        left -= share
        ctx.update(line, {"totalDiscount": share})
    return str(code["code"])


def totals(lines: Sequence[Node], shipping: Sequence[Node], extra: Sequence[Node], *, included: bool) -> Node:
    """Return the amounts of an order; taxes of lines and shipping are merged by title and rate."""
    taxes: dict[tuple[str, float], Node] = {}
    for tax in [one for row in [*lines, *shipping] for one in row.get("taxLines", ())] + list(extra):
        key = tax["title"], tax["rate"]
        taxes[key] = {**tax, "price": tax["price"] + (taxes[key]["price"] if key in taxes else 0)}
    whole = sum((line["unitPrice"] * line["quantity"] for line in lines), Decimal(0))
    off = sum((line["totalDiscount"] for line in lines), Decimal(0))
    posted = sum((row["price"] for row in shipping), Decimal(0))
    waived = sum((row["price"] - row["discounted"] for row in shipping), Decimal(0))
    tax = sum((row["price"] for row in taxes.values()), Decimal(0))
    total = whole - off + posted - waived + (0 if included else tax)
    return {
        "subtotal": whole - off,
        "totalDiscounts": off + waived,
        "totalShipping": posted - waived,
        "totalTax": tax,
        "taxLines": list(taxes.values()),
        "total": total,
        "currentTotal": total,
    }
