"""What orders are searched by, beside the fields that have the names of Shopify's table."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.order_fields import quantity_of_lines, requires_shipping, total_weight
from atom_shopify_plugin.sandbox.domains.orders import customer_name
from atom_shopify_plugin.sandbox.registry import Filter, filters
from atom_shopify_plugin.sandbox.store import Node, number

FINANCIAL = frozenset({
    "authorized", "expired", "paid", "partially_paid", "partially_refunded", "pending", "refunded", "unpaid", "voided",
})  # fmt: skip
FULFILLMENT = frozenset({
    "fulfilled", "in_progress", "on_hold", "partial", "request_declined", "scheduled", "shipped", "unfulfilled",
    "unshipped",
})  # fmt: skip
CHARGEBACK = frozenset({"accepted", "charge_refunded", "lost", "needs_response", "under_review", "won"})
DELIVERY = frozenset({"shipping", "pick-up", "retail", "local", "pickup-point", "none"})
# Names of the search syntax that differ from the enum's.
FULFILLMENT_NAMES = {
    "PARTIALLY_FULFILLED": ["partial"],
    "FULFILLED": ["fulfilled", "shipped"],
    "UNFULFILLED": ["unfulfilled", "unshipped"],
}


def _names(_ctx: Context, order: Node) -> list[str]:
    return [order["name"], order["name"].removeprefix("#")]


def _by_name(ctx: Context, name: str) -> list[Node]:
    """Return the orders whose name begins with a text, with or without its sign: 1001 also finds #10010."""

    def make() -> list[tuple[str, str]]:
        nodes = ctx.store.all("Order").values()
        return sorted((text.casefold(), node["id"]) for node in nodes for text in dict.fromkeys(_names(ctx, node)))

    rows: list[tuple[str, str]] = ctx.store.memoised(("Order", "names"), ["Order"], make)
    wanted, orders, found = name.strip().casefold(), ctx.store.all("Order"), {}
    for text, gid in rows[bisect_left(rows, (wanted, "")) :]:
        if not text.startswith(wanted):
            break
        found[gid] = orders[gid]
    return list(found.values())


def _status(_ctx: Context, order: Node) -> list[str]:
    if order.get("cancelledAt"):
        return ["cancelled", "not_closed"]
    return ["closed"] if order.get("closedAt") else ["open", "not_closed"]


def _financial(_ctx: Context, order: Node) -> list[str]:
    name = order["displayFinancialStatus"]
    if name is None:
        return []
    return [name, "UNPAID"] if name in ("PENDING", "AUTHORIZED", "PARTIALLY_PAID") else [name]


def _fulfillment(_ctx: Context, order: Node) -> list[str]:
    return FULFILLMENT_NAMES.get(order["displayFulfillmentStatus"], [order["displayFulfillmentStatus"]])


def _locations(_ctx: Context, order: Node) -> list[int]:
    return [number(gid) for name in ("retailLocation", "physicalLocation") if (gid := order.get(name))]


def _risks(ctx: Context, order: Node) -> list[Any]:
    return [assessment.get("riskLevel") for assessment in ctx.value(order, "risk")["assessments"]]


def _card_endings(ctx: Context, order: Node) -> list[str]:
    rows = [ctx.store.all("OrderTransaction")[gid] for gid in order["transactions"]]
    return [text[-4:] for row in rows if (text := row.get("accountNumber"))]


filters(
    "Order",
    {
        "name": Filter("prefix", _names, lookup=_by_name),
        "status": Filter("enum", _status, frozenset({"open", "closed", "cancelled", "not_closed"})),
        "financial_status": Filter("enum", _financial, FINANCIAL),
        "fulfillment_status": Filter("enum", _fulfillment, FULFILLMENT),
        # There are no disputes, pick-ups and assessments of risk in the sandbox, so that no order has them.
        "chargeback_status": Filter("enum", lambda _ctx, _order: [], CHARGEBACK),
        "delivery_method": Filter(
            "enum", lambda ctx, order: "shipping" if requires_shipping(ctx, order, {}) else "none", DELIVERY
        ),
        "risk_level": Filter("enum", _risks, frozenset({"high", "medium", "low"})),
        "sku": "exact lineItems.sku",
        "customer_id": "id customer",
        "current_total_price": "number currentTotal",
        "subtotal_line_items_quantity": Filter("number", lambda ctx, order: quantity_of_lines(ctx, order, {})),
        "total_weight": Filter("weight", lambda ctx, order: total_weight(ctx, order, {})),
        "gateway": "exact transactions.gateway",
        "payment_id": "exact transactions.paymentId",
        "credit_card_last4": Filter("exact", _card_endings),
        "fulfillment_location_id": "id fulfillments.location",
        "location_id": Filter("id", _locations),
        "customer_name": Filter("text", customer_name),
    },
)
