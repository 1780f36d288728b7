"""The one ASGI application in front: native routes in the event loop, everything else by Flask in threads.

Every request is read whole, within limits, before anybody sees it (`bodies`). A plugin's native routes
(`atom_asgi`) stand in the place of the Flask routes with the same method and path. People's requests share the threads
(`lanes`); those that wait for a run hold none (`parking`). A native application that streams is told that its client is
gone when the process is to end, so that no stream keeps it from ending.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import time
import uuid
from collections.abc import Hashable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress

from flask import Flask

from atom_shopify_plugin.asgi import (
    Answered,
    App,
    Message,
    Receive,
    Scope,
    Send,
    call_wsgi,
    reply,
    whole,
    wsgi_environ,
)
from atom_shopify_plugin.host import dashboard
from atom_shopify_plugin.host.app import EmbeddedHost
from atom_shopify_plugin.host.bodies import Bodies, check_head
from atom_shopify_plugin.host.http import REQUEST_ID, Problem, envelope
from atom_shopify_plugin.host.lanes import Busy, Lanes, reserved
from atom_shopify_plugin.host.parking import HOLD, Hold, Parking
from atom_shopify_plugin.host.status import LIVE

__all__ = ["Front"]

log = logging.getLogger(__name__)

_LEAVING = 2.0  # seconds for a client to send the rest of what is not read, so that the answer reaches it
_SILENT = 0.2  # seconds without a byte after which it is not about to send more
_BUSY = Problem(
    503, "The server is busy and has not started this request. Send it again in a few seconds.", retry_after=5
)
_KEPT = (REQUEST_ID, "atom.started")  # of a WSGI environment, for the second call of a view that has waited


class Front:
    """The application of one process; made and used in one event loop. `threads` are for people's requests."""

    def __init__(self, app: Flask, *, threads: int) -> None:
        host: EmbeddedHost = app.extensions["atom_host"]
        self._app = app
        self._metrics = host.metrics
        # With the name under which each is counted: a build has other files than the one before it.
        self._native: dict[tuple[str, str], tuple[App, str]] = {
            **{at: (app, dashboard.ASSETS) for at, app in dashboard.native_routes(host.dashboard).items()},
            **{at: (app, at[1]) for at, app in host.plugins.native_routes(host).items()},
        }
        self._prompt = frozenset({LIVE, *host.plugins.prompt_paths()})
        self._people = ThreadPoolExecutor(threads, "atom-people")
        self._reserved = ThreadPoolExecutor(reserved(threads), "atom-prompt")
        self._lanes = Lanes(threads)
        self._bodies = Bodies()
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._parking = Parking(host.workflows.engine, self._reserved)
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let what waits for a run go on, end streams, and give what is not whole a moment: the process ends."""
        self._closing.set()
        self._parking.close()
        self._bodies.close()

    async def quiet(self) -> None:
        """Wait until no request is being answered."""
        await self._quiet.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever an application raises is answered 500."""
        if scope["type"] != "http":
            return
        self._running += 1
        self._quiet.clear()
        try:
            await self._answer(scope, receive, send)
        finally:
            self._running -= 1
            if not self._running:
                self._quiet.set()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._bodies.read(receive, check_head(scope))
        except Problem as problem:
            await _refuse(problem, scope, receive, send)
            return
        try:
            native = self._native.get((scope["method"], scope["path"]))
            if native is not None:
                await self._natively(*native, scope, whole(body, self._until_closing(receive)), send)
            else:
                await self._by_flask(scope, body, receive, send)
        except Busy:
            await _send_problem(_BUSY, send)
        except Exception:
            log.exception("A request failed.")  # without its address, whose query may hold a secret
            with suppress(Exception):  # the answer may have begun
                await _send_problem(Problem(500), send)

    async def _natively(self, app: App, endpoint: str, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        seconds: float | None = None
        status, streams = 500, False

        async def counted(message: Message) -> None:
            nonlocal status, seconds, streams
            if message["type"] == "http.response.start":
                # A stream may last for hours; how long it was waited for is what a figure can tell.
                status, seconds = message["status"], time.perf_counter() - started
            elif message.get("more_body") and not streams:
                streams = True
                self._metrics.streams.inc()
            await send(message)

        try:
            await app(scope, receive, counted)
        finally:
            if streams:
                self._metrics.streams.dec()
            self._metrics.count(scope["method"], endpoint, status, seconds or time.perf_counter() - started)

    def _until_closing(self, receive: Receive) -> Receive:
        """Return what gives what `receive` gives, and a disconnect when the process is to end."""

        async def received() -> Message:
            loop = asyncio.get_running_loop()
            message, closing = loop.create_task(_received(receive)), loop.create_task(self._closing.wait())
            try:
                await asyncio.wait({message, closing}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else {"type": "http.disconnect"}
            finally:
                closing.cancel()
                message.cancel()

        return received

    async def _by_flask(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        environ = wsgi_environ(scope, body)
        caller = _caller(scope)
        prompt = scope["path"] in self._prompt
        hold = environ[HOLD] = Hold()
        answered = await self._in_thread(environ, caller, prompt=prompt)
        if hold.pending:
            if not await self._parking.wait(hold, caller, receive):
                return
            again = wsgi_environ(scope, body) | {key: environ[key] for key in _KEPT if key in environ}
            again[HOLD] = hold
            answered = await self._in_thread(again, caller, prompt=prompt, begun=True)
        status, headers, content = answered
        await reply(send, status, headers, content)

    async def _in_thread(
        self, environ: dict[str, object], caller: Hashable, *, prompt: bool, begun: bool = False
    ) -> Answered:
        if prompt:
            return await self._run(self._reserved, environ)
        await self._lanes.enter(caller, begun=begun)
        try:
            return await self._run(self._people, environ)
        finally:
            self._lanes.leave(caller)

    async def _run(self, pool: Executor, environ: dict[str, object]) -> Answered:
        return await asyncio.get_running_loop().run_in_executor(pool, call_wsgi, self._app, environ)


async def _received(receive: Receive) -> Message:
    return await receive()


def _caller(scope: Scope) -> Hashable:
    """Return what stands for whoever sends a request: its sign-in, unproved as yet, or its address."""
    signs = {name: value for name, value in scope["headers"] if name in (b"authorization", b"cookie")}
    sign = signs.get(b"authorization") or signs.get(b"cookie")
    return hashlib.sha256(sign).digest() if sign else str((scope.get("client") or ("",))[0])


def _head_and_body(problem: Problem) -> tuple[list[tuple[bytes, bytes]], bytes]:
    request_id = uuid.uuid4().hex
    body = json.dumps(envelope(problem, request_id)).encode()
    headers = [
        (b"connection", b"close"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-request-id", request_id.encode()),
    ]
    if problem.status == 503:
        headers.append((b"retry-after", str(math.ceil(problem.retry_after or 5)).encode()))
    return headers, body


async def _send_problem(problem: Problem, send: Send) -> None:
    headers, body = _head_and_body(problem)
    await reply(send, problem.status, headers, body)


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request that is not read to its end, once its client has sent what it is about to send.

    Bytes left unread would take the answer along. A client that asks before it sends is told at once.
    """
    if not any(name == b"expect" for name, _ in scope["headers"]):
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVING):
                while True:
                    message = await asyncio.wait_for(receive(), _SILENT)
                    if message["type"] != "http.request" or not message.get("more_body"):
                        break
    await _send_problem(problem, send)
