"""The stock of a store with its demand: what the answers about replenishment are made of, read from the copy once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.analytics.demand import DailySeries
from atom_shopify_plugin.analytics.inventory import AbcClass, abc_classes
from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.analytics.replenishment import Demand, Stock, demand_of, part_of, total_of
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.storage.insight.stock_facts import Level, Place, Sold, Ware

__all__ = ["MOST_VARIANTS", "STREAMS", "Shelf", "Stockroom", "history_of", "tracked"]

STREAMS = ("products", "inventory", "locations", "orders")
"""What has to be copied."""
MOST_VARIANTS = 50_000
_DAY = timedelta(days=1)
_EVENLY = (
    "The copy does not know where a unit was sold: the demand of a variant is divided evenly among the active "
    "locations that stock it."
)
_WEIGHED = (
    "The copy does not know where a unit was sold: the demand of a variant is divided among the active locations that "
    "stock it by the weights that were given."
)
_NO_LOG = (
    "Stock of earlier days is not known: a variant counts as in stock on all days but those since its stock ran out."
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A variant, its stock at active locations by their ids, and its demand over all of them.

    `unseen` days of the history had no stock, so that demand could not be seen.
    """

    ware: Ware
    stocks: Mapping[int, Stock]
    demand: Demand | None
    revenue: Decimal
    unseen: int
    abc: AbcClass

    @property
    def whole(self) -> Stock:
        """The stock of all its locations."""
        return total_of(list(self.stocks.values()))


@dataclass(frozen=True)
class Stockroom:
    """The places, the variants with their stock and demand, and what was assumed.

    Archived products are left out, and so are variants whose stock is not tracked: `untracked` counts them.
    """

    view: View
    history: Period
    places: Mapping[int, Place]
    shelves: Sequence[Shelf]
    untracked: int
    weights: Mapping[int, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, view: View, given: Mapping[str, Any]) -> Stockroom:
        """Read the variants, those of the `vendor` that an input names or all.

        Raises `InvalidInput` for an unknown vendor or location, and where there are too many variants at once.
        """
        facts, history = view.storage.stock_facts, history_of(view, given)
        places = {place.id: place for place in facts.places(view.session, view.mirror)}
        weights = _weights(places, given.get("location_weights", ()))
        wares, untracked = tracked(view, given)
        wares = [ware for ware in wares if ware.status != "ARCHIVED"]
        items = {ware.item for ware in wares}
        levels: dict[int, list[Level]] = {}
        for level in facts.levels(view.session, view.mirror):
            place = places.get(level.place)
            if level.item in items and place is not None and place.active:
                levels.setdefault(level.item, []).append(level)
        start = max(history.since, view.known_since or history.since)
        by_variant = {ware.variant: ware for ware in wares}
        demands: dict[int, tuple[Demand | None, int]] = {}
        revenues = {str(ware.variant): Decimal(0) for ware in wares}
        for sold in facts.sold(view.session, view.mirror, start, history.until):
            revenues[str(sold.variant)] = sold.net
            ware = by_variant.get(sold.variant)
            if ware is not None:
                demands[sold.variant] = _demand(view, ware, levels.get(ware.item or 0, ()), sold, start, history.until)
        classes = abc_classes(revenues)
        shelves = []
        for ware in wares:
            there = levels.get(ware.item or 0, ())
            known = demands.get(ware.variant)
            if known is None:
                known = _demand(view, ware, there, Sold(ware.variant, {}, Decimal(0)), start, history.until)
            stocks = {level.place: _stock(level) for level in there}
            name = str(ware.variant)
            shelves.append(Shelf(ware, stocks, known[0], revenues[name], known[1], classes[name]))
        return cls(view, history, places, shelves, untracked, weights)

    def place(self, gid: str, pointer: str = "/location_id") -> Place:
        """Return the location with a global id; raise `InvalidInput` where the copy has none."""
        found = self.places.get(int(gid.rpartition("/")[2]))
        if found is None:
            raise _refusal(pointer, "The copy of the store has no such location.")
        return found

    def at(self, shelf: Shelf, place: int) -> tuple[Stock, Demand | None]:
        """Return the stock and the demand of a variant at one location, which may not stock it."""
        stock = shelf.stocks.get(place, Stock(0, 0))
        if shelf.demand is None:
            return stock, None
        return stock, part_of(shelf.demand, self.share(shelf, place))

    def share(self, shelf: Shelf, place: int) -> float:
        """Return which part of the demand of a variant a location has: 0 for one that does not stock it."""
        if place not in shelf.stocks:
            return 0.0
        weights = {one: self.weights.get(one, Decimal(0)) if self.weights else Decimal(1) for one in shelf.stocks}
        whole = sum(weights.values(), Decimal(0))
        return float(weights[place] / whole) if whole else 1 / len(weights)

    def assumes(self, *, by_place: bool) -> list[str]:
        """Return what had to be assumed."""
        return [_NO_LOG, *([_WEIGHED if self.weights else _EVENLY] if by_place else [])]


