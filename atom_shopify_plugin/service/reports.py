"""Reports on the sales of a store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from atom_shopify_plugin.analytics.periods import period_of
from atom_shopify_plugin.service.sales_summary import summary
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["generate"]


def generate(shop: Shop, **given: Any) -> dict[str, Any]:
    """Return the sales of a period, from all orders that were sold, refunded or cancelled in it, or from ShopifyQL.

    `source` says which; ``auto`` takes ShopifyQL where the store allows it. Of the orders, the newest `max_orders` are
    read; `complete` is false where there are more. Those in other currencies than the store's are counted in
    `other_currencies` and in no sum.
    """
    return summary(shop, period_of(given, datetime.now(UTC).astimezone(shop.zone).date()), given)
