"""Inventory: an item is named by SKU, variant or its own id, and stock is read and written by location."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput, PluginError
from atom_shopify_plugin.service.finding import matching, missing
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["adjust", "adjusting", "get", "item", "move", "set_quantity", "setting"]

QUANTITIES = ("available", "on_hand", "committed", "incoming", "reserved")


def get(shop: Shop, **by: str) -> Any:
    """Return an item with its stock by location, None where there is no such item.

    `sku`, `variant_id` or `inventory_item_id` names the item; `location_id` leaves one location.
    """
    item = _item(shop, by)
    return None if item is None else _shown(item, by.get("location_id"))


def item(shop: Shop, **by: str) -> Any:
    """Return an item of that `id` or `sku` with its cost, customs data and stock, None where there is none."""
    found = by.get("id") or _id_of_sku(shop, by["sku"])
    return None if found is None else shop.root("InventoryItemWhole", {"id": found})


def adjust(shop: Shop, **given: Any) -> Any:
    """Add `delta` to what is available at one location; return the item as it is now.

    Raises `Rejected` with ``CHANGE_FROM_QUANTITY_STALE`` where `change_from_quantity` isn't what is there.
    """
    item, location = _place(shop, given)
    change = {"delta": given["delta"], **_target(item, location, given)}
    answer = shop.root("InventoryAdjust", {"input": {"name": "available", "changes": [change], **_reason(given)}})
    now = _shown(_written(shop, answer, item))
    return {**now, "change": _change(answer, now, location, "available")}


def set_quantity(shop: Shop, **given: Any) -> Any:
    """Set the quantity `name` at one location to `quantity`; return the item as it is now.

    Raises `Rejected` with ``CHANGE_FROM_QUANTITY_STALE`` where `change_from_quantity` isn't what is there.
    """
    item, location = _place(shop, given)
    quantity = {"quantity": given["quantity"], **_target(item, location, given)}
    answer = shop.root("InventorySet", {"input": {"name": given["name"], "quantities": [quantity], **_reason(given)}})
    now = _shown(_written(shop, answer, item))
    change = {**_change(answer, now, location, given["name"]), given["name"]: given["quantity"]}
    return {**now, "change": change}


def move(shop: Shop, **given: Any) -> Any:
    """Take `quantity` available units off one location and add them at another; return the item as it is now.

    Both changes are one call of Shopify's. Raises `InvalidInput` where an end does not stock the item or the units are
    not there, and `Rejected` with ``CHANGE_FROM_QUANTITY_STALE`` where the stock of an end has just changed.
    """
    item = _item(shop, given)
    if item is None:
        raise _no_item(shop, given)
    ends = [_end(item, given, name) for name in ("from_location_id", "to_location_id")]
    quantity, changes, told = given["quantity"], [], []
    if ends[0]["available"] < quantity:
        message = f"{ends[0]['location']['name']} has {ends[0]['available']} available units, not {quantity}."
        raise InvalidInput.about("The input", [Fault("/quantity", message, "conflict")])
    for level, delta in zip(ends, (-quantity, quantity), strict=True):
        place = level["location"]
        seen = {"change_from_quantity": level["available"]}
        changes.append({"delta": delta, **_target(item, place["id"], seen)})
        after = level["available"] + delta
        told.append({"field": "available", "before": level["available"], "after": after, "location": place["name"]})
    shop.told["changes"] = told
    answer = shop.root("InventoryAdjust", {"input": {"name": "available", "changes": changes, **_reason(given)}})
    return _shown(_written(shop, answer, item))


def adjusting(shop: Shop, before: Mapping[str, Any], **given: Any) -> Forecast:
    """Say what `adjust` will change of the item `before`; one that takes the stock below zero asks."""
    return _forecast(shop, before, given, "available", lambda level: level["available"] + given["delta"])


def setting(shop: Shop, before: Mapping[str, Any], **given: Any) -> Forecast:
    """Say what `set_quantity` will change of the item `before`; one that takes the stock below zero asks."""
    return _forecast(shop, before, given, given["name"], lambda _level: given["quantity"])


def _forecast(
    shop: Shop,
    before: Mapping[str, Any],
    given: Mapping[str, Any],
    name: str,
    after: Callable[[Mapping[str, Any]], int],
) -> Forecast:
    """Return what becomes of the quantity `name` where `after` says how it will be.

    What is available follows what is on hand. The call that is agreed to holds for the quantity that was shown: Shopify
    refuses it as stale where another one is there by then.
    """
    location = given.get("location_id") or _usual_place(shop, [level["location"]["id"] for level in before["levels"]])
    level = next((level for level in before["levels"] if level["location"]["id"] == location), None)
    if level is None:
        return Forecast()  # it is not stocked there, which is Shopify's to refuse
    place = {"item": before["sku"] or before["id"], "location": level["location"]["name"]}
    changes = [{"field": name, "before": level[name], "after": after(level), **place}]
    left = level["available"] + after(level) - level[name]
    if name != "available" and left != level["available"]:
        changes.append({"field": "available", "before": level["available"], "after": left, **place})
    if left >= min(0, level["available"]):
        return Forecast(changes)
    told = f"{place['item']} at {place['location']}: {level['available']} → {left} available, which is below zero."
    shown = given.get("change_from_quantity")
    pins = {"location_id": location, "change_from_quantity": level[name] if shown is None else shown}
    return Forecast(changes, told, pins)


def _written(shop: Shop, payload: Mapping[str, Any], before: Any) -> Any:
    """Return the item as the answer to a write shows it, `before` where nothing had to be changed.

    The answer to the write holds the item, so that no second request can fail after the stock has moved. Where it cuts
    the list of levels, the whole is read; where that fails, the list says that it is cut.
    """
    group = payload["inventory_adjustment_group"]
    items = [change["item"] for change in group["changes"]] if group is not None else []
    item = next((item for item in items if item is not None), before)
    if not item["inventory_levels"]["truncated"]:
        return item
    try:
        return _read(shop, item["id"]) or item
    except PluginError:
        return item


def _change(payload: Mapping[str, Any], item: Mapping[str, Any], location: str, name: str) -> dict[str, Any]:
    """Return what Shopify says that it did: by how much `name` changed, and the quantities right after that.

    Stores leave the quantity after a change empty; then those of the `item` in the same answer are told.
    """
    group = payload["inventory_adjustment_group"]  # null where nothing changed
    rows = [row for row in (group or {}).get("quantities", ()) if (row["location"] or {}).get("id") == location]
    level: Mapping[str, Any] = next((level for level in item["levels"] if level["location"]["id"] == location), {})
    after = {name: level[name] for name in ("available", "on_hand") if name in level}
    after |= {row["name"]: row["quantity_after_change"] for row in rows if row["quantity_after_change"] is not None}
    return {"location_id": location, "delta": next((row["delta"] for row in rows if row["name"] == name), 0), **after}


def _target(item: Mapping[str, Any], location: str, given: Mapping[str, Any]) -> dict[str, Any]:
    # Shopify wants changeFromQuantity in every call since 2026-04; null skips the check.
    return {
        "inventoryItemId": item["id"],
        "locationId": location,
        "changeFromQuantity": given.get("change_from_quantity"),
    }


def _reason(given: Mapping[str, Any]) -> dict[str, Any]:
    reference = given.get("reference_document_uri")
    return {"reason": given["reason"], **({} if reference is None else {"referenceDocumentUri": reference})}


def _item(shop: Shop, by: Mapping[str, Any]) -> Any:
    if "inventory_item_id" in by:
        return _read(shop, by["inventory_item_id"])
    if "variant_id" in by:
        variant = shop.root("InventoryItemOfVariant", {"id": by["variant_id"]})
        return None if variant is None else variant["inventory_item"]
    found = _id_of_sku(shop, by["sku"])
    return None if found is None else _read(shop, found)


def _id_of_sku(shop: Shop, sku: str) -> str | None:
    """Return the id of the only item with a SKU, None without one; raise `InvalidInput` where several have it."""
    wanted = sku.strip()
    found = matching(shop, "InventoryItemFind", str(Term("sku", ":", wanted)), "sku", [wanted])
    exact = [item for item in found if item["sku"].strip() == wanted] or found
    if len(exact) > 1:
        message = f"{len(exact)} items have this SKU. Name the one meant by inventory_item_id or variant_id."
        raise InvalidInput(message, [Fault("/sku", message, "ambiguous")], details={"items": [i["id"] for i in exact]})
    return str(exact[0]["id"]) if exact else None


def _read(shop: Shop, item_id: str) -> Any:
    return shop.root("InventoryItemGet", {"id": item_id})


def _place(shop: Shop, given: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Return the item and the id of the location that a write is about."""
    item = _item(shop, given)
    if item is None:
        raise _no_item(shop, given)
    if "location_id" in given:
        return item, given["location_id"]
    return item, _usual_place(shop, [level["location"]["id"] for level in item["inventory_levels"]["nodes"]])


