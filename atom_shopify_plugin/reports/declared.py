"""The ready reports, as data: each is a title and its sections, and a section is a question with what it chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

__all__ = ["REPORTS", "Report", "Section"]


@dataclass(frozen=True, slots=True)
class Section:
    """A question in a report. With `days`, it is about that many days up to the end of the report's period."""

    question: str
    given: Mapping[str, Any] = field(default_factory=dict)
    title: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its name, what it is called and about, its sections, and the period that it has by itself."""

    name: str
    title: str
    about: str
    sections: tuple[Section, ...]
    period: str = "last_30_days"


_ALL = (
    Report(
        "daily_summary",
        "Daily summary",
        "What was sold on a day, against the day before, and in the 30 days up to it.",
        (
            Section("sales"),
            Section("sales_over_time", title="Net sales of 30 days", days=30),
            Section("sales_by_product", {"first": 5}),
            Section("sales_by_channel", {"first": 5}),
            Section("late_orders", {"first": 5}, days=90),
        ),
        "yesterday",
    ),
    Report(
        "weekly_sales",
        "Weekly sales",
        "What was sold in a week, against the week before, day by day and by product, channel and country.",
        (
            Section("sales"),
            Section("sales_over_time", title="Net sales by week", given={"group_by": "week"}, days=84),
            Section("sales_parts"),
            Section("sales_by_product"),
            Section("sales_by_channel"),
            Section("sales_by_country"),
            Section("orders"),
        ),
        "last_week",
    ),
    Report(
        "inventory",
        "Inventory",
        "What is in stock, where it is, and what it cost.",
        (
            Section("stock"),
            Section("stock_by_state"),
            Section("stock_by_location"),
            Section("stock_by_product"),
        ),
    ),
    Report(
        "customers",
        "Customers",
        "Who is new, who comes back, and what customers are worth.",
        (Section("customers"), Section("sales_by_customer_kind"), Section("cohorts")),
    ),
    Report(
        "fulfilment",
        "Fulfilment",
        "How fast orders are sent, which ones are late, and how many are cancelled or refunded.",
        (Section("fulfillment"), Section("late_orders"), Section("orders")),
    ),
    Report(
        "marketing",
        "Marketing",
        "What campaigns, discount codes, channels and tags brought, and what the discounts cost.",
        (
            Section("sales"),
            Section("sales_by_campaign"),
            Section("sales_by_discount_code"),
            Section("sales_by_channel"),
            Section("sales_by_tag"),
            Section("sales_by_customer_kind"),
        ),
    ),
    Report(
        "store_comparison",
        "Store comparison",
        "Stores side by side: sales, orders, customers and fulfilment.",
        (
            Section("sales"),
            Section("sales_over_time"),
            Section("customers"),
            Section("fulfillment"),
        ),
    ),
)
REPORTS: Mapping[str, Report] = MappingProxyType({report.name: report for report in _ALL})
"""The ready reports by name."""
