"""What is remembered: stores, tokens, who may use them, and what was done."""

from atom_shopify_plugin.storage.core import Storage
from atom_shopify_plugin.storage.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.patience import begin_answering, end_answering
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
from atom_shopify_plugin.storage.values_events import (
    Cursor,
    ExtraSubscription,
    Job,
    JobSummary,
    LeaseLost,
    Level,
    NewEvent,
    NewJob,
    Placed,
    StoredEvent,
    Told,
)

__all__ = [
    "AuditEntry",
    "AuditRow",
    "Begun",
    "Cursor",
    "ExtraSubscription",
    "Flow",
    "Grant",
    "InProgress",
    "Interrupted",
    "Job",
    "JobSummary",
    "KeyRing",
    "LeaseLost",
    "Level",
    "Mismatch",
    "NewEvent",
    "NewJob",
    "Placed",
    "Replay",
    "Storage",
    "Store",
    "StoredEvent",
    "StoredToken",
    "Told",
    "Unreadable",
    "begin_answering",
    "end_answering",
    "new_id",
]
