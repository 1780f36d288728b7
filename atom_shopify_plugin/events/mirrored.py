"""Deliveries about what is copied of a store: the thing is marked, and read again together with others."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.events.payloads import number
from atom_shopify_plugin.shopify.topics import COMPLIANCE
from atom_shopify_plugin.storage import NewJob

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.stores.installed import Installed

__all__ = ["KIND", "TOPICS", "note"]

KIND = "mirror_changed"
_SLOT = 5.0  # seconds in which what changes is read again together

_MEMBERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "products": ("products", "id"),
        "inventory_levels": ("inventory", "inventory_item_id"),
        "locations": ("locations", "id"),
        "discounts": ("discounts", "admin_graphql_api_id"),
        "customers": ("customers", "id"),
        "fulfillments": ("orders", "order_id"),
        "order_transactions": ("orders", "order_id"),
        "orders": ("orders", "id"),
        "refunds": ("orders", "order_id"),
    }
)
"""What a family of topics tells of: the stream, and the member of the payload that names the thing."""
TOPICS = frozenset(
    {
        "customers/create",
        "customers/delete",
        "customers/update",
        "fulfillments/create",
        "fulfillments/update",
        "orders/create",
        "orders/delete",
        "orders/updated",
        "refunds/create",
        "discounts/create",
        "discounts/delete",
        "discounts/update",
        "inventory_levels/connect",
        "inventory_levels/disconnect",
        "inventory_levels/update",
        "locations/create",
        "locations/delete",
        "locations/update",
        "products/create",
        "products/delete",
        "products/update",
    }
)
"""The topics that a store is subscribed to while it is copied."""


def note(services: Services, installed: Installed, topic: str, payload: Mapping[str, Any]) -> None:
    """Have the thing that a delivery tells of read again soon, where its store is copied. Safe to repeat."""
    found = _MEMBERS.get(topic.split("/")[0])
    thing = number(payload.get(found[1])) if found is not None else None
    if found is None or thing is None or topic in COMPLIANCE:
        return
    if not services.storage.changed_things.mark(installed.id, found[0], int(thing)):
        return
    if topic == "orders/delete":
        _delete(services, installed, int(thing))
    now = time.time()
    slot = int(now // _SLOT) + 1
    services.put_job(
        NewJob(
            kind=KIND,
            app=installed.app,
            shop=installed.shop,
            dedupe=f"{installed.id}|{installed.epoch}|{slot}",
            subject=KIND,
            installation_id=installed.id,
            epoch=installed.epoch,
            delay=slot * _SLOT - now,
        )
    )


def _delete(services: Services, installed: Installed, order: int) -> None:
    """Delete a copied order: of an old one, no later question to Shopify could tell that it is gone."""
    storage = services.storage
    store = storage.installed.store(installed.id)
    if store is not None:
        with storage.begin() as session:
            storage.mirrored_orders.delete(session, storage.mirrors.lock(session, store), [order])
