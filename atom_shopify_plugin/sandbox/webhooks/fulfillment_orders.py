"""What is told of fulfillment orders: routing, holds, other locations, parts, progress and cancellation.

Unlike other payloads these name resources by their gid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.store import Change, Node
from atom_shopify_plugin.sandbox.webhooks.payloads import Json, lower

__all__ = ["events"]

Payload = Callable[[Context, Node], Json]


def events(change: Change) -> Iterator[tuple[str, Payload]]:
    """Yield the topics of a change of a fulfillment order, each with its payload."""
    node, former = change.node, change.former
    if change.action == "created" and node.get("routed"):
        yield "fulfillment_orders/order_routing_complete", _alone
    if node.get("moved") and (change.action == "created" or "moved" in former):
        yield "fulfillment_orders/moved", _moved
    if node.get("split") and change.action == "created":
        yield "fulfillment_orders/split", _split
    if change.action != "updated":
        return
    if former.get("status") is not None:
        yield from _other_status(former["status"], node["status"])
    if "fulfillmentHolds" in former:
        before, now = _holds(former["fulfillmentHolds"]), _holds(node["fulfillmentHolds"])
        for topic, ones, others in (("added", now, before), ("released", before, now)):
            for gid, one in ones.items():
                if gid not in others:
                    yield f"fulfillment_holds/{topic}", partial(_hold, hold=one)
    if "requestStatus" in former:
        yield from _requested(node["requestStatus"])
    if "progress" in former:
        if node["progress"]:
            yield "fulfillment_orders/progress_reported", _progress
        else:
            yield "fulfillment_orders/manually_reported_progress_stopped", _alone
    if "merged" in former:
        yield "fulfillment_orders/merged", _merged
    if "replacement" in former:
        yield "fulfillment_orders/cancelled", _cancelled


def _other_status(before: object, now: object) -> Iterator[tuple[str, Payload]]:
    """Say that a fulfillment order is held or no longer held: with the first of its holds, and with the last."""
    if now == "ON_HOLD" and before != now:
        yield "fulfillment_orders/placed_on_hold", _held
    elif before == "ON_HOLD" and now == "OPEN":
        yield "fulfillment_orders/hold_released", _alone


def _requested(now: str) -> Iterator[tuple[str, Payload]]:
    if now == "SUBMITTED":
        yield "fulfillment_orders/fulfillment_request_submitted", _submitted
    elif now in ("ACCEPTED", "REJECTED"):
        yield f"fulfillment_orders/fulfillment_request_{now.lower()}", _answered


def _request(ctx: Context, node: Node) -> Json:
    return {**_named(ctx, node), "request_status": lower(ctx.value(node, "requestStatus"))}


def _submitted(ctx: Context, node: Node) -> Json:
    rest, sent = ctx.store.get(node.get("rest")), node["merchantRequests"][-1]
    return {
        "original_fulfillment_order": _request(ctx, node),
        "submitted_fulfillment_order": _request(ctx, node),
        **({"unsubmitted_fulfillment_order": _request(ctx, rest)} if rest else {}),
        "fulfillment_order_merchant_request": {"id": sent["id"], "message": sent["message"]},
    }


def _answered(ctx: Context, node: Node) -> Json:
    answer = node["merchantRequests"][-1]["responseData"]
    return {"fulfillment_order": _request(ctx, node), "message": answer["message"]}


def _holds(value: object) -> dict[str, Mapping[str, Any]]:
    return {one["id"]: one for one in value} if isinstance(value, list) else {}


def _named(ctx: Context, node: Node, location: object = None) -> Json:
    named: Json = {"id": node["id"], "status": lower(ctx.value(node, "status"))}
    return {**named, "assigned_location_id": location} if location else named


def _alone(ctx: Context, node: Node) -> Json:
    return {"fulfillment_order": _named(ctx, node)}


def _told(hold: Mapping[str, Any]) -> Json:
    return {
        "id": hold["id"],
        "reason": lower(hold["reason"]),
        "reason_notes": hold["reasonNotes"],
        "held_by_requesting_app": True,
        "handle": hold["handle"] or None,
    }


def _hold(_ctx: Context, node: Node, *, hold: Mapping[str, Any]) -> Json:
    return {"fulfillment_order": {"id": node["id"]}, "fulfillment_hold": _told(hold)}


def _held(ctx: Context, node: Node) -> Json:
    holds = ctx.value(node, "fulfillmentHolds")
    rest = ctx.store.get(holds[-1].get("rest"))
    return {
        "fulfillment_order": {**_named(ctx, node), "fulfillment_holds": [_told(one) for one in holds]},
        "remaining_fulfillment_order": _named(ctx, rest) if rest else None,
        "held_fulfillment_order_line_items": [
            {"id": row["id"], "quantity": row["remainingQuantity"]} for row in node["lineItems"]
        ],
        "created_fulfillment_hold": _told(holds[-1]),
    }


def _moved(ctx: Context, node: Node) -> Json:
    step = node["moved"]
    original = ctx.store.get(step["original"]) or node
    return {
        "original_fulfillment_order": _named(ctx, original, original["location"]),
        "moved_fulfillment_order": _named(ctx, node, node["location"]),
        "destination_location_id": node["location"],
        "fulfillment_order_line_items_requested": step["requested"],
        "source_location": {"id": step["source"]},
    }


def _split(ctx: Context, node: Node) -> Json:
    original = ctx.store.get(node["split"]["original"]) or node
    return {
        "split_line_items": node["split"]["units"],
        **_alone(ctx, original),
        "remaining_fulfillment_order": _named(ctx, node),
        "replacement_fulfillment_order": None,
    }


def _merged(ctx: Context, node: Node) -> Json:
    return {"merge_intents": node["merged"], "fulfillment_order_merges": _alone(ctx, node)}


def _progress(ctx: Context, node: Node) -> Json:
    step = node["progress"]
    return {
        **_alone(ctx, node),
        "progress_report": {"reason_notes": step["notes"]},
        "initial_status": lower(step["before"]),
    }


def _cancelled(ctx: Context, node: Node) -> Json:
    other = ctx.store.get(node["replacement"])
    return {**_alone(ctx, node), "replacement_fulfillment_order": _named(ctx, other) if other else None}
