"""Audit entries of what is done to our own data of a store: its members, invitations and further subscriptions."""

from __future__ import annotations

import logging
from typing import Any

from atom_shopify_plugin.errors import PluginError
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.calls.audit import AuditEntry, AuditLog
from atom_shopify_plugin.storage.stores.tables import Store

__all__ = ["note"]

log = logging.getLogger(__name__)


def note(
    audit: AuditLog,
    principal: Principal,
    store: Store,
    action: str,
    *,
    effect: str = "write",
    target: str | None = None,
    after: Any = None,
    request_id: str | None = None,
) -> None:
    """Record what a person did. Raise nothing: it is done, and an error would tell the person that it is not."""
    entry = AuditEntry(
        principal=principal,
        action=action,
        effect=effect,
        outcome="ok",
        seconds=0.0,
        store_id=store.id,
        shop=store.shop.name,
        target=target,
        after=after,
        request_id=request_id,
    )
    try:
        audit.record(entry)
    except PluginError as error:
        log.warning("%s of %s is not in the audit log: %s", action, store.shop, error.code)
