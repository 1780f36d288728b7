"""Who is calling: bearer tokens and sessions issued by the host, and ATOM's own JSON Web Tokens.

Tokens are 256 random bits; the host keeps their SHA-256 only. A JSON Web Token counts when a secret is configured,
its algorithm is HS256, it has not expired and it names somebody; with the claim `read_only` it changes nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from atom_shopify_plugin.hookspecs import OPERATOR_SCOPE, HostUnavailable, Principal, hookimpl
from atom_shopify_plugin.host.config import HostConfig
from atom_shopify_plugin.host.jwts import LONGEST_NAME, is_name, principal_of
from atom_shopify_plugin.host.store import HostStore

__all__ = ["OPERATOR_SCOPE", "SESSION_SECONDS", "Auth", "TokenInfo", "is_name", "principal_of"]

SESSION_SECONDS = 8 * 3600
LINK_SECONDS = 15 * 60
_PREFIX = "atom_"
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

_ID_DIGITS = 16  # of a token's hash, which tells nothing of the token

Kind = Literal["bearer", "session", "link"]


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What may be shown of a token: never the token. `created_at` and `expires_at` are seconds of Unix time."""

    id: str
    kind: str
    subject: str
    scopes: tuple[str, ...]
    created_at: float
    expires_at: float


class Auth:
    """The host's answer to `atom_authenticate`, and the place where tokens are made and ended."""

    def __init__(self, config: HostConfig, store: HostStore) -> None:
        self._config = config
        self._store = store
        self.secure = config.secure  # whether cookies are for https only
        self.cookie = "__Host-atom_session" if config.secure else "atom_session"

    def issue(
        self, subject: str, *, scopes: Iterable[str] = (), tenant: str = "default", lifetime: float = 3600
    ) -> str:
        """Return a new bearer token for `subject`, good for `lifetime` seconds."""
        return self._new("bearer", subject, tenant, scopes, lifetime)

    def signin_link(self, subject: str, *, scopes: Iterable[str] = (), tenant: str = "default") -> str:
        """Return an address that signs `subject` in once, within 15 minutes."""
        return f"{self._config.public_url}/signin?token={self._new('link', subject, tenant, scopes, LINK_SECONDS)}"

    def redeem_link(self, token: str) -> str | None:
        """Use up the token of a sign-in link and return a session token, or None if it was used, is old or unknown."""
        rows = self._store.run(
            "DELETE FROM host_tokens WHERE digest = ? AND kind = 'link' RETURNING subject, tenant, scopes, expires_at",
            (_digest(token),),
        )
        if not rows or rows[0][3] <= time.time():
            return None
        subject, tenant, scopes, _ = rows[0]
        return self._new("session", subject, tenant, scopes.split(), SESSION_SECONDS)

    def subject_of_link(self, token: str) -> str | None:
        """Return whom a sign-in link would sign in, or None where it no longer works; it is not used up."""
        found = self._look_up(token, "link")
        return None if found is None else found.subject

    def session(self, request: Any) -> Principal | None:
        """Return whom the session cookie of a request names, wherever the request came from."""
        cookie = request.cookies.get(self.cookie)
        return None if cookie is None else self._look_up(cookie, "session")

    def ends_at(self, request: Any) -> float | None:
        """Return when the host's own token or session that a request came with ends, in seconds of Unix time."""
        header = request.headers.get("Authorization")
        token = request.cookies.get(self.cookie, "") if header is None else header.partition(" ")[2].strip()
        rows = self._store.run("SELECT expires_at FROM host_tokens WHERE digest = ?", (_digest(token),))
        return float(rows[0][0]) if rows else None

    def end(self, token: str) -> None:
        """Forget a token; an unknown one is fine."""
        self._store.run("DELETE FROM host_tokens WHERE digest = ?", (_digest(token),))

    def tokens(self, subject: str | None = None) -> list[TokenInfo]:
        """Return the tokens and sessions that let somebody in, of all or of one subject, the newest first."""
        rows = self._store.run(
            "SELECT digest, kind, subject, scopes, created_at, expires_at FROM host_tokens"
            " WHERE expires_at > ? AND (? IS NULL OR subject = ?) ORDER BY created_at DESC, digest",
            (time.time(), subject, subject),
        )
        return [TokenInfo(row[0].hex()[:_ID_DIGITS], row[1], row[2], tuple(row[3].split()), *row[4:]) for row in rows]

    def revoke(self, token_ids: Iterable[str]) -> int:
        """End the tokens with these ids, which `tokens` shows; return how many there were."""
        return sum(
            len(
                self._store.run(
                    "DELETE FROM host_tokens WHERE lower(substr(hex(digest), 1, ?)) = ? RETURNING digest",
                    (_ID_DIGITS, token_id.lower()),
                )
            )
            for token_id in token_ids
        )

    def forget_expired(self) -> None:
        """Delete the rows that no longer let anybody in."""
        self._store.run("DELETE FROM host_tokens WHERE expires_at <= ?", (time.time(),))

    @hookimpl
    def atom_authenticate(self, request: Any) -> Principal | None:
        """Return who sent `request`.

        A request with an `Authorization` header is judged by that header alone. A cookie counts for writes only when
        the browser says that the request came from this host's own pages.
        """
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            return self.bearer(token.strip()) if scheme.lower() == "bearer" else None
        session = request.cookies.get(self.cookie)
        if session is None or not (request.method in _SAFE_METHODS or self.from_own_page(request)):
            return None
        return self._look_up(session, "session")

    def bearer(self, token: str) -> Principal | None:
        """Return whom a bearer token signs in, None for one that doesn't count; raise `HostUnavailable`."""
        if token.startswith(_PREFIX):
            return self._look_up(token, "bearer")
        return self._json_web_token(token) if token.count(".") == 2 else None

    def from_own_page(self, request: Any) -> bool:
        """Tell whether a browser sent `request` from a page of this host (`Sec-Fetch-Site` and `Origin`)."""
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        # A page that sends no referrer has the origin `null`, even towards its own host.
        if origin not in (None, "null") and origin != self._config.origin:
            return False
        return bool(site == "same-origin" if site is not None else origin == self._config.origin)

    def _look_up(self, token: str, kind: Kind) -> Principal | None:
        if len(token) > 200:
            return None
        try:
            rows = self._store.run(
                "SELECT subject, tenant, scopes, created_at FROM host_tokens"
                " WHERE digest = ? AND kind = ? AND expires_at > ?",
                (_digest(token), kind, time.time()),
            )
        except sqlite3.Error:
            raise HostUnavailable("The host's storage is not available.") from None
        if not rows:
            return None
        subject, tenant, scopes, created_at = rows[0]
        return Principal(subject, tenant, frozenset(scopes.split()), auth_time=created_at)

    def _json_web_token(self, token: str) -> Principal | None:
        return None if self._config.jwt_secret is None else principal_of(token, self._config.jwt_secret)

    def _new(self, kind: Kind, subject: str, tenant: str, scopes: Iterable[str], lifetime: float) -> str:
        if not is_name(subject):
            raise ValueError(
                "A token needs a subject: the person or service that it stands for, in 1 to "
                f"{LONGEST_NAME} characters without control characters."
            )
        self.forget_expired()
        token = _PREFIX + secrets.token_urlsafe(32)
        now = time.time()
        self._store.run(
            "INSERT INTO host_tokens VALUES (?, ?, ?, ?, ?, ?, ?)",
            (_digest(token), kind, subject, tenant, " ".join(sorted(scopes)), now, now + lifetime),
        )
        return token


def _digest(token: str) -> bytes:
    # Only tokens of 256 random bits are stored, so a plain hash can't be guessed backwards.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
