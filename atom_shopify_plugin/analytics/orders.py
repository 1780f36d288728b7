"""What became of the orders of a period: cancelled, refunded, fulfilled, delivered, or late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.analytics.shown import percent
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.shopify.sales import amount_text
from atom_shopify_plugin.storage.insight.order_facts import Spread

__all__ = ["answer"]

Json = dict[str, Any]
_DAY = 86_400
_HOUR = Decimal(3_600)


def answer(view: View, given: Mapping[str, Any]) -> Json:
    """Return rates of cancellation and refund, times to fulfil and to deliver, and the orders that are late."""
    period = view.period(given)
    facts = view.storage.order_facts
    place = (view.session, view.mirror, period.since, period.until)
    late_after = given["late_after_days"] * _DAY
    counts = facts.counts(*place, late_after, view.as_of)
    sales = view.storage.sales_figures.total(*place)
    lasting = counts.orders - counts.cancelled
    waiting = facts.waiting(*place, view.as_of - timedelta(seconds=late_after), given["first"])
    return {
        **view.about(period, "orders"),
        "orders": {
            "total": counts.orders,
            "cancelled": counts.cancelled,
            "cancelled_percent": percent(counts.cancelled, counts.orders),
            "refunded": counts.refunded,
            "refunded_percent": percent(counts.refunded, counts.orders),
            "returns": amount_text(sales.returns, view.currency),
            "returns_percent": percent(sales.returns, sales.gross_sales - sales.discounts),
        },
        "fulfillment": {
            "fulfilled": counts.fulfilled,
            "waiting": counts.waiting,
            "delivered": counts.delivered,
            "late_after_days": given["late_after_days"],
            "late": counts.late,
            "late_percent": percent(counts.late, lasting),
            "hours_to_fulfill": _hours(facts.spread(*place)),
            "hours_to_deliver": _hours(facts.spread(*place, delivered=True)),
        },
        "late_orders": [
            {
                "id": f"gid://shopify/Order/{order.id}",
                "name": order.name,
                "processed_at": f"{order.processed_at:%Y-%m-%dT%H:%M:%SZ}",
                "status": order.status,
                "days_waiting": _days(order.processed_at, view.as_of),
            }
            for order in waiting
        ],
    }


def _hours(spread: Spread) -> Json:
    shares = {share: None if seconds is None else _hour(seconds) for share, seconds in _filled(spread).items()}
    return {
        "orders": spread.count,
        "mean": None if spread.mean is None else _hour(spread.mean),
        "median": shares[50],
        "percent_90": shares[90],
        "percent_95": shares[95],
    }


def _filled(spread: Spread) -> dict[int, int | None]:
    return {share: spread.shares.get(share) for share in (50, 90, 95)}


def _hour(seconds: Decimal | int) -> str:
    return f"{(Decimal(seconds) / _HOUR).quantize(Decimal('0.1'), ROUND_HALF_UP):f}"


def _days(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // _DAY
