"""Copied orders: their tables.

Days are the ordinals of `datetime.date` in the time zone of the mirror, months count from year 0 (``year * 12 + month
- 1``), so that both databases compare and group them as numbers. Money is in ten-thousandths (`amounts`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.storage.database.base import Base, partial_index
from atom_shopify_plugin.storage.insight.mirrors import mirror_column

__all__ = [
    "CODE",
    "FIGURES",
    "MONEY",
    "TAG",
    "TEXT",
    "FulfillmentRow",
    "LabelRow",
    "LedgerRow",
    "LineRow",
    "OrderRow",
    "PaymentRow",
    "RefundRow",
]

TAG, CODE = 0, 1
"""Kinds of labels."""
FIGURES = ("gross", "discounts", "returns", "shipping", "tax", "orders", "units", "units_returned")
"""The columns of figures: money first, then counts."""
MONEY = FIGURES[:5]
TEXT = 255


def _id(**options: Any) -> Any:
    return mapped_column(BigInteger, autoincrement=False, **options)


class OrderRow(Base):
    """An order.

    `counted` is 1 where it is in the sales: no test, and in the mirror's currency. `valid` is 1 where it counts for
    its customer: no test, not cancelled. `number` is its place among the valid orders of its customer, 1 for the first
    one; `cohort` is the month of the first one; `active` is 1 where it is the first valid one of its customer in its
    month. All three are empty without a customer. `net` is the net sales that are left of it. `fulfilled_after` and
    `delivered_after` are seconds.
    """

    __tablename__ = "shopify_orders"
    __table_args__ = (
        # What questions about the orders of a period read: the index alone answers them.
        Index(
            "ix_shopify_orders_day",
            *("store", "day", "counted", "valid", "number", "customer", "fulfilled_after", "delivered_after"),
        ),
        # Few are left out of the sums: each answer counts them.
        partial_index("ix_shopify_orders_left_out", "store", "counted", "day", "test", "currency", where="counted = 0"),
        Index("ix_shopify_orders_customer", "store", "customer", "processed_at"),
        {"sqlite_with_rowid": False},
    )

    store: Mapped[int] = mirror_column(primary_key=True)
    id: Mapped[int] = _id(primary_key=True)
    name: Mapped[str] = mapped_column(String(TEXT))
    created_at: Mapped[datetime]
    processed_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    day: Mapped[int] = mapped_column(Integer)
    month: Mapped[int] = mapped_column(Integer)
    test: Mapped[int] = mapped_column(SmallInteger)
    counted: Mapped[int] = mapped_column(SmallInteger)
    valid: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[str] = mapped_column(String(3))
    channel: Mapped[str] = mapped_column(String(TEXT))
    country: Mapped[str] = mapped_column(String(2))
    financial: Mapped[str] = mapped_column(String(40))
    fulfillment: Mapped[str] = mapped_column(String(40))
    customer: Mapped[int | None] = _id()
    number: Mapped[int | None] = mapped_column(Integer)
    cohort: Mapped[int | None] = mapped_column(Integer)
    active: Mapped[int | None] = mapped_column(SmallInteger)
    subtotal: Mapped[int] = _id()
    tax: Mapped[int] = _id()
    total: Mapped[int] = _id()
    net: Mapped[int] = _id()
    fulfilled_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    fulfilled_after: Mapped[int | None] = _id()
    delivered_after: Mapped[int | None] = _id()
    digest: Mapped[bytes] = mapped_column(LargeBinary(16))


class LineRow(Base):
    """A line of an order as it was sold, gift cards included."""

    __tablename__ = "shopify_order_lines"
    __table_args__ = (
        Index("ix_shopify_order_lines_product", "store", "product", "order_id"),
        Index("ix_shopify_order_lines_variant", "store", "variant", "order_id"),
        {"sqlite_with_rowid": False},
    )

    store: Mapped[int] = mirror_column(primary_key=True)
    order_id: Mapped[int] = _id(primary_key=True)
    id: Mapped[int] = _id(primary_key=True)
    product: Mapped[int | None] = _id()
    variant: Mapped[int | None] = _id()
    title: Mapped[str] = mapped_column(String(TEXT))
    sku: Mapped[str] = mapped_column(String(TEXT))
    vendor: Mapped[str] = mapped_column(String(TEXT))
    quantity: Mapped[int] = mapped_column(Integer)
    gift_card: Mapped[int] = mapped_column(SmallInteger)
    total: Mapped[int] = _id()


class LabelRow(Base):
    """A tag or a discount code of an order; `kind` is `TAG` or `CODE`."""

    __tablename__ = "shopify_order_labels"
    __table_args__ = (
        Index("ix_shopify_order_labels_value", "store", "kind", "value"),
        {"sqlite_with_rowid": False},
    )

    store: Mapped[int] = mirror_column(primary_key=True)
    order_id: Mapped[int] = _id(primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    value: Mapped[str] = mapped_column(String(TEXT), primary_key=True)


class RefundRow(Base):
    """A refund: when it was made."""

    __tablename__ = "shopify_order_refunds"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    order_id: Mapped[int] = _id(primary_key=True)
    id: Mapped[int] = _id(primary_key=True)
    at: Mapped[datetime]
    day: Mapped[int] = mapped_column(Integer)


class PaymentRow(Base):
    """A transaction of an order."""

    __tablename__ = "shopify_order_payments"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    order_id: Mapped[int] = _id(primary_key=True)
    id: Mapped[int] = _id(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(40))
    gateway: Mapped[str] = mapped_column(String(TEXT))
    at: Mapped[datetime | None]
    amount: Mapped[int] = _id()


class FulfillmentRow(Base):
    """A fulfilment of an order."""

    __tablename__ = "shopify_order_fulfillments"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    order_id: Mapped[int] = _id(primary_key=True)
    id: Mapped[int] = _id(primary_key=True)
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(40))


class LedgerRow(Base):
    """What an order adds to the sales at one moment; `line` is empty for what belongs to the whole order."""

    __tablename__ = "shopify_sales"
    __table_args__ = (
        Index("ix_shopify_sales_order", "store", "order_id"),
        {"sqlite_with_rowid": False},
    )

    store: Mapped[int] = mirror_column(primary_key=True)
    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    order_id: Mapped[int] = _id(primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    line: Mapped[int | None] = _id()
    product: Mapped[int | None] = _id()
    variant: Mapped[int | None] = _id()
    gross: Mapped[int] = _id()
    discounts: Mapped[int] = _id()
    returns: Mapped[int] = _id()
    shipping: Mapped[int] = _id()
    tax: Mapped[int] = _id()
    orders: Mapped[int] = mapped_column(Integer)
    units: Mapped[int] = mapped_column(Integer)
    units_returned: Mapped[int] = mapped_column(Integer)
