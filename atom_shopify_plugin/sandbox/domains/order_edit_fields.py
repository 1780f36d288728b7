"""Calculated orders: an order as an edit leaves it, before that is committed.

A calculated order holds a row for each line of the order, and rows of lines to be added.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.order_amounts import open_units, outstanding
from atom_shopify_plugin.sandbox.domains.refund_parts import CENT, line_row
from atom_shopify_plugin.sandbox.refusals import wrong_id
from atom_shopify_plugin.sandbox.registry import Read, derived, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node, gid_type, number

__all__ = [
    "ZERO",
    "change_of",
    "lines_seen",
    "manual_off",
    "off",
    "rediscounted",
    "rounded",
    "staged_changes",
    "staged_off",
]

ZERO = Decimal(0)

kind("CalculatedOrder", fields="cartDiscountAmountSet notificationPreviewHtml", indexed=("order",))
kind("CalculatedLineItem", fields="customAttributes discountAllocations image restocking sku variant variantTitle")
kind("CalculatedManualDiscountApplication", fields="description")
kind("CalculatedShippingLine")
kind("OrderStagedChangeAddShippingLine", fields="phone presentmentTitle")


def off(row: Node) -> Decimal:
    """Return what is taken off a row as it stands: its manual discount, and its units' part of the line's others."""
    return rounded(row["unitOff"] * row["quantity"]) + manual_off(row)


def manual_off(row: Node) -> Decimal:
    """Return what the manual discount of a row takes off; one that was there before the edit keeps its share a unit."""
    discount = row["discount"]
    if discount is None:
        return ZERO
    if not rediscounted(row):
        return rounded(discount["each"] * row["quantity"])
    value = discount["value"]
    if value["__typename"] == "PricingPercentageValue":
        return rounded(row["unitPrice"] * row["quantity"] * Decimal(str(value["percentage"])) / 100)
    return Decimal(min(value["amount"], row["unitPrice"]) * row["quantity"])


def rediscounted(row: Node) -> bool:
    """Return whether a row has another manual discount than its line had before the edit."""
    now, before = ((row[name] or {}).get("id") for name in ("discount", "had"))
    return bool(now != before)


def staged_off(row: Node) -> Decimal:
    """Return by how much staged changes of a line's manual discount lower what the line comes to."""
    if not rediscounted(row):
        return ZERO
    return manual_off(row) - manual_off({**row, "discount": row["had"]})


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def change_of(row: Node) -> int:
    """Return how many units are added to a row; below zero how many are removed."""
    return int(row["quantity"]) - int(row["before"])


def lines_seen(ctx: Context, order: Node) -> list[tuple[str, int, int]]:
    """Return what an edit goes by: the lines with the units that are on the order and those still to be sent."""
    lines = [ctx.store.all("LineItem")[gid] for gid in order["lineItems"]]
    return [(line["id"], line["currentQuantity"], open_units(ctx, line)) for line in lines]


def _total(ctx: Context, node: Node) -> Decimal:
    """Return what the order will come to: what it comes to now, with what the staged changes add and remove."""
    order = ctx.store.all("Order")[node["order"]]
    total = Decimal(order["currentTotal"]) + sum((row["price"] for row in node["shipping"]), ZERO)
    for row in node["rows"]:
        line, change = ctx.store.get(row["line"]), change_of(row)
        if line is None:
            total += row["unitPrice"] * row["quantity"] - off(row)
        elif change > 0:
            total += row["unitPrice"] * change
        elif change < 0:
            part = line_row(order, line, -change, "CANCEL")
            total -= part["subtotal"] + (ZERO if order.get("taxesIncluded") else part["tax"])
        if line is not None:
            total -= staged_off(row)
    return total


def _subtotal(_ctx: Context, node: Node) -> Decimal:
    return sum((row["unitPrice"] * row["quantity"] - off(row) for row in node["rows"]), ZERO)


def _owed(ctx: Context, node: Node) -> Decimal:
    """Return what the buyer will owe; what is authorized is not owed, whatever it comes to."""
    order = ctx.store.all("Order")[node["order"]]
    owed = outstanding(ctx, order)
    return owed if order["displayFinancialStatus"] == "AUTHORIZED" else owed + _total(ctx, node) - order["currentTotal"]


def _each_unit(row: Node) -> Decimal:
    return rounded(row["unitPrice"] - off(row) / row["quantity"]) if row["quantity"] else row["unitPrice"]


def _part(units: Read) -> Read:
    return lambda ctx, row: _each_unit(row) * units(ctx, row)


def _editable(_ctx: Context, row: Node) -> int:
    return int(row["quantity"]) - int(row["fixed"])


