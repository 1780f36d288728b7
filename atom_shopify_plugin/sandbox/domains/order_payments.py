"""Payments of orders: orderCapture, transactionVoid, orderCreateManualPayment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from atom_shopify_plugin.sandbox.amounts import Amount, in_currencies
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.order_amounts import outstanding
from atom_shopify_plugin.sandbox.domains.orders import add_transaction, settle
from atom_shopify_plugin.sandbox.domains.refund_parts import worth_of
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

FINAL = (
    "Setting final capture is not supported for this transaction's payment gateway. Please remove the parameter or set "
    "it to null, then try again."
)
PLUS_ONLY = (
    "Access denied for orderCreateManualPayment field. Required access: `write_orders` access scope. Also: The user "
    "must have mark_orders_as_paid permission. The API client must be installed on a Shopify Plus store to use the "
    "amount field."
)


@mutation("orderCapture")
def order_capture(ctx: Context, args: dict[str, Any]) -> Node:
    """Take a part or all of what was authorized; the gateways of the sandbox take once."""
    given = args["input"]
    order = ctx.known(given["id"], "Order", ["id"], "Order does not exist")
    parent = ctx.lookup(given["parentTransactionId"], "OrderTransaction")
    if parent is None or parent["order"] != order["id"]:
        raise Refused.one(None, "Unable to find parent transaction")
    if not _is_authorization(parent):
        raise Refused.one(None, "Parent transaction should be a successful authorization")
    if _followers(ctx, order, parent):
        raise Refused.one(None, "Can only capture successful authorizations")
    authorized = parent["amount"]
    shown = authorized.presentment if isinstance(authorized, Amount) else authorized
    buyers = authorized.currencies.buyer if isinstance(authorized, Amount) else ctx.store.currency
    foreign = isinstance(authorized, Amount) and authorized.currencies.order != buyers
    if given.get("currency", None if foreign else buyers) not in (buyers, *(() if foreign else (None,))):
        raise Refused.one(["currency"], f"Currency Currency must match parent transaction {buyers}")
    if given["amount"] <= 0:
        raise Refused.one(None, "Amount must be greater than zero for capture transactions")
    if given["amount"] > shown:
        raise Refused.one(None, f"Cannot capture more than the authorized {shown:.2f} for this payment.")
    if given.get("finalCapture") is not None:
        raise Refused.one(None, FINAL)
    amount = worth_of(order, given["amount"], parent)
    made = _follow(ctx, order, parent, "CAPTURE", amount)
    return {"transaction": made["id"]}


@mutation("transactionVoid")
def transaction_void(ctx: Context, args: dict[str, Any]) -> Node:
    """Give up an authorization of which nothing was taken."""
    path = ["parentTransactionId"]
    parent = ctx.known(
        args["parentTransactionId"], "OrderTransaction", path, "Transaction does not exist", "TRANSACTION_NOT_FOUND"
    )
    if not _is_authorization(parent):
        raise Refused.one(path, "Parent transaction must be a successful authorization", "AUTH_NOT_SUCCESSFUL")
    order = ctx.store.all("Order")[parent["order"]]
    if _followers(ctx, order, parent):
        message = "Parent transaction require a parent_id referring to a voidable transaction"
        raise Refused.one(path, message, "AUTH_NOT_VOIDABLE")
    made = _follow(ctx, order, parent, "VOID", in_currencies(Decimal(0), order.get("currencies")))
    return {"transaction": made["id"]}


def _is_authorization(node: Node) -> bool:
    return (node["kind"], node["status"]) == ("AUTHORIZATION", "SUCCESS")


def _followers(ctx: Context, order: Node, parent: Node) -> list[Node]:
    """Return the transactions that took or gave up what was authorized."""
    rows = [ctx.store.all("OrderTransaction")[gid] for gid in order["transactions"]]
    return [row for row in rows if row.get("parentTransaction") == parent["id"] and row["status"] == "SUCCESS"]


def _follow(ctx: Context, order: Node, parent: Node, kind: str, amount: Decimal) -> Node:
    made = add_transaction(ctx, order, kind, amount, parentTransaction=parent["id"], gateway=parent["gateway"])
    settle(ctx, order)
    ctx.record("created", made)
    return made


@mutation("orderCreateManualPayment")
def order_create_manual_payment(ctx: Context, args: dict[str, Any]) -> Node:
    """Record a payment that was made elsewhere: all that is outstanding, or on Plus a part of it."""
    given = args.get("amount")
    if given is not None and ctx.store.plan != "plus":
        raise GraphQLError(PLUS_ONLY)
    order = ctx.known(args["id"], "Order", ["id"], "Order does not exist", "ORDER_NOT_FOUND")
    if (args.get("processedAt") or ctx.stamp) > ctx.stamp:
        raise Refused.one(["processedAt"], "Processed at cannot be in the future", "PROCESSED_AT_INVALID")
    left = outstanding(ctx, order)
    if left <= 0:
        raise Refused.one(["id"], "Order cannot be marked as paid.")
    amount = left
    if given is not None:
        currencies = order.get("currencies")
        if given["currencyCode"] != (currencies.buyer if currencies else ctx.store.currency):
            message = "The currency of the amount doesn't match the presentment currency of the order"
            raise Refused.one(["amount", "currencyCode"], message, "CURRENCY_MISMATCH")
        if given["amount"] <= 0:
            raise Refused.one(["amount", "amount"], "Amount must be positive", "AMOUNT_NOT_POSITIVE")
        amount = worth_of(order, given["amount"], {"amount": left})
        if amount > left:
            raise Refused.one(["amount"], "Amount exceeds the remaining balance", "AMOUNT_EXCEEDS_BALANCE")
    more = {"gateway": args.get("paymentMethodName") or "manual", "processedAt": args.get("processedAt") or ctx.stamp}
    add_transaction(ctx, order, "SALE", amount, **more)
    settle(ctx, order)
    ctx.record("updated", order)
    return {"order": order["id"]}
