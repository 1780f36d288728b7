"""The rules of computed triggers about sales: refunds, reports and stock that runs out. All figures are exact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.events.payloads import moment
from atom_shopify_plugin.events.steps import Body, Memory, Once, Sighting, Step

__all__ = ["RefundRate", "SalesReport", "StockOut", "band", "due_before", "next_after"]

_RECOVERED = Fraction(4, 5)  # of the threshold: below that a refund rate is usual again
_FLOOR = Decimal("0.05")  # of the median: sales of a weekday that never vary still may by this much
_FEWEST = 4  # of the eight days that a band is made from
_DAY = timedelta(days=1)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class RefundRate(Once):
    """Refunds of the last days are many, compared to those of the time before."""

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        window, base = sighting.body["window"], sighting.body["base"]
        if min(window["orders"], base["orders"]) < parameters["min_orders"]:
            return Step(memory)  # too few to say anything
        rate, usual = (Fraction(one["refunds"], one["orders"]) for one in (window, base))
        least = Fraction(str(parameters["least_percent"])) / 100
        threshold = max(usual * Fraction(str(parameters["factor"])), least)
        if memory is not None:
            return Step(None if rate < threshold * _RECOVERED else memory)
        if rate < threshold:
            return Step(None)
        told = {"rate_percent": rate, "base_rate_percent": usual, "threshold_percent": threshold}
        return Step({"told": True}, {name: _percent(value) for name, value in told.items()})


def _percent(value: Fraction) -> str:
    hundredths = Decimal(value.numerator * 100) / Decimal(value.denominator)
    return f"{hundredths.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"


class StockOut(Once):
    """An item will be out of stock within some days, if it sells as it did in the last weeks."""

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        available, sold, days = (sighting.body[name] for name in ("available", "units_sold", "observed_days"))
        left = max(available, 0) * days  # in units × days, so that nothing is rounded
        if memory is not None:
            recovered = left >= (parameters["days"] + parameters["margin"]) * sold
            return Step(None if recovered else memory)
        if sold <= 0 or left >= parameters["days"] * sold:
            return Step(None)
        return Step({"told": True}, {"days_left": _rounded(left, sold), "units_per_day": _rounded(sold, days)})


def _rounded(value: int, by: int) -> float:
    return float((Decimal(value) / Decimal(by)).quantize(Decimal("0.01"), ROUND_HALF_UP))


class SalesReport(Once):
    """A report is due by its schedule, or a day's sales left the band of what is usual on its weekday.

    The body of a sighting is the event's, or names the time zone alone where there is nothing to tell.
    """

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        body = sighting.body
        if body.get("reason") == "anomaly":
            told = [] if memory is None else memory["told"]
            direction = body["anomaly"]["direction"]
            known = direction in told
            return Step({"told": told if known else [*told, direction]}, None if known else {}, keep=14 * _DAY)
        zone = ZoneInfo(body["timezone"])
        following = next_after(sighting.at, zone, parameters).isoformat()
        if memory is None:
            return Step({"next": following, "since": sighting.at.astimezone(zone).date().isoformat()})
        due, planned = due_before(sighting.at, zone, parameters), moment(memory["next"])
        if planned is None or planned > due or body.get("scheduled_at") != due.isoformat():
            return Step(memory)
        return Step({**memory, "next": following}, {})


def next_after(at: datetime, zone: ZoneInfo, parameters: Body) -> datetime:
    """Return the first moment after `at` for which a report is scheduled.

    An hour that the clocks skip is the one after it; one that comes twice is the first.
    """
    day = at.astimezone(zone).date()
    while (found := _on(day, zone, parameters)) is None or found <= at:
        day += _DAY
    return found


def due_before(at: datetime, zone: ZoneInfo, parameters: Body) -> datetime:
    """Return the last moment up to `at` for which a report is scheduled."""
    day = at.astimezone(zone).date()
    while (found := _on(day, zone, parameters)) is None or found > at:
        day -= _DAY
    return found


def _on(day: date, zone: ZoneInfo, parameters: Body) -> datetime | None:
    if parameters["every"] == "week" and day.weekday() != _WEEKDAYS.index(parameters["weekday"]):
        return None
    # There and back: a time that does not exist becomes the one that the clocks show instead.
    utc = ZoneInfo("UTC")
    return datetime.combine(day, time(parameters["hour"]), zone).astimezone(utc)


def band(values: Sequence[Decimal], deviations: float) -> dict[str, Any] | None:
    """Return the band that is expected from earlier values: ``median`` ± k · ``mad``, exact.

    `mad` is the median of the distances from the median, and at least a twentieth of the median. None for fewer than
    four values, and where the median is not above zero.
    """
    if len(values) < _FEWEST:
        return None
    median = _median(values)
    if median <= 0:
        return None
    mad = max(_median([abs(value - median) for value in values]), median * _FLOOR)
    width = mad * Decimal(str(deviations))
    return {"median": median, "mad": mad, "low": median - width, "high": median + width, "days": len(values)}


def _median(values: Sequence[Decimal]) -> Decimal:
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
