"""What a buyer of the economy puts into the basket: what sells in the season, what goes together, what is on stock."""

from __future__ import annotations

from bisect import bisect
from random import Random

from atom_shopify_plugin.sandbox.economy.buyers import Buyer
from atom_shopify_plugin.sandbox.economy.catalogue import Catalogue, Item

__all__ = ["Baskets"]

# How many things, and how many units of each; then how many of a hundred baskets have at most so many.
_SIZES, _SIZE_SUMS = (1, 2, 3, 4), (52, 81, 94, 100)
_UNITS, _UNIT_SUMS, _COFFEE_SUMS = (1, 2, 3), (84, 97, 100), (58, 88, 100)
_TOGETHER = {
    "Mug": "Coffee Beans", "Coffee Beans": "Mug", "Bowl": "Mug", "Notebook": "Poster", "Poster": "Notebook",
    "Candle": "Blanket", "Blanket": "Candle", "Sweater": "T-Shirt", "T-Shirt": "Tote Bag", "Tote Bag": "Notebook",
}  # fmt: skip
_PAIRED, _AGAIN, _GIFT = 0.42, 0.55, 0.012
_TRIES = 6


class Baskets:
    """Chooses items; it never takes more than there is on stock."""

    def __init__(self, random: Random, catalogue: Catalogue) -> None:
        self._random = random
        self._catalogue = catalogue

    def fill(
        self, month: int, buyer: Buyer | None, *, on_floor: bool = False, cards: bool = True
    ) -> list[tuple[Item, int]]:
        """Return some items with their units, at least one; `cards` tells whether it may be a gift card."""
        random = self._random
        if buyer is not None and buyer.kind == "shop":
            return self._lump(month)
        if buyer is not None and cards and not on_floor and random.random() < _GIFT:
            return [(random.choice(self._catalogue.cards), 1)]
        chosen: dict[Item, int] = {}
        for _ in range(random.choices(_SIZES, cum_weights=_SIZE_SUMS)[0]):
            item = self._item(month, buyer, next(iter(chosen), None))
            if item not in chosen:
                sums = _COFFEE_SUMS if item.line == "Coffee Beans" else _UNIT_SUMS
                units = random.choices(_UNITS, cum_weights=sums)[0]
                chosen[item] = max(1, min(units, item.floor["stock"]["available"] if on_floor else item.at_once))
        if on_floor:
            chosen = {item: units for item, units in chosen.items() if item.floor["stock"]["available"] >= units}
        if not chosen:
            chosen = {self._somehow(on_floor=on_floor): 1}
        if buyer is not None and buyer.favourite is None:
            known = next((item for item in chosen if item.line == "Coffee Beans"), next(iter(chosen)))
            buyer.favourite = known
        return list(chosen.items())

    def _item(self, month: int, buyer: Buyer | None, first: Item | None) -> Item:
        random, catalogue = self._random, self._catalogue
        known = buyer.favourite if buyer is not None and first is None else None
        if known is not None and random.random() < _AGAIN and known.available > 0 and known.wanted[month]:
            return known
        for _ in range(_TRIES):
            items, sums = catalogue.items, catalogue.months[month]
            if first is not None and random.random() < _PAIRED:
                items, months = catalogue.families[_TOGETHER[first.line]]
                sums = months[month]
            if not sums[-1]:
                continue
            item = items[min(bisect(sums, random.random() * sums[-1]), len(items) - 1)]
            if item.available > 0:
                return item
        return self._somehow()

    def _somehow(self, *, on_floor: bool = False) -> Item:
        """Return what there is most of: everything that was looked for is sold out."""
        items = self._catalogue.items
        return max(items, key=lambda item: item.floor["stock"]["available"] if on_floor else item.at_once)

    def _lump(self, month: int) -> list[tuple[Item, int]]:
        """Return what another shop orders: a dozen of two or three things."""
        random, found = self._random, {}
        for _ in range(random.randint(1, 3)):
            lumps = self._catalogue.lumps
            item = random.choice(lumps) if random.random() < 0.6 else self._item(month, None, None)
            units = min(random.choice((6, 6, 8, 12, 12, 24)), item.at_once)
            if units > 0:
                found[item] = units
        return list(found.items()) or [(self._somehow(), 1)]
