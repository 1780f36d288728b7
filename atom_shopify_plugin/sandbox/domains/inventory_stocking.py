"""Where an inventory item is stocked, and inventoryItemUpdate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.inventory import level_at, levels_of, open_level, quantity, shift, update_item
from atom_shopify_plugin.sandbox.refusals import Refused, UserError
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

HIGHEST = 1_000_000_000
UNITS = {"KILOGRAMS": "kg", "GRAMS": "g", "POUNDS": "lb", "OUNCES": "oz"}
UNAVAILABLE = ("damaged", "quality_control", "reserved", "safety_stock")


@mutation("inventoryActivate")
def activate(ctx: Context, args: dict[str, Any]) -> Node:
    """Stock an item at a location; quantities can be set only where it was not stocked."""
    location = ctx.known(
        args["locationId"],
        "Location",
        ["locationId"],
        "The product couldn't be stocked because the location wasn't found.",
    )
    stocked = f"The product couldn't be stocked at {location['name']} because"
    item = ctx.known(
        args["inventoryItemId"], "InventoryItem", ["inventoryItemId"], f"{stocked} the product was deleted."
    )
    amounts = {name: args[name] for name in ("available", "onHand") if args.get(name) is not None}
    level = level_at(ctx, item["id"], location["id"])
    if level is not None and level["isActive"] and amounts:
        what = {"available": "available quantity", "onHand": "an on_hand quantity"}
        raise Refused(
            [
                UserError((name,), f"Not allowed to set {what[name]} when the item is already active at the location.")
                for name in amounts
            ],
            {"inventoryLevel": level["id"]},
        )
    if len(amounts) > 1:
        message = f"{stocked} not allowed to set available and on_hand quantities at the same time."
        raise Refused([UserError((name,), message) for name in amounts])
    for name, amount in amounts.items():
        if abs(amount) > HIGHEST:
            raise Refused.one([name], f"{stocked} the quantity needs to be between -1 billion and 1 billion.")
    level = _stock(ctx, item, location, sum(amounts.values()))
    return {"inventoryLevel": level["id"]}


def _stock(ctx: Context, item: Node, location: Node, amount: int = 0) -> Node:
    level = level_at(ctx, item["id"], location["id"])
    if level is None:
        level = open_level(ctx, item["id"], location["id"])
        action = "created"
    elif level["isActive"]:
        return level
    else:
        ctx.update(level, {"isActive": True, "stock": {"available": 0}, "stamps": {}})
        action = "updated"
    if amount:
        shift(ctx, level, "available", amount, on_hand=False)
    ctx.record(action, level)
    return level


@mutation("inventoryDeactivate")
def deactivate(ctx: Context, args: dict[str, Any]) -> Node:
    """Take an item away from a location, with what is there."""
    level = ctx.lookup(args["inventoryLevelId"], "InventoryLevel")
    if level is None:
        where = re.search(r"/InventoryLevel/(\d+)", args["inventoryLevelId"])
        known = where is not None and ctx.store.get(f"gid://shopify/Location/{where[1]}") is not None
        what = "product" if known else "location"
        raise Refused.one(None, f"The product couldn't be unstocked because the {what} was deleted.")
    location = ctx.store.all("Location")[level["location"]]
    problem = _kept_by(ctx, level)
    if problem is not None:
        raise Refused.one(None, f"The product couldn't be unstocked from {location['name']} because {problem[0]}.")
    _unstock(ctx, level)
    return {}


def _kept_by(ctx: Context, level: Node) -> tuple[str, str] | None:
    """Return why an item stays at a location and the code for it, None where it may go."""
    if len(levels_of(ctx, level["item"])) < 2:
        return "products need to be stocked at a minimum of 1 location", "CANNOT_DEACTIVATE_FROM_ONLY_LOCATION"
    committed, incoming = quantity(level, "committed"), quantity(level, "incoming")
    if committed and incoming:
        return "it has committed and incoming quantities", "COMMITTED_AND_INCOMING_INVENTORY_AT_LOCATION"
    if committed:
        return "it has committed quantities", "COMMITTED_INVENTORY_AT_LOCATION"
    if incoming:
        return "it has incoming quantities", "INCOMING_INVENTORY_AT_LOCATION"
    if any(quantity(level, name) for name in UNAVAILABLE):
        return "it has unavailable quantities", "RESERVED_INVENTORY_AT_LOCATION"
    return None


def _unstock(ctx: Context, level: Node) -> None:
    if level["isActive"]:
        ctx.update(level, {"isActive": False, "stock": {"available": 0}, "stamps": {}})
        ctx.record("updated", level)


@mutation("inventoryBulkToggleActivation")
def bulk_toggle(ctx: Context, args: dict[str, Any]) -> Node:
    """Stock or unstock one item at several locations, all or none; the levels that are active are answered."""
    item = ctx.known(
        args["inventoryItemId"],
        "InventoryItem",
        ["inventoryItemId"],
        "The quantity couldn't be updated because the product was not found.",
        "INVENTORY_ITEM_NOT_FOUND",
    )
    levels = []
    for at, entry in enumerate(args["inventoryItemUpdates"]):
        path = ["inventoryItemUpdates", at, "locationId"]
        location = ctx.known(
            entry["locationId"],
            "Location",
            path,
            "The quantity couldn't be updated because the location was not found.",
            "LOCATION_NOT_FOUND",
        )
        if entry["activate"]:
            levels.append(_stock(ctx, item, location)["id"])
            continue
        level = level_at(ctx, item["id"], location["id"])
        if level is None or not level["isActive"]:
            continue
        problem = _kept_by(ctx, level)
        if problem is not None:
            message = f"The variant couldn't be unstocked from {location['name']} because {problem[0]}."
            raise Refused.one(path, message, problem[1])
        _unstock(ctx, level)
    return {"inventoryItem": item["id"], "inventoryLevels": levels}


@mutation("inventoryItemUpdate")
def item_update(ctx: Context, args: dict[str, Any]) -> Node:
    item, given = ctx.lookup(args["id"], "InventoryItem"), args["input"]
    if item is None:
        raise Refused.one(["id"], "The product couldn't be updated because it does not exist.")
    errors = [UserError(("input", *path), message) for path, message in _item_faults(given).items()]
    if errors:
        raise Refused(errors)
    if update_item(ctx, item, given):
        if "sku" in given:
            ctx.update(ctx.store.all("ProductVariant")[item["variant"]], {"sku": given["sku"]})
        ctx.record("updated", item)
    return {"inventoryItem": item["id"]}


def _item_faults(given: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    faults: dict[tuple[str, ...], str] = {}
    if (given.get("cost") or 0) < 0:
        faults["cost",] = "Cost must be greater than or equal to 0"
    code = given.get("harmonizedSystemCode")
    if code and not re.fullmatch(r"\d{6,13}", code):
        faults["harmonizedSystemCode",] = "Harmonized system code must be a number between six and thirteen digits"
    weight = (given.get("measurement") or {}).get("weight")
    if weight is not None and weight["value"] < 0:
        unit = UNITS[weight["unit"]]
        faults["measurement", "weight"] = f"Measurement weight value {weight['value']:g} {unit} must be >= 0 {unit}"
    return faults
