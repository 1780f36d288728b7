"""The token row: read, lease, compare-and-swap. No transaction here is ever open during a call to Shopify."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import bindparam, or_, select, update

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Repository, changed
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.stores.installations import Installations
from atom_shopify_plugin.storage.stores.sealing import (
    next_version,
    open_client_secret,
    open_token,
    seal_tokens,
)
from atom_shopify_plugin.storage.stores.tables import Installation, OAuthToken, State, StoredToken, TokenKind

__all__ = ["Tokens"]


_LONGEST_LEASE = timedelta(seconds=60)


_TOKEN = (
    select(Installation, OAuthToken)
    .join(OAuthToken, OAuthToken.installation_id == Installation.id)
    .where(Installation.id == bindparam("installation_id"))
)


class Tokens(Repository):
    """Tokens by installation."""

    def __init__(self, database: Database, installations: Installations) -> None:
        super().__init__(database)
        self._installations = installations

    def read(self, installation_id: str) -> StoredToken | None:
        """Return the token, decrypted, or None. Raise `Unreadable` after marking the store for attention."""
        keys = self._database.keys
        with self._database.read() as session:
            found = session.execute(_TOKEN, {"installation_id": installation_id}).one_or_none()
            if found is None:
                return None
            row, token = found
            problem = None
            try:
                access, refresh = open_token(keys, row, token)
                client_secret = open_client_secret(keys, row)
            except Unreadable as error:
                problem = error
        if problem is not None or row.attention:
            self._installations.mark(installation_id, problem.reason if problem else "")
        if problem is not None:
            raise problem
        return StoredToken(
            installation_id=row.id,
            app=row.app,
            shop=ShopDomain(row.shop_domain),
            state=cast(State, row.state),
            kind=cast(TokenKind, row.token_kind),
            version=token.version,
            access=access,
            refresh=refresh,
            expires_at=token.expires_at,
            refresh_expires_at=token.refresh_expires_at,
            client_secret=client_secret,
        )

    def version(self, installation_id: str) -> int | None:
        """Return the version that stands there, None without a token."""
        with self._database.read() as session:
            return session.scalar(select(OAuthToken.version).where(OAuthToken.installation_id == installation_id))

    def lease(self, installation_id: str, version: int, seconds: float) -> str | None:
        """Take the right to renew this version for a while; None if it has changed or somebody else holds it."""
        owner = secrets.token_hex(16)
        with self._database.begin() as session:
            now = self._database.now(session)
            # One further ahead than any lease was written before the clock went back.
            ahead = OAuthToken.lease_until > now + _LONGEST_LEASE
            free = or_(OAuthToken.lease_until.is_(None), OAuthToken.lease_until < now, ahead)
            taken = changed(
                session,
                update(OAuthToken)
                .where(OAuthToken.installation_id == installation_id, OAuthToken.version == version, free)
                .values(lease_owner=owner, lease_until=now + timedelta(seconds=seconds)),
            )
        return owner if taken else None

    def release(self, installation_id: str, owner: str) -> None:
        """Give a lease back. Where the database is away it simply runs out."""
        try:
            with self._database.begin() as session:
                changed(
                    session,
                    update(OAuthToken)
                    .where(OAuthToken.installation_id == installation_id, OAuthToken.lease_owner == owner)
                    .values(lease_owner=None, lease_until=None),
                )
        except Unavailable:
            return

    def swap(
        self,
        old: StoredToken,
        *,
        access: Secret,
        refresh: Secret | None,
        expires_at: datetime | None,
        refresh_expires_at: datetime | None,
        scope: str,
        granted_scopes: frozenset[str],
    ) -> bool:
        """Put a new pair in the place of `old`, both or neither; False if `old` is no longer what stands there.

        The version alone decides: somebody whose lease ran out may still bring the newer pair home.
        """
        with self._database.begin() as session:
            now = self._database.now(session)
            found = session.execute(
                select(Installation, OAuthToken)
                .join(OAuthToken, OAuthToken.installation_id == Installation.id)
                .where(Installation.id == old.installation_id, OAuthToken.version == old.version)
                .with_for_update()
            ).one_or_none()
            if found is None:
                return False
            row, token = found
            token.version = next_version(token.version, now)
            seal_tokens(self._database.keys, row, token, access, refresh)
            token.expires_at, token.refresh_expires_at, token.updated_at = expires_at, refresh_expires_at, now
            token.lease_owner = token.lease_until = None
            if scope:
                token.scope = scope
                row.granted_scopes = " ".join(sorted(granted_scopes))
            row.state, row.attention, row.updated_at = "active", "", now
            session.flush()
            crashpoints.at("refresh_before_commit")
        return True

    def refused(self, installation_id: str, version: int) -> bool:
        """Say that Shopify no longer takes this version; False if another has come in the meantime."""
        with self._database.begin() as session:
            current = (
                select(OAuthToken.id)
                .where(OAuthToken.installation_id == Installation.id, OAuthToken.version == version)
                .exists()
            )
            done = changed(
                session,
                update(Installation)
                .where(Installation.id == installation_id, current)
                .values(state="reauth_required", updated_at=self._database.now(session)),
            )
        return bool(done)

    def idle(self, days: float, limit: int) -> list[str]:
        """Return installations whose refresh token has less than `days` left, the most urgent first."""
        with self._database.read() as session:
            now = self._database.now(session)
            return list(
                session.scalars(
                    select(Installation.id)
                    .join(OAuthToken, OAuthToken.installation_id == Installation.id)
                    .where(
                        Installation.state == "active",
                        OAuthToken.refresh_expires_at > now,
                        OAuthToken.refresh_expires_at < now + timedelta(days=days),
                    )
                    .order_by(OAuthToken.refresh_expires_at)
                    .limit(limit)
                )
            )
