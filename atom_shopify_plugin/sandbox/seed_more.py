"""What a store has beside products, customers and orders."""

from __future__ import annotations

from atom_shopify_plugin.sandbox.domains.saved_searches import DEFAULT_SEARCHES
from atom_shopify_plugin.sandbox.store import StoreState

__all__ = ["add_saved_searches"]


def add_saved_searches(store: StoreState) -> None:
    """Add the saved searches that every shop has."""
    for of, searches in DEFAULT_SEARCHES.items():
        for name, query in searches.items():
            filters = [dict(zip(("key", "value"), part.split(":"), strict=True)) for part in query.split()]
            values = {"name": name, "query": query, "resourceType": of, "searchTerms": "", "filters": filters}
            store.put({"id": store.new_id("SavedSearch"), "__typename": "SavedSearch", **values})
