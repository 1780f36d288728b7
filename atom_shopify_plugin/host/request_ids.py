"""The id of a request, in its answer, in the log and for plugins."""

from __future__ import annotations

import re
import uuid

from flask import request

__all__ = ["REQUEST_ID", "harmless_id", "request_id"]

REQUEST_ID = "atom.request_id"
"""The WSGI environ key under which plugins find the id, too."""
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """Return the id of the current request: the caller's `X-Request-Id` if it is harmless, else a new one."""
    known = request.environ.get(REQUEST_ID)
    if known is None:
        known = request.environ[REQUEST_ID] = harmless_id(request.headers.get("X-Request-Id", ""))
    return str(known)


def harmless_id(sent: str) -> str:
    """Return the id that a caller sent if it is plainly an id, else a new one."""
    return sent if _SAFE_ID.fullmatch(sent) else uuid.uuid4().hex
