"""Forecasts of sales and of demand, from the copy of a store."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.analytics import outlook
from atom_shopify_plugin.service.copied_answers import asked
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["demand", "sales"]

Json = dict[str, Any]


def sales(shop: Shop, **given: Any) -> Json:
    """Return what a store will sell on each of the next days; see `analytics.outlook.of_store`."""
    return asked(shop, outlook.of_store, given)


def demand(shop: Shop, **given: Any) -> Json:
    """Return what variants will sell; see `analytics.outlook.of_variants`."""
    return asked(shop, outlook.of_variants, given)
