"""When a workflow with a schedule is due.

``every`` counts seconds from the workflow's creation. ``cron`` reads the wall clock of its time zone (UTC by default).
Where that clock is changed, cron jobs are of two kinds, as Vixie cron has it:

* An *interval* (the minute or the hour begins with ``*``) runs on by elapsed time: also while an hour is repeated.
* *Fixed times* come once each day: at the first of two, and one that the clock leaves out when the clock goes on.

Times that passed while no host was running are made up for by one run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["following", "interval", "problem"]

_CRON_FIELDS = 5
_FIELD = re.compile(r"[0-9A-Za-z*,/#?-]{1,200}", re.ASCII)
_RANDOM = re.compile(r"(?<![A-Za-z])[HRhr](?![A-Za-z])", re.ASCII)  # croniter's: a hash, and a random number
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


def following(trigger: Mapping[str, Any], after: float, due: float | None = None) -> float:
    """Return the first moment past `after`, in seconds since the epoch; `due` is the moment before it, if any."""
    if "every" in trigger:
        every = float(trigger["every"])
        start = after if due is None else due
        return start + every * (1 + max(0, int((after - start) // every)))
    clock = _Clock(trigger["cron"], ZoneInfo(trigger.get("timezone", "UTC")))
    found = clock.following(datetime.fromtimestamp(after, UTC).replace(tzinfo=None))
    return found.replace(tzinfo=UTC).timestamp()


def interval(trigger: Mapping[str, Any], looked_at: int = 100) -> float:
    """Return the seconds between the closest two of the next times of a schedule without faults."""
    if "every" in trigger:
        return float(trigger["every"])
    # From the beginning of a year: a pattern that is rare now may be dense on its days.
    last, closest = following(trigger, datetime(2026, 1, 1, tzinfo=UTC).timestamp()), float("inf")
    for _ in range(looked_at):
        found = following(trigger, last)
        last, closest = found, min(closest, found - last)
    return closest


def problem(trigger: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the member of a schedule that is wrong, and why."""
    try:
        ZoneInfo(trigger.get("timezone", "UTC"))
    except (ValueError, OSError, LookupError):
        return "timezone", "there is no such time zone; an example is Europe/Berlin"
    if "cron" not in trigger:
        return None
    wrong = "cron", "must be five fields that come true at some time, such as `0 9 * * 1-5`"
    fields = trigger["cron"].split()
    if len(fields) != _CRON_FIELDS or not all(map(_FIELD.fullmatch, fields)) or _RANDOM.search(trigger["cron"]):
        return wrong
    try:
        next(_times(trigger["cron"], datetime(2026, 1, 1)))  # noqa: DTZ001  # any wall clock will do
    except (ValueError, LookupError, StopIteration):
        return wrong
    return None


def _times(cron: str, after: datetime) -> Iterator[datetime]:
    """Yield the times past `after` that a pattern names, on a clock that is never changed."""
    from croniter import croniter  # type: ignore[import-untyped]

    clock = croniter(cron, after)
    while True:
        yield clock.get_next(datetime)


class _Clock:
    """A cron pattern in a time zone. Moments are naive datetimes in UTC, walls naive datetimes of the zone's clock."""

    def __init__(self, cron: str, zone: ZoneInfo) -> None:
        self._cron = cron
        self._zone = zone
        minute, hour, *days = cron.split()
        self._interval = minute.startswith("*") or hour.startswith("*")
        self._hourly = hour in ("*", "*/1")
        self._daily = days == ["*", "*", "*"]

    def following(self, after: datetime) -> datetime:
        """Return the first moment past `after`."""
        offset = self._offset(after)
        change = self._changed(after - _HOUR, after)
        if change is not None:
            bridge = self._bridge(change, self._offset(change - _SECOND), offset, after)
            if bridge is not None:
                return bridge
        found = self._first(after, offset)
        while (change := self._changed(after, found)) is not None:
            new = self._offset(change)
            if new > offset and self._left_out(change + offset, change + new):
                return change
            bridge = self._bridge(change, offset, new, change - _SECOND)
            if bridge is not None:
                return bridge
            after, offset = change, new
            found = self._first(after, offset, including=True)
        return found

    def _bridge(self, change: datetime, old: timedelta, new: timedelta, after: datetime) -> datetime | None:
        """Return a time past `after` by the clock before it was set back, for as long as the new clock shows none.

        A clock that is set back by half an hour would else keep an hourly job waiting for an hour and a half.
        """
        if new >= old or not self._hourly:
            return None
        found = self._first(max(after, change - _SECOND), old)
        if found >= min(change + _HOUR, self._first(change, new, including=True)):
            return None
        same_day = (found + old).date() == (found + new).date()
        return found if self._daily or same_day else None

    def _first(self, after: datetime, offset: timedelta, *, including: bool = False) -> datetime:
        """Return the first moment past `after` (or at it) by a clock with that offset all the time."""
        start = after + offset - (timedelta(microseconds=1) if including else timedelta())
        for wall in _times(self._cron, start):
            if self._interval or not self._second(wall, offset):
                return wall - offset
        raise AssertionError  # the times have no end

    def _second(self, wall: datetime, offset: timedelta) -> bool:
        """Tell whether the clock, with that offset, shows a time for the second time."""
        aware = wall.replace(tzinfo=self._zone)
        first, second = aware.utcoffset(), aware.replace(fold=1).utcoffset()
        return first is not None and second is not None and first > second == offset

    def _left_out(self, start: datetime, end: datetime) -> bool:
        """Tell whether a time of the pattern is among those that the clock leaves out, on a day that there is."""
        for wall in _times(self._cron, start - timedelta(microseconds=1)):
            midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
            if wall >= end:
                return False
            if midnight < start or midnight + _DAY > end:
                return True
        return False

    def _offset(self, moment: datetime) -> timedelta:
        found = moment.replace(tzinfo=UTC).astimezone(self._zone).utcoffset()
        assert found is not None  # noqa: S101  # every zone has one
        return found

    def _changed(self, start: datetime, end: datetime) -> datetime | None:
        """Return the first moment past `start`, up to `end`, at which the offset is another."""
        old = self._offset(start)
        while start < end:
            probe = min(start + _DAY, end)
            if self._offset(probe) != old:
                while probe - start > _SECOND:
                    middle = start + (probe - start) / 2
                    start, probe = (middle, probe) if self._offset(middle) == old else (start, middle)
                return probe.replace(microsecond=0)
            start = probe
        return None
