"""Checkouts that were not completed, and what is known of their abandonment.

Buyers make them in the storefront, which is no part of the sandbox: the control API stands for them. Taxes, duties and
shipping of a checkout are not computed; what somebody saw or put into the cart before is not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.registry import Filter, derived, kind, query
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["begin", "change", "email_of"]

ZERO = Decimal(0)


def _customer_name(ctx: Context, node: Node) -> str:
    customer = ctx.store.get(node["customer"])
    return " ".join(filter(None, (customer.get("lastName"), customer.get("firstName")))) if customer else ""


def _state(yes: str, no: str) -> Any:
    return lambda _, node: yes if node.get("completedAt") else no


kind(
    "AbandonedCheckout",
    {"note": "", "discountCodes": [], "customAttributes": [], "taxLines": [], "emailState": "NOT_SENT"},
    fields="createdAt updatedAt completedAt billingAddress shippingAddress customer name totalDutiesSet",
    indexed=("customer",),
    filters={
        "email_state": Filter(
            "enum",
            lambda ctx, node: ctx.value(node, "emailState").lower(),
            frozenset({"sent", "not_sent", "scheduled", "suppressed"}),
        ),
        "recovery_state": Filter(
            "enum", _state("recovered", "not_recovered"), frozenset({"recovered", "not_recovered"})
        ),
        "status": Filter("enum", _state("closed", "open"), frozenset({"open", "closed"})),
    },
    words=("id",),
    sort={"CHECKOUT_ID": "id", "CUSTOMER_NAME": _customer_name, "TOTAL_PRICE": lambda _, node: _worth(node)},
)
kind("AbandonedCheckoutLineItem", {"customAttributes": []}, fields="image product sku title variant variantTitle")
kind(
    "Abandonment",
    {
        "abandonmentType": "CHECKOUT",
        "mostRecentStep": "CHECKOUT",
        "emailState": "NOT_SENT",
        "isFromOnlineStore": True,
        "isFromCustomStorefront": False,
        "isFromShopApp": False,
        "isFromShopPay": False,
        "daysSinceLastAbandonmentEmail": 0,
    },
    fields="createdAt emailSentAt visitStartedAt cartUrl",
    indexed=("checkout",),
)


def _worth(node: Node) -> Decimal:
    return sum((row["unitPrice"] * row["quantity"] for row in node["lineItems"]), ZERO)


def _line_worth(_ctx: Context, row: Node) -> Decimal:
    worth: Decimal = row["unitPrice"] * row["quantity"]
    return worth


def email_of(ctx: Context, node: Node) -> str | None:
    customer = ctx.store.get(node["customer"])
    return customer.get("email") if customer else None


def _row(ctx: Context, variant: Node, quantity: int) -> Node:
    product = ctx.store.all("Product")[variant["product"]]
    plain = variant["title"] == "Default Title"
    return {
        "__typename": "AbandonedCheckoutLineItem",
        "id": ctx.store.new_id("AbandonedCheckoutLineItem"),
        "title": product["title"],
        "variantTitle": None if plain else variant["title"],
        "sku": variant.get("sku"),
        "product": product["id"],
        "variant": variant["id"],
        "quantity": quantity,
        "unitPrice": Decimal(variant["price"]),
    }


def begin(ctx: Context, customer: Node, lines: Sequence[tuple[Node, int]], **values: Any) -> Node:
    """Add a checkout of a customer, and its abandonment; `lines` are variants with how many of each."""
    rows = [_row(ctx, variant, quantity) for variant, quantity in lines]
    node = ctx.create("AbandonedCheckout", {"customer": customer["id"], "lineItems": rows, **values})
    address = ctx.store.get(customer.get("defaultAddress"))
    ctx.update(node, {"name": f"#{number(node['id'])}", "shippingAddress": address, "billingAddress": address})
    ctx.create("Abandonment", {"checkout": node["id"], "customer": customer["id"], "visitStartedAt": node["createdAt"]})
    return node


def change(ctx: Context, node: Node, lines: Sequence[tuple[Node, int]] | None, values: Mapping[str, Any]) -> None:
    """Change a checkout; without `lines` those that are there stay."""
    rows = {} if lines is None else {"lineItems": [_row(ctx, variant, quantity) for variant, quantity in lines]}
    ctx.update(node, {**rows, **values})


def _none_since(kind_: str) -> Any:
    """Return how to tell that a customer has no order of a kind since the abandonment."""
    return lambda ctx, node: (
        not any(order["createdAt"] > node["createdAt"] for order in ctx.store.find(kind_, "customer", node["customer"]))
    )


def _available(ctx: Context, node: Node) -> bool:
    checkout = ctx.store.all("AbandonedCheckout")[node["checkout"]]
    rows = [(ctx.store.get(row["variant"]), row["quantity"]) for row in checkout["lineItems"]]
    return all(variant is not None and _stock(ctx, variant) >= quantity for variant, quantity in rows)


def _stock(ctx: Context, variant: Node) -> int:
    levels = ctx.store.find("InventoryLevel", "item", variant["inventoryItem"])
    return sum(level["stock"].get("available", 0) for level in levels if level["isActive"])


def _hours(ctx: Context, node: Node) -> float:
    return round((ctx.now - datetime.fromisoformat(node["createdAt"])).total_seconds() / 3600, 2)


derived(
    {
        "AbandonedCheckout.abandonedCheckoutUrl": lambda ctx, node: (
            f"https://{ctx.store.shop_domain}/checkouts/ac/{number(node['id'])}/recover"
        ),
        "AbandonedCheckout.lineItemsQuantity": lambda _, node: sum(row["quantity"] for row in node["lineItems"]),
        "AbandonedCheckout.taxesIncluded": lambda ctx, _: bool(ctx.store.shop.get("taxesIncluded")),
        "AbandonedCheckout.totalDiscountSet": lambda *_: ZERO,
        "AbandonedCheckout.totalTaxSet": lambda *_: ZERO,
        "AbandonedCheckout.subtotalPriceSet|totalLineItemsPriceSet|totalPriceSet": lambda _, node: _worth(node),
        "AbandonedCheckoutLineItem.originalUnitPriceSet|discountedUnitPriceSet|discountedUnitPriceWithCodeDiscount": (
            "unitPrice"
        ),
        "AbandonedCheckoutLineItem.originalTotalPriceSet|discountedTotalPriceSet": _line_worth,
        "AbandonedCheckoutLineItem.discountedTotalPriceWithCodeDiscount": _line_worth,
        "Abandonment.abandonedCheckoutPayload": "checkout",
        "Abandonment.customerHasNoOrderSinceAbandonment": _none_since("Order"),
        "Abandonment.customerHasNoDraftOrderSinceAbandonment": _none_since("DraftOrder"),
        "Abandonment.isMostSignificantAbandonment": _none_since("Order"),
        "Abandonment.inventoryAvailable": _available,
        "Abandonment.hoursSinceLastAbandonedCheckout": _hours,
        "Abandonment.lastCheckoutAbandonmentDate": "createdAt",
    }
)


@query("abandonmentByAbandonedCheckoutId")
def of_checkout(ctx: Context, args: dict[str, Any]) -> Node | None:
    checkout = ctx.lookup(args["abandonedCheckoutId"], "AbandonedCheckout")
    found = ctx.store.find("Abandonment", "checkout", checkout["id"]) if checkout else []
    return found[0] if found else None
