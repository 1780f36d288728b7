"""Approvals: calls over a limit that wait for an owner, each good once for exactly the call that was approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    changed,
    id_column,
    installation_column,
    is_id,
    new_id,
)

__all__ = ["MOST_WAITING", "ApprovalRow", "Approvals", "Waiting"]

MOST_WAITING = 20
"""How many calls of one person may wait for an approval in a store."""
_LIFE = timedelta(hours=24)


class ApprovalRow(Base):
    """A call over a limit that waits for an owner. What it would do stands in the audit entry `audit_id`."""

    __tablename__ = "shopify_approvals"
    __table_args__ = (Index(None, "installation_id", "state"), Index(None, "expires_at"))

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(128))
    input_hash: Mapped[str] = mapped_column(String(64))
    audit_id: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A call that waits for an approval, or has got its answer: `state` is waiting, approved, refused or used."""

    id: str
    subject: str
    action: str
    audit_id: str
    state: str
    decided_by: str | None
    created_at: datetime
    expires_at: datetime


class Approvals(Repository):
    """The calls that wait, and their answers. They go with their store."""

    def ask(self, principal: Principal, store_id: str, action: str, input_hash: str, audit_id: str) -> Waiting:
        """Return the approval that this call waits for, a new one if there is none; raise `Conflict` for too many."""
        with self._database.begin() as session:
            now = self._database.now(session)
            own = (
                ApprovalRow.installation_id == store_id,
                ApprovalRow.tenant == principal.tenant,
                ApprovalRow.subject == principal.subject,
                ApprovalRow.state == "waiting",
                ApprovalRow.expires_at > now,
            )
            waiting = session.scalars(select(ApprovalRow).where(*own)).all()
            for row in waiting:
                if (row.action, row.input_hash) == (action, input_hash):
                    return _waiting(row)
            if len(waiting) >= MOST_WAITING:
                raise Conflict(
                    f"{MOST_WAITING} calls of yours wait for an approval already. An owner has to answer them first.",
                    details={"waiting": MOST_WAITING},
                )
            row = ApprovalRow(
                id=new_id(),
                installation_id=store_id,
                tenant=principal.tenant,
                subject=principal.subject,
                action=action,
                input_hash=input_hash,
                audit_id=audit_id,
                state="waiting",
                decided_by=None,
                created_at=now,
                expires_at=now + _LIFE,
            )
            session.add(row)
            session.flush()
            return _waiting(row)

    def approved(self, principal: Principal, store_id: str, action: str, input_hash: str) -> str | None:
        """Return the id of an approval that holds for this call and was not used, None without one."""
        with self._database.read() as session:
            now = self._database.now(session)
            return session.scalar(
                select(ApprovalRow.id)
                .where(
                    ApprovalRow.installation_id == store_id,
                    ApprovalRow.tenant == principal.tenant,
                    ApprovalRow.subject == principal.subject,
                    ApprovalRow.action == action,
                    ApprovalRow.input_hash == input_hash,
                    ApprovalRow.state == "approved",
                    ApprovalRow.expires_at > now,
                )
                .limit(1)
            )

    def move(self, approval_id: str, before: str, after: str) -> bool:
        """Take an approval from one state to another; False where it is in none that is good. Of two, one succeeds."""
        with self._database.begin() as session:
            now = self._database.now(session)
            chosen = (ApprovalRow.id == approval_id, ApprovalRow.state == before, ApprovalRow.expires_at > now)
            return changed(session, update(ApprovalRow).where(*chosen).values(state=after)) == 1

    def decide(self, store_id: str, approval_id: str, principal: Principal, approve: bool) -> Waiting | None:
        """Answer a call that waits; None where none of that id does. An approval is good once, for a day."""
        if not is_id(approval_id):
            return None
        with self._database.begin() as session:
            now = self._database.now(session)
            chosen = (
                ApprovalRow.id == approval_id,
                ApprovalRow.installation_id == store_id,
                ApprovalRow.tenant == principal.tenant,
                ApprovalRow.state == "waiting",
                ApprovalRow.expires_at > now,
            )
            row = session.scalar(select(ApprovalRow).where(*chosen).with_for_update())
            if row is None:
                return None
            row.state = "approved" if approve else "refused"
            row.decided_by, row.expires_at = principal.subject, now + _LIFE
            session.flush()
            return _waiting(row)

    def find(self, store_id: str, tenant: str, approval_id: str) -> Waiting | None:
        """Return an approval of a store in whatever state, None without one."""
        with self._database.read() as session:
            row = session.get(ApprovalRow, approval_id) if is_id(approval_id) else None
            return (
                _waiting(row) if row is not None and (row.installation_id, row.tenant) == (store_id, tenant) else None
            )

    def waiting(self, store_id: str, tenant: str) -> list[Waiting]:
        """Return the calls that wait in a store, the oldest first, at most 200."""
        with self._database.read() as session:
            now = self._database.now(session)
            chosen = select(ApprovalRow).where(
                ApprovalRow.installation_id == store_id,
                ApprovalRow.tenant == tenant,
                ApprovalRow.state == "waiting",
                ApprovalRow.expires_at > now,
            )
            return [_waiting(row) for row in session.scalars(chosen.order_by(ApprovalRow.id).limit(200))]


def _waiting(row: ApprovalRow) -> Waiting:
    return Waiting(
        id=row.id,
        subject=row.subject,
        action=row.action,
        audit_id=row.audit_id,
        state=row.state,
        decided_by=row.decided_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
