"""The questions of which reports are made: who answers, and what of the answer is shown in which form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from atom_shopify_plugin.analytics import campaigns, customers, orders, sales, stock

__all__ = ["QUESTIONS", "Chart", "Question", "Shown"]

Json = dict[str, Any]
Source = Literal["orders", "stock"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure or a column: its term, where it is in the answer, and where its change in percent is.

    A path has dots; of several paths, separated by ``|``, the first one counts that leads to something.
    """

    term: str
    path: str
    change: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """How rows are drawn: ``line`` and ``stacked`` over time, ``bar`` by name; `x` and `series` name columns."""

    kind: Literal["line", "stacked", "bar"]
    x: str
    series: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to `analytics`: `given` is always asked, `takes` are what a section may choose, with their values.

    `title` may name members of what is asked in braces. The answer's `figures` are shown as numbers, the list at `rows`
    as a table with `columns` and a `chart`. `asked_by` is the member of a call that asks it, where no section may.
    """

    title: str
    ask: Callable[[Any, Mapping[str, Any]], Json]
    given: Mapping[str, Any] = field(default_factory=dict)
    takes: Mapping[str, tuple[Any, ...] | range] = field(default_factory=dict)
    figures: tuple[Shown, ...] = ()
    rows: str | None = None
    columns: tuple[Shown, ...] = ()
    chart: Chart | None = None
    source: Source = "orders"
    asked_by: str | None = None


def _same(*names: str, prefix: str = "") -> tuple[Shown, ...]:
    return tuple(Shown(name, f"{prefix}{name}") for name in names)


def _changing(*names: str) -> tuple[Shown, ...]:
    return tuple(Shown(name, f"totals.{name}", f"previous.change_percent.{name}") for name in names)


_SALES = (
    *_changing("total_sales", "net_sales", "orders"),
    Shown("average_order_value", "totals.average_order_value"),
    *_changing("units", "gross_sales"),
    *_same("discounts", "returns", "shipping", "tax", prefix="totals."),
)
_PARTS = (Shown("since", "since"), *_same("orders", "units", "gross_sales", "discounts", "returns", "net_sales"))
_OVER_TIME = {"group_by": ("day", "week", "month")}
_FIRST = range(1, 51)
_RANKED: Json = {"sort": "net_sales", "order": "highest", "first": 10}
_GOODS = (
    Shown("product", "title|value"),
    *_same("units", "units_returned", "gross_sales", "discounts", "returns", "net_sales", "share_percent"),
)
_WHOLE = (
    Shown("value", "value"),
    *_same("orders", "units", "discounts", "returns", "net_sales", "average_order_value", "share_percent"),
)


def _by(title: str, by: str) -> Question:
    """Return the question what sold by a dimension whose rows have whole orders."""
    return Question(
        title, sales.breakdown, {**_RANKED, "by": by}, {"first": _FIRST}, rows="rows", columns=_WHOLE,
        chart=Chart("bar", "value", ("net_sales",)),
    )  # fmt: skip


QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "sales": Question("Sales", sales.over_time, {"compare": True}, figures=_SALES),
        "sales_converted": Question(
            "Sales in {convert_to}", sales.over_time,
            figures=_same("total_sales", "net_sales", "gross_sales", "discounts", "returns", "shipping", "tax", "rate",
                          prefix="converted."),
            asked_by="convert_to",
        ),
        "sales_over_time": Question(
            "Net sales over time", sales.over_time, {"group_by": "day"}, _OVER_TIME, rows="rows", columns=_PARTS,
            chart=Chart("line", "since", ("net_sales",)),
        ),
        "sales_parts": Question(
            "Net sales, discounts and returns", sales.over_time, {"group_by": "day"}, _OVER_TIME, rows="rows",
            columns=_PARTS, chart=Chart("stacked", "since", ("net_sales", "discounts", "returns")),
        ),
        "sales_by_product": Question(
            "Best sellers", sales.breakdown, {**_RANKED, "by": "product"}, {"first": _FIRST}, rows="rows",
            columns=_GOODS, chart=Chart("bar", "product", ("net_sales",)),
        ),
        "sales_by_variant": Question(
            "Best-selling variants", sales.breakdown, {**_RANKED, "by": "variant"}, {"first": _FIRST}, rows="rows",
            columns=(_GOODS[0], Shown("sku", "sku"), *_GOODS[1:]), chart=Chart("bar", "product", ("net_sales",)),
        ),
        "slow_products": Question(
            "Slow products", sales.breakdown, {"by": "product", "sort": "units", "order": "lowest", "first": 10},
            {"first": _FIRST}, rows="rows", columns=_GOODS,
        ),
        "sales_by_channel": _by("Sales by channel", "channel"),
        "sales_by_country": _by("Sales by country", "country"),
        "sales_by_discount_code": _by("Sales by discount code", "discount_code"),
        "sales_by_campaign": Question(
            "Campaigns", campaigns.ranked, {"first": 10}, {"first": _FIRST}, rows="rows",
            columns=(
                Shown("campaign", "value"),
                *_same("orders", "customers", "new_customers", "discounts", "returns", "net_sales",
                       "average_order_value", "share_percent"),
            ),
            chart=Chart("bar", "campaign", ("net_sales",)),
        ),
        "sales_by_tag": _by("Sales by tag of the order", "tag"),
        "sales_by_customer_kind": _by("New and returning customers", "customer_kind"),
        "customers": Question(
            "Customers", customers.answer, {"cohorts": 0},
            figures=(
                Shown("customers", "customers.total"),
                *_same("new", "returning", "returning_percent", prefix="customers."),
                *_same("repeat_percent", "orders_per_customer", "net_sales_per_customer", prefix="lifetime."),
            ),
        ),
        "cohorts": Question(
            "Customers by the month of their first order", customers.answer, {"cohorts": 12},
            {"cohorts": range(1, 61)}, rows="cohorts",
            columns=(
                Shown("cohort", "cohort"),
                Shown("customers", "customers"),
                *(Shown("retention", f"months.{after}.retention_percent", label=f"After {after} mo.")
                  for after in (1, 2, 3)),
                *_same("repeat_percent", "net_sales_per_customer", prefix="months.-1."),
            ),
            chart=Chart("bar", "cohort", ("customers",)),
        ),
        "orders": Question(
            "Cancelled and refunded orders", orders.answer, {"late_after_days": 3, "first": 0},
            figures=(
                Shown("orders", "orders.total"),
                *_same("cancelled", "cancelled_percent", "refunded", "refunded_percent", "returns", "returns_percent",
                       prefix="orders."),
            ),
        ),
        "fulfillment": Question(
            "Fulfilment, late after {late_after_days} days", orders.answer, {"late_after_days": 3, "first": 0},
            {"late_after_days": range(1, 61)},
            figures=(
                *_same("fulfilled", "waiting", "delivered", "late", "late_percent", prefix="fulfillment."),
                Shown("hours_to_fulfill", "fulfillment.hours_to_fulfill.median"),
                Shown("hours_to_fulfill_90", "fulfillment.hours_to_fulfill.percent_90"),
                Shown("hours_to_deliver", "fulfillment.hours_to_deliver.median"),
            ),
        ),
        "late_orders": Question(
            "Orders that wait for more than {late_after_days} days", orders.answer, {"late_after_days": 3, "first": 20},
            {"late_after_days": range(1, 61), "first": _FIRST}, rows="late_orders",
            columns=_same("name", "processed_at", "days_waiting", "status"),
        ),
        "stock": Question(
            "Stock", stock.totals, source="stock",
            figures=_same("value_at_cost", "units_without_cost", "variants", "sold_out", "on_hand", "available",
                          "committed", "incoming"),
        ),
        "stock_by_state": Question(
            "Stock by state", stock.by_state, source="stock", rows="rows",
            columns=(*_same("state"), Shown("in_stock", "units")),
            chart=Chart("bar", "state", ("in_stock",)),
        ),
        "stock_by_location": Question(
            "Stock by location", stock.by_location, source="stock", rows="rows",
            columns=_same("location", "on_hand", "available", "committed", "incoming", "value_at_cost",
                          "units_without_cost"),
            chart=Chart("bar", "location", ("value_at_cost",)),
        ),
        "stock_by_product": Question(
            "Where the stock value lies", stock.by_product, {"first": 10}, {"first": _FIRST}, source="stock",
            rows="rows", columns=_same("product", "on_hand", "available", "value_at_cost", "units_without_cost"),
            chart=Chart("bar", "product", ("value_at_cost",)),
        ),
    }
)  # fmt: skip
"""The questions by name."""
