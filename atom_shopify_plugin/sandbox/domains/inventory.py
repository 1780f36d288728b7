"""Inventory items, levels by location, and the two mutations that change quantities."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from atom_shopify_plugin.sandbox.connections import searched_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.inputs import plain_values
from atom_shopify_plugin.sandbox.refusals import bad_request, not_modelled
from atom_shopify_plugin.sandbox.registry import derived, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = [
    "available",
    "create_item",
    "drop_item",
    "is_tracked",
    "level_at",
    "levels_of",
    "set_available",
    "shift",
    "shift_all",
    "update_item",
]

# The states of stock; on_hand is the sum of all that are in the building.
STATES = ("available", "committed", "damaged", "incoming", "on_hand", "quality_control", "reserved", "safety_stock")
ON_HAND = ("available", "committed", "damaged", "quality_control", "reserved", "safety_stock")

kind(
    "InventoryItem",
    {"requiresShipping": True, "weight": None},
    fields=(
        "createdAt updatedAt sku tracked unitCost countryCodeOfOrigin provinceCodeOfOrigin "
        "harmonizedSystemCode countryHarmonizedSystemCodes inventoryHistoryUrl"
    ),
    indexed=("sku",),
)
kind(
    "InventoryLevel",
    {"isActive": True, "canDeactivate": True},
    fields="createdAt updatedAt deactivationAlert",
    indexed=("item", "location"),
    filters={"inventory_item_id": "id item"},
)
kind("InventoryAdjustmentGroup", fields="createdAt referenceDocumentUri app staffMember")


# reading


def levels_of(ctx: Context, item: str, *, inactive: bool = False) -> list[Node]:
    return [level for level in ctx.store.find("InventoryLevel", "item", item) if inactive or level["isActive"]]


def level_at(ctx: Context, item: str, location: str) -> Node | None:
    return next((level for level in levels_of(ctx, item, inactive=True) if level["location"] == location), None)


def quantity(level: Node, name: str) -> int:
    stock = level["stock"]
    return sum(stock.get(part, 0) for part in ON_HAND) if name == "on_hand" else int(stock.get(name, 0))


def available(ctx: Context, variant: Node) -> int:
    """Return what is available of a variant over all active locations."""
    return sum(level["stock"]["available"] for level in levels_of(ctx, variant["inventoryItem"]))


def is_tracked(ctx: Context, variant: Node) -> bool:
    return bool(ctx.store.all("InventoryItem")[variant["inventoryItem"]]["tracked"])


@field_rule("InventoryItem.inventoryLevels", "Location.inventoryLevels")
def inventory_levels(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    index = "item" if node["__typename"] == "InventoryItem" else "location"
    rows = ctx.store.find("InventoryLevel", index, node["id"])
    rows = [level for level in rows if args.get("includeInactive") or level["isActive"]]
    return searched_page(ctx, "InventoryLevel", rows, args, [node["id"], "inventoryLevels"])


@field_rule("InventoryItem.inventoryLevel")
def item_level(ctx: Context, node: Node, args: dict[str, Any]) -> Node | None:
    return _visible_level(ctx, node["id"], args["locationId"], args)


@field_rule("Location.inventoryLevel")
def location_level(ctx: Context, node: Node, args: dict[str, Any]) -> Node | None:
    return _visible_level(ctx, args["inventoryItemId"], node["id"], args)


def _visible_level(ctx: Context, item: str, location: str, args: Mapping[str, Any]) -> Node | None:
    ctx.lookup(item, "InventoryItem")
    ctx.lookup(location, "Location")
    level = level_at(ctx, item, location)
    return level if level is not None and (level["isActive"] or args.get("includeInactive")) else None


derived(
    {
        "InventoryItem.locationsCount": lambda ctx, node: len(levels_of(ctx, node["id"])),
        "InventoryItem.variants": lambda _, node: [node["variant"]],
        "InventoryItem.duplicateSkuCount": lambda ctx, node: (
            len(ctx.store.find("InventoryItem", "sku", node["sku"])) - 1 if node.get("sku") else 0
        ),
        "InventoryItem.trackedEditable": lambda _ctx, _node: {"locked": False, "reason": None},
    }
)


@field_rule("InventoryItem.measurement")
def measurement(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    gid = node["id"].replace("/InventoryItem/", "/InventoryItemMeasurement/")
    return {"id": gid, "weight": node.get("weight") or {"unit": "KILOGRAMS", "value": 0.0}}


@field_rule("InventoryLevel.quantities")
def quantities(_ctx: Context, node: Node, args: dict[str, Any]) -> list[Node]:
    for name in args["names"]:
        if name not in STATES:
            raise bad_request(f"Invalid quantity name: {name}")
    base = node["id"].replace("/InventoryLevel/", "/InventoryQuantity/")
    return [
        {"id": f"{base}&name={name}", "name": name, "quantity": quantity(node, name), "updatedAt": _changed(node, name)}
        for name in args["names"]
    ]


def _changed(level: Node, name: str) -> str | None:
    """Return when a quantity was changed: never is null, and what is available counts from the level's beginning."""
    stamps: Mapping[str, str] = level.get("stamps", {})
    return stamps.get(name) or (level["createdAt"] if name == "available" else None)


