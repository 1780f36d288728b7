"""The signature of Shopify's queries, both directions side by side.

The rule (shopify.dev, "Authorization code grant"; escaping as in Shopify's Python library): decode the query to pairs,
take ``hmac`` out, fold ``name[]`` pairs into one ``name`` with a JSON list, escape, sort by key, join, and take the hex
HMAC-SHA256 with the client secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote_to_bytes

from atom_shopify_plugin.errors import Fault, Forbidden, InvalidInput
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.domain import ShopDomain

__all__ = ["sign_query", "verify_query"]

_WINDOW = 90.0
_LONGEST_QUERY = 8192
_MOST_PAIRS = 100
_CONTROL = frozenset({"hmac", "shop", "signature", "state", "code", "timestamp", "host"})
_HEX = re.compile(rb"[0-9a-f]{64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def verify_query(raw_query: bytes | str, secrets: Sequence[Secret], now: float) -> dict[str, str]:
    """Check a query that Shopify signed and return its parameters, `shop` in lower case, without ``hmac``.

    `raw_query` is the query as it came, still encoded; `secrets` are the current and the previous client secret; `now`
    is in Unix seconds. Everything that came is signed, unknown parameters too; a repeated parameter is refused. A list
    (``ids[]``) is returned under its bare name as JSON text. Raise `InvalidInput` for a query that is malformed, or
    older or newer than 90 s, and `Forbidden` for one whose signature is wrong.
    """
    pairs = _pairs(raw_query)
    names = [name for name, _ in pairs]
    for name in names:
        bare = name.partition("[")[0]
        if bare in _CONTROL and (bare != name or names.count(name) > 1):
            raise _refusal(bare, "may be given only once.")
    folded = _fold(pairs)
    given = folded.pop("hmac", "").encode("utf-8", "surrogatepass")
    if not _HEX.fullmatch(given):
        raise _refusal("hmac", "must be 64 hexadecimal digits in lower case.")
    message = _message(folded)
    good = False
    for secret in secrets:
        expected = hmac.new(secret.reveal().encode(), message, hashlib.sha256).hexdigest().encode()
        good |= hmac.compare_digest(expected, given) and bool(secret)
    if not good:
        raise Forbidden("This request is not signed by Shopify.")
    timestamp = folded.get("timestamp", "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise _refusal("timestamp", "must be a number of seconds.")
    if abs(now - int(timestamp)) > _WINDOW:
        raise _refusal("timestamp", "is too old, or the clock of this machine is wrong; start again.")
    folded["shop"] = ShopDomain.parse(folded.get("shop")).name
    return folded


def sign_query(pairs: Iterable[tuple[str, str]], secret: Secret) -> str:
    """Return the ``hmac`` for decoded `pairs` (in request order; an ``hmac`` among them is left out)."""
    folded = _fold(pairs)
    folded.pop("hmac", None)
    return hmac.new(secret.reveal().encode(), _message(folded), hashlib.sha256).hexdigest()


def _pairs(raw_query: bytes | str) -> list[tuple[str, str]]:
    """Decode a raw query once, strictly: valid escapes, UTF-8, no control characters, bounded."""
    try:
        raw = raw_query if isinstance(raw_query, bytes) else raw_query.encode("ascii")
    except UnicodeEncodeError:
        raise _refusal("", "must be percent-encoded.") from None
    if len(raw) > _LONGEST_QUERY or raw.count(b"&") >= _MOST_PAIRS:
        raise _refusal("", "is too long.")
    if _PERCENT.search(raw):
        raise _refusal("", "holds a broken escape.")
    pairs = []
    for part in filter(None, raw.split(b"&")):
        name, _, value = (unquote_to_bytes(side.replace(b"+", b" ")) for side in part.partition(b"="))
        try:
            pairs.append((name.decode(), value.decode()))
        except UnicodeDecodeError:
            raise _refusal("", "is not UTF-8.") from None
    return pairs


def _fold(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    single: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            lists.setdefault(name[:-2], []).append(value)
        elif name in single:
            raise _refusal(name, "may be given only once.")
        else:
            single[name] = value
    for name, values in lists.items():
        if name in single:
            raise _refusal(name, "may be given only once.")
        single[name] = json.dumps(values)
    return single


def _message(parameters: dict[str, str]) -> bytes:
    escaped = sorted(
        (
            name.replace("%", "%25").replace("&", "%26").replace("=", "%3D"),
            value.replace("%", "%25").replace("&", "%26"),
        )
        for name, value in parameters.items()
    )
    return "&".join(f"{name}={value}" for name, value in escaped).encode()


def _refusal(name: str, why: str) -> InvalidInput:
    shown = name[:40] or "The query"
    return InvalidInput("This is not a valid request of Shopify.", [Fault(f"/{name[:40]}", f"{shown} {why}", "query")])
