"""The audit log: who did what, on which store, from which value to which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    Float,
    Index,
    String,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.database.base import Base, Repository, aad, clean_text, id_column, new_id
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.stores.memberships import mine
from atom_shopify_plugin.storage.stores.tables import Membership, Store
from atom_shopify_plugin.strictjson import encode

__all__ = ["VIA", "Audit", "AuditEntry", "AuditLog", "AuditRow", "content_aad"]


VIA = 320  # a door and, where somebody acts for another person, a subject


class Audit(Base):
    """What was done. `content` is the encrypted JSON of input, before and after. It outlives its store."""

    __tablename__ = "shopify_audit"
    __table_args__ = (
        Index(None, "installation_id", "id"),
        Index(None, "tenant", "subject", "id"),
        Index(None, "key_id"),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done: who, what, on which store, with which outcome (``ok`` or an error code)."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A stored `AuditEntry`; its outcome is ``started`` while it runs, and for good if the process died.

    `before`, `after` and `input` are None where the key that protects them is gone.
    """

    id: str
    at: datetime
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


_MAX_LIMIT = 250


def content_aad(row_id: str) -> str:
    """Return the associated data of an entry's content."""
    return aad("", "", "audit_content", row_id, 1)


class AuditLog(Repository):
    """Entries are only ever added, and completed once."""

    def record(self, entry: AuditEntry) -> str:
        """Store an entry and return its id. Input, before and after may hold personal data: they are encrypted."""
        row_id = new_id()
        with self._database.begin() as session:
            row = Audit(id=row_id, at=self._database.now(session))
            self._fill(row, entry)
            session.add(row)
        return row_id

    def settle(self, row_id: str, entry: AuditEntry) -> None:
        """Complete an entry that was stored before its effect, so that a crash in between leaves a trace."""
        with self._database.begin() as session:
            row = session.get(Audit, row_id)
            if row is not None:
                self._fill(row, entry)

    def _fill(self, row: Audit, entry: AuditEntry) -> None:
        row.tenant, row.subject = entry.principal.tenant, entry.principal.subject
        row.via = clean_text(entry.principal.via, VIA)
        row.installation_id, row.shop_domain = entry.store_id, entry.shop
        row.action, row.effect = entry.action, entry.effect
        row.outcome = clean_text(entry.outcome, 64)
        row.target = None if entry.target is None else clean_text(entry.target, 255)
        row.seconds, row.verified = entry.seconds, entry.verified
        row.request_id = None if entry.request_id is None else clean_text(entry.request_id, 128)
        if not (entry.input is None and entry.before is None and entry.after is None):
            plain = encode({"input": entry.input, "before": entry.before, "after": entry.after})
            row.content = self._database.keys.encrypt(plain, content_aad(row.id))
            row.key_id = self._database.keys.id_of(row.content)

    def list(
        self, principal: Principal, store: Store | None = None, limit: int = 50, before: str | None = None
    ) -> list[AuditRow]:
        """Return what the person did, and what anybody did on the person's stores, the newest first.

        `store` narrows it to one store; `before` is the id of the last entry that was seen already.
        """
        own = (Audit.tenant == principal.tenant) & (Audit.subject == principal.subject)
        stores = select(Membership.installation_id).where(mine(principal))
        statement = select(Audit).where(or_(own, Audit.installation_id.in_(stores)))
        if store is not None:
            statement = statement.where(Audit.installation_id == store.id)
        if before is not None:
            statement = statement.where(Audit.id < before)
        statement = statement.order_by(Audit.id.desc()).limit(max(1, min(limit, _MAX_LIMIT)))
        with self._database.read() as session:
            return [self._row(row) for row in session.scalars(statement)]

    def _row(self, row: Audit) -> AuditRow:
        content: dict[str, Any] = {}
        if row.content is not None:
            try:
                content = orjson.loads(self._database.keys.decrypt(row.content, content_aad(row.id)))
            except Unreadable:
                content = {}  # the entry itself still tells who did what
        return AuditRow(
            id=row.id,
            at=row.at,
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
        )
