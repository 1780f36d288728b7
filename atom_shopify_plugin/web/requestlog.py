"""One line of JSON for each request, and the figures of it.

The line is made from an allow-list: no query values, no bodies, no headers, no path parameters, no address of the
caller. Who called is a digest, so that lines of one person can be put together without naming anybody.
"""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

import orjson
from flask import request
from werkzeug.wrappers import Response

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.web.state import RequestState

__all__ = ["LOGGER", "digest", "log_request", "logs", "write_line"]

LOGGER = logging.getLogger(__name__)


def digest(principal: Principal | None) -> str | None:
    """Return 12 hex digits that stand for a person."""
    if principal is None:
        return None
    return hashlib.sha256(f"{principal.tenant}/{principal.subject}".encode(errors="replace")).hexdigest()[:12]


_MOST = 2**53  # a length of forty digits is no number in JSON


def log_request(here: RequestState, response: Response) -> float:
    """Write the line of this request and return how long it took, in seconds."""
    seconds = time.perf_counter() - here.started
    if logs(response.status_code):
        write_line(
            request_id=here.request_id,
            method=request.method if request.url_rule is not None else None,
            route=request.url_rule.rule if request.url_rule is not None else None,
            action=here.action,
            status=response.status_code,
            code=here.error_code,
            seconds=seconds,
            bytes_in=request.content_length or 0,
            bytes_out=response.calculate_content_length(),
            caller=here.caller,
            acting=here.principal is not here.caller,
        )
    return seconds


def logs(status: int) -> bool:
    """Return whether a request that was answered with `status` gets a line."""
    return LOGGER.isEnabledFor(_level(status))


def write_line(
    *,
    request_id: str,
    method: str | None,
    route: str | None,
    status: int,
    code: str | None,
    seconds: float,
    bytes_in: int,
    bytes_out: int | None,
    action: str | None = None,
    caller: Principal | None = None,
    acting: bool = False,
) -> None:
    """Write the line of a request."""
    fields: dict[str, Any] = {
        "event": "request",
        "request_id": request_id,
        "method": method,
        "route": route,
        "action": action,
        "status": status,
        "code": code,
        "ms": round(seconds * 1000, 2),
        "bytes_in": min(bytes_in, _MOST),
        "bytes_out": bytes_out,
        "principal": digest(caller),
        "acting": acting,
    }
    LOGGER.log(_level(status), orjson.dumps(fields).decode(), extra={"request": fields})


def _level(status: int) -> int:
    return logging.WARNING if status >= 500 else logging.INFO
