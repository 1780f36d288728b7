"""A Shopify of a few lines on real sockets: it answers what a test tells it, whole, slowly, cut, or not at all."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atom_shopify_plugin.errors import PluginError

__all__ = ["Reply", "Request", "ScriptedShopify", "Time", "data", "errors", "shown"]


@dataclass(frozen=True)
class Reply:
    """One answer. `framing`: ``length``, ``chunked`` or ``close``. `cut` sends only so many bytes of the body.

    `drip` waits so many seconds before each byte of the body, `drip_head` of everything. `then`: ``keep`` the
    connection, ``close`` or ``reset`` it; ``reset`` and ``silence`` with no status answer nothing.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: str = "length"
    cut: int | None = None
    drip: float = 0.0
    drip_head: bool = False
    then: str = "keep"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def data(payload: Any, cost: Mapping[str, Any] | None = None, **headers: str) -> Reply:
    """A GraphQL answer with `payload` as its data."""
    body: dict[str, Any] = {"data": payload}
    if cost is not None:
        body["extensions"] = {"cost": cost}
    return Reply(body=json.dumps(body).encode(), headers={"Content-Type": "application/json", **headers})


def errors(code: str | None, message: str = "No.", payload: Any = None, **extensions: Any) -> Reply:
    """A GraphQL answer with one top-level error."""
    extra = {"code": code, **extensions} if code else dict(extensions)
    body: dict[str, Any] = {"errors": [{"message": message, "extensions": extra}]}
    if payload is not None:
        body["data"] = payload
    return Reply(body=json.dumps(body).encode())


def shown(error: BaseException) -> str:
    """All that an error could tell somebody: itself, its envelope and what it came from."""
    texts: list[str] = []
    link: BaseException | None = error
    while link is not None:
        texts += [str(link), repr(link), repr(link.as_dict()) if isinstance(link, PluginError) else ""]
        link = link.__cause__ or link.__context__
    return "\n".join(texts)


class Time:
    """A clock that only moves when somebody sleeps or waits; it remembers the pauses."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def wait(self, _condition: threading.Condition, seconds: float) -> None:
        self.sleep(seconds)


class ScriptedShopify:
    """Answers with `replies` in turn, then with `always`; `requests` holds what came."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.always: Reply | None = None
        self.requests: list[Request] = []
        self._stop = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self, *replies: Reply) -> None:
        self.replies.extend(replies)

    def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: Any, *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(connection)
            self._start(self._talk, connection, len(self._sockets))

    def _talk(self, connection: socket.socket, number: int) -> None:
        with connection, connection.makefile("rb") as reader, contextlib.suppress(OSError, ValueError):
            while line := reader.readline():
                method, path, _ = line.decode().split(" ")
                headers: dict[str, str] = {}
                while (line := reader.readline()) not in (b"\r\n", b""):
                    name, _, value = line.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                body = reader.read(int(headers.get("content-length", 0)))
                self.requests.append(Request(method, path, headers, body, number))
                reply = self.replies.popleft() if self.replies else self.always
                if reply is None or not self._send(connection, reply):
                    return

    def _send(self, connection: socket.socket, reply: Reply) -> bool:
        """Send a reply; tell whether the connection goes on."""
        if reply.then == "silence":
            self._stop.wait(10)
            return False
        if reply.status:
            body = reply.body if reply.cut is None else reply.body[: reply.cut]
            lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{key}: {value}" for key, value in reply.headers.items())]
            if reply.framing == "length":
                lines.append(f"Content-Length: {len(reply.body)}")
            elif reply.framing == "chunked":
                lines.append("Transfer-Encoding: chunked")
                end = b"0\r\n\r\n" if reply.cut is None else b""
                body = b"%x\r\n%s\r\n" % (len(body), body) + end if body else end
            else:
                lines.append("Connection: close")
            head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
            if reply.drip_head:
                self._drip(connection, head + body, reply.drip)
            else:
                connection.sendall(head)
                if reply.drip:
                    self._drip(connection, body, reply.drip)
                else:
                    connection.sendall(body)
        if reply.then == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        return reply.then == "keep" and reply.framing != "close" and reply.cut is None

    def _drip(self, connection: socket.socket, content: bytes, seconds: float) -> None:
        for at in range(len(content)):
            if self._stop.is_set():
                return
            connection.sendall(content[at : at + 1])
            time.sleep(seconds)
