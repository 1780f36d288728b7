"""orderDelete: only orders that were not paid online; what hangs on them goes with them."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_orders
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

# Gateways that charge a buyer online. Shopify deletes orders that were paid by hand, tests and what apps imported
# (help.shopify.com, "Delete an order").
ONLINE = frozenset({"shopify_payments", "shop_pay", "paypal", "amazon_payments", "apple_pay", "google_pay", "klarna"})
PARTS = {
    "lineItems": "LineItem",
    "transactions": "OrderTransaction",
    "fulfillments": "Fulfillment",
    "refunds": "Refund",
}


@mutation("orderDelete")
def order_delete(ctx: Context, args: dict[str, Any]) -> Node:
    order = ctx.known(args["orderId"], "Order", ["orderId"], "Order does not exist", "NOT_FOUND")
    if not _may_go(ctx, order):
        raise Refused.one(["orderId"], "Order can't be deleted because it was paid online", "INVALID")
    work = list(fulfillment_orders.of_order(ctx, order))
    fulfillment_orders.release(ctx, work, restock=True)
    for node in (
        *work,
        *_of(ctx, order, "Return"),
        *_of(ctx, order, "ReverseFulfillmentOrder"),
        *_of(ctx, order, "CalculatedOrder"),
    ):
        ctx.delete(node)
    for field, kind in PARTS.items():
        for gid in ctx.value(order, field):
            ctx.delete(ctx.store.all(kind)[gid])
    drop_metafields(ctx, order)
    ctx.delete(order)
    ctx.record("deleted", order)
    return {"deletedId": order["id"]}


def _of(ctx: Context, order: Node, kind: str) -> list[Node]:
    return ctx.store.find(kind, "order", order["id"])


def _may_go(ctx: Context, order: Node) -> bool:
    if ctx.value(order, "test") or order.get("cancelledAt"):
        return True
    rows = [ctx.store.all("OrderTransaction")[gid] for gid in order["transactions"]]
    return not any(row["status"] == "SUCCESS" and row["gateway"] in ONLINE and not row.get("test") for row in rows)
