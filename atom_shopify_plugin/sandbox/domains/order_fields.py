"""Fields of orders and of their parts that follow from what is stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.order_amounts import capturable, open_units, outstanding
from atom_shopify_plugin.sandbox.domains.orders import received, refunded
from atom_shopify_plugin.sandbox.registry import field_rule
from atom_shopify_plugin.sandbox.store import Node

GRAMS = {"GRAMS": 1, "KILOGRAMS": 1000, "OUNCES": 28.349523125, "POUNDS": 453.59237}


@field_rule("Order.totalCashRoundingAdjustment")
def cash_rounding(_ctx: Context, _node: Node, _args: dict[str, Any]) -> Node:
    return {"paymentSet": Decimal(0), "refundSet": Decimal(0)}


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


@field_rule("Order.purchasingEntity")
def purchasing_entity(_ctx: Context, node: Node, _args: dict[str, Any]) -> str | None:
    return node.get("customer")


@field_rule("Order.statusPageUrl")
def status_page(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return f"https://{ctx.store.shop_domain}/orders/{node.get('confirmationNumber')}"


@field_rule("Order.closed")
def order_closed(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return bool(node.get("closedAt"))


@field_rule("Order.fullyPaid")
def fully_paid(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return received(ctx, node) >= Decimal(node["total"])


@field_rule("Order.unpaid")
def unpaid(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return Decimal(node["total"]) > 0 and received(ctx, node) == 0


@field_rule("Order.canMarkAsPaid")
def can_mark_as_paid(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return outstanding(ctx, node) > 0


@field_rule("Order.capturable")
def is_capturable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return capturable(ctx, node) > 0


@field_rule("Order.refundable")
def refundable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return received(ctx, node) > refunded(ctx, node)


@field_rule("Order.restockable")
def order_restockable(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return not node.get("cancelledAt") and bool(node["lineItems"])


@field_rule("Order.fulfillable")
def fulfillable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    lines = ctx.store.all("LineItem")
    return not node.get("cancelledAt") and any(open_units(ctx, lines[gid]) for gid in node["lineItems"])


@field_rule("Order.canNotifyCustomer")
def can_notify(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return bool(node.get("email") or node.get("phone"))


@field_rule("Order.displayAddress")
def display_address(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    return node.get("shippingAddress") or node.get("billingAddress")


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


@field_rule("Order.currentSubtotalLineItemsQuantity")
def current_quantity_of_lines(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return sum(ctx.store.all("LineItem")[gid]["currentQuantity"] for gid in node["lineItems"])


@field_rule("Order.currentTaxLines")
def current_tax_lines(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    return [] if node.get("cancelledAt") else ctx.value(node, "taxLines")


@field_rule("Order.shippingLine")
def shipping_line(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    return next(iter(ctx.value(node, "shippingLines")), None)


@field_rule("Order.paymentGatewayNames")
def gateway_names(ctx: Context, node: Node, _args: dict[str, Any]) -> list[str]:
    rows = ctx.store.all("OrderTransaction")
    return list(dict.fromkeys(rows[gid]["gateway"] for gid in node["transactions"]))


@field_rule("LineItem.name")
def line_name(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return " - ".join(filter(None, (node["title"], node.get("variantTitle"))))


@field_rule("LineItem.unfulfilledQuantity")
def unfulfilled_quantity(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return open_units(ctx, node)


@field_rule("LineItem.nonFulfillableQuantity")
def non_fulfillable_quantity(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return int(node["quantity"]) - open_units(ctx, node)


@field_rule("LineItem.refundableQuantity")
def refundable_quantity(_ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return int(node["currentQuantity"])


@field_rule("LineItem.fulfillmentStatus")
def line_fulfillment_status(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    if not node.get("fulfilled"):
        return "unfulfilled"
    return "partial" if open_units(ctx, node) else "fulfilled"


@field_rule("OrderTransaction.formattedGateway")
def formatted_gateway(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return str(node.get("gateway") or "").replace("_", " ").title()


@field_rule("OrderTransaction.manualPaymentGateway")
def manual_gateway(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return node.get("gateway") == "manual"


@field_rule("TaxLine.ratePercentage")
def rate_percentage(_ctx: Context, node: Node, _args: dict[str, Any]) -> float:
    return round(float(node["rate"]) * 100, 6)


@field_rule("Fulfillment.totalQuantity")
def fulfilled_quantity(_ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return sum(row["quantity"] for row in node["fulfillmentLineItems"])
