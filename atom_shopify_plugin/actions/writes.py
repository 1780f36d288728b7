"""Writing: preview and confirmation, one effect for one key, proof by reading back, and the audit trail."""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.call import Call, Outcome
from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.actions.outcomes import code_of, look_at, truthful
from atom_shopify_plugin.actions.reads import ReadRunner, execute
from atom_shopify_plugin.actions.trail import Trail, target
from atom_shopify_plugin.actions.verify import differences, expected, members, naming, putting_back
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.errors import (
    ConfirmationNeeded,
    IdempotencyReused,
    InvalidInput,
    NotFound,
    OutcomeUnknown,
    PluginError,
    StillRunning,
    unexpected,
)
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.storage.calls.idempotency import Begun, InProgress, Interrupted, Mismatch, Replay

if TYPE_CHECKING:
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

    `open_shop` makes the `Shop` of a store with the key that its idempotent documents send. `lease` is how many
    seconds a call under an idempotency key may take before it counts as cut off.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        storage: Storage,
        documents: Documents,
        inputs: Inputs,
        reader: ReadRunner,
        open_shop: Callable[[Store, str], Shop],
        lease: float,
    ) -> None:
        self._catalog = catalog
        self._storage = storage
        self._documents = documents
        self._inputs = inputs
        self._reader = reader
        self._open = open_shop
        self._lease = lease

    def run(self, action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> Outcome:
        """Carry out a write, or say what it would do; under an idempotency key, once."""
        shop = self._open(store, _shopify_key(action, call, store, checked))
        if call.idempotency_key is None or call.preview:
            return self._write(action, call, shop, checked, protected=False)
        return self._write_once(action, call, call.idempotency_key, shop, checked)

    def _write(self, action: Action, call: Call, shop: Shop, checked: Mapping[str, Any], *, protected: bool) -> Outcome:
        """Preview or carry out a write. `protected` tells whether the caller's key makes a repetition harmless."""
        store = shop.store
        trail = Trail(self._storage, action, call, store, checked)
        try:
            before = self._before(action, shop, checked)
            if call.preview or (action.effect == "destructive" and not self._confirmed(action, call, store, checked)):
                return self._preview(action, call, store, checked, before)
            trail.start(before)
            crashpoints.at("write_before_call")
            data = execute(action, shop, checked)
            trail.answered()
            crashpoints.at("write_after_answer")
            proof, after, undo = self._proof(action, call, shop, checked, before, data)
            trail.end(
                "ok",
                after=data if after is None else after,
                verified=proof.get("verified"),
                target=target(checked) or target(data),
            )
        except BaseException as error:
            told = truthful(error, shop.effects, protected=protected, request_id=call.request_id)
            if isinstance(told, OutcomeUnknown):
                told.details.setdefault("look_at", look_at(self._catalog, self._inputs, action, checked))
            trail.end(code_of(told, shop.effects))
            if told is error:
                raise
            raise told from error
        return Outcome(data, None, {"shop": str(store.shop), "audit_id": trail.id, **proof, **undo})

    def _write_once(self, action: Action, call: Call, key: str, shop: Shop, checked: Mapping[str, Any]) -> Outcome:
        """Write under the caller's key: the same key with the same input is answered, not run, a second time."""
        ledger = self._storage.idempotency
        found = ledger.begin(shop.store.id, call.principal, action.key, key, _digest(checked), self._lease)
        repeatable = self._repeatable(action)
        match found:
            case Replay():
                meta = {**found.result.get("meta", {}), "replayed": True}
                return Outcome(found.result.get("data"), None, meta)
            case Mismatch():
                raise IdempotencyReused(
                    "This idempotency key was used with another input. Take a new key for a new write."
                )
            case InProgress():
                raise StillRunning(
                    "A call with this idempotency key is still running. Ask again with the same key.",
                    retry_after=max(1.0, min(found.retry_after, 10.0)),
                )
            case Interrupted():
                begun = found.begun
                shop.effects.earlier = True
                if not repeatable:
                    ledger.uncertain(begun)
                    raise OutcomeUnknown(
                        "An earlier call with this idempotency key was cut off, and Shopify may have carried it out. "
                        "Look at the store, then use a new key if the write is still wanted.",
                        details={
                            "action": action.key,
                            "look_at": look_at(self._catalog, self._inputs, action, checked),
                        },
                    )
            case Begun():
                begun = found
        try:
            outcome = self._write(action, call, shop, checked, protected=repeatable)
        except BaseException:
            self._release(begun, shop)
            raise
        crashpoints.at("write_before_finish")
        try:
            ledger.finish(begun, {"data": outcome.data, "meta": dict(outcome.meta)})
        except Exception as error:  # noqa: BLE001  # the write stands: that it can't be replayed is no failure of it
            log.warning("The result of a write could not be stored under its key (%s).", type(error).__name__)
        crashpoints.at("write_after_finish")
        return outcome

    def _release(self, begun: Begun, shop: Shop) -> None:
        """Give a key back where nothing was written; otherwise the next call with it hears so. Raise nothing."""
        ledger = self._storage.idempotency
        try:
            (ledger.uncertain if shop.effects.possible else ledger.abandon)(begun)
        except Exception as error:  # noqa: BLE001  # the key's lease runs out, and the call counts as cut off
            log.warning("An idempotency key could not be settled (%s).", type(error).__name__)

    def _repeatable(self, action: Action) -> bool:
        """Return whether Shopify itself runs the action once per key, so that a cut-off call may be sent again."""
        documents = [self._documents.get(name) for name in action.operations]
        return all(document.idempotent or document.kind == "query" for document in documents)

    def _before(self, action: Action, shop: Shop, checked: Mapping[str, Any]) -> Any:
        """Return the resource as it stands before the write, None for one that is only being made."""
        named = {name: checked[name] for name in action.verify.by if name in checked} if action.verify else {}
        if action.verify is None or not named:
            return None
        return self._reader.read(self._catalog.actions[action.verify.read], shop, named).data

    def _confirmed(self, action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> bool:
        if call.confirm is None:
            return False
        return self._storage.confirmations.consume(call.confirm, call.principal, store.id, action.key, _digest(checked))

    def _preview(self, action: Action, call: Call, store: Store, checked: Mapping[str, Any], before: Any) -> Outcome:
        preview = {
            "action": action.key,
            "effect": action.effect,
            "shop": str(store.shop),
            "summary": f"{action.title}{_label(before)} in {store.shop}.",
            "input": dict(checked),
            "current": before,
        }
        if action.effect != "destructive":
            return Outcome({"preview": preview}, None, {"preview": True, "shop": str(store.shop)})
        token = self._storage.confirmations.issue(
            call.principal, store.id, action.key, _digest(checked), CONFIRMATION_SECONDS, call.preview_token
        )
        details = {"preview": preview, "confirmation_token": token, "expires_in": CONFIRMATION_SECONDS}
        if call.preview:
            return Outcome(details, None, {"preview": True, "shop": str(store.shop)})
        spent = "That confirmation is used up, expired or for another input. " if call.confirm else ""
        raise ConfirmationNeeded(
            f"{spent}{preview['summary']} This can't be taken back: repeat the call with the confirmation token.",
            details=details,
        )

    def _proof(
        self, action: Action, call: Call, shop: Shop, checked: Mapping[str, Any], before: Any, data: Any
    ) -> tuple[dict[str, Any], Any, dict[str, Any]]:
        """Return what reading back tells, the resource as it is now, and the undo.

        Whatever goes wrong in here, the write was made and answered.
        """
        try:
            proof, after = self._verify(action, shop, checked, data)
            return proof, after, self._undo(action, checked, before, data)
        except Exception as error:  # noqa: BLE001  # a defect of the look back is none of the write
            unexpected(error, call.request_id)
            return {"verified": None}, None, {}

    def _verify(self, action: Action, shop: Shop, checked: Mapping[str, Any], data: Any) -> tuple[dict[str, Any], Any]:
        """Read back what was written; return what to say of it, and the resource as it is now."""
        named = naming(action, checked, data)
        if action.verify is None or named is None:
            return {}, None
        try:
            found = self._reader.read(self._catalog.actions[action.verify.read], shop, named).data
        except NotFound:
            return ({"verified": True} if action.verify.absent else _unlike("id", named, None)), None
        except PluginError:
            # The write itself was answered; that it could not be read back is said, not raised.
            return {"verified": None}, None
        if action.verify.absent:
            return _unlike("id", None, found), found
        wanted = expected(action, checked, data)
        unlike = [*differences(wanted, found), *members(action, checked, found)]
        if unlike:
            return {"verified": False, "differences": unlike}, found
        return ({"verified": True} if wanted or action.verify.holds or action.verify.lacks else {}), found

    def _undo(self, action: Action, checked: Mapping[str, Any], before: Any, data: Any) -> dict[str, Any]:
        """Return the call that puts things back, where the declared action can do it with what is known."""
        given = putting_back(action, checked, before, data)
        if action.undo is None or given is None:
            return {}
        back = self._catalog.actions[action.undo.action]
        try:
            self._inputs.check(back, given)
        except InvalidInput:
            return {}  # the former value reads otherwise than it is written
        return {"undo": {"action": back.key, "input": given}}


def _shopify_key(action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> str:
    """Return the key that Shopify gets: one for each call, or one for each person, store, action, key and input.

    The input is part of it, because Shopify keeps a key for the input that it was refused with, and we don't.
    """
    if call.idempotency_key is None:
        return str(uuid.uuid4())
    who = call.principal
    parts = [who.tenant, who.subject, store.id, action.key, call.idempotency_key, _digest(checked)]
    return str(uuid.uuid5(_KEYS, json.dumps(parts)))


def _unlike(field: str, wanted: Any, found: Any) -> dict[str, Any]:
    """Say that a resource is gone, or is still there."""
    names = [value.get(field) if isinstance(value, Mapping) else None for value in (wanted, found)]
    return {"verified": False, "differences": [{"field": field, "wanted": names[0], "found": names[1]}]}


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
