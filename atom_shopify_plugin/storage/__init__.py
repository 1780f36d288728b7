"""What is remembered: stores, tokens, who may use them, and what was done."""

from atom_shopify_plugin.storage.calls.audit import AuditEntry, AuditRow
from atom_shopify_plugin.storage.calls.idempotency import Begun, InProgress, Interrupted, Mismatch, Replay
from atom_shopify_plugin.storage.calls.operations import Ending, NewOperation, Operation
from atom_shopify_plugin.storage.database.base import new_id
from atom_shopify_plugin.storage.database.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.database.group_commit import Rows, Steps, Ticket, finish, finish_in_loop
from atom_shopify_plugin.storage.database.timeouts import begin_answering, end_answering
from atom_shopify_plugin.storage.storage import Storage
from atom_shopify_plugin.storage.stores.tables import Flow, Grant, Invited, Member, Store, StoredToken
from atom_shopify_plugin.storage.work.event_table import NewEvent, StoredEvent, Told
from atom_shopify_plugin.storage.work.job_table import Job, JobSummary, LeaseLost, NewJob, Placed
from atom_shopify_plugin.storage.work.sync_state import Cursor, ExtraSubscription, Level

__all__ = [
    "AuditEntry",
    "AuditRow",
    "Begun",
    "Cursor",
    "Ending",
    "ExtraSubscription",
    "Flow",
    "Grant",
    "InProgress",
    "Interrupted",
    "Invited",
    "Job",
    "JobSummary",
    "KeyRing",
    "LeaseLost",
    "Level",
    "Member",
    "Mismatch",
    "NewEvent",
    "NewJob",
    "NewOperation",
    "Operation",
    "Placed",
    "Replay",
    "Rows",
    "Steps",
    "Storage",
    "Store",
    "StoredEvent",
    "StoredToken",
    "Ticket",
    "Told",
    "Unreadable",
    "begin_answering",
    "end_answering",
    "finish",
    "finish_in_loop",
    "new_id",
]
