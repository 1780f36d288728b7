"""Computed triggers whose time has come: the thing is read as it stands now, and judged.

What a trigger waits for may have happened without a delivery. Nothing is told of an order that is paid by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.events import computed, triggers
from atom_shopify_plugin.events.payloads import moment
from atom_shopify_plugin.events.rules import Sighting
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.storage import Job, NewJob
from atom_shopify_plugin.stores.shop import Shop
from atom_shopify_plugin.sync import snapshots
from atom_shopify_plugin.sync.sweeps import put, shop_of, store_of

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["KIND", "run", "upkeep"]

KIND = "due"
_KINDS: Mapping[str, tuple[str, Callable[[Shop, str], dict[str, Any] | None]]] = {
    "orders": ("Order", snapshots.order),
    "checkouts": ("AbandonedCheckout", snapshots.checkout),
}


def upkeep(services: Services) -> None:
    """Place a job for each thing whose time has come; called about once a minute."""
    if services.host.emit is None:
        return
    for due in services.storage.trigger_states.due():
        installed = services.storage.installed.by_id(due.installation_id)
        if installed is None:
            continue
        at = due.due_at.isoformat()
        new = NewJob(
            kind=KIND,
            app=installed.app,
            shop=installed.shop,
            dedupe=f"{due.installation_id}|{due.epoch}|{due.subscription}|{due.subject}|{at}",
            subject=KIND,
            headers={"subscription": due.subscription, "subject": due.subject, "due_at": at},
            installation_id=due.installation_id,
            epoch=due.epoch,
        )
        put(services, new)


def run(services: Services, job: Job) -> None:
    """Look at the thing that a job names, and emit what follows."""
    store, due_at = store_of(services, job), moment(job.headers["due_at"])
    subject = job.headers["subject"]
    name, _, digits = subject.partition("/")
    one = next((one for one in computed.subscriptions(services) if one.id == job.headers["subscription"]), None)
    if store is None or due_at is None:
        return
    if one is None:
        # Nobody waits for it any more.
        services.storage.trigger_states.forget(store.id, [subject], subscription=job.headers["subscription"])
        return
    kind, snapshot = _KINDS[name]
    payload = snapshot(shop_of(services, store), gid(kind, digits))
    seen = Sighting(subject, due_at, payload or {})
    for event in computed.look_again(services, job, one, seen, gone=payload is None):
        if event.state == "pending":
            triggers.emit(services, event)
