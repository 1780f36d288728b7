"""Order.suggestedRefund: what a refund of some lines and shipping would pay back, and by which payments."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.amounts import in_currencies
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.orders import received, refunded
from atom_shopify_plugin.sandbox.domains.refund_parts import PAYING, part_of, shipping_left
from atom_shopify_plugin.sandbox.refusals import Refused, bad_request, not_modelled
from atom_shopify_plugin.sandbox.registry import field_rule
from atom_shopify_plugin.sandbox.store import Node


@field_rule("Order.suggestedRefund")
def suggested_refund(ctx: Context, order: Node, args: dict[str, Any]) -> Node:
    """Say what a refund of these lines and this shipping would pay back; no more than what was paid."""
    if args.get("refundDuties"):
        raise not_modelled("The argument refundDuties of Order.suggestedRefund")
    entries = args.get("refundLineItems") or []
    shipping: dict[str, Any] = {"fullRefund": True} if args.get("refundShipping") else {}
    if args.get("shippingAmount") is not None:
        shipping = {"amount": args["shippingAmount"]}
    if args.get("suggestFullRefund"):
        lines = [ctx.store.all("LineItem")[gid] for gid in order["lineItems"]]
        entries = [
            {"lineItemId": one["id"], "quantity": one["currentQuantity"]} for one in lines if one["currentQuantity"]
        ]
        shipping = {"fullRefund": True}
    try:
        part = part_of(ctx, order, entries, shipping)
    except Refused as refusal:
        raise bad_request(refusal.errors[0].message) from None
    most = received(ctx, order) - refunded(ctx, order)
    amount = min(part.worth, most)
    subtotal = sum((row["price"] * row["quantity"] for row in part.lines), Decimal(0))
    discounted = sum((row["subtotal"] for row in part.lines), Decimal(0))
    taxes = sum((row["tax"] for row in part.lines + part.shipping), Decimal(0))
    posted = sum((row["subtotal"] for row in part.shipping), Decimal(0))
    return {
        "__typename": "SuggestedRefund",
        "refundDuties": [],
        "refundLineItems": part.lines,
        "shipping": _bags(order, {
            "amount": posted,
            "maximumRefundable": sum((left for _, left in shipping_left(ctx, order)), Decimal(0)),
            "tax": sum((row["tax"] for row in part.shipping), Decimal(0)),
        }),
        "suggestedTransactions": _suggested_transactions(ctx, order, amount),
        **_bags(order, {
            "amount": amount, "maximumRefundable": most, "subtotal": subtotal, "discountedSubtotal": discounted,
            "totalCartDiscountAmount": subtotal - discounted, "totalDuties": Decimal(0), "totalTax": taxes,
            "totalTaxes": taxes,
        }),
    }  # fmt: skip


def _bags(order: Node, amounts: Mapping[str, Decimal]) -> Node:
    """Return each amount in both currencies under its name and, for the fields that are spelled so, with ``Set``."""
    bags = {name: in_currencies(amount, order.get("currencies")) for name, amount in amounts.items()}
    return {**bags, **{f"{name}Set": amount for name, amount in bags.items()}}


def _suggested_transactions(ctx: Context, order: Node, amount: Decimal) -> list[Node]:
    """Spread an amount over the payments, the first one first."""
    rows = [ctx.store.all("OrderTransaction")[gid] for gid in order["transactions"]]
    suggested = []
    for parent in rows:
        if parent["kind"] not in PAYING or parent["status"] != "SUCCESS":
            continue
        back = sum((row["amount"] for row in rows if row.get("parentTransaction") == parent["id"]), Decimal(0))
        left = parent["amount"] - back
        share = min(amount, left)
        if share > 0:
            amount -= share
            money = _bags(order, {"amount": share, "maximumRefundable": left})
            names = {"gateway": parent["gateway"], "parentTransaction": parent["id"], "accountNumber": None}
            title = str(parent["gateway"]).replace("_", " ").title()
            names |= {"formattedGateway": title, "paymentDetails": None, "kind": "SUGGESTED_REFUND"}
            suggested.append({"__typename": "SuggestedOrderTransaction", **names, **money})
    return suggested
