"""The subscriptions of each store, wanted by triggers in use and by people: compared on connect and each hour."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.events import mirrored, subscriptions
from atom_shopify_plugin.events.payloads import LEVELS
from atom_shopify_plugin.hookspecs import Check, Principal
from atom_shopify_plugin.shopify.topics import COMPLIANCE
from atom_shopify_plugin.storage import Cursor, ExtraSubscription, Job, NewJob, Store
from atom_shopify_plugin.storage.calls.notes import note

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["KIND", "STREAM", "Subscribing", "extra_body", "run", "upkeep"]

log = logging.getLogger(__name__)

KIND = "subscriptions"
STREAM = "subscriptions"
PATH = "/api/shopify/webhooks"
EVERY = 3600.0  # seconds between two looks at a store
_UNSIGNED = "The secret of the app whose token was pasted is not known: its deliveries could not be checked."
# What the plugin wants for itself: to know when a connection ends, what it may do, when the store's days begin, and
# what is in stock.
_OWN = frozenset({"app/uninstalled", "app/scopes_update", "shop/update", LEVELS})
_SLOT = 600.0  # seconds in which a store that is due is asked for once


class Subscribing:
    """Keeps the subscriptions of all stores of one plugin as they should be."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def address(self) -> str | None:
        """Where Shopify delivers to; None while the host has no address that Shopify would take."""
        settings = self._services.settings
        url = settings.public_url + PATH
        return url if url.startswith("https://") or settings.endpoint is not None else None

    def schedule(self, installation_id: str, reason: str, *, delay: float = 0.0) -> bool:
        """Have a store's subscriptions compared soon; False where the same `reason` asked for it already."""
        installed = self._services.storage.installed.by_id(installation_id)
        if installed is None:
            return False
        new = NewJob(
            kind=KIND,
            app=installed.app,
            shop=installed.shop,
            dedupe=f"{installation_id}|{installed.epoch}|{reason}",
            subject=KIND,
            installation_id=installation_id,
            epoch=installed.epoch,
            delay=delay,
        )
        return self._services.put_job(new).new

    def add(
        self,
        principal: Principal,
        store: Store,
        topic: str,
        *,
        filter: str = "",  # noqa: A002  # Shopify's word
        include_fields: Sequence[str] = (),
        request_id: str | None = None,
    ) -> ExtraSubscription:
        """Subscribe a store to a further topic, soon; raise `Conflict` where that was asked for already."""
        storage = self._services.storage
        made = storage.subscriptions.add(
            store.id, topic, filter=filter, include_fields=include_fields, created_by=principal.subject
        )
        note(
            storage.audit,
            principal,
            store,
            "subscription_add",
            target=made.id,
            after=extra_body(made),
            request_id=request_id,
        )
        self.schedule(store.id, f"added {made.id}")
        return made

    def remove(self, principal: Principal, store: Store, subscription_id: str, request_id: str | None = None) -> None:
        """Take back what `add` did; raise `NotFound`."""
        storage = self._services.storage
        if not storage.subscriptions.remove(store.id, subscription_id):
            raise NotFound("This store has no subscription of yours with that id.")
        note(storage.audit, principal, store, "subscription_remove", target=subscription_id, request_id=request_id)
        self.schedule(store.id, f"removed {subscription_id}")

    def connected(self, store: Store) -> None:
        """Have the subscriptions of a store that has just been connected made, where there is a host to deliver to."""
        if self._services.host.emit is not None:
            self.schedule(store.id, f"connected {store.token_version}")

    def sweep(self, limit: int = 500) -> int:
        """Have the stores compared that have not been for an hour; return how many. Any process may do it."""
        if self._services.host.emit is None or self.address is None:
            return 0
        slot = int(time.time() // _SLOT)
        due = self._services.storage.installed.unchecked(STREAM, EVERY, limit)
        # Not all at once: they share the minute that follows.
        return sum(self.schedule(one, f"due {slot}", delay=float(at % 60)) for at, one in enumerate(due))

    def wishes(self, store: Store) -> tuple[list[subscriptions.Wanted], dict[str, str]]:
        """Return what a store should be subscribed to, and why the rest can't be had, by topic."""
        used = self._services.host.triggers_in_use()
        declared = self._services.catalog.triggers.values()
        topics = {trigger.topic for trigger in declared if used is None or trigger.key in used or trigger.topic in _OWN}
        for trigger in self._services.catalog.computed.values():
            if trigger.computed is not None and (used is None or trigger.key in used):
                topics.update(trigger.computed.feeds)
        if self._services.storage.mirrors.get(store.id) is not None:
            topics |= mirrored.TOPICS  # what is copied is read again when it changes
        topics -= COMPLIANCE  # they come without a subscription
        extras = self._services.storage.subscriptions.list(store.id)
        return subscriptions.wanted(topics, extras, store.granted_scopes)

    def reconcile(self, store: Store) -> subscriptions.Report | None:
        """Compare and mend now; None where nothing can be delivered, for want of an address or of a secret."""
        storage = self._services.storage
        address = self.address
        if address is None:
            return None
        if not self.can_verify(store):
            storage.cursors.set(store.id, STREAM, position=orjson.dumps({"missing": {"*": _UNSIGNED}}).decode())
            return None
        wishes, missing = self.wishes(store)
        shop = self._services.open_shop(store)
        report = subscriptions.reconcile(shop, wishes, address)
        for extra in storage.subscriptions.list(store.id):
            remote = report.remote.get(extra.topic)
            if extra.remote_id != remote:
                storage.subscriptions.set_remote(extra.id, remote)
        # What was made on connecting, or because of another trigger, is no drift: it could not have been there.
        topics = sorted({wish.topic.name for wish in wishes} - report.refused.keys())
        drift = report.drift(topics, _last(storage.cursors.get(store.id, STREAM)).get("wanted", ()))
        position = orjson.dumps({"refused": report.refused, "missing": missing, "wanted": topics}).decode()
        storage.cursors.set(store.id, STREAM, position=position, drift=drift)
        if drift:
            log.warning("%d webhook subscriptions of a store had to be mended.", drift)
        return report

    def can_verify(self, store: Store) -> bool:
        """Return whether deliveries for a store could be checked: the secret of its app is known."""
        settings = self._services.settings
        if store.app == settings.api_key and settings.api_secret:
            return True
        stored = self._services.storage.tokens.read(store.id)
        return stored is not None and stored.client_secret is not None

    def check(self) -> Check:
        """Return how the subscriptions of all stores are, for health."""
        storage = self._services.storage
        found = storage.installed.subscription_state()
        oldest = found.pop("oldest")
        figures = {**found, "oldest_seconds": round((storage.now() - oldest).total_seconds()) if oldest else 0}
        if found["active"] and self.address is None:
            detail = "Shopify delivers to https addresses only: set ATOM_SHOPIFY_PUBLIC_URL to one to get events."
            return Check("webhooks", "ok", detail, figures)
        troubles = [
            (figures["oldest_seconds"] > 3 * EVERY, "some stores were not looked at for hours"),
            (found["drift"], f"{found['drift']} subscriptions had changed at Shopify and were mended"),
            (found["refused"], f"{found['refused']} stores refuse some topics"),
        ]
        wrong = [words for condition, words in troubles if condition]
        if wrong:
            return Check("webhooks", "degraded", f"Webhook subscriptions: {', '.join(wrong)}.", figures)
        return Check(
            "webhooks", "ok", f"The webhook subscriptions of {found['checked']} stores are as wanted.", figures
        )

    def overview(self, store: Store) -> dict[str, Any]:
        """Return the state of a store's subscriptions for people: wanted, extra, refused, and the last look."""
        storage = self._services.storage
        cursor = storage.cursors.get(store.id, STREAM)
        last = _last(cursor)
        wishes, missing = self.wishes(store)
        return {
            "address": self.address,
            "topics": [
                {"topic": wish.topic.name, "filter": wish.filter or None, "include_fields": list(wish.include_fields)}
                for wish in wishes
            ],
            "extra": [extra_body(extra) for extra in storage.subscriptions.list(store.id)],
            "not_available": {**last.get("missing", {}), **missing, **last.get("refused", {})},
            "checked_at": cursor.last_run.isoformat(timespec="seconds") if cursor and cursor.last_run else None,
            "drift": cursor.drift if cursor is not None else None,
        }


def _last(cursor: Cursor | None) -> dict[str, Any]:
    """Return what the last comparison left behind."""
    return orjson.loads(cursor.position) if cursor is not None and cursor.position else {}


def extra_body(extra: ExtraSubscription) -> dict[str, Any]:
    """Return a subscription that somebody asked for, as people see it."""
    return {
        "id": extra.id,
        "topic": extra.topic,
        "filter": extra.filter or None,
        "include_fields": list(extra.include_fields),
        "created_by": extra.created_by,
        "created_at": extra.created_at.isoformat(timespec="seconds"),
        "subscription_id": extra.remote_id,
    }


def run(services: Services, job: Job) -> None:
    """Compare and mend the subscriptions of the job's store."""
    store = services.storage.installed.store(job.installation_id) if job.installation_id is not None else None
    if store is not None:
        Subscribing(services).reconcile(store)


def upkeep(services: Services) -> None:
    """Have due stores compared; called about once a minute."""
    Subscribing(services).sweep()