def _no_item(shop: Shop, given: Mapping[str, Any]) -> PluginError:
    named = {name: given[name] for name in ("sku", "variant_id", "inventory_item_id") if name in given}
    return missing(shop, "inventory item", named)


def _end(item: Mapping[str, Any], given: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the level of an item at an end of a transfer; raise `InvalidInput` where it is not stocked there."""
    if given["from_location_id"] == given["to_location_id"]:
        raise InvalidInput.about("The input", [Fault("/to_location_id", "It must be another location.", "conflict")])
    for level in _shown(item)["levels"]:
        if level["location"]["id"] == given[name]:
            return dict(level)
    raise InvalidInput.about("The input", [Fault(f"/{name}", "The item is not stocked at this location.", "conflict")])


def _usual_place(shop: Shop, keeping: Sequence[str]) -> str:
    """Return the location that is meant where none is named: the only one that keeps the item, else the primary one."""
    if len(keeping) == 1:
        return keeping[0]
    primary = shop.root("LocationPrimary")
    if primary is not None and primary["id"] in keeping:
        return str(primary["id"])
    message = "It is not clear which location is meant: say it with location_id."
    raise InvalidInput(message, [Fault("/location_id", message, "required")], details={"locations": list(keeping)})


def _shown(item: Mapping[str, Any], location_id: str | None = None) -> dict[str, Any]:
    """Return an item in our flat form: quantities by name, and the variants that it belongs to."""
    variants = (item["variants"] or {}).get("nodes", [])
    levels = [
        _level(level)
        for level in item["inventory_levels"]["nodes"]
        if location_id is None or level["location"]["id"] == location_id
    ]
    kept = ("id", "legacy_id", "sku", "tracked", "requires_shipping", "updated_at")
    return {
        **{name: item[name] for name in kept},
        "variant": variants[0] if variants else None,
        "other_variants": variants[1:],
        "levels": levels,
        "levels_truncated": item["inventory_levels"]["truncated"],
    }


def _level(level: Mapping[str, Any]) -> dict[str, Any]:
    quantities = {quantity["name"]: quantity["quantity"] for quantity in level["quantities"]}
    return {
        "id": level["id"],
        "legacy_id": level["legacy_id"],
        "location": level["location"],
        **{name: quantities.get(name, 0) for name in QUANTITIES},
        "updated_at": level["updated_at"],
    }
