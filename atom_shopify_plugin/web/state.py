"""What is known about the request in hand: its id, query, who sent it, what it became."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from flask import g, request

from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.process.randomness import random_bytes

__all__ = [
    "AUTH_PREFIX",
    "PAGES",
    "PREFIX",
    "PROMPT_PATHS",
    "Query",
    "RequestState",
    "begin",
    "is_ours",
    "parse_query",
    "request_id",
    "state",
]

PREFIX = "/api/shopify"
AUTH_PREFIX = "/api/auth/shopify"
PAGES = "/shopify"
# Shopify waits five seconds for the answer to a delivery and deletes a subscription after eight failures in a row
# (shopify.dev, webhooks over HTTPS); whoever asks whether the process lives ends one that does not answer.
PROMPT_PATHS = (f"{PREFIX}/webhooks", f"{PREFIX}/health/live")
MAX_PARAMETERS = 300  # a list may have 250 items, each of them a parameter
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

Query = dict[str, list[str]]


@dataclass(slots=True)
class RequestState:
    """Facts about one request, for the views, the answer's headers and the log line."""

    request_id: str
    started: float = field(default_factory=time.perf_counter)
    query: Query = field(default_factory=dict)
    principal: Principal | None = None
    caller: Principal | None = None  # who signed in, also while acting for somebody else
    saw_user_id: bool = False
    refused_user: str | None = None
    action: str | None = None
    error_code: str | None = None
    streams: bool = False  # it goes on as a stream, which is noted at its end

    def one(self, name: str) -> str | None:
        """Return the query parameter `name`, None if it is absent; raise `InvalidInput` when given twice."""
        values = self.query.get(name, [])
        if len(values) > 1:
            raise InvalidInput(
                f"The parameter {name} was given twice.", [Fault(f"/{name}", "Give it once only.", "repeated")]
            )
        return values[0] if values else None


def is_ours(path: str) -> bool:
    """Tell whether `path` lies below one of our prefixes, so that its errors are ours to word."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in (PREFIX, AUTH_PREFIX, PAGES))


def begin() -> RequestState:
    """Start the record of this request under the host's id for it, else the caller's if it is plainly an id."""
    sent = request.environ.get("atom.request_id") or request.headers.get("X-Request-Id", "")
    g.atom_shopify = found = RequestState(request_id(str(sent)))
    return found


def request_id(sent: str) -> str:
    """Return the id that was sent with a request if it is plainly an id, else a new one."""
    return sent if _REQUEST_ID.fullmatch(sent) else random_bytes(16).hex()


def state() -> RequestState:
    """Return the record of this request."""
    found = getattr(g, "atom_shopify", None)
    return found if isinstance(found, RequestState) else begin()


def parse_query(raw: bytes) -> Query:
    """Return the parameters of a raw query string, values in the order given.

    Werkzeug puts U+FFFD in the place of bytes that are not UTF-8; here they are refused (`InvalidInput`), like NUL,
    which PostgreSQL can't store.
    """
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS)
    except ValueError:
        message = f"The query string must be URL-encoded UTF-8 with at most {MAX_PARAMETERS} parameters."
        raise InvalidInput(message, [Fault("", message, "query")]) from None
    result: Query = {}
    for name, value in pairs:
        if "\0" in name or "\0" in value:
            raise InvalidInput("The query string holds a NUL character.", [Fault("", "NUL is not allowed.", "query")])
        result.setdefault(name, []).append(value)
    return result
