"""Fulfillment orders: what of an order is to be sent from which location, and how much of it is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from atom_shopify_plugin.sandbox.connections import Page, root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.order_amounts import open_units
from atom_shopify_plugin.sandbox.registry import derived, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node, number, stamp

__all__ = [
    "MOST_HOLDS", "change_rows", "claimed", "default_location", "give_back", "hold", "is_open", "is_served", "known",
    "new_row", "numbers", "of_order", "open_for", "plan", "refresh", "release", "remaining", "row_of", "stocked",
]  # fmt: skip

OPEN = frozenset({"OPEN", "IN_PROGRESS", "ON_HOLD", "SCHEDULED"})
MOST_HOLDS = 10
DISPLAY_REASONS = {"AWAITING_RETURN_ITEMS": "Exchange items awaiting return delivery"}
# What an assignment status asks of the request status.
ASSIGNMENTS = {
    "CANCELLATION_REQUESTED": ("CANCELLATION_REQUESTED",),
    "FULFILLMENT_ACCEPTED": ("ACCEPTED",),
    "FULFILLMENT_REQUESTED": ("SUBMITTED",),
    "FULFILLMENT_UNSUBMITTED": ("UNSUBMITTED",),
}


def is_served(ctx: Context, node: Node) -> bool:
    """Tell whether a fulfillment service sends it, and not the merchant."""
    location = ctx.store.get(node["location"])
    return location is not None and location.get("fulfillmentService") is not None


def _visible(ctx: Context, node: Node) -> bool:
    """Hide what none of the granted scopes is about: Shopify answers with an empty list, not with an error."""
    kinds = ("assigned", "third_party") if is_served(ctx, node) else ("merchant_managed", "marketplace")
    return any(f"read_{kind}_fulfillment_orders" in ctx.scopes for kind in kinds)


kind(
    "FulfillmentOrder",
    {"status": "OPEN", "requestStatus": "UNSUBMITTED"},
    fields=(
        "createdAt updatedAt fulfillAt fulfillBy fulfillments fulfillmentHolds channelId merchantRequests lineItems"
    ),
    indexed=("order",),
    listed={"Order.fulfillmentOrders": "order"},
    filters={"assigned_location_id": "id location", "order_name": "text order.name"},
    words=("order_name",),
    visible=_visible,
)
kind("FulfillmentOrderLineItem", fields="warnings")
kind("FulfillmentHold", {"heldByRequestingApp": True}, fields="handle heldByApp reasonNotes")
kind("FulfillmentOrderSupportedAction", fields="externalUrl")
kind(
    "DeliveryMethod",
    {"methodType": "SHIPPING"},
    fields="maxDeliveryDateTime minDeliveryDateTime presentedName serviceCode sourceReference",
)
kind(
    "FulfillmentOrderDestination",
    fields="address1 address2 city company countryCode email firstName lastName location phone province zip",
)


# reading


def known(ctx: Context, gid: str) -> Node | None:
    return ctx.lookup(gid, "FulfillmentOrder")


def of_order(ctx: Context, order: Node) -> list[Node]:
    return ctx.store.find("FulfillmentOrder", "order", order["id"])


def is_open(ctx: Context, node: Node) -> bool:
    return ctx.value(node, "status") in OPEN


def remaining(node: Node) -> int:
    return sum(row["remainingQuantity"] for row in node["lineItems"])


@query("fulfillmentOrders")
def fulfillment_orders(ctx: Context, args: dict[str, Any]) -> Page:
    closed = bool(args.get("includeClosed"))
    return root_page(ctx, "FulfillmentOrder", args, lambda node: closed or is_open(ctx, node))


@query("assignedFulfillmentOrders")
def assigned_fulfillment_orders(ctx: Context, args: dict[str, Any]) -> Page:
    """Return those at the locations of fulfillment services, which the app serves."""
    places, statuses = args.get("locationIds"), ASSIGNMENTS.get(args.get("assignmentStatus") or "")

    def is_assigned(node: Node) -> bool:
        here = not places or node["location"] in places
        return here and is_served(ctx, node) and (not statuses or ctx.value(node, "requestStatus") in statuses)

    return root_page(ctx, "FulfillmentOrder", args, is_assigned)


@query("manualHoldsFulfillmentOrders")
def held_fulfillment_orders(ctx: Context, args: dict[str, Any]) -> Page:
    return root_page(ctx, "FulfillmentOrder", args, lambda node: ctx.value(node, "status") == "ON_HOLD")


@field_rule("FulfillmentOrder.assignedLocation")
def assigned_location(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    known = ctx.store.get(node["location"])
    location = known or node["formerLocation"]  # what a deleted one was called stays
    address = location.get("address") or {}
    plain = {name: address.get(name) for name in ("address1", "address2", "city", "phone", "province", "zip")}
    code = address.get("countryCode") or ctx.store.shop.get("country")
    return {**plain, "countryCode": code, "name": location["name"], "location": known and known["id"]}


derived({"FulfillmentOrder.orderId": "order", "FulfillmentOrder.orderProcessedAt": "order.processedAt"})


@field_rule("FulfillmentOrder.orderName")
def order_name(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return str(ctx.store.all("Order")[node["order"]]["name"])


@field_rule("FulfillmentOrder.destination")
def destination(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    order = ctx.store.all("Order")[node["order"]]
    address = order.get("shippingAddress")
    if not address:
        return None
    names = ("address1", "address2", "city", "company", "firstName", "lastName", "phone", "province", "zip")
    return {
        "__typename": "FulfillmentOrderDestination",
        "id": node["id"].replace("/FulfillmentOrder/", "/FulfillmentOrderDestination/"),
        **{name: address.get(name) for name in names},
        "countryCode": address.get("countryCodeV2"),
        "email": order.get("email"),
    }


@field_rule("FulfillmentOrder.deliveryMethod")
def delivery_method(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    lines = [ctx.store.all("LineItem")[row["lineItem"]] for row in node["lineItems"]]
    sent = any(ctx.value(line, "requiresShipping") for line in lines)
    gid = node["id"].replace("/FulfillmentOrder/", "/DeliveryMethod/")
    return {"__typename": "DeliveryMethod", "id": gid, "methodType": "SHIPPING" if sent else "NONE"}


@field_rule("FulfillmentOrder.supportedActions")
def supported_actions(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    """Return what can be done, in the order in which Shopify lists it."""
    status = ctx.value(node, "status")
    requested = ctx.value(node, "requestStatus") if is_served(ctx, node) else None
    names: list[str] = []
    if requested == "SUBMITTED":
        names = ["CANCEL_FULFILLMENT_ORDER"]
    elif requested == "ACCEPTED" and status == "IN_PROGRESS":
        names = ["REQUEST_CANCELLATION", "CREATE_FULFILLMENT"]
    elif requested in ("UNSUBMITTED", "REJECTED") and status == "OPEN":
        names = ["REQUEST_FULFILLMENT", "CREATE_FULFILLMENT", "MOVE", "HOLD"]
    elif status == "OPEN":
        names = ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"]
        names += ["SPLIT"] if remaining(node) > 1 else []
        names += ["MERGE"] if _is_mergeable(ctx, node) else []
    elif status == "IN_PROGRESS":
        names = ["CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"]
    elif status == "ON_HOLD":
        full = len(ctx.value(node, "fulfillmentHolds")) >= MOST_HOLDS
        names = ["RELEASE_HOLD", "MOVE"] if full else ["RELEASE_HOLD", "HOLD", "MOVE"]
    return [{"__typename": "FulfillmentOrderSupportedAction", "action": name} for name in names]


def _is_mergeable(ctx: Context, node: Node) -> bool:
    order = ctx.store.all("Order")[node["order"]]
    others = (one for one in of_order(ctx, order) if one is not node and ctx.value(one, "status") == "OPEN")
    return any(other["location"] == node["location"] for other in others)


def _of_line(name: str, field: str = "") -> None:
    """Let a row say what its order line says."""

    def rule(ctx: Context, row: Node, _args: dict[str, Any]) -> Any:
        return ctx.value(ctx.store.all("LineItem")[row["lineItem"]], field or name)

    field_rule(f"FulfillmentOrderLineItem.{name}")(rule)


for _name in ("image", "sku", "variant", "variantTitle", "vendor", "requiresShipping", "weight"):
    _of_line(_name)
_of_line("productTitle", "title")
_of_line("originalUnitPriceSet", "unitPrice")


@field_rule("FulfillmentOrderLineItem.inventoryItemId")
def inventory_item_id(ctx: Context, row: Node, _args: dict[str, Any]) -> str | None:
    variant = ctx.store.get(ctx.store.all("LineItem")[row["lineItem"]].get("variant"))
    return variant["inventoryItem"] if variant else None


@field_rule("FulfillmentOrderLineItem.shippingLine")
def shipping_line(ctx: Context, row: Node, _args: dict[str, Any]) -> Node | None:
    order = ctx.store.all("Order")[ctx.store.all("LineItem")[row["lineItem"]]["order"]]
    return next(iter(ctx.value(order, "shippingLines")), None)


@field_rule("LineItem.fulfillableQuantity")
def fulfillable_quantity(ctx: Context, line: Node, _args: dict[str, Any]) -> int:
    """Return the units that can be sent now: those that are left, without those on hold."""
    held = (one for one in of_order(ctx, {"id": line["order"]}) if ctx.value(one, "status") == "ON_HOLD")
    rows = (row for one in held for row in one["lineItems"] if row["lineItem"] == line["id"])
    return open_units(ctx, line) - sum(int(row["remainingQuantity"]) for row in rows)


@field_rule("FulfillmentHold.displayReason")
def display_reason(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    reason = str(node["reason"])
    return DISPLAY_REASONS.get(reason) or reason.replace("_", " ").capitalize()


# writing


def plan(ctx: Context, order: Node, claims: Mapping[str, Node | None], location: str | None = None) -> list[Node]:
    """Add the fulfillment orders of a new order, one per location.

    `claims` names the inventory level that holds the stock of each line, by the line's id; None where none does. Lines
    without a claim go to `location`, else to the first location that sends orders.
    """
    groups: dict[str, list[Node]] = {}
    for gid, level in claims.items():
        line = ctx.store.all("LineItem")[gid]
        place = location or (level["location"] if level else default_location(ctx))
        groups.setdefault(place, []).append(new_row(ctx, gid, line["quantity"], level["id"] if level else None))
    return [open_for(ctx, order, place, rows, routed=True) for place, rows in groups.items()]


def stocked(ctx: Context, line: Node, units: int) -> Node | None:
    """Return the inventory level that has most of what some units of a line need, None where stock is not counted."""
    variant = ctx.store.get(line["variant"])
    if variant is None or not inventory.is_tracked(ctx, variant):
        return None
    levels = inventory.levels_of(ctx, variant["inventoryItem"])
    return max(levels, key=lambda level: min(level["stock"]["available"], units), default=None)


def hold(ctx: Context, level: Node, units: int) -> None:
    """Let units at a level wait for the order that wants them."""
    inventory.shift_all(ctx, level, {"available": -units, "committed": units})


def default_location(ctx: Context) -> str:
    locations = [one for one in ctx.store.all("Location").values() if one["isActive"]]
    return str(next((one for one in locations if one.get("isPrimary")), locations[0])["id"])


def new_row(ctx: Context, line: str, quantity: int, claim: str | None) -> Node:
    """Return a line of a fulfillment order; `claim` is the inventory level whose stock it holds."""
    gid = ctx.store.new_id("FulfillmentOrderLineItem")
    row = {"__typename": "FulfillmentOrderLineItem", "id": gid, "lineItem": line}
    return {**row, "totalQuantity": quantity, "remainingQuantity": quantity, "claim": claim}


def open_for(ctx: Context, order: Node, location: str, rows: list[Node], *, routed: bool = False) -> Node:
    """Add an open fulfillment order; it may be sent from the hour in which it was made.

    `routed`: it is one of those that a new order gets. A location that was deleted is replaced by the default one.
    """
    location = location if ctx.store.get(location) is not None else default_location(ctx)
    hour = stamp(datetime.fromisoformat(ctx.stamp).replace(minute=0, second=0))
    return ctx.create(
        "FulfillmentOrder",
        {"order": order["id"], "location": location, "lineItems": rows, "fulfillAt": hour, "routed": routed},
    )


def change_rows(ctx: Context, node: Node, changes: Mapping[str, Mapping[str, Any]], **values: Any) -> None:
    """Change lines of a fulfillment order, by their ids, and the order itself."""
    rows = [{**row, **changes.get(row["id"], {})} for row in node["lineItems"]]
    ctx.update(node, {"lineItems": rows, **values})


def claimed(ctx: Context, row: Node, quantity: int) -> None:
    """Let stock that a line holds leave (`quantity` below zero) or come back to it."""
    level = ctx.store.get(row.get("claim"))
    if level is not None:
        inventory.shift(ctx, level, "committed", quantity)


def release(ctx: Context, nodes: Iterable[Node], *, restock: bool) -> None:
    """Close fulfillment orders whose lines are not wanted any more, and give up the stock that they hold."""
    for node in nodes:
        if not is_open(ctx, node):
            continue
        for row in node["lineItems"]:
            give_back(ctx, row, row["remainingQuantity"], restock=restock)
        gone = {"totalQuantity": 0, "remainingQuantity": 0}
        change_rows(ctx, node, {row["id"]: gone for row in node["lineItems"]}, status="CLOSED")


def give_back(ctx: Context, row: Node, quantity: int, *, restock: bool) -> None:
    claimed(ctx, row, -quantity)
    level = ctx.store.get(row.get("claim"))
    if restock and level is not None:
        inventory.shift(ctx, level, "available", quantity)


def refresh(ctx: Context, order: Node) -> None:
    """Bring an order's fulfillment status in line with its lines and fulfillment orders."""
    ctx.update(order, {"displayFulfillmentStatus": _status(ctx, order)})


def _status(ctx: Context, order: Node) -> str:
    lines = [ctx.store.all("LineItem")[gid] for gid in order["lineItems"]]
    left = any(line["quantity"] > line.get("fulfilled", 0) + line.get("removed", 0) for line in lines)
    if any(line.get("fulfilled") for line in lines):
        return "PARTIALLY_FULFILLED" if left else "FULFILLED"
    states = {ctx.value(node, "status") for node in of_order(ctx, order) if is_open(ctx, node)}
    return states.pop() if len(states) == 1 and states <= {"ON_HOLD", "IN_PROGRESS", "SCHEDULED"} else "UNFULFILLED"


def numbers(gids: Iterable[str]) -> str:
    """Return the numbers of ids in ascending order, as messages list them."""
    return ", ".join(str(value) for value in sorted(number(gid) for gid in set(gids)))


def row_of(node: Node, gid: str) -> Node | None:
    return next((row for row in node["lineItems"] if row["id"] == gid), None)
