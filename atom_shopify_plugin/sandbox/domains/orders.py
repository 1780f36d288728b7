"""Orders as they are read, and the mutations that change one in place."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.customer_writes import clean_email, clean_phone
from atom_shopify_plugin.sandbox.domains.metafield_search import by_metafield
from atom_shopify_plugin.sandbox.domains.shared import address
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import Member, Write, kind, mutation, writes
from atom_shopify_plugin.sandbox.store import Node, stamp

__all__ = ["add_transaction", "customer_name", "received", "refunded", "settle"]

# read_orders covers this window; older orders need read_all_orders beside it.
WINDOW = timedelta(days=60)


@lru_cache(maxsize=16)
def _oldest(now: datetime) -> str:
    return stamp(now - WINDOW)  # kept, since lists ask for it row by row


def _visible(ctx: Context, order: Node) -> bool:
    return "read_all_orders" in ctx.scopes or bool(order["createdAt"] >= _oldest(ctx.now))


def _lines(ctx: Context, order: Node) -> list[Node]:
    nodes = ctx.store.all("LineItem")
    return [nodes[gid] for gid in order["lineItems"]]


def _transactions(ctx: Context, order: Node) -> list[Node]:
    nodes = ctx.store.all("OrderTransaction")
    return [nodes[gid] for gid in order["transactions"]]


def customer_name(ctx: Context, order: Node) -> str:
    """Return the last and the first name of an order's customer, as lists sort by them."""
    customer = ctx.store.get(order.get("customer"))
    return " ".join(filter(None, (customer.get("lastName"), customer.get("firstName")))) if customer else ""


kind(
    "Order",
    {
        "displayFinancialStatus": None,
        "displayFulfillmentStatus": "UNFULFILLED",
        "returnStatus": "NO_RETURN",
        "confirmed": True,
        "customerLocale": "en",
        "sourceName": "web",
        "merchantEditable": True,
        "risk": {"assessments": [], "recommendation": "NONE"},
        "paymentCollectionDetails": {"additionalPaymentCollectionUrl": None},
    },
    fields=(
        "createdAt updatedAt processedAt closedAt cancelledAt cancelReason cancellation name number email "
        "phone note poNumber tags customAttributes customer billingAddress shippingAddress shippingLines "
        "taxLines discountCode discountCodes fulfillments refunds confirmationNumber test edited "
        "taxesIncluded taxExempt estimatedTaxes dutiesIncluded customerAcceptsMarketing sourceIdentifier "
        "clientIp merchantEditableErrors additionalFees alerts app paymentTerms retailLocation "
        "registeredSourceUrl hasTimelineComment productNetwork cartToken checkoutToken staffMember "
        "physicalLocation merchantOfRecordApp referralCode referrerUrl referrerDisplayText landingPageUrl "
        "currentTotalAdditionalFeesSet currentTotalDutiesSet landingPageDisplayText "
        "originalTotalAdditionalFeesSet originalTotalDutiesSet localizedFields nonFulfillableLineItems"
    ),
    indexed=("customer", "email", "name", "buyingCompany", "buyingContact", "buyingLocation"),
    listed={
        "Customer.orders": "customer",
        "Company.orders": "buyingCompany",
        "CompanyContact.orders": "buyingContact",
        "CompanyLocation.orders": "buyingLocation",
    },
    words=("name", "email", "customer_name", "tag", "sku"),
    sort={
        "ORDER_NUMBER": "number",
        "TOTAL_PRICE": "total",
        "CURRENT_TOTAL_PRICE": "currentTotal",
        "CUSTOMER_NAME": customer_name,
        "FINANCIAL_STATUS": "displayFinancialStatus",
        "FULFILLMENT_STATUS": "displayFulfillmentStatus",
        "TOTAL_ITEMS_QUANTITY": lambda ctx, node: sum(line["quantity"] for line in _lines(ctx, node)),
    },
    patterns={"metafields.": by_metafield},
    visible=_visible,
)


