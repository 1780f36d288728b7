"""The tables of stores, tokens and people, and the values that they are read into.

An *installation* is a pair of an app and a store and owns the token; people reach it through a *membership*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain
from atom_shopify_plugin.storage.database.base import Base, id_column, installation_column

__all__ = [
    "ADMIN_TOKEN",
    "CLIENT_CREDENTIALS",
    "EXPIRING",
    "OFFLINE",
    "Flow",
    "Grant",
    "Installation",
    "Invitation",
    "Invited",
    "Member",
    "Membership",
    "OAuthState",
    "OAuthToken",
    "State",
    "Store",
    "StoredToken",
    "TokenKind",
]


class Installation(Base):
    """An app on a store. `secret_version` and `key_id` belong to `client_secret`, set for a merchant's own app.

    `read_only` stays over uninstalls: nobody gets rid of it by connecting the store anew.
    """

    __tablename__ = "shopify_installations"
    __table_args__ = (UniqueConstraint("app", "shop_domain"), Index(None, "shop_domain"), Index(None, "key_id"))

    id: Mapped[str] = id_column()
    app: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    shop_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    currency: Mapped[str] = mapped_column(String(8))
    timezone: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    epoch: Mapped[int]
    attention: Mapped[str] = mapped_column(String(32))
    token_kind: Mapped[str] = mapped_column(String(24))
    granted_scopes: Mapped[str] = mapped_column(Text)
    read_only: Mapped[bool] = mapped_column(server_default=false())
    client_secret: Mapped[bytes | None]
    secret_version: Mapped[int]
    key_id: Mapped[str | None] = mapped_column(String(32))
    installed_at: Mapped[datetime]
    uninstalled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class OAuthToken(Base):
    """The one live token of an installation. `user_id` is who connected; both tokens are encrypted."""

    __tablename__ = "shopify_oauth_tokens"
    __table_args__ = (UniqueConstraint("installation_id"), Index(None, "key_id"), Index(None, "refresh_expires_at"))

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    user_id: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    shop_id: Mapped[str] = mapped_column(String(64))
    access_token: Mapped[bytes]
    refresh_token: Mapped[bytes | None]
    expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    scope: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[str] = mapped_column(String(32))
    lease_owner: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Membership(Base):
    """A person who may use an installation. One person reaches one store through one installation."""

    __tablename__ = "shopify_memberships"
    __table_args__ = (UniqueConstraint("tenant", "subject", "shop_domain"), Index(None, "installation_id"))

    id: Mapped[str] = id_column()
    installation_id: Mapped[str] = installation_column()
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    is_default: Mapped[bool]
    created_at: Mapped[datetime]


class Invitation(Base):
    """An owner's offer to join an installation. `id` is public; `token_hash` is the hash of what the invited sends."""

    __tablename__ = "shopify_invitations"
    __table_args__ = (UniqueConstraint("token_hash"), Index(None, "installation_id"), Index(None, "expires_at"))

    id: Mapped[str] = id_column()
    token_hash: Mapped[str] = mapped_column(String(64))
    installation_id: Mapped[str] = installation_column()
    epoch: Mapped[int]
    tenant: Mapped[str] = mapped_column(String(255))
    created_by: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class OAuthState(Base):
    """A connection that somebody began: the state's hash, and all that it is bound to.

    `begun_as` is the name of the store that the person gave, where Shopify answered with another one.
    """

    __tablename__ = "shopify_oauth_states"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    browser_hash: Mapped[str] = mapped_column(String(64))
    shop_domain: Mapped[str] = mapped_column(String(255))
    begun_as: Mapped[str | None] = mapped_column(String(255))
    return_to: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    consumed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


State = Literal["active", "reauth_required", "uninstalled"]


TokenKind = Literal["expiring", "offline", "client_credentials", "admin_token"]


EXPIRING: TokenKind = "expiring"


OFFLINE: TokenKind = "offline"


CLIENT_CREDENTIALS: TokenKind = "client_credentials"


ADMIN_TOKEN: TokenKind = "admin_token"  # noqa: S105  # the name of a kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A connected store as one person sees it.

    `id` names the installation, the pair of an app and a store. `granted_scopes` is expanded: ``write_x`` stands there
    together with ``read_x``. `epoch` moves when the app is installed anew. `attention` is empty, or says why the
    stored token can't be read (``unknown_key``, ``unreadable``). `token_version` is 0 where there is no token;
    `refreshed_at` is when it was acquired or renewed last. `read_only` is what was known when the store was looked up;
    a write looks again.
    """

    id: str
    app: str
    shop: ShopDomain
    shop_id: str
    name: str
    currency: str
    timezone: str
    state: State
    epoch: int
    token_kind: TokenKind
    granted_scopes: frozenset[str]
    role: str
    is_default: bool
    read_only: bool
    connected_at: datetime
    token_version: int
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    attention: str = ""
    refreshed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A person who may use a store; `role` is ``owner`` or ``member``."""

    subject: str
    tenant: str
    role: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that waits; `subject` is the only person who may accept it, None for whoever has its token."""

    id: str
    role: str
    subject: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """The token row of an installation, decrypted. `client_secret` is set for a merchant's own app."""

    installation_id: str
    app: str
    shop: ShopDomain
    state: State
    kind: TokenKind
    version: int
    access: Secret
    refresh: Secret | None
    expires_at: datetime | None
    refresh_expires_at: datetime | None
    client_secret: Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Everything that a finished connection brings, to be stored in one transaction.

    `scope` is the text that Shopify returned, `granted_scopes` the same after expansion.
    """

    app: str
    shop: ShopDomain
    shop_id: str
    name: str
    currency: str
    timezone: str
    kind: TokenKind
    scope: str
    granted_scopes: frozenset[str]
    access: Secret
    refresh: Secret | None = None
    expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    client_secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """A one-time OAuth state that has just been consumed; `shop` is the store that it is bound to."""

    id: str
    principal: Principal
    shop: ShopDomain
    return_to: str
    begun_as: str | None = None
