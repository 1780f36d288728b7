"""What happens to fulfillment orders before they are sent: holds, other locations, progress, cancellation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_orders as work
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.refusals import Refused, fault
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

HOLD_ROWS = ["fulfillmentHold", "fulfillmentOrderLineItems"]
IN_USE = (
    "The handle provided for the fulfillment hold is already in use by this app for another hold on this fulfillment "
    "order."
)
TOO_MANY = (
    "The maximum number of fulfillment holds for this fulfillment order has been reached for this app. "
    f"An app can only have up to {work.MOST_HOLDS} holds on a single fulfillment order at any one time."
)
IN_PROGRESS = (
    "Cannot move a fulfillment order that has had progress reported. To move a fulfillment order that has had progress "
    "reported, the fulfillment order must first be marked as open resolving the ongoing progress state."
)


def known(ctx: Context, gid: str) -> tuple[Node, Node]:
    node = work.known(ctx, gid)
    if node is None:
        raise fault(f"Invalid id: {gid}", "RESOURCE_NOT_FOUND")  # seen; no user error
    return node, ctx.store.all("Order")[node["order"]]


def done(ctx: Context, node: Node, order: Node) -> None:
    work.refresh(ctx, order)
    ctx.record("updated", node)


def units_of(
    node: Node, entries: Sequence[Mapping[str, Any]] | None, code: str | None = "INVALID_LINE_ITEM_QUANTITY"
) -> dict[str, int]:
    """Return the units that are named, by the lines' ids; all units where nothing is named."""
    chosen = {entry["id"]: entry["quantity"] for entry in entries or ()}
    for gid, quantity in chosen.items():
        row = work.row_of(node, gid)
        if row is None:
            raise Refused.one(None, "Fulfillment order line item does not exist.")
        if not 0 < quantity <= row["remainingQuantity"]:
            raise Refused.one(None, "Invalid fulfillment order line item quantity requested.", code)
    return chosen or {row["id"]: row["remainingQuantity"] for row in node["lineItems"]}


def split_off(ctx: Context, order: Node, node: Node, chosen: Mapping[str, int], location: str) -> Node | None:
    """Move units to a new fulfillment order and return it; None where all units are chosen."""
    rows = [row for row in node["lineItems"] if chosen.get(row["id"])]
    if all(chosen.get(row["id"], 0) == row["remainingQuantity"] for row in node["lineItems"]):
        return None
    parts = [work.new_row(ctx, row["lineItem"], chosen[row["id"]], row.get("claim")) for row in rows]
    kept = []
    for row in node["lineItems"]:
        units = chosen.get(row["id"], 0)
        if row["totalQuantity"] > units:
            less = {name: row[name] - units for name in ("totalQuantity", "remainingQuantity")}
            kept.append({**row, **less})
    ctx.update(node, {"lineItems": kept})
    return work.open_for(ctx, order, location, parts)


