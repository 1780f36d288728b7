"""Sources of collections: products that are selected, conditions that find them, and other collections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.collection_members import source_has
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import derived, kind
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["change_sources", "drop_sources", "new_sources"]

# member of a condition's input -> the column of rules that it compares
CONDITIONS = {
    "collection": "COLLECTION", "productStatus": "STATUS", "productTag": "TAG", "productTitle": "TITLE",
    "productType": "TYPE", "productVendor": "VENDOR", "variantCompareAtPrice": "VARIANT_COMPARE_AT_PRICE",
    "variantInventory": "VARIANT_INVENTORY", "variantPrice": "VARIANT_PRICE", "variantTitle": "VARIANT_TITLE",
    "variantWeight": "VARIANT_WEIGHT",
}  # fmt: skip
CONDITION = "CollectionSource{}Condition{}"
Path = list[Any]

kind("CollectionConditionsSource", {"app": None, "shareable": False, "targetType": "PRODUCTS"}, fields="description")
kind("CollectionSubCollectionsSource", {"app": None}, fields="description")


# reading


derived(
    {
        "CollectionConditionsSource.products": lambda ctx, node: [
            gid for gid, product in ctx.store.all("Product").items() if source_has(ctx, node, product)
        ],
    }
)


# writing


def new_sources(ctx: Context, collection: Node, given: Iterable[Mapping[str, Any]] | None, path: Path) -> None:
    """Add sources to a collection; raise `Refused`."""
    made = [_new(ctx, entry, [*path, at]) for at, entry in enumerate(given or ())]
    if made:
        ctx.update(collection, {"sources": [*collection.get("sources", ()), *made]})


def _new(ctx: Context, entry: Mapping[str, Any], path: Path) -> str:
    if entry.get("shareableSource"):
        raise not_modelled("A source that collections share")
    if (given := entry.get("subCollections")) is not None:
        where = [*path, "subCollections"]
        values = {**_titled(given, where), "collections": _existing(ctx, given["collectionIds"], "Collection", where)}
        return str(ctx.create("CollectionSubCollectionsSource", values)["id"])
    given = entry.get("source")
    if given is None:
        raise Refused.one(path, "A source must be given")
    if given.get("targetType") == "VARIANTS":
        raise not_modelled("A source of variants")
    where = [*path, "source"]
    inclusion = _part(ctx, "Inclusion", given.get("inclusion") or {}, [*where, "inclusion"])
    exclusion = given.get("exclusion")
    values = {
        **_titled(given, where),
        "inclusion": inclusion,
        "exclusion": None if exclusion is None else _part(ctx, "Exclusion", exclusion, [*where, "exclusion"]),
    }
    return str(ctx.create("CollectionConditionsSource", values)["id"])


def _titled(given: Mapping[str, Any], path: Path) -> Node:
    if not given["title"].strip():
        raise Refused.one([*path, "title"], "Title can't be blank")
    return {"title": given["title"], "description": given.get("description")}


def _existing(ctx: Context, gids: Sequence[str], name: str, path: Path) -> list[str]:
    for at, gid in enumerate(gids):
        if ctx.lookup(gid, name) is None:
            raise Refused.one([*path, at], f"{name} does not exist")
    return list(dict.fromkeys(gids))


def _part(ctx: Context, side: str, given: Mapping[str, Any], path: Path) -> Node:
    """Return what a source includes or excludes."""
    selected = _selections(ctx, given.get("selections") or (), [*path, "selections"])
    found = [_condition(ctx, side, entry, [*path, "conditions"]) for entry in given.get("conditions") or ()]
    return {
        "__typename": f"CollectionSource{side}",
        "matchType": given.get("matchType") or "ALL",
        "selections": selected,
        "conditions": found,
    }


def _selections(ctx: Context, given: Sequence[Mapping[str, Any]], path: Path) -> list[Node]:
    if any(entry.get("variantIds") for entry in given):
        raise not_modelled("A source that selects variants")
    gids = _existing(ctx, [entry["productId"] for entry in given], "Product", path)
    return [{"product": gid, "variantIds": None} for gid in gids]


def _condition(ctx: Context, side: str, entry: Mapping[str, Any], path: Path) -> Node:
    member, given = next((name, value) for name, value in entry.items() if value is not None)
    if member not in CONDITIONS:
        raise not_modelled(f"The condition {member} of a collection's source")
    if member == "collection":
        _existing(ctx, given["values"], "Collection", path)
    name = CONDITION.format(side, member[0].upper() + member[1:])
    return {"__typename": name, "id": ctx.store.new_id(name), "column": CONDITIONS[member], **given}


def change_sources(ctx: Context, collection: Node, given: Mapping[str, Any]) -> None:
    """Delete, change and add sources of a collection as its update says; raise `Refused`."""
    own = list(collection.get("sources", ()))
    for at, gid in enumerate(given.get("sourcesToDelete") or ()):
        if gid not in own:
            raise Refused.one(["sourcesToDelete", at], "Source does not exist")
        own.remove(gid)
        ctx.delete(_source(ctx, gid))
    if own != collection.get("sources", []):
        ctx.update(collection, {"sources": own})
    for at, entry in enumerate(given.get("sourcesToUpdate") or ()):
        member = "condition" if entry.get("condition") is not None else "subCollections"
        change, path = entry[member], ["sourcesToUpdate", at, member]
        if change["id"] not in own:
            raise Refused.one([*path, "id"], "Source does not exist")
        _change(ctx, _source(ctx, change["id"]), change, path)
    new_sources(ctx, collection, given.get("sourcesToCreate"), ["sourcesToCreate"])


def _source(ctx: Context, gid: str) -> Node:
    node = ctx.store.get(gid)
    if node is None:
        raise LookupError(gid)
    return node


def _change(ctx: Context, source: Node, change: Mapping[str, Any], path: Path) -> None:
    values = {name: change[name] for name in ("title", "description") if change.get(name) is not None}
    if change.get("collectionIds") is not None:
        values["collections"] = _existing(ctx, change["collectionIds"], "Collection", [*path, "collectionIds"])
    for side in ("Inclusion", "Exclusion"):
        name = side.lower()
        if change.get(name) is not None:
            former = source.get(name) or _part(ctx, side, {}, path)
            values[name] = _changed_part(ctx, side, former, change[name], [*path, name])
    ctx.update(source, values)


def _changed_part(ctx: Context, side: str, former: Node, change: Mapping[str, Any], path: Path) -> Node:
    gone = {entry["productId"] for entry in change.get("selectionsToRemove") or ()}
    kept = [row for row in former["selections"] if row["product"] not in gone]
    added = _selections(ctx, change.get("selectionsToAdd") or (), [*path, "selectionsToAdd"])
    fresh = {entry["id"]: entry["condition"] for entry in change.get("conditionsToUpdate") or ()}
    dropped = set(change.get("conditionsToDelete") or ())
    conditions = []
    for row in former["conditions"]:
        if row["id"] in fresh:
            told = next(value for value in fresh[row["id"]].values() if value is not None)
            conditions.append({**row, **{name: value for name, value in told.items() if value is not None}})
        elif row["id"] not in dropped:
            conditions.append(row)
    created = change.get("conditionsToCreate") or ()
    conditions += [_condition(ctx, side, entry, [*path, "conditionsToCreate"]) for entry in created]
    return {
        **former,
        "matchType": change.get("matchType") or former["matchType"],
        "selections": [*kept, *(row for row in added if row not in kept)],
        "conditions": conditions,
    }


def drop_sources(ctx: Context, collection: Node) -> None:
    """Delete the sources of a collection that is being deleted."""
    for gid in collection.get("sources", ()):
        ctx.delete(_source(ctx, gid))
