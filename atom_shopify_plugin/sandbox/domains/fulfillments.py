"""Parcels: fulfillmentCreate over fulfillment orders, fulfillmentCancel, fulfillmentTrackingInfoUpdate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_orders as work
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled
from atom_shopify_plugin.sandbox.registry import derived, field_rule, mutation
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["fulfil", "whole"]

FIELD = ["fulfillment"]
# A fulfillment order and the units of its lines that are sent, by the line's id.
Pick = tuple[Node, dict[str, int]]


@mutation("fulfillmentCreate")
def fulfillment_create(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["fulfillment"]
    if given.get("originAddress"):
        raise not_modelled("FulfillmentInput.originAddress")
    groups = given["lineItemsByFulfillmentOrder"]
    _check_quantities(groups)
    picks = _picks(ctx, groups)
    order = ctx.store.all("Order")[picks[0][0]["order"]]
    made = fulfil(ctx, order, picks, tracking=tracking(given.get("trackingInfo") or {}))
    if order["displayFulfillmentStatus"] == "FULFILLED" and order["displayFinancialStatus"] == "PAID":
        ctx.update(order, {"closedAt": order.get("closedAt") or ctx.stamp})  # as a store's settings have it by default
    ctx.record("created", made)
    return {"fulfillment": made["id"]}


def _check_quantities(groups: list[Mapping[str, Any]]) -> None:
    faults = [
        UserError(
            (
                "fulfillment",
                "lineItemsByFulfillmentOrder",
                str(at),
                "fulfillmentOrderLineItems",
                str(place),
                "quantity",
            ),
            "Quantity must be greater than 0",
        )
        for at, group in enumerate(groups)
        for place, row in enumerate(group.get("fulfillmentOrderLineItems") or ())
        if row["quantity"] < 1
    ]
    if faults:
        raise Refused(faults)


def _picks(ctx: Context, groups: list[Mapping[str, Any]]) -> list[Pick]:
    """Return what is to be sent; raise `Refused` for what can't be sent together or at all."""
    if not groups:
        raise Refused.one(FIELD, "Line items by fulfillment order can't be blank")
    nodes = [work.known(ctx, group["fulfillmentOrderId"]) for group in groups]
    found = [node for node in nodes if node is not None]
    if len(found) < len(nodes):
        raise Refused.one(FIELD, "Fulfillment order does not exist.")
    for name, message in (
        ("order", "All fulfillment orders must belong to the same order. Multiple orders"),
        ("location", "All fulfillment orders must be assigned to a single location. Multiple locations"),
    ):
        if len({node[name] for node in found}) > 1:
            listed = work.numbers(node[name] for node in found)
            raise Refused.one(FIELD, f"{message} with ids [{listed}] were found.")
    for node in found:
        status = ctx.value(node, "status")
        if status not in ("OPEN", "IN_PROGRESS"):
            message = f"Fulfillment order {number(node['id'])} has an unfulfillable status= {status.lower()}."
            raise Refused.one(FIELD, message)
    return [(node, _chosen(node, group)) for node, group in zip(found, groups, strict=True)]


