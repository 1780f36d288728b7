"""Gift cards: issued, changed, credited, debited and deactivated. Their notifications are not modelled.

The messages are those that live stores answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.discounts import CURRENCIES
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, fault
from atom_shopify_plugin.sandbox.registry import (
    Filter,
    Member,
    Write,
    derived,
    field_rule,
    kind,
    mutation,
    query,
    writes,
)
from atom_shopify_plugin.sandbox.store import Node, stamp

__all__ = ["INACTIVE", "ISSUE_LIMIT", "known"]

ISSUE_LIMIT, PURCHASE_LIMIT = Decimal(3000), Decimal(14000)
LONGEST = {"message": 200, "preferredName": 255}
EXPIRING = timedelta(days=30)
INACTIVE = "The gift card is deactivated."


def _balance(_ctx: Context, node: Node) -> list[str]:
    if node["balance"] == 0:
        return ["empty"]
    return ["full" if node["balance"] >= node["initialValue"] else "partial", "full_or_partial"]


def _states(ctx: Context, node: Node) -> list[str]:
    today, soon = ctx.stamp[:10], stamp(ctx.now + EXPIRING)[:10]
    ends = node.get("expiresOn")
    states = ["disabled" if node.get("deactivatedAt") else "enabled"]
    if ends and ends < today:
        states.append("expired")
    elif ends and ends <= soon:
        states.append("expiring")
    return states


def _expires(_ctx: Context, node: Node) -> str | None:
    return f"{node['expiresOn']}T00:00:00Z" if node.get("expiresOn") else None


def _codes(_ctx: Context, node: Node) -> list[str]:
    return [node["code"], node["code"][-4:]]


def _source(_ctx: Context, _node: Node) -> str:
    return "api_client"


def _owner_name(ctx: Context, node: Node) -> str | None:
    return (ctx.store.get(node.get("customer")) or {}).get("lastName")


kind(
    "GiftCard",
    {
        **dict.fromkeys(("balance", "initialValue"), Decimal(0)),
        "crossCurrencyRedemptionStrategy": "ISSUED_RATE",
        "isRedeemable": True,
        "transactions": [],
    },
    fields=(
        "createdAt updatedAt customer deactivatedAt expiresOn lineItem note order recipientAttributes templateSuffix"
    ),
    indexed=("code",),
    filters={
        "default": Filter("prefix", _codes),
        "balance_status": Filter("enum", _balance, frozenset({"full", "partial", "empty", "full_or_partial"})),
        "status": Filter("enum", _states, frozenset({"disabled", "enabled", "expired", "expiring"})),
        "source": Filter("enum", lambda _ctx, _node: "api_client", frozenset({"manual", "purchased", "api_client"})),
        "created_at": "",
        "customer_id": "id customer",
        "expires_on": Filter("date", _expires),
        "initial_value": "number",
        "recipient_id": "id recipientAttributes.recipient",
    },
    words=("default",),
    sort={
        "CUSTOMER_NAME": _owner_name,
        "DISABLED_AT": "deactivatedAt",
        "CODE": "code",
        "AMOUNT_SPENT": lambda _ctx, node: node["initialValue"] - node["balance"],
    },
)
kind("GiftCardRecipient", fields="message preferredName sendNotificationAt")
for _name in ("GiftCardCreditTransaction", "GiftCardDebitTransaction"):
    kind(_name, fields="note")


@query("giftCardConfiguration")
def configuration(_ctx: Context, _args: dict[str, Any]) -> Node:
    return {"issueLimit": ISSUE_LIMIT, "purchaseLimit": PURCHASE_LIMIT}


@field_rule("GiftCard.enabled")
def enabled(_ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return node.get("deactivatedAt") is None


def _kept_recipient(ctx: Context, node: Node) -> Node | None:
    """Return the recipient of a card, as long as there is such a customer: the type can't leave them out."""
    kept: Node | None = node.get("recipientAttributes")
    return kept if kept and ctx.store.get(kept["recipient"]) else None


derived(
    {
        "GiftCard.recipientAttributes": _kept_recipient,
        "GiftCard.lastCharacters": lambda _, node: str(node["code"][-4:]),
        "GiftCard.maskedCode": lambda _, node: f"•••• •••• •••• {node['code'][-4:]}",
    }
)


# issuing and changing


def _code(ctx: Context, given: str | None) -> str:
    path = ["input", "code"]
    if given is None:
        return hashlib.sha256(f"{ctx.store.shop_domain}{ctx.store.new_id('GiftCardCode')}".encode()).hexdigest()[:16]
    code = re.sub(r"[\s-]", "", given).lower()
    if len(code) < 8:
        raise Refused.one(path, "Code must be at least 8 characters long", "TOO_SHORT")
    if len(code) > 20:
        raise Refused.one(path, "Code must be at most 20 characters long", "TOO_LONG")
    if not re.fullmatch(r"[a-z0-9]+", code):
        raise Refused.one(path, "Code can only contain letters(a-z) and numbers(0-9)", "INVALID")
    if ctx.store.find("GiftCard", "code", code):
        raise Refused.one(path, "Code has already been taken")
    return code


