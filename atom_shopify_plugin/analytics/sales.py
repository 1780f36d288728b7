"""What a store sold: sums over a period and its parts, beside other periods, and by product, channel and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.analytics.periods import Period, bucket
from atom_shopify_plugin.analytics.shown import change, days, percent, totals
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.money import digits
from atom_shopify_plugin.shopify.sales import Figures, amount_text
from atom_shopify_plugin.storage.insight.figures import Measure
from atom_shopify_plugin.storage.insight.rollups import (
    CHANNEL,
    CODES,
    COUNTRY,
    CUSTOMER,
    DAY,
    MONTH,
    PRODUCT,
    VARIANT,
)

__all__ = ["breakdown", "over_time", "parts_of"]

Json = dict[str, Any]
_DIMENSIONS = {
    "product": PRODUCT, "variant": VARIANT, "channel": CHANNEL, "country": COUNTRY, "discount_code": CODES,
    "customer_kind": CUSTOMER,
}  # fmt: skip
_GOODS = ("product", "variant")
_CONVERTED = ("gross_sales", "discounts", "returns", "net_sales", "shipping", "tax", "total_sales")


def over_time(view: View, given: Mapping[str, Any]) -> Json:
    """Return the sums of a period, of its days, weeks or months, and of the periods that it is compared with."""
    period = view.period(given)
    whole = _total(view, period)
    compare = bool(given.get("compare"))
    by = given.get("group_by")
    return {
        **view.about(period, "sales"),
        "totals": totals(whole, view.currency),
        "rows": [] if by is None else [
            {**days(part), **totals(figures, view.currency)} for part, figures in parts_of(view, period, by)
        ],
        "previous": _compared(view, period.previous(), whole) if compare else None,
        "last_year": _compared(view, period.year_before(), whole) if compare else None,
        "converted": _converted(view, whole, given),
    }  # fmt: skip


def breakdown(view: View, given: Mapping[str, Any]) -> Json:
    """Return the products, channels or other values that sold most or least in a period."""
    period, by = view.period(given), str(given["by"])
    measure: Measure = given["sort"]
    order: Json = {"by": measure, "first": given["first"], "slow": given["order"] == "lowest"}
    figures = view.storage.sales_figures
    only = _only(by, given)
    if by == "tag":
        ranked = figures.by_tag(view.session, view.mirror, period.since, period.until, **order)
    else:
        if by in _GOODS and measure == "orders":
            raise InvalidInput.about(
                "The input", [Fault("/sort", "Products and variants are counted in units, not in orders.", "conflict")]
            )
        ranked = figures.ranked(
            view.session, view.mirror, _DIMENSIONS[by], period.since, period.until, **order, only=only
        )
    whole = _total(view, period)
    names = _names(view, by, [value for value, _ in ranked.values])
    return {
        **view.about(period, "sales", history=by == "customer_kind"),
        "by": by,
        "sort": measure,
        "order": given["order"],
        "values": ranked.count,
        "rows": [
            {
                "value": value or None,
                **names[value],
                **totals(one, view.currency),
                "share_percent": percent(one.net_sales, whole.net_sales),
            }
            for value, one in ranked.values
        ],
        "totals": totals(whole, view.currency),
    }


def _only(by: str, given: Mapping[str, Any]) -> str | None:
    """Return the number of the one product or variant that is asked about; raise `InvalidInput` for another `by`."""
    for kind in _GOODS:
        wanted = given.get(f"{kind}_id")
        if wanted is None:
            continue
        if by != kind:
            raise InvalidInput.about("The input", [Fault(f"/{kind}_id", f"It goes with by {kind}.", "conflict")])
        return str(wanted).rpartition("/")[2]
    return None


def _total(view: View, period: Period) -> Figures:
    return view.storage.sales_figures.total(view.session, view.mirror, period.since, period.until)


def _compared(view: View, period: Period, now: Figures) -> Json:
    before = _total(view, period)
    known = view.known_since
    return {
        **days(period),
        "complete": known is None or period.since >= known,
        **totals(before, view.currency),
        "change_percent": change(before, now),
    }


def parts_of(view: View, period: Period, by: str) -> list[tuple[Period, Figures]]:
    """Return the days, weeks or months of a period with their figures, those without sales too."""
    parts = {part.since: (part, Figures()) for part in period.parts(by)}
    read = view.storage.sales_figures.by_grain
    whole = [part for part, _ in parts.values() if by == "month" and bucket(part.since, by) == (part.since, part.until)]
    if whole:
        sums = read(view.session, view.mirror, MONTH, _month(whole[0].since), _month(whole[-1].since))
        for part in whole:
            parts[part.since][1].add(sums.get(_month(part.since), Figures()))
    # Of months, only the first and the last one may be cut.
    rest = [part for part, _ in parts.values() if part not in whole] if by == "month" else [period]
    for part in rest:
        for ordinal, figures in read(
            view.session, view.mirror, DAY, part.since.toordinal(), part.until.toordinal()
        ).items():
            day = date.fromordinal(ordinal)
            parts[max(bucket(day, by)[0], period.since)][1].add(figures)
    return list(parts.values())


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _names(view: View, by: str, values: Sequence[str]) -> dict[str, Json]:
    """Return what is known of values beside themselves: titles of goods."""
    if by not in _GOODS:
        return {value: {"title": None, "sku": None, "product_id": None} for value in values}
    known = view.storage.sales_figures.goods(view.session, view.mirror, _DIMENSIONS[by], [one for one in values if one])
    found = {}
    for value in values:
        goods = known.get(value)
        owner = value if by == "product" else None if goods is None else goods.product
        found[value] = {
            "title": None if goods is None else goods.title,
            "sku": None if goods is None else goods.sku or None,
            "product_id": f"gid://shopify/Product/{owner}" if owner else None,
        }
    return found


def _converted(view: View, figures: Figures, given: Mapping[str, Any]) -> Json | None:
    """Return the totals in another currency, by the rate that was given; None where none was."""
    wanted = given.get("convert_to")
    if wanted is None:
        if given.get("rates"):
            raise InvalidInput.about("The input", [Fault("/rates", "They need convert_to.", "conflict")])
        return None
    rates = _rates(given.get("rates", ()))
    rate = Decimal(1) if wanted == view.currency else rates.get(view.currency)
    if rate is None:
        return {"currency": wanted, "rate": None, **dict.fromkeys(_CONVERTED)}
    unit = Decimal(1).scaleb(-digits(wanted))
    amounts = {name: (getattr(figures, name) * rate).quantize(unit, ROUND_HALF_UP) for name in _CONVERTED}
    texts = {name: amount_text(amount, wanted) for name, amount in amounts.items()}
    return {"currency": wanted, "rate": f"{rate:f}", **texts}


def _rates(texts: Sequence[str]) -> dict[str, Decimal]:
    """Return rates such as ``USD=0.92`` by their currency; raise `InvalidInput` for nothing and for two of one."""
    rates: dict[str, Decimal] = {}
    for place, text in enumerate(texts):
        currency, _, rate = text.partition("=")
        if currency in rates or not Decimal(rate):
            message = "There are two rates for this currency." if currency in rates else "A rate is more than 0."
            raise InvalidInput.about("The input", [Fault(f"/rates/{place}", message, "conflict")])
        rates[currency] = Decimal(rate)
    return rates
