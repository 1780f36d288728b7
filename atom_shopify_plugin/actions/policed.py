"""Policies in the way of a call: what is refused by one leaves an entry in the audit log, with who tried it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.any_document import kept
from atom_shopify_plugin.actions.trail import target, without_bytes
from atom_shopify_plugin.errors import Forbidden, PluginError
from atom_shopify_plugin.storage.calls.audit import AuditEntry

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.call import Call
    from atom_shopify_plugin.catalog.model import Action
    from atom_shopify_plugin.storage import Storage, Store
    from atom_shopify_plugin.storage.calls.policies import Share
    from atom_shopify_plugin.stores.policies import Claim, Policies

__all__ = ["Guard"]

log = logging.getLogger(__name__)


class Guard:
    """Asks the policies for one process."""

    def __init__(self, policies: Policies, storage: Storage) -> None:
        self._policies = policies
        self._storage = storage

    def allow(self, action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> None:
        """Raise `PolicyDenied` or `ReadOnly` for an action that the caller may not use."""
        try:
            self._policies.allow(call.principal, store, action, writes=action.effect != "read" and not call.preview)
        except Forbidden as error:
            if action.effect != "read":
                self._record(action, call, store, checked, error.code)
            raise

    def claim(
        self, action: Action, call: Call, store: Store, checked: Mapping[str, Any], before: Any, mark: str
    ) -> Claim:
        """Return what the write takes of the limits; raise `OverLimit` or `ApprovalNeeded` where it doesn't fit now."""
        claim = self._policies.claim(call.principal, store, action, checked, before, mark)
        full = self._policies.excess(claim)
        if full is not None:
            raise self._refusal(action, call, store, checked, claim, full, mark)
        return claim

    def take(
        self, action: Action, call: Call, store: Store, checked: Mapping[str, Any], claim: Claim, mark: str
    ) -> None:
        """Take a claim, or raise as `claim` does where others were faster."""
        full = self._policies.take(claim)
        if full is not None:
            raise self._refusal(action, call, store, checked, claim, full, mark)

    def give_back(self, claim: Claim) -> None:
        """Return what a write without an effect took. Raise nothing: at worst less is left of the day."""
        try:
            self._policies.give_back(claim)
        except Exception as error:  # noqa: BLE001  # the error of the write is what has to be told
            log.warning("What a write took of a limit could not be given back (%s).", type(error).__name__)

    def _refusal(
        self, action: Action, call: Call, store: Store, checked: Mapping[str, Any], claim: Claim, full: Share, mark: str
    ) -> PluginError:
        code = "APPROVAL_NEEDED" if all(share.rule.approve for share in claim.shares) else "OVER_LIMIT"
        audit_id = self._record(action, call, store, checked, code)
        return self._policies.refusal(call.principal, store, action, full, claim, mark, audit_id)

    def _record(self, action: Action, call: Call, store: Store, checked: Mapping[str, Any], code: str) -> str:
        return self._storage.audit.record(
            AuditEntry(
                principal=call.principal,
                action=action.key,
                effect=action.effect,
                outcome=code,
                seconds=0.0,
                store_id=store.id,
                shop=str(store.shop),
                target=target(checked),
                input=kept(action, without_bytes(action, checked)),
                request_id=call.request_id,
                undoes=None,
            )
        )
