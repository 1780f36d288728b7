"""What `Actions.run` takes and returns: a `Call`, and an `Outcome` or an `Accepted`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atom_shopify_plugin.hookspecs import Origin, Principal
from atom_shopify_plugin.storage.calls.audit import Undoing

__all__ = ["Accepted", "Call", "Outcome"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request to run an action.

    `shop` is a ``*.myshopify.com`` name, None for the caller's default store. `confirm` is the token of a preview.
    `preview` says what a write would do, and does nothing. `request_id` goes into the audit log.
    `origin` is the run of a workflow that calls. `preview_token` is the confirmation token that a preview hands out in
    place of a new one: a call for several stores has one for all of them. `undoes` is the entry of the audit log that
    the call undoes.
    """

    principal: Principal
    action: str
    input: Mapping[str, Any] = field(default_factory=dict)
    shop: str | None = None
    idempotency_key: str | None = None
    confirm: str | None = None
    preview: bool = False
    request_id: str | None = None
    origin: Origin | None = None
    preview_token: str | None = None
    undoes: Undoing | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call: `data` as the action's output schema says, `page` for lists, and what is known of the run.

    `meta` may hold ``verified`` (the write was read back and is the same), ``differences`` (where it is not),
    ``undo`` (the call that puts things back), ``replayed`` (an earlier answer to the same idempotency key),
    ``preview``, ``audit_id``, ``shop`` and ``limits`` (what is missing from the answer; see `actions.limits`).
    """

    data: Any
    page: Mapping[str, Any] | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the success envelope."""
        envelope: dict[str, Any] = {"ok": True, "success": True, "data": self.data}
        if self.page is not None:
            envelope["page"] = dict(self.page)
        envelope["meta"] = dict(self.meta)
        return envelope


@dataclass(frozen=True, slots=True)
class Accepted:
    """Shopify goes on with a write in the background: the operation says what becomes of it.

    `operation` is its view (`Operation.as_dict`); `meta` may hold ``shop``, ``audit_id`` and ``replayed``.
    """

    operation: Mapping[str, Any]
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def operation_id(self) -> str:
        return str(self.operation["id"])

    def as_dict(self) -> dict[str, Any]:
        """Return the success envelope; `data` is the operation."""
        return {"ok": True, "success": True, "data": dict(self.operation), "meta": {**self.meta, "accepted": True}}
