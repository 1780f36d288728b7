"""Who bought, whether they came back, and what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.analytics.shown import percent
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.shopify.money import digits
from atom_shopify_plugin.shopify.sales import amount_text
from atom_shopify_plugin.storage.insight.order_facts import Cohort

__all__ = ["answer"]

Json = dict[str, Any]


def answer(view: View, given: Mapping[str, Any]) -> Json:
    """Return new and returning customers of a period, what customers are worth in all, and cohorts by month."""
    period = view.period(given)
    facts = view.storage.order_facts
    who = facts.customers(view.session, view.mirror, period.since, period.until)
    customers, repeaters, orders, net = facts.lifetime(view.session, view.mirror)
    last = view.as_of.astimezone(view.zone)
    this_month = last.year * 12 + last.month - 1
    first = this_month - given["cohorts"] + 1
    return {
        **view.about(period, "customers-over-time", history=True),
        "customers": {
            "total": who.customers,
            "new": who.new,
            "returning": who.returning,
            "returning_percent": percent(who.returning, who.customers),
            "orders": who.orders,
            "orders_of_new": who.new,
            "orders_of_returning": who.orders - who.guest_orders - who.new,
            "orders_without_customer": who.guest_orders,
        },
        "lifetime": {
            "customers": customers,
            "repeat_customers": repeaters,
            "repeat_percent": percent(repeaters, customers),
            "orders": orders,
            "orders_per_customer": None if not customers else _text(Decimal(orders) / customers, 2),
            "net_sales": amount_text(net, view.currency),
            "net_sales_per_customer": _average(net, customers, view.currency),
        },
        "cohorts": [
            _cohort(rows, this_month, view.currency)
            for rows in _by_cohort(facts.cohorts(view.session, view.mirror, first, this_month))
        ],
    }


def _by_cohort(rows: list[Cohort]) -> list[list[Cohort]]:
    found: dict[int, list[Cohort]] = {}
    for row in rows:
        found.setdefault(row.cohort, []).append(row)
    return list(found.values())


def _cohort(rows: list[Cohort], this_month: int, currency: str) -> Json:
    """Return one cohort: a row for each month since its first, months without orders too."""
    start = rows[0].cohort
    by_month = {row.month: row for row in rows}
    size = by_month[start].customers
    months: list[Json] = []
    net, again = Decimal(0), 0
    for month in range(start, max(this_month, max(by_month)) + 1):
        row = by_month.get(month, Cohort(start, month, 0, 0, 0, Decimal(0)))
        net += row.net
        again += row.repeaters
        months.append(
            {
                "month": _name(month),
                "after": month - start,
                "customers": row.customers,
                "retention_percent": percent(row.customers, size),
                "orders": row.orders,
                "net_sales": amount_text(row.net, currency),
                "net_sales_per_customer": _average(net, size, currency),
                "repeat_percent": percent(again, size),
            }
        )
    return {"cohort": _name(start), "customers": size, "months": months}


def _name(month: int) -> str:
    return f"{date(month // 12, month % 12 + 1, 1):%Y-%m}"


def _average(amount: Decimal, count: int, currency: str) -> str | None:
    return None if not count else amount_text(_rounded(amount / count, digits(currency)), currency)


def _text(number: Decimal, places: int) -> str:
    return f"{_rounded(number, places):f}"


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