def history_of(view: View, given: Mapping[str, Any]) -> Period:
    """Return the whole days from which demand is computed: those before the day that the copy tells of."""
    until = view.seen_on - _DAY
    return Period(until - (int(given["history_days"]) - 1) * _DAY, until)


def tracked(view: View, given: Mapping[str, Any]) -> tuple[list[Ware], int]:
    """Return the variants whose stock is tracked, of the `vendor` that an input names or of all, and how many are not.

    Raises `InvalidInput` for an unknown vendor, and where there are too many variants at once.
    """
    wares: list[Ware] = []
    untracked = 0
    for ware in view.storage.stock_facts.wares(view.session, view.mirror, _vendor(view, given.get("vendor"))):
        if not ware.tracked:
            untracked += 1
        elif len(wares) == MOST_VARIANTS:
            raise _refusal("/vendor", f"There are more than {MOST_VARIANTS} variants: name a vendor.")
        else:
            wares.append(ware)
    return wares, untracked


def _vendor(view: View, name: str | None) -> str | None:
    """Return a vendor as the store writes it; raise `InvalidInput` where no product has it."""
    if name is None:
        return None
    wanted = name.strip().casefold()
    found = view.storage.stock_facts.vendors(view.session, view.mirror)
    same = [vendor for vendor in found if vendor == name] or [one for one in found if one.casefold() == wanted]
    if not same:
        raise _refusal("/vendor", "No product of the store has this vendor.")
    return same[0]


def _weights(places: Mapping[int, Place], texts: Sequence[str]) -> dict[int, Decimal]:
    """Return weights such as ``Main Warehouse=7`` by location."""
    found: dict[int, Decimal] = {}
    for at, text in enumerate(texts):
        name, _, weight = text.rpartition("=")
        wanted = name.strip().casefold()
        named = [place for place in places.values() if wanted in (place.name.casefold(), str(place.id))]
        if not named:
            raise _refusal(f"/location_weights/{at}", "The copy of the store has no such location.")
        if len(named) > 1:
            raise _refusal(f"/location_weights/{at}", "Several locations have this name: give the number of its id.")
        if named[0].id in found:
            raise _refusal(f"/location_weights/{at}", "There are two weights for this location.")
        found[named[0].id] = Decimal(weight)
    if found and not any(found.values()):
        raise _refusal("/location_weights", "One weight at least is more than 0.")
    return found


def _stock(level: Level) -> Stock:
    return Stock(level.of("on_hand"), level.of("available"), level.of("committed"), level.of("incoming"))


def _demand(
    view: View, ware: Ware, levels: Sequence[Level], sold: Sold, start: date, until: date
) -> tuple[Demand | None, int]:
    """Return the demand that the days from `start` to `until` show, and on how many of them none could be seen.

    The days begin with that on which the variant was made, or with an earlier sale. Where nothing is available now and
    it can't be oversold, the days after the last change of its stock had none.
    """
    made = ware.created_at.astimezone(view.zone).date()
    first = max(start, made)
    if sold.days:
        first = min(first, date.fromordinal(min(sold.days)))
    if first > until:
        return None, 0
    ordinals = range(first.toordinal(), until.toordinal() + 1)
    last = _last_seen(view, ware, levels, sold)
    unseen = frozenset(place for place, day in enumerate(ordinals) if day > last)
    series = DailySeries(first, tuple(float(sold.days.get(day, 0)) for day in ordinals), unseen)
    return demand_of(series), len(unseen)


def _last_seen(view: View, ware: Ware, levels: Sequence[Level], sold: Sold) -> int:
    """Return the ordinal of the last day on which demand could be seen."""
    if ware.oversells or not levels or any(level.of("available") > 0 for level in levels):
        return date.max.toordinal()
    changed = max(level.updated_at for level in levels).astimezone(view.zone).date().toordinal()
    return max([changed, *sold.days])


def _refusal(pointer: str, message: str) -> InvalidInput:
    return InvalidInput.about("The input", [Fault(pointer, message, "conflict")])
