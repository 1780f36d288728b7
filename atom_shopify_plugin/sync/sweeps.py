"""When what the webhooks may have missed is looked for, and what all sweeps share.

A store's streams (stock, orders, returns, products, customers) are swept every quarter of an hour by what has changed
since the last time, some time before it included: what nobody had told is then told exactly as if its webhook had come.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.events.dedupe import SWEPT
from atom_shopify_plugin.storage import NewJob, Store
from atom_shopify_plugin.stores.shop import Shop

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Job

__all__ = [
    "EVERY",
    "OVERLAP",
    "SETTLED",
    "WAIT",
    "end_of_second",
    "pages",
    "put",
    "report",
    "schedule",
    "shop_of",
    "store_of",
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


def shop_of(services: Services, store: Store) -> Shop:
    """Return the store as a sweep asks it: behind everything that somebody waits for."""
    return services.open_shop(store)


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


def put(services: Services, new: NewJob) -> bool:
    """Store a job; False where it was there."""
    return services.put_job(new).new


def schedule(services: Services, store: Store, stream: str, *, delay: float = 0.0, reason: str = "") -> bool:
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
    return put(services, new)


def store_of(services: Services, job: Job) -> Store | None:
    """Return the store of a job, None where it is gone or has no token."""
    return services.storage.installed.store(job.installation_id) if job.installation_id is not None else None


def end_of_second(at: datetime) -> datetime:
    """Return the last moment of the second that Shopify names.

    Shopify's moments are whole seconds, and a thing may change twice within one. What is read after it is over is the
    last state of that second: no delivery from the same second is newer.
    """
    return at.replace(microsecond=999_999)


def report(
    services: Services,
    store: Store,
    topic: str,
    what: str,
    at: datetime,
    *,
    kind: str,
    gid: str = "",
    body: bytes | None = None,
) -> bool:
    """Store a job that tells of what was missed, like a delivery of `topic`; False where there is one already.

    `what` and the moment name it once for ever.
    """
    moment = at.isoformat()
    name = f"{SWEPT}{store.id}|{what}|{moment}"
    headers = {"webhook_id": name, "triggered_at": moment, "epoch": str(store.epoch)}
    new = NewJob(
        kind=kind,
        app=store.app,
        shop=store.shop.name,
        dedupe=name,
        subject=topic,
        headers={**headers, "gid": gid} if gid else headers,
        body=body,
        installation_id=store.id,
        epoch=store.epoch,
        delay=WAIT,
    )
    return put(services, new)
