"""How well a store is connected: its token, its scopes, the version of the API, and whether webhooks come.

Each reason is told by itself, as `degraded`, `ok`, or `unknown` where nothing says either. A look asks Shopify nothing:
it reads what the calls, sweeps and deliveries of the last hours have left behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.events.computed import Subscription
from atom_shopify_plugin.events.rules import Sighting
from atom_shopify_plugin.events.subscribing import STREAM
from atom_shopify_plugin.settings import DEFAULT_API_VERSION
from atom_shopify_plugin.shopify.versions import supported_until
from atom_shopify_plugin.stores.resolve import connect_url
from atom_shopify_plugin.sync import changes, stock

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store

__all__ = ["look"]

Found = tuple[str, str, str]  # state, detail, remedy
_FINE: Found = ("ok", "", "")
_UNKNOWN: Found = ("unknown", "", "")


def look(services: Services, store: Store, waiting: Sequence[Subscription]) -> Iterator[tuple[Subscription, Sighting]]:
    """Yield how each part of the connection is, for each subscription."""
    now = services.storage.now()
    shared = {
        "token": _token(services, store, now),
        "scopes": _scopes(services, store),
        "api_version": _version(services, now),
        "webhooks_removed": _removed(services, store),
    }
    for one in waiting:
        found = {**shared, "webhooks_silent": _silent(services, store, now, one.parameters["silent_hours"])}
        for reason, (state, detail, remedy) in found.items():
            body: dict[str, Any] = {"reason": reason, "state": state, "detail": detail, "remedy": remedy}
            yield one, Sighting(f"connection/{reason}", now, body)


def _token(services: Services, store: Store, now: datetime) -> Found:
    again = f"Connect the store again: {connect_url(services.settings, store.shop)}"
    if store.attention:
        return "degraded", "The stored token can't be decrypted.", f"Bring its key back. {again}"
    end = store.refresh_expires_at
    if end is None and store.token_kind != "client_credentials":  # noqa: S105  # the kind, not a token
        end = store.expires_at
    if end is not None and end <= now:
        return "degraded", "The access token has expired.", again
    if store.state == "reauth_required":
        return "degraded", "Shopify no longer accepts the access token.", again
    return _FINE


def _scopes(services: Services, store: Store) -> Found:
    missing = sorted(services.settings.scopes - store.granted_scopes)
    if not missing:
        return _FINE
    detail = f"The store has not granted {', '.join(missing)}."
    return "degraded", detail, f"Its owner grants them here: {connect_url(services.settings, store.shop)}"


def _version(services: Services, now: datetime) -> Found:
    asked, served = services.settings.api_version, services.client.served_version
    remedy = f"Set SHOPIFY_API_VERSION to {DEFAULT_API_VERSION}."
    until = supported_until(asked)
    if until is not None and until < now.date():
        return "degraded", f"Shopify has not served version {asked} of its API since {until}.", remedy
    if served is not None and served != asked:
        return "degraded", f"Version {asked} of the API is asked for, and Shopify serves {served}.", remedy
    if until is not None and asked < DEFAULT_API_VERSION:
        return "degraded", f"Version {asked} of the API is older than the one the plugin is made for.", remedy
    # Every process knows what Shopify served to itself alone.
    return _UNKNOWN if served is None else _FINE


def _removed(services: Services, store: Store) -> Found:
    cursor = services.storage.cursors.get(store.id, STREAM)
    if cursor is None or cursor.last_run is None:
        return _UNKNOWN
    if not cursor.drift:
        return _FINE
    detail = f"{cursor.drift} webhook subscriptions had been removed or changed at Shopify; they were made again."
    remedy = "See that the address of the webhooks answers: Shopify removes subscriptions whose deliveries fail."
    return "degraded", detail, remedy


def _silent(services: Services, store: Store, now: datetime, hours: float) -> Found:
    """Tell whether sweeps find changes while no delivery comes."""
    since = now - timedelta(hours=hours)
    last = services.storage.jobs.list(installation_ids=[store.id], kind="delivery", limit=1)
    if last and last[0].created_at >= since:
        return _FINE
    if store.connected_at > since or _is_unwanted(services, store):
        return _UNKNOWN
    cursors = [services.storage.cursors.get(store.id, name) for name in (stock.STREAM, *changes.STREAMS)]
    missed = sum(one.drift for one in cursors if one is not None and one.last_run is not None and one.last_run > since)
    if not missed:
        return _UNKNOWN
    detail = f"No webhook has come for {hours:g} hours, and searches found {missed} changes that none told of."
    remedy = (
        "See that ATOM_SHOPIFY_PUBLIC_URL names the address under which Shopify reaches this host, and that the "
        "client secret is that of the app."
    )
    return "degraded", detail, remedy


def _is_unwanted(services: Services, store: Store) -> bool:
    """Return whether no subscription is to be there: then silence is no wonder."""
    cursor = services.storage.cursors.get(store.id, STREAM)
    last = orjson.loads(cursor.position) if cursor is not None and cursor.position else {}
    return "*" in last.get("missing", {})
