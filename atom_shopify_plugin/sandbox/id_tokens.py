"""ID tokens, also called session tokens: what Shopify's admin hands to an embedded app about the user in front of it.

One is a JWT (RFC 7519), signed by HMAC-SHA256 with the app's client secret, and lives a minute (shopify.dev, session
tokens). No other algorithm is ever accepted, so there is none to choose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Iterable
from typing import Any

import orjson

__all__ = ["LIFE", "TOLERANCE", "claims_of", "id_token"]

LIFE = 60  # seconds
TOLERANCE = 10  # seconds by which the clocks of the two sides may differ; Shopify's libraries allow as much
LONGEST, LONGEST_SUBJECT = 4096, 20
_HEAD = {"alg": "HS256", "typ": "JWT"}


def id_token(domain: str, client_id: str, secret: str, *, user: int, now: float, life: int = LIFE) -> str:
    """Return a token for `user` of the store `domain`, good for `life` seconds from `now` on."""
    began = int(now)
    claims = {
        "iss": f"https://{domain}/admin",
        "dest": f"https://{domain}",
        "aud": client_id,
        "sub": str(user),
        "exp": began + life,
        "nbf": began,
        "iat": began,
        "jti": str(uuid.uuid4()),
        "sid": secrets.token_hex(32),
    }
    signed = f"{_part(json.dumps(_HEAD).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{signed}.{_part(_signature(signed, secret))}"


def claims_of(token: str, *, domain: str, client_id: str, secrets_: Iterable[str], now: float) -> dict[str, Any] | None:
    """Return the claims of a token that is valid for this store and app, else `None`."""
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    if len(token) > LONGEST or not token.isascii() or _object(head).get("alg") != _HEAD["alg"]:
        return None
    signed = f"{head}.{body}"
    if not any(hmac.compare_digest(_part(_signature(signed, secret)), signature) for secret in secrets_):
        return None
    claims = _object(body)
    begins, ends, subject = claims.get("nbf"), claims.get("exp"), claims.get("sub")
    if not isinstance(begins, int | float) or not isinstance(ends, int | float):
        return None
    alike = claims.get("aud") == client_id and claims.get("dest") == f"https://{domain}"
    alive = begins - TOLERANCE <= now < ends + TOLERANCE
    named = isinstance(subject, str) and len(subject) < LONGEST_SUBJECT and subject.isascii() and subject.isdecimal()
    return claims if alike and alive and named else None


def _signature(signed: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _object(part: str) -> dict[str, Any]:
    """Decode one part of a token; an empty object where it is none."""
    try:
        content = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
