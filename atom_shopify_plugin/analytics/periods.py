"""Periods of a report: days in the time zone of a store, by name or by the first and the last of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["MOST_DAYS", "NAMES", "Period", "bucket", "period_of"]

MOST_DAYS = 366
DAY = timedelta(days=1)
NAMES = (
    "today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_year", "last_year", "last_7_days",
    "last_30_days", "last_90_days", "last_365_days",
)  # fmt: skip
_SHORT = {"week": "this_week", "month": "this_month", "year": "this_year"}


@dataclass(frozen=True)
class Period:
    """The days from `since` to `until`, both of them in it."""

    since: date
    until: date
    name: str | None = None

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return when it begins and when it is over; a day in which the clocks change is shorter or longer."""
        return datetime.combine(self.since, time.min, zone), datetime.combine(self.until + DAY, time.min, zone)

    def previous(self) -> Period:
        """Return as many days right before it; before a whole month or year, the month or the year before."""
        last = self.since - DAY
        if self.name == "last_month":
            return Period(last.replace(day=1), last)
        if self.name == "last_year":
            return Period(last.replace(month=1, day=1), last)
        return Period(last - (self.until - self.since), last)

    def year_before(self) -> Period:
        """Return the same days of the year before: to the end of a month where it ends with one."""
        until = _year_before(self.until)
        if (self.until + DAY).day == 1:
            until = bucket(until, "month")[1]
        return Period(_year_before(self.since), until)

    def parts(self, by: str) -> list[Period]:
        """Return its days, weeks or months, each as far as it lies within."""
        found, day = [], self.since
        while day <= self.until:
            end = min(bucket(day, by)[1], self.until)
            found.append(Period(day, end))
            day = end + DAY
        return found


def period_of(given: Mapping[str, Any], today: date, most: int = MOST_DAYS) -> Period:
    """Return the period that an input names: `period`, or `since` and `until`, else the last 30 days.

    Raise `InvalidInput` for an unknown name, and for days that do not exist, are in the wrong order, begin in the
    future, or are more than `most`.
    """
    if "since" not in given:
        if "until" in given:
            raise _fault("/until", "It needs since, the first day.")
        name = "_".join(re.split(r"[\s_-]+", given.get("period", "last_30_days").strip().lower()))
        name = _SHORT.get(name, name)
        if name not in NAMES:
            raise _fault("/period", f"It must be one of {', '.join(NAMES)}.")
        return _named(name, today)
    since = _day(given, "since")
    until = _day(given, "until") if "until" in given else max(since, today)
    if since > today:
        raise _fault("/since", f"That day has not started in the store, where it is {today}.")
    if until < since:
        raise _fault("/until", "It must be the day of since or a later one.")
    if until - since >= most * DAY:
        raise _fault("/until", f"A report covers at most {most} days.")
    return Period(since, until)


def bucket(day: date, by: str) -> tuple[date, date]:
    """Return the first and the last day of the day, week, month or year of a day; weeks begin on Mondays."""
    if by == "week":
        first = day - day.weekday() * DAY
        return first, first + 6 * DAY
    if by == "month":
        first = day.replace(day=1)
        return first, (first + 31 * DAY).replace(day=1) - DAY
    if by == "year":
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    return day, day


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _named(name: str, today: date) -> Period:
    if name.endswith("_days"):
        return Period(today - (int(name.split("_")[1]) - 1) * DAY, today, name)
    if name == "yesterday":
        return Period(today - DAY, today - DAY, name)
    if name == "today":
        return Period(today, today, name)
    which, by = name.split("_")
    first, _ = bucket(today, by)
    if which == "this":
        return Period(first, today, name)
    return Period(*bucket(first - DAY, by), name)


def _day(given: Mapping[str, Any], name: str) -> date:
    try:
        found = date.fromisoformat(given[name])
    except ValueError:
        raise _fault(f"/{name}", "There is no such day.") from None
    if not 2000 <= found.year <= 2199:
        raise _fault(f"/{name}", "Its year must be from 2000 to 2199.")
    return found


def _fault(pointer: str, message: str) -> InvalidInput:
    return InvalidInput(f"{pointer}: {message}", [Fault(pointer, message, "conflict")])
