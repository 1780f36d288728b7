"""What orders add to the sales of a store, and when: exact amounts, as Shopify's sales reports define them.

A sale counts when its order was processed, what comes back when it came back. Cancelled orders count as a sale, and as
returned when they were cancelled; test orders and gift cards count as no sale (help.shopify.com, "Sales reports").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.shopify.money import digits

__all__ = ["Entry", "Figures", "amount_text", "entries"]

ZERO = Decimal(0)
Json = Mapping[str, Any]


@dataclass
class Figures:
    """Sums. Discounts and returns are positive where they lower sales; refunds are taken off tax and shipping."""

    gross_sales: Decimal = ZERO
    discounts: Decimal = ZERO
    returns: Decimal = ZERO
    shipping: Decimal = ZERO
    tax: Decimal = ZERO
    orders: int = 0
    units: int = 0
    units_returned: int = 0

    def add(self, other: Figures) -> None:
        for field in fields(Figures):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    @property
    def net_sales(self) -> Decimal:
        return self.gross_sales - self.discounts - self.returns

    @property
    def total_sales(self) -> Decimal:
        return self.net_sales + self.shipping + self.tax

    def average(self, currency: str) -> Decimal | None:
        """Return gross sales less discounts per order, to the digits of the currency; None without orders."""
        if not self.orders:
            return None
        return ((self.gross_sales - self.discounts) / self.orders).quantize(_unit(currency), ROUND_HALF_UP)


@dataclass(frozen=True)
class Entry:
    """What counts at one moment; `line` is the line item as it was read, None for what belongs to the whole order."""

    at: datetime
    figures: Figures
    line: Json | None = None


@dataclass
class _Line:
    node: Json
    gross: Decimal
    net: Decimal
    units: int
    returned: Decimal = ZERO
    units_returned: int = 0


def amount_text(amount: Decimal, currency: str) -> str:
    """Return an amount with the digits of its currency, and with more where it has more."""
    exact = amount.normalize()
    unit = _unit(currency)
    plain = exact if exact.as_tuple().exponent < unit.as_tuple().exponent else amount.quantize(unit)  # type: ignore[operator]
    return f"{plain if plain else abs(plain):f}"


def entries(order: Json) -> Iterator[Entry]:
    """Yield what an order as `ReportOrder` reads it adds to the sales, nothing for a test order.

    Prices that include tax are counted without it. What is taken off the order as a whole is spread over its lines, in
    the order of their ids: the lines may come in any order.
    """
    if order["test"]:
        return
    sold = datetime.fromisoformat(order["processed_at"])
    included = bool(order["taxes_included"])
    lines = _lines(order, included)
    shipping = sum(
        (_bare(_amount(row["discounted_price"]), _taxes(row), included) for row in order["shipping_lines"]["nodes"]),
        ZERO,
    )
    left = Figures(shipping=shipping, tax=_amount(order["total_tax"]))
    for line in lines.values():
        sale = Figures(gross_sales=line.gross, discounts=line.gross - line.net, units=line.units)
        yield Entry(sold, sale, line.node)
    yield Entry(sold, Figures(shipping=left.shipping, tax=left.tax, orders=1))
    cancelled = datetime.fromisoformat(order["cancelled_at"]) if order["cancelled_at"] else None
    for refund in sorted(order["refunds"], key=_when_refunded):
        at = datetime.fromisoformat(refund["processed_at"])
        if cancelled is not None and at >= cancelled:
            break  # the cancellation itself returns all that is left
        yield from _refunded(refund, at, lines, left, included)
    if cancelled is not None:
        yield from _cancelled(cancelled, lines.values(), left)


def _refunded(refund: Json, at: datetime, lines: Mapping[str, _Line], left: Figures, included: bool) -> Iterator[Entry]:
    whole = Figures()
    for row in refund["refund_line_items"]["nodes"]:
        tax = _amount(row["total_tax"])
        whole.tax -= tax
        line = lines.get(row["line_item"]["id"])
        if line is None:
            continue  # a gift card
        back = Figures(returns=_bare(_amount(row["subtotal"]), tax, included), units_returned=row["quantity"])
        line.returned += back.returns
        line.units_returned += back.units_returned
        yield Entry(at, back, line.node)
    for row in refund["refund_shipping_lines"]["nodes"]:
        tax = _amount(row["tax_amount"])
        whole.tax -= tax
        whole.shipping -= _bare(_amount(row["subtotal_amount"]), tax, included)
    for row in refund["order_adjustments"]["nodes"]:  # below zero where more was paid back than the items' worth
        whole.returns -= _amount(row["amount"])
        whole.tax += _amount(row["tax_amount"])
    left.add(whole)
    yield Entry(at, whole)


def _cancelled(at: datetime, lines: Iterable[_Line], left: Figures) -> Iterator[Entry]:
    """Yield what brings an order to nothing in all, whatever was refunded before."""
    for line in lines:
        back = Figures(returns=line.net - line.returned, units_returned=line.units - line.units_returned)
        yield Entry(at, back, line.node)
    yield Entry(at, Figures(returns=-left.returns, shipping=-left.shipping, tax=-left.tax))


def _lines(order: Json, included: bool) -> dict[str, _Line]:
    """Return the lines by their ids, without gift cards."""
    nodes = sorted(order["line_items"]["nodes"], key=lambda node: _number(node["id"]))
    unit = _unit(order["currency_code"])
    gross = [_amount(node["original_total"]) for node in nodes]
    net = [
        price - sum((_amount(row["allocated_amount"]) for row in node["discount_allocations"]), ZERO)
        for price, node in zip(gross, nodes, strict=True)
    ]
    off = sum(net, ZERO) - _amount(order["subtotal_price"])
    net = [price - part for price, part in zip(net, _spread(off, net, unit), strict=True)]
    if included:
        taxes = [_taxes(node) for node in nodes]
        posted = sum((_taxes(row) for row in order["shipping_lines"]["nodes"]), ZERO)
        more = _amount(order["total_tax"]) - posted - sum(taxes, ZERO)
        bare = [price - tax - part for price, tax, part in zip(net, taxes, _spread(more, net, unit), strict=True)]
        gross = [
            (full * after / before).quantize(unit, ROUND_HALF_UP) if before else full
            for full, after, before in zip(gross, bare, net, strict=True)
        ]
        net = bare
    return {
        node["id"]: _Line(node, full, price, node["quantity"])
        for node, full, price in zip(nodes, gross, net, strict=True)
        if not node["is_gift_card"]
    }


def _spread(amount: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Divide an amount in proportion to weights; the parts add up to it exactly."""
    whole, reached, given, parts = sum(weights, ZERO), ZERO, ZERO, []
    for weight in weights:
        reached += weight
        upto = amount if reached == whole else (amount * reached / whole).quantize(unit, ROUND_HALF_UP)
        parts.append(upto - given)
        given = upto
    return parts


def _bare(price: Decimal, tax: Decimal, included: bool) -> Decimal:
    return price - tax if included else price


def _taxes(row: Json) -> Decimal:
    return sum((_amount(tax["price"]) for tax in row["tax_lines"]), ZERO)


def _amount(bag: Json) -> Decimal:
    return Decimal(bag["shop_money"]["amount"])


def _when_refunded(refund: Json) -> tuple[datetime, int]:
    return datetime.fromisoformat(refund["processed_at"]), _number(refund["id"])


def _number(text: str) -> int:
    return int(text.rpartition("/")[2])


def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-digits(currency))
