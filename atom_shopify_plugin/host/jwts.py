"""ATOM's own JSON Web Tokens: the secret that they are signed with, and whom one names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeGuard

from atom_shopify_plugin.hookspecs import READ_ONLY_SCOPE, Principal

__all__ = ["LONGEST_NAME", "HostMisconfigured", "is_name", "jwt_secret", "principal_of"]

MIN_SECRET_BYTES = 32
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LONGEST_NAME = 200
# Pieces of the sample secrets that ATOM's sources and common templates ship; a random secret holds none of them.
_SAMPLE_PIECES = ("change", "your-", "your_", "secret-key", "secret_key", "default", "example", "insecure", "password")


class HostMisconfigured(ValueError):
    """A setting of the host is wrong; the message names it and says what to do."""


def is_name(value: object) -> TypeGuard[str]:
    """Tell whether a subject can be stored and shown: 1 to 200 characters, no control character, no half of a pair."""
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_NAME and not _UNFIT.search(value)


def jwt_secret(environ: Mapping[str, str]) -> bytes | None:
    """Return the secret of ATOM's JSON Web Tokens, None where none is set; raise `HostMisconfigured` for a bad one."""
    for name in ("ATOM_JWT_SECRET", "JWT_SECRET"):
        value = environ.get(name, "").strip()
        if not value:
            continue
        if any(piece in value.lower() for piece in _SAMPLE_PIECES) or len(set(value)) < 10:
            raise HostMisconfigured(
                f"{name} is a sample value that anybody can look up. Set a random one: "
                '`python -c "import secrets; print(secrets.token_urlsafe(48))"`.'
            )
        if len(value.encode()) < MIN_SECRET_BYTES:
            raise HostMisconfigured(f"{name} is too short: it needs at least {MIN_SECRET_BYTES} bytes.")
        return value.encode()
    return None


def principal_of(token: str, secret: bytes) -> Principal | None:
    """Return whom one of ATOM's JSON Web Tokens names, None for one that does not count."""
    if len(token) > 8192:
        return None
    import jwt

    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp"]})
        subject, issued = claims.get("user_id", claims.get("sub")), claims.get("iat")
        # Whatever else stands there was meant to take something away.
        read_only = claims.get("read_only") not in (None, False)
        auth_time = float(issued) if isinstance(issued, int | float) else None
    except (jwt.InvalidTokenError, OverflowError, ValueError, RecursionError):
        # Of times like 1e999, which JSON may hold, the library says nothing but OverflowError.
        return None
    scopes = frozenset({READ_ONLY_SCOPE}) if read_only else frozenset()
    return Principal(subject, scopes=scopes, auth_time=auth_time) if is_name(subject) else None
