"""Fulfilment: from an order, its lines and a location to Shopify's fulfillment orders, and back from names to ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from atom_shopify_plugin.errors import Conflict, Fault, InvalidInput
from atom_shopify_plugin.service.finding import missing, order_id
from atom_shopify_plugin.shopify.wire import camel
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["create", "hold", "list_parcels", "release", "track"]

SENDABLE = ("OPEN", "IN_PROGRESS")
WAITING = (*SENDABLE, "ON_HOLD", "SCHEDULED")
_NAMES = ("line_item_id", "sku", "fulfillment_order_line_item_id")
_SHOWN = 20  # things that an error lists

Node = Mapping[str, Any]


def list_parcels(shop: Shop, **by: str) -> Any:
    """Return an order with its parcels, by `order_id` or `order_name`; None where there is no such order."""
    found = order_id(shop, "OrderFind", by)
    return None if found is None else shop.root("FulfillmentList", {"id": found})


def create(shop: Shop, **given: Any) -> Any:
    """Send all that is left of an order, or some lines of it, from one location; return the parcel.

    The units are named one by one, so that Shopify refuses what somebody else has sent in the meantime. Raises
    `Conflict` where nothing is left to send, and `InvalidInput` where it is not clear from which location.
    """
    nodes = _of(shop, given)
    open_ = [node for node in nodes if node["status"] in SENDABLE and any(_left(row) for row in _rows(node))]
    if not open_:
        message = "Nothing is left to fulfil here, or it is on hold."
        raise Conflict(message, details={"fulfillment_orders": _told(nodes)})
    places: dict[str, list[Node]] = {}
    for node in open_:
        places.setdefault(_location(node), []).append(node)
    if "location_id" in given:
        places = {place: here for place, here in places.items() if place == given["location_id"]}
        if not places:
            raise _wrong("/location_id", "Nothing is left to fulfil from this location.", "not_found", open_)
    picks = {place: _picked(here, given.get("lines")) for place, here in places.items()}
    able = [pick for pick in picks.values() if not pick.faults]
    if len(able) > 1:
        message = "It can be sent from more than one location: say from which with location_id."
        raise _wrong("/location_id", message, "required", open_)
    if not able and len(picks) > 1:
        message = "No location holds all of these lines: send those of one location at a time."
        raise _wrong("/lines", message, "location", open_)
    if not able:
        (pick,) = picks.values()
        raise InvalidInput(pick.faults[0].message, pick.faults, details={"fulfillment_orders": _told(open_)})
    fulfillment = {
        "lineItemsByFulfillmentOrder": able[0].groups(),
        "notifyCustomer": given["notify_customer"],
        **({"trackingInfo": tracking} if (tracking := _tracking(given)) else {}),
    }
    return shop.root("FulfillmentCreate", {"fulfillment": fulfillment})["fulfillment"]


def track(shop: Shop, **given: Any) -> Any:
    """Replace the tracking of a parcel, by its `id` or, where an order has but one parcel, by the order."""
    variables = {"id": _parcel(shop, given), "tracking": _tracking(given), "notify_customer": given["notify_customer"]}
    return shop.root("FulfillmentTrackingUpdate", variables)["fulfillment"]


def hold(shop: Shop, **given: Any) -> Any:
    """Hold a fulfillment order, or some of its lines; return it, the hold, and what was split off."""
    names = ("reason", "reason_notes", "notify_merchant", "handle")
    wanted: dict[str, Any] = {name: given[name] for name in names if name in given}
    if "lines" in given:
        wanted["fulfillment_order_line_items"] = given["lines"]
    payload = shop.root("FulfillmentOrderHold", {"id": _one(shop, given, SENDABLE), "hold": camel(wanted)})
    return {name: payload[name] for name in ("fulfillment_hold", "fulfillment_order", "remaining_fulfillment_order")}


def release(shop: Shop, **given: Any) -> Any:
    """Lift the holds of a fulfillment order, or those in `hold_ids`; return it."""
    variables = {"id": _one(shop, given, ("ON_HOLD",)), "hold_ids": given.get("hold_ids")}
    return shop.root("FulfillmentOrderRelease", variables)["fulfillment_order"]


@dataclass
class _Pick:
    """The units of fulfillment orders that are sent: line → units, by fulfillment order; and what can't be had."""

    units: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def groups(self) -> list[dict[str, Any]]:
        return [
            {
                "fulfillmentOrderId": node,
                "fulfillmentOrderLineItems": [{"id": row, "quantity": units} for row, units in rows.items()],
            }
            for node, rows in self.units.items()
        ]

    def take(self, node: str, row: str, units: int) -> None:
        self.units.setdefault(node, Counter())[row] += units


