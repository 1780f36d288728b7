"""Accepted work: following what Shopify does in the background until it ends, and telling what became of it.

An action whose handler answers `Pending` is stored as an operation before anything else happens. The caller's thread
looks at it for a second; after that a job looks, is put off and looks again, so that no thread waits. Looks only read,
and the write itself is never sent again: a process that dies costs a look. The end, its verification and the audit
entry are written in one transaction.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.actions.paging import PageTokens
from atom_shopify_plugin.actions.proof import Prover
from atom_shopify_plugin.actions.reads import ReadRunner
from atom_shopify_plugin.actions.trail import target
from atom_shopify_plugin.catalog.fields import chosen
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import (
    Conflict,
    Forbidden,
    OutcomeUnknown,
    PluginError,
    StoreNotConnected,
    Unavailable,
    unexpected,
)
from atom_shopify_plugin.events.origins import note
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.storage.calls.operations import Ending, NewOperation, Operation
from atom_shopify_plugin.storage.work.job_table import Job, LeaseLost, NewJob
from atom_shopify_plugin.stores.acting import Acting

if TYPE_CHECKING:
    from atom_shopify_plugin.services import PutJob, Services
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["KIND", "Begun", "Follower", "run", "upkeep"]

log = logging.getLogger(__name__)

KIND = "operation"
_SOON = (0.05, 0.1, 0.15, 0.2, 0.25, 0.25)
"""Seconds between the looks in the caller's thread, which wait for one second together."""

_REFUSED_PAUSE = 60.0  # seconds until the next look where the person may not go on
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.2, 60.0
_SILENT = timedelta(minutes=3)  # longer than any pause: nobody follows it
_GIVEN_UP = "Its outcome could not be determined in time. Check the store."
_STOPPED = (
    "It is no longer tracked. Shopify accepted the write and may still complete it. Check the store before you "
    "repeat it."
)


@dataclass(frozen=True, slots=True)
class Begun:
    """What Shopify has taken: what `Follower.begin` follows it with. A long read has no entry in the audit log."""

    action: Action
    call: Call
    shop: Shop
    checked: Mapping[str, Any]
    before: Any
    audit_id: str | None
    call_id: str | None = None


