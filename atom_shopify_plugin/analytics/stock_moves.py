"""Which stock should move: from locations with more than they need to those that run out first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from atom_shopify_plugin.analytics.replenishment import replenish
from atom_shopify_plugin.analytics.stock_plan import named
from atom_shopify_plugin.analytics.stockroom import Shelf, Stockroom
from atom_shopify_plugin.analytics.supply_terms import Terms
from atom_shopify_plugin.analytics.transfers import LocationStock, suggest_transfers
from atom_shopify_plugin.analytics.view import View

__all__ = ["transfers"]

Json = dict[str, Any]


def transfers(view: View, given: Mapping[str, Any]) -> Json:
    """Return the suggested transfers of all variants, those to the location that runs out first at the beginning."""
    terms, room = Terms(view, given), Stockroom.of(view, given)
    found = [(cover, row) for shelf in room.shelves for cover, row in _of(room, shelf, terms, given["fewest"])]
    found.sort(key=lambda one: (one[0] is None, one[0] or 0.0, -one[1]["units"], one[1]["variant_id"]))
    skip, first = given["skip"], given["first"]
    return {
        **view.about(room.history, "transfers"),
        "untracked_variants": room.untracked,
        "assumes": room.assumes(by_place=True),
        "unused_terms": terms.unused,
        "transfers": len(found),
        "units": sum(row["units"] for _, row in found),
        "rows": [row for _, row in found[skip : skip + first]],
    }


def _of(room: Stockroom, shelf: Shelf, terms: Terms, fewest: int) -> Iterator[tuple[float | None, Json]]:
    """Yield the transfers of a variant, each with the days of cover of the location that gets it."""
    supply = terms.of(shelf.ware)
    if len(shelf.stocks) < 2:
        return
    there = {place: room.at(shelf, place) for place in shelf.stocks}
    plans = {place: replenish(stock, demand, supply, room.view.seen_on) for place, (stock, demand) in there.items()}
    places = [
        LocationStock(
            str(place), there[place][0].available, there[place][0].incoming, plan.reorder_point, plan.order_up_to
        )
        for place, plan in plans.items()
    ]
    for move in suggest_transfers(places, fewest=fewest):
        source, destination = int(move.source), int(move.destination)
        cover = plans[destination].days_of_cover
        yield (
            cover,
            {
                **named(shelf.ware),
                "inventory_item_id": f"gid://shopify/InventoryItem/{shelf.ware.item}",
                "from": _end(room, shelf, source),
                "to": _end(room, shelf, destination),
                "units": move.units,
                "days_of_cover": None if cover is None else round(cover, 1),
            },
        )


def _end(room: Stockroom, shelf: Shelf, place: int) -> Json:
    return {
        "location_id": f"gid://shopify/Location/{place}",
        "name": room.places[place].name,
        "available": shelf.stocks[place].available,
    }
