"""When to order a variant again, and how much: from demand, lead time and the service level that is wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import Literal

from atom_shopify_plugin.analytics.demand import LARGEST, DailySeries, profile
from atom_shopify_plugin.analytics.forecast import Forecast

__all__ = ["Demand", "Plan", "Stock", "Supply", "demand_of", "part_of", "reorder_point", "replenish", "total_of"]

SLOW = 20.0  # units expected until a delivery; below it demand is counted unit by unit
WILDEST = 10_000.0  # variance of slow demand in units of its mean; above it counting would not end soon
LONGEST_COVER = 3650  # days; a stock that lasts longer has no date


@dataclass(frozen=True, slots=True)
class Stock:
    """Units of a variant, at one location or over all: as Shopify counts them.

    `available` is what can still be sold; it is below zero where more was sold than there is. `incoming` is ordered and
    on its way. `on_hand` includes what is committed to orders.
    """

    on_hand: int
    available: int
    committed: int = 0
    incoming: int = 0

    @property
    def position(self) -> int:
        """Return what can be sold now or after the deliveries on their way."""
        return self.available + self.incoming


@dataclass(frozen=True, slots=True)
class Demand:
    """Units a day: their mean, their standard deviation, and the number of days that both come from.

    `path` holds the expected units of the days from today on, where a forecast says them. Raises `ValueError` for
    numbers outside of 0 to 1e12.
    """

    mean: float
    deviation: float
    days: int
    path: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if any(not 0 <= value <= LARGEST for value in (self.mean, self.deviation, *self.path)):
            raise ValueError(f"Demand and its deviation are from 0 to {LARGEST:g} units a day.")


@dataclass(frozen=True, slots=True)
class Supply:
    """How a variant is ordered again.

    `lead_days` pass from an order to its delivery, on average, with a standard deviation of `lead_deviation` days.
    Stock is checked every `review_days` days (0: all the time). An order covers `cover_days` of demand beyond the
    reorder point, is of at least `minimum_order` units, and of whole packs of `pack_size`. `service_level` is the share
    of deliveries before which nothing runs out. Raises `ValueError` for values outside of their bounds.
    """

    lead_days: float
    lead_deviation: float = 0.0
    service_level: float = 0.95
    review_days: float = 0.0
    cover_days: float = 28.0
    minimum_order: int = 1
    pack_size: int = 1

    def __post_init__(self) -> None:
        for name in ("lead_days", "lead_deviation", "review_days", "cover_days"):
            value = getattr(self, name)
            if not math.isfinite(value) or not 0 <= value <= 730:
                raise ValueError(f"{name} is {value}: 0 to 730 days are possible.")
        if not 0.5 <= self.service_level <= 0.999:
            raise ValueError(f"A service level of {self.service_level}: 0.5 to 0.999 are possible.")
        if self.minimum_order < 1 or self.pack_size < 1:
            raise ValueError("The minimum of an order and the size of a pack are whole numbers from 1.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about one variant; quantities are whole units.

    A figure is `None` where it can't be known, and `notes` says why. `order` is 0 while the position is above the
    reorder point.
    """

    velocity: float | None
    days_of_cover: float | None
    stock_out: date | None
    safety_stock: int | None
    reorder_point: int | None
    order_up_to: int | None
    order: int | None
    distribution: Literal["normal", "poisson", "negative_binomial"] | None
    notes: tuple[str, ...]


def demand_of(series: DailySeries, forecast: Forecast | None = None) -> Demand | None:
    """Return the demand that a series shows, or None where no day of it was observed.

    With a forecast the mean and the path are the forecast's, and the deviation is that of its errors in the backtest:
    of single days, or of sums for a day if that is larger. Otherwise it is that of the observed days, or the root of
    the mean where a single day was observed (Poisson).
    """
    observed = profile(series)
    if observed.mean is None:
        return None
    deviation = observed.deviation if observed.deviation is not None else math.sqrt(observed.mean)
    if forecast is None:
        return Demand(observed.mean, deviation, observed.observed)
    error = max(forecast.backtest.rmse, forecast.backtest.total_rmse / math.sqrt(len(forecast.days)))
    return Demand(forecast.per_day, error, observed.observed, tuple(day.expected for day in forecast.days))