@field_rule("InventoryAdjustmentGroup.changes")
def group_changes(_ctx: Context, node: Node, args: dict[str, Any]) -> list[Node]:
    wanted = {
        "item": args.get("inventoryItemIds"),
        "location": args.get("locationIds"),
        "name": args.get("quantityNames"),
    }
    return [row for row in node["changes"] if all(some is None or row[name] in some for name, some in wanted.items())]


@query("inventoryProperties")
def inventory_properties(_ctx: Context, _args: dict[str, Any]) -> Node:
    return {
        "quantityNames": [
            {
                "name": name,
                "displayName": name.replace("_", " ").capitalize(),
                "isInUse": True,
                "belongsTo": ["on_hand"] if name in ON_HAND else [],
                "comprises": list(ON_HAND) if name == "on_hand" else [],
            }
            for name in STATES
        ]
    }


# building blocks


def create_item(ctx: Context, variant: Node, given: Mapping[str, Any], places: Collection[str] | None = None) -> Node:
    """Add the inventory item of a variant and its levels at the active locations, or at those in `places`."""
    item = ctx.create(
        "InventoryItem", {"variant": variant["id"], "tracked": False, "requiresShipping": True, "sku": None}
    )
    update_item(ctx, item, given)
    for location in ctx.store.all("Location").values():
        if location["isActive"] and (places is None or location["id"] in places):
            open_level(ctx, item["id"], location["id"])
    return item


def open_level(ctx: Context, item: str, location: str) -> Node:
    gid = f"gid://shopify/InventoryLevel/{number(location)}?inventory_item_id={number(item)}"
    return ctx.create(
        "InventoryLevel", {"item": item, "location": location, "isActive": True, "stock": {"available": 0}}, gid=gid
    )


def update_item(ctx: Context, item: Node, given: Mapping[str, Any]) -> bool:
    apart = ("cost", "measurement", "countryHarmonizedSystemCodes")
    values = plain_values("InventoryItem", given, input_name="InventoryItemInput", apart=apart)
    if "cost" in given:
        values["unitCost"] = given["cost"]
    if given.get("countryHarmonizedSystemCodes"):
        raise not_modelled("InventoryItemInput.countryHarmonizedSystemCodes")
    if given.get("measurement") is not None:
        weight = given["measurement"].get("weight")
        values["weight"] = dict(weight) if weight else None
    return ctx.update(item, values)


def drop_item(ctx: Context, item: Node) -> None:
    for level in levels_of(ctx, item["id"], inactive=True):
        ctx.delete(level)
    ctx.delete(item)


def shift(ctx: Context, level: Node, name: str, delta: int, *, on_hand: bool = True) -> None:
    """Move one quantity of a level; the caller says what that means. `on_hand`: whether that counts as changed, too."""
    shift_all(ctx, level, {name: delta}, on_hand=on_hand)


def shift_all(ctx: Context, level: Node, deltas: Mapping[str, int], *, on_hand: bool = True) -> None:
    """Move some quantities of a level at once, by their names."""
    stock = level["stock"]
    changed = {name: stock.get(name, 0) + delta for name, delta in deltas.items()}
    stamps = {**level.get("stamps", {}), **dict.fromkeys(deltas, ctx.stamp)}
    if on_hand and any(name in ON_HAND for name in deltas):
        stamps["on_hand"] = ctx.stamp
    ctx.update(level, {"stock": {**stock, **changed}, "stamps": stamps})
    item = ctx.store.all("InventoryItem")[level["item"]]
    ctx.update(item, {"updatedAt": ctx.stamp})


def set_available(ctx: Context, item: str, location: str, amount: int) -> None:
    level = level_at(ctx, item, location) or open_level(ctx, item, location)
    shift(ctx, level, "available", amount - level["stock"]["available"])
