"""What the stock is worth, what of it does not sell, and which variants earn the money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

__all__ = ["AbcClass", "DeadStock", "Holding", "StockValue", "abc_classes", "dead_stock", "stock_value"]

AbcClass = Literal["A", "B", "C"]

THRESHOLDS = (Decimal("0.80"), Decimal("0.95"))  # of the revenue: A up to the first, B up to the second
DEAD_AFTER = 90  # days


@dataclass(frozen=True, slots=True)
class Holding:
    """The units of one variant that are on hand, and what one of them cost; `None` where the cost is unknown.

    `last_sale` is `None` where no sale is known, `stocked_since` where it is unknown when the variant came into stock.
    """

    variant: str
    on_hand: int
    unit_cost: Decimal | None
    last_sale: date | None = None
    stocked_since: date | None = None

    @property
    def value(self) -> Decimal | None:
        """Return what the units cost, None where that is unknown; units below zero are worth nothing."""
        return None if self.unit_cost is None else self.unit_cost * max(self.on_hand, 0)


@dataclass(frozen=True, slots=True)
class StockValue:
    """The value of a stock at cost, and what it is not met: units whose cost is unknown."""

    value: Decimal
    units: int
    units_without_cost: int
    variants_without_cost: int


@dataclass(frozen=True, slots=True)
class DeadStock:
    """A variant that is in stock and was not sold for `days` days; `days` is `None` where it was never sold."""

    variant: str
    on_hand: int
    value: Decimal | None
    days: int | None


def stock_value(holdings: Iterable[Holding]) -> StockValue:
    """Return the value of a stock, exactly, in the currency of the costs."""
    value, units, unknown, variants = Decimal(0), 0, 0, 0
    for holding in holdings:
        held = max(holding.on_hand, 0)
        units += held
        if holding.value is not None:
            value += holding.value
        elif held:
            unknown += held
            variants += 1
    return StockValue(value, units, unknown, variants)


def dead_stock(
    holdings: Iterable[Holding], today: date, days: int = DEAD_AFTER, *, sales_since: date | None = None
) -> list[DeadStock] | None:
    """Return what is in stock and has not sold for `days` days, the most valuable first, unknown values last.

    What came into stock later than that is new, not dead. `sales_since` is the first day whose sales are known; the
    answer is None if that is less than `days` days ago. Raises `ValueError` for fewer than one day.
    """
    if days < 1:
        raise ValueError(f"{days} days without a sale: at least one is needed.")
    if sales_since is not None and (today - sales_since).days < days:
        return None
    dead = []
    for holding in holdings:
        since = [(today - day).days for day in (holding.last_sale, holding.stocked_since) if day is not None]
        if holding.on_hand > 0 and (not since or min(since) >= days):
            idle = (today - holding.last_sale).days if holding.last_sale is not None else None
            dead.append(DeadStock(holding.variant, holding.on_hand, holding.value, idle))
    dead.sort(key=lambda item: (item.value is None, -(item.value or 0), item.variant))
    return dead


def abc_classes(
    revenues: Mapping[str, Decimal], thresholds: tuple[Decimal, Decimal] = THRESHOLDS
) -> dict[str, AbcClass]:
    """Return the class of each variant by its share of the revenue.

    Variants are taken from the largest revenue down. One is A while those with more revenue have less than 80 % of the
    sum, B while they have less than 95 %, else C. Variants with the same revenue have the same class. What brought no
    revenue, or less than nothing after returns, is C and is in no sum. Raises `ValueError` for thresholds that do not
    ascend within 0 to 1.
    """
    first, second = thresholds
    if not 0 < first < second <= 1:
        raise ValueError("The thresholds ascend between 0 and 1.")
    total = sum((revenue for revenue in revenues.values() if revenue > 0), Decimal(0))
    classes: dict[str, AbcClass] = {}
    before = reached = Decimal(0)
    former: Decimal | None = None
    for variant, revenue in sorted(revenues.items(), key=lambda item: item[1], reverse=True):
        if revenue <= 0:
            classes[variant] = "C"
            continue
        if revenue != former:
            before, former = reached, revenue
        reached += revenue
        classes[variant] = "A" if before < first * total else "B" if before < second * total else "C"
    return classes
