"""orderCancel: asynchronous, answered by a job that later requests advance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_orders
from atom_shopify_plugin.sandbox.domains.orders import add_transaction, received, refunded, settle
from atom_shopify_plugin.sandbox.domains.refund_parts import line_row, numbered
from atom_shopify_plugin.sandbox.domains.shared import new_job
from atom_shopify_plugin.sandbox.mutations import summary
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node, Pending

__all__ = ["TICKS"]

# Requests that reach the store before the work is done: the first look at the job still says "not done".
TICKS = 2
LONGEST_NOTE = 255


@mutation("orderCancel")
def order_cancel(ctx: Context, args: dict[str, Any]) -> Node:
    """Promise the cancellation; refunds and restocking happen with it."""
    method = args.get("refundMethod") or {}
    if args.get("refund") is not None and args.get("refundMethod") is not None:
        message = "Only one of the arguments `refund` or `refund_method` is allowed."
        raise Refused.one(["refund"], message, "INVALID")
    if len(args.get("staffNote") or "") > LONGEST_NOTE:
        message = f"Staff note is too long. Maximum length is {LONGEST_NOTE} characters."
        raise Refused.one(["staffNote"], message, "INVALID")
    order = ctx.known(args["orderId"], "Order", ["orderId"], "Order does not exist", "NOT_FOUND")
    if order.get("cancelling"):
        raise Refused.one(None, "Cancellation is already in progress")
    if order.get("cancelledAt"):
        raise Refused.one(["orderId"], "Cannot cancel an order that has already been canceled", "INVALID")
    sent = [ctx.store.all("Fulfillment")[gid] for gid in ctx.value(order, "fulfillments")]
    # Seen on live stores: what nobody has paid for can be canceled even after it was sent.
    if received(ctx, order) > 0 and any(ctx.value(parcel, "status") != "CANCELLED" for parcel in sent):
        raise Refused.one(["orderId"], "Cannot cancel an order that has outstanding fulfillments", "INVALID")
    if method.get("storeCreditRefund") is not None:
        raise not_modelled("A refund to store credit")
    job = new_job(ctx)
    order["cancelling"] = True
    wish = {
        "refund": bool(args.get("refund") or method.get("originalPaymentMethodsRefund")),
        "restock": args["restock"],
        "reason": args["reason"],
        "note": args.get("staffNote"),
    }
    arguments = summary(args)

    def run(later: Context) -> None:
        later.arguments = arguments
        _cancel(later, order["id"], wish)
        later.update(job, {"done": True})
        later.arguments = {}

    ctx.store.pending.append(Pending(job["id"], TICKS, run))
    return {"job": job["id"]}


def _cancel(ctx: Context, gid: str, wish: dict[str, Any]) -> None:
    order = ctx.store.get(gid)
    if order is None:
        return
    paid = received(ctx, order) - refunded(ctx, order)
    ctx.update(
        order,
        {
            "cancelledAt": ctx.stamp,
            "closedAt": ctx.stamp,
            "cancelReason": wish["reason"],
            "cancellation": {"staffNote": wish["note"]},
            "currentTotal": order["total"] * 0,
            "cancelling": False,
        },
    )
    lines = [ctx.store.all("LineItem")[line] for line in order["lineItems"]]
    if wish["refund"] and paid > 0:
        _refund(ctx, order, lines, paid, restocked=wish["restock"])
    fulfillment_orders.release(ctx, fulfillment_orders.of_order(ctx, order), restock=wish["restock"])
    for line in lines:
        ctx.update(line, {"currentQuantity": 0, "removed": line["quantity"] - line.get("fulfilled", 0)})
    settle(ctx, order)
    ctx.record("updated", order, operation="orderCancel")


def _refund(ctx: Context, order: Node, lines: list[Node], amount: Decimal, *, restocked: bool) -> None:
    first = next(
        (gid for gid in order["transactions"] if ctx.store.all("OrderTransaction")[gid]["kind"] in ("SALE", "CAPTURE")),
        None,
    )
    gateway = ctx.store.all("OrderTransaction")[first]["gateway"] if first else "manual"
    transaction = add_transaction(ctx, order, "REFUND", amount, parentTransaction=first, gateway=gateway)
    how = "CANCEL" if restocked else "NO_RESTOCK"
    rows = [line_row(order, line, line["currentQuantity"], how) for line in lines if line["currentQuantity"]]
    values = {
        "order": order["id"],
        "total": amount,
        "refundLineItems": numbered(ctx, rows),
        "transactions": [transaction["id"]],
    }
    refund = ctx.create("Refund", {**values, "processedAt": ctx.stamp})
    ctx.update(order, {"refunds": [*ctx.value(order, "refunds"), refund["id"]]})
