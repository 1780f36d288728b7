"""Recommendations from the copied orders of a store: what goes together, what is next, and what is due again."""

from __future__ import annotations

from typing import Any

from atom_shopify_plugin.analytics import suggestions
from atom_shopify_plugin.analytics.reminders import Reminder
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.service.copied_answers import asked
from atom_shopify_plugin.shopify.ids import parse_gid
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["next_best", "reorders", "similar", "together"]

Json = dict[str, Any]


def together(shop: Shop, **given: Any) -> Json:
    """Return what is bought together with a product; see `analytics.suggestions.together`."""
    return asked(shop, suggestions.together, given)


def similar(shop: Shop, **given: Any) -> Json:
    """Return what the buyers of a product buy, too; see `analytics.suggestions.similar`."""
    return asked(shop, suggestions.similar, given)


def next_best(shop: Shop, **given: Any) -> Json:
    """Return what a customer may want next; see `analytics.suggestions.next_best`."""
    return asked(shop, suggestions.next_best, given)


def reorders(
    shop: Shop,
    *,
    first: int,
    after: str | None = None,
    ahead_days: int,
    customer_id: str | None = None,
    product_id: str | None = None,
) -> Json:
    """Return a page of the products that customers are likely to order again, the longest overdue first."""
    customer, product = (None if gid is None else str(parse_gid(gid).number) for gid in (customer_id, product_id))

    def wanted(one: Reminder) -> bool:
        return customer in (None, one.customer) and product in (None, one.product)

    storage = shop.storage
    with storage.read() as session:
        view = View.of(storage, shop.store, session)
        due, sample = suggestions.reorders(view, ahead_days, wanted)
        left = [one for one in due if after is None or _place(one) > after]
        page = left[:first]
        known = sample.products({one.product for one in page})
        shop.told["all_orders"] = view.known_since is None
        today = view.today
    nodes = [
        {
            "customer_id": f"gid://shopify/Customer/{one.customer}",
            "product_id": f"gid://shopify/Product/{one.product}",
            "title": known[one.product].title if one.product in known else None,
            "last_order": one.last_order.isoformat(),
            "interval_days": one.interval,
            "due": one.due.isoformat(),
            "overdue_days": max(0, (today - one.due).days),
            "basis": one.basis,
            "intervals": one.intervals,
            "spread_days": f"{one.spread:.1f}",
        }
        for one in page
    ]
    more = len(left) > len(page)
    return {"nodes": nodes, "page_info": {"has_next_page": more, "end_cursor": _place(page[-1]) if page else None}}


def _place(one: Reminder) -> str:
    """Return a text that orders reminders as they are listed."""
    return f"{one.due} {one.customer:>20} {one.product:>20}"
