"""gunicorn's thread worker, with threads for whole requests only.

gunicorn's own reads a request in the thread that will answer it, so that as many clients as there are threads stop the
server for everybody by sending slowly, or nothing. Here the loop that accepts connections reads them as well, and a
thread is given a request that has come whole, with no way to read more. What is looked at for that is where the head
ends and the length that it announces; judging the request stays with gunicorn's parser, which sees the same bytes.
Which requests get a thread at once and which wait for one is decided in ``lanes``.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import struct
import time
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.http.parser import RequestParser  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from atom_shopify_plugin.host.http import Problem, envelope
from atom_shopify_plugin.host.lanes import Lanes, reserved

__all__ = ["BODY_LIMIT", "HEAD_LIMIT", "PatientWorker"]

READ_SECONDS = 20.0
"""How long a request may take to come."""

WRITE_SECONDS = 10
"""How long a client may take no byte of its answer."""

HEAD_LIMIT = 64 * 1024
BODY_LIMIT = 8 * 1024 * 1024
HELD_LIMIT = 64 * 1024 * 1024
"""Bytes of unfinished requests that a process keeps in all, those below `_SMALL` not counted."""

_SMALL = 64 * 1024
_STOPPING = 2.0  # seconds for unfinished requests when the worker is told to end
_LEAVING = 2.0  # seconds for a client to close its side after the last answer
_CHUNK = 64 * 1024
_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]+)[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_CODED = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_EXPECTS = re.compile(rb"^expect:[ \t]*100-continue[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
_WRONG: dict[type[Exception], tuple[int, str]] = {
    errors.LimitRequestLine: (414, "The address is too long."),
    errors.LimitRequestHeaders: (431, "There are too many headers, or one is too long."),
    errors.ExpectationFailed: (417, "Of expectations only 100-continue is met."),
    errors.UnsupportedTransferCoding: (501, "This transfer coding is not supported."),
}
_BUSY = Problem(503, "The server is busy, and this request was not begun. Send it again in some seconds.")


def raw(problem: Problem) -> bytes:
    """Return a whole answer for a request that no application sees."""
    request_id = uuid.uuid4().hex
    body = json.dumps(envelope(problem, request_id)).encode()
    lines = [
        f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}",
        "Connection: close",
        "Content-Type: application/json",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {request_id}",
        f"Content-Length: {len(body)}",
        *(["Retry-After: 5"] if problem.status == 503 else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Incoming:
    """A request as far as it has come.

    `end` is where it ends, once the head says so; `counted` is what it adds to the bytes that the worker holds.
    """

    def __init__(self, data: bytes = b"") -> None:
        self.data = bytearray(data)
        self.end: int | None = None
        self.expects = False
        self.counted = 0
        self._searched = 0

    @property
    def whole(self) -> bool:
        return self.end is not None and len(self.data) >= self.end

    @property
    def held(self) -> int:
        return max(0, len(self.data) - _SMALL)

    def look(self) -> None:
        """Find the end; raise `Problem` for what will not be read."""
        if self.end is not None:
            return
        head = self.data.find(b"\r\n\r\n", max(0, self._searched - 3))
        self._searched = len(self.data)
        if head > HEAD_LIMIT or (head < 0 and len(self.data) > HEAD_LIMIT):
            raise Problem(431, f"The headers are larger than {HEAD_LIMIT} bytes.")
        if head < 0:
            return
        fields = bytes(self.data[: head + 2])
        if _CODED.search(fields):
            raise Problem(411, "Send the body with a Content-Length, not in chunks.")
        # Where lengths differ or are none, the parser refuses the request whatever follows.
        lengths = _LENGTH.findall(fields)
        digits = lengths[0].lstrip(b"0") if len(lengths) == 1 else b""
        length = int(digits[:18] or b"0")  # Python refuses to read some thousand of them
        if length > BODY_LIMIT:
            raise Problem(413, f"The body is larger than {BODY_LIMIT} bytes.")
        expects = _EXPECTS.search(fields)
        if expects is not None:
            # It is met by the loop, and gunicorn need not meet it once more.
            del self.data[expects.start() : expects.end() + 1]
            head -= expects.end() + 1 - expects.start()
            self.expects = True
        self.end = head + 4 + length


class Whole:
    """The source of gunicorn's parser: bytes that have come, and then the end."""

    def __init__(self, data: memoryview) -> None:
        self._data = data

    def recv(self, size: int) -> bytes:
        found = bytes(self._data[:size])
        self._data = self._data[size:]
        return found


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Reads requests in its loop and answers them in its threads."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lanes = Lanes(self.cfg.threads, self._begin)
        self._held = 0
        self._leaving: deque[Any] = deque()
        self._stop_reading: float | None = None

    def get_thread_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=self.cfg.threads + reserved(self.cfg.threads))

    def handle_quit(self, sig: int, frame: Any) -> None:
        # Ctrl-C ends as gently as SIGTERM. gunicorn's own way takes the pool's lock inside the signal handler, and
        # hangs until it is killed when the interrupted code held that lock.
        self.handle_exit(sig, frame)

    def accept(self, listener: socket.socket) -> None:
        super().accept(listener)
        if self.nr_conns >= self.worker_connections and self.pending_conns:
            # There is no place for another one: who has been sending the longest makes room.
            conn = self.pending_conns.popleft()
            self.poller.unregister(conn.sock)
            self._close(conn)

    def enqueue_req(self, conn: Any) -> None:
        """Read a connection's next request; with gunicorn this gives it to a thread at once."""
        if not conn.initialized:
            conn.initialized = conn.data_ready = True
            conn.rest = b""
            limit = struct.pack("ll", WRITE_SECONDS, 0)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        conn.sock.setblocking(False)
        conn.incoming = Incoming(conn.rest)
        conn.rest = b""
        # Most requests have come in one piece by now.
        if self._goes_on(conn) and self._read(conn):
            conn.timeout = time.monotonic() + READ_SECONDS
            self.pending_conns.append(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def on_pending_socket_readable(self, conn: Any, client: socket.socket) -> None:
        # It comes off the poller first: it may be closed on the way.
        self.poller.unregister(client)
        if self._read(conn):
            self.poller.register(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))
        else:
            self.pending_conns.remove(conn)

    def murder_pending(self) -> None:
        now = time.monotonic()
        if not self.alive and self._stop_reading is None:
            self._stop_reading = now + _STOPPING
        stopping = self._stop_reading is not None and self._stop_reading <= now
        for conns, at_once in ((self.pending_conns, stopping), (self._leaving, False)):
            while conns and (at_once or conns[0].timeout <= now):
                conn = conns.popleft()
                self.poller.unregister(conn.sock)
                self._close(conn)
        for conn in self.lanes.late(now):
            self._refuse(conn, _BUSY)

    def finish_request(self, conn: Any, fs: Any) -> None:
        self.lanes.leave(conn)
        if fs.cancelled() or fs.exception() is not None or not fs.result():
            # gunicorn waits here for the client to close its side, and with it all others wait.
            self._leave(conn)
            return
        super().finish_request(conn, fs)
        if conn.rest and self.keepalived_conns and self.keepalived_conns[-1] is conn:
            # The next request has come along with this one; no byte of it makes the socket readable.
            self.on_client_socket_readable(conn, conn.sock)

    def handle_error(self, _req: Any, client: socket.socket, _addr: Any, exc: Exception) -> None:
        """Answer what the parser refuses, and what the application let out, in the one shape of all errors."""
        if isinstance(exc, errors.ParseException) and not isinstance(exc, _OURS):
            status, message = _WRONG.get(type(exc), (400, "This is not a valid HTTP request."))
            self.log.warning("A request was refused: %s", type(exc).__name__)
            problem = Problem(status, message, code="BAD_REQUEST" if status == 400 else None)
        else:
            self.log.exception("A request failed.")  # without its address, whose query may hold a secret
            problem = Problem(500, "The server failed to answer.")
        with suppress(OSError):
            client.sendall(raw(problem))

    def _read(self, conn: Any) -> bool:
        """Take what has come; return whether there is more to wait for."""
        incoming = conn.incoming
        try:
            chunk = conn.sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            self._close(conn)
            return False
        if chunk:
            incoming.data += chunk
            return self._goes_on(conn)
        if incoming.data:
            self._hand_over(conn)  # cut: the parser or the application says what is missing
        else:
            self._close(conn)
        return False

    def _goes_on(self, conn: Any) -> bool:
        """Act on what has come so far; return whether there is more to wait for."""
        incoming, end = conn.incoming, conn.incoming.end
        try:
            incoming.look()
            self._count(incoming)
        except Problem as problem:
            self._refuse(conn, problem)
            return False
        if incoming.whole:
            self._hand_over(conn)
            return False
        if incoming.expects and end is None and incoming.end is not None:
            with suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _count(self, incoming: Incoming) -> None:
        """Count what is held; raise `Problem` where a large request would make it too much."""
        self._held += incoming.held - incoming.counted
        incoming.counted = incoming.held
        if incoming.held and self._held > HELD_LIMIT and not incoming.whole:
            raise Problem(503, "Too many large requests are on their way; send this one again.")

    def _refuse(self, conn: Any, problem: Problem) -> None:
        with suppress(OSError):
            conn.sock.send(raw(problem))  # small enough for an empty buffer
        self._leave(conn)

    def _hand_over(self, conn: Any) -> None:
        """Give a request to a thread, or let it wait for one; what it holds is counted until then."""
        if not self.lanes.enter(conn, conn.incoming.data):
            self._refuse(conn, _BUSY)

    def _begin(self, conn: Any) -> None:
        """Give a request to a thread."""
        incoming = self._let_go(conn)
        end = incoming.end if incoming.end is not None else len(incoming.data)
        conn.rest = bytes(incoming.data[end:])
        conn.parser = RequestParser(self.cfg, Whole(memoryview(incoming.data)[:end]), conn.client)
        super().enqueue_req(conn)

    def _leave(self, conn: Any) -> None:
        """End a connection after its last answer, once the client has: bytes left unread would take it along."""
        self._let_go(conn)
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.timeout = time.monotonic() + _LEAVING
        self._leaving.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: Any, client: socket.socket) -> None:
        try:
            if client.recv(_CHUNK):
                return
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            pass  # it is gone
        self._leaving.remove(conn)
        self.poller.unregister(client)
        self._close(conn)

    def _let_go(self, conn: Any) -> Any:
        """Take the unfinished request off a connection; None where there is none."""
        incoming, conn.incoming = conn.incoming, None
        if incoming is not None:
            self._held -= incoming.counted
        return incoming

    def _close(self, conn: Any) -> None:
        self._let_go(conn)
        self.nr_conns -= 1
        conn.close()
