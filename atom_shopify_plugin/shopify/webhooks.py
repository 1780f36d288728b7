"""Shopify's webhook signature, both directions side by side.

``X-Shopify-Hmac-Sha256`` is base64(HMAC-SHA256(client secret, raw body)) (shopify.dev, "Verify webhook deliveries").
Headers are not covered by it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

from atom_shopify_plugin.settings import Secret

__all__ = ["sign", "verify"]


def verify(body: bytes, header: str | None, secrets: Sequence[Secret]) -> bool:
    """Tell whether `header` signs exactly these bytes with one of `secrets` (current, then previous).

    Every secret that is set is always tried and digests are compared in constant time, so that an answer's timing
    tells nothing. An empty secret never counts.
    """
    given = _digest(header)
    good = False
    for secret in secrets:
        if secret:
            good |= hmac.compare_digest(hmac.digest(secret.reveal().encode(), body, "sha256"), given)
    return good


def sign(body: bytes, secret: Secret) -> str:
    """Return the header value for `body`."""
    return base64.b64encode(hmac.digest(secret.reveal().encode(), body, "sha256")).decode()


def _digest(header: str | None) -> bytes:
    """Decode the header strictly; anything but padded base64 of 32 bytes becomes empty, which never matches."""
    if not isinstance(header, str) or len(header) != 44 or not header.isascii():
        return b""
    try:
        raw = base64.b64decode(header, validate=True)
    except (binascii.Error, ValueError):
        return b""
    # The last character of 32 bytes has two spare bits; only the spelling that an encoder writes is accepted.
    return raw if len(raw) == 32 and base64.b64encode(raw).decode() == header else b""
