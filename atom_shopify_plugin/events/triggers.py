"""From a stored delivery to events: parsed, compared with its headers, matched with the triggers, emitted.

An event is written before it is emitted and marked afterwards, so that a crash in between emits it again under the
same dedupe key, and never under another. Of the states of a resource an older one is not emitted after a newer one.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.catalog.model import Trigger
from atom_shopify_plugin.errors import Fault, InvalidInput, Unavailable
from atom_shopify_plugin.events import compliance, computed, dedupe, mirrored, origins
from atom_shopify_plugin.events.payloads import (
    LEVELS,
    Resource,
    check_store,
    moment,
    number,
    parse,
    resource,
    says_state,
)
from atom_shopify_plugin.events.shapes import shaped
from atom_shopify_plugin.hookspecs import Event
from atom_shopify_plugin.metrics.families import TRIGGERS
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.shopify.topics import COMPLIANCE
from atom_shopify_plugin.storage import Job, Level, NewEvent, StoredEvent

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services
    from atom_shopify_plugin.storage.stores.installed import Installed
    from atom_shopify_plugin.storage.work.event_table import EventState

__all__ = ["TELL", "UNDECLARED", "deliver", "emit"]

UNDECLARED = "webhook:"
"""Before the topic: the key of an event whose topic no trigger declares, such as ``webhook:carts/update``."""

TELL = "missed"
"""The kind of the jobs that tell of a fact or state that a sweep found: deliveries of a sort, made here."""

_AHEAD = timedelta(minutes=1)  # how far Shopify's clock may be ahead of the database's
_LOCKS = [threading.Lock() for _ in range(64)]


def deliver(services: Services, job: Job) -> None:
    """Work on one delivery; safe to repeat.

    Raise `InvalidInput` for a body that can't be used: it is kept aside for a person to look at.
    """
    if job.body is None:
        return  # erased in the meantime
    topic, storage = job.subject, services.storage
    installed = storage.installed.by_id(job.installation_id) if job.installation_id is not None else None
    if topic not in COMPLIANCE and topic != "app/uninstalled" and _is_past(job, installed):
        storage.jobs.finish(job, "discarded", "It is from before the app was uninstalled.")
        return
    payload = parse(job.body)
    check_store(topic, payload, job.shop, installed)
    if "replayed" not in job.headers and storage.installed.is_of_another_store(job):
        message = "The same body was delivered for another store first: its headers are not genuine."
        raise InvalidInput(message, [Fault("", message, "replay")])
    triggered_at = _triggered_at(job)
    shown = resource(topic, payload, triggered_at)
    if job.kind == TELL and shown is not None and says_state(topic):
        shown = replace(shown, updated_at=triggered_at)  # the end of the second that the payload names
    fires = list(_firing(services, topic, payload))
    handler = compliance.HANDLERS.get(topic)
    if handler is not None and not handler(services, job, payload, triggered_at):
        return
    if topic == LEVELS:
        _keep_level(services, job, payload, triggered_at)
    if installed is not None:
        mirrored.note(services, installed, topic, payload)
    events = _store(services, job, fires, shown, triggered_at)
    if installed is not None and topic not in COMPLIANCE:
        events += computed.store(services, job, installed.epoch, payload, triggered_at)
    for stored in events:
        if stored.state == "pending":
            emit(services, stored)
    crashpoints.at("after_effect")


def _is_past(job: Job, installed: Installed | None) -> bool:
    if installed is None or installed.state == "uninstalled":
        return True
    # The epoch in the headers may be some seconds old; the moments are exact.
    return job.headers.get("epoch") != str(installed.epoch) and job.created_at < installed.installed_at


def _triggered_at(job: Job) -> datetime:
    """Return when the delivery says that it was triggered, at the latest when it came: the header is not signed."""
    said = moment(job.headers.get("triggered_at")) or job.created_at
    return min(said, job.created_at + _AHEAD)


# Which triggers fire


def _firing(services: Services, topic: str, payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of the triggers that fire; raise `InvalidInput` where the payload is not what one declares.

    Both rules are about the payload as the event carries it.
    """
    declared = [trigger for trigger in services.catalog.triggers.values() if trigger.topic == topic]
    for trigger in declared:
        rules = _rules(trigger)
        seen = shaped(trigger, services.catalog.schemas, payload)
        fault = next(rules.payload.iter_errors(seen), None)
        if fault is not None:
            # Only the place: the fault's own text quotes the value.
            message = f"The payload does not fit what {trigger.key} declares at {fault.json_path[:200]}."
            raise InvalidInput(message, [Fault("", message, "payload")])
        if rules.when is None or rules.when.is_valid(seen):
            yield trigger.key
    if not declared and topic not in COMPLIANCE:
        yield UNDECLARED + topic


@dataclass(frozen=True, slots=True)
class _Rules:
    trigger: Trigger
    payload: Draft202012Validator
    when: Draft202012Validator | None


_RULES: dict[int, _Rules] = {}


