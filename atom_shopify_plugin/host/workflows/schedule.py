"""When a workflow with a schedule is due.

``every`` counts seconds from the workflow's creation. ``cron`` reads the wall clock of its time zone (UTC by default):
an hour that the clock repeats in autumn counts once, one that it leaves out in spring is due as it ends. Times that
passed while no host was running are made up for by one run.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["following", "interval", "problem"]

_CRON_FIELDS = 5


def following(trigger: Mapping[str, Any], after: float, due: float | None = None) -> float:
    """Return the first moment past `after`, in seconds since the epoch; `due` is the moment before it, if any."""
    if "every" in trigger:
        every = float(trigger["every"])
        start = after if due is None else due
        return start + every * (1 + max(0, int((after - start) // every)))
    from croniter import croniter  # type: ignore[import-untyped]

    zone = ZoneInfo(trigger.get("timezone", "UTC"))
    clock = croniter(trigger["cron"], datetime.fromtimestamp(after, zone).replace(tzinfo=None))
    while True:
        moment: datetime = clock.get_next(datetime)
        found = moment.replace(tzinfo=zone).astimezone(UTC).timestamp()
        if found > after:
            return found


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
    from croniter import CroniterError, croniter

    wrong = "cron", "must be five fields that come true at some time, such as `0 9 * * 1-5`"
    if len(trigger["cron"].split()) != _CRON_FIELDS:
        return wrong
    try:
        croniter(trigger["cron"], datetime(2026, 1, 1)).get_next()  # noqa: DTZ001  # any wall clock will do
    except (CroniterError, ValueError, LookupError):
        return wrong
    return None