def part_of(demand: Demand, share: float) -> Demand:
    """Return the demand of a place at which each unit is bought with the chance `share`, from 0 to 1.

    The variance is that of a sum of which each unit is kept with that chance: share² × variance + share × (1 − share) ×
    mean. Raises `ValueError` for another share.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"A share of {share}: 0 to 1 are possible.")
    variance = (share * demand.deviation) ** 2 + share * (1 - share) * demand.mean
    return Demand(demand.mean * share, math.sqrt(variance), demand.days, tuple(day * share for day in demand.path))


def replenish(stock: Stock, demand: Demand | None, supply: Supply | None, today: date) -> Plan:
    """Return the plan of one variant; without a demand or a supply, with what can be said without it."""
    notes = []
    if stock.available < 0:
        notes.append(f"{-stock.available} units more were sold than there are.")
    if demand is None:
        notes.append("No day of sales is known, so nothing can be said about demand.")
        return Plan(None, None, None, None, None, None, None, None, tuple(notes))
    cover = _cover(stock.available, demand)
    stock_out = today + timedelta(days=math.floor(cover)) if cover is not None and cover <= LONGEST_COVER else None
    if not demand.mean:
        notes.append(f"Nothing is expected to sell: {demand.days} days are known.")
    if supply is None:
        notes.append("No lead time is known, so nothing can be said about orders.")
        return Plan(demand.mean, cover, stock_out, None, None, None, None, None, tuple(notes))
    point, safety, distribution = reorder_point(demand, supply)
    up_to = point + math.ceil(round(demand.mean * supply.cover_days, 9))
    order = 0
    if stock.position <= point and up_to > stock.position:
        order = -(-max(up_to - stock.position, supply.minimum_order) // supply.pack_size) * supply.pack_size
        if order > up_to - stock.position:
            notes.append(f"{up_to - stock.position} units are needed; the minimum and the packs make it {order}.")
    return Plan(demand.mean, cover, stock_out, safety, point, up_to, order, distribution, tuple(notes))


def reorder_point(
    demand: Demand, supply: Supply
) -> tuple[int, int, Literal["normal", "poisson", "negative_binomial"] | None]:
    """Return the reorder point, the safety stock in it, and the distribution that was taken for demand.

    The time to cover is the lead time and the time between two checks. The variance over it is that of daily demand for
    each day, and that of the lead time times the squared mean. Up to 20 expected units demand is Poisson, or negative
    binomial where its variance is larger; above, and where it varies beyond all measure, it is normal.
    """
    days = supply.lead_days + supply.review_days
    expected = demand.mean * days
    if not expected:
        return 0, 0, None
    variance = days * demand.deviation**2 + (demand.mean * supply.lead_deviation) ** 2
    if expected > SLOW or variance > WILDEST * expected:
        point = math.ceil(round(expected + NormalDist().inv_cdf(supply.service_level) * math.sqrt(variance), 9))
        return point, point - math.floor(expected), "normal"
    if variance > expected * 1.001:
        point = _negative_binomial(expected, variance, supply.service_level)
        return point, max(0, point - math.floor(expected)), "negative_binomial"
    point = _poisson(expected, supply.service_level)
    return point, max(0, point - math.floor(expected)), "poisson"


def _cover(available: int, demand: Demand) -> float | None:
    """Return how many days what is available lasts; None where it lasts for ever."""
    if available <= 0:
        return 0.0
    left = float(available)
    for day, expected in enumerate(demand.path):
        if expected >= left:
            return day + left / expected
        left -= expected
    return len(demand.path) + left / demand.mean if demand.mean > 0 else None


def _poisson(mean: float, chance: float) -> int:
    units, term = 0, math.exp(-mean)
    reached = term
    while reached < chance:
        units += 1
        term *= mean / units
        reached += term
    return units


def _negative_binomial(mean: float, variance: float, chance: float) -> int:
    """Return the smallest number of units that demand stays within with a chance, counted up from none."""
    size = mean * mean / (variance - mean)
    share = (variance - mean) / variance
    units, term = 0, math.exp(size * (math.log(mean) - math.log(variance)))
    reached = term
    while reached < chance:
        term *= (size + units) / (units + 1) * share
        units += 1
        reached += term
    return units


def total_of(stocks: Sequence[Stock]) -> Stock:
    """Return the stock of several locations together."""
    return Stock(
        sum(stock.on_hand for stock in stocks),
        sum(stock.available for stock in stocks),
        sum(stock.committed for stock in stocks),
        sum(stock.incoming for stock in stocks),
    )
