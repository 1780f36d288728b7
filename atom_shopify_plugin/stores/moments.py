"""Moments as people name them in searches: ``today``, ``7d``, a day or a moment, in the time zone of a store."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["moment_of", "zone_named"]

_AGO = re.compile(r"([0-9]{1,4}) ?(m|min|minutes?|h|hours?|d|days?|w|weeks?)( ago)?")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SAID = (
    "It must be today, yesterday, this week, last week, this month, a time ago such as 90m, 24h or 7d, a day such as "
    "2026-11-30, or a moment such as 2026-11-30T08:00:00Z."
)


def zone_named(name: str | None) -> tzinfo:
    """Return the time zone of that name, UTC without one or where this machine does not know it."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def moment_of(text: str, zone: tzinfo, now: datetime, *, end: bool = False, pointer: str = "") -> datetime:
    """Return the moment that `text` names: the beginning of a day, week or month, with `end` the end of it.

    `now` is aware. Raise `InvalidInput`, with the fault at `pointer`, for text that names none.
    """
    words = " ".join(text.lower().split())
    here = now.astimezone(zone)
    try:
        if (days := _days(words, here.date())) is not None:
            day = days[1] if end else days[0]
            return datetime.combine(day, time.min, zone).astimezone(UTC)
        if (ago := _AGO.fullmatch(words)) is not None:
            return now - timedelta(**{_UNITS[ago[2][0]]: int(ago[1])})
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(_SAID, [Fault(pointer, _SAID, "date-time")]) from None


def _days(words: str, today: date) -> tuple[date, date] | None:
    """Return the first day of a named time and the day after its last one; None for what names no days."""
    one = timedelta(days=1)
    monday = today - today.weekday() * one
    month = today.replace(day=1)
    named = {
        "today": (today, today + one),
        "yesterday": (today - one, today),
        "this week": (monday, monday + 7 * one),
        "week": (monday, monday + 7 * one),
        "last week": (monday - 7 * one, monday),
        "this month": (month, (month + 31 * one).replace(day=1)),
        "month": (month, (month + 31 * one).replace(day=1)),
    }
    if words in named:
        return named[words]
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", words):
        day = date.fromisoformat(words)
        return day, day + one
    return None
