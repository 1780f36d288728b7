"""Writing: preview and confirmation, one effect for one key, proof by reading back, and the audit trail."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.any_document import is_repeatable
from atom_shopify_plugin.actions.call import Accepted, Call, Outcome
from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.actions.operations import Begun as BegunWork
from atom_shopify_plugin.actions.operations import Follower
from atom_shopify_plugin.actions.outcomes import code_of, cut_off, look_at, truthful
from atom_shopify_plugin.actions.questions import question
from atom_shopify_plugin.actions.reads import execute, service_function
from atom_shopify_plugin.actions.references import resolve
from atom_shopify_plugin.actions.texts import rendered
from atom_shopify_plugin.actions.trail import Trail, target, without_bytes
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import (
    ConfirmationNeeded,
    IdempotencyReused,
    OutcomeUnknown,
    StillRunning,
)
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.service.background import NothingDone, Pending
from atom_shopify_plugin.service.forecast import Forecast
from atom_shopify_plugin.storage.calls.idempotency import Begun, InProgress, Interrupted, Mismatch, Replay

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.dry_run import DryRunner
    from atom_shopify_plugin.actions.policed import Guard
    from atom_shopify_plugin.actions.proof import Prover
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.shopify.documents import Documents
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.stores.shop import Shop

__all__ = ["WriteRunner"]

log = logging.getLogger(__name__)

CONFIRMATION_SECONDS = 300
# Shopify's idempotency keys are made from ours in this namespace, so that a repeated call sends the same one.
_KEYS = uuid.UUID("5b0c6d0e-4f43-5a53-8f2c-1f3a0a5d7d5e")


class WriteRunner:
    """Runs actions that change a store.

    `open_shop` makes the `Shop` in which a person writes, with the key that its idempotent documents send. `lease` is
    how many seconds a call under an idempotency key may take before it counts as cut off.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        storage: Storage,
        documents: Documents,
        inputs: Inputs,
        prover: Prover,
        follower: Follower,
        dry_runs: DryRunner,
        open_shop: Callable[[Store, str, Principal], Shop],
        guard: Guard,
        lease: float,
    ) -> None:
        self._catalog = catalog
        self._storage = storage
        self._documents = documents
        self._inputs = inputs
        self._prover = prover
        self._follower = follower
        self._dry_runs = dry_runs
        self._open = open_shop
        self._guard = guard
        self._lease = lease

    def run(self, action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> Outcome | Accepted:
        """Carry out a write, or say what it would do; under an idempotency key, once."""
        shop = self._open(store, _shopify_key(action, call, store, checked), call.principal)
        if call.idempotency_key is None or call.preview:
            return self._write(action, call, shop, checked)
        return self._write_once(action, call, call.idempotency_key, shop, checked)

    def _write(
        self,
        action: Action,
        call: Call,
        shop: Shop,
        checked: Mapping[str, Any],
        *,
        begun: Begun | None = None,
        protected: bool = False,
        plan: Mapping[str, Any] | None = None,
    ) -> Outcome | Accepted:
        """Preview or carry out a write.

        `begun` is the row of the caller's key, and `protected` tells whether that key makes a repetition harmless.
        `plan` is what an earlier attempt under the key was held to: it has passed its question, if there was one.
        """
        store = shop.store
        checked, names = resolve(action, shop, checked)
        shown = without_bytes(action, checked)
        trail = Trail(self._storage, action, call, store, shown)
        mark, taken = _digest(checked), None
        try:
            if not call.preview:
                shop.require_writable()  # each mutation is checked again; here nobody is asked for a yes in vain
            before = self._prover.before(action, shop, checked)
            claim = None if call.preview else self._guard.claim(action, call, store, checked, before, mark)
            if plan is None:
                forecast = self._forecast(action, shop, checked, before)
                asks = (forecast.effect or action.effect) == "destructive" or forecast.asks is not None
                if call.preview or (asks and not self._confirmed(action, call, store, checked, forecast)):
                    return self._preview(action, call, store, checked, before, forecast, names)
                plan = forecast.pins if asks else {}
                if begun is not None and action.forecast is not None:
                    self._storage.idempotency.note(begun, dict(plan))
            held = {**checked, **plan}
            if plan:
                shop.idempotency_key = _shopify_key(action, call, store, held)
            if claim is not None:
                self._guard.take(action, call, store, checked, claim, mark)
                taken = claim
            trail.start(before)
            crashpoints.at("write_before_call")
            data = execute(action, shop, held)
            trail.answered()
            crashpoints.at("write_after_answer")
            if isinstance(data, Pending):
                work = BegunWork(action, call, shop, shown, before, trail.id, None if begun is None else begun.id)
                return self._follower.begin(work, data)
            proof = self._prover.prove(action, shop, checked, before, data, call.request_id)
            trail.end(
                "ok",
                after=data if proof.after is None else proof.after,
                verified=proof.verified,
                target=target(checked) or target(data),
                undo=proof.undo,
            )
        except BaseException as error:
            if isinstance(error, NothingDone):
                shop.effects.clear()
            told = truthful(error, shop.effects, call=call, protected=protected)
            if isinstance(told, OutcomeUnknown):
                told.details.setdefault("look_at", look_at(self._catalog, self._inputs, action, checked))
            trail.end(code_of(told, shop.effects))
            if taken is not None and not shop.effects.possible:
                self._guard.give_back(taken)
            if told is error:
                raise
            raise told from error
        return Outcome(data, None, {"shop": str(store.shop), "audit_id": trail.id, **proof.meta})

    def _write_once(
        self, action: Action, call: Call, key: str, shop: Shop, checked: Mapping[str, Any]
    ) -> Outcome | Accepted:
        """Write under the caller's key: the same key with the same input is answered, not run, a second time."""
        ledger = self._storage.idempotency
        found = ledger.begin(shop.store.id, call.principal, action.key, key, _digest(checked), self._lease)
        repeatable = self._repeatable(action, checked)
        plan = None
        match found:
            case Replay() if "operation" in found.result:
                operation = self._storage.operations.find(found.result["operation"])
                if operation is None:
                    raise OutcomeUnknown("The operation that this call started no longer exists. Check the store.")
                return self._follower.answer(operation, replayed=True)
            case Replay():
                meta = {**found.result.get("meta", {}), "replayed": True}
                return Outcome(found.result.get("data"), None, meta)
            case Mismatch():
                raise IdempotencyReused(
                    "This idempotency key was used with a different input. Use a new key for a new write."
                )
            case InProgress():
                raise StillRunning(
                    "A call with this idempotency key is still running. Try again with the same key."
                    if call.undoes is None
                    else "Another call is undoing this entry. Try again in a moment.",
                    retry_after=max(1.0, min(found.retry_after, 10.0)),
                )
            case Interrupted():
                begun, plan = found.begun, found.plan
                operation = self._storage.operations.of_call(begun.id)
                if operation is not None:
                    ledger.finish(begun, {"operation": operation.id})
                    self._follower.follow_again(operation)
                    return self._follower.answer(operation, replayed=True)
                # What looks ahead notes its plan before it writes: without one, nothing was sent.
                shop.effects.earlier = action.forecast is None or plan is not None
                if shop.effects.earlier and not repeatable:
                    ledger.uncertain(begun)
                    look = look_at(self._catalog, self._inputs, action, checked)
                    raise cut_off(call, {"action": action.key, "look_at": look})
            case Begun():
                begun = found
        try:
            outcome = self._write(action, call, shop, checked, begun=begun, protected=repeatable, plan=plan)
        except BaseException:
            self._release(begun, shop)
            raise
        crashpoints.at("write_before_finish")
        if isinstance(outcome, Accepted):
            result: dict[str, Any] = {"operation": outcome.operation_id}
        else:
            result = {"data": outcome.data, "meta": dict(outcome.meta)}
        try:
            ledger.finish(begun, result)
        except Exception as error:  # noqa: BLE001  # the write stands: that it can't be replayed is no failure of it
            log.warning("The result of a write could not be stored under its key (%s).", type(error).__name__)
        crashpoints.at("write_after_finish")
        return outcome

    def _release(self, begun: Begun, shop: Shop) -> None:
        """Give a key back where nothing was written; otherwise the next call with it is told so. Raise nothing."""
        ledger = self._storage.idempotency
        try:
            (ledger.uncertain if shop.effects.possible else ledger.abandon)(begun)
        except Exception as error:  # noqa: BLE001  # the key's lease runs out, and the call counts as cut off
            log.warning("An idempotency key could not be settled (%s).", type(error).__name__)

    def _repeatable(self, action: Action, checked: Mapping[str, Any]) -> bool:
        """Return whether Shopify itself runs the action once per key, so that a cut-off call may be sent again."""
        if action.any_document:
            return is_repeatable(checked)
        documents = [self._documents.get(name) for name in action.operations]
        # What has a client identifier is looked for before it is sent.
        return all(
            document.idempotent or document.kind == "query" or "client_identifier" in document.variables
            for document in documents
        )

    @staticmethod
    def _forecast(action: Action, shop: Shop, checked: Mapping[str, Any], before: Any) -> Forecast:
        """Return what the action says of a write before it is made; an empty one where it says nothing."""
        if action.forecast is None:
            return Forecast()
        found: Forecast = service_function(action.forecast)(shop, before, **checked)
        return found

    def _confirmed(
        self, action: Action, call: Call, store: Store, checked: Mapping[str, Any], forecast: Forecast
    ) -> bool:
        if call.confirm is None:
            return False
        agreed = _agreed(checked, forecast)
        return self._storage.confirmations.consume(call.confirm, call.principal, store.id, action.key, agreed)

    def _preview(
        self,
        action: Action,
        call: Call,
        store: Store,
        checked: Mapping[str, Any],
        before: Any,
        forecast: Forecast,
        names: Mapping[str, str],
    ) -> Outcome:
        """Say what a write would do, by a dry run, and hand out the token that confirms one that needs a yes."""
        asked = question(action.asks, before, store.shop.handle)
        dry_run, told = self._dry_runs.run(action, store, {**checked, **forecast.pins}, before)
        known = {"input": {**dict.fromkeys(action.properties), **checked}, "current": before, "told": told}
        summary = [f"{action.title}{_label(before)} in {store.shop}."]
        summary += [rendered(action.summary, known)] if action.summary else []
        summary += [forecast.asks] if forecast.asks is not None else []
        effect = forecast.effect or action.effect
        preview = {
            "action": action.key,
            "effect": effect,
            "shop": str(store.shop),
            "summary": " ".join(summary),
            **({"question": asked} if asked else {}),
            "input": without_bytes(action, checked),
            "names": dict(names),
            "current": before,
            **dry_run,
            **({"changes": forecast.changes} if forecast.changes else {}),
        }
        if effect != "destructive" and forecast.asks is None:
            return Outcome({"preview": preview}, None, {"preview": True, "shop": str(store.shop)})
        token = self._storage.confirmations.issue(
            call.principal, store.id, action.key, _agreed(checked, forecast), CONFIRMATION_SECONDS, call.preview_token
        )
        details = {"preview": preview, "confirmation_token": token, "expires_in": CONFIRMATION_SECONDS}
        if forecast.asks is not None:
            details["agreed"] = _agreed(checked, forecast)
        if call.preview:
            return Outcome(details, None, {"preview": True, "shop": str(store.shop)})
        spent = (
            "This confirmation was already used, has expired, or belongs to another input or state. "
            if call.confirm
            else ""
        )
        advice = "This can't be taken back: repeat" if effect == "destructive" else "If that is meant, repeat"
        raise ConfirmationNeeded(
            f"{spent}{preview['summary']} {advice} the call with the confirmation token.",
            details=details,
        )


def _shopify_key(action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> str:
    """Return the key that Shopify gets: one for each call, or one for each person, store, action, key and input.

    The input is part of it, because Shopify keeps a key for the input that it was refused with, and we don't.
    """
    if call.idempotency_key is None:
        return str(uuid.uuid4())
    who = call.principal
    parts = [who.tenant, who.subject, store.id, action.key, call.idempotency_key, _digest(checked)]
    return str(uuid.uuid5(_KEYS, json.dumps(parts)))


def _agreed(checked: Mapping[str, Any], forecast: Forecast) -> str:
    """Return the mark of what a person agrees to: the input, and what it was said to change."""
    return _digest({"input": checked, "changes": forecast.changes}) if forecast.asks else _digest(checked)


def _digest(checked: Mapping[str, Any]) -> str:
    text = json.dumps(checked, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _label(resource: Any) -> str:
    """Return how people call a resource: its title, name or SKU, in quotes."""
    if not isinstance(resource, Mapping):
        return ""
    for member in ("title", "name", "display_name", "sku"):
        if isinstance(resource.get(member), str):
            return f" “{resource[member]}”"
    return ""