def _picked(nodes: Sequence[Node], lines: Sequence[Mapping[str, Any]] | None) -> _Pick:
    """Return what is sent of the fulfillment orders of one location: `lines`, or all that is left."""
    pick = _Pick()
    left = {(node["id"], row["id"]): _left(row) for node in nodes for row in _rows(node)}
    if lines is None:
        for (node, row), units in left.items():
            if units:
                pick.take(node, row, units)
        return pick
    for at, line in enumerate(lines):
        places = [(node["id"], row["id"]) for node in nodes for row in _rows(node) if _is_meant(line, row)]
        there = sum(left[place] for place in places)
        wanted = line.get("quantity", there)
        if wanted > there or not there:
            said = "This line is not among them." if not places else f"{there} of this line are left to fulfil."
            pick.faults.append(Fault(f"/lines/{at}", said, "quantity" if places else "not_found"))
            continue
        for place in places:
            units = min(wanted, left[place])
            if units:
                pick.take(*place, units)
            left[place] -= units
            wanted -= units
    return pick


def _is_meant(line: Mapping[str, Any], row: Node) -> bool:
    name = next(name for name in _NAMES if name in line)
    if name == "sku":
        return bool(str(row["sku"] or "").strip() == line["sku"].strip())
    return bool(line[name] == (row["line_item"]["id"] if name == "line_item_id" else row["id"]))


def _of(shop: Shop, given: Mapping[str, Any]) -> list[Node]:
    """Return the fulfillment orders that a call is about."""
    named = given.get("fulfillment_order_ids", ())
    if not ("order_id" in given or "order_name" in given):
        return [_known(shop, gid) for gid in dict.fromkeys(named)]
    found = order_id(shop, "OrderFind", given)
    order = None if found is None else shop.root("FulfillmentOrdersOfOrder", {"id": found})
    if order is None:
        raise missing(shop, "order", {name: given[name] for name in ("order_id", "order_name") if name in given})
    nodes: list[Node] = order["fulfillment_orders"]["nodes"]
    strange = set(named) - {node["id"] for node in nodes}
    if strange:
        raise _wrong("/fulfillment_order_ids", f"{order['name']} has no {min(strange)}.", "not_found", nodes)
    return [node for node in nodes if not named or node["id"] in named]


def _known(shop: Shop, gid: str) -> Node:
    node: Node | None = shop.root("FulfillmentOrderGet", {"id": gid})
    if node is None:
        raise missing(shop, "fulfillment order", {"id": gid})
    return node


def _one(shop: Shop, given: Mapping[str, Any], states: Sequence[str]) -> str:
    """Return which fulfillment order is meant: the one that is named, or the only one of an order in such a state."""
    if "id" in given:
        return str(given["id"])
    nodes = [node for node in _of(shop, given) if node["status"] in states]
    if len(nodes) == 1:
        return str(nodes[0]["id"])
    message = f"{len(nodes) or 'No'} fulfillment orders of this order are {' or '.join(states)}: name one by its id."
    raise _wrong("/id", message, "ambiguous" if nodes else "not_found", nodes)


def _parcel(shop: Shop, given: Mapping[str, Any]) -> str:
    if "id" in given:
        return str(given["id"])
    order = list_parcels(shop, **{name: given[name] for name in ("order_id", "order_name") if name in given})
    if order is None:
        raise missing(shop, "order", {"name": given.get("order_name", given.get("order_id"))})
    parcels = [parcel for parcel in order["fulfillments"] if parcel["status"] != "CANCELLED"]
    if len(parcels) == 1:
        return str(parcels[0]["id"])
    message = f"{order['name']} has {len(parcels) or 'no'} parcels: name one by its id."
    told = [{"id": parcel["id"], "name": parcel["name"]} for parcel in parcels[:_SHOWN]]
    raise InvalidInput(message, [Fault("/id", message, "required")], details={"fulfillments": told})


def _tracking(given: Mapping[str, Any]) -> dict[str, Any]:
    names = ("company", "number", "numbers", "url", "urls")
    return {name: given[f"tracking_{name}"] for name in names if f"tracking_{name}" in given}


def _rows(node: Node) -> list[Node]:
    rows: list[Node] = node["line_items"]["nodes"]
    return rows


def _left(row: Node) -> int:
    return int(row["remaining_quantity"])


def _location(node: Node) -> str:
    location = node["assigned_location"]["location"]
    return "" if location is None else str(location["id"])  # null where the location was deleted


def _wrong(pointer: str, message: str, code: str, nodes: Sequence[Node]) -> InvalidInput:
    return InvalidInput(message, [Fault(pointer, message, code)], details={"fulfillment_orders": _told(nodes)})


def _told(nodes: Sequence[Node]) -> list[dict[str, Any]]:
    return [
        {
            "id": node["id"],
            "status": node["status"],
            "location": node["assigned_location"]["name"],
            "location_id": _location(node),
            "left": sum(_left(row) for row in _rows(node)),
        }
        for node in nodes[:_SHOWN]
    ]
