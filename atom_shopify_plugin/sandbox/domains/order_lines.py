"""The lines of a new order and what they amount to: prices, taxes, shipping, discounts, totals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.amounts import Amount, Currencies, in_currencies
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["currencies_of", "money_in", "new_line", "shares", "shipping_line", "take_discount", "tax_line", "totals"]

CENT = Decimal("0.01")


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def currencies_of(given: Mapping[str, Any], shops: str) -> Currencies | None:
    """Return the currencies of a new order, None where both are the shop's.

    `given` is the order's input. Its money tells the currency where the input does not name one.
    """
    if given.get("currency") == given.get("presentmentCurrency") == shops:
        return None  # whatever its money says: that is checked with each amount
    bags = [bag for bag in _bags(given) if bag.get("shopMoney")]
    shown = [bag for bag in bags if bag.get("presentmentMoney")]
    own = given.get("currency") or (bags[0]["shopMoney"]["currencyCode"] if bags else shops)
    buyers = given.get("presentmentCurrency") or (shown[0]["presentmentMoney"]["currencyCode"] if shown else own)
    pairs = ((bag["shopMoney"]["amount"], bag["presentmentMoney"]["amount"]) for bag in shown)
    rate = next((theirs / ours for ours, theirs in pairs if ours), Decimal(1))
    return None if own == buyers == shops else Currencies(own, buyers, rate)


def _bags(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the bags of money in an input, those of the lines first."""
    if isinstance(value, Mapping):
        if "shopMoney" in value:
            yield value
        for name in sorted(value, key=lambda name: name != "lineItems"):
            yield from _bags(value[name])
    elif isinstance(value, list):
        for row in value:
            yield from _bags(row)


def money_in(order: Node, bag: Mapping[str, Any], path: list[Any], shops: str) -> Decimal:
    """Return the amount of a bag, which must be in the currencies of the order."""
    currencies: Currencies = order.get("currencies") or Currencies(shops, shops)
    money, shown = bag["shopMoney"], bag.get("presentmentMoney")
    for part, name, wanted in ((money, "shopMoney", currencies.order), (shown, "presentmentMoney", currencies.buyer)):
        if part and part["currencyCode"] != wanted:
            message = f"Currency must be the order's currency ({wanted})"
            raise Refused.one([*path, name, "currencyCode"], message, "INVALID")
        if part and part["amount"] < 0:
            raise Refused.one([*path, name, "amount"], "Amount must be greater than or equal to 0", "INVALID")
    amount = _round(money["amount"])
    if not order.get("currencies"):
        return amount
    return Amount(amount, _round(shown["amount"]), currencies) if shown else in_currencies(amount, currencies)


# What a line without a title is told, be it that its variant is not there.
NAMELESS = [
    UserError(("order",), "Order Line items is invalid", "INVALID"),
    UserError(("order", "lineItems"), "Line items Name can't be blank", "INVALID"),
    UserError(("order", "lineItems"), "Line items Title can't be blank", "INVALID"),
]


def new_line(ctx: Context, order: Node, entry: Mapping[str, Any], at: int) -> Node:
    path: list[Any] = ["order", "lineItems", at]
    if entry["quantity"] < 1:
        raise Refused.one([*path, "quantity"], "Quantity must be greater than 0", "INVALID")
    variant = ctx.lookup(entry["variantId"], "ProductVariant") if entry.get("variantId") else None
    product = ctx.store.get(variant["product"]) if variant else None
    if product is None and entry.get("productId"):
        product = ctx.lookup(entry["productId"], "Product")
    title = entry.get("title") or (product["title"] if product else None)
    if not title:
        raise Refused(NAMELESS)
    if entry.get("variantId") and variant is None:
        raise Refused.one([*path, "variantId"], "Product variant does not exist", "INVALID")
    if entry.get("priceSet"):
        price = money_in(order, entry["priceSet"], [*path, "priceSet"], ctx.store.currency)
    elif variant is not None:
        price = in_currencies(Decimal(variant["price"]), order.get("currencies"))
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
            "totalDiscount": in_currencies(Decimal(0), order.get("currencies")),
            "isGiftCard": bool(entry.get("giftCard")),
            "requiresShipping": bool(entry.get("requiresShipping")) or bool(item and item["requiresShipping"]),
            "taxable": entry.get("taxable", True),
            "weight": dict(weight) if weight else None,
            "customAttributes": [{"key": one["name"], "value": one["value"]} for one in entry.get("properties") or ()],
            "taxLines": [
                tax_line(ctx, order, one, total, [*path, "taxLines", number])
                for number, one in enumerate(entry.get("taxLines") or ())
            ],
        },
    )


def tax_line(ctx: Context, order: Node, entry: Mapping[str, Any], base: Decimal, path: list[Any]) -> Node:
    bag = entry.get("priceSet")
    price = (
        money_in(order, bag, [*path, "priceSet"], ctx.store.currency)
        if bag
        else in_currencies(_round(base * entry["rate"]), order.get("currencies"))
    )
    return {
        "title": entry["title"],
        "rate": float(entry["rate"]),
        "price": price,
        "channelLiable": entry.get("channelLiable", False),
    }


def shipping_line(ctx: Context, order: Node, entry: Mapping[str, Any], at: int) -> Node:
    path: list[Any] = ["order", "shippingLines", at]
    price = money_in(order, entry["priceSet"], [*path, "priceSet"], ctx.store.currency)
    return {
        "__typename": "ShippingLine",
        "id": ctx.store.new_id("ShippingLine"),
        "title": entry["title"],
        "code": entry.get("code") or entry["title"],
        "source": entry.get("source"),
        "price": price,
        "discounted": price,
        "taxLines": [tax_line(ctx, order, one, price, [*path, "taxLines"]) for one in entry.get("taxLines") or ()],
    }


def take_discount(
    ctx: Context, order: Node, given: Mapping[str, Any] | None, lines: list[Node], shipping: list[Node]
) -> str | None:
    """Take a discount code off the lines or the shipping; return the code."""
    if not given:
        return None
    (name, code), *others = [(name, entry) for name, entry in given.items() if entry is not None]
    if others:
        raise Refused.one(["order", "discountCode"], "Only one discount code can be provided", "INVALID")
    if name == "freeShippingDiscountCode":
        for row in shipping:
            row["discounted"] = row["price"] * 0
        return str(code["code"])
    whole = sum((line["unitPrice"] * line["quantity"] for line in lines), Decimal(0))
    if name == "itemPercentageDiscountCode":
        off = _round(whole * Decimal(str(code.get("percentage") or 0)) / 100)
    else:
        off = (
            money_in(order, code["amountSet"], ["order", "discountCode", name, "amountSet"], ctx.store.currency)
            if code.get("amountSet")
            else Decimal(0)
        )
    parts = shares(min(off, whole), [line["unitPrice"] * line["quantity"] for line in lines])
    for line, share in zip(lines, parts, strict=True):
        ctx.update(line, {"totalDiscount": share})
    return str(code["code"])


def shares(off: Decimal, totals: Sequence[Decimal]) -> list[Decimal]:
    """Return what a discount on an order takes off each of its lines, by what they cost before it."""
    whole, left, parts = sum(totals, Decimal(0)), off, []
    for at, total in enumerate(totals, 1):
        share = left if at == len(totals) else min(left, _round(off * total / whole) if whole else Decimal(0))
        left -= share
        parts.append(share)
    return parts


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
