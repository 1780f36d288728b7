"""Abandoned checkouts: what one document can't do."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.stores.shop import Shop

__all__ = ["abandonment"]


def abandonment(shop: Shop, **by: str) -> Any:
    """Return an abandonment by its `id`, or by that of its checkout in `abandoned_checkout_id`; None without one."""
    if "id" in by:
        return shop.root("AbandonmentGet", {"id": by["id"]})
    return shop.root("AbandonmentOfCheckout", {"id": by["abandoned_checkout_id"]})
