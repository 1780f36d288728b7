"""The audit log: who did what, on which store, from which value to which."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import or_, select

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.base import Repository, aad, text
from atom_shopify_plugin.storage.crypto import Unreadable
from atom_shopify_plugin.storage.memberships import mine
from atom_shopify_plugin.storage.models import VIA, Audit, Membership
from atom_shopify_plugin.storage.values import AuditEntry, AuditRow, Store, new_id
from atom_shopify_plugin.strictjson import encode

__all__ = ["AuditLog", "content_aad"]

_MAX_LIMIT = 250


def content_aad(row_id: str) -> str:
    """Return the associated data of an entry's content."""
    return aad("", "", "audit_content", row_id, 1)


class AuditLog(Repository):
    """Entries are only ever added, and completed once."""

    def record(self, entry: AuditEntry) -> str:
        """Store an entry and return its id. Input, before and after may hold personal data: they are encrypted."""
        row_id = new_id()
        with self._storage.begin() as session:
            row = Audit(id=row_id, at=self._storage.now(session))
            self._fill(row, entry)
            session.add(row)
        return row_id

    def settle(self, row_id: str, entry: AuditEntry) -> None:
        """Complete an entry that was stored before its effect, so that a crash in between leaves a trace."""
        with self._storage.begin() as session:
            row = session.get(Audit, row_id)
            if row is not None:
                self._fill(row, entry)

    def _fill(self, row: Audit, entry: AuditEntry) -> None:
        row.tenant, row.subject = entry.principal.tenant, entry.principal.subject
        row.via = text(entry.principal.via, VIA)
        row.installation_id, row.shop_domain = entry.store_id, entry.shop
        row.action, row.effect = entry.action, entry.effect
        row.outcome = text(entry.outcome, 64)
        row.target = None if entry.target is None else text(entry.target, 255)
        row.seconds, row.verified = entry.seconds, entry.verified
        row.request_id = None if entry.request_id is None else text(entry.request_id, 128)
        if not (entry.input is None and entry.before is None and entry.after is None):
            plain = encode({"input": entry.input, "before": entry.before, "after": entry.after})
            row.content = self._storage.keys.encrypt(plain, content_aad(row.id))
            row.key_id = self._storage.keys.id_of(row.content)

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
        with self._storage.read() as session:
            return [self._row(row) for row in session.scalars(statement)]

    def _row(self, row: Audit) -> AuditRow:
        content: dict[str, Any] = {}
        if row.content is not None:
            try:
                content = orjson.loads(self._storage.keys.decrypt(row.content, content_aad(row.id)))
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
