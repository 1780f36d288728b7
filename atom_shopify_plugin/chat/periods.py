"""Periods as people say them: last week, since March, in October, the last 10 days, from the 1st to the 5th of May.

A period is ``{name, since, until}``: the days of the store from the first to the last, and the name that the actions
know it by, where they know one. Names of months and days come from CLDR (Babel), single days from dateparser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from babel.dates import get_day_names, get_month_names

from atom_shopify_plugin.analytics.periods import NAMES, Period, bucket, period_of
from atom_shopify_plugin.chat.words import Token

__all__ = ["PeriodWords", "as_value"]

_DAY = timedelta(days=1)
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_NUMERIC = re.compile(r"\d{1,2}([./-])\d{1,2}\1(\d{4}|\d{2})")
_YEAR = re.compile(r"20\d\d|21\d\d")
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?")
_QUARTER = re.compile(r"q([1-4])")
_LAST_DAYS = re.compile(r"last_(\d{1,3})_days")
_LONGEST = 400  # of the last days, weeks or months
_FOUR = 4


def as_value(period: Period) -> dict[str, Any]:
    """Return a period as it is kept in a slot."""
    value: dict[str, Any] = {"since": period.since.isoformat(), "until": period.until.isoformat()}
    return {"name": period.name, **value} if period.name in NAMES else value


@dataclass(frozen=True)
class PeriodWords:
    """The words for periods in a language, as its file says them."""

    language: str
    words: Mapping[str, Any]

    @cached_property
    def months(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, self.language).items():
                    found.setdefault(name.casefold().rstrip("."), number)
        for name, number in tuple(found.items()):
            for length in range(_FOUR, len(name)):
                found.setdefault(name[:length], number)  # sept
        return found

    @cached_property
    def weekdays(self) -> frozenset[str]:
        return frozenset(
            name.casefold().rstrip(".")
            for width in ("wide", "abbreviated")
            for name in get_day_names(width, "format", self.language).values()
        )

    @cached_property
    def names(self) -> Sequence[tuple[tuple[str, ...], str]]:
        pairs = [(tuple(said.split()), name) for said, name in self.words["names"].items()]
        return sorted(pairs, key=lambda pair: -len(pair[0]))

    def read(self, tokens: Sequence[Token], at: int, today: date) -> Iterator[tuple[int, Period]]:
        """Yield the periods that begin at a token, each with where it ends."""
        words = [token.word for token in tokens]
        yield from self._between(words, at, today)
        yield from self._since(words, at, today)
        begin = self._after(words, at, "in")
        if begin is not None:
            yield from self._plain(words, begin, today, said_in=True)
        yield from self._plain(words, at, today, said_in=False)

    def before(self, words: Sequence[str], period: Period) -> Period | None:
        """Return the period before one, where all of `words` say so: the week before, the month before that."""
        for said, unit in self.words["before"].items():
            if tuple(words) != tuple(said.split()):
                continue
            days = {"day": 1, "week": 7}.get(unit, (period.until - period.since).days + 1)
            if unit in ("month", "year"):
                months = 12 if unit == "year" else 1
                return Period(_months_before(period.since, months), _months_before(period.until, months))
            return Period(period.since - days * _DAY, period.until - days * _DAY)
        return None

    def _after(self, words: Sequence[str], at: int, kind: str) -> int | None:
        """Return where it goes on after a word of this kind, such as since, and an article; None without one."""
        if at < len(words) and words[at] in self.words[kind]:
            at += 1
            return at + 1 if at < len(words) and words[at] in self.words["the"] else at
        return None

    def _between(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        begin = self._after(words, at, "between")
        if begin is None:
            begin = self._after(words, at, "since")
        if begin is None:
            return
        yield from self._days_of_a_month(words, begin, today)
        for middle, first in self._plain(words, begin, today, said_in=True):
            second = self._after(words, middle, "until")
            if second is None:
                continue
            for end, last in self._plain(words, second, today, said_in=True):
                if first.since <= last.until:
                    yield end, Period(first.since, last.until)

    def _days_of_a_month(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        """Read the 3rd to the 10th of November, behind a word such as from."""
        first = _DAY_OF_MONTH.fullmatch(words[at]) if at < len(words) else None
        until = self._after(words, at + 1, "until")
        if first is None or until is None:
            return
        for end, last in self._day(words, until, today):
            if 0 < int(first[1]) <= last.until.day:
                yield end, Period(last.until.replace(day=int(first[1])), last.until)

    def _since(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        begin = self._after(words, at, "since")
        if begin is not None:
            for end, period in self._plain(words, begin, today, said_in=True):
                if period.since <= today:
                    yield end, Period(period.since, today)

    def _plain(self, words: Sequence[str], at: int, today: date, *, said_in: bool) -> Iterator[tuple[int, Period]]:
        ahead = at > 0 and words[at - 1] in self.words["next"]
        for said, name in () if ahead else self.names:
            if tuple(words[at : at + len(said)]) == said:
                yield at + len(said), self._named(name, today)
        yield from self._part(words, at, today)
        yield from self._last(words, at, today)
        yield from self._month(words, at, today)
        yield from self._day(words, at, today)
        if at < len(words) and (quarter := _QUARTER.fullmatch(words[at])):
            end, year = self._year(words, at + 1)
            yield end, _quarter(int(quarter[1]), year, today)
        if said_in and at < len(words) and _YEAR.fullmatch(words[at]):
            year = int(words[at])
            yield at + 1, _until_now(Period(date(year, 1, 1), date(year, 12, 31)), today)

    @staticmethod
    def _named(name: str, today: date) -> Period:
        if name in NAMES:
            return period_of({"period": name}, today)
        if name == "before_yesterday":
            return Period(today - 2 * _DAY, today - 2 * _DAY)
        if name == "yesterday_today":
            return Period(today - _DAY, today)
        if days := _LAST_DAYS.fullmatch(name):
            return Period(today - (int(days[1]) - 1) * _DAY, today)
        sunday = bucket(today, "week")[0] - _DAY
        if name == "last_weekend":
            return Period(sunday - _DAY, sunday)
        quarter = (today.month - 1) // 3 + 1
        if name == "this_quarter":
            return _until_now(_quarter(quarter, today.year, today), today)
        if name == "last_quarter":
            return _quarter(quarter - 1 or 4, today.year - (quarter == 1), today)
        if name == "week_before_last":
            return Period(*bucket(sunday - 7 * _DAY, "week"))
        if name == "month_before_last":
            return Period(*bucket(_months_before(today.replace(day=1), 2), "month"))
        if name == "year_before_last":
            return Period(date(today.year - 2, 1, 1), date(today.year - 2, 12, 31))
        raise ValueError(f"{name} is not a period.")

    def _part(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        """Read a part of a period: the first half of November, the beginning of the year."""
        for said, part in self.words["parts"].items():
            begin = at + (at < len(words) and words[at] in self.words["the"])
            end = begin + len(said.split())
            if " ".join(words[begin:end]) != said:
                continue
            end = self._after(words, end, "of") or end
            for after, whole in self._whole(words, end, today):
                first, last = whole.since, whole.until
                middle = first + (last - first + _DAY) // 2 - _DAY
                cut = {
                    "start": Period(first, first),
                    "end": Period(last, last),
                    "first_half": Period(first, middle),
                    "second_half": Period(middle + _DAY, last),
                    "first_week": Period(first, min(last, first + 6 * _DAY)),
                    "last_week": Period(max(first, last - 6 * _DAY), last),
                }[part]
                if cut.since <= today:
                    yield after, _until_now(cut, today)

    def _whole(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        """Read a month, a quarter or a year with the days of it that lie ahead, too."""
        for after, period in self._plain(words, at, today, said_in=True):
            first = period.since
            if (first.day, period.until) == (1, today) and period.name != "today":
                length = "year" if period.name == "this_year" else "month"
                until = date(first.year, 12, 31) if length == "year" else bucket(first, "month")[1]
                yield after, Period(first, until)
            elif period.since < period.until:
                yield after, period

    def _last(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        """Read the last 10 days."""
        begin = self._after(words, at, "last") if at < len(words) else None
        if begin is None or begin + 1 >= len(words):
            return
        count, unit = self._number(words[begin]), self.words["units"].get(words[begin + 1])
        if count is None or unit is None or not 0 < count <= _LONGEST:
            return
        days = {"day": 1, "week": 7, "month": 30, "year": 365}[unit] * count
        if unit == "month":
            first = _months_before(today, count) + _DAY
        elif unit == "year":
            first = _months_before(today, 12 * count) + _DAY
        else:
            first = today - (days - 1) * _DAY
        name = f"last_{days}_days"
        yield begin + 2, Period(first, today, name if unit in ("day", "week") and name in NAMES else None)

    def _number(self, word: str) -> int | None:
        return (
            int(word) if word.isascii() and word.isdecimal() and len(word) < _FOUR else self.words["numbers"].get(word)
        )

    def _year(self, words: Sequence[str], at: int) -> tuple[int, int | None]:
        after = self._after(words, at, "of")
        for place in (at, after):
            if place is not None and place < len(words) and _YEAR.fullmatch(words[place]):
                return place + 1, int(words[place])
        return at, None

    def _month(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        begin = self._after(words, at, "last")
        before = begin is not None
        begin = at if begin is None else begin
        if begin >= len(words):
            return
        month = self.months.get(words[begin].rstrip("."))
        if month is None:
            return
        end, year = self._year(words, begin + 1)
        last_year = tuple(self.words["last_year"].split())
        if year is None and tuple(words[end : end + len(last_year)]) == last_year:
            end, year = end + len(last_year), today.year - 1
        if year is None:
            year = today.year - (month > today.month or (before and month == today.month))
        yield end, _until_now(Period(*bucket(date(year, month, 1), "month")), today)

    def _day(self, words: Sequence[str], at: int, today: date) -> Iterator[tuple[int, Period]]:
        """Read a single day, where what stands there looks like one."""
        for length in range(min(_FOUR, len(words) - at), 0, -1):
            some = words[at : at + length]
            if self._looks_like_a_day(some) and (day := self._parsed(" ".join(some), today)) is not None:
                yield at + length, Period(day, day)

    def _looks_like_a_day(self, some: Sequence[str]) -> bool:
        if len(some) == 1:
            word = some[0]
            return bool(_ISO.fullmatch(word) or _NUMERIC.fullmatch(word)) or word.rstrip(".") in self.weekdays
        if any(word in self.words["ago"] for word in some):
            units = [word for word in some if word in self.words["units"]]
            numbers = [word for word in some if self._number(word) is not None or word in self.words["the"]]
            return len(units) == len(numbers) == 1 and len(some) == 3
        if len(some) == 2 and some[0] in self.words["last"]:
            return some[1].rstrip(".") in self.weekdays
        rest = [word for word in some if word not in self.words["of"]]
        months = [word for word in rest if word.rstrip(".") in self.months]
        days = [word for word in rest if _DAY_OF_MONTH.fullmatch(word)]
        years = [word for word in rest if _YEAR.fullmatch(word)]
        return len(months) == len(days) == 1 and len(years) <= 1 and len(months) + len(days) + len(years) == len(rest)

    def _parsed(self, text: str, today: date) -> date | None:
        import dateparser

        base = datetime.combine(today, datetime.min.time()).replace(hour=12)
        settings = {"PREFER_DATES_FROM": "past", "RELATIVE_BASE": base, "RETURN_AS_TIMEZONE_AWARE": False}
        words = [self.words["translate"].get(word, word) for word in text.split()]
        words = [str(self.words["numbers"].get(word, word)) for word in words]
        try:
            found = dateparser.parse(" ".join(words), languages=[self.language], settings=settings)
        except (ValueError, OverflowError, RecursionError):
            return None
        return found.date() if found is not None and 2000 <= found.year < 2200 else None


def _until_now(period: Period, today: date) -> Period:
    """Return what of a period has begun; one that lies ahead stays as it is."""
    return Period(period.since, today) if period.since <= today <= period.until else period


def _quarter(quarter: int, year: int | None, today: date) -> Period:
    if year is None:
        year = today.year - (quarter > (today.month - 1) // 3 + 1)
    first = date(year, 3 * quarter - 2, 1)
    return _until_now(Period(first, bucket(date(year, 3 * quarter, 1), "month")[1]), today)


def _months_before(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 - count
    first = date(max(months // 12, 1), months % 12 + 1, 1)
    return first.replace(day=min(day.day, bucket(first, "month")[1].day))
