"""Orders as they are copied, made up by Hypothesis, and the books that an accountant would keep of them.

The books know nothing of how the plugin computes: they follow from the same made-up facts as the JSON of the orders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.storage import Storage
    from atom_shopify_plugin.storage.insight.mirrors import Mirror

FIGURES = ("gross", "discounts", "returns", "shipping", "tax", "orders", "units", "units_returned")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Line:
    number: int
    product: int | None
    price: Decimal
    quantity: int
    discount: Decimal
    tax: Decimal
    gift_card: bool


@dataclass(frozen=True)
class Refund:
    number: int
    at: datetime
    rows: tuple[tuple[int, int], ...]  # which line, by its place, and how many units
    shipping: bool


@dataclass(frozen=True)
class Sold:
    """An order. Amounts are before tax; `included` says that its prices are shown with tax."""

    number: int
    at: datetime
    lines: tuple[Line, ...]
    shipping: Decimal
    shipping_tax: Decimal
    included: bool
    test: bool
    currency: str
    customer: int | None
    channel: str
    country: str
    codes: tuple[str, ...]
    tags: tuple[str, ...]
    refunds: tuple[Refund, ...]
    cancelled: datetime | None
    fulfilled: datetime | None
    delivered: datetime | None
    updated: datetime

    @property
    def counted(self) -> bool:
        return not self.test and self.currency == "EUR"

    @property
    def valid(self) -> bool:
        return not self.test and self.cancelled is None


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def _bag(amount: Decimal, currency: str) -> dict[str, Any]:
    return {"shop_money": {"amount": str(amount), "currency_code": currency}}


def as_json(order: Sold, backwards: bool = False) -> dict[str, Any]:
    """Return the order as `MirrorOrder` reads it, its parts perhaps in another order."""

    def bag(amount: Decimal) -> dict[str, Any]:
        return _bag(amount, order.currency)

    def shown(amount: Decimal, tax: Decimal) -> Decimal:
        return amount + tax if order.included else amount

    lines = [
        {
            "id": gid("LineItem", line.number),
            "title": f"Thing {line.product}",
            "sku": None,
            "vendor": "Acme",
            "quantity": line.quantity,
            "is_gift_card": line.gift_card,
            "product": line.product and {"id": gid("Product", line.product)},
            "variant": line.product and {"id": gid("ProductVariant", line.product * 10)},
            "original_total": bag(shown(line.price * line.quantity, line.tax)),
            "discount_allocations": [{"allocated_amount": bag(line.discount)}] if line.discount else [],
            "tax_lines": [{"price": bag(line.tax)}] if line.tax else [],
        }
        for line in order.lines
    ]
    subtotal = sum((shown(line.price * line.quantity - line.discount, line.tax) for line in order.lines), ZERO)
    tax = sum((line.tax for line in order.lines), order.shipping_tax)
    refunds = []
    for refund in order.refunds:
        rows = []
        for place, units in refund.rows:
            line = order.lines[place]
            net, part = _back(line, units)
            rows.append(
                {
                    "quantity": units, "subtotal": bag(shown(net, part)), "total_tax": bag(part),
                    "line_item": {"id": gid("LineItem", line.number)},
                }
            )  # fmt: skip
        posted = {
            "subtotal_amount": bag(shown(order.shipping, order.shipping_tax)),
            "tax_amount": bag(order.shipping_tax),
        }
        refunds.append(
            {
                "id": gid("Refund", refund.number),
                "processed_at": refund.at.isoformat(),
                "refund_line_items": {"nodes": rows},
                "refund_shipping_lines": {"nodes": [posted] if refund.shipping else []},
                "order_adjustments": {"nodes": []},
            }
        )
    shipping = {
        "discounted_price": bag(shown(order.shipping, order.shipping_tax)),
        "tax_lines": [{"price": bag(order.shipping_tax)}] if order.shipping_tax else [],
    }
    fulfillments = [
        {
            "id": gid("Fulfillment", order.number),
            "created_at": order.fulfilled.isoformat(),
            "delivered_at": order.delivered and order.delivered.isoformat(),
            "display_status": "FULFILLED",
        }
        for _ in range(order.fulfilled is not None)
        if order.fulfilled is not None
    ]
    if backwards:
        lines.reverse()
        refunds.reverse()
    return {
        "id": gid("Order", order.number),
        "name": f"#{order.number}",
        "created_at": order.at.isoformat(),
        "processed_at": order.at.isoformat(),
        "updated_at": order.updated.isoformat(),
        "closed_at": None,
        "cancelled_at": order.cancelled and order.cancelled.isoformat(),
        "test": order.test,
        "currency_code": order.currency,
        "taxes_included": order.included,
        "tags": list(order.tags),
        "discount_codes": list(order.codes),
        "source_name": "web",
        "app": {"name": order.channel} if order.channel else None,
        "display_financial_status": "PAID",
        "display_fulfillment_status": "FULFILLED" if order.fulfilled else "UNFULFILLED",
        "customer": order.customer and {"id": gid("Customer", order.customer)},
        "shipping_address": {"country_code_v2": order.country} if order.country else None,
        "subtotal_price": bag(subtotal),
        "total_tax": bag(tax),
        "total_price": bag(subtotal + shown(order.shipping, order.shipping_tax) + (ZERO if order.included else tax)),
        "line_items": {"nodes": lines},
        "shipping_lines": {"nodes": [shipping]},
        "refunds": refunds,
        "transactions": [],
        "fulfillments": fulfillments,
    }


def _back(line: Line, units: int) -> tuple[Decimal, Decimal]:
    cent = Decimal("0.01")
    part = Decimal(units) / line.quantity
    return ((line.price * line.quantity - line.discount) * part).quantize(cent), (line.tax * part).quantize(cent)


@dataclass(frozen=True)
class Booking:
    """What happened on one day: `line` is None for what belongs to the whole order."""

    order: Sold
    day: date
    line: Line | None
    amounts: Mapping[str, Decimal | int]


def bookings(order: Sold, zone: ZoneInfo) -> Iterator[Booking]:
    """Yield what an order adds to the books, in the words of docs/metrics.md."""
    if not order.counted:
        return
    sold = order.at.astimezone(zone).date()
    goods = [line for line in order.lines if not line.gift_card]
    left = {line.number: [line.price * line.quantity - line.discount, line.quantity] for line in goods}
    tax, shipping = sum((line.tax for line in order.lines), order.shipping_tax), order.shipping
    for line in goods:
        yield Booking(
            order, sold, line,
            {"gross": line.price * line.quantity, "discounts": line.discount, "units": line.quantity},
        )  # fmt: skip
    yield Booking(order, sold, None, {"shipping": shipping, "tax": tax, "orders": 1})
    for refund in sorted(order.refunds, key=lambda refund: (refund.at, refund.number)):
        if order.cancelled is not None and refund.at >= order.cancelled:
            continue
        day = refund.at.astimezone(zone).date()
        for place, units in refund.rows:
            line = order.lines[place]
            net, part = _back(line, units)
            tax -= part
            yield Booking(order, day, None, {"tax": -part})
            if not line.gift_card:
                left[line.number][0] -= net
                left[line.number][1] -= units
                yield Booking(order, day, line, {"returns": net, "units_returned": units})
        if refund.shipping:
            shipping -= order.shipping
            tax -= order.shipping_tax
            yield Booking(order, day, None, {"shipping": -order.shipping, "tax": -order.shipping_tax})
    if order.cancelled is not None:
        day = order.cancelled.astimezone(zone).date()
        for line in goods:
            net, units = left[line.number]
            yield Booking(order, day, line, {"returns": net, "units_returned": units})
        yield Booking(order, day, None, {"shipping": -shipping, "tax": -tax})


@dataclass
class Books:
    """The books of a store: everything that counts, and which order of its customer each one is."""

    orders: Iterable[Sold]
    zone: ZoneInfo
    entries: list[Booking] = field(init=False)

    def __post_init__(self) -> None:
        self.orders = list(self.orders)
        self.entries = [entry for order in self.orders for entry in bookings(order, self.zone)]

    def number(self, order: Sold) -> int | None:
        if order.customer is None:
            return None
        earlier = [
            other
            for other in self.orders
            if other.customer == order.customer and other.valid and (other.at, other.number) < (order.at, order.number)
        ]
        return len(earlier) + 1

    def kind(self, order: Sold) -> str:
        number = self.number(order)
        return "guest" if number is None else "new" if number == 1 else "returning"

    def month(self, order: Sold) -> int:
        day = order.at.astimezone(self.zone)
        return day.year * 12 + day.month - 1

    def net(self, order: Sold) -> Decimal:
        return sum(
            (
                Decimal(
                    entry.amounts.get("gross", 0) - entry.amounts.get("discounts", 0) - entry.amounts.get("returns", 0)
                )
                for entry in bookings(order, self.zone)
            ),
            ZERO,
        )

    def sums(self, keys: Any) -> dict[Any, dict[str, Decimal]]:
        """Return the sums of the figures by what `keys(booking)` yields; what is nothing in all is left out."""
        found: dict[Any, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(FIGURES, ZERO))
        for entry in self.entries:
            for key in keys(entry):
                for name, amount in entry.amounts.items():
                    found[key][name] += amount
        return {key: sums for key, sums in found.items() if any(sums.values())}

    def cohorts(self) -> dict[tuple[int, int], tuple[int, int, int, Decimal]]:
        """Return (customers, orders, repeaters, net) by the months of the customers' first order and of the order."""
        first: dict[int, int] = {}
        for order in self.orders:
            if order.valid and order.customer is not None:
                first[order.customer] = min(self.month(order), first.get(order.customer, 10**9))
        who: dict[tuple[int, int], set[int]] = defaultdict(set)
        count: dict[tuple[int, int], list[Any]] = defaultdict(lambda: [0, 0, ZERO])
        for order in self.orders:
            if order.valid and order.customer is not None:
                key = first[order.customer], self.month(order)
                who[key].add(order.customer)
                count[key][0] += 1
                count[key][1] += self.number(order) == 2
                count[key][2] += self.net(order)
        return {key: (len(who[key]), *count[key]) for key in who}


