"""The sandbox on a real socket: HTTP/1.1 with keep-alive on a loopback address, and faults down to the socket."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import threading
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import urlsplit

from atom_shopify_plugin.sandbox.bulk.storage_api import is_storage
from atom_shopify_plugin.sandbox.chunks import BadChunks, TooLong, read_chunks
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Delivery, Request, Response, json_reply

__all__ = ["PortTaken", "Server", "serve"]

MAX_BODY, MAX_UPLOAD = 64 << 20, 128 << 20
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time to linger: closing sends a reset


class PortTaken(OSError):
    """Another program listens on the port."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(errno.EADDRINUSE, f"Port {port} on {host} is taken: stop the other program or choose another.")
        self.port = port

    def __str__(self) -> str:
        return str(self.strerror)


class Server:
    """A sandbox that is being served. `close` ends every connection and closes the sandbox; no thread is left."""

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        self.sandbox = sandbox
        try:
            self._http = _Http(sandbox, host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(host, port) from None
            raise
        self.port: int = self._http.server_address[1]
        self.url = sandbox.storage.base = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="sandbox", daemon=True)
        self._thread.start()

    def store_url(self, shop: str) -> str:
        """Return the address under which a browser on this machine reaches a store, by domain or handle."""
        return f"http://{shop.partition('.')[0]}.localhost:{self.port}"

    def close(self) -> None:
        self._http.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()
        self.sandbox.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()


def serve(sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> Server:
    """Serve `sandbox` in a background thread; port 0 takes any that is free.

    Raises `PortTaken`, and `ValueError` for a host that is not this machine: the sandbox lets in whoever reaches it.
    """
    if host not in LOOPBACK:
        raise ValueError("The sandbox is served on this machine only: 127.0.0.1 or localhost.")
    return Server(sandbox, host, port)


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # close() waits for them
    block_on_close = True
    request_queue_size = 256
    allow_reuse_port = False  # a taken port must be an error

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        self.sandbox = sandbox
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # the one between looks the host's name up, which can take seconds
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def entered(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)
        if self.closing.is_set():  # accepted at the last moment
            self.hang_up()

    def left(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """Wake every thread that waits for its client."""
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that hang up: they do so all the time."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 16

    def setup(self) -> None:
        super().setup()
        self.server.entered(self.connection)

    def finish(self) -> None:
        self.server.left(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class names it so
        """Log nothing: paths may carry codes, and `/__sandbox__/calls` tells more."""

    def _answer(self) -> None:
        host = self.headers.get("Host", "")
        try:
            target = urlsplit(self.path)
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        if target.netloc:  # absolute form, as a proxy gets it; it overrules the Host header (RFC 9112, 3.2.2)
            host = target.netloc
        try:
            body = self._body(MAX_UPLOAD if is_storage(target.path) else MAX_BODY)
        except BadChunks:
            response = json_reply(HTTPStatus.BAD_REQUEST, {"errors": "Bad Request"})
        except TooLong:
            response = json_reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"errors": "Payload Too Large"})
        else:
            headers = dict(self.headers.items())
            request = Request(self.command, host, target.path, target.query, headers, body)
            response = self.server.sandbox.handle(request)
            self._deliver(response)
            return
        self.close_connection = True  # the body, wherever it ends, stays unread
        self._deliver(response)

    def _body(self, most: int) -> bytes:
        """Read the body; raise `BadChunks` where its end is not clear beyond doubt (RFC 9112, 6.1 and 6.3)."""
        encodings, lengths = (self.headers.get_all(name, []) for name in ("Transfer-Encoding", "Content-Length"))
        if encodings:
            chunked = [encoding.strip(" \t").lower() for encoding in encodings] == ["chunked"]
            if not chunked or lengths or self.request_version != "HTTP/1.1":
                raise BadChunks
            return read_chunks(self.rfile, most)
        length = lengths[0] if lengths else "0"
        if len(lengths) > 1 or not (length.isascii() and length.isdigit()):
            raise BadChunks
        if len(length) > 20 or int(length) > most:
            raise TooLong
        return self.rfile.read(int(length)) if length != "0" else b""

    def _deliver(self, response: Response) -> None:
        way = response.delivery
        if way.delay:
            self.server.closing.wait(way.delay)
        if way.how == "reset":
            self._reset()
            return
        bodyless = self.command == "HEAD" or response.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        pieces = iter(()) if bodyless else way.pieces(response.body)
        head = self._head(response, way)
        if way.how != "drip":
            self.wfile.write(head + next(pieces, b""))
        else:
            self.wfile.write(head)
        for piece in pieces:
            if way.how == "drip" and self.server.closing.wait(way.every):
                break
            self.wfile.write(piece)
        if way.how.startswith("cut"):
            self.close_connection = True

    def _head(self, response: Response, way: Delivery) -> bytes:
        reason = self.responses[response.status][0] if response.status in self.responses else ""
        headers = {"Date": formatdate(self.server.sandbox.clock.time(), usegmt=True), **response.headers}
        if way.how != "cut_without_length":
            headers["Content-Length"] = str(len(response.body))
        if self.close_connection or way.how.startswith("cut"):
            headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {response.status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.server.left(self.connection)
        self.connection.close()
        self.close_connection = True


for _method in ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"):
    setattr(_Handler, f"do_{_method}", _Handler._answer)
