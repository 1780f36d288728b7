"""Figures as answers show them: exact amounts as text, and changes in percent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.shopify.sales import Figures, amount_text

__all__ = ["change", "days", "percent", "product", "totals"]

Json = dict[str, Any]
_COMPARED = ("gross_sales", "net_sales", "total_sales", "orders", "units")
_TENTH = Decimal("0.1")


def days(period: Period) -> Json:
    """Return the first and the last day of a period."""
    return {"since": period.since.isoformat(), "until": period.until.isoformat()}


def product(figures: Figures, currency: str) -> Json:
    """Return the figures that the lines of orders have."""
    amounts = {name: getattr(figures, name) for name in ("gross_sales", "discounts", "returns", "net_sales")}
    texts: Json = {name: amount_text(amount, currency) for name, amount in amounts.items()}
    return {**texts, "units": figures.units, "units_returned": figures.units_returned}


def totals(figures: Figures, currency: str) -> Json:
    """Return all figures."""
    average = figures.average(currency)
    return {
        **product(figures, currency),
        "shipping": amount_text(figures.shipping, currency),
        "tax": amount_text(figures.tax, currency),
        "total_sales": amount_text(figures.total_sales, currency),
        "orders": figures.orders,
        "average_order_value": None if average is None else amount_text(average, currency),
    }


def change(before: Figures, now: Figures) -> Json:
    """Return by how many percent figures rose, to one decimal; None where there was nothing, or less, before."""
    changes: Json = {}
    for name in _COMPARED:
        old, new = Decimal(getattr(before, name)), Decimal(getattr(now, name))
        changes[name] = percent(new - old, old)
    return changes


def percent(part: Decimal | int, whole: Decimal | int) -> str | None:
    """Return a part in percent of the whole, to one decimal; None where the whole is nothing, or less."""
    if whole <= 0:
        return None
    return f"{(Decimal(part) * 100 / Decimal(whole)).quantize(_TENTH, ROUND_HALF_UP):f}"
