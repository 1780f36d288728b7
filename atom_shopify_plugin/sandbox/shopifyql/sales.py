"""What the orders of a store add to the rows of the table `sales`, by local day.

A sale counts when its order was processed, a reversal when it was processed; discounts and reversals are below zero
(seen on live stores), and net sales, taxes and shipping charges come to total sales. Cancelled orders count as sold,
and as reversed when they were cancelled; test orders and gift cards don't count (help.shopify.com, "Sales reports").
Analytics see all orders of a store, those of more than 60 days ago, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.moments import Moments
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["Sale", "sales_of"]

CENT = Decimal("0.01")
ZERO = Decimal(0)
_KINDS = ("Order", "LineItem", "Refund", "OrderEdit", "Product")


@dataclass(frozen=True)
class Sale:
    """What counts on one day: `amounts` by metric, of an order, or of one of its lines.

    `unknown` says why it can't be told how Shopify counts the order.
    """

    day: date
    order: Node
    line: Node | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    unknown: str = ""


@dataclass
class _Line:
    """A line of an order: what is left of it."""

    node: Node
    gross: Decimal
    net: Decimal
    tax: Decimal
    units: int
    net_left: Decimal = field(init=False)
    tax_left: Decimal = field(init=False)
    units_left: int = field(init=False)

    def __post_init__(self) -> None:
        self.net_left, self.tax_left, self.units_left = self.net, self.tax, self.units

    def sold(self) -> dict[str, Decimal]:
        return {
            "gross_sales": self.gross,
            "discounts": self.net - self.gross,
            "taxes": self.tax,
            "quantity_ordered": Decimal(self.units),
        }

    def reversed(self, net: Decimal, tax: Decimal, units: int) -> dict[str, Decimal]:
        self.net_left -= net
        self.tax_left -= tax
        self.units_left -= units
        return {"sales_reversals": -net, "taxes": -tax, "reversed_quantity": -Decimal(units)}


def sales_of(ctx: Context) -> list[Sale]:
    """Return what all orders of the store add, oldest orders first."""
    zone = Moments.of(ctx.now, ctx.store.timezone).zone

    def made() -> list[Sale]:
        return [sale for order in ctx.store.all("Order").values() for sale in _Book(ctx, order, zone).sales()]

    found: list[Sale] = ctx.store.memoised("shopifyql sales", _KINDS, made)
    return found


class _Book:
    """The sales of one order."""

    def __init__(self, ctx: Context, order: Node, zone: tzinfo) -> None:
        self._ctx = ctx
        self._order = order
        self._zone = zone
        self._included = bool(order.get("taxesIncluded"))

    def sales(self) -> Iterator[Sale]:
        if self._order.get("test"):
            return
        unknown = self._unknown()
        for sale in self._counted():
            yield Sale(sale.day, sale.order, unknown=unknown) if unknown else sale

    def _unknown(self) -> str:
        currencies = self._order.get("currencies")
        if currencies and currencies.order != self._ctx.store.currency:
            return "Sales in another currency than the store's"
        day = self._day(self._order["processedAt"])
        edits = [edit for edit in self._ctx.store.all("OrderEdit").values() if edit["order"] == self._order["id"]]
        if any(self._raised(edit) and self._day(edit["createdAt"]) != day for edit in edits):
            return "What an edit adds to the sales of a day"
        return ""

    @staticmethod
    def _raised(edit: Node) -> bool:
        return bool(edit["additions"] or edit["posts"] or any(edit["discounts"].values()))

    def _counted(self) -> Iterator[Sale]:
        order, posted = self._order, self._posted()
        lines, others = self._lines(posted)
        sold = self._day(order["processedAt"])
        for line in lines.values():
            yield Sale(sold, order, line.node, line.sold())
        shipping = sum((row["discounted"] - self._tax_within(row) for row in posted), ZERO)
        whole = {"shipping_charges": Decimal(shipping), "taxes": others}
        yield Sale(sold, order, amounts={**whole, "orders": Decimal(1)})
        left = {**whole, "sales_reversals": ZERO}
        cancelled = order.get("cancelledAt")
        refunds = [self._ctx.store.all("Refund")[gid] for gid in self._ctx.value(order, "refunds")]
        for refund in sorted(refunds, key=lambda node: str(node["processedAt"])):
            if cancelled and refund["processedAt"] >= cancelled:
                break  # a cancellation reverses all that is left
            for sale in self._refunded(refund, lines):
                if sale.line is None:
                    left = {name: amount + sale.amounts.get(name, ZERO) for name, amount in left.items()}
                yield sale
        if cancelled:
            day = self._day(cancelled)
            for line in lines.values():
                yield Sale(day, order, line.node, line.reversed(line.net_left, line.tax_left, line.units_left))
            yield Sale(day, order, amounts={name: -amount for name, amount in left.items()})

    def _refunded(self, refund: Node, lines: Mapping[str, _Line]) -> Iterator[Sale]:
        day = self._day(refund["processedAt"])
        whole = {"sales_reversals": ZERO, "shipping_charges": ZERO, "taxes": ZERO}
        for row in refund["refundLineItems"]:
            net, tax = self._bare(row)
            line = lines.get(row["lineItem"])
            if line is None:
                whole["taxes"] -= tax  # of a gift card
            else:
                yield Sale(day, self._order, line.node, line.reversed(net, tax, row["quantity"]))
        for row in self._ctx.value(refund, "refundShippingLines"):
            net, tax = self._bare(row)
            whole["shipping_charges"] -= net
            whole["taxes"] -= tax
        for row in self._ctx.value(refund, "orderAdjustments"):
            whole["sales_reversals"] += Decimal(row["amount"])
            whole["taxes"] += Decimal(row["tax"])
        yield Sale(day, self._order, amounts=whole)

    def _lines(self, posted: Sequence[Node]) -> tuple[dict[str, _Line], Decimal]:
        """Return the lines that count, by id, and the taxes of all that is in none of them."""
        nodes = [self._ctx.store.all("LineItem")[gid] for gid in self._order["lineItems"]]
        prices = [Decimal(node["unitPrice"]) * node["quantity"] for node in nodes]
        after = [price - Decimal(node["totalDiscount"]) for price, node in zip(prices, nodes, strict=True)]
        own = [_taxes(node) for node in nodes]
        whole = Decimal(self._order["totalTax"])
        rest = whole - sum(own, ZERO) - sum((_taxes(row) for row in posted), ZERO)  # taxes of the order as a whole
        taxes = [tax + share for tax, share in zip(own, _shares(rest, after), strict=True)]
        found = {}
        for node, price, paid, tax in zip(nodes, prices, after, taxes, strict=True):
            net = paid - tax if self._included else paid
            gross = (price * net / paid).quantize(CENT, ROUND_HALF_UP) if self._included and paid else price
            if not node.get("isGiftCard"):
                found[node["id"]] = _Line(node, gross, net, tax, node["quantity"])
        return found, whole - sum((line.tax for line in found.values()), ZERO)

    def _posted(self) -> list[Node]:
        return list(self._ctx.value(self._order, "shippingLines"))

    def _bare(self, row: Node) -> tuple[Decimal, Decimal]:
        """Return the worth of a row of a refund without tax, and its tax."""
        worth, tax = Decimal(row["subtotal"]), Decimal(row["tax"])
        return (worth - tax if self._included else worth), tax

    def _tax_within(self, row: Node) -> Decimal:
        return _taxes(row) if self._included else ZERO

    def _day(self, moment: str) -> date:
        return datetime.fromisoformat(moment).astimezone(self._zone).date()


def _taxes(row: Node) -> Decimal:
    return sum((Decimal(tax["price"]) for tax in row.get("taxLines") or ()), ZERO)


def _shares(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Return an amount in parts that are in proportion to weights, and add up to it."""
    whole = sum(weights, ZERO)
    if not amount or not whole:
        return [amount if at == 0 else ZERO for at in range(len(weights))]
    reached = [sum(weights[: at + 1], ZERO) / whole * amount for at in range(len(weights))]
    upto = [ZERO, *(part.quantize(CENT, ROUND_HALF_UP) for part in reached[:-1]), amount]
    return [after - before for before, after in pairwise(upto)]
