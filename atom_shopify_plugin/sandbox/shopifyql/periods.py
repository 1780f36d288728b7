"""The days that a ShopifyQL query is about, in the store's time zone; both boundaries are included (documented).

``-7d`` is the day seven days before today. Weeks are not modelled, because the day on which they begin is not
documented. Neither is a query that names no period.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.shopifyql.grammar import Parsed, QueryError

__all__ = ["Days", "begin_of", "days_of", "parts_of"]

DAY = timedelta(days=1)
_OFFSET = re.compile(r"-(\d{1,4})(min|[smhdwqy])")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_PERIODS = (
    "today", "yesterday", "this_month", "last_month", "this_quarter", "last_quarter", "this_year", "last_year",
)  # fmt: skip
_OTHER_PERIODS = re.compile(r"(this|last)_(week|weekend)|(week|month|quarter|year)_to_date|bfcm\d{4}|all_time")


class Days(NamedTuple):
    """The days from `first` to `last`."""

    first: date
    last: date


def days_of(query: Parsed, today: date) -> Days:
    """Return the days of a query; raise `QueryError` for what is not a period."""
    if query.during is not None:
        if _OTHER_PERIODS.fullmatch(query.during):
            raise not_modelled(f"ShopifyQL's {query.during}")
        if query.during not in _PERIODS:
            raise QueryError(f"Invalid date range: {query.during}")
        return _named(query.during, today)
    if query.since is None:
        if query.until is not None and query.timeseries is None:
            raise QueryError("Invalid date range: UNTIL needs SINCE or TIMESERIES")
        raise not_modelled("A query of ShopifyQL without SINCE or DURING")
    days = Days(_boundary(query.since, today), today if query.until is None else _boundary(query.until, today))
    if days.last < days.first:
        raise QueryError("Invalid date range: UNTIL is before SINCE")
    return days


def begin_of(day: date, unit: str) -> date:
    """Return the first day of the day, month, quarter or year of a day."""
    months = _MONTHS.get(unit)
    return day if months is None else day.replace(month=(day.month - 1) // months * months + 1, day=1)


def parts_of(days: Days, unit: str) -> list[date]:
    """Return the first day of each part of a period, those of parts that begin before it, too."""
    found = [begin_of(days.first, unit)]
    while (following := _after(found[-1], unit)) <= days.last:
        found.append(following)
    return found


def _after(first: date, unit: str) -> date:
    months = _MONTHS.get(unit)
    return first + DAY if months is None else begin_of(first + timedelta(days=31 * months), unit)


def _named(name: str, today: date) -> Days:
    if name in ("today", "yesterday"):
        day = today if name == "today" else today - DAY
        return Days(day, day)
    which, unit = name.split("_")
    first = begin_of(today, unit)
    if which == "last":
        first = begin_of(first - DAY, unit)
    return Days(first, _after(first, unit) - DAY)


def _boundary(text: str, today: date) -> date:
    if text in ("today", "yesterday"):
        return _named(text, today).first
    if text in _PERIODS or text == "now" or _OTHER_PERIODS.fullmatch(text):
        raise not_modelled(f"ShopifyQL's {text} as a boundary")
    if back := _OFFSET.fullmatch(text):
        return _back(today, int(back[1]), back[2])
    if re.fullmatch(r"\d{4}-\d\d-\d\dt.+", text):
        raise not_modelled("A boundary of ShopifyQL with a time of day")
    try:
        day = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else "")
    except ValueError:
        raise QueryError(f"Invalid date: {text}") from None
    if not 1900 <= day.year < 2200:
        raise not_modelled("A boundary of ShopifyQL before 1900 or after 2199")
    return day


def _back(today: date, count: int, unit: str) -> date:
    if unit in ("s", "min", "h"):
        raise not_modelled(f"An offset of ShopifyQL in {unit}")
    if unit in ("d", "w"):
        return today - count * (7 if unit == "w" else 1) * DAY
    months = today.year * 12 + today.month - 1 - count * {"m": 1, "q": 3, "y": 12}[unit]
    if months < 12:
        raise QueryError(f"Invalid date: -{count}{unit}")
    first = date(months // 12, months % 12 + 1, 1)
    last = _after(first, "month") - DAY
    return first.replace(day=min(today.day, last.day))
