"""Copied orders and customers, the sales ledger and its roll-ups."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG, INT, SMALL, MOMENT = sa.BigInteger(), sa.Integer(), sa.SmallInteger(), sa.DateTime(timezone=True)
FIGURES = ("gross", "discounts", "returns", "shipping", "tax")
COUNTS = ("orders", "units", "units_returned")


def text(length: int = 255) -> sa.String:
    return sa.String(length=length)


def column(name: str, kind: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, **{"nullable": False, "autoincrement": False, **options})


def empty(name: str, kind: Any) -> sa.Column[Any]:
    return column(name, kind, nullable=True)


def columns(names: Sequence[str], kind: Any) -> list[sa.Column[Any]]:
    return [column(name, kind) for name in names]


def table(name: str, key: Sequence[str], *members: sa.Column[Any]) -> None:
    op.create_table(
        name,
        column("store", INT),
        *members,
        sa.ForeignKeyConstraint(["store"], ["shopify_mirrors.number"], name=f"fk_{name}_store", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("store", *key, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def part(name: str, *members: sa.Column[Any]) -> None:
    table(name, ("order_id", "id"), column("order_id", BIG), column("id", BIG), *members)


def upgrade() -> None:
    table(
        "shopify_orders", ("id",), column("id", BIG), column("name", text()),
        *columns(("created_at", "processed_at", "updated_at"), MOMENT),
        empty("closed_at", MOMENT), empty("cancelled_at", MOMENT),
        *columns(("day", "month"), INT), *columns(("test", "counted", "valid"), SMALL),
        column("currency", text(3)), column("channel", text()), column("country", text(2)),
        column("financial", text(40)), column("fulfillment", text(40)),
        empty("customer", BIG), empty("number", INT), empty("cohort", INT), empty("active", SMALL),
        *columns(("subtotal", "tax", "total", "net"), BIG),
        empty("fulfilled_at", MOMENT), empty("delivered_at", MOMENT),
        empty("fulfilled_after", BIG), empty("delivered_after", BIG), column("digest", sa.LargeBinary(length=16)),
    )  # fmt: skip
    op.create_index(
        "ix_shopify_orders_day", "shopify_orders",
        ["store", "day", "counted", "valid", "number", "customer", "fulfilled_after", "delivered_after"],
    )  # fmt: skip
    left_out = sa.text("counted = 0")
    op.create_index(
        "ix_shopify_orders_left_out", "shopify_orders", ["store", "counted", "day", "test", "currency"],
        sqlite_where=left_out, postgresql_where=left_out,
    )  # fmt: skip
    op.create_index("ix_shopify_orders_customer", "shopify_orders", ["store", "customer", "processed_at"])
    part(
        "shopify_order_lines", empty("product", BIG), empty("variant", BIG),
        *columns(("title", "sku", "vendor"), text()), column("quantity", INT), column("gift_card", SMALL),
        column("total", BIG),
    )  # fmt: skip
    for name in ("product", "variant"):
        op.create_index(f"ix_shopify_order_lines_{name}", "shopify_order_lines", ["store", name, "order_id"])
    table(
        "shopify_order_labels", ("order_id", "kind", "value"),
        column("order_id", BIG), column("kind", SMALL), column("value", text()),
    )  # fmt: skip
    op.create_index("ix_shopify_order_labels_value", "shopify_order_labels", ["store", "kind", "value"])
    part("shopify_order_refunds", column("at", MOMENT), column("day", INT))
    part(
        "shopify_order_payments", *columns(("kind", "status"), text(40)), column("gateway", text()),
        empty("at", MOMENT), column("amount", BIG),
    )  # fmt: skip
    part(
        "shopify_order_fulfillments", column("created_at", MOMENT), empty("delivered_at", MOMENT),
        column("status", text(40)),
    )  # fmt: skip
    table(
        "shopify_sales", ("day", "order_id", "place"),
        column("day", INT), column("order_id", BIG), column("place", INT), column("at", MOMENT),
        empty("line", BIG), empty("product", BIG), empty("variant", BIG),
        *columns(FIGURES, BIG), *columns(COUNTS, INT),
    )  # fmt: skip
    op.create_index("ix_shopify_sales_order", "shopify_sales", ["store", "order_id"])
    table(
        "shopify_sales_sums", ("dimension", "grain", "since", "value"),
        column("dimension", SMALL), column("grain", SMALL), column("since", INT), column("value", text()),
        *columns((*FIGURES, *COUNTS, "entries"), BIG),
    )  # fmt: skip
    table(
        "shopify_customer_cohorts", ("cohort", "month"),
        *columns(("cohort", "month"), INT), *columns(("customers", "orders", "repeaters", "net"), BIG),
    )  # fmt: skip
    table(
        "shopify_customers", ("id",), column("id", BIG), *columns(("created_at", "updated_at"), MOMENT),
        column("state", text(40)), column("locale", text(20)), column("country", text(2)),
        *columns(("email_consent", "sms_consent"), text(40)), column("orders", INT), column("spent", BIG),
        column("currency", text(3)),
    )  # fmt: skip
    table("shopify_customer_tags", ("customer", "value"), column("customer", BIG), column("value", text()))
    op.create_index("ix_shopify_customer_tags_value", "shopify_customer_tags", ["store", "value"])


def downgrade() -> None:
    for name in (
        "customer_tags", "customers", "customer_cohorts", "sales_sums", "sales", "order_fulfillments",
        "order_payments", "order_refunds", "order_labels", "order_lines", "orders",
    ):  # fmt: skip
        op.drop_table(f"shopify_{name}")
