"""Who enters audiences and who leaves them: what the triggers about that are computed from.

A look writes down who is in an audience now. What differs from the look before is told to each subscription that has
not heard of it yet.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.analytics.audiences import Membership
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import NotSynced
from atom_shopify_plugin.events.computed import Subscription
from atom_shopify_plugin.events.payloads import moment
from atom_shopify_plugin.events.steps import Sighting
from atom_shopify_plugin.shopify.ids import gid
from atom_shopify_plugin.storage.insight.audiences import Audience, folded

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage import Store

__all__ = ["MOST", "look"]

log = logging.getLogger(__name__)

MOST = 50_000
"""Members of an audience that is watched."""


def look(services: Services, store: Store, waiting: Sequence[Subscription]) -> Iterator[tuple[Subscription, Sighting]]:
    """Yield who entered or left the audiences that subscriptions name, or all audiences."""
    storage = services.storage
    with storage.read() as session:
        audiences = storage.audiences.of(session, store.id)
    for audience in audiences:
        meant = [one for one in waiting if _is_meant(one, audience)]
        members = _members(services, store, audience) if meant else None
        if members is None:
            continue
        with storage.begin() as session:
            mirror = storage.mirrors.lock(session, store)
            looked_at = storage.audiences.observe(session, mirror, audience.id, members)
        for one in meant:
            subject = f"audiences/{audience.id}"
            held = storage.trigger_states.read(store.id, one.id, store.epoch).get(subject)
            told = None if held is None else moment(held.values["until"])
            if told is not None and held is not None and (held.expires_at is None or held.expires_at > looked_at):
                entered = one.computed.rule == "audience_entered"
                with storage.read() as session:
                    found = storage.audiences.changes(session, mirror, audience.id, told, entered=entered)
                for customer, at in found:
                    yield (
                        one,
                        Sighting(f"{subject}/customers/{customer}", at, _body(audience, customer, at.isoformat())),
                    )
            yield one, Sighting(subject, looked_at, {"until": looked_at.isoformat()})


def _is_meant(one: Subscription, audience: Audience) -> bool:
    named = one.parameters["audience"]
    return not named or named == audience.id or folded(named) == folded(audience.name)


def _members(services: Services, store: Store, audience: Audience) -> list[int] | None:
    """Return who is in an audience; None where that can't be known, or are too many."""
    storage = services.storage
    try:
        with storage.read() as session:
            view = View.of(storage, store, session, ("orders", "customers"))
            members = Membership(view, audience.match, audience.rules).all(MOST)
    except NotSynced:
        return None
    if len(members) > MOST:
        log.warning("An audience has more than %d members: who enters or leaves it is not told.", MOST)
        return None
    return members


def _body(audience: Audience, customer: int, at: str) -> dict[str, Any]:
    about = {"id": audience.id, "name": audience.name}
    return {"customer_id": gid("Customer", customer), "audience": about, "noticed_at": at}
