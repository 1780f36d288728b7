"""A page that follows live events: over the native route in this process, or over a socket."""

from __future__ import annotations

import asyncio
import http.client
import json
import queue
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.hookspecs import Host
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.web.asgi import routes

EVENTS = "/api/shopify/events"
SECONDS = 10.0  # that a test waits for what has to come


@dataclass(frozen=True)
class Message:
    """One block of a stream: as a browser dispatches it, or what it only takes note of (`kind` is empty then)."""

    kind: str
    id: str
    data: Any = None

    @property
    def resource(self) -> str:
        name: str = self.data["resource"]
        return name


class Parser:
    """Reads a stream as the standard says; bytes come in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self.last_id = ""

    def feed(self, piece: bytes) -> Iterator[Message]:
        self._rest += piece
        while b"\n\n" in self._rest:
            block, _, self._rest = self._rest.partition(b"\n\n")
            kind, data = "", None
            for line in block.decode().split("\n"):
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if name == "id":
                    self.last_id = value
                elif name == "event":
                    kind = value
                elif name == "data":
                    data = json.loads(value)
                else:
                    assert name in ("", "retry"), line
            yield Message(kind, self.last_id, data)


class Page:
    """An open page; `messages` are those that a browser would dispatch, `quiet` counts the others."""

    def __init__(self) -> None:
        self.status: queue.Queue[tuple[int, dict[str, str]]] = queue.Queue()
        self.messages: queue.Queue[Message | None] = queue.Queue()
        self.quiet: queue.Queue[Message] = queue.Queue()
        self.body = b""
        self.parser = Parser()
        self.ended = threading.Event()

    def next(self, seconds: float = SECONDS) -> Message:
        """Return what comes next; fail where nothing does."""
        found = self.messages.get(timeout=seconds)
        assert found is not None, "the stream has ended"
        return found

    def take(self, count: int) -> list[Message]:
        return [self.next() for _ in range(count)]

    def begin(self) -> int:
        """Wait for the head of the answer, and for the first block of a stream; return the status."""
        status, headers = self.status.get(timeout=SECONDS)
        if headers["content-type"].startswith("text/event-stream"):
            self.quiet.get(timeout=SECONDS)
        return status

    @property
    def last_id(self) -> str:
        return self.parser.last_id

    def silent(self, seconds: float = 0.6) -> bool:
        """Tell whether nothing comes for a while, in which others are told."""
        with suppress(queue.Empty):
            return self.messages.get(timeout=seconds) is None
        return True

    def got(self, piece: bytes) -> None:
        self.body += piece
        for message in self.parser.feed(piece):
            if message.kind:
                self.messages.put(message)
            else:
                self.quiet.put(message)

    def end(self) -> None:
        self.ended.set()
        self.messages.put(None)


class Gate:
    """What a slow reader waits for before it takes anything."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._event = asyncio.Event()

    async def __call__(self) -> None:
        await self._event.wait()

    def open(self) -> None:
        self._loop.call_soon_threadsafe(self._event.set)


class Live:
    """The native route of one process, in an event loop of its own."""

    def __init__(self, runtime: Runtime, host: Host) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._leaving: dict[Page, asyncio.Event] = {}
        self._tasks: dict[Page, Any] = {}

        async def make() -> Any:
            return {path: app for _, path, app in routes(runtime, host)}[EVENTS]

        self._app = asyncio.run_coroutine_threadsafe(make(), self._loop).result()

    def open(
        self,
        who: str | None,
        query: str = "",
        *,
        last_event_id: str | None = None,
        accept: str = "text/event-stream",
        gate: Callable[[], Awaitable[None]] | None = None,
    ) -> Page:
        """Open a page. `gate` is awaited before each piece is taken: a slow reader."""
        headers = [(b"accept", accept.encode())]
        if who is not None:
            headers.append((b"authorization", f"Bearer {who}".encode()))
        if last_event_id is not None:
            headers.append((b"last-event-id", last_event_id.encode()))
        scope = {
            "type": "http", "method": "GET", "path": EVENTS, "raw_path": EVENTS.encode(), "http_version": "1.1",
            "query_string": query.encode(), "headers": headers, "server": ("atom", 80), "client": ("127.0.0.1", 9),
        }  # fmt: skip
        page = Page()

        async def run() -> None:
            leaving = self._leaving[page] = asyncio.Event()
            first = True

            async def receive() -> dict[str, Any]:
                nonlocal first
                if first:
                    first = False
                    return {"type": "http.request", "body": b"", "more_body": False}
                await leaving.wait()
                return {"type": "http.disconnect"}

            async def send(message: dict[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    named = {name.decode(): value.decode() for name, value in message["headers"]}
                    page.status.put((message["status"], named))
                    return
                if gate is not None:
                    await gate()
                page.got(message.get("body", b""))

            try:
                await self._app(scope, receive, send)
            finally:
                page.end()

        self._tasks[page] = asyncio.run_coroutine_threadsafe(run(), self._loop)
        return page

    def follow(self, who: str | None, query: str = "", **options: Any) -> Page:
        """Open a page and wait until it is followed."""
        page = self.open(who, query, **options)
        assert page.begin() == 200, page.body
        return page

    def gate(self) -> Gate:
        return Gate(self._loop)

    def leave(self, page: Page) -> None:
        """Close a page; return when the server has let go of it."""
        self._loop.call_soon_threadsafe(self._leaving[page].set)
        self._tasks[page].result(timeout=SECONDS)

    def tasks(self) -> int:
        """Return how many tasks the loop has."""

        async def count() -> int:
            return len(asyncio.all_tasks()) - 1

        return asyncio.run_coroutine_threadsafe(count(), self._loop).result()

    def close(self) -> None:
        for page in list(self._tasks):
            if page in self._leaving:
                self.leave(page)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def living(runtime: Runtime, host: Host) -> Iterator[Live]:
    live = Live(runtime, host)
    try:
        yield live
    finally:
        live.close()


class Socket(Page):
    """A page at a real server."""

    def __init__(self, port: int, token: str, query: str = "", last_event_id: str | None = None) -> None:
        super().__init__()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", EVENTS + query, headers=headers)
        self._socket = self._connection.sock
        self._answer = self._connection.getresponse()
        named = {name.lower(): value for name, value in self._answer.getheaders()}
        self.status.put((self._answer.status, named))
        self.whole = False
        threading.Thread(target=self._read, daemon=True).start()
        assert self.begin() == 200

    def _read(self) -> None:
        try:
            while piece := self._answer.read1(65536):
                self.got(piece)
            self.whole = True  # the server has said that this is the end
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            self.end()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self.ended.wait(SECONDS)
        self._connection.close()
