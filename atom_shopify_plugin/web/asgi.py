"""Native ASGI routes: what many ask at once, or for long, is answered in an event loop and without a thread.

Each is a whole ASGI application for one method and path, which the embedded host gives its requests to, and which any
ASGI framework can mount. It does what the blueprint does for the same method and path, by the same functions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from atom_shopify_plugin.asgi import App, Disconnected, Receive, Scope, Send, TooLarge, joined, read_body, reply
from atom_shopify_plugin.errors import PluginError, unexpected
from atom_shopify_plugin.storage import finish_in_loop
from atom_shopify_plugin.strictjson import encode
from atom_shopify_plugin.web.envelope import HEADERS, failed, headers_of, succeeded
from atom_shopify_plugin.web.live import EVENTS
from atom_shopify_plugin.web.live_stream import LiveEvents
from atom_shopify_plugin.web.receiver import LIMIT, Receipt, check_length, receiving, too_large
from atom_shopify_plugin.web.requestlog import Sparing, logs, write_line
from atom_shopify_plugin.web.state import PREFIX, parse_query, request_id

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Host
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["Receiver", "routes"]

_WEBHOOKS = f"{PREFIX}/webhooks"
_LINES = 20  # a second for deliveries that were acknowledged: each of them is a row, too
_FIXED = [
    (b"content-type", b"application/json"),
    *((name.lower().encode(), value.encode()) for name, value in HEADERS.items()),
]


def routes(runtime: Runtime, host: Host) -> list[tuple[str, str, App]]:
    """Return the native routes as (method, path, application)."""
    return [("POST", _WEBHOOKS, Receiver(runtime)), ("GET", EVENTS, LiveEvents(runtime, host))]


class Receiver:
    """Takes deliveries: ``POST``, whatever the path that it is mounted at."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._acknowledged = Sparing(_LINES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Store a delivery and acknowledge it; every error is answered in the one shape."""
        started = time.perf_counter()
        self._runtime.jobs.start()  # harmless when they run: this process serves, whatever was forked before
        headers = joined(scope)
        own_id = request_id(headers.get("x-request-id", ""))
        status, code, beside = 200, None, {}
        try:
            parse_query(scope["query_string"])
            stored = await self._store(headers, receive)
            content = encode(succeeded(stored, own_id))
        except Disconnected:
            return
        except Exception as raised:  # noqa: BLE001  # the outermost boundary: a caller gets one shape and no internals
            error = raised if isinstance(raised, PluginError) else unexpected(raised, own_id)
            status, code, beside = error.status, error.code, headers_of(error)
            content = encode(failed(error, own_id))
        answered = [
            *_FIXED,
            (b"content-length", str(len(content)).encode()),
            (b"x-request-id", own_id.encode()),
            *((name.lower().encode(), value.encode()) for name, value in beside.items()),
        ]
        await reply(send, status, answered, content)
        left_out = 0 if status != 200 else self._acknowledged.take()
        if left_out is not None and logs(status):
            write_line(
                request_id=own_id,
                method=scope["method"],
                route=_WEBHOOKS,
                status=status,
                code=code,
                seconds=time.perf_counter() - started,
                bytes_in=_length(headers),
                bytes_out=len(content),
                left_out=left_out,
            )

    async def _store(self, headers: dict[str, str], receive: Receive) -> dict[str, object]:
        with Receipt(self._runtime) as receipt:
            check_length(headers.get)
            try:
                body = await read_body(receive, LIMIT)
            except TooLarge:
                raise too_large() from None
            return await finish_in_loop(receiving(self._runtime, receipt, headers.get, body))


def _length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "")
    return int(text[:18]) if text.isdigit() and text.isascii() else 0
