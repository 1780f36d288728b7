"""Requests from their bytes to what an application gets: the head is checked, and the body comes whole, within limits.

The server has parsed the request, so that its framing has one meaning. What is refused here is what two applications
could still read in two ways, and what is too large or comes too slowly.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from atom_shopify_plugin.asgi import Receive, Scope
from atom_shopify_plugin.host.http import Problem

__all__ = ["BODY_LIMIT", "HEAD_LIMIT", "Bodies", "check_head"]

READ_SECONDS = 20.0
"""How long the body of a request may take to come; the server has a limit of its own for the head."""

HEAD_LIMIT = 64 * 1024
FIELD_LIMIT = 8190
BODY_LIMIT = 8 * 1024 * 1024
HELD_LIMIT = 64 * 1024 * 1024
"""Bytes of unfinished requests that a process keeps in all, those below `_SMALL` not counted."""

_SMALL = 64 * 1024
_LOOK = 0.5  # seconds between two looks for bodies that are late
_STOPPING = 2.0  # seconds for unfinished requests when the process is told to end
_LENGTH = re.compile(rb"[0-9]+")
_CHECKED = frozenset((b"content-length", b"transfer-encoding", b"host", b"expect"))
_DIGITS = 20  # Python refuses to read some thousand of them


def check_head(scope: Scope) -> int:
    """Return the length of the body that a head announces; raise `Problem` for what is not taken."""
    length = 0
    has_host = has_length = False
    if len(scope["raw_path"]) + len(scope["query_string"]) > FIELD_LIMIT:
        raise Problem(414, "The address is too long.")
    for name, value in scope["headers"]:
        if len(value) > FIELD_LIMIT:
            raise Problem(431, f"A header is longer than {FIELD_LIMIT:,} bytes.")
        if b"_" in name:
            # It could pass for one that a proxy has set: applications read X_Name and X-Name as the same.
            raise Problem(400, "A header must not have an underscore in its name.")
        if name not in _CHECKED:
            continue
        if name == b"content-length":
            if has_length or len(value) > _DIGITS or not _LENGTH.fullmatch(value):
                raise Problem(400, "The Content-Length is not a single number.")
            has_length = True
            length = int(value)
        elif name == b"transfer-encoding":
            raise Problem(411, "Send the body with a Content-Length, not in chunks.")
        elif name == b"host":
            if has_host:
                raise Problem(400, "There are two Host headers.")
            has_host = True
        elif name == b"expect" and value.lower() != b"100-continue":
            raise Problem(417, "The only expectation that the server supports is 100-continue.")
    if length > BODY_LIMIT:
        raise Problem(413, f"The body is larger than {BODY_LIMIT:,} bytes.")
    return length


class Bodies:
    """Reads the bodies of one process's requests; used in one event loop only."""

    def __init__(self) -> None:
        self._held = 0
        self._seconds = READ_SECONDS
        self._reading: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._watch: asyncio.TimerHandle | None = None

    async def read(self, receive: Receive, length: int) -> bytes:
        """Return a body of `length` bytes; raise `Problem` for one that is cut, too slow, or one too many."""
        if not length:
            return b""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A body is read in a task.")
        loop = asyncio.get_running_loop()
        self._reading[task] = loop.time() + self._seconds
        if self._watch is None:
            self._watch = loop.call_later(_LOOK, self._look)
        try:
            return await self._read(receive, length)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise Problem(408, "The request did not arrive in time.", code="REQUEST_TIMEOUT") from None
        finally:
            self._late.discard(task)
            del self._reading[task]

    async def _read(self, receive: Receive, length: int) -> bytes:
        chunks: list[bytes] = []
        size = counted = 0
        try:
            # The length is known: waiting for the server's empty last message would cost each body another wake-up.
            while size < length:
                message = await receive()
                if message["type"] != "http.request":
                    raise Problem(400, "The body is shorter than its Content-Length.")
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size != length and (size > length or not message.get("more_body")):
                    raise Problem(400, "The body does not have the length that Content-Length states.")
                held = max(0, size - _SMALL)
                self._held += held - counted
                counted = held
                if held and self._held > HELD_LIMIT:
                    raise Problem(503, "Too many large requests are in progress; send this one again.")
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        finally:
            self._held -= counted

    def _look(self) -> None:
        """Give up the bodies that are late: one timer for all costs less than one for each."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for task, until in self._reading.items():
            if until <= now and task not in self._late:
                self._late.add(task)
                task.cancel()
        self._watch = loop.call_later(_LOOK, self._look) if self._reading else None

    def close(self) -> None:
        """Give unfinished requests a moment, and no more."""
        self._seconds = _STOPPING
        until = asyncio.get_running_loop().time() + _STOPPING
        for task in self._reading:
            self._reading[task] = min(self._reading[task], until)
