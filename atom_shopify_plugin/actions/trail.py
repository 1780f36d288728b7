"""The audit entry of one write: stored before the effect, completed once, whatever the write ends with."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.any_document import kept, without_secrets
from atom_shopify_plugin.storage.calls.audit import AuditEntry

if TYPE_CHECKING:
    from atom_shopify_plugin.actions.call import Call
    from atom_shopify_plugin.catalog.model import Action
    from atom_shopify_plugin.storage import Storage, Store

__all__ = ["Trail", "target", "without_bytes"]

log = logging.getLogger(__name__)


class Trail:
    """Writes the audit entry of a call. `id` is None until the entry is stored."""

    def __init__(self, storage: Storage, action: Action, call: Call, store: Store, checked: Mapping[str, Any]) -> None:
        self.id: str | None = None
        self._storage = storage
        self._started = 0.0
        self._seconds: float | None = None
        self._any_document = action.any_document
        self._entry = AuditEntry(
            principal=call.principal,
            action=action.key,
            effect=action.effect,
            outcome="started",
            seconds=0.0,
            store_id=store.id,
            shop=str(store.shop),
            target=target(checked),
            input=kept(action, checked),
            request_id=call.request_id,
            undoes=call.undoes,
        )

    def start(self, before: Any) -> None:
        """Store the entry; raise what the storage raises: without a trace nothing is written to the store."""
        self._entry = replace(self._entry, before=before)
        self.id = self._storage.audit.record(self._entry)
        self._started = time.monotonic()

    def answered(self) -> None:
        """Take the time: what comes after this is no part of the write."""
        self._seconds = time.monotonic() - self._started

    def end(self, outcome: str, **members: Any) -> None:
        """Complete the entry, unless there is none. Raise nothing: what was told of the write stays true without it."""
        if self.id is None:
            return
        if "after" in members and self._any_document:
            members["after"] = without_secrets(members["after"])
        seconds = time.monotonic() - self._started if self._seconds is None else self._seconds
        try:
            self._storage.audit.settle(self.id, replace(self._entry, outcome=outcome, seconds=seconds, **members))
        except Exception as error:  # noqa: BLE001  # an entry that stays at "started" must not change the answer
            log.warning("Audit entry %s could not be completed (%s).", self.id, type(error).__name__)


def target(value: Any) -> str | None:
    """Return the id that a value is about, None where it has none."""
    found = value.get("id") if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else None


def without_bytes(action: Action, checked: Mapping[str, Any]) -> dict[str, Any]:
    """Return an input with the size of each file in the place of its bytes, which nobody reads in a log or preview."""
    return {
        name: f"({len(value) * 3 // 4} bytes)" if action.properties[name].get("format") == "base64" else value
        for name, value in checked.items()
    }