def _rules(trigger: Trigger) -> _Rules:
    found = _RULES.get(id(trigger))
    if found is None:
        from jsonschema import Draft202012Validator

        when = None if trigger.when is None else Draft202012Validator(trigger.when)
        # It holds the trigger, so that no other can ever have the same id.
        found = _RULES[id(trigger)] = _Rules(trigger, Draft202012Validator(trigger.payload), when)
    return found


# Written, then emitted


def _creating(services: Services, topic: str) -> set[str]:
    """Return the keys of the triggers that show the first state of what a topic is about."""
    first = topic.split("/")[0] + "/create"
    return {trigger.key for trigger in services.catalog.triggers.values() if trigger.topic == first}


def _store(
    services: Services, job: Job, keys: list[str], shown: Resource | None, triggered_at: datetime
) -> list[StoredEvent]:
    """Write the events of a delivery and how new its state is, in one transaction that belongs to this claim."""
    storage, topic, body = services.storage, job.subject, job.body
    if not keys or body is None:
        return []
    swept = job.kind == TELL
    storage.data_keys.cipher(job.app, job.shop)

    def write(session: Session) -> list[StoredEvent]:
        newest = True
        if shown is not None and shown.updated_at is not None and job.installation_id is not None:
            newest = storage.watermarks.advance(
                job.installation_id, shown.name, shown.updated_at, job_id=job.id, session=session
            )
        late: list[str] = []
        if shown is not None and job.installation_id is not None and (swept or topic in dedupe.FACTS | dedupe.UNIQUE):
            # The watermark's row is locked by now: nobody else tells of this resource in the meantime.
            found = storage.events.told(job.installation_id, [shown.name], session)
            told = [one for one in found if one.dedupe_key != job.dedupe]  # not what this job wrote before it died
            if swept and dedupe.is_known(job.subject, triggered_at, told, keys, _creating(services, job.subject)):
                return []
            if not swept:
                late = [key for key in keys if dedupe.is_late(topic, key, triggered_at, told)]
        state: EventState = "pending" if newest or not says_state(job.subject) else "superseded"
        events = [
            NewEvent(
                trigger=key,
                dedupe_key=job.dedupe,
                app=job.app,
                shop=job.shop,
                payload=body,
                installation_id=job.installation_id,
                resource=shown.name if shown is not None else None,
                resource_updated_at=shown.updated_at if shown is not None else None,
                state="superseded" if key in late else state,
            )
            for key in keys
        ]
        return [storage.events.put(event, job=job, session=session) for event in events]

    stored = storage.write(write)
    crashpoints.at("after_event_stored")
    return stored


def emit(services: Services, event: StoredEvent) -> bool:
    """Hand a pending event to the host, unless a newer state of its resource was handed over already.

    Return whether it was emitted. Raise `Unavailable` where there is no host, and whatever the host raises.
    """
    if event.payload is None:
        services.storage.events.mark(event.id, "skipped")
        return False
    send = services.host.emit
    if send is None:
        raise Unavailable("No host is there to take events.", retry_after=5.0)
    services.storage.feed.tell()
    payload = parse(event.payload)
    origin = origins.cause(services.storage, event, payload)
    catalog = services.catalog
    trigger = catalog.triggers.get(event.trigger) or catalog.computed.get(event.trigger)
    parameters = payload.get("parameters") if trigger is not None and trigger.computed is not None else None
    if trigger is not None:
        payload = shaped(trigger, services.catalog.schemas, payload)
    key = f"{event.installation_id}|{event.resource or event.id}"
    shows_state = _shows_state(services, event)
    # Two states of one resource must not overtake each other between the look and the handing over. Where they do in
    # two processes, the host drops the older one.
    with _LOCKS[zlib.crc32(key.encode()) % len(_LOCKS)]:
        if shows_state and _is_old(services, event):
            services.storage.events.mark(event.id, "superseded")
            return False
        as_of = event.resource_updated_at if shows_state else None
        dedupe_key = f"{event.trigger}|{event.dedupe_key}"
        send(Event(event.trigger, payload, dedupe_key, event.shop, event.resource, as_of, origin, parameters))
        crashpoints.at("after_emit")
        services.storage.events.mark(event.id, "emitted")
        services.storage.meter.count(TRIGGERS, event.trigger if trigger is not None else "(undeclared)")
    return True


def _shows_state(services: Services, event: StoredEvent) -> bool:
    trigger = services.catalog.triggers.get(event.trigger)
    return says_state(trigger.topic if trigger is not None else event.trigger.removeprefix(UNDECLARED))


def _is_old(services: Services, event: StoredEvent) -> bool:
    if event.resource is None or event.resource_updated_at is None or event.installation_id is None:
        return False
    newest = services.storage.watermarks.get(event.installation_id, event.resource)
    return newest is not None and newest > event.resource_updated_at


def _keep_level(services: Services, job: Job, payload: Mapping[str, Any], triggered_at: datetime) -> None:
    item, location = number(payload.get("inventory_item_id")), number(payload.get("location_id"))
    available = payload.get("available")
    if item is None or location is None or job.installation_id is None:
        return
    level = Level(
        int(item),
        int(location),
        available if isinstance(available, int) else None,
        moment(payload.get("updated_at")) or triggered_at,
    )
    services.storage.levels.apply(job.installation_id, [level])
