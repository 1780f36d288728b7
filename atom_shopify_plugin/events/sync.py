"""What the webhooks missed: stock levels are read again by when they changed, and what nobody had told is told.

A sweep reads, location by location, the levels that changed since the last one, some time before it included. A level
that differs from the one that is known counts as drift, replaces it, and becomes an event exactly as if its webhook
had come. Its webhook may still come, hours later: it then shows an older state and is passed over.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.events import triggers
from atom_shopify_plugin.events.payloads import moment, number
from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.service.shop import Shop
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.storage import Level, NewJob, Store
from atom_shopify_plugin.storage.streams import INVENTORY_LEVELS

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Job

__all__ = ["EVERY", "KIND", "check", "run", "schedule", "sweep", "tell", "upkeep"]

log = logging.getLogger("atom_shopify.sync")

KIND = STREAM = INVENTORY_LEVELS
EVERY = 900.0
"""Seconds between two sweeps of a store."""
OVERLAP = timedelta(minutes=30)
"""How far a sweep looks back behind the one before it; clocks may differ, and a search index may lag."""
SETTLED = timedelta(minutes=2)
"""How long a change is left to its webhook, which is usually there within seconds."""

_TOPIC = "inventory_levels/update"
_SCOPES = frozenset({"read_inventory", "read_locations"})
_FULL = timedelta(days=1)  # now and then everything is read, whatever the search index says
_PAGE = 100
_WAIT = 60.0  # seconds that a missed change waits for deliveries that are stored, but not worked on yet
_HOUR = 3600.0
_last_hour: weakref.WeakKeyDictionary[Runtime, float] = weakref.WeakKeyDictionary()


def sweep(runtime: Runtime, store: Store) -> int:
    """Read the levels that have changed and take over what differs; return how many did that had not been told."""
    storage = runtime.storage
    cursor = storage.cursors.get(store.id, STREAM)
    started = storage.now()
    since, full_at, first = None, started, True
    if cursor is not None and cursor.updated_at_min is not None:
        last_full = moment(cursor.position)
        first = False
        if last_full is not None and started - last_full < _FULL:
            since, full_at = cursor.updated_at_min - OVERLAP, last_full
    shop = Shop(store, runtime.connections, runtime.client, runtime.documents, urgent=False)
    drift = 0
    for levels in _changed(runtime, shop, since):
        differing = set() if first else set(storage.levels.differing(store.id, levels))
        missed = [level for level in differing if _is_settled(level)]
        for level in missed:
            _report(runtime, store, level)
        # The reports are stored before the levels: cut off in between, the next sweep finds the same difference.
        storage.levels.apply(store.id, [level for level in levels if level not in differing or _is_settled(level)])
        drift += len(missed)
    storage.cursors.set(store.id, STREAM, position=full_at.isoformat(), updated_at_min=started, drift=drift)
    if drift:
        log.warning("%d stock levels of a store had changed without a webhook.", drift)
    return drift


def _changed(runtime: Runtime, shop: Shop, since: datetime | None) -> Iterator[list[Level]]:
    """Yield pages of levels, all or those that changed since a moment."""
    query = None if since is None else str(Term("updated_at", ":>=", since))
    for location in _pages(shop, "LocationList", ("locations",), {"include_inactive": True}):
        for place in location:
            given = {"location_id": place["id"], "query": query}
            asked = runtime.storage.now()
            for nodes in _pages(shop, "InventoryLevelsChanged", ("location", "inventory_levels"), given):
                yield [_level(node, place["id"], asked) for node in nodes]
                asked = runtime.storage.now()


def _pages(
    shop: Shop, operation: str, path: tuple[str, ...], given: Mapping[str, Any]
) -> Iterator[list[dict[str, Any]]]:
    after = None
    while True:
        found: Any = shop.execute(operation, {**given, "first": _PAGE, "after": after})
        for name in path:
            found = found[name]
            if found is None:
                return  # the location has been deleted in the meantime
        yield found["nodes"]
        if not found["page_info"]["has_next_page"]:
            return
        after = found["page_info"]["end_cursor"]


def _level(node: Mapping[str, Any], location: str, asked: datetime) -> Level:
    changed_at = moment(node["updated_at"])
    if changed_at is None:
        raise ValueError("A stock level without a moment.")
    if asked - changed_at > SETTLED:
        # Shopify's moments are whole seconds, and a level may change twice within one. What is read after it is over is
        # the last state of that second, so that no delivery from the same second is newer.
        changed_at = changed_at.replace(microsecond=999_999)
    available = node["quantities"][0]["quantity"] if node["is_active"] and node["quantities"] else None
    return Level(int(number(node["item"]["id"]) or 0), int(number(location) or 0), available, changed_at)


def _is_settled(level: Level) -> bool:
    return level.updated_at.microsecond != 0


# What was missed is told


def _report(runtime: Runtime, store: Store, level: Level) -> None:
    """Store a job that brings the change to the triggers, once for each state of a level."""
    at = level.updated_at.isoformat()
    payload = {
        "inventory_item_id": level.item,
        "location_id": level.location,
        "available": level.available,
        "updated_at": at,
        "admin_graphql_api_id": f"{gid('InventoryLevel', level.location)}?inventory_item_id={level.item}",
    }
    name = f"sweep|{store.id}|{level.item}|{level.location}|{at}"
    _put(
        runtime,
        NewJob(
            kind="missed",
            app=store.app,
            shop=store.shop.name,
            dedupe=name,
            subject=_TOPIC,
            headers={"webhook_id": name, "triggered_at": at, "epoch": str(store.epoch)},
            body=orjson.dumps(payload),
            installation_id=store.id,
            epoch=store.epoch,
            delay=_WAIT,
        ),
    )


def tell(runtime: Runtime, job: Job) -> None:
    """Hand a missed change to the triggers, unless its delivery was only waiting and has been worked on since."""
    payload = orjson.loads(job.body or b"{}")
    at = moment(payload.get("updated_at"))
    resource = f"inventory_levels/{payload.get('inventory_item_id')}/{payload.get('location_id')}"
    if at is None or job.installation_id is None:
        return  # erased in the meantime
    same = runtime.storage.events.showing(job.installation_id, resource, at.replace(microsecond=0))
    told = [
        orjson.loads(event.payload).get("available")
        for event in same
        if event.payload is not None and event.state in ("emitted", "pending")
    ]
    if payload["available"] not in told:
        triggers.deliver(runtime, job)


def _put(runtime: Runtime, new: NewJob) -> bool:
    # Without a host nobody works here: who does will find the row.
    return (runtime.jobs.put(new) if runtime.emit is not None else runtime.storage.jobs.put(new)).new


# When


def schedule(runtime: Runtime, store: Store, *, delay: float = 0.0) -> bool:
    """Have a store swept soon, once in `EVERY` seconds; False where that is on its way already."""
    new = NewJob(
        kind=KIND,
        app=store.app,
        shop=store.shop.name,
        dedupe=f"{store.id}|{store.epoch}|{int(time.time() // (EVERY / 2))}",
        subject=KIND,
        installation_id=store.id,
        epoch=store.epoch,
        delay=delay,
    )
    return _put(runtime, new)


def run(runtime: Runtime, job: Job) -> None:
    """Sweep the job's store, if it is still there and lets its stock be read."""
    store = runtime.storage.directory.store(job.installation_id) if job.installation_id is not None else None
    if store is None:
        return
    if store.granted_scopes >= _SCOPES:
        sweep(runtime, store)
    else:
        runtime.storage.cursors.set(store.id, STREAM)


