"""The store that a conversation is about: chosen in it, and for it alone.

A conversation is a person at one place (`Principal.via`, such as chat). The choice ends when it has not been used for
`IDLE`; the person's default store counts again then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Index, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Base, Repository, id_column, installation_column, new_id
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.stores.memberships import Memberships
from atom_shopify_plugin.storage.stores.tables import Installation, Store

__all__ = ["IDLE", "Conversation", "Conversations"]

IDLE = timedelta(hours=12)
_VIA = 320


class Conversation(Base):
    """Which store a person has chosen at one place."""

    __tablename__ = "shopify_conversations"
    __table_args__ = (
        UniqueConstraint("tenant", "subject", "via"),
        Index(None, "installation_id"),
        Index(None, "expires_at"),
    )

    id: Mapped[str] = id_column()
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    via: Mapped[str] = mapped_column(String(_VIA))
    installation_id: Mapped[str] = installation_column()
    expires_at: Mapped[datetime]


class Conversations(Repository):
    """The choices of all conversations."""

    def __init__(self, database: Database, memberships: Memberships) -> None:
        super().__init__(database)
        self._memberships = memberships

    def choose(self, principal: Principal, store: Store) -> None:
        """Make a store the one that the conversation is about."""
        with self._database.begin() as session:
            until = self._database.now(session) + IDLE
            row = session.scalar(_own(principal).with_for_update())
            if row is None:
                row = Conversation(
                    id=new_id(), tenant=principal.tenant, subject=principal.subject, via=principal.via[:_VIA]
                )
                session.add(row)
            row.installation_id, row.expires_at = store.id, until

    def store(self, principal: Principal) -> Store | None:
        """Return the store that was chosen, None where none was, or where the person no longer has it."""
        with self._database.read() as session:
            now = self._database.now(session)
            row = session.scalar(_own(principal))
            if row is None or row.expires_at <= now:
                return None
            domain = session.scalar(select(Installation.shop_domain).where(Installation.id == row.installation_id))
        store = None if domain is None else self._memberships.find(principal, ShopDomain(domain))
        if store is None or store.id != row.installation_id:
            return None
        if row.expires_at - now < IDLE / 2:
            self.choose(principal, store)
        return store


def _own(principal: Principal) -> Select[Conversation]:
    return select(Conversation).where(
        Conversation.tenant == principal.tenant,
        Conversation.subject == principal.subject,
        Conversation.via == principal.via[:_VIA],
    )
