"""Where requests of ATOM's FastAPI host come to the plugins: in front of its filters, and in front of its routes."""

from __future__ import annotations

import json
import logging
from typing import Any, Protocol

from atom_shopify_plugin.answers import failure
from atom_shopify_plugin.asgi import App, Receive, Scope, Send, reply

__all__ = ["Answering", "Outermost", "Route", "detailed", "refuse"]

log = logging.getLogger(__name__)


class Answering(Protocol):
    """What answers the requests, and says which ones."""

    def serves(self, path: str) -> bool: ...

    async def native(self, method: str, path: str) -> App | None: ...

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def seen(self) -> None: ...


class Outermost:
    """Takes the addresses that the host's own filters must not see; everything else goes on to the host."""

    def __init__(self, app: App, adapter: Answering) -> None:
        self._app = app
        self._adapter = adapter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._adapter.seen()
            ours = scope["type"] == "http" and (
                await self._adapter.native(scope["method"], scope["path"]) is not None
                or (scope["path"].endswith("/callback") and self._adapter.serves(scope["path"]))
            )
        except Exception:  # the edge to the host, whose request goes on
            log.exception("a request was not looked at")
            ours = False
        await (self._adapter.answer if ours else self._app)(scope, receive, send)


class Route:
    """An entry of Starlette's list of routes: the addresses of the plugins."""

    def __init__(self, adapter: Answering) -> None:
        self._adapter = adapter
        self.path, self.name, self.methods, self.include_in_schema = "/{plugins}", "atom_plugins", None, False

    def matches(self, scope: Scope) -> tuple[Any, Scope]:
        from starlette.routing import Match

        ours = scope["type"] == "http" and self._adapter.serves(scope["path"])
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._adapter.answer(scope, receive, send)

    def url_path_for(self, name: str, /, **params: Any) -> Any:
        from starlette.routing import NoMatchFound

        raise NoMatchFound(name, params)


def detailed(content: bytes) -> bytes:
    """Return the body of an error with its message under ``detail`` as well, which this host's clients show."""
    try:
        body = json.loads(content)
        message = body["error"]["message"] if isinstance(body["error"], dict) else body["error"]
    except (ValueError, KeyError, TypeError):
        return content
    return json.dumps({**body, "detail": message}).encode()


async def refuse(send: Send, status: int, message: str, request_id: str) -> None:
    """Answer in the host's shape of an error, ``detail``, beside ours."""
    content = json.dumps({**failure(status, request_id, message=message), "detail": message}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id.encode()),
    ]
    await reply(send, status, headers, content)
