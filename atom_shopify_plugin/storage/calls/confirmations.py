"""Confirmation tokens: the yes to one exact destructive call."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import (
    Index,
    String,
    delete,
)
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.storage.database.base import Base, Repository, changed, digest, installation_column

__all__ = ["Confirmation", "Confirmations"]


class Confirmation(Base):
    """A destructive action that was previewed and waits for a yes."""

    __tablename__ = "shopify_confirmations"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    installation_id: Mapped[str] = installation_column()
    action: Mapped[str] = mapped_column(String(128))
    input_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


_AHEAD = timedelta(minutes=1)


class Confirmations(Repository):
    """The tokens that previews have handed out."""

    @staticmethod
    def token() -> str:
        """Return a new token, for calls in several stores to share."""
        return secrets.token_urlsafe(24)

    def issue(
        self,
        principal: Principal,
        store_id: str,
        action: str,
        input_hash: str,
        ttl: float = 300,
        token: str | None = None,
    ) -> str:
        """Return a token that is good once, for `ttl` seconds, and only for exactly this call.

        A `token` that is given is good once in each store for which it was issued.
        """
        token = self.token() if token is None else token
        with self._database.begin() as session:
            now = self._database.now(session)
            session.add(
                Confirmation(
                    id=_row_id(token, store_id),
                    tenant=principal.tenant,
                    subject=principal.subject,
                    installation_id=store_id,
                    action=action,
                    input_hash=input_hash,
                    created_at=now,
                    expires_at=now + timedelta(seconds=ttl),
                )
            )
        return token

    def consume(self, token: str, principal: Principal, store_id: str, action: str, input_hash: str) -> bool:
        """Use the token up if it is good for this call. One that belongs to another call stays as it is."""
        with self._database.begin() as session:
            now = self._database.now(session)
            used = changed(
                session,
                delete(Confirmation).where(
                    Confirmation.id == _row_id(token, store_id),
                    Confirmation.tenant == principal.tenant,
                    Confirmation.subject == principal.subject,
                    Confirmation.installation_id == store_id,
                    Confirmation.action == action,
                    Confirmation.input_hash == input_hash,
                    Confirmation.expires_at > now,
                    # After the clock went back, a yes must not live for longer than was said.
                    Confirmation.created_at <= now + _AHEAD,
                ),
            )
        return used == 1


def _row_id(token: str, store_id: str) -> str:
    return digest(f"{token} {store_id}")
