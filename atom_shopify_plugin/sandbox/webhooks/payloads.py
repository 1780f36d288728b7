"""The payloads of webhooks about products and stock, in the shapes of the REST resources.

Ids are numbers and stand beside ``admin_graphql_api_id``; money is text in the shop's currency; times carry the offset
of the shop's time zone; tags are one text, separated by commas.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.products import variants_of
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = [
    "UNITS", "Json", "collection", "gone", "identity", "inventory_item", "inventory_level", "local", "lower",
    "metafields", "money", "product", "ref", "tags", "variant",
]  # fmt: skip

Json = dict[str, Any]
CENT = Decimal("0.01")
UNITS = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lb"}


@lru_cache(maxsize=4096)
def _local(text: str, zone: str) -> str:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).isoformat()


def local(ctx: Context, text: str | None) -> str | None:
    """Return a stored time as the shop's clocks show it, with their offset."""
    return _local(text, ctx.store.timezone) if text else None


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else str(Decimal(amount).quantize(CENT, ROUND_HALF_UP))


def tags(node: Node) -> str:
    return ", ".join(node.get("tags") or ())


def lower(text: str | None) -> str | None:
    return text.lower() if text else None


def ref(gid: str | None) -> int | None:
    return number(gid) if gid else None


def identity(node: Node) -> Json:
    return {"id": number(node["id"]), "admin_graphql_api_id": node["id"]}


def gone(_ctx: Context, node: Node) -> Json:
    """Return all that a payload says of what was deleted."""
    return {"id": number(node["id"])}


def metafields(ctx: Context, node: Node, namespaces: Collection[str]) -> list[Json]:
    """Return the metafields of a node that lie in `namespaces`, which a subscription asks for."""
    rows = ctx.store.find("Metafield", "owner", node["id"])
    return [
        {
            **identity(row),
            "owner_id": number(node["id"]),
            "namespace": row["namespace"],
            "key": row["key"],
            "value": row["value"],
            "type": row["type"],
            "created_at": local(ctx, row.get("createdAt")),
            "updated_at": local(ctx, row.get("updatedAt")),
        }
        for row in rows
        if row["namespace"] in namespaces
    ]


# products


def product(ctx: Context, node: Node) -> Json:
    variants = variants_of(ctx, node)
    media = [ctx.store.all("MediaImage")[gid] for gid in node["media"]]
    images = [_image(ctx, node, one, at) for at, one in enumerate(media, 1)]
    return {
        **identity(node),
        "title": node["title"],
        "body_html": node.get("descriptionHtml") or "",
        "vendor": node["vendor"],
        "product_type": node.get("productType") or "",
        "handle": node["handle"],
        "status": lower(ctx.value(node, "status")),
        "tags": tags(node),
        "template_suffix": node.get("templateSuffix"),
        "published_scope": "global",
        "published_at": local(ctx, node.get("publishedAt")),
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
        "variants": [variant(ctx, one) for one in variants],
        "options": [
            {
                "id": number(option["id"]),
                "product_id": number(node["id"]),
                "name": option["name"],
                "position": at,
                "values": [value["name"] for value in option["optionValues"]],
            }
            for at, option in enumerate(node["options"], 1)
        ],
        "images": images,
        "image": images[0] if images else None,
        "variant_gids": [
            {"admin_graphql_api_id": one["id"], "updated_at": local(ctx, one["updatedAt"])} for one in variants
        ],
        "has_variants_that_requires_components": False,
        "category": None,
    }


def variant(ctx: Context, node: Node) -> Json:
    options = [one["value"] for one in node["selectedOptions"]]
    left = inventory.available(ctx, node)
    return {
        **identity(node),
        "product_id": number(node["product"]),
        "title": node["title"],
        "price": money(node["price"]),
        "compare_at_price": money(node.get("compareAtPrice")),
        "position": ctx.value(node, "position"),
        "inventory_policy": lower(ctx.value(node, "inventoryPolicy")),
        **{f"option{at + 1}": options[at] if at < len(options) else None for at in range(3)},
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
        "taxable": ctx.value(node, "taxable"),
        "barcode": node.get("barcode"),
        "sku": node.get("sku"),
        "inventory_item_id": number(node["inventoryItem"]),
        "inventory_quantity": left,
        "old_inventory_quantity": left,
        "image_id": None,
    }


def _image(ctx: Context, owner: Node, node: Node, position: int) -> Json:
    return {
        **identity(node),
        "product_id": number(owner["id"]),
        "position": position,
        "alt": node.get("alt"),
        "src": node["image"]["url"],
        "width": node["image"].get("width"),
        "height": node["image"].get("height"),
        "created_at": local(ctx, node.get("createdAt")),
        "updated_at": local(ctx, node.get("updatedAt")),
        "variant_ids": [],
    }


def collection(ctx: Context, node: Node) -> Json:
    return {
        **identity(node),
        "handle": node["handle"],
        "title": node["title"],
        "body_html": node.get("descriptionHtml") or "",
        "sort_order": (ctx.value(node, "sortOrder") or "").lower().replace("_", "-"),
        "template_suffix": node.get("templateSuffix"),
        "published_scope": "global",
        "published_at": local(ctx, node.get("publishedAt") or node.get("updatedAt")),
        "updated_at": local(ctx, node.get("updatedAt")),
    }


# stock


def inventory_item(ctx: Context, node: Node) -> Json:
    weight = node.get("weight") or {"value": 0.0, "unit": "KILOGRAMS"}
    return {
        **identity(node),
        "sku": node.get("sku"),
        "tracked": ctx.value(node, "tracked"),
        "requires_shipping": ctx.value(node, "requiresShipping"),
        "cost": money(node.get("unitCost")),
        "country_code_of_origin": node.get("countryCodeOfOrigin"),
        "province_code_of_origin": node.get("provinceCodeOfOrigin"),
        "harmonized_system_code": node.get("harmonizedSystemCode"),
        "country_harmonized_system_codes": [],
        "weight_value": float(weight["value"]),
        "weight_unit": UNITS.get(weight["unit"], "kg"),
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
    }


def inventory_level(ctx: Context, node: Node) -> Json:
    """Return a stock level, which is named by its item and location and has no number of its own."""
    return {
        "inventory_item_id": number(node["item"]),
        "location_id": number(node["location"]),
        "available": inventory.quantity(node, "available"),
        "updated_at": local(ctx, node["updatedAt"]),
        "admin_graphql_api_id": node["id"],
    }
