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

__all__ = ["LOGGER", "Sparing", "digest", "log_request", "logs", "write_line"]

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
    left_out: int = 0,
) -> None:
    """Write the line of a request; `left_out` says how many equal ones were not written before it."""
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
    if left_out:
        fields["left_out"] = left_out
    LOGGER.log(_level(status), orjson.dumps(fields).decode(), extra={"request": fields})


class Sparing:
    """Which lines of a stream of equal ones are written: some each second, and how many were left out before."""

    def __init__(self, a_second: int) -> None:
        self._most = a_second
        self._second = 0
        self._written = 0
        self._left_out = 0

    def take(self) -> int | None:
        """Return None where the next line is left out, else how many were since the last one."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._written = second, 0
        if self._written >= self._most:
            self._left_out += 1
            return None
        self._written += 1
        left_out, self._left_out = self._left_out, 0
        return left_out


def _level(status: int) -> int:
    return logging.WARNING if status >= 500 else logging.INFO