class Follower:
    """Follows operations to their end.

    `put_job` places the job that looks; `ended` tells whoever waits in this process that an operation has ended.
    """

    def __init__(
        self, *, catalog: Catalog, storage: Storage, prover: Prover, put_job: PutJob, ended: Callable[[str], None]
    ) -> None:
        self._catalog = catalog
        self._storage = storage
        self._prover = prover
        self._put_job = put_job
        self._ended = ended

    @classmethod
    def of(cls, services: Services) -> Follower:
        """Return the one that background work uses."""
        storage = services.storage
        reader = ReadRunner(PageTokens(lambda: storage.keys.mac_keys("page token")))
        return cls(
            catalog=services.catalog,
            storage=storage,
            prover=Prover(services.catalog, Inputs(), reader),
            put_job=services.put_job,
            ended=services.host.operation_ended,
        )

    def begin(self, begun: Begun, pending: Pending) -> Outcome | Accepted:
        """Follow a write that Shopify has just taken: return its outcome if it ends at once, else its operation.

        Raise `NothingDone` where it ends at once without an effect, and what the storage raises where the operation
        can't be stored.
        """
        call = begun.call
        operation = self._storage.operations.begin(
            NewOperation(
                principal=call.principal,
                store=begun.shop.store,
                action=begun.action.key,
                input=begun.checked,
                before=begun.before,
                look=pending.look,
                audit_id=begun.audit_id,
                call_id=begun.call_id,
                request_id=call.request_id,
                origin=call.origin,
            )
        )
        crashpoints.at("operation_after_store")
        ended = False
        try:
            ended = self._soon(operation, begun)
        except Exception as error:  # noqa: BLE001  # the operation is stored: whatever fails here, a job follows it
            if not isinstance(error, PluginError):
                unexpected(error, call.request_id)
        if ended:
            return self.answer(self._storage.operations.find(operation.id) or operation, replayed=False)
        age = (self._storage.now() - operation.created_at).total_seconds()
        self._place(operation, _pause(age, pending.pause))
        crashpoints.at("operation_after_job")
        return self.answer(operation, replayed=False)

    def answer(self, operation: Operation, *, replayed: bool) -> Outcome | Accepted:
        """Return what is known of an operation now: its outcome, or itself while it goes on; raise its error."""
        meta: dict[str, Any] = {"shop": operation.shop, "operation_id": operation.id}
        meta |= {"audit_id": operation.audit_id} if operation.audit_id else {}  # what only reads has no audit entry
        meta |= {"replayed": True} if replayed else {}
        if not operation.ended:
            return Accepted(operation.as_dict(), meta)
        if operation.state == "succeeded" and operation.content:
            return Outcome(operation.content.get("data"), None, {**operation.content.get("meta", {}), **meta})
        error = operation.content.get("error") or {"message": _GIVEN_UP}
        details = {**error.get("details", {}), "operation_id": operation.id}
        kind = NothingDone if operation.state == "failed" else OutcomeUnknown
        raise kind(str(error["message"]), details=details)

    def look(self, operation: Operation, shop: Shop, job: Job | None = None) -> float | None:
        """Look at an operation once: return the seconds until the next look, None once it has ended.

        Raise `StoreNotConnected` where the store can't be asked any more, and `LeaseLost`.
        """
        action, content = self._catalog.actions.get(operation.action), operation.content
        if action is None or action.poll is None or "look" not in content:
            self._give_up(operation, "The data needed to check it no longer exists.", job)
            return None
        if self._storage.now() >= operation.expires_at:
            self._give_up(operation, _GIVEN_UP, job)
            return None
        age = (self._storage.now() - operation.created_at).total_seconds()
        crashpoints.at("operation_before_look")
        try:
            found = _poll(action, shop, content["look"], content["input"])
        except NothingDone as error:
            self._end(operation, _failed(error), job)
            return None
        except (StoreNotConnected, LeaseLost):
            raise
        except Forbidden as error:
            # What it would do next is not allowed any more, or not now.
            self._storage.operations.progress(operation.id, message=f"It waits: {error.message}", job=job)
            return max(_REFUSED_PAUSE, _pause(age, _REFUSED_PAUSE))
        except PluginError as error:
            # That nobody can look now says nothing about the work.
            self._storage.operations.progress(
                operation.id, message=f"Shopify can't be reached at the moment ({error.code}).", job=job
            )
            return max(error.retry_after or 0.0, _pause(age, 1.0))
        crashpoints.at("operation_after_look")
        if isinstance(found, Pending):
            self._storage.operations.progress(
                operation.id, look=found.look, done=found.done, total=found.total, message=found.message, job=job
            )
            return _pause(age, found.pause)
        self._succeed(operation, action, shop, found, job)
        return None

    def cancel(self, operation: Operation) -> None:
        """Follow an operation no more; raise `Conflict` where it has ended otherwise."""
        error = OutcomeUnknown(_STOPPED, details={"action": operation.action})
        ending = Ending("cancelled", error=error.as_dict(), audit={"outcome": OutcomeUnknown.code})
        if not self._end(operation, ending, None):
            found = self._storage.operations.find(operation.id)
            state = "gone" if found is None else found.state
            if state != "cancelled":
                raise Conflict(f"This operation has already finished: it is {state}.", details={"state": state})

    def follow_again(self, operation: Operation) -> None:
        """See to it that somebody follows an operation that nobody has looked at for long."""
        job = self._storage.jobs.find(KIND, operation.id)
        dead = job is not None and job.state in ("dead", "discarded", "quarantined")
        if dead or self._storage.now() >= operation.expires_at:
            self._give_up(operation, _GIVEN_UP, None)
        elif job is None:
            self._place(operation, 0.0)

    def _soon(self, operation: Operation, begun: Begun) -> bool:
        """Look at an operation for a second; return whether it has ended."""
        until = time.monotonic() + sum(_SOON)
        for pause in _SOON:
            begun.shop.pause(pause)
            current = self._storage.operations.find(operation.id)
            if current is None or current.ended or self.look(current, begun.shop) is None:
                return True
            if time.monotonic() > until:
                break
        return False

    def _place(self, operation: Operation, delay: float) -> None:
        new = NewJob(
            kind=KIND,
            app=operation.app,
            shop=operation.shop,
            dedupe=operation.id,
            subject=operation.action,
            installation_id=operation.store_id,
            delay=delay,
        )
        try:
            self._put_job(new)
        except Unavailable:
            log.warning(
                "The job that tracks operation %s could not be queued; it will be queued again soon.", operation.id
            )

    def _succeed(self, operation: Operation, action: Action, shop: Shop, data: Any, job: Job | None) -> None:
        content = operation.content
        if action.effect == "read":
            fields = content["input"].get("fields")
            data = data if fields is None else chosen(data, fields, listed=False)
            self._end(operation, Ending("succeeded", data), job)
            return
        proof = self._prover.prove(
            action, shop, content["input"], content.get("before"), data, content.get("request_id")
        )
        audit = {
            "outcome": "ok",
            "after": data if proof.after is None else proof.after,
            "verified": proof.verified,
            "target": target(content["input"]) or target(data),
            "undo": proof.undo,
        }
        ended = self._end(operation, Ending("succeeded", data, proof.meta, audit=audit), job)
        if ended and operation.origin is not None:
            note(self._storage, operation.store_id, operation.origin, [content["input"], data])

    def _give_up(self, operation: Operation, message: str, job: Job | None) -> None:
        error = OutcomeUnknown(message, details={"action": operation.action})
        self._end(operation, Ending("unknown", error=error.as_dict(), audit={"outcome": error.code}), job)

    def _end(self, operation: Operation, ending: Ending, job: Job | None) -> bool:
        ended = self._storage.operations.finish(operation.id, ending, job)
        if ended:
            try:
                self._ended(operation.id)
            except Exception as error:  # noqa: BLE001  # the boundary to the host, which also asks by itself
                unexpected(error)
        return ended


