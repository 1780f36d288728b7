"""Triggers that Shopify has no topic for: found by rules over deliveries, and over time.

A subscription is a computed trigger with its parameters; subscriptions with the same parameters are one. What a rule
remembers of a thing is read, changed and written in the transaction that writes the event, under a lock of its row: a
crossing is told once, whichever process sees it, however often it is delivered and whatever dies in between. An older
state than the remembered one changes nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from atom_shopify_plugin.catalog.model import Computed, Trigger
from atom_shopify_plugin.events.rules import RULES, Rule, Sighting, Step
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.storage import Job, LeaseLost, NewEvent, StoredEvent
from atom_shopify_plugin.storage.work.trigger_states import State

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from atom_shopify_plugin.services import Services

__all__ = ["Subscription", "look_again", "observe", "store", "subscriptions"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A computed trigger with all of its parameters; `id` names both."""

    id: str
    trigger: Trigger
    computed: Computed
    parameters: Mapping[str, Any]

    @property
    def rule(self) -> Rule:
        return RULES[self.computed.rule]


def subscriptions(services: Services, topic: str | None = None) -> Iterator[Subscription]:
    """Yield the subscriptions that something waits for, all of them or those that a topic feeds."""
    fed = [
        (trigger, trigger.computed)
        for trigger in services.catalog.computed.values()
        if trigger.computed is not None and (topic is None or topic in trigger.computed.feeds)
    ]
    used = services.host.triggers_in_use() if fed else None
    for trigger, computed in fed:
        if used is not None and trigger.key not in used:
            continue
        given = services.host.trigger_parameters(trigger.key)
        found: dict[str, Subscription] = {}
        for parameters in [{}] if given is None else given:
            one = _subscription(trigger, computed, parameters)
            if one is not None:
                found[one.id] = one
        yield from found.values()


def _subscription(trigger: Trigger, computed: Computed, given: Mapping[str, Any]) -> Subscription | None:
    from jsonschema import Draft202012Validator

    parameters = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in sorted({**computed.defaults, **given}.items())
    }
    if not Draft202012Validator(computed.parameters).is_valid(parameters):
        log.warning("A subscription to %s has parameters that its manifest does not allow.", trigger.key)
        return None
    named = hashlib.sha256(orjson.dumps(parameters, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]
    return Subscription(f"{trigger.key}:{named}", trigger, computed, parameters)


def store(
    services: Services, job: Job, epoch: int, payload: Mapping[str, Any], triggered_at: datetime
) -> list[StoredEvent]:
    """Take note of what a delivery says, and write the events that follow; safe to repeat.

    `epoch` is that of the installation. Raise `LeaseLost` where the job is somebody else's by now.
    """
    seen = [
        (one, sighting)
        for one in subscriptions(services, job.subject)
        if (sighting := one.rule.notice(job.subject, payload, triggered_at)) is not None
    ]
    return observe(services, job, epoch, seen)


def observe(
    services: Services, job: Job, epoch: int, sightings: Iterable[tuple[Subscription, Sighting]]
) -> list[StoredEvent]:
    """Take note of what was seen for each subscription, and write the events that follow; safe to repeat.

    Raise `LeaseLost` where the job is somebody else's by now.
    """
    # One order for everybody: two processes never wait for each other's rows.
    seen = sorted(sightings, key=lambda pair: (pair[0].id, pair[1].subject))
    if not seen:
        return []

    def write(session: Session) -> list[StoredEvent]:
        ledger = _Ledger(services, session, job, epoch)
        told = (ledger.advance(one, sighting) for one, sighting in seen)
        return [event for event in told if event is not None]

    services.storage.data_keys.cipher(job.app, job.shop)
    stored = services.storage.write(write, point="computed")
    crashpoints.at("computed_after_commit")
    return stored


def look_again(
    services: Services, job: Job, one: Subscription, due: Sighting, *, gone: bool = False
) -> list[StoredEvent]:
    """Judge a thing whose time has come by what it is like now; safe to repeat.

    `due` holds the moment for which the look was planned, and the thing as it stands. Raise `LeaseLost`.
    """

    def write(session: Session) -> list[StoredEvent]:
        event = _Ledger(services, session, job, job.epoch).due(one, due, gone=gone)
        return [] if event is None else [event]

    services.storage.data_keys.cipher(job.app, job.shop)
    return services.storage.write(write)


class _Ledger:
    """What is remembered, and the events, within one transaction that belongs to a claim of a job."""

    def __init__(self, services: Services, session: Session, job: Job, epoch: int) -> None:
        self._storage = services.storage
        self._session = session
        self._job = job
        self._epoch = epoch
        if not self._storage.jobs.held(session, job):
            raise LeaseLost

    def advance(self, one: Subscription, sighting: Sighting) -> StoredEvent | None:
        earlier = self._earlier(one, sighting)
        if earlier is not None:
            return earlier
        state = self._locked(one, sighting)
        if state is not None and state.as_of is not None and sighting.at < state.as_of:
            return None
        memory = None if state is None else state.values
        return self._settle(one, sighting, one.rule.step(sighting, one.parameters, memory))

    def due(self, one: Subscription, due: Sighting, *, gone: bool) -> StoredEvent | None:
        earlier = self._earlier(one, due)
        if earlier is not None:
            return earlier
        state = self._locked(one, due)
        if state is None or gone:
            return self._settle(one, due, Step(None))
        if state.due_at != due.at:
            return None  # it has been put off, or looked at
        return self._settle(one, due, one.rule.due(due.body, one.parameters, state.values))

    def _earlier(self, one: Subscription, sighting: Sighting) -> StoredEvent | None:
        """Return the event that this job wrote before it died."""
        return self._storage.events.find(self._session, one.trigger.key, self._dedupe(one, sighting))

    def _locked(self, one: Subscription, sighting: Sighting) -> State | None:
        return self._storage.trigger_states.lock(self._session, *self._row(one, sighting), self._epoch)

    def _settle(self, one: Subscription, sighting: Sighting, step: Step) -> StoredEvent | None:
        row = self._row(one, sighting)
        if step.state is None:
            self._storage.trigger_states.drop(self._session, *row)
        else:
            expires = None if step.keep is None else self._storage.now(self._session) + step.keep
            kept = State(step.state, sighting.at, step.due_at, expires)
            self._storage.trigger_states.put(self._session, *row, self._epoch, kept)
        if step.fires is None:
            return None
        body = {**sighting.body, **step.fires, "parameters": dict(one.parameters)}
        new = NewEvent(
            trigger=one.trigger.key,
            dedupe_key=self._dedupe(one, sighting),
            app=self._job.app,
            shop=self._job.shop,
            payload=orjson.dumps(body),
            installation_id=self._job.installation_id,
            resource=sighting.subject,
            resource_updated_at=sighting.at,
        )
        return self._storage.events.put(new, job=self._job, session=self._session)

    def _row(self, one: Subscription, sighting: Sighting) -> tuple[str, str, str]:
        return str(self._job.installation_id), one.id, sighting.subject

    def _dedupe(self, one: Subscription, sighting: Sighting) -> str:
        return f"{one.id}|{sighting.subject}|{self._job.dedupe}"
