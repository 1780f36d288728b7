"""Which products are in a collection: put there by hand, found by its rules or by its sources; and in which order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.collection_rules import COLUMNS, GRAMS, RELATIONS, fits
from atom_shopify_plugin.sandbox.domains.products import variants_of
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["in_order", "is_member", "members_of", "source_has"]

# What the conditions of sources call the relations of rules.
SAME = {"TAGGED_WITH": "EQUALS", "NOT_TAGGED_WITH": "NOT_EQUALS", "DOES_NOT_CONTAIN": "NOT_CONTAINS"}
WATCHED = (
    "Collection", "CollectionConditionsSource", "CollectionSubCollectionsSource", "Product", "ProductVariant",
    "InventoryItem", "InventoryLevel",
)  # fmt: skip


def is_member(ctx: Context, collection: Node, product: Node, *, above: frozenset[str] = frozenset()) -> bool:
    """Tell whether a product is in a collection; `above` names the collections that are being looked into."""
    if product["id"] in collection["products"]:
        return True
    rules = collection.get("ruleSet")
    if rules is not None:
        found = (fits(ctx, product, rule) for rule in rules["rules"])
        if any(found) if rules["appliedDisjunctively"] else all(found):
            return True
    inside = above | {collection["id"]}
    sources = (ctx.store.get(gid) for gid in collection.get("sources", ()))
    return any(source_has(ctx, source, product, above=inside) for source in sources if source is not None)


def source_has(ctx: Context, source: Node, product: Node, *, above: frozenset[str] = frozenset()) -> bool:
    """Tell whether a source brings a product into its collection."""
    if source["__typename"] == "CollectionSubCollectionsSource":
        return any(_is_in(ctx, gid, product, above) for gid in source["collections"])
    return _chosen(ctx, source["inclusion"], product, above) and not _chosen(ctx, source["exclusion"], product, above)


def _is_in(ctx: Context, gid: str, product: Node, above: frozenset[str]) -> bool:
    collection = ctx.store.get(gid)
    return collection is not None and gid not in above and is_member(ctx, collection, product, above=above)


def _chosen(ctx: Context, part: Mapping[str, Any] | None, product: Node, above: frozenset[str]) -> bool:
    if part is None:
        return False
    if any(selection["product"] == product["id"] for selection in part["selections"]):
        return True
    found = [_meets(ctx, condition, product, above) for condition in part["conditions"]]
    return bool(found) and (any(found) if part["matchType"] == "ANY" else all(found))


def _meets(ctx: Context, condition: Mapping[str, Any], product: Node, above: frozenset[str]) -> bool:
    if condition["column"] == "COLLECTION":
        return any(_is_in(ctx, gid, product, above) for gid in condition["values"])
    values = COLUMNS[condition["column"]](ctx, product)
    compare = RELATIONS[SAME.get(condition["relation"], condition["relation"])]
    found = [compare(values, wanted) for wanted in _wanted(condition)]
    return all(found) if condition.get("matchType") == "ALL" else any(found)


def _wanted(condition: Mapping[str, Any]) -> list[str]:
    """Return what a condition compares with, as text."""
    if "values" in condition:
        return list(condition["values"])
    value = condition.get("value")
    if isinstance(value, Mapping):
        amount = value["amount"] if "amount" in value else Decimal(str(value["value"])) * GRAMS[value["unit"]]
        return [str(amount)]
    return [str(value)]


def members_of(ctx: Context, collection: Node) -> list[str]:
    """Return the ids of a collection's products: those of the list in its order, then those that are found, by id."""
    if collection.get("ruleSet") is None and not collection.get("sources"):
        return list(collection["products"])

    def find() -> list[str]:
        products = ctx.store.all("Product")
        found = [gid for gid in products if is_member(ctx, collection, products[gid])]
        found = list(dict.fromkeys([*collection["products"], *found]))
        placed = {gid: at for at, gid in enumerate(collection.get("order", ()))}
        return sorted(found, key=lambda gid: placed.get(gid, len(placed)))

    members: list[str] = ctx.store.memoised(("members", collection["id"]), WATCHED, find)
    return members


# Which field an order compares, and whether the highest comes first.
ORDERS: Mapping[str, tuple[str, bool]] = {
    "ALPHA_ASC": ("title", False), "ALPHA_DESC": ("title", True), "TITLE": ("title", False),
    "CREATED": ("createdAt", False), "CREATED_DESC": ("createdAt", True),
    "PRICE_ASC": ("price", False), "PRICE_DESC": ("price", True), "PRICE": ("price", False),
    "ID": ("id", False),
}  # fmt: skip


def in_order(ctx: Context, collection: Node, key: str) -> list[str]:
    """Return the ids of a collection's products in an order.

    Nothing is sold through the sandbox's storefront: the best sellers and the most relevant ones come as they are.
    """
    gids = members_of(ctx, collection)
    order = ctx.value(collection, "sortOrder") if key == "COLLECTION_DEFAULT" else key
    field, highest = ORDERS.get(order, ("", False))
    if not field:
        return gids
    products = ctx.store.all("Product")

    def compared(gid: str) -> Any:
        if field == "price":
            return min((variant["price"] for variant in variants_of(ctx, products[gid])), default=Decimal(0))
        value = products[gid][field]
        return number(value) if field == "id" else re.sub(r"\s+", " ", value).casefold()

    return sorted(gids, key=compared, reverse=highest)
