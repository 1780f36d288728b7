"""Request bodies as strict JSON.

Werkzeug cuts a chunked body at its limit without a word; here it is refused with a reason, and so is whatever
`strictjson` does not take.
"""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wsgi import get_input_stream

from atom_shopify_plugin.errors import Fault, InvalidInput, Misconfigured, PayloadTooLarge
from atom_shopify_plugin.strictjson import Limits, parse_object
from atom_shopify_plugin.web.envelope import LengthRequired, UnsupportedMediaType

__all__ = ["LIMIT", "has_body", "json_object", "parse_object", "read_bytes"]

LIMIT = 1024 * 1024  # bytes
MAX_DEPTH = Limits().depth


def has_body() -> bool:
    """Tell whether the request announces a body."""
    return bool(request.content_length or request.headers.get("Transfer-Encoding"))


def read_bytes(limit: int = LIMIT) -> bytes:
    """Return the body of the request, of at most `limit` bytes.

    Raise `PayloadTooLarge`, `LengthRequired` or `UnsupportedMediaType`.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("The body must not be compressed.")
    length = request.content_length
    if length is not None and length > limit:
        raise _too_large(limit)
    environ = request.environ
    if length is None and environ.get("HTTP_TRANSFER_ENCODING") and not environ.get("wsgi.input_terminated"):
        raise LengthRequired("This server can't read a body without a Content-Length.")
    if "stream" in request.__dict__:
        # A hook of the host has been at the body before us; its copy, if it kept one, is as good.
        content = request.stream.read(limit + 1) or request.get_data(cache=True)
        if not content and length:
            raise Misconfigured("A hook of the host has used up the request's body before it reached the plugin.")
    else:
        content = get_input_stream(environ, safe_fallback=True).read(limit + 1)
    if len(content) > limit:
        raise _too_large(limit)
    if length is not None and len(content) < length:
        raise InvalidInput("The body is shorter than its Content-Length.", [Fault("", "The body was cut.", "json")])
    return content


def json_object(limits: Limits | None = None) -> dict[str, Any]:
    """Return the body as a JSON object within `limits`, ``{}`` where there is none."""
    if not has_body():
        return {}
    kind = request.mimetype
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaType("The body must be JSON: send Content-Type: application/json.")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("JSON is UTF-8; another charset is not taken.")
    content = read_bytes()
    if not content:
        return {}
    return parse_object(content, limits)


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than {limit:,} bytes.", details={"limit": limit})
