"""Amounts of orders and of their parts that follow from what is stored."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.amounts import Currencies, in_currencies
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.orders import received, refunded
from atom_shopify_plugin.sandbox.registry import derived, field_rule
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["Money", "capturable", "open_units", "outstanding", "register", "stored"]

Money = Callable[[Context, Node], Decimal]


def stored(name: str) -> Money:
    def read(_ctx: Context, node: Node) -> Decimal:
        amount: Decimal = node[name]
        return amount

    return read


def _zero(_ctx: Context, _node: Node) -> Decimal:
    return Decimal(0)


def outstanding(ctx: Context, order: Node) -> Decimal:
    """Return what the buyer still owes; below zero what the merchant owes. What is authorized is not owed."""
    if order.get("cancelledAt") or order["displayFinancialStatus"] == "AUTHORIZED":
        return Decimal(0)
    net = received(ctx, order) - refunded(ctx, order)
    owed: Decimal = order["currentTotal"] - net + refund_discrepancy(ctx, order)
    return owed


def capturable(_ctx: Context, order: Node) -> Decimal:
    return order["total"] if order["displayFinancialStatus"] == "AUTHORIZED" else Decimal(0)


def refund_discrepancy(ctx: Context, order: Node) -> Decimal:
    """Return by how much refunds were less than what they refund; below zero when the buyer got more."""
    refunds = [ctx.store.all("Refund")[gid] for gid in ctx.value(order, "refunds")]
    return sum((refund.get("discrepancy", Decimal(0)) for refund in refunds), Decimal(0))


def _refunded_shipping(ctx: Context, order: Node) -> Decimal:
    refunds = [ctx.store.all("Refund")[gid] for gid in ctx.value(order, "refunds")]
    rows = [row for refund in refunds for row in ctx.value(refund, "refundShippingLines")]
    return sum((row["subtotal"] for row in rows), Decimal(0))


def _current(name: str, part: str = "") -> Money:
    """Return an amount less what refunds took back of it (`part` of their rows); nothing is left once cancelled."""

    def read(ctx: Context, order: Node) -> Decimal:
        if order.get("cancelledAt"):
            return Decimal(0)
        amount: Decimal = order[name]
        for gid in ctx.value(order, "refunds") if part else ():
            refund = ctx.store.all("Refund")[gid]
            rows = ctx.value(refund, "refundShippingLines")
            rows = rows if part == "shipping" else refund["refundLineItems"] + (rows if part == "tax" else [])
            amount -= sum((row["subtotal" if part == "shipping" else part] for row in rows), Decimal(0))
        return amount

    return read


def _units(_ctx: Context, line: Node) -> Decimal:
    total: Decimal = line["unitPrice"] * line["quantity"]
    return total


def _discounted(ctx: Context, line: Node) -> Decimal:
    total: Decimal = _units(ctx, line) - line["totalDiscount"]
    return total


def _discounted_unit(ctx: Context, line: Node) -> Decimal:
    quantity: int = max(1, line["quantity"])
    return (_discounted(ctx, line) / quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)


def open_units(_ctx: Context, line: Node) -> int:
    """Return how many units of a line are still to be sent."""
    return int(line["quantity"]) - int(line.get("fulfilled", 0)) - int(line.get("removed", 0))


MONEY: dict[str, Money] = {
    "Order.totalPriceSet": stored("total"),
    "Order.originalTotalPriceSet": lambda _ctx, order: order["originalTotal" if "originalTotal" in order else "total"],
    "Order.currentTotalPriceSet": stored("currentTotal"),
    "Order.subtotalPriceSet": stored("subtotal"),
    "Order.currentSubtotalPriceSet": _current("subtotal", "subtotal"),
    "Order.totalTaxSet": stored("totalTax"),
    "Order.currentTotalTaxSet": _current("totalTax", "tax"),
    "Order.totalShippingPriceSet": stored("totalShipping"),
    "Order.currentShippingPriceSet": _current("totalShipping", "shipping"),
    "Order.totalDiscountsSet": stored("totalDiscounts"),
    "Order.currentTotalDiscountsSet": _current("totalDiscounts"),
    "Order.cartDiscountAmountSet": stored("totalDiscounts"),
    "Order.currentCartDiscountAmountSet": _current("totalDiscounts"),
    "Order.totalReceivedSet": received,
    "Order.totalRefundedSet": refunded,
    "Order.totalRefundedShippingSet": _refunded_shipping,
    "Order.totalTipReceivedSet": _zero,
    "Order.refundDiscrepancySet": refund_discrepancy,
    "Order.netPaymentSet": lambda ctx, order: received(ctx, order) - refunded(ctx, order),
    "Order.totalOutstandingSet": outstanding,
    "Order.totalCapturableSet": capturable,
    "LineItem.originalUnitPriceSet": stored("unitPrice"),
    "LineItem.originalTotalSet": _units,
    "LineItem.discountedTotalSet": _discounted,
    "LineItem.priceAfterAllDiscountsBeforeTaxesSet": _discounted,
    "LineItem.discountedUnitPriceSet": _discounted_unit,
    "LineItem.discountedUnitPriceAfterAllDiscountsSet": _discounted_unit,
    "LineItem.totalDiscountSet": stored("totalDiscount"),
    "LineItem.unfulfilledOriginalTotalSet": lambda ctx, line: line["unitPrice"] * open_units(ctx, line),
    "LineItem.unfulfilledDiscountedTotalSet": lambda ctx, line: _discounted_unit(ctx, line) * open_units(ctx, line),
    "OrderTransaction.amountSet": stored("amount"),
    "OrderTransaction.totalUnsettledSet": _zero,
    "Refund.totalRefundedSet": stored("total"),
    "RefundShippingLine.subtotalAmountSet": stored("subtotal"),
    "RefundShippingLine.taxAmountSet": stored("tax"),
    "OrderAdjustment.amountSet": stored("amount"),
    "OrderAdjustment.taxAmountSet": stored("tax"),
    "RefundLineItem.priceSet": stored("price"),
    "RefundLineItem.subtotalSet": stored("subtotal"),
    "RefundLineItem.totalTaxSet": stored("tax"),
    "ShippingLine.originalPriceSet": stored("price"),
    "ShippingLine.discountedPriceSet": stored("discounted"),
    "ShippingLine.currentDiscountedPriceSet": stored("discounted"),
    "TaxLine.priceSet": stored("price"),
}


def _currencies(ctx: Context, node: Node) -> Currencies | None:
    order = node if "lineItems" in node else ctx.store.get(node.get("order"))
    return order.get("currencies") if order else None


def register(name: str, amount: Money) -> None:
    """Answer the field `name` (``Type.fieldSet``) and its siblings that show the same amount by a rule."""

    def rule(ctx: Context, node: Node, _args: dict[str, Any]) -> Decimal:
        return in_currencies(amount(ctx, node), _currencies(ctx, node))

    # The deprecated sibling without "Set" shows the same amount; a few are spelled with V2.
    field_rule(name, name.removesuffix("Set"), f"{name.removesuffix('Set')}V2")(rule)


for _name, _amount in MONEY.items():
    register(_name, _amount)


derived(
    {
        "Order.currencyCode": lambda ctx, node: (
            node["currencies"].order if "currencies" in node else ctx.store.currency
        ),
        "Order.presentmentCurrencyCode": lambda ctx, node: (
            node["currencies"].buyer if "currencies" in node else ctx.store.currency
        ),
    }
)
