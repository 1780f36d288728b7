"""What the host's own routes share: the error envelope, JSON bodies within limits, and the caller."""

from __future__ import annotations

import json
import math
import re
import uuid
from typing import Any
from urllib.parse import parse_qs

from flask import Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.parking import hold

__all__ = [
    "Problem",
    "answer_problem",
    "caller",
    "envelope",
    "form_field",
    "json_body",
    "request_id",
    "takes_atom_style",
    "to_problem",
]

BODY_LIMIT = 256 * 1024
_LONGEST_FORM = 4096  # bytes
REQUEST_ID = "atom.request_id"  # the WSGI environ key under which plugins find the id, too
_COUNTED = "atom_request_counted"
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_ATOM_STYLE = ("/api/services", "/api/workflows")
_CODES = {
    400: "VALIDATION_ERROR",
    401: "AUTH_ERROR",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    411: "LENGTH_REQUIRED",
    413: "PAYLOAD_TOO_LARGE",
    414: "URI_TOO_LONG",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    431: "HEADERS_TOO_LARGE",
    503: "UNAVAILABLE",
}


class Problem(Exception):
    """An answer that is an error: HTTP status, one sentence, and members of the body that go beside it.

    `retry_after` is in seconds.
    """

    def __init__(
        self, status: int, message: str, *, code: str | None = None, retry_after: float | None = None, **beside: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code or _CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "BAD_REQUEST")
        self.retry_after = retry_after
        self.beside = beside


def request_id() -> str:
    """Return the id of the current request: the caller's `X-Request-Id` if it is harmless, else a new one."""
    known = request.environ.get(REQUEST_ID)
    if known is None:
        sent = request.headers.get("X-Request-Id", "")
        known = request.environ[REQUEST_ID] = sent if _SAFE_ID.fullmatch(sent) else uuid.uuid4().hex
    return str(known)


def takes_atom_style() -> bool:
    """Tell whether the path is one of ATOM's own, whose errors are ``{success: false, error: text}``."""
    return any(request.path == prefix or request.path.startswith(f"{prefix}/") for prefix in _ATOM_STYLE)


def to_problem(error: HTTPException) -> Problem:
    """Turn Flask's own refusals (404, 405, 413 …) into ours."""
    status = error.code or 500
    return Problem(status, error.description or error.name)


def envelope(problem: Problem, request_id: str) -> dict[str, Any]:
    """Return an error in the one shape of them, for all but ATOM's own paths."""
    error = {
        "code": problem.code,
        "message": problem.message,
        "details": problem.beside,
        "request_id": request_id,
        "retryable": problem.status in (429, 503),
    }
    return {"ok": False, "success": False, "error": error}


def answer_problem(problem: Problem) -> Response:
    """Return the body of an error in the style that callers of this path parse."""
    if takes_atom_style():
        body: dict[str, Any] = {"success": False, "error": problem.message, **problem.beside}
    else:
        body = envelope(problem, request_id())
    response = jsonify(body)
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def caller(scope: str | None = None) -> Principal:
    """Return who is calling, and count the request as theirs.

    Raise `Problem` 401 for nobody, 403 for somebody without `scope`, 429 for somebody who sends too many requests.
    """
    host = current_app.extensions["atom_host"]
    principal: Principal | None = host.hook.atom_authenticate(request=request)
    if principal is None:
        raise Problem(401, "Nobody is signed in. Send `Authorization: Bearer …`, or open a sign-in link in a browser.")
    waiting = hold()
    if not g.get(_COUNTED) and not (waiting is not None and waiting.over):  # counted before it waited
        host.limiter.check(principal)
        g.setdefault(_COUNTED, True)
    if scope is not None and scope not in principal.scopes:
        raise Problem(403, f"This needs the scope {scope}.")
    return principal


def json_body() -> dict[str, Any]:
    """Return the request's JSON object.

    Raise `Problem` 415 for another type, 413 above 256 KiB, 400 for what is no object or no strict JSON.
    """
    if request.mimetype != "application/json" and not request.mimetype.endswith("+json"):
        raise Problem(415, "The body must be JSON: send Content-Type: application/json.")
    # Read one byte past the limit: a chunked body carries no length that could be checked beforehand.
    raw = request.stream.read(BODY_LIMIT + 1)
    if len(raw) > BODY_LIMIT:
        raise Problem(413, f"The body is larger than {BODY_LIMIT // 1024} KiB.")
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_twins)
        json.dumps(body, ensure_ascii=False).encode("utf-8")  # a lone surrogate can't be stored or sent on
    except (ValueError, RecursionError):
        raise Problem(400, "The body must be one JSON object in UTF-8, without repeated keys.") from None
    if not isinstance(body, dict):
        raise Problem(400, "The body must be a JSON object.")
    return body


def form_field(name: str) -> str:
    """Return a field of a small form that a page of ours sent, empty where it has none; raise `Problem` 400."""
    try:
        form = parse_qs(request.stream.read(_LONGEST_FORM).decode("ascii", "replace"), max_num_fields=10)
    except ValueError:
        raise Problem(400, "The form has too many fields.") from None
    return form.get(name, [""])[0]


def _no_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are no JSON")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is there twice")
    return result
