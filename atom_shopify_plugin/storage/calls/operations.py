"""Operations: writes that Shopify has taken and carries out in the background, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import Any, Literal

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.hookspecs import Origin, Principal
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.storage.calls.audit import VIA, AuditLog
from atom_shopify_plugin.storage.calls.sealed import SealedColumn
from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    clean_text,
    id_column,
    installation_column,
    is_id,
    new_id,
    partial_index,
)
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.stores.memberships import mine
from atom_shopify_plugin.storage.stores.tables import Membership, Store
from atom_shopify_plugin.storage.work.job_table import Job, LeaseLost
from atom_shopify_plugin.storage.work.jobs import JobQueue

__all__ = ["KEEP", "OPEN", "OPERATION_CONTENT", "Ending", "NewOperation", "Operation", "OperationRow", "Operations"]

OperationState = Literal["accepted", "running", "succeeded", "failed", "cancelled", "unknown"]
OPEN = ("accepted", "running")
OPERATION_CONTENT = SealedColumn("content", "operation_content")
FOLLOWED = timedelta(hours=20)
"""How long an operation is followed: less than an idempotency key lives, so that its key is answered to the end."""
KEEP = timedelta(days=7)
"""How long an operation that has ended is kept."""
_MAX_LIMIT = 250
_LONGEST_MESSAGE = 255


class OperationRow(Base):
    """A write that Shopify carries out in the background.

    `content` is the encrypted JSON of its input, of what the next look needs, and of its result or error. `call_id` is
    the row of the idempotency key under which it was begun. `expires_at` is when it is given up, or once it has ended,
    forgotten.
    """

    __tablename__ = "shopify_operations"
    __table_args__ = (
        Index(None, "installation_id", "id"),
        Index(None, "tenant", "subject", "id"),
        Index(None, "key_id"),
        Index(None, "expires_at"),
        partial_index("ix_shopify_operations_open", "updated_at", where="finished_at IS NULL"),
        partial_index("ix_shopify_operations_call_id", "call_id", where="call_id IS NOT NULL"),
    )

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    app: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    via: Mapped[str] = mapped_column(String(VIA))
    action: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16))
    done: Mapped[int | None]
    total: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(_LONGEST_MESSAGE))
    audit_id: Mapped[str | None] = mapped_column(String(32))
    call_id: Mapped[str | None] = mapped_column(String(32))
    content: Mapped[bytes | None]
    key_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperation:
    """A write that Shopify has just taken. `look` is what the next look at it needs, as JSON."""

    principal: Principal
    store: Store
    action: str
    input: Mapping[str, Any]
    before: Any
    look: Mapping[str, Any]
    audit_id: str | None
    call_id: str | None = None
    request_id: str | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How an operation ends: with `data` and `meta`, or with an `error`; `audit` completes its audit entry."""

    state: Literal["succeeded", "failed", "cancelled", "unknown"]
    data: Any = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    audit: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A stored operation."""

    id: str
    store_id: str
    app: str
    shop: str
    tenant: str
    subject: str
    via: str
    action: str
    state: OperationState
    done: int | None
    total: int | None
    message: str
    audit_id: str | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    expires_at: datetime
    opened: Callable[[], Mapping[str, Any]] = field(repr=False, compare=False)

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """Its input, what is looked at, and how it ended; empty where its key is gone, or where it has been erased.

        An input of a bulk operation has megabytes: it is decrypted when somebody needs it.
        """
        return self.opened()

    @property
    def ended(self) -> bool:
        return self.state not in OPEN

    @property
    def origin(self) -> Origin | None:
        """The run of a workflow that began it."""
        found = self.content.get("origin")
        return Origin(*found) if found else None

    def as_dict(self) -> dict[str, Any]:
        """Return the operation as people see it."""
        content = self.content if self.ended else {}
        return {
            "id": self.id,
            "action": self.action,
            "shop": self.shop,
            "subject": self.subject,
            "state": self.state,
            "done": self.ended,
            "progress": {"done": self.done, "total": self.total, "message": self.message},
            "audit_id": self.audit_id,
            "created_at": _moment(self.created_at),
            "updated_at": _moment(self.updated_at),
            "finished_at": _moment(self.finished_at),
            "expires_at": _moment(self.expires_at),
            "data": content.get("data"),
            "meta": content.get("meta"),
            "error": content.get("error"),
        }


class Operations(Repository):
    """Operations; each ends once, together with its entry of the audit log."""

    def __init__(self, database: Database, audit: AuditLog, jobs: JobQueue) -> None:
        super().__init__(database)
        self._audit = audit
        self._jobs = jobs

    def begin(self, new: NewOperation) -> Operation:
        """Store an operation: from here on it is followed, whatever becomes of the process."""
        content = {
            "input": new.input,
            "before": new.before,
            "look": new.look,
            "request_id": new.request_id,
            "origin": None if new.origin is None else [new.origin.chain, new.origin.run, new.origin.depth],
        }
        with self._database.begin() as session:
            now = self._database.now(session)
            row = OperationRow(
                id=new_id(),
                installation_id=new.store.id,
                app=new.store.app,
                shop_domain=str(new.store.shop),
                tenant=new.principal.tenant,
                subject=new.principal.subject,
                via=clean_text(new.principal.via, VIA),
                action=new.action,
                state="accepted",
                message="",
                audit_id=new.audit_id,
                call_id=new.call_id,
                created_at=now,
                updated_at=now,
                expires_at=now + FOLLOWED,
            )
            OPERATION_CONTENT.seal(self._database.keys, row, content)
            session.add(row)
        return self._operation(row)

    def get(self, principal: Principal, operation_id: str, store: Store | None = None) -> Operation | None:
        """Return an operation of one of the person's stores, None where there is none."""
        if not is_id(operation_id):
            return None
        statement = select(OperationRow).where(OperationRow.id == operation_id, _visible(principal))
        if store is not None:
            statement = statement.where(OperationRow.installation_id == store.id)
        return self._one(statement)

    def find(self, operation_id: str) -> Operation | None:
        """Return an operation, whoever began it: for the service itself."""
        return self._one(select(OperationRow).where(OperationRow.id == operation_id))

    def of_call(self, call_id: str) -> Operation | None:
        """Return the operation that was begun under an idempotency key."""
        return self._one(select(OperationRow).where(OperationRow.call_id == call_id).limit(1))

    def unfollowed(self, silent: timedelta, limit: int = 100) -> list[Operation]:
        """Return operations that have not ended and that nobody has looked at for a time, the oldest first."""
        with self._database.read() as session:
            now = self._database.now(session)
            statement = (
                select(OperationRow)
                .where(OperationRow.finished_at.is_(None), OperationRow.updated_at < now - silent)
                .order_by(OperationRow.updated_at)
                .limit(limit)
            )
            return [self._operation(row) for row in session.scalars(statement)]

    def progress(
        self,
        operation_id: str,
        *,
        look: Mapping[str, Any] | None = None,
        done: int | None = None,
        total: int | None = None,
        message: str = "",
        job: Job | None = None,
    ) -> bool:
        """Say how far an operation is; False where it has ended. `look` replaces what the next look needs.

        Raise `LeaseLost` where `job` belongs to another worker by now.
        """
        with self._database.begin() as session:
            row = self._held(session, operation_id, job)
            if row is None:
                return False
            row.state, row.updated_at = "running", self._database.now(session)
            row.done, row.total, row.message = done, total, clean_text(message, _LONGEST_MESSAGE)
            opened = {} if look is None else self._opened(row)
            if look is not None and opened.get("look") != look:
                OPERATION_CONTENT.seal(self._database.keys, row, {**opened, "look": look})
        return True

    def finish(self, operation_id: str, ending: Ending, job: Job | None = None) -> bool:
        """End an operation and complete its audit entry, both or neither; False where it has ended already.

        Raise `LeaseLost` where `job` belongs to another worker by now.
        """
        with self._database.begin() as session:
            row = self._held(session, operation_id, job)
            if row is None:
                return False
            now = self._database.now(session)
            row.state, row.updated_at, row.finished_at, row.expires_at = ending.state, now, now, now + KEEP
            row.message = clean_text(ending.message, _LONGEST_MESSAGE)
            told = {"data": ending.data, "meta": ending.meta} if ending.error is None else {"error": ending.error}
            OPERATION_CONTENT.seal(self._database.keys, row, {**self._opened(row), **told})
            if row.audit_id is not None and ending.audit:
                self._audit.complete(session, row.audit_id, ending.audit)
            session.flush()
            crashpoints.at("operation_before_commit")
        crashpoints.at("operation_after_commit")
        return True

    def list(
        self,
        principal: Principal,
        store: Store | None = None,
        limit: int = 50,
        before: str | None = None,
        states: Sequence[str] | None = None,
    ) -> list[Operation]:
        """Return the operations of the person's stores, the newest first, as `AuditLog.list` does."""
        statement = select(OperationRow).where(_visible(principal))
        if store is not None:
            statement = statement.where(OperationRow.installation_id == store.id)
        if states is not None:
            statement = statement.where(OperationRow.state.in_(states))
        if before is not None:
            statement = statement.where(OperationRow.id < before)
        statement = statement.order_by(OperationRow.id.desc()).limit(max(1, min(limit, _MAX_LIMIT)))
        with self._database.read() as session:
            return [self._operation(row) for row in session.scalars(statement)]

    def _held(self, session: Session, operation_id: str, job: Job | None) -> OperationRow | None:
        if job is not None and not self._jobs.held(session, job):
            raise LeaseLost
        statement = select(OperationRow).where(OperationRow.id == operation_id, OperationRow.state.in_(OPEN))
        return session.scalar(statement.with_for_update())

    def _opened(self, row: OperationRow) -> dict[str, Any]:
        try:
            return OPERATION_CONTENT.value(self._database.keys, row)
        except Unreadable:
            return {}

    def _one(self, statement: Any) -> Operation | None:
        with self._database.read() as session:
            row = session.scalar(statement)
            return None if row is None else self._operation(row)

    def _operation(self, row: OperationRow) -> Operation:
        return Operation(
            id=row.id,
            store_id=row.installation_id,
            app=row.app,
            shop=row.shop_domain,
            tenant=row.tenant,
            subject=row.subject,
            via=row.via,
            action=row.action,
            state=row.state,  # type: ignore[arg-type]  # only states are written
            done=row.done,
            total=row.total,
            message=row.message,
            audit_id=row.audit_id,
            created_at=row.created_at,
            updated_at=row.updated_at,
            finished_at=row.finished_at,
            expires_at=row.expires_at,
            opened=partial(self._opened, row),
        )


def _visible(principal: Principal) -> Any:
    return OperationRow.installation_id.in_(select(Membership.installation_id).where(mine(principal)))


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(timespec="seconds")
