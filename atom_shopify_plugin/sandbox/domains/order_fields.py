"""Fields of orders and of their parts that follow from what is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.order_amounts import capturable, open_units, outstanding
from atom_shopify_plugin.sandbox.domains.orders import received, refunded
from atom_shopify_plugin.sandbox.registry import derived, field_rule
from atom_shopify_plugin.sandbox.store import Node

GRAMS = {"GRAMS": 1, "KILOGRAMS": 1000, "OUNCES": 28.349523125, "POUNDS": 453.59237}


derived(
    {
        "Order.totalCashRoundingAdjustment": lambda _ctx, _node: {"paymentSet": Decimal(0), "refundSet": Decimal(0)},
        "Order.statusPageUrl": lambda ctx, node: (
            f"https://{ctx.store.shop_domain}/orders/{node.get('confirmationNumber')}"
        ),
        "Order.closed": lambda _, node: bool(node.get("closedAt")),
        "Order.fullyPaid": lambda ctx, node: received(ctx, node) >= Decimal(node["total"]),
        "Order.unpaid": lambda ctx, node: Decimal(node["total"]) > 0 and received(ctx, node) == 0,
        "Order.canMarkAsPaid": lambda ctx, node: outstanding(ctx, node) > 0,
        "Order.capturable": lambda ctx, node: capturable(ctx, node) > 0,
        "Order.refundable": lambda ctx, node: received(ctx, node) > refunded(ctx, node),
        "Order.restockable": lambda _, node: not node.get("cancelledAt") and bool(node["lineItems"]),
        "Order.canNotifyCustomer": lambda _, node: bool(node.get("email") or node.get("phone")),
        "Order.displayAddress": lambda _, node: node.get("shippingAddress") or node.get("billingAddress"),
        "Order.currentSubtotalLineItemsQuantity": lambda ctx, node: sum(
            ctx.store.all("LineItem")[gid]["currentQuantity"] for gid in node["lineItems"]
        ),
        "Order.currentTaxLines": lambda ctx, node: [] if node.get("cancelledAt") else ctx.value(node, "taxLines"),
        "Order.shippingLine": lambda ctx, node: next(iter(ctx.value(node, "shippingLines")), None),
        "LineItem.name": lambda _, node: " - ".join(filter(None, (node["title"], node.get("variantTitle")))),
        "LineItem.unfulfilledQuantity": open_units,
        "LineItem.nonFulfillableQuantity": lambda ctx, node: int(node["quantity"]) - open_units(ctx, node),
        "LineItem.refundableQuantity": lambda _, node: int(node["currentQuantity"]),
        "OrderTransaction.formattedGateway": lambda _, node: str(node.get("gateway") or "").replace("_", " ").title(),
        "OrderTransaction.manualPaymentGateway": lambda _, node: node.get("gateway") == "manual",
        "TaxLine.ratePercentage": lambda _, node: round(float(node["rate"]) * 100, 6),
        "Fulfillment.totalQuantity": lambda _, node: sum(row["quantity"] for row in node["fulfillmentLineItems"]),
    }
)


@field_rule("Order.totalWeight", "Order.currentTotalWeight")
def total_weight(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    """Return grams."""
    lines = [ctx.store.all("LineItem")[gid] for gid in node["lineItems"]]
    return round(sum(_grams(ctx, line) * int(line["quantity"]) for line in lines))


def _grams(ctx: Context, line: Node) -> float:
    variant = ctx.store.get(line.get("variant"))
    item = ctx.store.get(variant["inventoryItem"]) if variant else None
    weight = line.get("weight") or (item or {}).get("weight")
    return GRAMS[weight["unit"]] * float(weight["value"]) if weight else 0.0


@field_rule("Order.fulfillable")
def fulfillable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    lines = ctx.store.all("LineItem")
    return not node.get("cancelledAt") and any(open_units(ctx, lines[gid]) for gid in node["lineItems"])


@field_rule("Order.billingAddressMatchesShippingAddress")
def addresses_match(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    both = [
        {k: v for k, v in (node.get(name) or {}).items() if k != "id"} for name in ("billingAddress", "shippingAddress")
    ]
    return both[0] == both[1]


@field_rule("Order.requiresShipping")
def requires_shipping(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    lines = ctx.store.all("LineItem")
    return any(lines[gid].get("requiresShipping", True) for gid in node["lineItems"])


@field_rule("Order.subtotalLineItemsQuantity")
def quantity_of_lines(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return sum(ctx.store.all("LineItem")[gid]["quantity"] for gid in node["lineItems"])


@field_rule("Order.paymentGatewayNames")
def gateway_names(ctx: Context, node: Node, _args: dict[str, Any]) -> list[str]:
    rows = ctx.store.all("OrderTransaction")
    return list(dict.fromkeys(rows[gid]["gateway"] for gid in node["transactions"]))


@field_rule("LineItem.fulfillmentStatus")
def line_fulfillment_status(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    if not node.get("fulfilled"):
        return "unfulfilled"
    return "partial" if open_units(ctx, node) else "fulfilled"
