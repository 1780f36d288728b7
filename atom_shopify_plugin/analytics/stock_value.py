"""What there is: stock by location and state, its value at cost, what earns the money and what does not sell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.analytics.inventory import Holding, abc_classes, dead_stock, stock_value
from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.analytics.stockroom import history_of, tracked
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.shopify.sales import amount_text
from atom_shopify_plugin.storage.insight.catalogue import STATES
from atom_shopify_plugin.storage.insight.stock_facts import Ware

__all__ = ["dead", "levels"]

Json = dict[str, Any]


class _Shelves:
    """The holdings of one location, or of all, and their units by state."""

    def __init__(self) -> None:
        self.units = dict.fromkeys(STATES, 0)
        self.holdings: list[Holding] = []

    def shown(self, currency: str) -> Json:
        worth = stock_value(self.holdings)
        return {
            "states": self.units,
            "variants": len(self.holdings),
            "units": worth.units,
            "value": amount_text(worth.value, currency),
            "units_without_cost": worth.units_without_cost,
            "variants_without_cost": worth.variants_without_cost,
        }


def levels(view: View, given: Mapping[str, Any]) -> Json:
    """Return the stock of each location by state with its value at cost, and the classes of the variants."""
    facts, history = view.storage.stock_facts, history_of(view, given)
    listed, untracked = tracked(view, given)
    wares = _by_item(listed)
    places = {place.id: (place, _Shelves()) for place in facts.places(view.session, view.mirror)}
    totals: dict[int, int] = {}
    whole = _Shelves()
    for level in facts.levels(view.session, view.mirror):
        ware = wares.get(level.item)
        if ware is None or level.place not in places:
            continue
        shelves = places[level.place][1]
        on_hand = level.of("on_hand")
        shelves.holdings.append(Holding(str(ware.variant), on_hand, ware.cost))
        # Units below zero at one location take nothing from what another one has.
        totals[level.item] = totals.get(level.item, 0) + max(on_hand, 0)
        for state, units in zip(STATES, level.units, strict=True):
            shelves.units[state] += units
            whole.units[state] += units
    whole.holdings = [Holding(str(wares[item].variant), units, wares[item].cost) for item, units in totals.items()]
    return {
        **view.about(history, "inventory"),
        "untracked_variants": untracked,
        "totals": whole.shown(view.currency),
        "locations": [
            {
                "location_id": f"gid://shopify/Location/{place.id}",
                "name": place.name,
                "active": place.active,
                **shelves.shown(view.currency),
            }
            for place, shelves in places.values()
        ],
        "abc_classes": _classes(view, history, wares.values(), whole.holdings),
    }


def dead(view: View, given: Mapping[str, Any]) -> Json:
    """Return what is on hand and was not sold for so many `days`; no rows where sales of that time are not known."""
    facts, days = view.storage.stock_facts, int(given["days"])
    until = view.seen_on
    listed, untracked = tracked(view, given)
    wares = _by_item(listed)
    units: dict[int, int] = {}
    for level in facts.levels(view.session, view.mirror):
        if level.item in wares:
            units[level.item] = units.get(level.item, 0) + max(level.of("on_hand"), 0)
    sales = facts.last_sales(view.session, view.mirror)
    last: dict[int | None, date] = {}
    for ware in listed:  # several variants may sell the same item
        if ware.variant in sales:
            last[ware.item] = max(last.get(ware.item, date.min), sales[ware.variant])
    named = {str(ware.variant): ware for ware in wares.values()}
    found = dead_stock(
        (
            Holding(str(ware.variant), units[item], ware.cost, last.get(item), _day(view, ware))
            for item, ware in wares.items()
            if item in units
        ),
        until,
        days,
        sales_since=view.known_since,
    )
    reason = None
    if found is None:
        reason = f"Sales are known since {view.known_since}, which is less than {days} days before {until}."
    worth = stock_value(Holding(one.variant, one.on_hand, named[one.variant].cost) for one in found or ())
    skip, first = given["skip"], given["first"]
    return {
        **view.about(Period(date.fromordinal(max(1, until.toordinal() - days)), until), "dead-stock"),
        "untracked_variants": untracked,
        "days": days,
        "reason": reason,
        "variants": None if found is None else len(found),
        "units": None if found is None else worth.units,
        "value": None if found is None else amount_text(worth.value, view.currency),
        "units_without_cost": None if found is None else worth.units_without_cost,
        "rows": None
        if found is None
        else [
            {
                "variant_id": f"gid://shopify/ProductVariant/{one.variant}",
                "product_id": f"gid://shopify/Product/{named[one.variant].product}",
                "title": named[one.variant].title,
                "sku": named[one.variant].sku,
                "vendor": named[one.variant].vendor or None,
                "on_hand": one.on_hand,
                "value": None if one.value is None else amount_text(one.value, view.currency),
                "days_without_sale": one.days,
            }
            for one in found[skip : skip + first]
        ],
    }


def _by_item(wares: Iterable[Ware]) -> dict[int, Ware]:
    """Return the first variant of each inventory item."""
    found: dict[int, Ware] = {}
    for ware in wares:
        if ware.item is not None:
            found.setdefault(ware.item, ware)
    return found


def _day(view: View, ware: Ware) -> date:
    """Return the first day on which a variant may have been in stock: that on which it was made."""
    return ware.created_at.astimezone(view.zone).date()


def _classes(view: View, history: Period, wares: Iterable[Ware], holdings: Iterable[Holding]) -> list[Json]:
    """Return for each class how many variants it has, their net sales in the history, and the value of their stock."""
    revenues = {str(ware.variant): Decimal(0) for ware in wares}
    for sold in view.storage.stock_facts.sold(view.session, view.mirror, history.since, history.until):
        revenues[str(sold.variant)] = sold.net
    classes = abc_classes(revenues)
    held: dict[str, list[Holding]] = {"A": [], "B": [], "C": []}
    for holding in holdings:
        held[classes[holding.variant]].append(holding)
    found = []
    for name, holdings_ in held.items():
        members = [variant for variant, its in classes.items() if its == name]
        worth = stock_value(holdings_)
        found.append(
            {
                "class": name,
                "variants": len(members),
                "net_sales": amount_text(sum((revenues[one] for one in members), Decimal(0)), view.currency),
                "units": worth.units,
                "value": amount_text(worth.value, view.currency),
                "units_without_cost": worth.units_without_cost,
            }
        )
    return found
