"""Fields of orders and of their parts that follow from what is stored."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.orders import received, refunded
from atom_shopify_plugin.sandbox.registry import field_rule
from atom_shopify_plugin.sandbox.store import Node

GRAMS = {"GRAMS": 1, "KILOGRAMS": 1000, "OUNCES": 28.349523125, "POUNDS": 453.59237}
Money = Callable[[Context, Node], Decimal]


def _tax(_ctx: Context, order: Node) -> Decimal:
    return Decimal(order["totalTax"])


def _zero(_ctx: Context, _node: Node) -> Decimal:
    return Decimal(0)


def _total(_ctx: Context, order: Node) -> Decimal:
    return Decimal(order["total"])


def _outstanding(ctx: Context, order: Node) -> Decimal:
    if order.get("cancelledAt"):
        return Decimal(0)
    return max(Decimal(0), Decimal(order["total"]) - received(ctx, order))


def _capturable(_ctx: Context, order: Node) -> Decimal:
    if order["displayFinancialStatus"] != "AUTHORIZED":
        return Decimal(0)
    return Decimal(order["total"])


def _current(name: str) -> Money:
    """Return an amount that goes to nothing when the order is cancelled."""
    return lambda _, order: Decimal(0) if order.get("cancelledAt") else Decimal(order[name])


def _units(_ctx: Context, line: Node) -> Decimal:
    return Decimal(line["unitPrice"] * line["quantity"])


def _discounted(ctx: Context, line: Node) -> Decimal:
    return Decimal(_units(ctx, line) - line["totalDiscount"])


def _discounted_unit(ctx: Context, line: Node) -> Decimal:
    quantity: int = max(1, line["quantity"])
    return (_discounted(ctx, line) / quantity).quantize(Decimal("0.01"))


def _open(_ctx: Context, line: Node) -> int:
    return max(0, int(line["currentQuantity"]) - int(line.get("fulfilled", 0)))


MONEY: dict[str, Money] = {
    "Order.totalPriceSet": _total,
    "Order.originalTotalPriceSet": _total,
    "Order.currentTotalPriceSet": lambda _, order: Decimal(order["currentTotal"]),
    "Order.subtotalPriceSet": lambda _, order: Decimal(order["subtotal"]),
    "Order.currentSubtotalPriceSet": _current("subtotal"),
    "Order.totalTaxSet": _tax,
    "Order.currentTotalTaxSet": _current("totalTax"),
    "Order.totalShippingPriceSet": lambda _, order: Decimal(order["totalShipping"]),
    "Order.currentShippingPriceSet": _current("totalShipping"),
    "Order.totalDiscountsSet": lambda _, order: Decimal(order["totalDiscounts"]),
    "Order.currentTotalDiscountsSet": _current("totalDiscounts"),
    "Order.cartDiscountAmountSet": lambda _, order: Decimal(order["totalDiscounts"]),
    "Order.currentCartDiscountAmountSet": _current("totalDiscounts"),
    "Order.totalReceivedSet": received,
    "Order.totalRefundedSet": refunded,
    "Order.totalRefundedShippingSet": _zero,
    "Order.totalTipReceivedSet": _zero,
    "Order.refundDiscrepancySet": _zero,
    "Order.netPaymentSet": lambda ctx, order: received(ctx, order) - refunded(ctx, order),
    "Order.totalOutstandingSet": _outstanding,
    "Order.totalCapturableSet": _capturable,
    "LineItem.originalUnitPriceSet": lambda _, line: Decimal(line["unitPrice"]),
    "LineItem.originalTotalSet": _units,
    "LineItem.discountedTotalSet": _discounted,
    "LineItem.priceAfterAllDiscountsBeforeTaxesSet": _discounted,
    "LineItem.discountedUnitPriceSet": _discounted_unit,
    "LineItem.discountedUnitPriceAfterAllDiscountsSet": _discounted_unit,
    "LineItem.totalDiscountSet": lambda _, line: Decimal(line["totalDiscount"]),
    "LineItem.unfulfilledOriginalTotalSet": lambda ctx, line: Decimal(line["unitPrice"] * _open(ctx, line)),
    "LineItem.unfulfilledDiscountedTotalSet": lambda ctx, line: _discounted_unit(ctx, line) * _open(ctx, line),
    "OrderTransaction.amountSet": lambda _, one: Decimal(one["amount"]),
    "OrderTransaction.totalUnsettledSet": _zero,
    "Refund.totalRefundedSet": lambda _, refund: Decimal(refund["total"]),
    "RefundLineItem.priceSet": lambda _, row: Decimal(row["price"]),
    "RefundLineItem.subtotalSet": lambda _, row: Decimal(row["subtotal"]),
    "RefundLineItem.totalTaxSet": lambda _, row: Decimal(row["tax"]),
    "ShippingLine.originalPriceSet": lambda _, row: Decimal(row["price"]),
    "ShippingLine.discountedPriceSet": lambda _, row: Decimal(row["discounted"]),
    "ShippingLine.currentDiscountedPriceSet": lambda _, row: Decimal(row["discounted"]),
    "TaxLine.priceSet": lambda _, row: Decimal(row["price"]),
}


def _register(name: str, amount: Money) -> None:
    def rule(ctx: Context, node: Node, _args: dict[str, Any]) -> Decimal:
        return amount(ctx, node)

    # The deprecated sibling without "Set" shows the same amount; a few are spelled with V2.
    field_rule(name, name.removesuffix("Set"), f"{name.removesuffix('Set')}V2")(rule)


for _name, _amount in MONEY.items():
    _register(_name, _amount)


@field_rule("Order.currencyCode", "Order.presentmentCurrencyCode")
def order_currency(ctx: Context, _node: Node, _args: dict[str, Any]) -> str:
    return ctx.store.currency


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
    return _outstanding(ctx, node) > 0


@field_rule("Order.capturable")
def capturable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return _capturable(ctx, node) > 0


@field_rule("Order.refundable")
def refundable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return received(ctx, node) > refunded(ctx, node)


@field_rule("Order.restockable")
def order_restockable(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return not node.get("cancelledAt") and bool(node["lineItems"])


@field_rule("Order.fulfillable")
def fulfillable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    lines = ctx.store.all("LineItem")
    return not node.get("cancelledAt") and any(_open(ctx, lines[gid]) for gid in node["lineItems"])


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


@field_rule("LineItem.unfulfilledQuantity", "LineItem.fulfillableQuantity")
def unfulfilled_quantity(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return _open(ctx, node)


@field_rule("LineItem.nonFulfillableQuantity")
def non_fulfillable_quantity(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return int(node["quantity"]) - _open(ctx, node)


@field_rule("LineItem.refundableQuantity")
def refundable_quantity(_ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return int(node["currentQuantity"])


@field_rule("LineItem.fulfillmentStatus")
def line_fulfillment_status(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    if not node.get("fulfilled"):
        return "unfulfilled"
    return "partial" if _open(ctx, node) else "fulfilled"


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
