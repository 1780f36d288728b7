"""Returns as they are read: what of an order can come back, what is on its way, and the reasons.

Exchanges, fees and reverse deliveries are not modelled. How the states of several returns make that of the order is
inferred.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.refund_parts import line_row
from atom_shopify_plugin.sandbox.refusals import not_modelled, wrong_id
from atom_shopify_plugin.sandbox.registry import derived, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node, gid_type, number

__all__ = ["LIVE", "REASONS", "fulfilled_row", "returnable", "returns_of", "rows_of", "status_of_order"]

LIVE = ("REQUESTED", "OPEN", "CLOSED")  # units of these are not free for another return
_HANDLES = ("arrived-late", "comfort", "too-tight", "color-too-bright", "quality", "other-reason")
# The examples of the official schema, and one seen on a live store. The library is longer.
REASONS = {
    f"gid://shopify/ReturnReasonDefinition/{at}": {
        "__typename": "ReturnReasonDefinition",
        "id": f"gid://shopify/ReturnReasonDefinition/{at}",
        "handle": handle,
        "name": handle.replace("-", " ").capitalize(),
        "deleted": False,
    }
    for at, handle in enumerate(
        ("arrived-late", "comfort", "too-tight", "color-too-bright", "quality", "other-reason"), 1
    )
}

kind(
    "Return",
    {"status": "OPEN"},
    fields="createdAt closedAt decline requestApprovedAt staffMember",
    indexed=("order",),
    listed={"Order.returns": "order"},
)
kind("CalculatedReturn")
kind("CalculatedReturnLineItem", fields="id")
kind("ReturnLineItem", fields="customerNote returnReasonNote totalWeight")
kind(
    "ReverseFulfillmentOrder",
    {"status": "OPEN"},
    indexed=("return", "order"),
    listed={"Return.reverseFulfillmentOrders": "return"},
)
kind("ReverseFulfillmentOrderLineItem", {"dispositions": []})
kind("ReverseFulfillmentOrderDisposition", fields="location")
kind("ReturnReasonDefinition", fields="deleted handle name", words=("handle", "name"))


def returns_of(ctx: Context, order: Node) -> list[Node]:
    return ctx.store.find("Return", "order", order["id"])


def rows_of(ctx: Context, order: Node) -> Iterator[tuple[Node, Node]]:
    """Yield the rows of an order's parcels with their parcels, those of cancelled ones left out."""
    for gid in ctx.value(order, "fulfillments"):
        parcel = ctx.store.all("Fulfillment")[gid]
        if ctx.value(parcel, "status") != "CANCELLED":
            for row in parcel["fulfillmentLineItems"]:
                yield parcel, row


def fulfilled_row(ctx: Context, entry: Mapping[str, Any]) -> Node | None:
    """Return the row of a parcel that an entry stands for."""
    parcel = ctx.store.get(entry["parcel"])
    rows = parcel["fulfillmentLineItems"] if parcel else ()
    return next((row for row in rows if row["id"] == entry["fulfilled"]), None)


def returnable(ctx: Context, order: Node, row: Node) -> int:
    """Return how many units of a parcel's row can be returned: neither refunded nor in another return."""
    line = ctx.store.all("LineItem")[row["lineItem"]]
    entries = [entry for node in returns_of(ctx, order) if node["status"] in LIVE for entry in node["returnLineItems"]]
    of_row = sum(entry["quantity"] for entry in entries if entry["fulfilled"] == row["id"])
    coming = sum(entry["quantity"] - entry["refunded"] for entry in entries if entry["lineItem"] == line["id"])
    left: int = min(row["quantity"] - of_row, line["currentQuantity"] - coming)
    return max(0, left)


def status_of_order(ctx: Context, order: Node) -> str:
    """Return what an order says of its returns, an OrderReturnStatus."""
    states = {node["status"] for node in returns_of(ctx, order)}
    if "REQUESTED" in states:
        return "RETURN_REQUESTED"
    if "OPEN" in states:
        open_ = [node for node in returns_of(ctx, order) if node["status"] == "OPEN"]
        work = [one for node in open_ for one in ctx.store.find("ReverseFulfillmentOrder", "return", node["id"])]
        return "INSPECTION_COMPLETE" if all(one["status"] == "CLOSED" for one in work) else "IN_PROGRESS"
    return "RETURNED" if "CLOSED" in states else "NO_RETURN"


def _returnable_parcel(ctx: Context, parcel: Node) -> Node | None:
    order = ctx.store.all("Order")[parcel["order"]]
    rows = [(row, returnable(ctx, order, row)) for other, row in rows_of(ctx, order) if other is parcel]
    left = [{"fulfillmentLineItem": row, "quantity": units} for row, units in rows if units]
    if not left:
        return None
    gid = f"gid://shopify/ReturnableFulfillment/{number(parcel['id'])}"
    return {"id": gid, "fulfillment": parcel["id"], "returnableFulfillmentLineItems": left}


