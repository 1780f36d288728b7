"""What a refund is made of: units of lines, shipping, and their worth with taxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.sandbox.amounts import Amount, in_currencies
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import fulfillment_orders as work
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["CENT", "PAYING", "Part", "line_row", "numbered", "part_of", "shipping_left", "shown", "waiting", "worth_of"]

CENT = Decimal("0.01")
PAYING = ("SALE", "CAPTURE")  # the kinds of transactions that bring money in
SYMBOLS = {"USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True)
class Part:
    """What is refunded: rows of lines, rows of shipping, and their worth with taxes."""

    lines: list[Node]
    shipping: list[Node]
    worth: Decimal


def numbered(ctx: Context, rows: list[Node]) -> list[Node]:
    """Return rows of a refund with ids of their own."""
    return [{**row, "id": ctx.store.new_id(row["__typename"])} for row in rows]


def part_of(ctx: Context, order: Node, entries: Sequence[Mapping[str, Any]], shipping: Mapping[str, Any]) -> Part:
    """Return what is refunded by the lines and the shipping of an input; raise `Refused`."""
    units: Counter[str] = Counter()
    for at, entry in enumerate(entries):
        units[entry["lineItemId"]] += entry["quantity"]
        line = ctx.store.get(entry["lineItemId"])
        if line is not None and line["id"] in order["lineItems"] and units[line["id"]] > line["currentQuantity"]:
            message = "Quantity cannot refund more items than were purchased"
            raise Refused.one(["refundLineItems", at, "quantity"], message)
    lines = [_row(ctx, order, entry, ["refundLineItems", at]) for at, entry in enumerate(entries)]
    rows = _shipping_rows(ctx, order, shipping)
    taxes = Decimal(0) if order.get("taxesIncluded") else sum((row["tax"] for row in lines + rows), Decimal(0))
    return Part(lines, rows, sum((row["subtotal"] for row in lines + rows), Decimal(0)) + taxes)


def _row(ctx: Context, order: Node, entry: Mapping[str, Any], path: list[Any]) -> Node:
    line = ctx.store.get(entry["lineItemId"])
    if line is None or line["id"] not in order["lineItems"]:
        raise Refused.one([*path, "lineItemId"], "Line item does not exist")
    units, how = entry["quantity"], entry.get("restockType") or "NO_RESTOCK"
    if units < 1:
        raise Refused.one([*path, "quantity"], "Quantity must be greater than 0")
    if how == "LEGACY_RESTOCK":
        raise Refused.one([*path, "restockType"], "Restock type legacy_restock is not accepted for new refunds")
    left = sum(row["remainingQuantity"] for node, row in waiting(ctx, order, line["id"]))
    if how == "CANCEL" and units > left:
        message = "Refund line items cannot remove more than the fulfillable quantity."
        raise Refused.one([path[0]], message)
    location = entry.get("locationId")
    if location is not None and ctx.lookup(location, "Location") is None:
        raise Refused.one([*path, "locationId"], "Location does not exist")
    return line_row(order, line, units, how, location)


def line_row(order: Node, line: Node, units: int, how: str, location: str | None = None) -> Node:
    """Return the row of a refund for some units of a line, without an id; `how` is a RefundLineItemRestockType."""
    currencies = order.get("currencies")
    taxes = sum((tax["price"] for tax in line.get("taxLines", ())), Decimal(0))
    total = line["unitPrice"] * line["quantity"] - line["totalDiscount"]
    share = {
        "price": line["unitPrice"],
        "subtotal": _share(total, units, line["quantity"]),
        "tax": _share(taxes, units, line["quantity"]),
    }
    return {
        "__typename": "RefundLineItem",
        "id": None,
        "lineItem": line["id"],
        "quantity": units,
        "restockType": how,
        "restocked": how != "NO_RESTOCK",
        "location": None if how == "NO_RESTOCK" else location,
        **{name: in_currencies(amount, currencies) for name, amount in share.items()},
    }


def _share(total: Decimal, units: int, of: int) -> Decimal:
    return (total * units / of).quantize(CENT, ROUND_HALF_UP)


def _shipping_rows(ctx: Context, order: Node, given: Mapping[str, Any]) -> list[Node]:
    left = shipping_left(ctx, order)
    available = sum((amount for _, amount in left), Decimal(0))
    wanted = (
        available
        if given.get("fullRefund")
        else in_currencies(given.get("amount") or Decimal(0), order.get("currencies"))
    )
    if wanted > available:
        message = f"Shipping amount can't be greater than the refundable amount {shown(ctx, available)}"
        raise Refused.one(["shipping", "amount"], message)
    rows = []
    for line, amount in left:
        share = min(wanted, amount)
        if share <= 0:
            continue
        wanted -= share
        taxes = sum((tax["price"] for tax in line.get("taxLines") or ()), Decimal(0))
        tax = (taxes * Decimal(share) / Decimal(line["discounted"])).quantize(CENT, ROUND_HALF_UP)
        rows.append(
            {
                "__typename": "RefundShippingLine",
                "id": None,
                "shippingLine": line,
                "subtotal": share,
                "tax": in_currencies(tax, order.get("currencies")),
            }
        )
    return rows


def shipping_left(ctx: Context, order: Node) -> list[tuple[Node, Decimal]]:
    """Return the shipping lines with what is not refunded yet."""
    gone: dict[str, Decimal] = {}
    for gid in ctx.value(order, "refunds"):
        for row in ctx.value(ctx.store.all("Refund")[gid], "refundShippingLines"):
            key = row["shippingLine"]["id"]
            gone[key] = gone.get(key, Decimal(0)) + row["subtotal"]
    return [(line, line["discounted"] - gone.get(line["id"], Decimal(0))) for line in ctx.value(order, "shippingLines")]


def waiting(ctx: Context, order: Node, line: str) -> list[tuple[Node, Node]]:
    """Return the rows of open fulfillment orders that hold units of a line."""
    nodes = [node for node in work.of_order(ctx, order) if work.is_open(ctx, node)]
    return [(node, row) for node in nodes for row in node["lineItems"] if row["lineItem"] == line]


def worth_of(order: Node, amount: Decimal, payment: Node) -> Decimal:
    """Return an amount in the buyer's currency as a part of a payment, which tells its worth in the order's."""
    paid = payment["amount"]
    if not isinstance(paid, Amount):
        return in_currencies(amount, order.get("currencies"))
    worth = (amount * Decimal(paid) / paid.presentment).quantize(CENT, ROUND_HALF_UP) if paid.presentment else amount
    return Amount(worth, amount, paid.currencies)


def shown(ctx: Context, amount: Decimal) -> str:
    value, currency = amount, ctx.store.currency
    if isinstance(amount, Amount):
        value, currency = amount.presentment, amount.currencies.buyer
    return f"{SYMBOLS.get(currency, f'{currency} ')}{Decimal(value):,.2f}"
