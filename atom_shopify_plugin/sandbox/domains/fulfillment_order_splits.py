"""Fulfillment orders in parts: split, merged, and due by a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_order_moves as moves
from atom_shopify_plugin.sandbox.domains import fulfillment_orders as work
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import kind, mutation
from atom_shopify_plugin.sandbox.store import Node, number

Path = list[str | int]

kind("FulfillmentOrderSplitResult")
kind("FulfillmentOrderMergeResult")

EMPTY = "There must be at least one item selected in this fulfillment to split it."


def _open_one(ctx: Context, gid: str, state: str) -> Node:
    node = work.known(ctx, gid)
    if node is None:
        raise Refused.one(None, "Fulfillment order does not exist.", "FULFILLMENT_ORDER_NOT_FOUND")
    if ctx.value(node, "status") != "OPEN":
        raise Refused.one(None, f"Fulfillment order: {number(node['id'])} is currently not in a {state} state.")
    return node


def _above_zero(rows: Sequence[Mapping[str, Any]], path: Path, purpose: str) -> None:
    for at, row in enumerate(rows):
        if row["quantity"] < 1:
            message = f"You must select at least one item to {purpose} into a new fulfillment order."
            raise Refused.one([*path, "fulfillmentOrderLineItems", at, "quantity"], message, "GREATER_THAN")


@mutation("fulfillmentOrderSplit")
def split(ctx: Context, args: dict[str, Any]) -> Node:
    """Move units to fulfillment orders of their own; nothing is split when one of the entries is refused."""
    entries = args["fulfillmentOrderSplits"]
    for at, entry in enumerate(entries):
        path: Path = ["fulfillmentOrderSplits", at]
        if not entry["fulfillmentOrderLineItems"]:
            raise Refused.one([*path, "fulfillmentOrderLineItems"], EMPTY, "NO_LINE_ITEMS_PROVIDED_TO_SPLIT")
        _above_zero(entry["fulfillmentOrderLineItems"], path, "split")
    made = [_parted(ctx, entry) for entry in entries]
    return {"fulfillmentOrderSplits": made}


def _parted(ctx: Context, entry: Mapping[str, Any]) -> Node:
    node = _open_one(ctx, entry["fulfillmentOrderId"], "splittable")
    given = entry["fulfillmentOrderLineItems"]
    order = ctx.store.all("Order")[node["order"]]
    rest = moves.split_off(ctx, order, node, moves.units_of(node, given, None), node["location"])
    if rest is None:
        raise Refused.one(None, "Invalid fulfillment order line item quantity requested.")
    step = [{"id": row["id"], "quantity": row["quantity"]} for row in given]
    ctx.update(rest, {"fulfillBy": node.get("fulfillBy"), "split": {"original": node["id"], "units": step}})
    return {
        "__typename": "FulfillmentOrderSplitResult",
        "fulfillmentOrder": node["id"],
        "remainingFulfillmentOrder": rest["id"],
        "replacementFulfillmentOrder": None,
    }


@mutation("fulfillmentOrderMerge")
def merge(ctx: Context, args: dict[str, Any]) -> Node:
    """Bring units of fulfillment orders of one order and place to the first of them."""
    groups = [group["mergeIntents"] for group in args["fulfillmentOrderMergeInputs"]]
    for at, group in enumerate(groups):
        for to, one in enumerate(group):
            path: Path = ["fulfillmentOrderMergeInputs", at, "mergeIntents", to]
            _above_zero(one.get("fulfillmentOrderLineItems") or [], path, "merge")
    return {"fulfillmentOrderMerges": [_merged(ctx, group) for group in groups if group]}


def _merged(ctx: Context, group: Sequence[Mapping[str, Any]]) -> Node:
    target, *others = [_open_one(ctx, one["fulfillmentOrderId"], "mergeable") for one in group]
    if any((one["order"], one["location"]) != (target["order"], target["location"]) for one in others):
        raise Refused.one(None, "Fulfillment orders must belong to the same order and location to be merged.")
    step = []
    for one, node in zip(group, [target, *others], strict=True):
        units = moves.units_of(node, one.get("fulfillmentOrderLineItems"), None)
        step.append({"fulfillment_order_id": number(node["id"]), "fulfillment_order_line_items": _numbered(units)})
        if node is not target:
            moves.merge(ctx, target, node, units)
    ctx.update(target, {"merged": step})
    return {"__typename": "FulfillmentOrderMergeResult", "fulfillmentOrder": target["id"]}


def _numbered(units: Mapping[str, int]) -> list[dict[str, int]]:
    return [{"id": number(gid), "quantity": quantity} for gid, quantity in units.items()]


@mutation("fulfillmentOrdersSetFulfillmentDeadline")
def set_deadline(ctx: Context, args: dict[str, Any]) -> Node:
    nodes = [work.known(ctx, gid) for gid in args["fulfillmentOrderIds"]]
    if None in nodes:
        raise Refused.one(None, "Fulfillment orders could not be found.", success=False)
    for node in nodes:
        if node is not None:
            ctx.update(node, {"fulfillBy": args["fulfillmentDeadline"]})
    return {"success": True}
