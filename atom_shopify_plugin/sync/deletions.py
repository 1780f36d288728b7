"""Products, customers and orders that were deleted without a webhook.

Shopify has no list of what was deleted. The plugin looks at what it has told of since somebody waits for its deletion:
so many ids at a time, each of them every now and then. What is gone twice, a minute apart, is told as deleted. Orders
are looked at only where all of them may be read, since an old one is hidden otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.events import triggers
from atom_shopify_plugin.events.payloads import moment
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.storage import Job, Store
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync.changes import wanted
from atom_shopify_plugin.sync.sweeps import report, shop_of, store_of

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["STREAM", "TELL", "run", "sweep", "tell"]

STREAM = "deletions"
"""The kind of the jobs that look, and the name of the cursor."""
TELL = "missed_deletion"
"""The kind of the jobs that tell of a deletion."""

_AT_ONCE = 1000  # ids of each kind that one look asks for
_PAGE = 250


@dataclass(frozen=True, slots=True)
class _Kind:
    type: str
    scopes: frozenset[str]


_KINDS: Mapping[str, _Kind] = {
    "products": _Kind("Product", frozenset({"read_products"})),
    "customers": _Kind("Customer", frozenset({"read_customers"})),
    "orders": _Kind("Order", frozenset({"read_orders", "read_all_orders"})),
}


def run(services: Services, job: Job) -> None:
    """Look for what is gone in the store of a job."""
    store = store_of(services, job)
    if store is not None:
        sweep(services, store)


def sweep(services: Services, store: Store, limit: int = _AT_ONCE) -> int:
    """Look for things that are gone and were not told as deleted; return how many are on their way to the triggers.

    At most `limit` things of each kind are looked at; the next sweep goes on with those after them.
    """
    storage, now = services.storage, services.storage.now()
    cursor = storage.cursors.get(store.id, STREAM)
    last: dict[str, Any] = orjson.loads(cursor.position) if cursor is not None and cursor.position else {}
    known = last.get("kinds", {}) if last.get("epoch") == store.epoch else {}
    topics, shop, missed = wanted(services, store), shop_of(services, store), 0
    kinds: dict[str, dict[str, str]] = {}
    for name, kind in _KINDS.items():
        if f"{name}/delete" not in topics or not kind.scopes <= store.granted_scopes:
            continue
        place = known.get(name) or {"since": now.isoformat(), "after": ""}
        since = moment(place["since"]) or now
        page = storage.events.resources(store.id, f"{name}/", since, after=place["after"], limit=limit)
        for resource in _gone(services, store, shop, name, page):
            what, at = f"{name}/delete|{resource}", now
            number = resource.partition("/")[2]
            missed += report(services, store, f"{name}/delete", what, at, kind=TELL, gid=gid(kind.type, number))
        kinds[name] = {"since": place["since"], "after": page[-1] if len(page) == limit else ""}
    position = orjson.dumps({"epoch": store.epoch, "kinds": kinds}).decode()
    storage.cursors.set(store.id, STREAM, position=position, drift=missed)
    return missed


def _gone(services: Services, store: Store, shop: Shop, name: str, resources: list[str]) -> list[str]:
    """Return those of some resources that Shopify does not have and whose deletion was not told."""
    found: list[str] = []
    for at in range(0, len(resources), _PAGE):
        part = resources[at : at + _PAGE]
        there = _existing(shop, [gid(_KINDS[name].type, one.partition("/")[2]) for one in part])
        found += [one for one in part if gid(_KINDS[name].type, one.partition("/")[2]) not in there]
    keys = {trigger.key for trigger in services.catalog.triggers.values() if trigger.topic == f"{name}/delete"}
    told = services.storage.events.told(store.id, found) if found else []
    known = {one.resource for one in told if one.trigger in keys}
    return [one for one in found if one not in known]


def _existing(shop: Shop, gids: list[str]) -> set[str]:
    return {node["id"] for node in shop.root("ExistingNodes", {"ids": gids}) if node is not None}


def tell(services: Services, job: Job) -> None:
    """Hand a deletion to the triggers like a delivery, if the thing is still gone."""
    store = store_of(services, job)
    if store is None or _existing(shop_of(services, store), [job.headers["gid"]]):
        return
    body = {"id": int(job.headers["gid"].rpartition("/")[2])}
    triggers.deliver(services, replace(job, body=orjson.dumps(body)))
