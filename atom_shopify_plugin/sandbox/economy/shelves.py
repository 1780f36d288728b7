"""How the economy keeps its shelves: once a week somebody counts, orders what runs low, and fills the shop floor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.economy.catalogue import Catalogue, Item, is_ending, is_overstocked

__all__ = ["WEEK", "count_shelves"]

WEEK = timedelta(days=7)
_SMOOTHING = 0.25  # how much the last week counts in what a week is thought to sell
_FLOOR = 2  # the fewest units on the shop floor
_LOW, _ENOUGH = 5.0, 12.0  # weeks: below the one more is ordered, up to the other
_ENDING = timedelta(days=45)
_NEVER = frozenset({"slow", "dead"})
Later = Callable[[datetime, Callable[[], None]], None]


def count_shelves(ctx: Context, random: Random, catalogue: Catalogue, end: datetime, later: Later) -> None:
    """Look at every shelf once; what is ordered arrives in two or three weeks, through `later`."""
    for item in [*catalogue.items, *catalogue.lumps]:
        item.weekly += _SMOOTHING * (item.sold - item.weekly)
        item.sold = 0
        if item.floor["stock"]["available"] < _FLOOR:
            _fill_floor(ctx, item)
        if not _is_low(item, ctx.now, end):
            continue
        wanted = max(6, round(item.weekly * _ENOUGH) - item.available)
        item.due = wanted * (4 if is_overstocked(item) else 1)
        arrival = ctx.now + timedelta(days=random.randint(11, 19), hours=random.randint(0, 6))
        later(arrival, _arrival(ctx, item))


def _is_low(item: Item, now: datetime, end: datetime) -> bool:
    least = 30 if item.kind.name == "lumps" else 2
    if item.due or item.available > max(least, item.weekly * _LOW) or item.kind.name in _NEVER:
        return False
    return not (is_ending(item) and now > end - _ENDING)


def _arrival(ctx: Context, item: Item) -> Callable[[], None]:
    def arrive() -> None:
        inventory.shift(ctx, item.warehouse, "available", item.due)
        item.due = 0

    return arrive


def _fill_floor(ctx: Context, item: Item) -> None:
    there, back = item.floor["stock"]["available"], item.warehouse["stock"]["available"]
    wanted = max(_FLOOR, min(12, round(item.weekly * 0.6))) - there
    if back > 6 and wanted > 0:
        inventory.shift(ctx, item.warehouse, "available", -wanted)
        inventory.shift(ctx, item.floor, "available", wanted)
