"""What is done with items that came back: dispositions, and returns processed with or without a refund.

The messages are those that live stores answer, where they are known (see the facts in the tests).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.orders import add_transaction, received, refunded
from atom_shopify_plugin.sandbox.domains.refund_parts import PAYING, part_of
from atom_shopify_plugin.sandbox.domains.refunds import book
from atom_shopify_plugin.sandbox.domains.return_writes import INVALID, refresh, return_at
from atom_shopify_plugin.sandbox.domains.returns import fulfilled_row
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node


@mutation("reverseFulfillmentOrderDispose")
def dispose_all(ctx: Context, args: dict[str, Any]) -> Node:
    if not args["dispositionInputs"]:
        raise Refused.one(["dispositionInputs"], "The array cannot be empty.", "BLANK")
    rows = _dispose(ctx, args["dispositionInputs"], ["dispositionInputs"])
    return {"reverseFulfillmentOrderLineItems": rows}


def _dispose(ctx: Context, given: Sequence[Mapping[str, Any]], path: Sequence[Any], only: str = "") -> list[Node]:
    """Note what became of items, put those that are restocked on the shelf; return the rows concerned.

    `only` names the line of a return to which the items must belong.
    """
    touched: dict[str, Node] = {}
    orders = set()
    for at, entry in enumerate(given):
        gid, place = entry["reverseFulfillmentOrderLineItemId"], [*path, at]
        work, row = _row_at(ctx, gid, [*place, "reverseFulfillmentOrderLineItemId"])
        orders.add(work["id"])
        if len(orders) > 1:
            raise Refused.one(path, "Cannot dispose items from more than one reverse fulfillment order.", "INVALID")
        if only and row["returned"] != only:
            message = "The item does not belong to this line of the return."
            raise Refused.one([*place, "reverseFulfillmentOrderLineItemId"], message, "INVALID")
        touched[gid] = row = _disposed(ctx, row, entry, place)
        rows = [row if one["id"] == gid else one for one in work["lineItems"]]
        done = all(
            sum(one["quantity"] for one in line.get("dispositions", ())) == line["totalQuantity"] for line in rows
        )
        ctx.update(work, {"lineItems": rows, "status": "CLOSED" if done else "OPEN"})
        refresh(ctx, work)
        ctx.record("updated", work)
    return list(touched.values())


def _row_at(ctx: Context, gid: str, path: Sequence[Any]) -> tuple[Node, Node]:
    for work in ctx.store.all("ReverseFulfillmentOrder").values():
        for row in work["lineItems"]:
            if row["id"] == gid and work["status"] != "CANCELED":
                return work, row
    raise Refused.one(path, "Reverse fulfillment order line item was not found.", "NOT_FOUND")


def _disposed(ctx: Context, row: Node, entry: Mapping[str, Any], path: Sequence[Any]) -> Node:
    units, how, place = entry["quantity"], entry["dispositionType"], entry.get("locationId")
    known = list(row.get("dispositions", ()))
    left = row["totalQuantity"] - sum(one["quantity"] for one in known)
    if not 1 <= units <= left:
        raise Refused.one([*path, "quantity"], "Quantity is invalid.", "INVALID")
    if place is not None:
        ctx.known(place, "Location", [*path, "locationId"], "Location not found.", "NOT_FOUND")
    if how == "RESTOCKED":
        _restock(ctx, row, place, units, path)
    made = {
        "__typename": "ReverseFulfillmentOrderDisposition",
        "id": ctx.store.new_id("ReverseFulfillmentOrderDisposition"),
        "createdAt": ctx.stamp,
        "location": place,
        "quantity": units,
        "type": how,
    }
    return {**row, "dispositions": [*known, made]}


def _restock(ctx: Context, row: Node, place: str | None, units: int, path: Sequence[Any]) -> None:
    sent = fulfilled_row(ctx, row)
    line = ctx.store.get(sent["lineItem"]) if sent is not None else None
    variant = ctx.store.get(line.get("variant")) if line is not None else None
    if variant is None:
        message = "RESTOCKED is an invalid disposition type for a custom line item."
        raise Refused.one([*path, "dispositionType"], message, "INVALID")
    if place is None:
        raise Refused.one([*path, "locationId"], "Location can't be blank", "BLANK")
    if inventory.is_tracked(ctx, variant):
        item = variant["inventoryItem"]
        level = inventory.level_at(ctx, item, place) or inventory.open_level(ctx, item, place)
        inventory.shift(ctx, level, "available", units)


@mutation("returnProcess")
def return_process(ctx: Context, args: dict[str, Any]) -> Node:
    """Confirm what came back, say what became of it, and pay it back where that is asked for."""
    given = args["input"]
    for name in ("exchangeLineItems", "refundDuties", "tipLineId"):
        if given.get(name):
            raise not_modelled(f"ReturnProcessInput.{name}")
    node = return_at(ctx, given["returnId"], ["input", "returnId"], INVALID, "OPEN")
    units = _processed(ctx, node, given.get("returnLineItems") or ())
    refund = (given.get("financialTransfer") or {}).get("issueRefund")
    if refund is not None:
        _refund(ctx, node, units, given, refund)
    elif given.get("refundShipping"):
        message = "Shipping is refunded together with a financial transfer."
        raise Refused.one(["input", "refundShipping"], message, "INVALID")
    paid = refund is not None
    rows = [
        {**row, "processed": row["processed"] + units.get(row["id"], 0),
         "refunded": row["refunded"] + (units.get(row["id"], 0) if paid else 0)}
        for row in node["returnLineItems"]
    ]  # fmt: skip
    ctx.update(node, {"returnLineItems": rows, "processings": node.get("processings", 0) + 1})
    refresh(ctx, node)
    ctx.record("updated", node)
    return {"return": node["id"]}


def _processed(ctx: Context, node: Node, given: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the units that are confirmed of each line; note what became of them."""
    known, units = {row["id"]: row for row in node["returnLineItems"]}, dict[str, int]()
    for at, entry in enumerate(given):
        path, row = ["input", "returnLineItems", at], known.get(entry["id"])
        if row is None:
            raise Refused.one([*path, "id"], "Return line item not found.", "NOT_FOUND")
        left = row["quantity"] - row["processed"] - units.get(row["id"], 0)
        if not 1 <= entry["quantity"] <= left:
            raise Refused.one([*path, "quantity"], "Return line item has an invalid quantity.", "INVALID")
        units[row["id"]] = units.get(row["id"], 0) + entry["quantity"]
        _dispose(ctx, entry.get("dispositions") or (), [*path, "dispositions"], row["id"])
    return units


