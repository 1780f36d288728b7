"""What happens to gift cards: they are written about, credited and debited."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.gift_cards import INACTIVE, ISSUE_LIMIT, known
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

SOONEST = "1970-01-01T00:00:00"

# notifications


def _check_usable(ctx: Context, node: Node) -> None:
    if node.get("deactivatedAt"):
        raise Refused.one(["id"], INACTIVE, "INVALID")
    if node.get("expiresOn") and node["expiresOn"] < ctx.stamp[:10]:
        raise Refused.one(["id"], "The gift card has expired.", "INVALID")


def _notify(ctx: Context, args: Mapping[str, Any], who: str) -> Node:
    """Write to the customer or the recipient of a card; whether it arrives is not modelled."""
    node = known(ctx, args["id"])
    _check_usable(ctx, node)
    gid = node.get("customer") if who == "customer" else (node.get("recipientAttributes") or {}).get("recipient")
    person = ctx.store.get(gid)
    if person is None:
        raise Refused.one(None, f"The gift card has no {who}.", "INVALID")
    if not (person.get("email") or person.get("phone")):
        message = f"The {who} has no contact information (e.g. email address or phone number)."
        raise Refused.one(None, message, "INVALID")
    ctx.record("updated", node)
    return {"giftCard": node["id"]}


@mutation("giftCardSendNotificationToCustomer")
def notify_customer(ctx: Context, args: dict[str, Any]) -> Node:
    return _notify(ctx, args, "customer")


@mutation("giftCardSendNotificationToRecipient")
def notify_recipient(ctx: Context, args: dict[str, Any]) -> Node:
    return _notify(ctx, args, "recipient")


# transactions


def _transact(ctx: Context, args: Mapping[str, Any], what: str) -> Node:
    """Credit or debit a card; `what` is either word."""
    node, name = known(ctx, args["id"]), f"{what}Input"
    given = args[name]
    money, at = given[f"{what}Amount"], given.get("processedAt")
    path = [name, f"{what}Amount"]
    amount: Decimal = money["amount"]
    _check_usable(ctx, node)
    if at is not None and at > ctx.stamp:
        raise Refused.one([name, "processedAt"], "The processed date must not be in the future.", "INVALID")
    if at is not None and at < SOONEST:
        raise Refused.one([name, "processedAt"], "A valid processed date must be used.", "INVALID")
    if money["currencyCode"] != ctx.store.currency:
        message = "The currency provided does not match the currency of the gift card."
        raise Refused.one([*path, "currencyCode"], message, "MISMATCHING_CURRENCY")
    if amount <= 0:
        raise Refused.one([*path, "amount"], "A positive amount must be used.", "NEGATIVE_OR_ZERO_AMOUNT")
    if what == "debit" and amount > node["balance"]:
        message = "The gift card does not have sufficient funds to satisfy the request."
        raise Refused.one([*path, "amount"], message, "INSUFFICIENT_FUNDS")
    signed = amount if what == "credit" else -amount
    if node["balance"] + signed > ISSUE_LIMIT:
        message = "The gift card's value exceeds the allowed limits."
        raise Refused.one([*path, "amount"], message, "GIFT_CARD_LIMIT_EXCEEDED")
    values = {"giftCard": node["id"], "amount": signed, "note": given.get("note"), "processedAt": at or ctx.stamp}
    row = ctx.create(f"GiftCard{what.capitalize()}Transaction", values)
    rows = [*node.get("transactions", ()), row["id"]]
    ctx.update(node, {"balance": node["balance"] + signed, "transactions": rows})
    ctx.record("updated", node)
    return {f"giftCard{what.capitalize()}Transaction": row["id"]}


@mutation("giftCardCredit")
def credit(ctx: Context, args: dict[str, Any]) -> Node:
    return _transact(ctx, args, "credit")


@mutation("giftCardDebit")
def debit(ctx: Context, args: dict[str, Any]) -> Node:
    return _transact(ctx, args, "debit")
