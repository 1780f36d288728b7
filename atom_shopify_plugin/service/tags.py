"""Tags of customers, orders and products: Shopify adds and removes single ones, so that nobody's tag is lost.

The documents differ by kind, since each asks for the scope of that kind alone.
"""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.shopify.ids import parse_gid
from atom_shopify_plugin.shopify.spelling import as_spelt
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["add", "get", "remove"]

_GET = {"Customer": "CustomerTags", "Order": "OrderTags", "Product": "ProductTags"}
_ADD = {"Customer": "CustomerTagsAdd", "Order": "OrderTagsAdd", "Product": "ProductTagsAdd"}
_REMOVE = {"Customer": "CustomerTagsRemove", "Order": "OrderTagsRemove", "Product": "ProductTagsRemove"}


def get(shop: Shop, *, id: str) -> Any:  # noqa: A002  # the input's own name
    """Return ``{id, legacy_id, tags}`` of a thing, None where there is none."""
    return shop.root(_GET[parse_gid(id).type], {"id": id})


def add(shop: Shop, *, id: str, tags: list[str]) -> Any:  # noqa: A002
    """Add tags to a thing and return it with all its tags. A tag that is there, in whatever case, stays as it is."""
    return shop.root(_ADD[parse_gid(id).type], {"id": id, "tags": tags})["node"]


def remove(shop: Shop, *, id: str, tags: list[str]) -> Any:  # noqa: A002
    """Remove tags, in whatever case, from a thing and return it with those that are left.

    Shopify removes a tag of an order only as it is spelt there, so that the spelling is looked up first: a tag that is
    there as it was given is the one that is meant, else each that differs from it by case.
    """
    kind = parse_gid(id).type
    there = shop.root(_GET[kind], {"id": id}) if kind == "Order" else None
    spelt = [] if there is None else as_spelt(tags, there["tags"])
    return shop.root(_REMOVE[kind], {"id": id, "tags": spelt or tags})["node"]
