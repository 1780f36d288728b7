"""Values of reports as people read them: English words, digits in groups, days and moments of the store."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["compact", "day", "number", "shown", "text"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_UNKNOWN = "–"
_BEHIND = {"percent": " %", "hours": " h"}
_STEPS = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 3, "k"))


def shown(value: Any, unit: str, timezone: str) -> str:
    """Return a value for people, a dash where it is unknown; an amount comes without its currency."""
    if value is None:
        return _UNKNOWN
    match unit:
        case "day":
            return day(value)
        case "month":
            return f"{_MONTHS[int(value[5:7]) - 1]} {value[:4]}"
        case "moment":
            moment = datetime.fromisoformat(value).astimezone(ZoneInfo(timezone))
            return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}, {moment:%H:%M}"
        case "text":
            return str(value)
    return number(Decimal(value)) + _BEHIND.get(unit, "")


def text(value: Any, unit: str, timezone: str, currency: str) -> str:
    """Return a value as a sentence has it: an amount with its currency."""
    plain = shown(value, unit, timezone)
    return f"{plain} {currency}" if unit == "money" and value is not None else plain


def number(value: Decimal) -> str:
    """Return a number with groups of digits and a true minus."""
    return f"{value:,f}".replace("-", "−")


def compact(value: Decimal) -> str:
    """Return a round number in few signs, for the side of a chart: 12500 → 12.5k."""
    for step, sign in _STEPS:
        if abs(value) >= step:
            return f"{number((value / step).normalize())}{sign}"
    return number(value.normalize())


def day(value: str, year: bool = True) -> str:
    """Return a day such as 30 Nov 2026."""
    plain = f"{int(value[8:10])} {_MONTHS[int(value[5:7]) - 1]}"
    return f"{plain} {value[:4]}" if year else plain
