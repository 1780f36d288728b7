"""When customers are likely to order a product again: from the time between their orders of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Literal

from atom_shopify_plugin.analytics.recommend import Basket

__all__ = ["Reminder", "reminders"]

FEWEST_OWN = 2  # intervals of the customer, so three orders
FEWEST_SHARED = 10  # intervals of all customers
LATEST = 2.0  # intervals; who has not come back by then has probably left


@dataclass(frozen=True, slots=True)
class Reminder:
    """A product that a customer is likely to order again about the day `due`.

    `interval` is the median number of days between two orders of it: of this customer (`basis` is `customer`, from
    three orders on) or of all customers (`product`, from ten intervals on). `spread` is the median distance of the
    intervals from it, in days: a small one means that the day is reliable.
    """

    customer: str
    product: str
    last_order: date
    interval: int
    due: date
    basis: Literal["customer", "product"]
    intervals: int
    spread: float


def reminders(orders: Iterable[Basket], today: date, *, ahead: int = 7) -> list[Reminder]:
    """Return what customers are likely to order again until `ahead` days from now, the longest overdue first.

    A product that was ordered twice on one day counts once. Left out is what is so late that a whole further interval
    has passed. Days after today are not considered. Raises `ValueError` for a negative `ahead`.
    """
    if ahead < 0:
        raise ValueError("The days ahead are not negative.")
    days: dict[tuple[str, str], set[date]] = {}
    for order in orders:
        if order.customer is not None and order.day <= today:
            for product in order.products:
                days.setdefault((order.customer, product), set()).add(order.day)
    own = {pair: _intervals(bought) for pair, bought in days.items()}
    shared: dict[str, list[int]] = {}
    for (_, product), intervals in own.items():
        shared.setdefault(product, []).extend(intervals)
    usual = {product: _typical(intervals) for product, intervals in shared.items() if len(intervals) >= FEWEST_SHARED}
    due = []
    for (customer, product), bought in days.items():
        intervals = own[customer, product]
        basis: Literal["customer", "product"] = "customer" if len(intervals) >= FEWEST_OWN else "product"
        if basis == "product" and product not in usual:
            continue
        interval, spread = _typical(intervals) if basis == "customer" else usual[product]
        count = len(intervals) if basis == "customer" else len(shared[product])
        last = max(bought)
        when = last + timedelta(days=interval)
        if (when - today).days <= ahead and (today - last).days <= LATEST * interval:
            due.append(Reminder(customer, product, last, interval, when, basis, count, spread))
    return sorted(due, key=lambda reminder: (reminder.due, reminder.customer, reminder.product))


def _intervals(days: set[date]) -> list[int]:
    ordered = sorted(days)
    return [(later - earlier).days for earlier, later in pairwise(ordered)]


def _typical(intervals: list[int]) -> tuple[int, float]:
    """Return the median of intervals in whole days, rounded up from a half, and their median distance from it."""
    middle = int(median(intervals) + 0.5)
    return middle, float(median(abs(interval - middle) for interval in intervals))
