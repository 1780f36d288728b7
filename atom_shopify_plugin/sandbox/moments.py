"""Times as the search syntax writes them: a year, a month, a day, a second, or ``now``.

What carries no offset is in the store's time zone (seen on live stores: ``updated_at:>=2026-01-01`` is understood as
``2026-01-01T00:00:00-05:00``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["Moments", "Span"]

_CALENDAR = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


class Span(NamedTuple):
    """What a time covers: its first moment, and that one and the first after it as nodes store times (as text)."""

    first: datetime
    since: str
    before: str


@dataclass(frozen=True, slots=True)
class Moments:
    """Reads times at one place and one moment."""

    now: datetime
    zone: tzinfo

    @classmethod
    def of(cls, now: datetime, timezone: str) -> Moments:
        try:
            return cls(now, ZoneInfo(timezone))
        except (ZoneInfoNotFoundError, ValueError):
            return cls(now, UTC)

    def span(self, text: str) -> Span | None:
        """Return what a text covers, None for a text that is no time."""
        try:
            if calendar := _CALENDAR.fullmatch(text):
                return self._calendar(*(int(part) for part in calendar.groups() if part))
            moment = self.now if text.casefold() == "now" else datetime.fromisoformat(text)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=self.zone)).replace(microsecond=0)
            return _span(moment, moment + timedelta(seconds=1))
        except (ValueError, OverflowError):
            return None

    def day(self, text: str) -> Span | None:
        """Return the whole day in which the time begins that a text names; a year or a month covers all of itself."""
        span = self.span(text)
        if span is None or _CALENDAR.fullmatch(text):
            return span
        local = span.first.astimezone(self.zone)
        return self.span(local.date().isoformat())

    def _calendar(self, year: int, month: int = 0, day: int = 0) -> Span:
        first = datetime(year, month or 1, day or 1, tzinfo=self.zone)
        if day:
            after = first + timedelta(days=1)
        else:
            after = first.replace(year=year + (month in (0, 12)), month=month % 12 + 1 if month else 1)
        return _span(first, after)


def _span(first: datetime, after: datetime) -> Span:
    return Span(first, *(_stored(moment) for moment in (first, after)))


def _stored(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"  # four digits for the year 999, too
