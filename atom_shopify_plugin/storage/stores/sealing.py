"""Seal and open the secrets of an installation: each ciphertext belongs to one row and one version."""

from __future__ import annotations

from datetime import datetime

from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.storage.database.base import aad
from atom_shopify_plugin.storage.database.crypto import KeyRing
from atom_shopify_plugin.storage.stores.tables import Installation, OAuthToken

__all__ = ["next_version", "open_client_secret", "open_token", "seal_client_secret", "seal_tokens"]


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
