"""The audit log: who did what, on which store, from which value to which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Float,
    Index,
    String,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.errors import OutcomeUnknown, StillRunning
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.calls.sealed import SealedColumn
from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    changed,
    clean_text,
    id_column,
    is_id,
    new_id,
    partial_index,
)
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.stores.memberships import mine
from atom_shopify_plugin.storage.stores.tables import Membership, Store

__all__ = ["AUDIT_CONTENT", "VIA", "Audit", "AuditEntry", "AuditFilter", "AuditLog", "AuditRow", "Undoing"]


VIA = 320  # an interface such as ``rest`` and, where somebody acts for another person, a subject
AUDIT_CONTENT = SealedColumn("content", "audit_content")


class Audit(Base):
    """What was done. It outlives its store.

    `content` is the encrypted JSON of input, before, after and undo. `undoes` is the id of the entry that this write
    undoes; `undone_by` is the id of the entry that undid this one, or is about to.
    """

    __tablename__ = "shopify_audit"
    __table_args__ = (
        Index(None, "installation_id", "id"),
        Index(None, "tenant", "subject", "id"),
        Index(None, "key_id"),
        partial_index("ix_shopify_audit_undoes", "undoes", where="undoes IS NOT NULL"),
    )

    id: Mapped[str] = id_column()
    at: Mapped[datetime]
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    via: Mapped[str] = mapped_column(String(VIA))
    installation_id: Mapped[str | None] = mapped_column(String(32))
    shop_domain: Mapped[str | None] = mapped_column(String(255))
    action: Mapped[str] = mapped_column(String(128))
    effect: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(64))
    target: Mapped[str | None] = mapped_column(String(255))
    seconds: Mapped[float] = mapped_column(Float)
    verified: Mapped[bool | None]
    request_id: Mapped[str | None] = mapped_column(String(128))
    content: Mapped[bytes | None]
    key_id: Mapped[str | None] = mapped_column(String(32))
    undoes: Mapped[str | None] = mapped_column(String(32))
    undone_by: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True, slots=True)
class Undoing:
    """The entry that a write undoes. `instead_of` is an earlier, unfinished undo that this one takes the place of."""

    entry_id: str
    instead_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done: who, what, on which store, with which outcome (``ok`` or an error code).

    `undo` is the call that puts things back: ``action`` and ``input``, and what it is checked against.
    """

    principal: Principal
    action: str
    effect: str
    outcome: str
    seconds: float
    store_id: str | None = None
    shop: str | None = None
    target: str | None = None
    input: Mapping[str, Any] | None = None
    before: Any = None
    after: Any = None
    verified: bool | None = None
    request_id: str | None = None
    undo: Mapping[str, Any] | None = None
    undoes: Undoing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A stored `AuditEntry`; its outcome is ``started`` while it runs, and for good if the process died.

    `before`, `after`, `input` and `undo` are None where the key that protects them is gone.
    """

    id: str
    at: datetime
    tenant: str
    subject: str
    via: str
    action: str
    effect: str
    outcome: str
    seconds: float
    store_id: str | None
    shop: str | None
    target: str | None
    input: Any
    before: Any
    after: Any
    verified: bool | None
    request_id: str | None
    undo: Any
    undoes: str | None
    undone_by: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as people see it."""
        undo = self.undo
        return {
            "id": self.id,
            "at": self.at.isoformat(timespec="seconds"),
            "subject": self.subject,
            "via": self.via,
            "action": self.action,
            "effect": self.effect,
            "outcome": self.outcome,
            "seconds": self.seconds,
            "shop": self.shop,
            "target": self.target,
            "verified": self.verified,
            "input": self.input,
            "before": self.before,
            "after": self.after,
            "undo": None if undo is None else {"action": undo["action"], "input": undo["input"]},
            "undoes": self.undoes,
            "undone_by": self.undone_by,
            "request_id": self.request_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries are meant: at or after `since` and before `until`, by `subject`, of an `action`, on a `resource`.

    `outcome` is ``ok``, ``failed``, ``started`` or ``unknown``. A resource is a global id, its number, or another name
    that entries have as their target.
    """

    since: datetime | None = None
    until: datetime | None = None
    subject: str | None = None
    action: str | None = None
    resource: str | None = None
    outcome: str | None = None

    def conditions(self) -> list[Any]:
        """Return the conditions that an entry has to meet."""
        found: list[Any] = []
        found += [] if self.since is None else [Audit.at >= self.since]
        found += [] if self.until is None else [Audit.at < self.until]
        found += [] if self.subject is None else [Audit.subject == self.subject]
        found += [] if self.action is None else [Audit.action == self.action]
        if self.resource is not None:
            number = self.resource.isascii() and self.resource.isdigit()
            same = Audit.target == self.resource
            found.append(or_(same, Audit.target.endswith(f"/{self.resource}")) if number else same)
        if self.outcome == "failed":
            found.append(Audit.outcome.not_in(_OPEN))
        elif self.outcome is not None:
            found.append(Audit.outcome == (OutcomeUnknown.code if self.outcome == "unknown" else self.outcome))
        return found


_MAX_LIMIT = 250
_MOST_WRITES = 5_000
_OPEN = ("ok", "started", OutcomeUnknown.code)
"""Outcomes of a write that may stand."""


class AuditLog(Repository):
    """Entries are only ever added, and completed once."""

    def record(self, entry: AuditEntry) -> str:
        """Store an entry and return its id. Input, before and after may hold personal data: they are encrypted.

        An entry that undoes another one is the only one to do so: raise `StillRunning` where there is one already.
        """
        row_id = new_id()
        with self._database.begin() as session:
            if entry.undoes is not None:
                self._claim(session, entry.undoes, row_id)
            row = Audit(id=row_id, at=self._database.now(session))
            self._fill(row, entry)
            session.add(row)
        return row_id

    def settle(self, row_id: str, entry: AuditEntry) -> None:
        """Complete an entry that was stored before its effect, so that a crash in between leaves a trace."""
        with self._database.begin() as session:
            self.settle_in(session, row_id, entry)

    def settle_in(self, session: Session, row_id: str, entry: AuditEntry) -> None:
        """Complete an entry in the caller's transaction. An undo that had no effect leaves its entry to be undone."""
        row = session.get(Audit, row_id)
        if row is None:
            return
        self._fill(row, entry)
        self._release(session, row)

    def _release(self, session: Session, row: Audit) -> None:
        if row.undoes is not None and row.outcome not in _OPEN:
            ours = [Audit.id == row.undoes, Audit.undone_by == row.id]
            changed(session, update(Audit).where(*ours).values(undone_by=None))

    def complete(self, session: Session, row_id: str, members: Mapping[str, Any]) -> None:
        """Complete an entry with some of the members of `AuditEntry`, in the caller's transaction.

        The time that the write took runs from the entry's begin to now.
        """
        row = session.get(Audit, row_id)
        if row is None:
            return
        content = {**self._opened(row), **{name: members[name] for name in ("after", "undo") if name in members}}
        self._fill_outcome(row, members["outcome"], members.get("verified"), members.get("target", row.target))
        row.seconds = max(0.0, (self._database.now(session) - row.at).total_seconds())
        AUDIT_CONTENT.seal(self._database.keys, row, content)
        self._release(session, row)

    def _claim(self, session: Session, undoing: Undoing, row_id: str) -> None:
        free = or_(Audit.undone_by.is_(None), Audit.undone_by == undoing.instead_of)
        if not changed(session, update(Audit).where(Audit.id == undoing.entry_id, free).values(undone_by=row_id)):
            raise StillRunning("Another call is undoing this entry. Try again in a moment.", retry_after=2.0)

    def _fill(self, row: Audit, entry: AuditEntry) -> None:
        row.tenant, row.subject = entry.principal.tenant, entry.principal.subject
        row.via = clean_text(entry.principal.via, VIA)
        row.installation_id, row.shop_domain = entry.store_id, entry.shop
        row.action, row.effect = entry.action, entry.effect
        self._fill_outcome(row, entry.outcome, entry.verified, entry.target)
        row.seconds = entry.seconds
        row.request_id = None if entry.request_id is None else clean_text(entry.request_id, 128)
        row.undoes = None if entry.undoes is None else entry.undoes.entry_id
        if not (entry.input is None and entry.before is None and entry.after is None):
            content = {"input": entry.input, "before": entry.before, "after": entry.after, "undo": entry.undo}
            AUDIT_CONTENT.seal(self._database.keys, row, content)

    @staticmethod
    def _fill_outcome(row: Audit, outcome: str, verified: bool | None, target: str | None) -> None:
        row.outcome, row.verified = clean_text(outcome, 64), verified
        row.target = None if target is None else clean_text(target, 255)

    def _opened(self, row: Audit) -> dict[str, Any]:
        try:
            return AUDIT_CONTENT.value(self._database.keys, row)
        except Unreadable:
            return {}  # the entry itself still tells who did what

    def list(
        self,
        principal: Principal,
        store: Store | None = None,
        limit: int = 50,
        before: str | None = None,
        wanted: AuditFilter | None = None,
    ) -> list[AuditRow]:
        """Return what the person did, and what anybody did on the person's stores, the newest first.

        `store` narrows it to one store, `wanted` further; `before` is the id of the last entry that was seen already.
        """
        statement = select(Audit).where(_visible(principal), *(wanted.conditions() if wanted is not None else ()))
        if store is not None:
            statement = statement.where(Audit.installation_id == store.id)
        if before is not None:
            statement = statement.where(Audit.id < before)
        statement = statement.order_by(Audit.id.desc()).limit(max(1, min(limit, _MAX_LIMIT)))
        with self._database.read() as session:
            return [self._row(row) for row in session.scalars(statement)]

    def get(self, principal: Principal, row_id: str, store: Store | None = None) -> AuditRow | None:
        """Return one entry that `list` would show, None where there is none."""
        if not is_id(row_id):
            return None
        statement = select(Audit).where(Audit.id == row_id, _visible(principal))
        if store is not None:
            statement = statement.where(Audit.installation_id == store.id)
        with self._database.read() as session:
            row = session.scalar(statement)
            return None if row is None else self._row(row)

    def last_write(self, principal: Principal, store: Store) -> AuditRow | None:
        """Return what the person wrote last in a store in the same way (`Principal.via`) and has not undone.

        Undos themselves are left out, so that undoing again goes one write further back.
        """
        own = (Audit.tenant == principal.tenant) & (Audit.subject == principal.subject)
        statement = (
            select(Audit)
            .where(
                own,
                Audit.installation_id == store.id,
                Audit.via == principal.via,
                Audit.outcome == "ok",
                Audit.effect != "read",
                Audit.undoes.is_(None),
                Audit.undone_by.is_(None),
            )
            .order_by(Audit.id.desc())
            .limit(1)
        )
        with self._database.read() as session:
            row = session.scalar(statement)
            return None if row is None else self._row(row)

    def written(
        self, store: Store, actions: Collection[str], since: datetime, until: datetime
    ) -> Sequence[tuple[datetime, datetime]]:
        """Return when writes by `actions` to a store began and ended, of those that began in a time and may stand."""
        statement = (
            select(Audit.at, Audit.seconds)
            .where(
                Audit.installation_id == store.id,
                Audit.at.between(since, until),
                Audit.action.in_(actions),
                Audit.outcome.in_(_OPEN),
            )
            .order_by(Audit.id.desc())
            .limit(_MOST_WRITES)
        )
        with self._database.read() as session:
            return [(at, at + timedelta(seconds=seconds)) for at, seconds in session.execute(statement)]

    def failed_undos(self, row_id: str) -> int:
        """Return how many attempts to undo an entry certainly had no effect."""
        with self._database.read() as session:
            failed = select(func.count()).where(Audit.undoes == row_id, Audit.outcome.not_in(_OPEN))
            return session.scalar(failed) or 0

    def _row(self, row: Audit) -> AuditRow:
        content = self._opened(row)
        return AuditRow(
            id=row.id,
            at=row.at,
            tenant=row.tenant,
            subject=row.subject,
            via=row.via,
            action=row.action,
            effect=row.effect,
            outcome=row.outcome,
            seconds=row.seconds,
            store_id=row.installation_id,
            shop=row.shop_domain,
            target=row.target,
            input=content.get("input"),
            before=content.get("before"),
            after=content.get("after"),
            verified=row.verified,
            request_id=row.request_id,
            undo=content.get("undo"),
            undoes=row.undoes,
            undone_by=row.undone_by,
        )


def _visible(principal: Principal) -> Any:
    """Return the condition that an entry is of the person, or of a store of theirs."""
    own = (Audit.tenant == principal.tenant) & (Audit.subject == principal.subject)
    stores = select(Membership.installation_id).where(mine(principal))
    return or_(own, Audit.installation_id.in_(stores))