@query("returnableFulfillments")
def returnable_fulfillments(ctx: Context, args: dict[str, Any]) -> list[Node]:
    order = ctx.lookup(args["orderId"], "Order")
    parcels = [ctx.store.all("Fulfillment")[gid] for gid in ctx.value(order, "fulfillments")] if order else []
    return [found for parcel in parcels if (found := _returnable_parcel(ctx, parcel)) is not None]


@query("returnableFulfillment")
def returnable_fulfillment(ctx: Context, args: dict[str, Any]) -> Node | None:
    if gid_type(args["id"]) != "ReturnableFulfillment":
        raise wrong_id(args["id"], mutation=False)
    parcel = ctx.store.get(f"gid://shopify/Fulfillment/{number(args['id'])}")
    return None if parcel is None else _returnable_parcel(ctx, parcel)


@query("returnReasonDefinitions")
def reason_definitions(_ctx: Context, args: dict[str, Any]) -> list[Node]:
    ids, handles = args.get("ids"), args.get("handles")
    rows = [row for gid, row in REASONS.items() if ids is None or gid in ids]
    rows = [row for row in rows if handles is None or row["handle"] in handles]
    return sorted(rows, key=lambda row: row[{"HANDLE": "handle", "NAME": "name"}.get(args.get("sortKey") or "", "id")])


@query("returnCalculate")
def return_calculate(ctx: Context, args: dict[str, Any]) -> Node | None:
    """Return what a return would be worth; nothing is stored. Fees and exchanges are not modelled."""
    given = args["input"]
    order = ctx.lookup(given["orderId"], "Order")
    if order is None:
        return None
    if given.get("exchangeLineItems") or given.get("returnShippingFee"):
        raise not_modelled("The calculation of exchanges and of fees for shipping")
    known = {row["id"]: row for _, row in rows_of(ctx, order)}
    rows = [_calculated(ctx, order, entry, known) for entry in given.get("returnLineItems") or ()]
    return {"id": f"gid://shopify/CalculatedReturn/{number(order['id'])}", "returnLineItems": rows}


def _calculated(ctx: Context, order: Node, entry: Mapping[str, Any], known: Mapping[str, Node]) -> Node:
    row, units = known.get(entry["fulfillmentLineItemId"]), entry["quantity"]
    if entry.get("restockingFee"):
        raise not_modelled("CalculateReturnLineItemInput.restockingFee")
    if row is None or not 1 <= units <= returnable(ctx, order, row):
        raise not_modelled("The calculation of a return of items that can't be returned")
    line = ctx.store.all("LineItem")[row["lineItem"]]
    part = line_row(order, line, units, "RETURN")
    manual = line.get("manualDiscount")
    own = manual["amount"] / line["quantity"] if manual else 0  # a unit's share of the line's own discount
    return {
        "fulfillmentLineItem": row,
        "quantity": units,
        "subtotalBeforeOrderDiscountsSet": (line["unitPrice"] - own) * units,
        "subtotalSet": part["subtotal"],
        "totalTaxSet": part["tax"],
    }


@field_rule("Return.returnLineItems")
def return_line_items(_ctx: Context, node: Node, args: dict[str, Any]) -> list[Node]:
    if args.get("processingStatus"):
        raise not_modelled("The argument processingStatus of Return.returnLineItems")
    return list(node["returnLineItems"])


def _left(name: str) -> Any:
    return lambda _, row: row["quantity"] - row[name]


def _worth(ctx: Context, row: Node) -> Any:
    line = ctx.store.all("LineItem")[row["lineItem"]]
    each = line["unitPrice"] - line["totalDiscount"] / max(1, line["quantity"])
    return each * row["quantity"]


derived(
    {
        "Return.totalQuantity": lambda _, node: sum(row["quantity"] for row in node["returnLineItems"]),
        "Return.transactions": lambda ctx, node: [
            gid
            for refund in ctx.store.all("Refund").values()
            if refund.get("return") == node["id"]
            for gid in refund["transactions"]
        ],
        "ReturnLineItem|ReverseFulfillmentOrderLineItem.fulfillmentLineItem": fulfilled_row,
        "ReturnLineItem.processedQuantity": "processed",
        "ReturnLineItem.processableQuantity|unprocessedQuantity": _left("processed"),
        "ReturnLineItem.refundableQuantity": _left("refunded"),
        "ReturnLineItem.refundedQuantity": "refunded",
        "ReturnLineItem.returnReasonDefinition": lambda _, row: REASONS.get(row["definition"]),
        "ReturnLineItem.withCodeDiscountedTotalPriceSet": _worth,
    }
)
