"""The shape of every JSON answer, of the host and of the plugin: one for success, one for failure.

Success is ``{ok, success, data, page, meta}``, failure ``{ok, success, error{code, message, details, request_id,
retryable}}``. ATOM's own clients read ``success``, which always equals ``ok``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["REFUSALS", "Refusal", "failure", "refusal", "success"]

Refusal = tuple[str, str]
"""The code and the message of an error."""

REFUSALS: Mapping[int, Refusal] = {
    400: ("VALIDATION_ERROR", "The request can't be read."),
    401: ("AUTH_ERROR", "Nobody is signed in. Send `Authorization: Bearer …`, or open a sign-in link in a browser."),
    403: ("FORBIDDEN", "You may not do this."),
    404: ("NOT_FOUND", "There is nothing at this address. Check the path; the OpenAPI document lists all addresses."),
    405: (
        "METHOD_NOT_ALLOWED",
        "This address does not accept this method. The Allow header lists the methods it accepts.",
    ),
    408: ("REQUEST_TIMEOUT", "The request took too long to arrive. Send it again."),
    409: ("CONFLICT", "The current state does not allow this."),
    411: ("LENGTH_REQUIRED", "Send the body with a Content-Length."),
    413: ("PAYLOAD_TOO_LARGE", "The request is too large."),
    414: ("URI_TOO_LONG", "The address is too long."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The body must be JSON. Send `Content-Type: application/json`."),
    417: ("EXPECTATION_FAILED", "The only expectation that the server supports is 100-continue."),
    429: ("RATE_LIMITED", "Too many requests. Wait, then try again."),
    431: ("HEADERS_TOO_LARGE", "The headers are too large."),
    500: ("INTERNAL_ERROR", "The server failed because of an internal error. Report the request id to its operator."),
    503: ("UNAVAILABLE", "The server can't answer now. Send the request again in a few seconds."),
}
"""What a status means where nobody has said more."""

_RETRYABLE = frozenset({408, 429, 503})


def refusal(status: int) -> Refusal:
    """Return the code and message of an HTTP status of 400 or more."""
    return REFUSALS.get(status) or REFUSALS[500 if status >= 500 else 400]


def success(
    data: Any, request_id: str, *, page: Mapping[str, Any] | None = None, meta: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the success envelope."""
    return {
        "ok": True,
        "success": True,
        "data": data,
        "page": page,
        "meta": {**(meta or {}), "request_id": request_id},
    }


def failure(
    status: int,
    request_id: str,
    *,
    code: str | None = None,
    message: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the failure envelope of an HTTP status; code and message are those of the status by default."""
    usual = refusal(status)
    error = {
        "code": code or usual[0],
        "message": message or usual[1],
        "details": dict(details or {}),
        "request_id": request_id,
        "retryable": status in _RETRYABLE,
    }
    return {"ok": False, "success": False, "error": error}
