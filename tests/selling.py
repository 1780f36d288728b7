"""Orders that stores sell: described, made at random, and placed in the sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

__all__ = ["CREATE", "REFUND", "WEEKS", "Line", "Sold", "bag", "made", "orders", "refunded"]

Run = Callable[..., Any]
# Clocks go forward in this week, and back in the other.
WEEKS = [date(2025, 3, 27), date(2025, 10, 23)]
CREATE = """mutation ($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order { id lineItems(first: 50) { nodes { id } } } userErrors { message } } }"""
REFUND = """mutation ($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
  refund { id } userErrors { message } } }"""


def bag(amount: Decimal | str) -> Any:
    return {"shopMoney": {"amount": str(amount), "currencyCode": "EUR"}}


@dataclass
class Line:
    price: Decimal
    quantity: int
    tax: Decimal


@dataclass
class Sold:
    """An order as the test makes it."""

    at: datetime
    lines: list[Line]
    shipping: Decimal
    included: bool
    test: bool
    off: Decimal
    # When, and how many units of the first line come back, at most all of them.
    back: list[tuple[timedelta, int]]


amounts = st.integers(min_value=100, max_value=9999).map(lambda cents: Decimal(cents) / 100)
lines = st.builds(
    Line, price=amounts, quantity=st.integers(1, 3), tax=st.integers(0, 90).map(lambda cents: Decimal(cents) / 100)
)
orders = st.builds(
    Sold,
    at=st.builds(
        lambda week, minutes: datetime(week.year, week.month, week.day, tzinfo=UTC) + timedelta(minutes=minutes),
        st.sampled_from(WEEKS),
        st.integers(0, 7 * 24 * 60),
    ),
    lines=st.lists(lines, min_size=1, max_size=3),
    shipping=st.sampled_from([Decimal("0.00"), Decimal("4.90")]),
    included=st.booleans(),
    test=st.sampled_from([False, False, False, True]),
    off=st.sampled_from([Decimal("0.00"), Decimal("0.00"), Decimal("0.37"), Decimal("1.00")]),
    back=st.lists(
        st.tuples(st.integers(0, 5 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)), st.just(1)), max_size=2
    ),
)


def made(shopify: Run, order: Sold, number: int = 0) -> Any:
    given = {
        "processedAt": order.at.isoformat(),
        "taxesIncluded": order.included,
        "test": order.test,
        "lineItems": [
            {
                "title": f"Thing {number}",
                "quantity": line.quantity,
                "priceSet": bag(line.price),
                "taxLines": [{"title": "VAT", "rate": "0.05", "priceSet": bag(line.tax)}],
            }
            for line in order.lines
        ],
    }
    if order.shipping:
        given["shippingLines"] = [{"title": "Post", "priceSet": bag(order.shipping)}]
    if order.off:
        given["discountCode"] = {"itemFixedDiscountCode": {"code": "LESS", "amountSet": bag(order.off)}}
    answer = shopify(CREATE, order=given)["orderCreate"]
    assert answer["userErrors"] == []
    return answer["order"]


def refunded(shopify: Run, order: Any, at: datetime, units: int = 1, **more: Any) -> None:
    line = order["lineItems"]["nodes"][0]["id"]
    items = [{"lineItemId": line, "quantity": units, "restockType": "NO_RESTOCK"}]
    given = {"orderId": order["id"], "processedAt": at.isoformat(), "refundLineItems": items, **more}
    assert shopify(REFUND, input=given, key=str(uuid.uuid4()))["refundCreate"]["userErrors"] == []
