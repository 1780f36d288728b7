"""Copying a store of the sandbox at once, without the jobs that do it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.service import mirror

if TYPE_CHECKING:
    from datetime import datetime

    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

Json = dict[str, Any]


def read(runtime: Runtime, store: Store, size: int = 50) -> tuple[list[Json], list[Json]]:
    """Read all orders and all customers, by pages."""
    shop = runtime.services.open_shop(store)
    found: list[list[Json]] = []
    for pages in (mirror.orders, mirror.customers):
        page = pages(shop, size, None, None)
        nodes = page.nodes
        while page.next is not None:
            page = pages(shop, size, page.next, None)
            nodes += page.nodes
        found.append(nodes)
    return found[0], found[1]


def copy(runtime: Runtime, store: Store, as_of: datetime | None = None) -> None:
    """Copy the orders and customers of a store; the copy is whole as of now, or of a moment."""
    orders, people = read(runtime, store)
    storage, zone = runtime.storage, runtime.services.open_shop(store).zone

    def work(session: Any) -> None:
        whole = storage.mirrors.lock(session, store)
        storage.mirrored_orders.put(session, whole, orders, zone, rollups=False)
        storage.mirrored_orders.roll_up(session, whole)
        storage.mirrored_customers.put(session, whole, people)
        storage.mirrors.completed(session, whole, as_of or storage.now(session))

    storage.write(work)
