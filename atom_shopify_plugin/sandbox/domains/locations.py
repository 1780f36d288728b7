"""Locations: read, added, edited, activated, deactivated and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.fulfillment_orders import is_open
from atom_shopify_plugin.sandbox.domains.inventory import level_at, open_level, shift
from atom_shopify_plugin.sandbox.domains.metadata import drop_metafields
from atom_shopify_plugin.sandbox.domains.postal_addresses import placed
from atom_shopify_plugin.sandbox.places import country_name, province_name
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import Filter, Member, Write, field_rule, kind, mutation, query, writes
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["close_down", "remove_location"]

MOST_LOCATIONS = 200
LONGEST_NAME = 100
LONGEST = 255
WORDS = {
    "address1": "name for the street",
    "address2": "apartment, suite, etc.",
    "city": "city name",
    "zip": "postal / ZIP code",
    "phone": "phone number",
}


def _pickup(ctx: Context, node: Node) -> str:
    return "enabled" if ctx.value(node, "localPickupSettingsV2") else "disabled"


kind("LocationAddress", fields="address1 address2 city zip latitude longitude phone province provinceCode")
kind(
    "Location",
    {
        "activatable": True,
        "deactivatable": True,
        "fulfillsOnlineOrders": True,
        "isActive": True,
        "localPickupSettingsV2": None,
        "shipsInventory": False,
    },
    fields=(
        "createdAt updatedAt addressVerified deactivatedAt fulfillmentService isFulfillmentService isPrimary "
        "suggestedAddresses name"
    ),
    filters={
        "name": "text",
        "active": "flag isActive",
        "location_id": "id id",
        "address1": "text address.address1",
        "address2": "text address.address2",
        "city": "text address.city",
        "country": "text address.country",
        "province": "text address.province",
        "zip": "exact address.zip",
        "geolocated": Filter("flag", lambda _, node: node["address"].get("latitude") is not None),
        "legacy": Filter("flag", lambda ctx, node: bool(ctx.value(node, "isFulfillmentService"))),
        "pickup_in_store": Filter("enum", _pickup, frozenset({"enabled", "disabled"})),
    },
    words=("name", "city"),
)


@query("locations")
def locations(ctx: Context, args: dict[str, Any]) -> Any:
    inactive, served = args.get("includeInactive"), args.get("includeLegacy")

    def is_wanted(node: Node) -> bool:
        return (inactive or node["isActive"]) and (served or not ctx.value(node, "isFulfillmentService"))

    return root_page(ctx, "Location", args, is_wanted)


@query("location")
def location(ctx: Context, args: dict[str, Any]) -> Node | None:
    if args.get("id") is not None:
        return ctx.lookup(args["id"], "Location")
    return next((node for node in ctx.store.all("Location").values() if node["isPrimary"]), None)


@field_rule("Location.hasActiveInventory")
def has_active_inventory(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return any(level["isActive"] for level in ctx.store.find("InventoryLevel", "location", node["id"]))


@field_rule("Location.hasUnfulfilledOrders")
def has_unfulfilled_orders(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    work = (one for one in ctx.store.all("FulfillmentOrder").values() if one["location"] == node["id"])
    return any(is_open(ctx, one) for one in work)


@field_rule("Location.deletable")
def deletable(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    return bool(ctx.value(node, "isFulfillmentService")) or not any(_kept(ctx, node))


# writing


def _name(text: str | None, path: list[Any]) -> str:
    plain = (text or "").strip()
    if not plain:
        raise Refused.one(path, "Add a location name", "BLANK")
    if len(plain) > LONGEST_NAME:
        raise Refused.one(path, f"Use a shorter location name (up to {LONGEST_NAME} characters)", "TOO_LONG")
    return plain


def _check(ctx: Context, write: Write) -> None:
    places = ctx.store.all("Location")
    if write.creates and len(places) >= MOST_LOCATIONS:
        message = f"You have reached the maximum number of locations ({MOST_LOCATIONS})"
        raise Refused.one(["input"], message, "INVALID")
    name = write.values.get("name")
    if name is not None and _is_taken(ctx, name, write.node):
        raise Refused.one(["input", "name"], "You already have a location with this name", "TAKEN")
    if (given := write.given.get("address")) is not None:
        write.values["address"] = _address(given, (write.node or {}).get("address", {}))
    node = write.node
    if node is not None and write.values.get("fulfillsOnlineOrders") is False and _alone_online(ctx, node):
        message = (
            "Online order fulfillment could not be disabled for this location as it is the only location that fulfills "
            "online orders."
        )
        raise Refused.one(["input"], message, "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT")


def _is_taken(ctx: Context, name: str, node: Node | None) -> bool:
    others = (other for other in ctx.store.all("Location").values() if other is not node and other["isActive"])
    return any(other["name"].casefold() == name.casefold() for other in others)


def _address(given: Mapping[str, Any], former: Mapping[str, Any]) -> Node:
    errors = [
        UserError(("input", "address", name), f"Use a shorter {words} (up to {LONGEST} characters)", "TOO_LONG")
        for name, words in WORDS.items()
        if len(given.get(name) or "") > LONGEST
    ]
    if errors:
        raise Refused(errors)
    parts = placed({**former, "country": None, "province": None, **given}, ["input", "address"])
    code, region = parts.get("countryCode"), parts.get("provinceCode")
    return {
        **{name: parts.get(name) for name in (*WORDS, "countryCode", "provinceCode")},
        "country": country_name(code) if code else None,
        "province": province_name(code, region) if region else None,
    }


writes(
    "Location",
    members={
        "name": Member(required=False, clean=_name),
        "address": Member(field=None),
        "fulfillsOnlineOrders": Member(),
    },
    start={"isActive": True, "isPrimary": False},
    check=_check,
    missing={"update": "Location not found."},
    path=("input",),
    actions=("create", "update"),
)


def _alone_online(ctx: Context, node: Node) -> bool:
    """Tell whether a location is the only active one that fulfils online orders."""
    online = [
        other
        for other in ctx.store.all("Location").values()
        if other["isActive"] and ctx.value(other, "fulfillsOnlineOrders")
    ]
    return online == [node]


_NOT_FOUND = "Location not found.", "LOCATION_NOT_FOUND"


@mutation("locationActivate")
def activate(ctx: Context, args: dict[str, Any]) -> Node:
    node = ctx.known(args["locationId"], "Location", ["locationId"], *_NOT_FOUND)
    if ctx.value(node, "isFulfillmentService"):
        raise Refused.one(["locationId"], *_NOT_FOUND, location=node["id"])
    if not node["isActive"] and _is_taken(ctx, node["name"], node):
        message = (
            "This location currently cannot be activated because there exists an active location with the same name."
        )
        raise Refused.one(["locationId"], message, "HAS_NON_UNIQUE_NAME", location=node["id"])
    if not node["isActive"]:
        ctx.update(node, {"isActive": True, "deactivatedAt": None})
        ctx.record("updated", node)
    return {"location": node["id"]}


@mutation("locationDeactivate")
def deactivate(ctx: Context, args: dict[str, Any]) -> Node:
    """Deactivate a location; what is stocked there goes to the destination."""
    node = ctx.known(args["locationId"], "Location", ["locationId"], *_NOT_FOUND)
    if not node["isActive"]:
        return {"location": node["id"]}
    stocked = [level for level in ctx.store.find("InventoryLevel", "location", node["id"]) if level["isActive"]]
    target = _destination(ctx, node, args.get("destinationLocationId"))
    problem = _kept_by(ctx, node, stocked, target)
    if problem is not None:
        raise Refused.one(["locationId"], *problem, location=node["id"])
    close_down(ctx, node, target)
    ctx.update(node, {"isActive": False, "deactivatedAt": ctx.stamp, "fulfillsOnlineOrders": False})
    ctx.record("updated", node)
    return {"location": node["id"]}


def close_down(ctx: Context, node: Node, target: Node | None) -> None:
    """End the stock of a location; what is there goes to `target`, or is gone without one."""
    for level in [level for level in ctx.store.find("InventoryLevel", "location", node["id"]) if level["isActive"]]:
        if target is not None:
            _relocate(ctx, level, target)
        ctx.update(level, {"isActive": False, "stock": {"available": 0}, "stamps": {}})


def remove_location(ctx: Context, node: Node) -> None:
    """Delete a location with its inventory levels."""
    for level in list(ctx.store.find("InventoryLevel", "location", node["id"])):
        ctx.delete(level)
    ctx.delete(node)


def _destination(ctx: Context, node: Node, gid: str | None) -> Node | None:
    if gid is None:
        return None
    could_not = "Location could not be deactivated because the destination location"
    if gid == node["id"]:
        message = f"{could_not} cannot be set to the location to be deactivated."
        code = "DESTINATION_LOCATION_IS_THE_SAME_LOCATION"
        raise Refused.one(["destinationLocationId"], message, code, location=node["id"])
    target = ctx.lookup(gid, "Location")
    if target is None:
        message, code = "destination location not shopify managed", "DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE"
        raise Refused.one(["destinationLocationId"], message, code, location=node["id"])
    if not target["isActive"]:
        message = f"{could_not} could be not found or is inactive."
        code = "DESTINATION_LOCATION_NOT_FOUND_OR_INACTIVE"
        raise Refused.one(["destinationLocationId"], message, code, location=node["id"])
    return target


def _kept_by(ctx: Context, node: Node, stocked: list[Node], target: Node | None) -> tuple[str, str] | None:
    """Return why a location stays active and the code for it, None where it may be deactivated."""
    if not ctx.value(node, "deactivatable"):
        message = (
            "Location could not be deactivated because it either has a fulfillment service or is the only location "
            "with a shipping address."
        )
        return message, "PERMANENTLY_BLOCKED_FROM_DEACTIVATION_ERROR"
    if target is None and stocked:
        return (
            "Location could not be deactivated without specifying where to relocate inventory stocked at the location.",
            "HAS_ACTIVE_INVENTORY_ERROR",
        )
    if _alone_online(ctx, node):
        return "At least one location must fulfill online orders.", "CANNOT_DISABLE_ONLINE_ORDER_FULFILLMENT"
    return None


def _relocate(ctx: Context, level: Node, target: Node) -> None:
    other = level_at(ctx, level["item"], target["id"]) or open_level(ctx, level["item"], target["id"])
    if not other["isActive"]:
        ctx.update(other, {"isActive": True, "stock": {"available": 0}})
    for name, amount in level["stock"].items():
        if amount:
            shift(ctx, other, name, amount)


@mutation("locationDelete")
def delete(ctx: Context, args: dict[str, Any]) -> Node:
    """Delete a location with its inventory levels; that of a fulfillment service goes with the service alone."""
    node = ctx.known(args["locationId"], "Location", ["locationId"], *_NOT_FOUND)
    if ctx.value(node, "isFulfillmentService"):
        raise Refused.one(["locationId"], *_NOT_FOUND)
    if errors := [UserError(("locationId",), *problem) for problem in _kept(ctx, node)]:
        raise Refused(errors)
    for level in list(ctx.store.find("InventoryLevel", "location", node["id"])):
        ctx.delete(level)
    for work in ctx.store.all("FulfillmentOrder").values():
        if work["location"] == node["id"]:
            ctx.update(work, {"formerLocation": {"name": node["name"], "address": node["address"]}})
    drop_metafields(ctx, node)
    ctx.delete(node)
    ctx.record("deleted", node)
    return {"deletedLocationId": node["id"]}


def _kept(ctx: Context, node: Node) -> Iterable[tuple[str, str]]:
    """Yield why a location can't be deleted, each with its code."""
    cannot = "The location cannot be deleted while it"
    if node["isActive"]:
        yield f"{cannot} is active.", "LOCATION_IS_ACTIVE"
    if has_active_inventory(ctx, node, {}):
        yield f"{cannot} has inventory.", "LOCATION_HAS_INVENTORY"
    if has_unfulfilled_orders(ctx, node, {}):
        yield f"{cannot} has pending orders.", "LOCATION_HAS_PENDING_ORDERS"
