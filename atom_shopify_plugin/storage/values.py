"""The plain values that storage hands out and takes in; no table leaks through them."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

__all__ = [
    "ADMIN_TOKEN",
    "CLIENT_CREDENTIALS",
    "EXPIRING",
    "OFFLINE",
    "AuditEntry",
    "AuditRow",
    "Begun",
    "Flow",
    "Grant",
    "InProgress",
    "Interrupted",
    "Invited",
    "Member",
    "Mismatch",
    "Replay",
    "State",
    "Store",
    "StoredToken",
    "TokenKind",
    "digest",
    "new_id",
]

State = Literal["active", "reauth_required", "uninstalled"]
TokenKind = Literal["expiring", "offline", "client_credentials", "admin_token"]

EXPIRING: TokenKind = "expiring"
OFFLINE: TokenKind = "offline"
CLIENT_CREDENTIALS: TokenKind = "client_credentials"
ADMIN_TOKEN: TokenKind = "admin_token"  # noqa: S105  # the name of a kind


def new_id() -> str:
    """Return 32 hex digits: 48 bits of time, so that ids sort by age, and 80 random bits."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def digest(text: str) -> str:
    """Return the SHA-256 of `text` in hex: what is stored in place of a one-time secret."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A connected store as one person sees it.

    `id` names the installation, the pair of an app and a store. `granted_scopes` is expanded: ``write_x`` stands there
    together with ``read_x``. `epoch` moves when the app is installed anew. `attention` is empty, or says why the
    stored token can't be read (``unknown_key``, ``unreadable``). `token_version` is 0 where there is no token;
    `refreshed_at` is when it was acquired or renewed last.
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


@dataclass(frozen=True, slots=True)
class Begun:
    """The key is ours to use: run the action, then call `finish`, `abandon` or `uncertain` with this value."""

    id: str
    owner: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The same call has been answered before, with `result`."""

    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class InProgress:
    """The same call is running; ask again in `retry_after` seconds."""

    retry_after: float


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An earlier attempt was cut off, and nobody knows whether it had an effect.

    The key is now the caller's, as `begun`: run the action again where a repetition is harmless, and `finish` it;
    otherwise say `uncertain`.
    """

    begun: Begun


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key belongs to another input."""


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
