"""Requests that merchants send to fulfillment services: submitted, accepted, rejected.

Only what is at the location of a fulfillment service can be requested. A request leaves the status as it is until the
service accepts it (shopify.dev, `FulfillmentOrderRequestStatus` and "Build for fulfillment services").
"""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_order_moves as moves
from atom_shopify_plugin.sandbox.domains import fulfillment_orders as work
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import kind, mutation
from atom_shopify_plugin.sandbox.store import Node

kind(
    "FulfillmentOrderMerchantRequest",
    {"fulfillmentOrder": None, "kind": "FULFILLMENT_REQUEST"},
    fields="message requestOptions responseData sentAt",
)


@mutation("fulfillmentOrderSubmitFulfillmentRequest")
def submit(ctx: Context, args: dict[str, Any]) -> Node:
    """Ask the service to send a fulfillment order, or units of it: the others get a fulfillment order of their own."""
    node, order = moves.known(ctx, args["id"])
    if not work.is_served(ctx, node):
        raise Refused.one(["id"], "Fulfillment order is not assigned to a fulfillment service.")
    if ctx.value(node, "status") != "OPEN" or ctx.value(node, "requestStatus") not in ("UNSUBMITTED", "REJECTED"):
        raise Refused.one(None, "Fulfillment order is not in submittable request state and can't be submitted.")
    chosen = moves.units_of(node, args.get("fulfillmentOrderLineItems"), None)
    others = {row["id"]: row["remainingQuantity"] - chosen.get(row["id"], 0) for row in node["lineItems"]}
    rest = moves.split_off(ctx, order, node, others, node["location"]) if any(others.values()) else None
    request = {
        "__typename": "FulfillmentOrderMerchantRequest",
        "id": ctx.store.new_id("FulfillmentOrderMerchantRequest"),
        "fulfillmentOrder": node["id"],
        "message": args.get("message"),
        "requestOptions": {"notify_customer": bool(args.get("notifyCustomer"))},
        "responseData": None,
        "sentAt": ctx.stamp,
    }
    requests = [*ctx.value(node, "merchantRequests"), request]
    ctx.update(node, {"requestStatus": "SUBMITTED", "merchantRequests": requests, "rest": rest["id"] if rest else None})
    moves.done(ctx, node, order)
    return {
        "originalFulfillmentOrder": node["id"],
        "submittedFulfillmentOrder": node["id"],
        "unsubmittedFulfillmentOrder": rest["id"] if rest else None,
    }


@mutation("fulfillmentOrderAcceptFulfillmentRequest")
def accept(ctx: Context, args: dict[str, Any]) -> Node:
    return _answered(ctx, args, "ACCEPTED", "IN_PROGRESS", {"estimated_shipped_at": args.get("estimatedShippedAt")})


@mutation("fulfillmentOrderRejectFulfillmentRequest")
def reject(ctx: Context, args: dict[str, Any]) -> Node:
    if args.get("lineItems"):
        raise not_modelled("Rejecting single lines of a fulfillment request")
    return _answered(ctx, args, "REJECTED", "OPEN", {"reason": (args.get("reason") or "OTHER").lower()})


def _answered(ctx: Context, args: dict[str, Any], answer: str, status: str, data: Node) -> Node:
    node, order = moves.known(ctx, args["id"])
    if ctx.value(node, "requestStatus") != "SUBMITTED":
        verb = "accepted" if answer == "ACCEPTED" else "rejected"
        raise Refused.one(None, f"Fulfillment request is not in submitted state and can't be {verb}.")
    *earlier, request = ctx.value(node, "merchantRequests")
    said = {"message": args.get("message"), **data}
    requests = [*earlier, {**request, "responseData": said}]
    ctx.update(node, {"requestStatus": answer, "status": status, "merchantRequests": requests})
    moves.done(ctx, node, order)
    return {"fulfillmentOrder": node["id"]}
