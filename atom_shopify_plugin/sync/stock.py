"""What the webhooks missed: stock levels are read again by when they changed, and what nobody had told is told.

A sweep reads, location by location, the levels that changed since the last one, some time before it included. A level
that differs from the one that is known replaces it, and becomes an event exactly as if its webhook had come. Its
webhook may still come, hours later: it then shows an older state and is passed over. What differs counts as drift,
unless the plugin's own writes explain it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.events import triggers
from atom_shopify_plugin.events.payloads import LEVELS, moment, number
from atom_shopify_plugin.hookspecs import Check
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.shopify.search import Term
from atom_shopify_plugin.storage import Level, Store
from atom_shopify_plugin.storage.work.sync_state import INVENTORY_LEVELS
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync.sweeps import EVERY, OVERLAP, SETTLED, end_of_second, pages, report, shop_of, store_of

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Job

__all__ = ["STREAM", "TELL", "TOPIC", "check", "run", "sweep", "tell"]

log = logging.getLogger(__name__)

STREAM = INVENTORY_LEVELS
TELL = "missed_level"
"""The kind of the jobs that tell of a level: each of its states counts, not each event."""
TOPIC = LEVELS
_SCOPES = frozenset({"read_inventory", "read_locations"})
_MOVES = frozenset({"inventory_level_updated"})
_LONGEST_WRITE = timedelta(minutes=10)
_CLOCKS = timedelta(seconds=10)  # between our clock and Shopify's, and until stock has moved
_FULL = timedelta(days=1)  # now and then everything is read, whatever the search index says


def run(services: Services, job: Job) -> None:
    """Sweep the job's store, if it is still there."""
    store = store_of(services, job)
    if store is not None:
        sweep(services, store)


def sweep(services: Services, store: Store) -> int:
    """Read the levels that have changed and take over what differs; return how many did that had not been told.

    A store that does not let its stock be read is left in peace.
    """
    storage = services.storage
    if not store.granted_scopes >= _SCOPES:
        storage.cursors.set(store.id, STREAM)
        return 0
    cursor = storage.cursors.get(store.id, STREAM)
    started = storage.now()
    since, full_at, first = None, started, True
    if cursor is not None and cursor.updated_at_min is not None:
        last_full = moment(cursor.position)
        first = False
        if last_full is not None and started - last_full < _FULL:
            since, full_at = cursor.updated_at_min - OVERLAP, last_full
    shop = shop_of(services, store)
    drift = 0
    for levels in _changed(services, shop, since):
        differing = set() if first else set(storage.levels.differing(store.id, levels))
        missed = [level for level in differing if _is_settled(level)]
        for level in missed:
            _report(services, store, level)
        drift += len(missed) - _own(services, store, missed)
        # The reports are stored before the levels: cut off in between, the next sweep finds the same difference.
        storage.levels.apply(store.id, [level for level in levels if level not in differing or _is_settled(level)])
    storage.cursors.set(store.id, STREAM, position=full_at.isoformat(), updated_at_min=started, drift=drift)
    if drift:
        log.warning("%d stock levels of a store had changed without a webhook.", drift)
    return drift


def _own(services: Services, store: Store, levels: Sequence[Level]) -> int:
    """Return how many of some levels changed while the plugin itself wrote something that moves stock."""
    if not levels:
        return 0
    moments = [level.updated_at for level in levels]
    actions = [action.key for action in services.catalog.actions.values() if _MOVES & set(action.fires)]
    begun = services.storage.audit.written(store, actions, min(moments) - _LONGEST_WRITE, max(moments) + _CLOCKS)
    return sum(any(start - _CLOCKS <= at <= end + _CLOCKS for start, end in begun) for at in moments)


def _changed(services: Services, shop: Shop, since: datetime | None) -> Iterator[list[Level]]:
    """Yield pages of levels, all or those that changed since a moment."""
    query = None if since is None else str(Term("updated_at", ":>=", since))
    for location in pages(shop, "LocationList", ("locations",), {"include_inactive": True}):
        for place in location:
            given = {"location_id": place["id"], "query": query}
            asked = services.storage.now()
            for nodes in pages(shop, "InventoryLevelsChanged", ("location", "inventory_levels"), given):
                yield [_level(node, place["id"], asked) for node in nodes]
                asked = services.storage.now()


def _level(node: Mapping[str, Any], location: str, asked: datetime) -> Level:
    changed_at = moment(node["updated_at"])
    if changed_at is None:
        raise ValueError("A stock level without a moment.")
    if asked - changed_at > SETTLED:
        changed_at = end_of_second(changed_at)
    available = node["quantities"][0]["quantity"] if node["is_active"] and node["quantities"] else None
    return Level(int(number(node["item"]["id"]) or 0), int(number(location) or 0), available, changed_at)


def _is_settled(level: Level) -> bool:
    return level.updated_at.microsecond != 0


# What was missed is told


def _report(services: Services, store: Store, level: Level) -> None:
    """Store a job that brings the change to the triggers, once for each state of a level."""
    payload = {
        "inventory_item_id": level.item,
        "location_id": level.location,
        "available": level.available,
        "updated_at": level.updated_at.isoformat(),
        "admin_graphql_api_id": f"{gid('InventoryLevel', level.location)}?inventory_item_id={level.item}",
    }
    what = f"{level.item}|{level.location}"
    report(services, store, TOPIC, what, level.updated_at, kind=TELL, body=orjson.dumps(payload))


def tell(services: Services, job: Job) -> None:
    """Hand a missed change to the triggers, unless its delivery was only waiting and has been worked on since."""
    payload = orjson.loads(job.body or b"{}")
    at = moment(payload.get("updated_at"))
    resource = f"inventory_levels/{payload.get('inventory_item_id')}/{payload.get('location_id')}"
    if at is None or job.installation_id is None:
        return  # erased in the meantime
    same = services.storage.events.showing(job.installation_id, resource, at.replace(microsecond=0))
    told = [
        orjson.loads(event.payload).get("available")
        for event in same
        if event.payload is not None and event.state in ("emitted", "pending")
    ]
    if payload["available"] not in told:
        triggers.deliver(services, job)


def check(services: Services) -> Check:
    """Return how well the known stock matches Shopify's, for health."""
    found = services.storage.cursors.summary(STREAM)
    oldest = found.pop("oldest")
    age = (services.storage.now() - oldest).total_seconds() if oldest is not None else 0.0
    figures = {**found, "oldest_seconds": round(age)}
    if age > 4 * EVERY:
        return Check("stock", "degraded", "The stock of some stores has not been compared for a while.", figures)
    if found["drift"]:
        words = f"{found['drift']} stock levels had changed without a webhook; they were taken over."
        return Check("stock", "degraded", words, figures)
    return Check("stock", "ok", f"The known stock of {found['stores']} stores is as Shopify's.", figures)
