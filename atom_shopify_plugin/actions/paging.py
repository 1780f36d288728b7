"""Page tokens: Shopify's cursor, sealed together with the question that it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["PageTokens"]

_MAC_BYTES = 16


class PageTokens:
    """Makes and opens page tokens.

    A token holds Shopify's cursor and the digest of (action, store, filters), under a MAC: it can't be made up, and a
    token of another list is refused instead of answering a page that belongs to nothing. `keys` returns the current
    keys: the first signs, any of them counts, so that a rotation breaks no open list.
    """

    def __init__(self, keys: Callable[[], Sequence[bytes]]) -> None:
        self._keys = keys

    def seal(self, question: tuple[str, str, Mapping[str, Any]], cursor: str) -> str:
        """Return the token for the page after `cursor`. `question` is (action key, store id, checked input)."""
        body = _digest(question) + cursor.encode()
        return base64.urlsafe_b64encode(_mac(self._keys()[0], body) + body).decode().rstrip("=")

    def open(self, question: tuple[str, str, Mapping[str, Any]], token: str) -> str:
        """Return Shopify's cursor; raise `InvalidInput` for a token that isn't ours or is another question's."""
        try:
            raw = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        genuine = any(hmac.compare_digest(mac, _mac(key, body)) for key in self._keys())
        if not genuine or not hmac.compare_digest(body[:16], _digest(question)):
            message = (
                "This cursor does not belong to this list. Use page.next from the same list, with the same filters."
            )
            raise InvalidInput(message, [Fault("/cursor", message, "cursor")])
        return body[16:].decode()


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:_MAC_BYTES]


def _digest(question: tuple[str, str, Mapping[str, Any]]) -> bytes:
    action, store, value = question
    # The page size may change from page to page; all else makes it another list.
    filters = {name: member for name, member in value.items() if name not in ("cursor", "limit")}
    text = json.dumps([action, store, filters], sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()[:16]
