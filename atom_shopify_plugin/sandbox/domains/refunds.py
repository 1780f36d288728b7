"""refundCreate: what is refunded, what is paid back, and which units come back on the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_orders as work
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.orders import add_transaction, received, refunded, settle
from atom_shopify_plugin.sandbox.domains.refund_parts import PAYING, Part, numbered, part_of, shown, waiting, worth_of
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["book"]


@mutation("refundCreate")
def refund_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    order = ctx.known(given["orderId"], "Order", ["orderId"], "Order does not exist")
    for name in ("refundDuties", "refundMethods"):
        if given.get(name):
            raise not_modelled(f"RefundInput.{name}")
    try:
        node = _refund(ctx, order, given)
    except Refused as refusal:
        raise Refused(refusal.errors, {"order": order["id"]}) from None
    ctx.record("created", node)
    return {"refund": node["id"], "order": order["id"]}


def _refund(ctx: Context, order: Node, given: Mapping[str, Any]) -> Node:
    parents = [_parent(ctx, order, entry) for entry in given.get("transactions") or ()]
    part = part_of(ctx, order, given.get("refundLineItems") or (), given.get("shipping") or {})
    currency = given.get("currency")
    currencies = order.get("currencies")
    if currencies and currencies.order != currencies.buyer and currency != currencies.buyer:
        message = f"Currency must be the presentment currency of the order ({currencies.buyer})"
        raise Refused.one(["currency"], message)
    amounts = [
        worth_of(order, entry["amount"], parent)
        for entry, parent in zip(given.get("transactions") or (), parents, strict=True)
    ]
    total = sum(amounts, Decimal(0))
    net = received(ctx, order) - refunded(ctx, order)
    if total > net:
        message = f"Refund amount {shown(ctx, total)} is greater than net payment received {shown(ctx, net)}"
        raise Refused.one(None, message)
    back = [
        add_transaction(ctx, order, "REFUND", amount, parentTransaction=parent["id"], gateway=parent["gateway"])
        for amount, parent in zip(amounts, parents, strict=True)
    ]
    return book(
        ctx,
        order,
        part,
        back,
        note=given.get("note"),
        processedAt=given.get("processedAt") or ctx.stamp,
        total=total,
        orderAdjustments=_adjustments(ctx, part.worth - total, given.get("discrepancyReason")) if back else [],
        discrepancy=part.worth - total if back else Decimal(0),
    )


def book(ctx: Context, order: Node, part: Part, transactions: Iterable[Node] = (), **values: Any) -> Node:
    """Take what a refund is made of off an order, and bring the order's amounts and states in line.

    Units that are taken off by an order edit come with a refund, too, which pays nothing back.
    """
    rows = [{**row, "location": _come_back(ctx, order, row)} for row in part.lines]
    node = ctx.create(
        "Refund",
        {
            "order": order["id"],
            "processedAt": ctx.stamp,
            "total": Decimal(0),
            "discrepancy": Decimal(0),
            "refundLineItems": numbered(ctx, rows),
            "refundShippingLines": numbered(ctx, part.shipping),
            "transactions": [row["id"] for row in transactions],
            **values,
        },
    )
    ctx.update(
        order,
        {
            "refunds": [*ctx.value(order, "refunds"), node["id"]],
            "currentTotal": order["currentTotal"] - part.worth,
            "updatedAt": ctx.stamp,
        },
    )
    settle(ctx, order)
    work.refresh(ctx, order)
    return node


def _parent(ctx: Context, order: Node, entry: Mapping[str, Any]) -> Node:
    if entry["kind"] != "REFUND":
        raise Refused.one(None, f"Kind {entry['kind'].lower()} is not a valid transaction")
    parent = ctx.store.get(entry.get("parentId"))
    if parent is None or parent["id"] not in order["transactions"] or parent["kind"] not in PAYING:
        raise Refused.one(["transactions"], "Transactions require a parent_id associated with the order")
    return parent


def _adjustments(ctx: Context, discrepancy: Decimal, reason: str | None) -> list[Node]:
    if not discrepancy:
        return []
    known = "REFUND_DISCREPANCY" if reason in (None, "OTHER") else reason
    gid = ctx.store.new_id("OrderAdjustment")
    row = {"__typename": "OrderAdjustment", "id": gid, "amount": discrepancy, "tax": discrepancy * 0}
    return [{**row, "reason": known}]


def _come_back(ctx: Context, order: Node, row: Node) -> str | None:
    """Take refunded units off the order and put them back where the row says so; return the location."""
    line = ctx.store.all("LineItem")[row["lineItem"]]
    values, waited = {"currentQuantity": line["currentQuantity"] - row["quantity"]}, None
    if row["restockType"] == "CANCEL":  # only what was not sent yet stops being fulfillable
        values["removed"] = line.get("removed", 0) + row["quantity"]
        waited = _withdraw(ctx, order, line["id"], row["quantity"])
    ctx.update(line, values)
    if not row["restocked"]:
        return None
    place = row["location"] or waited or _sent_from(ctx, order) or work.default_location(ctx)
    variant = ctx.store.get(line.get("variant"))
    if variant is not None and inventory.is_tracked(ctx, variant):
        item = variant["inventoryItem"]
        level = inventory.level_at(ctx, item, place) or inventory.open_level(ctx, item, place)
        inventory.shift(ctx, level, "available", row["quantity"])
    return place


def _withdraw(ctx: Context, order: Node, line: str, units: int) -> str | None:
    """Take units out of the open fulfillment orders and free their stock; return the location of the first ones."""
    place = None
    for node, row in waiting(ctx, order, line):
        taken = min(units, row["remainingQuantity"])
        if not taken:
            continue
        units -= taken
        place = place or node["location"]
        work.claimed(ctx, row, -taken)
        less = {name: row[name] - taken for name in ("totalQuantity", "remainingQuantity")}
        work.change_rows(ctx, node, {row["id"]: less})
        if not work.remaining(node):
            ctx.update(node, {"status": "CLOSED"})
    return place


def _sent_from(ctx: Context, order: Node) -> str | None:
    parcels = [ctx.store.all("Fulfillment")[gid] for gid in ctx.value(order, "fulfillments")]
    return next((parcel["location"] for parcel in parcels if ctx.store.get(parcel.get("location"))), None)
