"""Products, their options and media."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.inventory import available, is_tracked
from atom_shopify_plugin.sandbox.domains.metafield_search import by_metafield
from atom_shopify_plugin.sandbox.registry import derived, field_rule, kind
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["inventory_total", "is_plain", "tracks_inventory", "variants_of"]


def variants_of(ctx: Context, product: Node) -> list[Node]:
    nodes = ctx.store.all("ProductVariant")
    return [nodes[gid] for gid in product["variants"]]


def inventory_total(ctx: Context, product: Node) -> int:
    return sum(available(ctx, variant) for variant in variants_of(ctx, product))


kind(
    "Product",
    {"status": "ACTIVE", "seo": {"title": None, "description": None}},
    fields=(
        "createdAt updatedAt publishedAt title handle descriptionHtml vendor productType tags templateSuffix "
        "giftCardTemplateSuffix isGiftCard requiresSellingPlan category combinedListingRole "
        "onlineStoreUrl giftCardSettings customProductType "
        "hasVariantsThatRequiresComponents feedback"
    ),
    indexed=("handle",),
    words=("title", "vendor", "product_type", "tag", "sku", "handle"),
    sort={"INVENTORY_TOTAL": inventory_total},
    patterns={"metafields.": by_metafield},
)
kind("ProductOption", fields="linkedMetafield")
kind("ProductOptionValue", fields="linkedMetafieldValue swatch")
# computed fields


def is_plain(node: Node) -> bool:
    """Tell whether a product has the default variant alone."""
    return len(node["variants"]) == 1 and [option["name"] for option in node["options"]] == ["Title"]


derived(
    {
        "Product.hasOnlyDefaultVariant": lambda _, node: is_plain(node),
        "Product.bodyHtml": lambda _, node: str(node.get("descriptionHtml") or ""),
        "Product.totalInventory": inventory_total,
        "Product.hasOutOfStockVariants": lambda ctx, node: any(
            is_tracked(ctx, variant) and available(ctx, variant) <= 0 for variant in variants_of(ctx, node)
        ),
        "Product.totalVariants": lambda _, node: len(node["variants"]),
    }
)


@field_rule("Product.description", "Collection.description", "Product.descriptionPlainSummary")
def description(_ctx: Context, node: Node, args: dict[str, Any]) -> str:
    text = " ".join(re.sub(r"<[^<>]*>", " ", node.get("descriptionHtml") or "").split())
    limit = args.get("truncateAt")
    return text if limit is None or len(text) <= limit else text[: max(0, limit - 3)] + "..."


@field_rule("Product.tracksInventory")
def tracks_inventory(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    items = ctx.store.all("InventoryItem")
    return any(items[variant["inventoryItem"]]["tracked"] for variant in variants_of(ctx, node))


@field_rule("Product.priceRangeV2", "Product.priceRange")
def price_range(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    prices = [variant["price"] for variant in variants_of(ctx, node)]
    return {"minVariantPrice": min(prices), "maxVariantPrice": max(prices)}


@field_rule("Product.compareAtPriceRange")
def compare_at_price_range(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    prices = [price for variant in variants_of(ctx, node) if (price := variant.get("compareAtPrice")) is not None]
    if not prices:
        return None
    return {"minVariantCompareAtPrice": min(prices), "maxVariantCompareAtPrice": max(prices)}


@field_rule("Product.options")
def product_options(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    """Return the options, each value with whether a variant has it."""
    used = {(one["name"], one["value"]) for variant in variants_of(ctx, node) for one in variant["selectedOptions"]}
    return [
        {
            **option,
            "optionValues": [
                {**value, "hasVariants": (option["name"], value["name"]) in used} for value in option["optionValues"]
            ],
        }
        for option in node["options"]
    ]


@field_rule("ProductOption.values")
def option_names(_ctx: Context, node: Node, _args: dict[str, Any]) -> list[str]:
    """Return the values that variants have."""
    return [value["name"] for value in node["optionValues"] if value.get("hasVariants", True)]


@field_rule("OnlineStorePreviewable.onlineStorePreviewUrl")
def preview_url(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    """Return the address of the preview, which each product has whatever its status."""
    mark = hashlib.sha256(node["id"].encode()).hexdigest()
    host = f"{mark[:16]}-{number(ctx.store.shop['id'])}.shopifypreview.com"
    return f"https://{host}/products_preview?preview_key={mark[:32]}"
