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

__all__ = ["LOGGER", "digest", "log_request"]

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
    level = logging.WARNING if response.status_code >= 500 else logging.INFO
    if LOGGER.isEnabledFor(level):
        fields: dict[str, Any] = {
            "event": "request",
            "request_id": here.request_id,
            "method": request.method if request.url_rule is not None else None,
            "route": request.url_rule.rule if request.url_rule is not None else None,
            "action": here.action,
            "status": response.status_code,
            "code": here.error_code,
            "ms": round(seconds * 1000, 2),
            "bytes_in": min(request.content_length or 0, _MOST),
            "bytes_out": response.calculate_content_length(),
            "principal": digest(here.caller),
            "acting": here.principal is not here.caller,
        }
        LOGGER.log(level, orjson.dumps(fields).decode(), extra={"request": fields})
    return seconds
