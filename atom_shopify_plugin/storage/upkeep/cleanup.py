"""Delete what has expired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from atom_shopify_plugin.storage.calls.approvals import ApprovalRow
from atom_shopify_plugin.storage.calls.audit import Audit
from atom_shopify_plugin.storage.calls.confirmations import Confirmation
from atom_shopify_plugin.storage.calls.idempotency import Idempotency
from atom_shopify_plugin.storage.calls.operations import OperationRow
from atom_shopify_plugin.storage.calls.policies import PolicyUsage
from atom_shopify_plugin.storage.calls.usage import UsageRow
from atom_shopify_plugin.storage.database.base import Base, changed
from atom_shopify_plugin.storage.stores.chat_states import ChatStateRow
from atom_shopify_plugin.storage.stores.conversations import Conversation
from atom_shopify_plugin.storage.stores.tables import EXPIRING, Installation, Invitation, OAuthState, OAuthToken
from atom_shopify_plugin.storage.upkeep.history import shorten

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database
    from atom_shopify_plugin.storage.work.events import Events
    from atom_shopify_plugin.storage.work.feed import Feed
    from atom_shopify_plugin.storage.work.jobs import JobQueue
    from atom_shopify_plugin.storage.work.own_writes import OwnWrites
    from atom_shopify_plugin.storage.work.trigger_states import TriggerStates

__all__ = ["cleanup"]

_KEEP_STATES = timedelta(days=1)  # so that a page loaded again on the next morning still says "already connected"
_KEEP_CHATS = timedelta(hours=1)  # so that a yes that comes too late is told so
_KEEP_MINUTES = timedelta(days=2)
_KEEP_DAYS = timedelta(days=400)


def cleanup(
    database: Database,
    jobs: JobQueue,
    events: Events,
    feed: Feed,
    own_writes: OwnWrites,
    trigger_states: TriggerStates,
    history: int,
) -> dict[str, int]:
    """Delete expired rows, one short transaction for each table, and return how many went by table."""
    now = database.now()
    old: list[tuple[str, type[Base], Any]] = [
        ("states", OAuthState, OAuthState.expires_at < now - _KEEP_STATES),
        ("confirmations", Confirmation, Confirmation.expires_at < now),
        ("approvals", ApprovalRow, ApprovalRow.expires_at < now),
        ("policy_usage", PolicyUsage, PolicyUsage.day < (now - _KEEP_DAYS).date().isoformat()),
        ("conversations", Conversation, Conversation.expires_at < now),
        ("chat_states", ChatStateRow, ChatStateRow.expires_at < now - _KEEP_CHATS),
        ("invitations", Invitation, Invitation.expires_at < now),
        ("idempotency", Idempotency, Idempotency.expires_at < now),
        (
            "operations",
            OperationRow,
            OperationRow.finished_at.is_not(None) & (OperationRow.expires_at < now),
        ),
        ("audit", Audit, Audit.at < now - _KEEP_DAYS),
        ("usage_minutes", UsageRow, (UsageRow.period == "minute") & (UsageRow.slot < now - _KEEP_MINUTES)),
        ("usage_days", UsageRow, (UsageRow.period == "day") & (UsageRow.slot < now - _KEEP_DAYS)),
    ]
    counts = {}
    for name, model, condition in old:
        with database.begin() as session:
            counts[name] = changed(session, delete(model).where(condition))
    counts["tokens"] = _dead_tokens(database)
    counts["jobs"] = _batches(jobs.prune)
    counts["feed"] = _batches(feed.prune)
    counts["events"] = _batches(events.prune)
    counts["own_writes"] = _batches(own_writes.prune)
    counts["trigger_states"] = _batches(trigger_states.prune)
    counts["contents"] = shorten(database, history)
    return counts


def _batches(prune: Callable[[], int]) -> int:
    total = 0
    while count := prune():  # each batch is a short transaction: nobody waits long for it
        total += count
    return total


def _dead_tokens(database: Database) -> int:
    # Dead is a token whose own end and whose refresh token's end have both passed. Client credentials are acquired
    # again when needed, and a token without an end never dies by itself.
    with database.begin() as session:
        now = database.now(session)
        dead = list(
            session.scalars(
                select(OAuthToken.installation_id)
                .join(Installation, Installation.id == OAuthToken.installation_id)
                .where(
                    Installation.token_kind == EXPIRING,
                    OAuthToken.expires_at < now,
                    (OAuthToken.refresh_expires_at.is_(None)) | (OAuthToken.refresh_expires_at < now),
                )
                .limit(500)
                .with_for_update()
            )
        )
        changed(
            session,
            update(Installation)
            .where(Installation.id.in_(dead), Installation.state == "active")
            .values(state="reauth_required", updated_at=now),
        )
        return changed(session, delete(OAuthToken).where(OAuthToken.installation_id.in_(dead)))
