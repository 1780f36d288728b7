"""What a discount is, in the words of the admin; those for "buy X get Y" by amounts are inferred."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.discounts import CURRENCIES, FORMS, METHODS
from atom_shopify_plugin.sandbox.places import country_name
from atom_shopify_plugin.sandbox.registry import field_rule
from atom_shopify_plugin.sandbox.store import Node


@field_rule(*(f"{method}{form}.summary" for method in METHODS.values() for form in FORMS))
def summary(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return " • ".join(_parts(ctx, node))


def _parts(ctx: Context, node: Node) -> Iterator[str]:
    form = node.get("form", "Basic")
    if form == "Basic":
        yield f"{_worth(ctx, node['customerGets']['value'])} off {_target(ctx, node)}"
    elif form == "Bxgy":
        yield f"{_bought(ctx, node['customerBuys']['value'])}, {_got(ctx, node['customerGets']['value'])}"
    else:
        yield f"Free shipping on {_products(node, node, 'all products')}"
    least = node.get("minimumRequirement") or {}
    if "greaterThanOrEqualToSubtotal" in least:
        yield f"Minimum purchase of {_amount(ctx, least['greaterThanOrEqualToSubtotal'])}"
    elif least:
        yield f"Minimum quantity of {least['greaterThanOrEqualToQuantity']}"
    if form == "FreeShipping":
        yield f"For {_countries(node['destinationSelection'])}"
        if node.get("maximumShippingPrice") is not None:
            yield f"Applies to shipping rates under {_amount(ctx, node['maximumShippingPrice'])}"
    if node.get("appliesOncePerCustomer"):
        yield "One use per customer"


def _worth(ctx: Context, value: Node) -> str:
    if value["__typename"] == "DiscountPercentage":
        return f"{Decimal(str(value['percentage'])) * 100:.2f}".rstrip("0").rstrip(".") + "%"
    return _amount(ctx, value["amount"])


def _amount(ctx: Context, amount: Decimal) -> str:
    return f"{CURRENCIES.get(ctx.store.currency, '')}{amount:,.2f}"


def _items(quantity: Any) -> str:
    return f"{quantity} item{'' if int(quantity) == 1 else 's'}"


def _bought(ctx: Context, value: Node) -> str:
    return f"Buy {_items(value['quantity'])}" if "quantity" in value else f"Spend {_amount(ctx, value['amount'])}"


def _got(ctx: Context, value: Node) -> str:
    effect, items = value["effect"], _items(value["quantity"]["quantity"])
    return f"get {items} free" if effect.get("percentage") == 1 else f"get {items} at {_worth(ctx, effect)} off"


def _countries(wish: Node) -> str:
    if wish["__typename"] == "DiscountCountryAll":
        return "all countries"
    codes = wish["countries"]
    return country_name(codes[0]) if len(codes) == 1 else f"{len(codes)} countries"


def _products(node: Node, flags: Node, everything: str) -> str:
    """Return what a discount is for; an automatic one is for everything, whatever its flags say."""
    once, repeated = flags.get("appliesOnOneTimePurchase", True), flags.get("appliesOnSubscription", False)
    if node["__typename"].startswith("DiscountAutomatic") or once is repeated:
        return everything
    return "one-time purchase products" if once else "subscription products"


def _target(ctx: Context, node: Node) -> str:
    gets = node["customerGets"]
    items = gets["items"]
    if items["__typename"] != "AllDiscountItems":
        ids = [gid for part in ("collections", "products", "productVariants") for gid in items.get(part, ())]
        first = ctx.store.get(ids[0]) if ids else None
        what = "collections" if items.get("collections") else "products"
        return str(first["title"]) if len(ids) == 1 and first else f"{len(ids)} {what}"
    return _products(node, gets, "entire order")
