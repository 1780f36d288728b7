"""Questions about a store, answered from its copy."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.analytics import customers as over_customers
from atom_shopify_plugin.analytics import orders as over_orders
from atom_shopify_plugin.analytics import sales as over_sales
from atom_shopify_plugin.service.copied_answers import asked
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["breakdown", "customers", "orders", "sales"]

Json = dict[str, Any]


def sales(shop: Shop, **given: Any) -> Json:
    """Return what was sold in a period; see `analytics.sales.over_time`."""
    return asked(shop, over_sales.over_time, given)


def breakdown(shop: Shop, **given: Any) -> Json:
    """Return the values of a dimension that sold most or least; see `analytics.sales.breakdown`."""
    return asked(shop, over_sales.breakdown, given)


def customers(shop: Shop, **given: Any) -> Json:
    """Return who bought and came back; see `analytics.customers.answer`."""
    return asked(shop, over_customers.answer, given)


def orders(shop: Shop, **given: Any) -> Json:
    """Return what became of orders; see `analytics.orders.answer`."""
    return asked(shop, over_orders.answer, given)