def upkeep(runtime: Runtime) -> None:
    """Have due stores swept; each hour also keep idle tokens alive and delete what has expired."""
    directory = runtime.storage.directory
    for at, installation_id in enumerate(directory.unchecked(STREAM, EVERY)):
        store = directory.store(installation_id)
        if store is not None:
            schedule(runtime, store, delay=float(at % 60))
    now = time.monotonic()
    if now - _last_hour.get(runtime, -_HOUR) >= _HOUR:
        _last_hour[runtime] = now
        runtime.connections.keep_alive()
        runtime.storage.cleanup()


def check(runtime: Runtime) -> Check:
    """Return how well the known stock matches Shopify's, for health."""
    found = runtime.storage.cursors.summary(STREAM)
    oldest = found.pop("oldest")
    age = (runtime.storage.now() - oldest).total_seconds() if oldest is not None else 0.0
    figures = {**found, "oldest_seconds": round(age)}
    if age > 4 * EVERY:
        return Check("stock", "degraded", "The stock of some stores has not been compared for a while.", figures)
    if found["drift"]:
        words = f"{found['drift']} stock levels had changed without a webhook; they were taken over."
        return Check("stock", "degraded", words, figures)
    return Check("stock", "ok", f"The known stock of {found['stores']} stores is as Shopify's.", figures)
