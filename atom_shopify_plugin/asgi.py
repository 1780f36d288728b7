"""What the host and its plugins share about ASGI: types, whole bodies, and an answer in one piece.

Source: asgi.readthedocs.io, "HTTP & WebSocket ASGI Message Format", version 2.3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

__all__ = [
    "App",
    "Disconnected",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "TooLarge",
    "joined",
    "read_body",
    "reply",
    "whole",
]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Disconnected(Exception):
    """The client is gone before its request was whole."""


class TooLarge(Exception):
    """The body is larger than its limit."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """Return the whole body of a request; raise `TooLarge` or `Disconnected`."""
    message = await receive()
    if not message.get("more_body") and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise TooLarge
        return body
    chunks, size = [], 0
    while True:
        if message["type"] != "http.request":
            raise Disconnected
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise TooLarge
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()


def whole(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that has been read as one message, and then what `receive` gives."""
    message: Message | None = {"type": "http.request", "body": body, "more_body": False}

    async def again() -> Message:
        nonlocal message
        if message is not None:
            first, message = message, None
            return first
        return await receive()

    return again


def joined(scope: Scope) -> dict[str, str]:
    """Return the headers by their lower-case names; one that was sent several times is joined by commas."""
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1")
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    return headers


async def reply(send: Send, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
    """Send an answer in one piece; `headers` hold the length."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body, "more_body": False})
