"""The tables. The migrations make them; a test proves that both say the same.

An *installation* is a pair of an app and a store and owns the token; people reach it through a *membership*.
Every name begins with ``shopify_`` because the database may be shared with the host.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = [
    "VIA",
    "Audit",
    "Base",
    "Confirmation",
    "Idempotency",
    "Installation",
    "Invitation",
    "Membership",
    "OAuthState",
    "OAuthToken",
    "Usage",
    "UtcDateTime",
]


VIA = 320  # a door and, where somebody acts for another person, a subject


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python on every database, never naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Only aware datetimes are stored.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # its caller gives it
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The metadata of our tables, with names for all constraints so that a migration can reach them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, bytes: LargeBinary}  # noqa: RUF012  # SQLAlchemy reads it once


def _id() -> Any:
    return mapped_column(String(32), primary_key=True)


def _installation() -> Any:
    return mapped_column(ForeignKey("shopify_installations.id", ondelete="CASCADE"))


class Installation(Base):
    """An app on a store. `secret_version` and `key_id` belong to `client_secret`, set for a merchant's own app."""

    __tablename__ = "shopify_installations"
    __table_args__ = (UniqueConstraint("app", "shop_domain"), Index(None, "shop_domain"), Index(None, "key_id"))

    id: Mapped[str] = _id()
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

    id: Mapped[str] = _id()
    installation_id: Mapped[str] = _installation()
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

    id: Mapped[str] = _id()
    installation_id: Mapped[str] = _installation()
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

    id: Mapped[str] = _id()
    token_hash: Mapped[str] = mapped_column(String(64))
    installation_id: Mapped[str] = _installation()
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


class Confirmation(Base):
    """A destructive action that was previewed and waits for a yes."""

    __tablename__ = "shopify_confirmations"
    __table_args__ = (Index(None, "expires_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    installation_id: Mapped[str] = _installation()
    action: Mapped[str] = mapped_column(String(128))
    input_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Idempotency(Base):
    """A call under a key: running, done with its encrypted result, or cut off. `key_hash` covers who, what and key."""

    __tablename__ = "shopify_idempotency"
    __table_args__ = (
        UniqueConstraint("installation_id", "key_hash"),
        Index(None, "expires_at"),
        Index(None, "key_id"),
    )

    id: Mapped[str] = _id()
    installation_id: Mapped[str] = _installation()
    key_hash: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(128))
    input_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    owner: Mapped[str] = mapped_column(String(32))
    lease_until: Mapped[datetime]
    result: Mapped[bytes | None]
    key_id: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Audit(Base):
    """What was done. `content` is the encrypted JSON of input, before and after. It outlives its store."""

    __tablename__ = "shopify_audit"
    __table_args__ = (
        Index(None, "installation_id", "id"),
        Index(None, "tenant", "subject", "id"),
        Index(None, "key_id"),
    )

    id: Mapped[str] = _id()
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


class Usage(Base):
    """Counters. ``minute`` rows hold a histogram of durations by kind, ``day`` rows the totals by key and store."""

    __tablename__ = "shopify_usage"

    period: Mapped[str] = mapped_column(String(8), primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    store_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    bucket: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    count: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float] = mapped_column(Float)


class Pulse(Base):
    """What the database knows of itself: when its time was last noted, and the last step of its clock.

    A row with `filler` is written and deleted in one transaction, to find out whether writes are taken.
    """

    __tablename__ = "shopify_pulse"

    id: Mapped[str] = _id()
    at: Mapped[datetime]
    seconds: Mapped[float] = mapped_column(Float)
    filler: Mapped[bytes | None]
