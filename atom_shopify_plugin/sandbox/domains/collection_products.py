"""The mutations that put products into collections by hand, take them out, and put them in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.collection_members import members_of
from atom_shopify_plugin.sandbox.domains.jobs import promised_job
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import mutation
from atom_shopify_plugin.sandbox.store import Node

NOT_MANUAL = "Can't reorder products unless collection is manually sorted"


def _collection(ctx: Context, args: Mapping[str, Any], code: str | None = None) -> Node:
    return ctx.known(args["id"], "Collection", ["id"], "Collection does not exist", code)


def _add(ctx: Context, collection: Node, args: Mapping[str, Any]) -> None:
    known = [gid for gid in args["productIds"] if ctx.lookup(gid, "Product") is not None]
    if ctx.update(collection, {"products": list(dict.fromkeys([*collection["products"], *known]))}):
        ctx.record("updated", collection)


@mutation("collectionAddProducts")
def add_products(ctx: Context, args: dict[str, Any]) -> Node:
    collection = _collection(ctx, args)
    _add(ctx, collection, args)
    return {"collection": collection["id"]}


@mutation("collectionAddProductsV2")
def add_products_by_job(ctx: Context, args: dict[str, Any]) -> Node:
    collection = _collection(ctx, args, "COLLECTION_DOES_NOT_EXIST")
    if collection.get("ruleSet") is not None:
        message = "Can't manually add products to a smart collection"
        raise Refused.one(["id"], message, "CANT_ADD_TO_SMART_COLLECTION")
    for gid in args["productIds"]:
        ctx.lookup(gid, "Product")
    return {"job": promised_job(ctx, args, lambda later: _add(later, collection, args))}


@mutation("collectionRemoveProducts")
def remove_products(ctx: Context, args: dict[str, Any]) -> Node:
    collection = _collection(ctx, args)
    if collection.get("ruleSet") is not None:
        raise Refused.one(["id"], "Can't manually remove products from a smart collection")

    def work(later: Context) -> None:
        left = [gid for gid in collection["products"] if gid not in args["productIds"]]
        if later.update(collection, {"products": left}):
            later.record("updated", collection)

    return {"job": promised_job(ctx, args, work)}


@mutation("collectionReorderProducts")
def reorder_products(ctx: Context, args: dict[str, Any]) -> Node:
    """Move products to places that count from zero, one move after the other."""
    collection = _collection(ctx, args, "COLLECTION_NOT_FOUND")
    if ctx.value(collection, "sortOrder") != "MANUAL":
        raise Refused.one(["id"], NOT_MANUAL, "MANUALLY_SORTED_COLLECTION")
    for at, move in enumerate(args["moves"]):
        if move["id"] not in members_of(ctx, collection):
            raise Refused.one(["moves", at, "id"], "Product is not in the collection", "INVALID_MOVE")

    def work(later: Context) -> None:
        products = members_of(later, collection)
        for move in args["moves"]:
            if move["id"] in products:
                products.remove(move["id"])
                products.insert(int(move["newPosition"]), move["id"])
        # What sources bring in keeps its place as well; a list of products alone is its own order.
        listed = collection.get("ruleSet") is None and not collection.get("sources")
        if later.update(collection, {"products" if listed else "order": products}):
            later.record("updated", collection)

    return {"job": promised_job(ctx, args, work)}
