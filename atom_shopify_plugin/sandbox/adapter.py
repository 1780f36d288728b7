"""The sandbox behind `requests`, without a socket: mount it on a session and every address leads here.

It behaves as the network would: faults arrive as the exceptions and cut bodies that real sockets give.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests import Response as Reply
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as Unreachable
from requests.exceptions import ReadTimeout
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Content, Delivery, Request

__all__ = ["SandboxAdapter"]


class SandboxAdapter(HTTPAdapter):
    """A transport adapter that hands each request to `sandbox`.

    The store is the one that the Host header names, else the host of the URL. `sleep`, by which slow answers wait,
    exists for simulations.
    """

    def __init__(self, sandbox: Sandbox, *, sleep: Callable[[float], object] = time.sleep) -> None:
        super().__init__()
        self.sandbox = sandbox
        self._sleep = sleep

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,  # noqa: ARG002
        cert: Any = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Reply:
        """Answer a request as `requests` expects it; raise its exceptions where the network would."""
        headers = {name: _text(value) for name, value in request.headers.items()}
        url = urlsplit(request.url or "")
        host = next((value for name, value in headers.items() if name.lower() == "host"), url.netloc)
        method = request.method or "GET"
        answer = self.sandbox.handle(Request(method, host, url.path, url.query, headers, _body(request.body)))
        _wait(answer.delivery, timeout, request, self._sleep)
        if answer.delivery.how == "reset":
            raise Unreachable(
                ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer")),
                request=request,
            )
        sent = {"Date": formatdate(self.sandbox.clock.time(), usegmt=True), **answer.headers}
        if answer.delivery.how != "cut_without_length":
            sent["Content-Length"] = str(len(answer.body))
        raw = HTTPResponse(
            _Wire(answer.delivery, answer.body),
            headers=sent,
            status=answer.status,
            preload_content=False,
            request_method=method,
        )
        reply: Reply = self.build_response(request, raw)
        if not stream:
            _ = reply.content
        return reply


class _Wire(io.RawIOBase):
    """The body as it comes off the wire, piece by piece when it drips."""

    def __init__(self, way: Delivery, body: Content) -> None:
        super().__init__()
        self._pieces = way.pieces(body)
        self._pause = way.every if way.how == "drip" else 0.0
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest and (piece := next(self._pieces, b"")):
            if self._pause:
                time.sleep(self._pause)
            self._rest = memoryview(piece)  # what is left of a large body is not copied for each read
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _wait(way: Delivery, timeout: Any, request: PreparedRequest, sleep: Callable[[float], object]) -> None:
    limit = timeout[1] if isinstance(timeout, tuple) else getattr(timeout, "read_timeout", timeout)
    if isinstance(limit, int | float) and way.delay >= limit:
        sleep(limit)
        raise ReadTimeout(f"Read timed out. (read timeout={limit})", request=request)
    if way.delay:
        sleep(way.delay)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b"".join(body)
