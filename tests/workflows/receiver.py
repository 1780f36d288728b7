"""Receivers of what the host sends: an HTTP server that answers as it is told, and an SMTP server."""

from __future__ import annotations

import json
import socket
import threading
import time
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from ports import free_port


class Receiver:
    """An HTTP server on loopback. `requests` are what came; `answers` come before the usual 200, one each.

    An answer is a status, or what is called with the handler.
    """

    def __init__(self, context=None) -> None:
        self.requests: list[Received] = []
        self.answers: list = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.requests.append(Received(self.command, self.path, dict(self.headers.items()), body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if callable(answer):
                    answer(self)
                else:
                    self.say(answer)

            do_GET = do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815  # names of the base class

            def say(self, status, body=b'{"ok": true}', **headers) -> None:
                self.send_response(status)
                headers = {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def bodies(self):
        return [json.loads(one.body) for one in self.requests]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class Received:
    def __init__(self, method, path, headers, body) -> None:
        self.method, self.path, self.headers, self.body = method, path, headers, body


def drip(handler) -> None:
    """Send a head that never ends, a byte at a time; stop when the other side has gone."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.05)
    except OSError:
        return


def flood(handler) -> None:
    """Send a body that never ends."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        return


def hang_up(handler) -> None:
    """Take the request and answer nothing."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


class Mailbox:
    """An SMTP server on loopback. `answers` are replies to the text of a message, before the usual 250."""

    def __init__(self) -> None:
        self.messages: list = []
        self.answers: list[str] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.port = self._controller.port

    async def handle_DATA(self, _server, _session, envelope) -> str:  # aiosmtpd's hook
        if self.answers:
            return self.answers.pop(0)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def close(self) -> None:
        self._controller.stop()
