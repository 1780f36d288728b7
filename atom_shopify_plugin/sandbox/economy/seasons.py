"""When the orders of the economy are placed: growth, seasons, weekdays, hours of the day, and promotions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

__all__ = ["MONTHS_BACK", "Promotion", "moments", "opened", "promotion_at", "promotions"]

MONTHS_BACK = 25
_WEEKDAYS = (1.0, 0.94, 0.9, 0.94, 1.06, 1.2, 1.32)
_YEAR = (0.84, 0.82, 0.9, 0.93, 0.98, 0.92, 0.82, 0.84, 1.0, 1.08, 1.34, 1.62)
_HOURS = (3, 1, 1, 0, 0, 1, 4, 9, 16, 23, 28, 32, 36, 33, 28, 27, 29, 34, 42, 52, 58, 50, 30, 12)
_START, _NOISE = 0.42, 0.13  # the first day's demand as a part of the last one's; how much days differ by chance
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Promotion:
    """A discount for some days: it raises the demand by `uplift`, and `share` of the orders use it.

    Without a `code` it is automatic. `percent` is what it takes off the items; with 0 it waives the shipping.
    """

    title: str
    code: str | None
    percent: Decimal
    start: datetime
    end: datetime
    uplift: float
    share: float


def opened(now: datetime) -> datetime:
    """Return when the store sold first: `MONTHS_BACK` months ago."""
    months = now.year * 12 + now.month - 1 - MONTHS_BACK
    return now.replace(year=months // 12, month=months % 12 + 1, day=min(now.day, 28))


def promotions(now: datetime, zone: ZoneInfo) -> list[Promotion]:
    """Return the promotions since the store opened, those of the calendar and one of the last weeks."""
    found = []
    for year in range(now.year - 3, now.year + 1):
        friday = date(year, 11, 1) + (3 - date(year, 11, 1).weekday()) % 7 * _DAY + 22 * _DAY  # after the 4th Thursday
        short = year % 100
        found += [
            _promotion(f"Spring shipping {year}", f"SPRING{short}", 0, date(year, 3, 10), 12, zone, 1.2, 0.4),
            _promotion(f"Summer sale {year}", f"SUMMER{short}", 15, date(year, 6, 20), 18, zone, 1.5, 0.5),
            _promotion(f"Black Friday {year}", None, 20, friday, 4, zone, 2.8, 1.0),
        ]
    today = now.astimezone(zone).date()
    found.append(_promotion("Studio week", "STUDIO15", 15, today - 25 * _DAY, 7, zone, 1.6, 0.45))
    return [one for one in found if opened(now) < one.start <= now]


def _promotion(
    title: str, code: str | None, percent: int, first: date, days: int, zone: ZoneInfo, uplift: float, share: float
) -> Promotion:
    start, end = (datetime.combine(day, time.min, zone).astimezone(UTC) for day in (first, first + days * _DAY))
    return Promotion(title, code, Decimal(percent), start, end, uplift, share)


def promotion_at(known: list[Promotion], moment: datetime) -> Promotion | None:
    """Return the promotion that counts at a moment: of several, the one with the most off."""
    return max((one for one in known if one.start <= moment < one.end), key=lambda one: one.percent, default=None)


def moments(random: Random, now: datetime, zone: ZoneInfo, count: int, known: list[Promotion]) -> list[datetime]:
    """Return the times of `count` orders, oldest first; the last one is some minutes old."""
    first, today = opened(now).astimezone(zone).date(), now.astimezone(zone)
    days = [first + at * _DAY for at in range((today.date() - first).days + 1)]
    weights = list(_weights(random, days, zone, known))
    weights[-1] *= sum(_HOURS[: today.hour + 1]) / sum(_HOURS)
    hours, sums = range(24), list(accumulate(_HOURS))
    found = []
    for day in random.choices(days, weights, k=count):
        hour = random.choices(hours, cum_weights=sums)[0]
        local = datetime.combine(day, time(hour, random.randrange(60), random.randrange(60)), zone)
        moment = local.astimezone(UTC)
        if moment >= now:  # today, and later than now
            moment = now - timedelta(seconds=random.randrange(600, 3600 * max(1, today.hour) + 700))
        found.append(moment)
    found.sort()
    found[-1] = now - timedelta(seconds=random.randrange(120, 420))
    return [min(moment, found[-1]) for moment in found]


def _weights(random: Random, days: list[date], zone: ZoneInfo, known: list[Promotion]) -> Iterator[float]:
    for at, day in enumerate(days):
        growth = _START + (1 - _START) * at / len(days)
        noon = datetime.combine(day, time(12), zone)
        promotion = promotion_at(known, noon)
        chance = random.lognormvariate(0, _NOISE)
        yield growth * _WEEKDAYS[day.weekday()] * _season(day) * (promotion.uplift if promotion else 1.0) * chance


def _season(day: date) -> float:
    """Return how the demand of a day differs from the year's average, without steps between months."""
    if (day.month, day.day) in ((12, 24), (12, 25), (12, 26), (1, 1)):
        return 0.35
    if day.month == 12 and day.day > 20:
        return 0.75
    middle = (day.day - 15.5) / 30.5
    here, there = _YEAR[day.month - 1], _YEAR[(day.month - 1 + (1 if middle > 0 else -1)) % 12]
    return here + (there - here) * abs(middle)
