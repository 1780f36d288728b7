"""Product variants and the options that tell them apart."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, Kind, Read, by_index, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node, number


def _product(ctx: Context, variant: Node) -> Node:
    return ctx.store.all("Product")[variant["product"]]


def _of_product(name: str) -> Read:
    return lambda ctx, variant: _product(ctx, variant)[name]


def _full_title(ctx: Context, variant: Node) -> str:
    return f"{_product(ctx, variant)['title']} - {variant['title']}"


def _option(at: int) -> Read:
    return lambda _, node: node["selectedOptions"][at]["value"] if at < len(node["selectedOptions"]) else None


kind(
    Kind(
        "ProductVariant",
        {
            "createdAt": None,
            "updatedAt": None,
            "sku": None,
            "barcode": None,
            "compareAtPrice": None,
            "inventoryPolicy": "DENY",
            "position": 1,
            "price": Decimal(0),
            "taxable": True,
            "taxCode": None,
            "title": "",
            "image": None,
            "media": [],
            "requiresComponents": False,
            "showUnitPrice": False,
            "unitPrice": None,
            "unitPriceMeasurement": None,
        },
        indexed=("sku",),
        filters={
            "title": Filter("text", lambda _, node: node["title"]),
            "sku": Filter("exact", lambda _, node: node.get("sku"), lookup=by_index("ProductVariant", "sku")),
            "barcode": Filter("exact", lambda _, node: node.get("barcode")),
            "option1": Filter("exact", _option(0)),
            "option2": Filter("exact", _option(1)),
            "option3": Filter("exact", _option(2)),
            "product_id": Filter("number", lambda _, node: number(node["product"])),
            "product_ids": Filter("number", lambda _, node: number(node["product"])),
            "product_status": Filter(
                "enum", _of_product("status"), frozenset({"active", "archived", "draft", "unlisted"})
            ),
            "product_type": Filter("exact", _of_product("productType")),
            "product_title": Filter("text", _of_product("title")),
            "vendor": Filter("exact", _of_product("vendor")),
            "tag": Filter("exact", _of_product("tags")),
            "taxable": Filter("flag", lambda ctx, node: ctx.value(node, "taxable")),
            "inventory_quantity": Filter("number", lambda ctx, node: inventory.available(ctx, node)),
            "updated_at": Filter("date", lambda _, node: node["updatedAt"]),
        },
        words=("title", "product_title", "sku", "barcode", "vendor"),
        sort={
            "NAME": _full_title,
            "FULL_TITLE": _full_title,
            "INVENTORY_QUANTITY": lambda ctx, node: inventory.available(ctx, node),
        },
    )
)


@field_rule("ProductVariant.displayName")
def display_name(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return _full_title(ctx, node)


@field_rule("ProductVariant.selectedOptions")
def selected_options(ctx: Context, node: Node, _args: dict[str, Any]) -> list[Node]:
    options = {option["name"]: option["optionValues"] for option in _product(ctx, node)["options"]}
    return [{**one, "optionValue": _value_of(options[one["name"]], one["value"])} for one in node["selectedOptions"]]


def _value_of(values: list[Node], name: str) -> Node:
    return {**next(value for value in values if value["name"] == name), "hasVariants": True}


@field_rule("ProductVariant.inventoryQuantity")
def inventory_quantity(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return inventory.available(ctx, node)


@field_rule("ProductVariant.sellableOnlineQuantity")
def sellable_online_quantity(ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return max(0, inventory.available(ctx, node)) if inventory.is_tracked(ctx, node) else 0


@field_rule("ProductVariant.availableForSale")
def available_for_sale(ctx: Context, node: Node, _args: dict[str, Any]) -> bool:
    if not inventory.is_tracked(ctx, node) or node.get("inventoryPolicy") == "CONTINUE":
        return True
    return inventory.available(ctx, node) > 0


@query("productVariantByIdentifier")
def variant_by_identifier(ctx: Context, args: dict[str, Any]) -> Node | None:
    if args["identifier"].get("id") is None:
        raise not_modelled("An identifier by customId")
    return ctx.lookup(args["identifier"]["id"], "ProductVariant")
