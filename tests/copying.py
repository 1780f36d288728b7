"""Copying a store of the sandbox at once: what waits for its time is done now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.events import mirrored
from atom_shopify_plugin.service import mirror
from atom_shopify_plugin.sync import mirror as sync

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store
    from atom_shopify_plugin.storage.insight.sync_runs import StreamState

__all__ = ["copy", "read", "settle"]

Json = dict[str, Any]
_KINDS = ("delivery", sync.KIND, mirrored.KIND)


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


def settle(runtime: Runtime, *, most: int = 200) -> None:
    """Run what there is to do for copies, without waiting for its time."""
    for _ in range(most):
        ran = False
        for kind in _KINDS:
            for job in runtime.storage.jobs.list(kind=kind, states=["pending"], limit=250):
                if not runtime.jobs.run_one(job.id):
                    assert runtime.storage.jobs.discard(job.id)
                    assert runtime.storage.jobs.replay(job.id)
                    assert runtime.jobs.run_one(job.id)
                ran = True
        if not ran:
            return
    raise AssertionError("The copy does not come to an end.")


def copy(runtime: Runtime, store: Store, **given: Any) -> dict[str, StreamState]:
    """Copy a store and return its streams by name."""
    sync.ask(runtime.services, store, **given)
    settle(runtime)
    return {state.stream: state for state in sync.states(runtime.services, store)}
