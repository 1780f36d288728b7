"""Product variants and the options that tell them apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.registry import derived, field_rule, kind
from atom_shopify_plugin.sandbox.store import Node


def _product(ctx: Context, variant: Node) -> Node:
    return ctx.store.all("Product")[variant["product"]]


def _full_title(ctx: Context, variant: Node) -> str:
    return f"{_product(ctx, variant)['title']} - {variant['title']}"


kind(
    "ProductVariant",
    {"inventoryPolicy": "DENY", "position": 1, "price": Decimal(0), "taxable": True},
    fields=(
        "createdAt updatedAt sku barcode compareAtPrice taxCode title image media requiresComponents "
        "showUnitPrice unitPrice unitPriceMeasurement"
    ),
    indexed=("sku",),
    words=("title", "product_title", "sku", "barcode", "vendor"),
    sort={
        "NAME": _full_title,
        "FULL_TITLE": _full_title,
        "INVENTORY_QUANTITY": lambda ctx, node: inventory.available(ctx, node),
    },
)


@field_rule("ProductVariant.presentmentPrices")
def presentment_prices(ctx: Context, node: Node, args: dict[str, Any]) -> list[Node]:
    """Return the prices in the shop's own currency, the only one that is modelled."""
    wanted = args.get("presentmentCurrencies")
    if wanted and ctx.store.currency not in wanted:
        return []
    return [{"price": ctx.value(node, "price"), "compareAtPrice": ctx.value(node, "compareAtPrice")}]


derived(
    {
        "ProductVariant.displayName": _full_title,
        "ProductVariant.inventoryQuantity": lambda ctx, node: inventory.available(ctx, node),
        "ProductVariant.sellableOnlineQuantity": lambda ctx, node: (
            max(0, inventory.available(ctx, node)) if inventory.is_tracked(ctx, node) else 0
        ),
    }
)


@field_rule("ProductVariant.selectedOptions")
def selected_options(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    options = {option["name"]: option["optionValues"] for option in _product(ctx, node)["options"]}
    return [{**one, "optionValue": _value_of(options[one["name"]], one["value"])} for one in node["selectedOptions"]]


def _value_of(values: list[Node], name: str) -> Node:
    return {**next(value for value in values if value["name"] == name), "hasVariants": True}


@field_rule("ProductVariant.availableForSale")
def available_for_sale(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    if not inventory.is_tracked(ctx, node) or node.get("inventoryPolicy") == "CONTINUE":
        return True
    return inventory.available(ctx, node) > 0
