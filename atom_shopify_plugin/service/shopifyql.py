"""ShopifyQL: queries as people write them."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.shopify.shopifyql import table_of
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["run"]


def run(shop: Shop, *, query: str, **_: Any) -> dict[str, Any]:
    """Return the table that Shopify answers; raise as `table_of`, and `MissingScope` without access."""
    return table_of(shop.root("RunShopifyql", {"query": query}) or {})
