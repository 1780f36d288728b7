"""What a store and its variants are likely to sell, as answers show it: from the copied sales of whole days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.analytics.demand import LARGEST, DailySeries
from atom_shopify_plugin.analytics.forecast import MOST_DAYS, Forecast, NoForecast, forecast
from atom_shopify_plugin.analytics.intervals import Interval
from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.analytics.public_holidays import public_holidays
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Fault, InvalidInput, NotFound
from atom_shopify_plugin.shopify.money import digits
from atom_shopify_plugin.shopify.sales import Figures, amount_text
from atom_shopify_plugin.storage.insight.histories import SoldVariant
from atom_shopify_plugin.storage.insight.rollups import DAY, VARIANT

__all__ = ["RANKED_DAYS", "of_store", "of_variants"]

Json = dict[str, Any]
Shown = Callable[[float], str]
RANKED_DAYS = 90
"""The latest days by whose units variants are chosen."""
_DAY = timedelta(days=1)
_CHANCE = 0.99
_LEVELS = (0.8, 0.95)
_THOUSANDTH = Decimal("0.001")
_UNSEEN = "Days on which it was out of stock are not known. They count as days without a sale."
_BELOW_ZERO = "{} days with discounts above the sales count as days without a sale."


def of_store(view: View, given: Mapping[str, Any]) -> Json:
    """Return the forecast of the sales, the orders or the units of a store."""
    period, measure = _history(view), str(given["measure"])
    found = view.storage.sales_figures.by_grain(
        view.session, view.mirror, DAY, period.since.toordinal(), period.until.toordinal()
    )
    values = [_measured(found.get(place), measure) for place in _ordinals(period)]
    negative = sum(value < 0 for value in values)
    notes = [_BELOW_ZERO.format(negative)] if negative else []
    shown = _amounts(view.currency) if measure == "sales" else _count
    answer = _forecast(period.since, [max(value, 0.0) for value in values], given, notes, shown, daily=True)
    return {
        **view.about(period, "forecasts", history=True),
        "measure": measure,
        **_to_come(period, given),
        **answer,
    }


def of_variants(view: View, given: Mapping[str, Any]) -> Json:
    """Return the forecast of the units of one variant, or of those that sold most lately."""
    period = _history(view)
    ids, sold = _chosen(view, given, period)
    known = view.storage.sales_histories.variants(view.session, view.mirror, ids)
    one = "variant_id" in given
    if one and not known:
        raise NotFound(f"The copy of {view.store.shop} has no variant {ids[0]}, neither offered nor sold.")
    units = view.storage.sales_histories.units(view.session, view.mirror, ids, period.since, period.until)
    daily = bool(given.get("daily", one))
    return {
        **view.about(period, "forecasts", history=True),
        **_to_come(period, given),
        "sold_variants": sold,
        "items": [
            _variant(view, number, known.get(number), units[number], period, {**given, "daily": daily})
            for number in ids
        ],
    }  # fmt: skip


def _history(view: View) -> Period:
    """Return the whole days whose sales are known, the latest ones where they are more than a forecast looks at."""
    until = view.as_of.astimezone(view.zone).date() - _DAY
    bounds = view.storage.sales_figures.bounds(view.session, view.mirror)
    first = until if bounds is None else min(bounds[0], until)
    return Period(max(first, view.known_since or first, until - (MOST_DAYS - 1) * _DAY), until)


def _chosen(view: View, given: Mapping[str, Any], period: Period) -> tuple[list[int], int]:
    """Return the variants that are asked about, and how many were sold in the latest days."""
    since = max(period.since, period.until - (RANKED_DAYS - 1) * _DAY)
    most = 1 if "variant_id" in given else given.get("first", 10)
    ranked = view.storage.sales_figures.ranked(
        view.session, view.mirror, VARIANT, since, max(since, period.until), by="units", first=most + 1
    )
    ids = [int(value) for value, figures in ranked.values if value and figures.units > 0]
    if "variant_id" in given:
        ids = [int(str(given["variant_id"]).rpartition("/")[2])]
    return ids[:most], ranked.count


def _variant(
    view: View, number: int, known: SoldVariant | None, sold: Mapping[int, int], period: Period, given: Json
) -> Json:
    start = _start(view, known, sold, period)
    values = [float(sold.get(place, 0)) for place in _ordinals(Period(start, period.until))]
    latest = period.until.toordinal() - RANKED_DAYS
    about = known or SoldVariant(None, "", None, None)
    return {
        "variant_id": f"gid://shopify/ProductVariant/{number}",
        "product_id": f"gid://shopify/Product/{about.product}" if about.product else None,
        "title": about.title or None,
        "sku": about.sku,
        "since": start.isoformat(),
        "units_sold": sum(units for day, units in sold.items() if day > latest),
        **_forecast(start, values, given, [_UNSEEN], _count, daily=given["daily"]),
    }


def _start(view: View, known: SoldVariant | None, sold: Mapping[int, int], period: Period) -> date:
    """Return the first day on which the variant could be bought: when it was put on sale, or sold before that."""
    offered = None if known is None else known.offered_since
    first = date.fromordinal(min(sold)) if sold else period.since if offered is None else period.until
    if offered is not None:
        first = min(first, offered.astimezone(view.zone).date())
    return min(max(first, period.since), period.until)


def _forecast(
    start: date, values: Sequence[float], given: Mapping[str, Any], notes: list[str], shown: Shown, *, daily: bool
) -> Json:
    """Return the members ``forecast`` and ``reason``, one of which is None."""
    if any(value > LARGEST for value in values):
        reason = f"On a day more than {LARGEST:,.0f} was sold, which no forecast is made from."
        return {"forecast": None, "reason": _reason("too_large", reason, len(values), None)}
    events, series, horizon = _events(given.get("events", ())), DailySeries(start, tuple(values)), given["horizon"]
    place = given.get("holidays")
    # A place of which nothing is known is refused, however short the history is.
    free = {} if place is None else public_holidays(place, start, start + (len(values) + horizon - 1) * _DAY)
    found = forecast(series, horizon, levels=_LEVELS, events=events)
    if isinstance(found, NoForecast):
        return {"forecast": None, "reason": _reason(found.code, found.reason, found.known_days, found.needed_days)}
    about = None
    if place is not None:
        plain, tried = found, forecast(series, horizon, levels=_LEVELS, events={**free, **events})
        before, after = plain.backtest.mase, tried.backtest.mase if isinstance(tried, Forecast) else None
        found = tried if isinstance(tried, Forecast) and _is_better(before, after) else plain
        known = sum(day < start + len(values) * _DAY for day in free)
        about = {
            "place": place,
            "known_days": known,
            "coming_days": len(free) - known,
            "used": found is tried,
            "mase_without": _ratio(before),
            "mase_with": _ratio(after),
        }
    shown_forecast = _shown(found, [*found.notes, *notes], shown, daily=daily)
    return {"forecast": {**shown_forecast, "holidays": about}, "reason": None}


def _is_better(before: float | None, after: float | None) -> bool:
    """Tell whether an error became smaller by more than chance makes it (ADR 40); one that is unknown did not."""
    return before is not None and after is not None and after < _CHANCE * before


def _reason(code: str, message: str, known: int, needed: int | None) -> Json:
    return {"code": code, "message": message, "known_days": known, "needed_days": needed}


def _shown(found: Forecast, notes: list[str], shown: Shown, *, daily: bool) -> Json:
    test = found.backtest
    return {
        "method": found.method,
        "about": found.about,
        "pattern": found.pattern,
        "total": shown(found.total),
        **_bounds(found.total_intervals, shown),
        "per_day": shown(found.per_day),
        "days": [
            {"day": day.date.isoformat(), "expected": shown(day.expected), **_bounds(day.intervals, shown),
             "event": day.event}
            for day in found.days
        ] if daily else [],
        "backtest": {
            "origins": test.origins,
            "days": test.days,
            "rmse": shown(test.rmse),
            "total_rmse": shown(test.total_rmse),
            "mase": _ratio(test.mase),
            "naive_mase": _ratio(test.naive_mase),
            "rmsse": _ratio(test.rmsse),
            "coverage_80": _ratio(test.coverage.get(0.8)),
            "coverage_95": _ratio(test.coverage.get(0.95)),
            "total_coverage_80": _ratio(test.total_coverage.get(0.8)),
            "total_coverage_95": _ratio(test.total_coverage.get(0.95)),
        },
        "notes": notes,
    }  # fmt: skip


def _bounds(intervals: Mapping[float, Interval], shown: Shown) -> Json:
    """Return the bounds of both levels; None where the backtest was too short to tell."""
    bounds: Json = {}
    for level in _LEVELS:
        interval = intervals.get(level)
        low, high = (None, None) if interval is None else (shown(interval[0]), shown(interval[1]))
        bounds |= {f"low_{level * 100:.0f}": low, f"high_{level * 100:.0f}": high}
    return bounds


def _to_come(period: Period, given: Mapping[str, Any]) -> Json:
    first = period.until + _DAY
    return {"horizon": given["horizon"], "first_day": first.isoformat(),
            "last_day": (period.until + given["horizon"] * _DAY).isoformat()}  # fmt: skip


def _measured(figures: Figures | None, measure: str) -> float:
    if figures is None:
        return 0.0
    if measure == "sales":
        return float(figures.gross_sales - figures.discounts)
    return float(figures.orders if measure == "orders" else figures.units)


def _ordinals(period: Period) -> range:
    return range(period.since.toordinal(), period.until.toordinal() + 1)


def _events(texts: Sequence[str]) -> dict[date, str]:
    """Return named days such as ``2026-11-27=Black Friday``; raise `InvalidInput` for what is no day."""
    events: dict[date, str] = {}
    for place, text in enumerate(texts):
        day, _, name = text.partition("=")
        try:
            found = date.fromisoformat(day)
        except ValueError:
            message = "There is no such day."
            raise InvalidInput.about("The input", [Fault(f"/events/{place}", message, "date")]) from None
        if events.setdefault(found, name.strip()) != name.strip():
            message = "There are two names for this day."
            raise InvalidInput.about("The input", [Fault(f"/events/{place}", message, "conflict")])
    return events


def _amounts(currency: str) -> Shown:
    unit = Decimal(1).scaleb(-digits(currency))
    return lambda value: amount_text(Decimal(value).quantize(unit, ROUND_HALF_UP), currency)


def _count(value: float) -> str:
    return f"{Decimal(value).quantize(_THOUSANDTH, ROUND_HALF_UP):f}"


def _ratio(value: float | None) -> str | None:
    return None if value is None else _count(value)
