"""Store credit: accounts of customers and company locations, one for each currency, credited and debited.

The messages are those that live stores answer. A balance is what is left of the credits that have not expired.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.refusals import Refused, fault
from atom_shopify_plugin.sandbox.registry import derived, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node, gid_type

__all__ = ["has_credit"]

HIGHEST = Decimal(15000)  # inferred; a credit of 100,000 is refused
NO_ACCOUNT = "Store credit account does not exist"
LATEST = "9999"
RESULTS_ALONE = ("USDC", "XXX")

kind(
    "StoreCreditAccount",
    {"owner": None, "currency": None},
    indexed=("owner",),
    listed={"Customer.storeCreditAccounts": "owner", "CompanyLocation.storeCreditAccounts": "owner"},
    filters={"currency_code": "exact currency"},
)
for _name in ("StoreCreditAccountCreditTransaction", "StoreCreditAccountDebitTransaction"):
    kind(
        _name,
        {"event": "ADJUSTMENT", "account": None, "expiresAt": None},
        fields="createdAt origin",
        indexed=("account",),
    )


def _credits(ctx: Context, account: Node) -> list[Node]:
    """Return the credits that have not expired, those that end first before the others."""
    rows = ctx.store.find("StoreCreditAccountCreditTransaction", "account", account["id"])
    rows = [row for row in rows if (row["expiresAt"] or LATEST) > ctx.stamp]
    return sorted(rows, key=lambda row: row["expiresAt"] or LATEST)


def _balance(ctx: Context, account: Node) -> Decimal:
    return sum((row["remaining"] for row in _credits(ctx, account)), Decimal(0))


def _transactions(ctx: Context, account: Node) -> list[Node]:
    kinds = ("StoreCreditAccountCreditTransaction", "StoreCreditAccountDebitTransaction")
    rows = [row for name in kinds for row in ctx.store.find(name, "account", account["id"])]
    return sorted(rows, key=lambda row: int(row["place"]), reverse=True)


def _money(ctx: Context, row: Node, member: str) -> Node:
    account = row if row["__typename"] == "StoreCreditAccount" else ctx.store.all("StoreCreditAccount")[row["account"]]
    amount = _balance(ctx, row) if member == "balance" else row[member]
    return {"amount": amount, "currencyCode": account["currency"]}


_ROWS = "StoreCreditAccountCreditTransaction|StoreCreditAccountDebitTransaction"
derived(
    {
        "StoreCreditAccount.balance": lambda ctx, node: _money(ctx, node, "balance"),
        "StoreCreditAccount.transactions": _transactions,
        f"{_ROWS}.amount": lambda ctx, node: _money(ctx, node, "amount"),
        f"{_ROWS}.balanceAfterTransaction": lambda ctx, node: _money(ctx, node, "after"),
        "StoreCreditAccountCreditTransaction.remainingAmount": lambda ctx, node: _money(ctx, node, "remaining"),
    }
)


def has_credit(ctx: Context, owner: str) -> bool:
    """Tell whether there is money in any store credit account of a customer or a company location."""
    return any(_balance(ctx, account) > 0 for account in ctx.store.find("StoreCreditAccount", "owner", owner))


@query("storeCreditAccount")
def store_credit_account(ctx: Context, args: dict[str, Any]) -> Node | None:
    return ctx.lookup(args["id"], "StoreCreditAccount")


def _account(ctx: Context, gid: str, currency: str) -> tuple[Node | None, str | None]:
    """Return the account that an id names, by itself or by its owner, and the owner where it has none yet."""
    if currency in RESULTS_ALONE:
        message = f'CurrencyCode "{currency}" is invalid. It can only be used as a result and not as an input value.'
        raise fault(message, "CURRENCY_CODE_INVALID")
    owner_kind = gid_type(gid)
    if owner_kind not in ("Customer", "CompanyLocation"):
        return ctx.known(gid, "StoreCreditAccount", ["id"], NO_ACCOUNT, "ACCOUNT_NOT_FOUND"), None
    if ctx.lookup(gid, owner_kind) is None:
        raise Refused.one(["id"], "Owner does not exist", "OWNER_NOT_FOUND")
    accounts = ctx.store.find("StoreCreditAccount", "owner", gid)
    return next((one for one in accounts if one["currency"] == currency), None), gid


def _amount(money: Mapping[str, Any], account: Node | None, path: list[str], verb: str) -> Decimal:
    if account is not None and account["currency"] != money["currencyCode"]:
        message = "The currency provided does not match the currency of the store credit account"
        raise Refused.one([*path, "currencyCode"], message, "MISMATCHING_CURRENCY")
    amount: Decimal = money["amount"]
    if amount <= 0:
        message = f"A positive amount must be used to {verb} a store credit account"
        raise Refused.one([*path, "amount"], message, "NEGATIVE_OR_ZERO_AMOUNT")
    return amount


def _place(ctx: Context, account: Node) -> int:
    return len(_transactions(ctx, account))


@mutation("storeCreditAccountCredit")
def credit(ctx: Context, args: dict[str, Any]) -> Node:
    """Credit an account; the first credit of an owner in a currency opens it."""
    given, path = args["creditInput"], ["creditInput", "creditAmount"]
    money, expires = given["creditAmount"], given.get("expiresAt")
    account, owner = _account(ctx, args["id"], money["currencyCode"])
    if expires is not None and expires <= ctx.stamp:
        raise Refused.one(["creditInput", "expiresAt"], "The expiry date must be in the future", "EXPIRES_AT_IN_PAST")
    amount = _amount(money, account, path, "credit")
    before = _balance(ctx, account) if account is not None else Decimal(0)
    if before + amount > HIGHEST:
        message = "The operation would cause the account's credit limit to be exceeded"
        raise Refused.one([*path, "amount"], message, "CREDIT_LIMIT_EXCEEDED")
    if account is None:
        account = ctx.create("StoreCreditAccount", {"owner": owner, "currency": money["currencyCode"]})
    values = {"amount": amount, "remaining": amount, "after": before + amount, "expiresAt": expires}
    place = _place(ctx, account)
    row = ctx.create("StoreCreditAccountCreditTransaction", {"account": account["id"], "place": place, **values})
    ctx.record("updated", account)
    return {"storeCreditAccountTransaction": row["id"]}


@mutation("storeCreditAccountDebit")
def debit(ctx: Context, args: dict[str, Any]) -> Node:
    """Debit an account; what expires first is spent first."""
    money, path = args["debitInput"]["debitAmount"], ["debitInput", "debitAmount"]
    try:
        account, _ = _account(ctx, args["id"], money["currencyCode"])
    except Refused:
        account = None
    if account is None:
        raise Refused.one(["id"], NO_ACCOUNT, "ACCOUNT_NOT_FOUND")
    amount = _amount(money, account, path, "debit")
    before = _balance(ctx, account)
    if amount > before:
        message = "The store credit account does not have sufficient funds to satisfy the request"
        raise Refused.one([*path, "amount"], message, "INSUFFICIENT_FUNDS")
    left = amount
    for row in _credits(ctx, account):
        part = min(left, row["remaining"])
        ctx.update(row, {"remaining": row["remaining"] - part})
        left -= part
    values = {"account": account["id"], "place": _place(ctx, account), "amount": -amount, "after": before - amount}
    row = ctx.create("StoreCreditAccountDebitTransaction", values)
    ctx.record("updated", account)
    return {"storeCreditAccountTransaction": row["id"]}
