"""The tokens of one store: how they are granted, rotated, migrated and ended.

Lifetimes and rules are Shopify's for expiring offline tokens (shopify.dev, offline access tokens): one hour and ninety
days; a used refresh token answers again, as an idempotent retry, until the first of: its successor is used, another
token is acquired, thirty days have gone since its first use, its own ninety days are over.
"""

from __future__ import annotations

import copy
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from atom_shopify_plugin.sandbox import scopes as access
from atom_shopify_plugin.sandbox.clock import Clock

__all__ = ["AccessToken", "Code", "RefreshToken", "Refused", "TokenBook"]

HOUR, DAY = 3600.0, 86400.0
ACCESS_LIFE, REFRESH_LIFE, GRACE, MIGRATION_GRACE = HOUR, 90 * DAY, 30 * DAY, 7 * DAY
ONLINE_LIFE = CLIENT_CREDENTIALS_LIFE = DAY - 1
CODE_LIFE = 300.0

Kind = Literal["expiring", "offline", "online", "client_credentials", "admin"]


class Refused(Exception):
    """A grant that is not given; `reason` is ``code``, ``refresh_token``, ``subject_token`` or ``not_installed``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code that was handed out on the way to `redirect_uri`."""

    value: str = field(repr=False)
    client_id: str
    scopes: frozenset[str]
    per_user: bool
    expires_at: float


@dataclass(frozen=True, slots=True)
class AccessToken:
    """`scopes` are as granted, without implied ones; `expires_at` is `None` for a token that does not end."""

    value: str = field(repr=False)
    kind: Kind
    client_id: str
    scopes: frozenset[str]
    expires_at: float | None = None


@dataclass(slots=True)
class RefreshToken:
    """One link in a chain of rotated refresh tokens; `access` is the access token handed out with it."""

    value: str = field(repr=False)
    access: AccessToken
    expires_at: float
    predecessor: RefreshToken | None = field(default=None, repr=False)
    successor: RefreshToken | None = field(default=None, repr=False)
    first_used_at: float | None = None


@dataclass(slots=True)
class _Migration:
    pair: RefreshToken
    until: float


