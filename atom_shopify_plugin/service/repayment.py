"""Which payments pay an amount back: those that Shopify suggests, none more than it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify import money
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["shares", "shown"]

Node = Mapping[str, Any]


def shares(shop: Shop, order: Node, amount: str | None) -> tuple[Decimal, list[tuple[Node, Decimal]]]:
    """Return what is paid back in all, and what each payment pays of it.

    `order` holds what Shopify suggests; `amount` is what is paid back instead. Raises `InvalidInput` where it would be
    more than was paid.
    """
    currency, suggested = order["presentment_currency_code"], order["suggested_refund"]
    most = _buyers(suggested["maximum_refundable"])
    total = _buyers(suggested["amount"]) if amount is None else Decimal(amount)
    payments = suggested["suggested_transactions"]
    if total > _buyers(suggested["amount"]):
        whole = shop.root("OrderRefundPreview", {"id": order["id"], "full": True}) or order
        payments = whole["suggested_refund"]["suggested_transactions"]
    found = list(_spread(total, payments))
    if total > most or sum(share for _, share in found) < total:
        message = (
            f"At most {shown(min(most, total), currency)} can be paid back, which is what is left of the payments."
        )
        raise InvalidInput(message, [Fault("/amount", message, "more_than_paid")], details={"order": order["name"]})
    return total, found


def _spread(total: Decimal, payments: Sequence[Node]) -> Iterator[tuple[Node, Decimal]]:
    """Yield the payments with what each pays back, the first one first, none more than it took.

    A payment without a transaction of its own, such as store credit, pays nothing back.
    """
    for one in (payment for payment in payments if payment["parent_transaction"] is not None):
        share = min(total, _buyers(one["maximum_refundable"] or one["amount"]))
        if share > 0:
            total -= share
            yield one, share


def shown(amount: Decimal, currency: str) -> str:
    """Return an amount for people."""
    return money.shown({"amount": str(amount), "currency_code": currency})


def _buyers(bag: Node) -> Decimal:
    return Decimal(bag["presentment_money"]["amount"])