def _chosen(node: Node, group: Mapping[str, Any]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for entry in group.get("fulfillmentOrderLineItems") or ():
        chosen[entry["id"]] = chosen.get(entry["id"], 0) + entry["quantity"]
    for gid, quantity in chosen.items():
        row = work.row_of(node, gid)
        if row is None:
            raise Refused.one(FIELD, "Fulfillment order line item does not exist.")
        if quantity > row["remainingQuantity"]:
            raise Refused.one(FIELD, "Invalid fulfillment order line item quantity requested.")
    return chosen or whole(node)


def whole(node: Node) -> dict[str, int]:
    """Return all that is left to be sent of a fulfillment order."""
    return {row["id"]: row["remainingQuantity"] for row in node["lineItems"] if row["remainingQuantity"]}


def tracking(given: Mapping[str, Any]) -> list[Node]:
    """Return a row for each parcel; numbers and addresses go together by their places."""
    codes = given.get("numbers") or ([given["number"]] if given.get("number") else [])
    urls = given.get("urls") or ([given["url"]] if given.get("url") else [])
    count = max(len(codes), len(urls), 1 if given.get("company") else 0)
    return [
        {
            "company": given.get("company"),
            "number": codes[at] if at < len(codes) else None,
            "url": urls[at] if at < len(urls) else None,
        }
        for at in range(count)
    ]


def fulfil(ctx: Context, order: Node, picks: list[Pick], *, tracking: list[Node], location: str | None = None) -> Node:
    """Send what was picked as one parcel, from the location of the fulfillment orders unless another one is given."""
    sent: dict[str, int] = {}
    taken = []
    for node, chosen in picks:
        left = {}
        for gid, quantity in chosen.items():
            row = work.row_of(node, gid)
            if row is None:
                raise LookupError(f"{node['id']} has no line {gid}.")
            left[gid] = {"remainingQuantity": row["remainingQuantity"] - quantity}
            sent[row["lineItem"]] = sent.get(row["lineItem"], 0) + quantity
            taken.append((node["id"], gid, quantity))
            work.claimed(ctx, row, -quantity)
        work.change_rows(ctx, node, left)
        ctx.update(node, {"status": "IN_PROGRESS" if work.remaining(node) else "CLOSED"})
    rows = [
        {
            "__typename": "FulfillmentLineItem",
            "id": ctx.store.new_id("FulfillmentLineItem"),
            "lineItem": line,
            "quantity": quantity,
        }
        for line, quantity in sent.items()
    ]
    earlier = ctx.value(order, "fulfillments")
    made = ctx.create(
        "Fulfillment",
        {
            "order": order["id"],
            "name": f"{order['name']}-F{len(earlier) + 1}",
            "location": location or picks[0][0]["location"],
            "trackingInfo": tracking,
            "fulfillmentLineItems": rows,
            "fulfillmentOrders": list(dict.fromkeys(node["id"] for node, _ in picks)),
            "taken": taken,
        },
    )
    for node, _ in picks:
        ctx.update(node, {"fulfillments": [*(ctx.value(node, "fulfillments") or []), made["id"]]})
    for gid, quantity in sent.items():
        line = ctx.store.all("LineItem")[gid]
        ctx.update(line, {"fulfilled": line.get("fulfilled", 0) + quantity})
    ctx.update(order, {"fulfillments": [*earlier, made["id"]]})
    work.refresh(ctx, order)
    return made


@mutation("fulfillmentCancel")
def fulfillment_cancel(ctx: Context, args: dict[str, Any]) -> Node:
    """Take a parcel back: its units wait to be sent again."""
    node = ctx.known(args["id"], "Fulfillment", ["id"], "Fulfillment not found.")
    if ctx.value(node, "status") == "CANCELLED":
        return {"fulfillment": node["id"]}
    order = ctx.store.all("Order")[node["order"]]
    for row in node["fulfillmentLineItems"]:
        line = ctx.store.all("LineItem")[row["lineItem"]]
        ctx.update(line, {"fulfilled": line.get("fulfilled", 0) - row["quantity"]})
    _reopen(ctx, order, node)
    ctx.update(node, {"status": "CANCELLED", "displayStatus": "CANCELED"})
    work.refresh(ctx, order)
    if not order.get("cancelledAt"):
        ctx.update(order, {"closedAt": None})
    ctx.record("updated", node)
    return {"fulfillment": node["id"]}


def _reopen(ctx: Context, order: Node, parcel: Node) -> None:
    """Give the units of a parcel back: to their fulfillment order, or to a new one where that is closed."""
    for gid in ctx.value(parcel, "fulfillmentOrders"):
        node = ctx.store.all("FulfillmentOrder")[gid]
        back = {row["id"]: row["totalQuantity"] for row in node["lineItems"]}
        if "taken" in parcel:  # without it the parcel holds all of its fulfillment order, as those of the seed do
            back = {row: quantity for place, row, quantity in parcel["taken"] if place == gid}
        closed, renewed, changes = not work.is_open(ctx, node), [], {}
        for row in node["lineItems"]:
            quantity = back.get(row["id"], 0)
            if quantity:
                work.claimed(ctx, row, quantity)
                changes[row["id"]] = {"remainingQuantity": row["remainingQuantity"] + quantity}
                renewed.append(work.new_row(ctx, row["lineItem"], quantity, row.get("claim")))
        work.change_rows(ctx, node, changes)
        if closed:
            work.open_for(ctx, order, node["location"], renewed)
        elif all(row["remainingQuantity"] == row["totalQuantity"] for row in node["lineItems"]):
            ctx.update(node, {"status": "OPEN"})


@mutation("fulfillmentTrackingInfoUpdate")
def fulfillment_tracking_info_update(ctx: Context, args: dict[str, Any]) -> Node:
    node = ctx.known(args["fulfillmentId"], "Fulfillment", ["fulfillmentId"], "Fulfillment does not exist.")
    ctx.update(node, {"trackingInfo": tracking(args["trackingInfoInput"])})
    ctx.record("updated", node)
    return {"fulfillment": node["id"]}


derived(
    {
        "FulfillmentLineItem.originalTotalSet|originalTotal": lambda ctx, row: (
            ctx.store.all("LineItem")[row["lineItem"]]["unitPrice"] * row["quantity"]
        )
    }
)


@field_rule("FulfillmentLineItem.discountedTotalSet", "FulfillmentLineItem.discountedTotal")
def discounted_total(ctx: Context, row: Node, _args: dict[str, Any]) -> Any:
    line = ctx.store.all("LineItem")[row["lineItem"]]
    return (line["unitPrice"] - line["totalDiscount"] / line["quantity"]) * row["quantity"]
