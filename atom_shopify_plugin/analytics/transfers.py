"""Which stock should move between locations, and what to buy."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["LocationStock", "Purchase", "PurchaseLine", "Transfer", "purchase_list", "suggest_transfers"]


@dataclass(frozen=True, slots=True)
class LocationStock:
    """A variant at one location: what it has and what it needs.

    `reorder_point` is what a location should not fall to, `need` what it keeps for itself: the reorder point and the
    demand that an order covers. Both are `None` where demand is unknown; then nothing is taken from it or sent to it.
    """

    location: str
    available: int
    incoming: int
    reorder_point: int | None
    need: int | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units of one variant to move from one location to another."""

    source: str
    destination: str
    units: int


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """Units of one variant to buy; `unit_cost` is `None` where it is unknown."""

    variant: str
    vendor: str | None
    units: int
    unit_cost: Decimal | None

    @property
    def cost(self) -> Decimal | None:
        """Return what the line costs, None where that is unknown."""
        return None if self.unit_cost is None else self.unit_cost * self.units


@dataclass(frozen=True, slots=True)
class Purchase:
    """What to buy of one vendor; `cost` is the sum of the lines whose cost is known."""

    vendor: str | None
    lines: tuple[PurchaseLine, ...]
    units: int
    cost: Decimal
    units_without_cost: int


def suggest_transfers(places: Sequence[LocationStock], *, fewest: int = 1) -> list[Transfer]:
    """Suggest transfers of one variant, from locations with more than they need to those at their reorder point.

    A location gets what it lacks to its need, counting what is on its way. A source gives what is above its need, and
    what is on its way to it does not count. The largest lack is served first, from the largest surplus; equal ones in
    the order of their names. No suggestion is smaller than `fewest` units. Raises `ValueError` where a location is
    named twice.
    """
    if len({place.location for place in places}) < len(places):
        raise ValueError("A location is named twice.")
    sources: list[tuple[int, str]] = []
    lacks: list[tuple[int, str]] = []
    for place in places:
        if place.need is None or place.reorder_point is None:
            continue
        position = place.available + place.incoming
        if position <= place.reorder_point and position < place.need:
            lacks.append((position - place.need, place.location))
        elif place.available > place.need:
            sources.append((place.need - place.available, place.location))
    heapq.heapify(sources)
    transfers = []
    for lack, destination in sorted(lacks):
        missing = -lack
        while missing >= fewest and sources and -sources[0][0] >= fewest:
            surplus, source = heapq.heappop(sources)
            units = min(missing, -surplus)
            transfers.append(Transfer(source, destination, units))
            missing -= units
            if units < -surplus:
                heapq.heappush(sources, (surplus + units, source))
    return transfers


def purchase_list(lines: Iterable[PurchaseLine]) -> list[Purchase]:
    """Group what to buy by vendor, exactly, in the currency of the costs; lines without units are left out.

    Vendors come in the order of their names, those of unknown vendors last; lines in the order of their variants.
    """
    by_vendor: dict[str | None, list[PurchaseLine]] = {}
    for line in lines:
        if line.units > 0:
            by_vendor.setdefault(line.vendor, []).append(line)
    purchases = []
    for vendor, bought in sorted(by_vendor.items(), key=lambda item: (item[0] is None, item[0] or "")):
        ordered = tuple(sorted(bought, key=lambda line: (line.variant, line.units)))
        purchases.append(
            Purchase(
                vendor=vendor,
                lines=ordered,
                units=sum(line.units for line in ordered),
                cost=sum((line.cost for line in ordered if line.cost is not None), Decimal(0)),
                units_without_cost=sum(line.units for line in ordered if line.cost is None),
            )
        )
    return purchases
