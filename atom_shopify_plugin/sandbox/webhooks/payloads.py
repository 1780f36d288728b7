"""The payloads of webhooks about products and stock.

Their shapes are those of `payload_shapes`, filled from the store; what Admin GraphQL does not tell is added here. Times
carry the offset of the shop's time zone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from graphql import GraphQLError, GraphQLObjectType, get_named_type, is_leaf_type

from atom_shopify_plugin.payload_shapes import ABSENT, payload
from atom_shopify_plugin.sandbox.amounts import Amount
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory
from atom_shopify_plugin.sandbox.domains.product_media import ready_images
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.sandbox.registry import FieldRule
from atom_shopify_plugin.sandbox.resolve import reader
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = [
    "Json", "bulk_operation", "collection", "gone", "identity", "inventory_item", "inventory_level", "local", "lower",
    "metafields", "money", "product", "ref", "shaped", "variant",
]  # fmt: skip

Json = dict[str, Any]
CENT = Decimal("0.01")


@lru_cache(maxsize=4096)
def _local(text: str, zone: str) -> str:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).isoformat()


def local(ctx: Context, text: str | None) -> str | None:
    """Return a stored time as the shop's clocks show it, with their offset."""
    return _local(text, ctx.store.timezone) if text else None


def bulk_operation(ctx: Context, node: Node) -> Json:
    """Return what is told of a finished bulk operation (shopify.dev, topic bulk_operations/finish)."""
    return {
        "admin_graphql_api_id": node["id"],
        "completed_at": local(ctx, node.get("completedAt")),
        "created_at": local(ctx, node["createdAt"]),
        "error_code": lower(node.get("errorCode")),
        "status": lower(node["status"]),
        "type": lower(node["type"]),
    }


def money(amount: Decimal | None) -> str | None:
    return None if amount is None else str(Decimal(amount).quantize(CENT, ROUND_HALF_UP))


class StoreSource:
    """Fields of a store's nodes, as Admin GraphQL answers them."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        # An amount is asked for up to three times. Each node is in the store or in a value that is kept here, so that
        # no other one can take its id.
        self._known: dict[tuple[int, str], Any] = {}

    def field(self, kind: str, node: Any, name: str) -> Any:
        place = id(node), name
        if place not in self._known:
            self._known[place] = self._read(kind or node.get("__typename", ""), node, name)
        return self._known[place]

    def _read(self, kind: str, node: Any, name: str) -> Any:
        declared = _field(kind, name)
        if declared is None:
            return node.get(name)
        read, is_leaf = declared
        try:
            value = read(self._ctx, node, {})
        except GraphQLError:  # not modelled
            return ABSENT
        return value if is_leaf else self._followed(value)

    def _followed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._followed(row) for row in value]
        return self._ctx.store.get(value) if isinstance(value, str) else value

    def money(self, value: Any) -> str:
        return str(money(value))

    def currency(self, value: Any) -> str:
        return value.currencies.order if isinstance(value, Amount) else self._ctx.store.currency

    def presentment(self, value: Any) -> Mapping[str, str] | None:
        if not isinstance(value, Amount):
            return None
        return {"amount": str(money(value.presentment)), "currency_code": value.currencies.buyer}

    def time(self, text: str) -> str:
        return _local(text, self._ctx.store.timezone)


@cache
def _field(kind: str, name: str) -> tuple[FieldRule, bool] | None:
    """Return how a field is read and whether it is a leaf; None for what the schema does not have."""
    declared = schema().type_map.get(kind)
    if not isinstance(declared, GraphQLObjectType) or name not in declared.fields:
        return None
    return reader(declared, name), is_leaf_type(get_named_type(declared.fields[name].type))


def shaped(shape: str, ctx: Context, node: Node) -> Json:
    """Return the payload of a node in one of the shapes of `payload_shapes`."""
    return payload(shape, node, StoreSource(ctx))


def lower(text: str | None) -> str | None:
    return text.lower() if text else None


def ref(gid: str | None) -> int | None:
    return number(gid) if gid else None


def identity(node: Node) -> Json:
    return {"id": number(node["id"]), "admin_graphql_api_id": node["id"]}


def gone(_ctx: Context, node: Node) -> Json:
    """Return all that a payload says of what was deleted."""
    return {"id": number(node["id"])}


def metafields(
    ctx: Context, node: Node, namespaces: Collection[str], keys: Collection[tuple[str, str]] = ()
) -> list[Json]:
    """Return the metafields of a node that a subscription asks for: all of `namespaces`, and those of `keys`."""
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
        if row["namespace"] in namespaces or (row["namespace"], row["key"]) in keys
    ]


# products


def product(ctx: Context, node: Node) -> Json:
    images = [_image(ctx, node, one, at) for at, one in enumerate(ready_images(ctx, node), 1)]
    made = shaped("product", ctx, node)
    for option in made["options"]:
        option["product_id"] = made["id"]
    for one in made["variants"]:
        one["image_id"] = None
    image = images[0] if images else None
    return {**made, "published_scope": "global", "images": images, "image": image, "category": None}


def variant(ctx: Context, node: Node) -> Json:
    return {**shaped("variant", ctx, node), "image_id": None}


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
    published = local(ctx, node.get("publishedAt") or node.get("updatedAt"))
    return {**shaped("collection", ctx, node), "published_scope": "global", "published_at": published}


# stock


def inventory_item(ctx: Context, node: Node) -> Json:
    return {**shaped("inventory_item", ctx, node), "country_harmonized_system_codes": []}


def inventory_level(ctx: Context, node: Node) -> Json:
    """Return a stock level, which is named by its item and location and has no number of its own."""
    return {
        "inventory_item_id": number(node["item"]),
        "location_id": number(node["location"]),
        "available": inventory.quantity(node, "available"),
        "updated_at": local(ctx, node["updatedAt"]),
        "admin_graphql_api_id": node["id"],
    }
