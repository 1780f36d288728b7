"""What is remembered: stores, tokens, who may use them, and what was done."""

from atom_shopify_plugin.storage.core import Storage
from atom_shopify_plugin.storage.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.values import (
    AuditEntry,
    AuditRow,
    Begun,
    Flow,
    Grant,
    InProgress,
    Interrupted,
    Mismatch,
    Replay,
    Store,
    StoredToken,
    new_id,
)

__all__ = [
    "AuditEntry",
    "AuditRow",
    "Begun",
    "Flow",
    "Grant",
    "InProgress",
    "Interrupted",
    "KeyRing",
    "Mismatch",
    "Replay",
    "Storage",
    "Store",
    "StoredToken",
    "Unreadable",
    "new_id",
]