@mutation("fulfillmentOrderHold")
def hold(ctx: Context, args: dict[str, Any]) -> Node:
    node, order = known(ctx, args["id"])
    given = args["fulfillmentHold"]
    holds = ctx.value(node, "fulfillmentHolds")
    entries = given.get("fulfillmentOrderLineItems") or []
    handle = given.get("handle") or ""
    if len({entry["id"] for entry in entries}) < len(entries):
        message = "must contain unique line item ids"
        raise Refused.one(HOLD_ROWS, message, "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS")
    for at, entry in enumerate(entries):
        if entry["quantity"] < 1:
            message = "You must select at least one item to place on partial hold."
            raise Refused.one([*HOLD_ROWS, at, "quantity"], message, "GREATER_THAN_ZERO")
    if entries and holds:
        message = "The fulfillment order is not in a splittable state."
        raise Refused.one(HOLD_ROWS, message, "FULFILLMENT_ORDER_NOT_SPLITTABLE")
    if len(holds) >= work.MOST_HOLDS:
        raise Refused.one(["id"], TOO_MANY, "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
    if any(one["handle"] == handle for one in holds):
        raise Refused.one(["fulfillmentHold", "handle"], IN_USE, "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
    if not work.is_open(ctx, node):
        raise Refused.one(["id"], "Fulfillment order can't be placed on hold.", "TAKEN")
    chosen = units_of(node, entries)
    others = {row["id"]: row["remainingQuantity"] - chosen.get(row["id"], 0) for row in node["lineItems"]}
    rest = split_off(ctx, order, node, others, node["location"]) if any(others.values()) else None
    held = {
        "__typename": "FulfillmentHold",
        "id": ctx.store.new_id("FulfillmentHold"),
        "reason": given["reason"],
        "reasonNotes": given.get("reasonNotes"),
        "handle": handle,
        "rest": rest["id"] if rest else None,
    }
    ctx.update(node, {"status": "ON_HOLD", "fulfillmentHolds": [*holds, held]})
    done(ctx, node, order)
    return {
        "fulfillmentHold": held,
        "fulfillmentOrder": node["id"],
        "remainingFulfillmentOrder": rest["id"] if rest else None,
    }


@mutation("fulfillmentOrderReleaseHold")
def release_hold(ctx: Context, args: dict[str, Any]) -> Node:
    """Lift holds, all of them where none is named; what a hold split off comes back with the last one."""
    node, order = known(ctx, args["id"])
    wanted, holds = args.get("holdIds"), ctx.value(node, "fulfillmentHolds")
    kept = [one for one in holds if wanted and one["id"] not in wanted]
    ctx.update(node, {"fulfillmentHolds": kept})
    if holds and not kept:
        ctx.update(node, {"status": "OPEN"})
        for one in holds:
            _join(ctx, node, ctx.store.get(one.get("rest")))
    done(ctx, node, order)
    return {"fulfillmentOrder": node["id"]}


def _join(ctx: Context, node: Node, rest: Node | None) -> None:
    """Bring back what was split off, as long as nothing else became of it."""
    if rest is not None and ctx.value(rest, "status") == "OPEN" and rest["location"] == node["location"]:
        merge(ctx, node, rest, units_of(rest, None))


def merge(ctx: Context, node: Node, other: Node, chosen: Mapping[str, int]) -> None:
    """Bring units of another fulfillment order here; close the other one when it has none left."""
    rows = {row["lineItem"]: dict(row) for row in node["lineItems"]}
    left = []
    for row in other["lineItems"]:
        units = chosen.get(row["id"], 0)
        if units:
            mine = rows.setdefault(row["lineItem"], {**row, "totalQuantity": 0, "remainingQuantity": 0})
            mine.update({name: mine[name] + units for name in ("totalQuantity", "remainingQuantity")})
        left.append({**row, **{name: row[name] - units for name in ("totalQuantity", "remainingQuantity")}})
    ctx.update(node, {"lineItems": list(rows.values())})
    kept = [row for row in left if row["totalQuantity"]]
    ctx.update(other, {"lineItems": kept} if kept else {"status": "CLOSED", "lineItems": left})


@mutation("fulfillmentOrderMove")
def move(ctx: Context, args: dict[str, Any]) -> Node:
    node, order = known(ctx, args["id"])
    location = ctx.known(args["newLocationId"], "Location", ["id"], "Location not found.")
    status = ctx.value(node, "status")
    if status == "IN_PROGRESS":
        raise Refused.one(["id"], IN_PROGRESS, "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS")
    if not work.is_open(ctx, node):
        raise Refused.one(None, "Cannot change location.")
    requested = args.get("fulfillmentOrderLineItems") or []
    step = {"original": node["id"], "source": node["location"], "requested": requested}
    moved = split_off(ctx, order, node, units_of(node, requested), location["id"])
    target = moved or node
    rows = [{**row, "claim": _moved_claim(ctx, row, location["id"])} for row in target["lineItems"]]
    ctx.update(target, {"location": location["id"], "lineItems": rows, "moved": step})
    done(ctx, target, order)
    return {
        "movedFulfillmentOrder": target["id"],
        "originalFulfillmentOrder": node["id"],
        "remainingFulfillmentOrder": node["id"] if moved else None,
    }


def _moved_claim(ctx: Context, row: Node, location: str) -> str | None:
    """Let a line hold stock of another location instead of its own; return the level there."""
    level = ctx.store.get(row.get("claim"))
    if level is None:
        return None
    other = inventory.level_at(ctx, level["item"], location) or inventory.open_level(ctx, level["item"], location)
    units = row["remainingQuantity"]
    for one, sign in ((level, 1), (other, -1)):
        inventory.shift(ctx, one, "available", sign * units)
        inventory.shift(ctx, one, "committed", -sign * units)
    return str(other["id"])


@mutation("fulfillmentOrderCancel")
def cancel(ctx: Context, args: dict[str, Any]) -> Node:
    """Close a fulfillment order and open another one for the same lines."""
    node, order = known(ctx, args["id"])
    status = ctx.value(node, "status")
    if status == "IN_PROGRESS":
        message = "Cannot cancel fulfillment order that has had progress reported. Mark as unfulfilled first."
        raise Refused.one(["id"], message)
    if status != "OPEN":
        message = "Fulfillment order is not in cancelable request state and can't be canceled."
        raise Refused.one(None, message)
    rows = [work.new_row(ctx, row["lineItem"], row["remainingQuantity"], row.get("claim")) for row in node["lineItems"]]
    other = work.open_for(ctx, order, node["location"], rows)
    ctx.update(node, {"status": "CLOSED", "lineItems": [], "replacement": other["id"]})
    done(ctx, node, order)
    return {"fulfillmentOrder": node["id"], "replacementFulfillmentOrder": other["id"]}


@mutation("fulfillmentOrderReportProgress")
def report_progress(ctx: Context, args: dict[str, Any]) -> Node:
    node, order = known(ctx, args["id"])
    status = ctx.value(node, "status")
    if status not in ("OPEN", "IN_PROGRESS"):
        raise Refused.one(None, "Cannot report progress on a fulfillment order in this state.")
    notes = (args.get("progressReport") or {}).get("reasonNotes")
    ctx.update(node, {"status": "IN_PROGRESS", "progress": {"notes": notes, "before": status}})
    done(ctx, node, order)
    return {"fulfillmentOrder": node["id"]}


@mutation("fulfillmentOrderOpen")
def mark_as_open(ctx: Context, args: dict[str, Any]) -> Node:
    node, order = known(ctx, args["id"])
    status = ctx.value(node, "status")
    if status not in ("IN_PROGRESS", "SCHEDULED"):
        raise Refused.one(None, f"Expected fulfillment order status to be valid but it was {status.lower()}.")
    ctx.update(node, {"status": "OPEN", **({"progress": None} if node.get("progress") else {})})
    done(ctx, node, order)
    return {"fulfillmentOrder": node["id"]}
