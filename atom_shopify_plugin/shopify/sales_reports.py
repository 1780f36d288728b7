"""The sales of a period as Shopify's own reports count them, asked for in ShopifyQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from atom_shopify_plugin.errors import InvalidInput, MissingScope, UpstreamError
from atom_shopify_plugin.shopify.sales import Entry, Figures
from atom_shopify_plugin.shopify.scopes import expand_scopes

__all__ = ["Ask", "ReportedSales", "reported_sales"]

Ask = Callable[[str], list[dict[str, Any]]]
"""Runs a query in ShopifyQL and returns its rows; raises `InvalidInput` where Shopify does not understand it."""

_TITLE = "product_title_at_time_of_sale"
# Shopify counts what lowers sales below zero, and says "reversals" for returns, cancellations and edits.
_FIGURES = {
    "gross_sales": ("gross_sales", 1),
    "discounts": ("discounts", -1),
    "returns": ("sales_reversals", -1),
    "units": ("quantity_ordered", 1),
    "units_returned": ("reversed_quantity", -1),
}
_OF_DAYS = {**_FIGURES, "shipping": ("shipping_charges", 1), "tax": ("taxes", 1), "orders": ("orders", 1)}
_WHOLE = ("units", "units_returned", "orders")


def reported_sales(
    ask: Ask, wanted: str, granted: Iterable[str], since: date, until: date, zone: tzinfo
) -> ReportedSales | None:
    """Return the sales from a day to another by Shopify's reports, None where orders are to tell of them.

    `wanted` is ``orders``, ``shopifyql`` or ``auto``, with which orders tell where Shopify refuses.
    """
    if wanted == "orders" or (wanted == "auto" and "read_reports" not in expand_scopes(granted)):
        return None
    try:
        return ReportedSales(ask, since, until, zone)
    except (MissingScope, UpstreamError):
        if wanted != "auto":
            raise
        return None


@dataclass
class ReportedSales:
    """Sales of the days from `since` to `until` by Shopify's reports; no order is read for them."""

    ask: Ask
    since: date
    until: date
    zone: tzinfo
    read: int = 0
    complete: bool = True
    foreign: Counter[str] = field(default_factory=Counter)
    _days: list[tuple[datetime, Figures]] = field(init=False)

    def __post_init__(self) -> None:
        """Ask Shopify; raise what `ask` raises, and `UpstreamError` where it does not know the columns."""
        rest = f"TIMESERIES day {self._period(self.since)} LIMIT 1000"
        self._days = [(self._noon(day), figures) for day, figures in self._asked(_OF_DAYS, "day", rest)]

    def entries(self, _first: datetime, _end: datetime, _currency: str) -> Iterator[Entry]:
        """Yield the sales of each day, at its noon."""
        return (Entry(noon, figures) for noon, figures in self._days)

    def products(self, since: date, top: int) -> dict[str, Figures]:
        """Return what sold best from a day on, by the titles that products had."""
        rest = f"WHERE {_TITLE} IS NOT NULL GROUP BY {_TITLE} {self._period(since)} ORDER BY net_sales DESC LIMIT {top}"
        return dict(self._asked(_FIGURES | {"": ("net_sales", 1)}, _TITLE, rest)) if top else {}

    def _noon(self, day: str) -> datetime:
        try:
            return datetime.combine(date.fromisoformat(day[:10]), time(12, tzinfo=self.zone))
        except (TypeError, ValueError):
            raise UpstreamError("Shopify answered this report with something that is no day.") from None

    def _period(self, since: date) -> str:
        return f"SINCE {since} UNTIL {self.until}"

    def _asked(self, figures: Mapping[str, tuple[str, int]], group: str, rest: str) -> list[tuple[str, Figures]]:
        names = ", ".join(name for name, _ in figures.values())
        try:
            rows = self.ask(f"FROM sales SHOW {names} {rest}")
            return [(row[group], _figures(row, figures)) for row in rows]
        except InvalidInput as refused:
            raise UpstreamError(
                "Shopify does not answer what this report asks it for in ShopifyQL. Ask for the source orders instead.",
                details={"shopify_errors": [{"message": fault.message} for fault in refused.faults]},
            ) from None
        except (KeyError, InvalidOperation, TypeError):
            raise UpstreamError("Shopify answered this report with something that is no number.") from None


def _figures(row: Mapping[str, Any], figures: Mapping[str, tuple[str, int]]) -> Figures:
    values = {ours: sign * Decimal(row[name] or 0) for ours, (name, sign) in figures.items() if ours}
    counts: dict[str, Any] = {name: int(values[name]) for name in _WHOLE if name in values}
    return Figures(**{**values, **counts})