def _failed(error: NothingDone) -> Ending:
    return Ending("failed", error=error.as_dict(), audit={"outcome": error.code})


def _pause(age: float, wanted: float) -> float:
    """Return the seconds until the next look: what takes long is looked at less often.

    What is young is looked at sooner than `wanted`, so that waiting adds no more than a quarter to short work.
    """
    return min(_LONGEST_PAUSE, max(min(wanted, max(_SHORTEST_PAUSE, age / 4)), age / 10))


def _poll(action: Action, shop: Shop, look: Mapping[str, Any], checked: Mapping[str, Any]) -> Any:
    module, _, function = str(action.poll).partition(".")
    poll = getattr(importlib.import_module(f"atom_shopify_plugin.service.{module}"), function)
    given = {name: value for name, value in checked.items() if action.effect != "read" or name != "fields"}
    return poll(shop, look, **given)


def run(services: Services, job: Job) -> float | None:
    """Look at the operation of a job; return the seconds until the next look, None once it has ended."""
    operation = services.storage.operations.find(job.dedupe)
    if operation is None or operation.ended:
        return None
    store: Store | None = services.storage.installed.store(operation.store_id)
    if store is None:
        raise StoreNotConnected(f"{operation.shop} is not connected at the moment.")
    who = Principal(operation.subject, operation.tenant, via=operation.via)
    shop = services.open_shop(store, Acting(who, operation.action))
    return Follower.of(services).look(operation, shop, job)


def upkeep(services: Services) -> None:
    """Follow again what nobody follows, and give up what took too long."""
    follower = Follower.of(services)
    for operation in services.storage.operations.unfollowed(_SILENT):
        follower.follow_again(operation)