# money that has moved


def _sum(ctx: Context, order: Node, kinds: Iterable[str]) -> Decimal:
    rows = [one for one in _transactions(ctx, order) if one["kind"] in kinds and one["status"] == "SUCCESS"]
    return sum((one["amount"] for one in rows), Decimal(0))


def received(ctx: Context, order: Node) -> Decimal:
    return _sum(ctx, order, ("SALE", "CAPTURE"))


def refunded(ctx: Context, order: Node) -> Decimal:
    return _sum(ctx, order, ("REFUND",))


def add_transaction(ctx: Context, order: Node, kind_: str, amount: Decimal, **more: Any) -> Node:
    """Add a transaction to an order; `settle` brings the order's status in line."""
    values = {"order": order["id"], "kind": kind_, "amount": amount, "status": "SUCCESS", "gateway": "manual"}
    node = ctx.create("OrderTransaction", {**values, "processedAt": ctx.stamp, **more})
    ctx.update(order, {"transactions": [*order["transactions"], node["id"]]})
    return node


def settle(ctx: Context, order: Node) -> None:
    """Bring an order's financial status in line with its transactions."""
    ctx.update(order, {"displayFinancialStatus": _settled(ctx, order)})


def _settled(ctx: Context, order: Node) -> str | None:
    """Return the status that the transactions make; an order without one and without transactions has none."""
    paid, back = received(ctx, order), refunded(ctx, order)
    if back:
        return "REFUNDED" if back >= paid else "PARTIALLY_REFUNDED"
    if paid:
        wanted = order["total"] if order.get("cancelledAt") else order["currentTotal"]
        return "PAID" if paid >= wanted else "PARTIALLY_PAID"
    status: str | None = order["displayFinancialStatus"]
    authorized = _sum(ctx, order, ("AUTHORIZATION",))
    if (order.get("cancelledAt") and (status or authorized)) or any(
        row["kind"] == "VOID" and row["status"] == "SUCCESS" for row in _transactions(ctx, order)
    ):
        return "VOIDED"
    return "AUTHORIZED" if authorized else status


# mutations


def _check_update(ctx: Context, write: Write) -> None:
    if write.given.get("shippingAddress") is not None:
        gid = (write.target.get("shippingAddress") or {}).get("id") or ctx.store.new_id("MailingAddress")
        write.values["shippingAddress"] = address(write.given["shippingAddress"], gid)


writes(
    "Order",
    members={
        "email": Member(clean=clean_email),
        "phone": Member(clean=clean_phone),
        "shippingAddress": Member(field=None),
        "localizedFields": Member(modelled=False),
    },
    check=_check_update,
    actions=("update",),
)


@mutation("orderClose")
def order_close(ctx: Context, args: dict[str, Any]) -> Node:
    order = _known(ctx, args["input"]["id"])
    if not order.get("closedAt"):
        ctx.update(order, {"closedAt": ctx.stamp})
        ctx.record("updated", order)
    return {"order": order["id"]}


@mutation("orderOpen")
def order_open(ctx: Context, args: dict[str, Any]) -> Node:
    order = _known(ctx, args["input"]["id"])
    if order.get("closedAt"):
        ctx.update(order, {"closedAt": None})
        ctx.record("updated", order)
    return {"order": order["id"]}


@mutation("orderMarkAsPaid")
def order_mark_as_paid(ctx: Context, args: dict[str, Any]) -> Node:
    order = _known(ctx, args["input"]["id"])
    outstanding = order["currentTotal"] - received(ctx, order)
    if outstanding <= 0 or order.get("cancelledAt"):
        raise Refused.one(["id"], "Order cannot be marked as paid.", order=order["id"])
    add_transaction(ctx, order, "SALE", outstanding)
    settle(ctx, order)
    ctx.record("updated", order)
    return {"order": order["id"]}


def _known(ctx: Context, gid: str) -> Node:
    return ctx.known(gid, "Order", ["id"], "Order does not exist")
