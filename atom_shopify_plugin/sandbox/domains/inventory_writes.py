"""inventorySetQuantities, inventoryAdjustQuantities and inventoryMoveQuantities; each does all of its work or none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.inventory import ON_HAND, level_at, open_level, quantity, shift
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, fault
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
INTERNAL = "gid://shopify/"
_STALE_SET = "The changeFromQuantity value does not match persisted value."
_STALE = "The changeFromQuantity argument no longer matches the persisted quantity."
Path = list[Any]


@mutation("inventorySetQuantities")
def set_quantities(ctx: Context, args: dict[str, Any]) -> Node:
    """Set `available` or `on_hand` to given numbers."""
    given = args["input"]
    name, entries = given["name"], given["quantities"]
    _need_former(entries, "InventoryQuantityInput")
    errors = []
    if name not in ("available", "on_hand"):
        message = "The quantity name must be either 'available' or 'on_hand'."
        errors.append(_error(["input", "name"], message, "INVALID_NAME"))
    errors += _reason_errors(given)
    pairs = Counter((entry["inventoryItemId"], entry["locationId"]) for entry in entries)
    for at, entry in enumerate(entries):
        path = ["input", "quantities", at]
        errors += _bounds(name, entry["quantity"], [*path, "quantity"])
        errors += _place_errors(ctx, entry, path)
        if pairs[entry["inventoryItemId"], entry["locationId"]] > 1:
            message = "The combination of inventoryItemId and locationId must be unique."
            errors.append(_error([*path, "locationId"], message, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"))
    _refuse(errors)
    changes = []
    for at, entry in enumerate(entries):
        level = _level(ctx, entry["inventoryItemId"], entry["locationId"])
        before = quantity(level, name)
        _check_stale(entry, before, ["input", "quantities", at], _STALE_SET)
        changes += _apply(ctx, level, "available", entry["quantity"] - before, None)
    return _group(ctx, given, changes)


def _bounds(name: str, amount: int, path: Path) -> Iterator[UserError]:
    if amount > HIGHEST:
        yield _error(path, f"The quantity can't be higher than {HIGHEST:,}.", "INVALID_QUANTITY_TOO_HIGH")
    elif amount < -HIGHEST:
        yield _error(path, f"The quantity can't be lower than -{HIGHEST:,}.", "INVALID_QUANTITY_TOO_LOW")
    elif amount < 0 and name == "on_hand":
        yield _error(path, "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")


@mutation("inventoryAdjustQuantities")
def adjust_quantities(ctx: Context, args: dict[str, Any]) -> Node:
    """Move one state's quantities by deltas."""
    given = args["input"]
    name, entries = given["name"], given["changes"]
    _need_former(entries, "InventoryChangeInput")
    errors = [*_name_errors(name, ["input", "name"]), *_reason_errors(given)]
    for at, entry in enumerate(entries):
        path = ["input", "changes", at]
        errors += _document_errors(name, entry.get("ledgerDocumentUri"), path)
        errors += _place_errors(ctx, entry, path)
    if len({entry.get("ledgerDocumentUri") for entry in entries} - {None}) > 1:
        message = (
            "All changes must have the same ledger document URI or, in the case of adjusting available, no ledger "
            "document URI."
        )
        errors.append(_error(["input", "changes"], message, "MAX_ONE_LEDGER_DOCUMENT"))
    _refuse(errors)
    changes = []
    for at, entry in enumerate(entries):
        path = ["input", "changes", at]
        level = _level(ctx, entry["inventoryItemId"], entry["locationId"])
        before = quantity(level, name)
        _check_stale(entry, before, path, _STALE)
        after = before + entry["delta"]
        if abs(after) > 2 * HIGHEST:
            side, code = ("higher than ", "HIGH") if after > 0 else ("lower than -", "LOW")
            message = f"The quantity can't be {side}{2 * HIGHEST:,}."
            raise Refused.one([*path, "delta"], message, f"INVALID_QUANTITY_TOO_{code}")
        changes += _apply(ctx, level, name, entry["delta"], entry.get("ledgerDocumentUri"))
    return _group(ctx, given, changes)


@mutation("inventoryMoveQuantities")
def move_quantities(ctx: Context, args: dict[str, Any]) -> Node:
    """Move quantities from one state to another at the same location."""
    given = args["input"]
    entries = given["changes"]
    ends = [(at, side, entry[side]) for at, entry in enumerate(entries) for side in ("from", "to")]
    _need_former([end for _, _, end in ends], "InventoryMoveQuantityTerminalInput")
    errors = [*_reason_errors(given)]
    for at, entry in enumerate(entries):
        errors += _move_errors(ctx, entry, ["input", "changes", at])
    if len({end.get("ledgerDocumentUri") for _, _, end in ends} - {None}) > 2:
        message = "Only a maximum of 2 ledger document URIs across all changes is allowed."
        errors.append(_error(["input", "changes"], message, "MAXIMUM_LEDGER_DOCUMENT_URIS"))
    _refuse(errors)
    changes = []
    for at, side, end in ends:
        entry, path = entries[at], ["input", "changes", at, side]
        level = _level(ctx, entry["inventoryItemId"], end["locationId"])
        _check_stale(end, quantity(level, end["name"]), path, _STALE)
        delta = -entry["quantity"] if side == "from" else entry["quantity"]
        changes += _apply(ctx, level, end["name"], delta, end.get("ledgerDocumentUri"), with_on_hand=False)
    return _group(ctx, given, changes)


