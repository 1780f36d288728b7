"""One request to an app over a kept connection, within Shopify's deadline, and to this machine only."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit

__all__ = ["CONNECT", "DEADLINE", "Line", "Outcome", "Target", "target"]

CONNECT, DEADLINE = 1.0, 5.0  # seconds to connect, and for the whole exchange (shopify.dev, webhooks over HTTPS)
# The address of a name is written down here: no look-up can lead anywhere else.
LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "::1": "::1"}
LONGEST = 1 << 20
_STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})\b")
_HEADER = re.compile(rb"^(content-length|connection|transfer-encoding):[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class Target(NamedTuple):
    """Where a webhook goes: `address` and `port` for the socket, `host` and `path` for the request."""

    address: str
    port: int
    host: str
    path: str


class Outcome(NamedTuple):
    """What came of an attempt: the answer's status, or an error where there was no whole answer; and the seconds."""

    status: int | None
    error: str | None
    seconds: float

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@lru_cache(maxsize=256)
def target(uri: str) -> Target | None:
    """Return where `uri` leads when that is plain http on this machine, else `None`."""
    try:
        parts = urlsplit(uri)
        port = parts.port or 80
    except ValueError:
        return None
    address = LOOPBACK.get(parts.hostname or "")
    if parts.scheme != "http" or address is None or "@" in parts.netloc:
        return None
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{quote(parts.query, safe='/%:@!$&()*+,;=~?')}")
    return Target(address, port, parts.netloc, path.removesuffix("?"))


class Line:
    """A connection that is kept from one request to the next. For one thread; `close` may come from another."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._end: tuple[str, int] | None = None
        self._rest = b""
        self._heard = False
        self._closed = False

    def post(self, where: Target, head: bytes, body: bytes, deadline: float) -> Outcome:
        """Send one request (`head` holds its own headers) and wait for the whole answer, `deadline` seconds at most."""
        began = time.monotonic()
        until = began + deadline
        length = b"Content-Length: %d\r\n" % len(body)
        start = f"POST {where.path} HTTP/1.1\r\nHost: {where.host}\r\n".encode("latin-1")
        message = start + head + length + b"Connection: keep-alive\r\n\r\n" + body
        try:
            kept = self._connect(where, until)
            try:
                status = self._exchange(message, until)
            except ConnectionError:
                if not kept or self._heard:
                    raise
                self.hang_up()  # the app let go of the kept connection just as it was used again
                self._connect(where, until)
                status = self._exchange(message, until)
        except TimeoutError:
            outcome = Outcome(None, "timeout", time.monotonic() - began)
        except (OSError, ValueError) as error:
            outcome = Outcome(None, type(error).__name__, time.monotonic() - began)
        else:
            return Outcome(status, None, time.monotonic() - began)
        self.hang_up()
        return outcome

    def close(self) -> None:
        """Close the connection for good; whoever waits on it fails at once."""
        self._closed = True
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection; the next request makes another."""
        held, self._socket, self._end = self._socket, None, None
        if held is not None:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
            held.close()

    def _connect(self, where: Target, until: float) -> bool:
        """Make sure that there is a connection; tell whether it was there before."""
        end = (where.address, where.port)
        if self._socket is not None:
            if self._end == end and _quiet(self._socket):
                return True
            self.hang_up()  # to somebody else, or the app has closed it
        if self._closed:
            raise ConnectionAbortedError
        self._socket = socket.create_connection(end, timeout=min(CONNECT, _left(until)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._end = end
        return False

    def _exchange(self, message: bytes, until: float) -> int:
        held = self._socket
        if held is None:
            raise ConnectionAbortedError
        self._rest, self._heard = b"", False
        held.settimeout(_left(until))
        held.sendall(message)
        while b"\r\n\r\n" not in self._rest:
            self._more(held, until)
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        found = _STATUS.match(head)
        if found is None:
            raise ValueError("This is no HTTP/1.1.")
        fields = {name.lower(): value.strip().lower() for name, value in _HEADER.findall(head)}
        status = int(found[2])
        whole = self._body(held, status, fields, until)
        if not whole or found[1] == b"0" or fields.get(b"connection") == b"close":
            self.hang_up()
        return status

    def _body(self, held: socket.socket, status: int, fields: dict[bytes, bytes], until: float) -> bool:
        """Read the answer's body; tell whether its end was marked, so that the connection can be used again."""
        if status in (204, 304):
            return True
        if fields.get(b"transfer-encoding", b"").endswith(b"chunked"):
            while not self._rest.endswith(b"0\r\n\r\n"):
                self._more(held, until)
            return True
        if b"content-length" in fields:
            length = int(fields[b"content-length"])
            while len(self._rest) < length:
                self._more(held, until)
            return len(self._rest) == length
        with contextlib.suppress(ConnectionResetError):
            while True:
                self._more(held, until)
        return False

    def _more(self, held: socket.socket, until: float) -> None:
        held.settimeout(_left(until))
        piece = held.recv(65536)
        if not piece:
            raise ConnectionResetError
        self._heard = True
        self._rest += piece
        if len(self._rest) > LONGEST:
            raise ValueError("The answer is too long.")


def _quiet(held: socket.socket) -> bool:
    """Tell whether an idle connection is still open: one with something to read was closed by the app."""
    try:
        held.settimeout(0)
        held.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
