"""Asking the copy of a store: the way that all questions go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.stores.shop import Shop

__all__ = ["asked"]

Json = dict[str, Any]


def asked(shop: Shop, question: Callable[[View, Mapping[str, Any]], Json], given: Mapping[str, Any]) -> Json:
    """Return the answer to a question from the copied orders of a store; raise `NotSynced` where they are not whole."""
    storage = shop.storage
    with storage.read() as session:
        answer = question(View.of(storage, shop.store, session), given)
    shop.told["all_orders"] = answer["complete"]
    return answer