def staged_changes(row: Node) -> Iterator[Node]:
    """Yield what is staged of one row."""
    change = change_of(row)
    if row["line"] is None:
        named = "AddVariant" if row["variant"] else "AddCustomItem"
        own = {name: row[name] for name in ("variant", "title", "quantity")}
        yield {"__typename": f"OrderStagedChange{named}", **own, "originalUnitPrice": row["unitPrice"]}
    elif change:
        named = "IncrementItem" if change > 0 else "DecrementItem"
        told = {"delta": abs(change), "lineItem": row["line"], "restock": row["restock"]}
        yield {"__typename": f"OrderStagedChange{named}", **told}
    discount = row["discount"]
    if row["had"] is not None and rediscounted(row):
        yield {"__typename": "OrderStagedChangeRemoveDiscount", "discountApplication": row["had"]["application"]}
    if discount is not None and rediscounted(row):
        told = {"id": discount["change"], "description": discount["description"] or "", "value": discount["value"]}
        yield {"__typename": "OrderStagedChangeAddLineItemDiscount", **told}


def _all_changes(_ctx: Context, node: Node) -> list[Node]:
    posts = [{**row, "__typename": "OrderStagedChangeAddShippingLine"} for row in node["shipping"]]
    return [change for row in node["rows"] for change in staged_changes(row)] + posts


def _shipping(ctx: Context, node: Node) -> list[Node]:
    there = ctx.value(ctx.store.all("Order")[node["order"]], "shippingLines")
    kept = [{**row, "__typename": "CalculatedShippingLine", "stagedStatus": "NONE"} for row in there]
    return kept + [{**row, "stagedStatus": "ADDED"} for row in node["shipping"]]


def _allocations(_ctx: Context, row: Node) -> list[Node]:
    if row["discount"] is None:
        return []
    return [{"allocatedAmountSet": manual_off(row), "discountApplication": row["discount"]}]


derived(
    {
        "CalculatedOrder.originalOrder": "order",
        "CalculatedOrder.lineItems": lambda _, node: [row for row in node["rows"] if row["line"]],
        "CalculatedOrder.addedLineItems": lambda _, node: [row for row in node["rows"] if not row["line"]],
        "CalculatedOrder.addedDiscountApplications": lambda _, node: [
            row["discount"] for row in node["rows"] if row["discount"] and rediscounted(row)
        ],
        "CalculatedOrder.stagedChanges": _all_changes,
        "CalculatedOrder.shippingLines": _shipping,
        "CalculatedOrder.subtotalLineItemsQuantity": lambda _, node: sum(row["quantity"] for row in node["rows"]),
        "CalculatedOrder.subtotalPriceSet": _subtotal,
        "CalculatedOrder.taxLines": "order.taxLines",
        "CalculatedOrder.totalPriceSet": _total,
        "CalculatedOrder.totalOutstandingSet": _owed,
        "CalculatedOrder.notificationPreviewTitle": lambda ctx, node: (
            f"Order {ctx.store.all('Order')[node['order']]['name']} was updated"
        ),
        "CalculatedLineItem.originalUnitPriceSet": "unitPrice",
        "CalculatedLineItem.discountedUnitPriceSet": lambda _, row: _each_unit(row),
        "CalculatedLineItem.editableQuantity": _editable,
        "CalculatedLineItem.editableQuantityBeforeChanges": lambda _, row: max(0, row["before"] - row["fixed"]),
        "CalculatedLineItem.editableSubtotalSet": _part(_editable),
        "CalculatedLineItem.uneditableSubtotalSet": _part(lambda _, row: row["fixed"]),
        "CalculatedLineItem.hasStagedLineItemDiscount": lambda _, row: bool(row["discount"]) and rediscounted(row),
        "CalculatedLineItem.restockable": lambda _, row: bool(row["line"] and row["variant"]),
        "CalculatedLineItem.restocking": lambda _, row: bool(row["restock"] and change_of(row) < 0),
        "CalculatedLineItem.stagedChanges": lambda _, row: list(staged_changes(row)),
        "CalculatedLineItem.calculatedDiscountAllocations": _allocations,
    }
)


@field_rule("LineItem.discountAllocations")
def line_discounts(_ctx: Context, line: Node, _args: dict[str, Any]) -> list[Node]:
    """Return the manual discount of a line. What codes take off is in the amounts alone."""
    known = line.get("manualDiscount")
    if known is None:
        return []
    return [{"allocatedAmountSet": known["amount"], "discountApplication": known["application"]}]


@query("orderEditSession")
def order_edit_session(ctx: Context, args: dict[str, Any]) -> Node | None:
    if gid_type(args["id"]) != "OrderEditSession":
        raise wrong_id(args["id"], mutation=False)
    known = ctx.store.get(f"gid://shopify/CalculatedOrder/{number(args['id'])}")
    return None if known is None else {"id": args["id"]}