def _refund(
    ctx: Context, node: Node, units: Mapping[str, int], given: Mapping[str, Any], wish: Mapping[str, Any]
) -> None:
    path = ["input", "financialTransfer", "issueRefund"]
    if wish.get("refundMethods"):
        raise not_modelled("ReturnProcessRefundInput.refundMethods")
    order = ctx.store.all("Order")[node["order"]]
    if order.get("currencies"):
        raise not_modelled("The refund of a return in another currency than the shop's")
    entries = [
        {"lineItemId": row["lineItem"], "quantity": units[row["id"]], "restockType": "NO_RESTOCK"}
        for row in node["returnLineItems"]
        if units.get(row["id"])
    ]
    shipping = given.get("refundShipping") or {}
    if "shippingRefundAmount" in shipping:
        shipping = {"amount": shipping["shippingRefundAmount"]["amount"]}
    try:
        part = part_of(ctx, order, entries, shipping)
    except Refused as refusal:
        raise Refused([UserError(tuple(path), error.message, "INVALID") for error in refusal.errors]) from None
    payments = [_payment(ctx, order, entry, [*path, "orderTransactions", at])
                for at, entry in enumerate(wish["orderTransactions"])]  # fmt: skip
    total = sum((amount for _, amount in payments), Decimal(0))
    if total > received(ctx, order) - refunded(ctx, order) and not wish.get("allowOverRefunding"):
        raise Refused.one(path, "The refund must not be greater than what was paid.", "INVALID")
    back = [
        add_transaction(ctx, order, "REFUND", amount, parentTransaction=parent["id"], gateway=parent["gateway"])
        for parent, amount in payments
    ]
    lost = {"discrepancy": part.worth - total} if back else {}
    book(ctx, order, part, back, note=given.get("note"), total=total, **lost, **{"return": node["id"]})


def _payment(ctx: Context, order: Node, entry: Mapping[str, Any], path: Sequence[Any]) -> tuple[Node, Decimal]:
    parent = ctx.store.get(entry["parentId"])
    if parent is None or parent["id"] not in order["transactions"] or parent["kind"] not in PAYING:
        raise Refused.one([*path, "parentId"], "The transaction is no payment of the order.", "NOT_FOUND")
    money = entry["transactionAmount"]
    if money["currencyCode"] != ctx.store.currency or money["amount"] < 0:
        message = f"The amount must be in {ctx.store.currency} and not negative."
        raise Refused.one([*path, "transactionAmount"], message, "INVALID")
    return parent, Decimal(money["amount"])
