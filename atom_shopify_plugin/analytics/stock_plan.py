"""What to order: the plan of each variant, the most urgent first, and the list of what to buy of each vendor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.analytics.replenishment import Plan, Stock, Supply, replenish
from atom_shopify_plugin.analytics.stockroom import Shelf, Stockroom
from atom_shopify_plugin.analytics.supply_terms import Terms
from atom_shopify_plugin.analytics.transfers import Purchase, PurchaseLine, purchase_list
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.sales import amount_text
from atom_shopify_plugin.storage.insight.stock_facts import Ware

__all__ = ["COLUMNS", "Planned", "named", "plan", "planned", "purchases"]

Json = dict[str, Any]
MOST_LINES = 5_000
COLUMNS = ("vendor", "variant_id", "title", "sku", "units", "unit_cost", "cost", "currency")
"""The columns of a purchase list."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of one variant, with what it was made from."""

    shelf: Shelf
    stock: Stock
    supply: Supply
    plan: Plan

    @property
    def line(self) -> PurchaseLine:
        """What the plan wants to buy."""
        ware = self.shelf.ware
        return PurchaseLine(str(ware.variant), ware.vendor or None, self.plan.order or 0, ware.cost)

    @property
    def urgency(self) -> tuple[bool, bool, float, int]:
        """By what plans are sorted: orders first, then the fewest days between the stock-out and a delivery."""
        cover = self.plan.days_of_cover
        slack = 0.0 if cover is None else cover - self.supply.lead_days
        return not self.plan.order, cover is None, slack, self.shelf.ware.variant


def planned(room: Stockroom, given: Mapping[str, Any], terms: Terms) -> list[Planned]:
    """Return the plans of all variants, over all locations or at the `location_id` of an input, urgent ones first."""
    place = None if "location_id" not in given else room.place(given["location_id"]).id
    plans = []
    for shelf in room.shelves:
        if place is not None and place not in shelf.stocks:
            continue
        stock, demand = (shelf.whole, shelf.demand) if place is None else room.at(shelf, place)
        supply = terms.of(shelf.ware)
        plans.append(Planned(shelf, stock, supply, replenish(stock, demand, supply, room.view.seen_on)))
    plans.sort(key=lambda one: one.urgency)
    return plans


def plan(view: View, given: Mapping[str, Any]) -> Json:
    """Return when each variant runs out and how much of it to order."""
    terms, room = Terms(view, given), Stockroom.of(view, given)
    plans = [
        one
        for one in planned(room, given, terms)
        if given.get("abc_class") in (None, one.shelf.abc) and (one.plan.order or not given["only_to_order"])
    ]
    wanted = purchase_list(one.line for one in plans)
    skip = given["skip"]
    return {
        **_about(room, given, terms),
        "variants": len(plans),
        "to_order": sum(bool(one.plan.order) for one in plans),
        **_sums(wanted, view.currency),
        "rows": [_row(one, view.currency) for one in plans[skip : skip + given["first"]]],
    }


def purchases(view: View, given: Mapping[str, Any]) -> Json:
    """Return what to buy of each vendor; raise `InvalidInput` where that is more than a list can hold."""
    terms, room = Terms(view, given), Stockroom.of(view, given)
    plans = {str(one.shelf.ware.variant): one for one in planned(room, given, terms) if one.plan.order}
    if len(plans) > MOST_LINES:
        message = f"There are {len(plans)} variants to order, and a list has at most {MOST_LINES}: name a vendor."
        raise InvalidInput.about("The input", [Fault("/vendor", message, "conflict")])
    wanted = purchase_list(one.line for one in plans.values())
    vendors = [
        {
            "vendor": purchase.vendor,
            "units": purchase.units,
            "cost": amount_text(purchase.cost, view.currency),
            "units_without_cost": purchase.units_without_cost,
            "lines": [_line(line, plans[line.variant].shelf.ware, view.currency) for line in purchase.lines],
        }
        for purchase in wanted
    ]
    return {**_about(room, given, terms), **_sums(wanted, view.currency), "vendors": vendors}


def _about(room: Stockroom, given: Mapping[str, Any], terms: Terms) -> Json:
    by_place = "location_id" in given
    return {
        **room.view.about(room.history, "inventory"),
        "untracked_variants": room.untracked,
        "assumes": room.assumes(by_place=by_place),
        "unused_terms": terms.unused,
    }


def _sums(wanted: Sequence[Purchase], currency: str) -> Json:
    return {
        "order_units": sum(purchase.units for purchase in wanted),
        "order_cost": amount_text(sum((purchase.cost for purchase in wanted), Decimal(0)), currency),
        "order_units_without_cost": sum(purchase.units_without_cost for purchase in wanted),
    }


def _line(line: PurchaseLine, ware: Ware, currency: str) -> Json:
    return {
        **named(ware),
        "units": line.units,
        "unit_cost": None if line.unit_cost is None else amount_text(line.unit_cost, currency),
        "cost": None if line.cost is None else amount_text(line.cost, currency),
    }


def named(ware: Ware) -> Json:
    """Return what a row says of its variant."""
    return {
        "variant_id": f"gid://shopify/ProductVariant/{ware.variant}",
        "product_id": f"gid://shopify/Product/{ware.product}",
        "title": ware.title,
        "sku": ware.sku,
    }


def _row(one: Planned, currency: str) -> Json:
    ware, plan_, stock = one.shelf.ware, one.plan, one.stock
    cost = one.line.cost
    notes = list(plan_.notes)
    if one.shelf.unseen:
        notes.append(f"{one.shelf.unseen} days since the stock ran out are left out of the demand.")
    return {
        **named(ware),
        "vendor": ware.vendor or None,
        "abc_class": one.shelf.abc,
        "available": stock.available,
        "on_hand": stock.on_hand,
        "committed": stock.committed,
        "incoming": stock.incoming,
        "velocity": None if plan_.velocity is None else round(plan_.velocity, 4),
        "days_of_cover": None if plan_.days_of_cover is None else round(plan_.days_of_cover, 1),
        "stock_out_date": None if plan_.stock_out is None else plan_.stock_out.isoformat(),
        "lead_days": one.supply.lead_days,
        "minimum_order": one.supply.minimum_order,
        "pack_size": one.supply.pack_size,
        "safety_stock": plan_.safety_stock,
        "reorder_point": plan_.reorder_point,
        "order_quantity": plan_.order,
        "order_cost": None if cost is None else amount_text(cost, currency),
        "notes": notes,
    }