def _move_errors(ctx: Context, entry: Mapping[str, Any], path: Path) -> Iterator[UserError]:
    source, target = entry["from"], entry["to"]
    if entry["quantity"] < 0:
        yield _error([*path, "quantity"], "The quantity can't be negative.", "INVALID_QUANTITY_NEGATIVE")
    if ctx.lookup(entry["inventoryItemId"], "InventoryItem") is None:
        yield _no_item(path)
    for side, end in (("from", source), ("to", target)):
        yield from _name_errors(end["name"], [*path, side, "name"])
        if end["name"] in ADJUSTABLE:
            yield from _document_errors(end["name"], end.get("ledgerDocumentUri"), [*path, side])
        if not _is_open(ctx, end["locationId"]):
            yield _no_location([*path, side])
    if source["locationId"] != target["locationId"]:
        yield _error(path, "The quantities can't be moved between different locations.", "DIFFERENT_LOCATIONS")
    elif source["name"] == target["name"]:
        yield _error(path, "The quantity names for each change can't be the same.", "SAME_QUANTITY_NAME")


# what they check alike


def _error(path: Path | None, message: str, code: str) -> UserError:
    return UserError(None if path is None else tuple(map(str, path)), message, code)


def _refuse(errors: Sequence[UserError]) -> None:
    if errors:
        raise Refused(list(errors))


def _need_former(entries: Sequence[Mapping[str, Any]], input_name: str) -> None:
    if any("changeFromQuantity" not in entry for entry in entries):
        message = f"{input_name} must include the following argument: changeFromQuantity."
        raise fault(message, "INVALID_FIELD_ARGUMENTS")


def _reason_errors(given: Mapping[str, Any]) -> Iterator[UserError]:
    if given["reason"] not in REASONS:
        message = f"The specified reason is invalid. Valid values are: {', '.join(sorted(REASONS))}."
        yield _error(["input", "reason"], message, "INVALID_REASON")
    document = given.get("referenceDocumentUri")
    if document is not None and not _is_uri(document):
        message = "The specified reference document is invalid."
        yield _error(["input", "referenceDocumentUri"], message, "INVALID_REFERENCE_DOCUMENT")


def _is_uri(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S+", text) is not None


def _name_errors(name: str, path: Path) -> Iterator[UserError]:
    if name not in ADJUSTABLE:
        message = f"The specified quantity name is invalid. Valid values are: {', '.join(ADJUSTABLE)}."
        yield _error(path, message, "INVALID_QUANTITY_NAME")


def _document_errors(name: str, document: str | None, path: Path) -> Iterator[UserError]:
    where = [*path, "ledgerDocumentUri"]
    if name == "available" and document:
        message = "A ledger document URI is not allowed when adjusting available."
        yield _error(where, message, "INVALID_AVAILABLE_DOCUMENT")
    elif name != "available" and not document:
        message = "A ledger document URI is required except when adjusting available."
        yield _error(where, message, "INVALID_QUANTITY_DOCUMENT")
    elif document and document.startswith(INTERNAL):
        message = f"Internal ({INTERNAL}) ledger documents are not allowed to be adjusted via API."
        yield _error(where, message, "INTERNAL_LEDGER_DOCUMENT")
    elif document and not _is_uri(document):
        yield _error(where, "The specified ledger document is invalid.", "INVALID_LEDGER_DOCUMENT")


def _place_errors(ctx: Context, entry: Mapping[str, Any], path: Path) -> Iterator[UserError]:
    if ctx.lookup(entry["inventoryItemId"], "InventoryItem") is None:
        yield _no_item(path)
    if not _is_open(ctx, entry["locationId"]):
        yield _no_location(path)


def _is_open(ctx: Context, gid: str) -> bool:
    location = ctx.lookup(gid, "Location")
    return location is not None and bool(location["isActive"])


def _no_item(path: Path) -> UserError:
    message = "The specified inventory item could not be found."
    return _error([*path, "inventoryItemId"], message, "INVALID_INVENTORY_ITEM")


def _no_location(path: Path) -> UserError:
    return _error([*path, "locationId"], "The specified location could not be found.", "INVALID_LOCATION")


def _check_stale(entry: Mapping[str, Any], before: int, path: Path, message: str) -> None:
    expected = entry["changeFromQuantity"]
    if expected is not None and expected != before:
        raise Refused.one([*path, "changeFromQuantity"], message, "CHANGE_FROM_QUANTITY_STALE")


# writing


def _level(ctx: Context, item: str, location: str) -> Node:
    return level_at(ctx, item, location) or open_level(ctx, item, location)


def _apply(
    ctx: Context, level: Node, name: str, delta: int, document: str | None, *, with_on_hand: bool = True
) -> list[Node]:
    """Move a quantity and return the rows of the adjustment group: its own and, where it counts, on_hand's.

    Shopify leaves the quantity after a change empty.
    """
    if delta == 0:
        return []
    shift(ctx, level, name, delta)
    ctx.record("updated", level)
    names = [name, "on_hand"] if name in ON_HAND and with_on_hand else [name]
    base = {"item": level["item"], "location": level["location"], "delta": delta, "ledgerDocumentUri": document}
    return [{**base, "name": one, "quantityAfterChange": None} for one in names]


def _group(ctx: Context, given: Mapping[str, Any], changes: list[Node]) -> Node:
    if not changes:
        return {"inventoryAdjustmentGroup": None}
    values = {"reason": given["reason"], "referenceDocumentUri": given.get("referenceDocumentUri"), "changes": changes}
    return {"inventoryAdjustmentGroup": ctx.create("InventoryAdjustmentGroup", values)["id"]}
