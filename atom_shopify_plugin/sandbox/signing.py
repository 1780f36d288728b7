"""How Shopify signs a query string: HMAC-SHA256 over its sorted pairs, in lower-case hex."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

__all__ = ["signed_query"]


def signed_query(fields: Mapping[str, str], secret: str) -> str:
    """Return `fields` as a query string with its ``hmac``, in alphabetical order, as Shopify sends it.

    Some clients verify the parameters in the order in which they came. Values of ours hold unreserved characters only
    (a `state` may hold others), so that libraries that escape before signing agree with those that do not.
    """
    escaped = {
        key.replace("%", "%25").replace("&", "%26").replace("=", "%3D"): value.replace("%", "%25").replace("&", "%26")
        for key, value in fields.items()
    }
    message = "&".join(f"{key}={escaped[key]}" for key in sorted(escaped))
    digest = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return urlencode(sorted({**fields, "hmac": digest}.items()))
