"""Envelopes and headers of our errors, without Flask; see `answers` for their shape."""

from __future__ import annotations

import math
from typing import Any

from atom_shopify_plugin.answers import success as succeeded
from atom_shopify_plugin.errors import NotSignedIn, PluginError

__all__ = ["HEADERS", "LengthRequired", "UnsupportedMediaType", "failed", "headers_of", "succeeded"]

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class UnsupportedMediaType(PluginError):
    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415


class LengthRequired(PluginError):
    code = "LENGTH_REQUIRED"
    status = 411


def failed(error: PluginError, request_id: str) -> dict[str, Any]:
    """Return the failure envelope of `error`."""
    return {"ok": False, "success": False, "error": error.as_dict(request_id)}


def headers_of(error: PluginError) -> dict[str, str]:
    """Return the headers that the status of `error` calls for."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    return headers
