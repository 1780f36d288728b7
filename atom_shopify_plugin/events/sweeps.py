"""When what the webhooks may have missed is looked for, and what all sweeps share.

A store's streams (stock, orders, products, customers) are swept every quarter of an hour by what has changed since the
last time, some time before it included: what nobody had told is then told exactly as if its webhook had come.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.service.shop import Shop
from atom_shopify_plugin.storage import NewJob, Store

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Job

__all__ = [
    "EVERY",
    "OVERLAP",
    "SETTLED",
    "WAIT",
    "pages",
    "put",
    "run",
    "schedule",
    "shop_of",
    "tell",
    "upkeep",
]

EVERY = 900.0
"""Seconds between two sweeps of a stream."""
OVERLAP = timedelta(minutes=30)
"""How far a sweep looks back behind the one before it; clocks may differ, and a search index may lag."""
SETTLED = timedelta(minutes=2)
"""How long a change is left to its webhook, which is usually there within seconds."""
WAIT = 60.0
"""Seconds that a missed change waits for deliveries that are stored, but not worked on yet."""

_PAGE = 100
_HOUR = 3600.0
_last_hour: weakref.WeakKeyDictionary[Runtime, float] = weakref.WeakKeyDictionary()


def shop_of(runtime: Runtime, store: Store) -> Shop:
    """Return the store as a sweep asks it: behind everything that somebody waits for."""
    return Shop(store, runtime.connections, runtime.client, runtime.documents, urgent=False)


def pages(
    shop: Shop, operation: str, path: tuple[str, ...], given: Mapping[str, Any], *, first: int = _PAGE
) -> Iterator[list[dict[str, Any]]]:
    """Yield the pages of the connection at `path` of an operation with ``$first`` and ``$after``."""
    after = None
    while True:
        found: Any = shop.execute(operation, {**given, "first": first, "after": after})
        for name in path:
            found = found[name]
            if found is None:
                return  # what holds the connection has been deleted in the meantime
        yield found["nodes"]
        if not found["page_info"]["has_next_page"]:
            return
        after = found["page_info"]["end_cursor"]


def put(runtime: Runtime, new: NewJob) -> bool:
    """Store a job; False where it was there. Without a host nobody works here: who does will find the row."""
    return (runtime.jobs.put(new) if runtime.emit is not None else runtime.storage.jobs.put(new)).new


def schedule(runtime: Runtime, store: Store, stream: str, *, delay: float = 0.0, reason: str = "") -> bool:
    """Have a stream of a store swept soon; False where that is on its way already.

    Without a `reason` that is once in `EVERY` seconds, with one once for each.
    """
    new = NewJob(
        kind=stream,
        app=store.app,
        shop=store.shop.name,
        dedupe=f"{store.id}|{store.epoch}|{reason or int(time.time() // (EVERY / 2))}",
        subject=stream,
        installation_id=store.id,
        epoch=store.epoch,
        delay=delay,
    )
    return put(runtime, new)


def run(runtime: Runtime, job: Job) -> None:
    """Sweep a stream of the job's store, if the store is still there and lets it be read."""
    from atom_shopify_plugin.events import changes, stock

    store = runtime.storage.directory.store(job.installation_id) if job.installation_id is not None else None
    if store is None:
        return
    if job.kind == stock.STREAM:
        stock.sweep(runtime, store)
    else:
        changes.sweep(runtime, store, changes.STREAMS[job.kind])


def tell(runtime: Runtime, job: Job) -> None:
    """Hand something missed to the triggers, unless it has been told in the meantime."""
    from atom_shopify_plugin.events import changes, stock

    (stock if job.subject == stock.TOPIC else changes).tell(runtime, job)


def upkeep(runtime: Runtime) -> None:
    """Have due streams swept; each hour also keep idle tokens alive and delete what has expired."""
    from atom_shopify_plugin.events import changes, stock

    directory = runtime.storage.directory
    for stream in (stock.STREAM, *changes.STREAMS):
        # Not all at once: they share the minute that follows.
        for at, installation_id in enumerate(directory.unchecked(stream, EVERY)):
            store = directory.store(installation_id)
            if store is not None:
                schedule(runtime, store, stream, delay=float(at % 60))
    now = time.monotonic()
    if now - _last_hour.get(runtime, -_HOUR) >= _HOUR:
        _last_hour[runtime] = now
        runtime.connections.keep_alive()
        runtime.storage.cleanup()
