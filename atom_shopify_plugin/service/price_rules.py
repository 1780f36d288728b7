"""Rules for prices: from what a variant costs now to what it shall cost, in exact decimals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from atom_shopify_plugin.shopify.money import digits

__all__ = ["Priced", "priced"]

HIGHEST = Decimal("999999999.99")


@dataclass(frozen=True, slots=True)
class Priced:
    """What a rule makes of a variant: its new price and compare-at price, or why it is left out (`skipped`)."""

    price: str
    compare_at_price: str | None
    skipped: str = ""


def priced(variant: Mapping[str, Any], rule: Mapping[str, Any], currency: str) -> Priced:
    """Apply a rule to a variant.

    `rule` holds one of `percent`, `amount` and `set_price`, and may hold `minimum_price`, `ends_in` (such as 0.99: the
    nearest price that ends so), `minimum_margin` (percent of the price above the cost) and `compare_at`.
    """
    old = Decimal(variant["price"])
    unit = Decimal(1).scaleb(-digits(currency))
    floor = Decimal(rule.get("minimum_price", "0"))
    new = max(_changed(old, rule), floor).quantize(unit, ROUND_HALF_UP)
    if "ends_in" in rule:
        new = _ending(new, Decimal(rule["ends_in"]), floor)
    former = variant["compare_at_price"]
    if new > HIGHEST:
        return Priced(variant["price"], former, "The price would be too high.")
    if "minimum_margin" in rule and (problem := _margin(variant, new, Decimal(rule["minimum_margin"]))):
        return Priced(variant["price"], former, problem)
    return Priced(str(new), _compare_at(old, new, former, rule.get("compare_at", "keep")))


def _changed(old: Decimal, rule: Mapping[str, Any]) -> Decimal:
    if "set_price" in rule:
        return Decimal(rule["set_price"])
    if "amount" in rule:
        return old + Decimal(rule["amount"])
    return old + old * Decimal(rule["percent"]) / 100


def _ending(price: Decimal, end: Decimal, floor: Decimal) -> Decimal:
    """Return the price nearest to `price` that ends in `end`, the higher of two, and none below `floor`."""
    lower = price.to_integral_value(rounding="ROUND_FLOOR") + end
    if lower > price:
        lower -= 1
    found = lower if price - lower < lower + 1 - price else lower + 1
    return found if found >= max(floor, Decimal(0)) else found + 1


def _margin(variant: Mapping[str, Any], price: Decimal, least: Decimal) -> str:
    cost = ((variant.get("inventory_item") or {}).get("unit_cost") or {}).get("amount")
    if cost is None:
        return "Its cost is not known, so that its margin is not."
    if price <= 0 or (price - Decimal(cost)) / price * 100 < least:
        return f"Its margin would be below {least} percent."
    return ""


def _compare_at(old: Decimal, new: Decimal, former: str | None, how: str) -> str | None:
    """Return the compare-at price: with `former` the price before a reduction, or the higher one that stands there."""
    if how == "clear":
        return None
    if how == "keep":
        return former
    highest = max(old, Decimal(former or "0"))
    return str(highest) if highest > new else None
