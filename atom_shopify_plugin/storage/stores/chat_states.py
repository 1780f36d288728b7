"""What was said last in a conversation of the chat: what it was about, and what waits for an answer.

A conversation is a person at one place (`Principal.via`). Its state is kept for half an hour after the last message,
encrypted, in the database, so that whichever process gets the next message knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, Select, String, UniqueConstraint, delete, or_, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.calls.sealed import SealedColumn
from atom_shopify_plugin.storage.database.base import Base, Repository, changed, id_column, installation_column, new_id
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.stores.tables import Membership, Store

__all__ = ["CHAT_STATE", "IDLE", "ChatState", "ChatStateRow", "ChatStates", "forget_chats"]

IDLE = timedelta(minutes=30)
CHAT_STATE = SealedColumn("content", "chat_state")
_VIA = 320


class ChatStateRow(Base):
    """The state of one conversation. `version` grows with each message; `installation_id` is the store it is about."""

    __tablename__ = "shopify_chat_states"
    __table_args__ = (
        UniqueConstraint("tenant", "subject", "via"),
        Index(None, "installation_id"),
        Index(None, "key_id"),
        Index(None, "expires_at"),
    )

    id: Mapped[str] = id_column()
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    via: Mapped[str] = mapped_column(String(_VIA))
    installation_id: Mapped[str] = installation_column()
    version: Mapped[int]
    content: Mapped[bytes | None]
    key_id: Mapped[str | None] = mapped_column(String(32))
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class ChatState:
    """A state as it was read. `version` is 0 where there is none; `expired` tells that there was one until lately."""

    version: int = 0
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    expired: bool = False


class ChatStates(Repository):
    """The states of all conversations."""

    def read(self, principal: Principal) -> ChatState:
        """Return the state of a conversation; an empty one where it has expired or its key is gone."""
        with self._database.read() as session:
            now = self._database.now(session)
            row = session.scalar(_own(principal))
            if row is None:
                return ChatState()
            if row.expires_at <= now:
                return ChatState(row.version, expired=True)
            try:
                return ChatState(row.version, CHAT_STATE.value(self._database.keys, row))
            except Unreadable:
                return ChatState(row.version)

    def write(self, principal: Principal, store: Store, before: ChatState, content: Mapping[str, Any]) -> bool:
        """Put a state in the place of `before`; False where another message has changed it meanwhile."""
        with self._database.begin() as session:
            until = self._database.now(session) + IDLE
            row = session.scalar(_own(principal).with_for_update())
            if row is None:
                if before.version:
                    return False
                row = ChatStateRow(
                    id=new_id(), tenant=principal.tenant, subject=principal.subject, via=principal.via[:_VIA], version=0
                )
                session.add(row)
            elif row.version != before.version:
                return False
            row.installation_id, row.expires_at = store.id, until
            row.version += 1
            CHAT_STATE.seal(self._database.keys, row, content)
        return True

    def take(self, principal: Principal, before: ChatState, content: Mapping[str, Any]) -> bool:
        """Put a state in the place of `before` and tell whether it was still there: of several callers, one is told."""
        with self._database.begin() as session:
            row = session.scalar(_own(principal).with_for_update())
            if row is None or row.version != before.version or row.expires_at <= self._database.now(session):
                return False
            values = CHAT_STATE.values(self._database.keys, row.id, content)
            same = ChatStateRow.id == row.id, ChatStateRow.version == before.version
            taken = update(ChatStateRow).where(*same).values(**values, version=before.version + 1)
            return changed(session, taken) == 1

    def forget(self, installation_id: str) -> int:
        """Delete the states of all conversations of people who may use a store, or that are about it."""
        with self._database.begin() as session:
            return forget_chats(session, installation_id)


def forget_chats(session: Session, installation_id: str) -> int:
    """Delete what `ChatStates.forget` deletes, within a transaction, while the store has its members."""
    people = select(Membership.tenant, Membership.subject).where(Membership.installation_id == installation_id)
    who = tuple_(ChatStateRow.tenant, ChatStateRow.subject).in_(people)
    about = ChatStateRow.installation_id == installation_id
    return changed(session, delete(ChatStateRow).where(or_(who, about)))


def _own(principal: Principal) -> Select[ChatStateRow]:
    return select(ChatStateRow).where(
        ChatStateRow.tenant == principal.tenant,
        ChatStateRow.subject == principal.subject,
        ChatStateRow.via == principal.via[:_VIA],
    )
