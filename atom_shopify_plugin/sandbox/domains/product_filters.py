"""What products, variants and media are searched by, beside the fields that have the names of Shopify's tables."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.collection_members import WATCHED, members_of
from atom_shopify_plugin.sandbox.domains.products import inventory_total, is_plain, tracks_inventory, variants_of
from atom_shopify_plugin.sandbox.registry import Filter, Read, filters, kind
from atom_shopify_plugin.sandbox.store import Node, number

# The other values of published_status name channels, which are not modelled.
PUBLISHED = frozenset({"published", "visible", "unpublished"})
MEDIA = frozenset({"image", "video", "model_3d", "external_video"})


def _by_sku(ctx: Context, sku: str) -> list[Node]:
    gids = dict.fromkeys(variant["product"] for variant in ctx.store.find("ProductVariant", "sku", sku))
    return [ctx.store.all("Product")[gid] for gid in gids]


def _skus(ctx: Context, product: Node) -> list[Any]:
    return [variant.get("sku") for variant in variants_of(ctx, product)]


def _collections(ctx: Context, product: Node) -> list[int]:
    """Return the numbers of the collections that hold a product."""

    def make() -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for collection in ctx.store.all("Collection").values():
            for gid in members_of(ctx, collection):
                rows.setdefault(gid, []).append(number(collection["id"]))
        return rows

    rows: dict[str, list[int]] = ctx.store.memoised(("Product", "collections"), WATCHED, make)
    return rows.get(product["id"], [])


def _category(_ctx: Context, product: Node) -> str | None:
    category = product.get("category")
    return category["id"].rpartition("/")[2] if category else None


def _published(ctx: Context, product: Node) -> list[str]:
    since = product.get("publishedAt")
    return ["published", "visible"] if since and since <= ctx.stamp else ["unpublished"]


def _composite(ctx: Context, variant: Node) -> bool:
    return bool(ctx.value(variant, "requiresComponents"))


def _reduced(ctx: Context, product: Node) -> bool:
    return any((variant.get("compareAtPrice") or 0) > variant["price"] for variant in variants_of(ctx, product))


def _out_of_stock(ctx: Context, product: Node) -> bool:
    """Tell whether a tracked variant has nothing left at one of its locations."""
    return any(
        inventory.is_tracked(ctx, variant) and any(level["stock"]["available"] <= 0 for level in _levels(ctx, variant))
        for variant in variants_of(ctx, product)
    )


def _levels(ctx: Context, variant: Node) -> list[Node]:
    return inventory.levels_of(ctx, variant["inventoryItem"])


filters(
    "Product",
    {
        "title": "text",
        "sku": Filter("exact", _skus, lookup=_by_sku),
        "barcode": "exact variants.barcode",
        "price": "number variants.price",
        "variant_id": "id variants",
        "variant_title": "text variants.title",
        "inventory_total": Filter("number", inventory_total),
        "tracks_inventory": Filter("flag", lambda ctx, node: tracks_inventory(ctx, node, {})),
        "out_of_stock_somewhere": Filter("flag", _out_of_stock),
        "is_price_reduced": Filter("flag", _reduced),
        "gift_card": "flag isGiftCard",
        "has_only_default_variant": Filter("flag", lambda _, node: is_plain(node)),
        "collection_id": Filter("id", _collections),
        "category_id": Filter("exact", _category),
        "published_status": Filter("enum", _published, PUBLISHED),
        "combined_listing_role": Filter(
            "enum",
            lambda ctx, node: ctx.value(node, "combinedListingRole") or "no_role",
            frozenset({"parent", "child", "no_role"}),
        ),
        "bundles": "flag hasVariantsThatRequiresComponents",
        "has_only_composites": Filter(
            "flag", lambda ctx, node: all(_composite(ctx, variant) for variant in variants_of(ctx, node))
        ),
        # Which components a bundle has is not modelled: no variant has any.
        "has_variant_with_components": Filter("flag", lambda _ctx, _node: False),
    },
)


def _option(at: int) -> Read:
    return lambda _, node: node["selectedOptions"][at]["value"] if at < len(node["selectedOptions"]) else None


def _product(ctx: Context, variant: Node) -> Node:
    return ctx.store.all("Product")[variant["product"]]


filters(
    "ProductVariant",
    {
        "title": "text",
        "option1": Filter("exact", _option(0)),
        "option2": Filter("exact", _option(1)),
        "option3": Filter("exact", _option(2)),
        "product_id": "id product",
        "product_ids": "id product",
        "product_status": "enum product.status",
        "product_type": "exact product.productType",
        "product_title": "text product.title",
        "vendor": "exact product.vendor",
        "tag": "exact product.tags",
        "gift_card": "flag product.isGiftCard",
        "collection": Filter("id", lambda ctx, node: _collections(ctx, _product(ctx, node))),
        "published_status": Filter("enum", lambda ctx, node: _published(ctx, _product(ctx, node)), PUBLISHED),
        "inventory_quantity": Filter("number", inventory.available),
        "location_id": Filter("id", lambda ctx, node: [number(level["location"]) for level in _levels(ctx, node)]),
        "managed": Filter("flag", inventory.is_tracked),
        # Stock is tracked by Shopify itself or by nobody: there are no fulfillment services.
        "managed_by": Filter("exact", lambda ctx, node: "shopify" if inventory.is_tracked(ctx, node) else None),
        # To exclude nothing is to find everything.
        "exclude_composite": Filter("flag", lambda ctx, node: [False] if _composite(ctx, node) else [True, False]),
        "exclude_variants_with_components": Filter("flag", lambda _ctx, _node: [True, False]),
    },
)
kind("Media", filters={"media_type": Filter("enum", lambda ctx, node: ctx.value(node, "mediaContentType"), MEDIA)})