class TokenBook:
    """Every code and token of one store. All methods may be called from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, Code] = {}
        self._access: dict[str, AccessToken] = {}
        self._refresh: dict[str, RefreshToken] = {}
        self._migrations: dict[str, _Migration] = {}
        self._installed: dict[str, frozenset[str]] = {}

    # -- looking up

    def find(self, value: str) -> AccessToken | None:
        """Return the token that `value` is, as long as it is alive."""
        with self._lock:
            token = self._access.get(value)
        if token is None or (token.expires_at is not None and self._clock.time() >= token.expires_at):
            return None
        return token

    def counts(self) -> dict[str, int]:
        """Return how many living access tokens there are of each kind, and how many refresh tokens."""
        now = self._clock.time()
        with self._lock:
            kinds = [t.kind for t in self._access.values() if t.expires_at is None or t.expires_at > now]
            refresh = sum(token.expires_at > now for token in self._refresh.values())
        return {**{kind: kinds.count(kind) for kind in sorted(set(kinds))}, "refresh": refresh}

    def installed(self, client_id: str) -> frozenset[str] | None:
        """Return the scopes that the app was granted last, `None` while it is not installed."""
        with self._lock:
            return self._installed.get(client_id)

    # -- granting

    def code(self, client_id: str, scopes: frozenset[str], *, per_user: bool) -> Code:
        """Hand out an authorization code, good once and for five minutes."""
        granted = access.compress(scopes)
        code = Code(secrets.token_hex(16), client_id, granted, per_user, self._clock.time() + CODE_LIFE)
        with self._lock:
            self._codes[code.value] = code
        return code

    def exchange_code(self, client_id: str, value: str, *, expiring: bool) -> AccessToken | RefreshToken:
        """Turn a code into a token, once; raise `Refused` for one that is unknown, used, too old or not this app's."""
        with self._lock:
            code = self._codes.pop(value, None)
            if code is None or code.client_id != client_id or self._clock.time() >= code.expires_at:
                raise Refused("code")
            if code.per_user:
                return self._new("online", client_id, code.scopes, ONLINE_LIFE)
            return self._new_offline(client_id, code.scopes, expiring=expiring)

    def refresh(self, client_id: str, value: str, *, end_old_access: bool = False) -> RefreshToken:
        """Rotate a refresh token; raise `Refused` for one that has ended.

        The access token of the old pair lives on until its own end, unless `end_old_access`.
        """
        with self._lock:
            now = self._clock.time()
            token = self._refresh.get(value)
            if token is None or token.access.client_id != client_id or now >= token.expires_at:
                raise Refused("refresh_token")
            if token.successor is not None:
                if token.first_used_at is None or now >= token.first_used_at + GRACE:
                    raise Refused("refresh_token")
                return self._repeat(token.successor)
            if token.predecessor is not None:
                self._refresh.pop(token.predecessor.value, None)
                token.predecessor = None
            token.first_used_at = now
            if end_old_access:
                self._access.pop(token.access.value, None)
            token.successor = self._new_pair(client_id, token.access.scopes)
            token.successor.predecessor = token
            return token.successor

    def migrate(self, client_id: str, value: str) -> RefreshToken:
        """Turn a token that does not end into an expiring pair and revoke it.

        The same request answers again for seven days or until the first refresh, so that a lost reply can be had once
        more; after that, and for any other token, it raises `Refused`.
        """
        with self._lock:
            now = self._clock.time()
            done = self._migrations.get(value)
            if done is not None:
                if now >= done.until or done.pair.successor is not None or done.pair.value not in self._refresh:
                    raise Refused("subject_token")
                return self._repeat(done.pair)
            token = self._access.get(value)
            if token is None or token.kind != "offline" or token.client_id != client_id:
                raise Refused("subject_token")
            del self._access[value]
            self._end_grant(client_id)
            pair = self._new_pair(client_id, token.scopes)
            self._migrations[value] = _Migration(pair, now + MIGRATION_GRACE)
            return pair

    def install(self, client_id: str, scopes: frozenset[str]) -> None:
        """Put an app on the store without a token, as a managed installation does; one that is there stays as it is."""
        with self._lock:
            self._installed.setdefault(client_id, access.compress(scopes))

    def exchange_id_token(self, client_id: str, *, online: bool, expiring: bool) -> AccessToken | RefreshToken:
        """Grant a token for an ID token that is valid; raise `Refused` where the app is not installed."""
        with self._lock:
            scopes = self._installed.get(client_id)
            if scopes is None:
                raise Refused("not_installed")
            if online:
                return self._new("online", client_id, scopes, ONLINE_LIFE)
            return self._new_offline(client_id, scopes, expiring=expiring)

    def client_credentials(self, client_id: str, scopes: frozenset[str]) -> AccessToken:
        """Grant a token of a day, without refresh token."""
        with self._lock:
            self._end_refresh(client_id)
            return self._new("client_credentials", client_id, access.compress(scopes), CLIENT_CREDENTIALS_LIFE)

    def admin_token(self, client_id: str, scopes: frozenset[str]) -> AccessToken:
        """Make the token of a merchant's own app, which does not end."""
        with self._lock:
            return self._new("admin", client_id, access.compress(scopes), None)

    # -- ending and changing

    def uninstall(self, client_id: str) -> None:
        """End every code and token of an app."""
        with self._lock:
            self._installed.pop(client_id, None)
            for code in [code for code in self._codes.values() if code.client_id == client_id]:
                del self._codes[code.value]
            self._end_refresh(client_id)
            self._end_access(client_id, {"expiring", "offline", "online", "client_credentials", "admin"})

    def revoke(self, client_id: str, what: str = "all") -> None:
        """End the ``access`` tokens of an app, its ``refresh`` tokens, or ``all``."""
        with self._lock:
            if what in ("access", "all"):
                self._end_access(client_id, {"expiring", "offline", "online", "client_credentials", "admin"})
            if what in ("refresh", "all"):
                self._end_refresh(client_id)

    def set_scopes(self, client_id: str, scopes: frozenset[str]) -> None:
        """Give every living token of an app other scopes, as a merchant's change of the grant does."""
        granted = access.compress(scopes)
        with self._lock:
            if client_id in self._installed:
                self._installed[client_id] = granted
            for value, token in self._access.items():
                if token.client_id == client_id and token.kind != "admin":
                    self._access[value] = replace(token, scopes=granted)
            for refresh in self._refresh.values():
                if refresh.access.client_id == client_id:
                    refresh.access = replace(refresh.access, scopes=granted)

    def saved(self) -> dict[str, Any]:
        """Return a copy of all codes and tokens, for `restore`."""
        names = ("_codes", "_access", "_refresh", "_migrations", "_installed")
        with self._lock:
            return copy.deepcopy({name: getattr(self, name) for name in names})

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go back to the codes and tokens that `saved` returned."""
        with self._lock:
            for name, value in copy.deepcopy(dict(saved)).items():
                setattr(self, name, value)

    # -- what only holds under the lock

    def _new(self, kind: Kind, client_id: str, scopes: frozenset[str], life: float | None) -> AccessToken:
        now = self._clock.time()
        for value in [v for v, t in self._access.items() if t.expires_at is not None and t.expires_at <= now]:
            del self._access[value]
        token = AccessToken(
            f"shpat_{secrets.token_hex(16)}", kind, client_id, scopes, None if life is None else now + life
        )
        self._access[token.value] = token
        self._installed[client_id] = scopes
        return token

    def _new_offline(self, client_id: str, scopes: frozenset[str], *, expiring: bool) -> AccessToken | RefreshToken:
        self._end_grant(client_id)
        return self._new_pair(client_id, scopes) if expiring else self._new("offline", client_id, scopes, None)

    def _new_pair(self, client_id: str, scopes: frozenset[str]) -> RefreshToken:
        token = self._new("expiring", client_id, scopes, ACCESS_LIFE)
        pair = RefreshToken(f"shprt_{secrets.token_hex(16)}", token, self._clock.time() + REFRESH_LIFE)
        self._refresh[pair.value] = pair
        return pair

    def _repeat(self, pair: RefreshToken) -> RefreshToken:
        """Answer a repeated request with the same pair, its access token renewed where that has ended."""
        if pair.access.value not in self._access or (pair.access.expires_at or 0) <= self._clock.time():
            pair.access = self._new("expiring", pair.access.client_id, pair.access.scopes, ACCESS_LIFE)
        return pair

    def _end_grant(self, client_id: str) -> None:
        """Make room for a new grant: there is one living expiring token per app and store."""
        self._end_refresh(client_id)
        self._end_access(client_id, {"expiring"})

    def _end_refresh(self, client_id: str) -> None:
        for token in [token for token in self._refresh.values() if token.access.client_id == client_id]:
            del self._refresh[token.value]

    def _end_access(self, client_id: str, kinds: set[Any]) -> None:
        for token in [t for t in self._access.values() if t.client_id == client_id and t.kind in kinds]:
            del self._access[token.value]