def _amount(ctx: Context, given: Mapping[str, Any]) -> Decimal:
    money = given.get("initialAmount") or {"amount": given.get("initialValue"), "currencyCode": ctx.store.currency}
    member = "initialAmount" if given.get("initialAmount") else "initialValue"
    amount = money["amount"]
    if amount is None:
        raise Refused.one(["input", member], "must be greater than 0", "MISSING_ARGUMENT")
    if money["currencyCode"] != ctx.store.currency:
        raise Refused.one(
            ["input", member], "The currency provided does not match the currency of the shop.", "INVALID"
        )
    if amount <= 0:
        raise Refused.one(["input", member], "must be greater than 0", "GREATER_THAN")
    if amount > ISSUE_LIMIT:
        sign, currency = CURRENCIES.get(ctx.store.currency, ""), ctx.store.currency
        message = f"can't exceed {sign}{ISSUE_LIMIT:,.2f} {currency}"
        raise Refused.one(["input", member], message, "GIFT_CARD_LIMIT_EXCEEDED")
    return Decimal(amount)


def _check(ctx: Context, write: Write) -> None:
    given, values, node = write.given, write.values, write.node
    customer = given.get("customerId")
    if customer is not None and (node is None or not node.get("deactivatedAt")):
        if ctx.lookup(customer, "Customer") is None:
            raise Refused.one(["input", "customerId"], "The customer could not be found.", "CUSTOMER_NOT_FOUND")
        values["customer"] = customer
    if node is None:
        amount = _amount(ctx, given)
        values |= {"code": _code(ctx, given.get("code")), "initialValue": amount, "balance": amount}
    else:
        wanted = {name for name in given if name != "id"}
        if not wanted:
            raise Refused.one(["input"], "At least one argument is required in the input.")
        if node.get("deactivatedAt"):
            for member in ("expiresOn", "customerId", "recipientAttributes"):
                if member in wanted:
                    raise Refused.one(["input", member], INACTIVE)
    if given.get("templateSuffix"):
        values["templateSuffix"] = given["templateSuffix"].removeprefix("gift_card.")
    if given.get("recipientAttributes") is not None:
        values["recipientAttributes"] = _recipient(ctx, given["recipientAttributes"])


def _recipient(ctx: Context, given: Mapping[str, Any]) -> Node:
    path = ("input", "recipientAttributes")
    errors: list[UserError] = []
    for member, longest in LONGEST.items():
        if len(given.get(member) or "") > longest:
            raise fault(f"{member} is too long (maximum is {longest})", "INVALID_FIELD_ARGUMENTS")
    if not given["id"].rpartition("/")[2].isdecimal():
        raise fault(f"Invalid id: {given['id']}", "RESOURCE_NOT_FOUND")
    if ctx.lookup(given["id"], "Customer") is None:
        errors.append(UserError((*path, "id"), "Recipient could not be found", "RECIPIENT_NOT_FOUND"))
    for member, label in (("preferredName", "Preferred name"), ("message", "Message")):
        text = given.get(member)
        if text is not None and not text.strip():
            errors.append(UserError((*path, member), f"{label} can't be blank", "INVALID"))
        elif text is not None and re.search(r"<[a-zA-Z/][^<>]*>", text):
            errors.append(UserError((*path, member), f"{label} cannot contain HTML tags", "INVALID"))
    at = given.get("sendNotificationAt")
    if at is not None and not ctx.stamp <= at <= stamp(ctx.now + timedelta(days=90)):
        message = "Send notification at must be within 90 days from now"
        errors.append(UserError((*path, "sendNotificationAt"), message, "INVALID"))
    if errors:
        raise Refused(errors)
    names = ("message", "preferredName", "sendNotificationAt")
    return {"__typename": "GiftCardRecipient", "recipient": given["id"], **{name: given.get(name) for name in names}}


def _answer(_ctx: Context, write: Write) -> Node:
    return {"giftCardCode": write.target["code"]} if write.creates else {}


_OWN = Member(field=None)
writes(
    "GiftCard",
    members=dict.fromkeys(("code", "initialValue", "initialAmount", "customerId", "recipientAttributes"), _OWN),
    check=_check,
    answer=_answer,
    missing={"update": "The gift card could not be found."},
    actions=("create", "update"),
    quiet=True,
)


def known(ctx: Context, gid: str) -> Node:
    return ctx.known(gid, "GiftCard", ["id"], "The gift card could not be found.", "GIFT_CARD_NOT_FOUND")


@mutation("giftCardDeactivate")
def deactivate(ctx: Context, args: dict[str, Any]) -> Node:
    node = known(ctx, args["id"])
    if node.get("deactivatedAt") is None:
        ctx.update(node, {"deactivatedAt": ctx.stamp})
        ctx.record("updated", node)
    return {"giftCard": node["id"]}
