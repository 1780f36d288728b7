"""Regular looks at a store, for computed triggers that no delivery tells of.

A watch looks at a store every few minutes while something waits for one of its triggers, and says what it saw. What
follows is decided by the rules of the triggers, in the transaction that writes the events (`events.computed`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atom_shopify_plugin.errors import MissingScope
from atom_shopify_plugin.events import computed, triggers
from atom_shopify_plugin.events.computed import Subscription
from atom_shopify_plugin.events.steps import Sighting
from atom_shopify_plugin.storage import Job, NewJob, Store
from atom_shopify_plugin.sync import connection, membership, sales
from atom_shopify_plugin.sync.sweeps import put

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.stores.tables import State

__all__ = ["KIND", "WATCHES", "Watch", "run", "upkeep"]

log = logging.getLogger(__name__)

KIND = "watch_"
"""How the kinds of the jobs begin; the name of the watch follows."""

Seen = Iterable[tuple[Subscription, Sighting]]


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked at every so many seconds, for stores in which states.

    One that asks Shopify for much is left out where the host can't tell that somebody waits for it (`costly`).
    """

    every: float
    look: Callable[[Services, Store, Sequence[Subscription]], Seen]
    states: tuple[State, ...] = ("active",)
    costly: bool = False


WATCHES: Mapping[str, Watch] = {
    "audiences": Watch(300.0, membership.look),
    "connection": Watch(300.0, connection.look, ("active", "reauth_required")),
    "sales": Watch(300.0, sales.look, costly=True),
}


def upkeep(services: Services) -> None:
    """Place a job for each store that is due for a look; called about once a minute."""
    if services.host.emit is None:
        return
    wanted = {one.computed.watch for one in computed.subscriptions(services)}
    can_tell = services.host.triggers_in_use() is not None
    installed, now = services.storage.installed, services.storage.now().timestamp()
    for name, watch in WATCHES.items():
        if name not in wanted or (watch.costly and not can_tell):
            continue
        kind = KIND + name
        for at, installation_id in enumerate(installed.unchecked(kind, watch.every, states=watch.states)):
            store = installed.described(installation_id)
            if store is None:
                continue
            new = NewJob(
                kind=kind,
                app=store.app,
                shop=store.shop.name,
                dedupe=f"{store.id}|{store.epoch}|{int(now // (watch.every / 2))}",
                subject=kind,
                installation_id=store.id,
                epoch=store.epoch,
                delay=float(at % 60),
            )
            put(services, new)


def run(services: Services, job: Job) -> None:
    """Look at the store of a job, and emit what follows."""
    name = job.kind.removeprefix(KIND)
    watch = WATCHES[name]
    store = services.storage.installed.described(job.installation_id) if job.installation_id is not None else None
    if store is None or store.state not in watch.states:
        return
    waiting = [one for one in computed.subscriptions(services) if one.computed.watch == name]
    try:
        seen = list(watch.look(services, store, waiting))
    except MissingScope as error:
        log.info("The %s of a store can't be watched: %s", name, error.message)
        seen = []
    events = computed.observe(services, job, store.epoch, seen)
    services.storage.cursors.set(store.id, job.kind)
    for event in events:
        if event.state == "pending":
            triggers.emit(services, event)
