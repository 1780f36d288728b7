"""The token row: read, lease, compare-and-swap. No transaction here is ever open during a call to Shopify."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import bindparam, or_, select, update

from atom_shopify_plugin import crashpoints
from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.base import Repository, aad, changed
from atom_shopify_plugin.storage.crypto import KeyRing, Unreadable
from atom_shopify_plugin.storage.models import Installation, OAuthToken
from atom_shopify_plugin.storage.values import State, StoredToken, TokenKind

__all__ = ["Tokens", "next_version", "open_token", "seal_client_secret", "seal_tokens"]


_LONGEST_LEASE = timedelta(seconds=60)


def next_version(previous: int, now: datetime) -> int:
    """Return a number that only grows, over the deletion of a row too: milliseconds, or one more than before."""
    return max(previous + 1, int(now.timestamp() * 1000))


def _aad(row: Installation, token: OAuthToken, field: str) -> str:
    return aad(row.app, row.shop_domain, field, token.id, token.version)


def seal_tokens(keys: KeyRing, row: Installation, token: OAuthToken, access: Secret, refresh: Secret | None) -> None:
    """Encrypt both tokens for the row and version that they are about to stand in."""
    token.access_token = keys.encrypt(access.reveal().encode(), _aad(row, token, "access_token"))
    token.key_id = keys.id_of(token.access_token)
    token.refresh_token = None
    if refresh is not None:
        token.refresh_token = keys.encrypt(refresh.reveal().encode(), _aad(row, token, "refresh_token"))


def seal_client_secret(keys: KeyRing, row: Installation, secret: Secret | None) -> None:
    """Encrypt the client secret of a merchant's own app, or remove it."""
    row.secret_version += 1
    row.client_secret, row.key_id = None, None
    if secret is not None:
        place = aad(row.app, row.shop_domain, "client_secret", row.id, row.secret_version)
        row.client_secret = keys.encrypt(secret.reveal().encode(), place)
        row.key_id = keys.id_of(row.client_secret)


def open_token(keys: KeyRing, row: Installation, token: OAuthToken) -> tuple[Secret, Secret | None]:
    """Return access and refresh token; raise `Unreadable`."""
    access = Secret(keys.decrypt(token.access_token, _aad(row, token, "access_token")).decode())
    if token.refresh_token is None:
        return access, None
    return access, Secret(keys.decrypt(token.refresh_token, _aad(row, token, "refresh_token")).decode())


def open_client_secret(keys: KeyRing, row: Installation) -> Secret | None:
    """Return the client secret of a merchant's own app; raise `Unreadable`."""
    if row.client_secret is None:
        return None
    place = aad(row.app, row.shop_domain, "client_secret", row.id, row.secret_version)
    return Secret(keys.decrypt(row.client_secret, place).decode())


_TOKEN = (
    select(Installation, OAuthToken)
    .join(OAuthToken, OAuthToken.installation_id == Installation.id)
    .where(Installation.id == bindparam("installation_id"))
)


class Tokens(Repository):
    """Tokens by installation."""

    def read(self, installation_id: str) -> StoredToken | None:
        """Return the token, decrypted, or None. Raise `Unreadable` after marking the store for attention."""
        keys = self._storage.keys
        with self._storage.read() as session:
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
            self._storage.installations.mark(installation_id, problem.reason if problem else "")
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
        with self._storage.read() as session:
            return session.scalar(select(OAuthToken.version).where(OAuthToken.installation_id == installation_id))

    def lease(self, installation_id: str, version: int, seconds: float) -> str | None:
        """Take the right to renew this version for a while; None if it has changed or somebody else holds it."""
        owner = secrets.token_hex(16)
        with self._storage.begin() as session:
            now = self._storage.now(session)
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
            with self._storage.begin() as session:
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
        with self._storage.begin() as session:
            now = self._storage.now(session)
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
            seal_tokens(self._storage.keys, row, token, access, refresh)
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
        with self._storage.begin() as session:
            current = (
                select(OAuthToken.id)
                .where(OAuthToken.installation_id == Installation.id, OAuthToken.version == version)
                .exists()
            )
            done = changed(
                session,
                update(Installation)
                .where(Installation.id == installation_id, current)
                .values(state="reauth_required", updated_at=self._storage.now(session)),
            )
        return bool(done)

    def idle(self, days: float, limit: int) -> list[str]:
        """Return installations whose refresh token has less than `days` left, the most urgent first."""
        with self._storage.read() as session:
            now = self._storage.now(session)
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
