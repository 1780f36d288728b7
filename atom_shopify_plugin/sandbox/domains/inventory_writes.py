"""inventorySetQuantities and inventoryAdjustQuantities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.inventory import ON_HAND, level_at, open_level, quantity, shift
from atom_shopify_plugin.sandbox.refusals import Refused, fault
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["REASONS"]

ADJUSTABLE = ("available", "damaged", "incoming", "quality_control", "reserved", "safety_stock")
REASONS = frozenset({
    "correction", "cycle_count_available", "damaged", "movement_canceled", "movement_created", "movement_received",
    "movement_updated", "other", "promotion", "quality_control", "received", "reservation_created",
    "reservation_deleted", "reservation_updated", "restock", "safety_stock", "shrinkage",
})  # fmt: skip
HIGHEST = 1_000_000_000


@mutation("inventorySetQuantities")
def set_quantities(ctx: Context, args: dict[str, Any]) -> Node:
    """Set `available` or `on_hand` to given numbers, all or none."""
    given = args["input"]
    name = given["name"]
    if name not in ("available", "on_hand"):
        raise Refused.one(
            ["input", "name"], "The quantity name must be either 'available' or 'on_hand'.", "INVALID_NAME"
        )
    _check(given, given["quantities"], "InventoryQuantityInput")
    changes = []
    for at, entry in enumerate(given["quantities"]):
        path = ["input", "quantities", at]
        amount = entry["quantity"]
        if amount < 0:
            raise Refused.one([*path, "quantity"], "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")
        if amount > HIGHEST:
            message = f"The quantity can't be higher than {HIGHEST:,}."
            raise Refused.one([*path, "quantity"], message, "INVALID_QUANTITY_TOO_HIGH")
        level = _level(ctx, entry, path)
        before = quantity(level, name)
        message = "The changeFromQuantity value does not match persisted value."
        _check_stale(entry, before, path, message)
        changes += _apply(ctx, level, "available", amount - before, None)
    return _group(ctx, given, changes)


@mutation("inventoryAdjustQuantities")
def adjust_quantities(ctx: Context, args: dict[str, Any]) -> Node:
    """Move one state's quantities by deltas, all or none."""
    given = args["input"]
    name = given["name"]
    if name not in ADJUSTABLE:
        message = "The specified quantity name is invalid."
        raise Refused.one(["input", "name"], message, "INVALID_QUANTITY_NAME")
    _check(given, given["changes"], "InventoryChangeInput")
    changes = []
    for at, entry in enumerate(given["changes"]):
        path = ["input", "changes", at]
        document = entry.get("ledgerDocumentUri")
        if name == "available" and document:
            message = "A ledger document URI is not allowed when adjusting available."
            raise Refused.one([*path, "ledgerDocumentUri"], message, "INVALID_AVAILABLE_DOCUMENT")
        if name != "available" and not document:
            message = "A ledger document URI is required except when adjusting available."
            raise Refused.one([*path, "ledgerDocumentUri"], message, "INVALID_QUANTITY_DOCUMENT")
        level = _level(ctx, entry, path)
        before = quantity(level, name)
        message = "The changeFromQuantity argument no longer matches the persisted quantity."
        _check_stale(entry, before, path, message)
        after = before + entry["delta"]
        if abs(after) > 2 * HIGHEST:
            side, code = ("higher than ", "HIGH") if after > 0 else ("lower than -", "LOW")
            message = f"The quantity can't be {side}{2 * HIGHEST:,}."
            raise Refused.one([*path, "delta"], message, f"INVALID_QUANTITY_TOO_{code}")
        changes += _apply(ctx, level, name, entry["delta"], document)
    return _group(ctx, given, changes)


def _check(given: Mapping[str, Any], entries: list[Any], input_name: str) -> None:
    """Check what both mutations ask for: reason, changeFromQuantity, no pair twice."""
    for entry in entries:
        if "changeFromQuantity" not in entry:
            message = f"{input_name} must include the following argument: changeFromQuantity."
            raise fault(message, "INVALID_FIELD_ARGUMENTS")
    if given["reason"] not in REASONS:
        raise Refused.one(["input", "reason"], "The specified reason is invalid.", "INVALID_REASON")
    seen = set()
    for at, entry in enumerate(entries):
        pair = entry["inventoryItemId"], entry["locationId"]
        if pair in seen and input_name == "InventoryQuantityInput":
            message = "The combination of inventoryItemId and locationId must be unique."
            code = "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"
            raise Refused.one(["input", "quantities", at, "locationId"], message, code)
        seen.add(pair)


def _check_stale(entry: Mapping[str, Any], before: int, path: list[Any], message: str) -> None:
    expected = entry["changeFromQuantity"]
    if expected is not None and expected != before:
        raise Refused.one([*path, "changeFromQuantity"], message, "CHANGE_FROM_QUANTITY_STALE")


def _level(ctx: Context, entry: Mapping[str, Any], path: list[Any]) -> Node:
    item = ctx.lookup(entry["inventoryItemId"], "InventoryItem")
    if item is None:
        message = "The specified inventory item could not be found."
        raise Refused.one([*path, "inventoryItemId"], message, "INVALID_INVENTORY_ITEM")
    location = ctx.lookup(entry["locationId"], "Location")
    if location is None or not location["isActive"]:
        raise Refused.one([*path, "locationId"], "The specified location could not be found.", "INVALID_LOCATION")
    return level_at(ctx, item["id"], location["id"]) or open_level(ctx, item["id"], location["id"])


def _apply(ctx: Context, level: Node, name: str, delta: int, document: str | None) -> list[Node]:
    """Move a quantity and return the rows of the adjustment group: its own and, where it counts, on_hand's."""
    if delta == 0:
        return []
    shift(ctx, level, name, delta)
    ctx.record("updated", level)
    names = [name, "on_hand"] if name in ON_HAND else [name]
    base = {"item": level["item"], "location": level["location"], "delta": delta, "ledgerDocumentUri": document}
    return [{**base, "name": one, "quantityAfterChange": quantity(level, one)} for one in names]


def _group(ctx: Context, given: Mapping[str, Any], changes: list[Node]) -> Node:
    if not changes:
        return {"inventoryAdjustmentGroup": None}
    values = {"reason": given["reason"], "referenceDocumentUri": given.get("referenceDocumentUri"), "changes": changes}
    return {"inventoryAdjustmentGroup": ctx.create("InventoryAdjustmentGroup", values)["id"]}