# Clocks go forward at the end of March and back at the end of October.
_DAYS = [date(2025, 3, 29), date(2025, 3, 31), date(2025, 10, 25), date(2025, 12, 31), date(2024, 2, 29)]
moments = st.builds(
    lambda day, minutes: datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes),
    st.sampled_from(_DAYS),
    st.sampled_from([0, 1, 59, 60, 1379, 1380, 1439, 1440, 2879]) | st.integers(0, 3 * 1440),
)
cents = st.integers(0, 9999).map(lambda number: Decimal(number) / 100)


@st.composite
def sold(draw: st.DrawFn, number: int, version: int = 0) -> Sold:
    """Draw an order with this number, as it was after so many changes."""
    at = draw(moments)
    included = draw(st.booleans())
    # Of a price with tax, the discount has tax in it too: how that is divided is tested with whole reports.
    reductions = [ZERO] if included else [ZERO, Decimal("0.37"), Decimal("5.00")]
    lines = []
    for place in range(draw(st.integers(1, 3))):
        price, quantity = draw(cents), draw(st.integers(1, 4))
        lines.append(
            Line(
                number * 10 + place,
                draw(st.sampled_from([None, 1, 2, 3])),
                price,
                quantity,
                min(price * quantity, draw(st.sampled_from(reductions))),
                draw(st.sampled_from([ZERO, Decimal("0.19"), Decimal("1.01")])) if price else ZERO,
                draw(st.sampled_from([False, False, False, True])),
            )
        )
    refunds = []
    for place in range(draw(st.integers(0, 2))):
        row = draw(st.integers(0, len(lines) - 1))
        whole = place == 1 and lines[row].quantity > 1
        refunds.append(
            Refund(
                number * 10 + place,
                at + timedelta(minutes=draw(st.integers(0, 40 * 1440))),
                ((row, 1),) if not whole else ((row, lines[row].quantity - 1),),
                place == 0 and draw(st.booleans()),
            )
        )
    later = st.integers(0, 50 * 1440).map(lambda minutes: at + timedelta(minutes=minutes))
    fulfilled = draw(st.none() | later)
    return Sold(
        number=number,
        at=at,
        lines=tuple(lines),
        shipping=draw(st.sampled_from([ZERO, Decimal("4.90")])),
        shipping_tax=draw(st.sampled_from([ZERO, Decimal("0.78")])),
        included=included,
        test=draw(st.sampled_from([False] * 5 + [True])),
        currency=draw(st.sampled_from(["EUR"] * 5 + ["USD"])),
        customer=draw(st.sampled_from([None, 1, 1, 2, 3])),
        channel=draw(st.sampled_from(["Online Store", "Point of Sale", "web"])),
        country=draw(st.sampled_from(["", "DE", "FR"])),
        codes=tuple(draw(st.sets(st.sampled_from(["SUMMER", "vip", "ünter"]), max_size=2))),
        tags=tuple(draw(st.sets(st.sampled_from(["gift", "rush"]), max_size=2))),
        refunds=tuple(refunds),
        cancelled=draw(st.none() | st.none() | later),
        fulfilled=fulfilled,
        delivered=fulfilled and draw(st.none() | st.just(fulfilled + timedelta(days=2))),
        updated=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=version),
    )


def whole(
    storage: Storage, session: Session, mirror: Mirror, as_of: datetime | None, earliest: datetime | None = None
) -> None:
    """Say of the copied orders that they are whole as of a moment; None says that they are being copied."""
    storage.sync_runs.ask(session, mirror, ["orders"], "full", "auto", "run")
    orders = storage.sync_runs.find(session, mirror, "orders")
    assert orders is not None
    if as_of is not None:
        done = {"state": "done", "whole_at": as_of, "read_up_to": as_of, "earliest": earliest}
        storage.sync_runs.advance(session, mirror, orders, **done)
