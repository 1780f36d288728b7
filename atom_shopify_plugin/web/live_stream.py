"""Live events as a native route: server-sent events for who asks for them, the blueprint's JSON for all others.

Source: html.spec.whatwg.org, "Server-sent events".

The blueprint's own view admits each request, in a private application that holds this one route, so that signing in,
limits, faults and the shape of errors are those of every route. A stream then runs in the event loop. While it runs,
the sign-in that began it is checked again with each heartbeat.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Flask

from atom_shopify_plugin.asgi import (
    Answered,
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    call_wsgi,
    read_body,
    reply,
    wsgi_environ,
)
from atom_shopify_plugin.errors import PayloadTooLarge, PluginError, RateLimited, Unavailable, unexpected
from atom_shopify_plugin.hookspecs import HostUnavailable, Principal
from atom_shopify_plugin.storage import begin_answering, end_answering
from atom_shopify_plugin.storage.work.feed import Entry, Position
from atom_shopify_plugin.strictjson import encode
from atom_shopify_plugin.web import live
from atom_shopify_plugin.web.blueprint import build
from atom_shopify_plugin.web.envelope import HEADERS, failed, headers_of
from atom_shopify_plugin.web.identity import ACT_AS, authenticate
from atom_shopify_plugin.web.live import EVENTS, SEAT, Seat, Wish, event_body, read_page
from atom_shopify_plugin.web.live_hub import Hub, Listener
from atom_shopify_plugin.web.requestlog import logs, write_line
from atom_shopify_plugin.web.state import request_id

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Host
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["LiveEvents"]

PER_PERSON = 20
"""Streams that one person may have open in a process."""

_THREADS = 4
_MOST_ENTERING = 512  # requests that wait to be let in
_BODY = 64 * 1024  # bytes; a GET has none
_PAGE = 250
_RETRY = 2000  # milliseconds until a browser connects again
_PATIENCE = 2.5  # seconds for one question to the database
_SILENCE = 120.0  # seconds for which the host may be unable to say who is signed in
_STUCK = 30.0  # seconds for which a client may take nothing of what is sent
_AWAY = 2.0  # seconds until the next look where the database could not be asked
_LAST = 1.0  # seconds for the end of a stream to be sent
_ALIVE = b": alive\n"


class LiveEvents:
    """``GET`` of events, whatever the path that it is mounted at. Made and used in one event loop."""

    def __init__(self, runtime: Runtime, host: Host) -> None:
        self._runtime = runtime
        self._host = host
        self._heartbeat = runtime.settings.live_heartbeat
        self._most = runtime.settings.live_streams
        self._app = Flask("atom_shopify_live", static_folder=None)
        self._app.register_blueprint(build(runtime, host, [live]))
        self._entrance = ThreadPoolExecutor(_THREADS, "atom-shopify-live")
        self._reading = ThreadPoolExecutor(1, "atom-shopify-feed")
        self._entering = 0
        self._open: Counter[Hashable] = Counter()
        self._hub: Hub | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer JSON or stream; every error before the stream begins is answered in the one shape."""
        started = time.perf_counter()
        seat = Seat(request_id=request_id(""))
        try:
            environ = wsgi_environ({**scope, "raw_path": EVENTS.encode()}, await _body(receive))
            environ[SEAT] = seat
            status, headers, content = await self._enter(environ)
            if seat.wish is None:
                await reply(send, status, headers, content)
                return
            stream = await self._begin(seat, environ)
        except Disconnected:
            return
        except Exception as raised:  # noqa: BLE001  # the outermost boundary: a caller gets one shape and no internals
            error = raised if isinstance(raised, PluginError) else unexpected(raised, seat.request_id)
            content = encode(failed(error, seat.request_id))
            await reply(send, error.status, _error_headers(error, seat, content), content)
            self._note(scope, seat, error.status, error.code, started, len(content))
            return
        try:
            await stream.run(headers, receive, send)
        finally:
            self._end(stream)
            self._note(scope, seat, 200, None, started, stream.sent)

    async def _enter(self, environ: dict[str, Any]) -> Answered:
        if self._entering >= _MOST_ENTERING:
            raise Unavailable("Too many requests for live events wait; send this one again.", retry_after=2.0)
        self._entering += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._entrance, call_wsgi, self._app, environ)
        finally:
            self._entering -= 1

    async def _begin(self, seat: Seat, environ: dict[str, Any]) -> _Stream:
        if seat.principal is None or seat.caller is None or seat.wish is None:
            raise RuntimeError("A seat that is taken names who sits there.")
        person = (seat.caller.tenant, seat.caller.subject)
        if self._open[person] >= PER_PERSON:
            raise RateLimited(
                f"You have {PER_PERSON} streams of live events open: close one of them first.",
                details={"limit": PER_PERSON},
                retry_after=self._heartbeat,
            )
        if self._open.total() >= self._most:
            raise Unavailable(
                "This server has as many streams of live events as it may have; try again later, or poll.",
                retry_after=self._heartbeat,
            )
        self._open[person] += 1
        stream = None
        try:
            if self._hub is None:
                self._hub = Hub(self._runtime.storage.feed, self._reading, frame)
            stream = _Stream(self, self._hub, seat.principal, seat.caller, seat.wish, environ)
            await stream.join()
        except BaseException:
            self._leave(person)
            raise
        return stream

    def _end(self, stream: _Stream) -> None:
        stream.leave()
        self._leave((stream.caller.tenant, stream.caller.subject))

    def _leave(self, person: Hashable) -> None:
        self._open[person] -= 1
        if not self._open[person]:
            del self._open[person]

    @property
    def heartbeat(self) -> float:
        return self._heartbeat

    async def page(self, who: Principal, wish: Wish, until: Position) -> Any:
        """Read what somebody has missed from the database."""

        def read() -> Any:
            begin_answering(_PATIENCE)
            try:
                return read_page(self._runtime, who, wish, _PAGE, until)
            finally:
                end_answering()

        return await asyncio.get_running_loop().run_in_executor(self._entrance, read)

    async def signed_in(self, environ: dict[str, Any]) -> Principal | None:
        """Return who the sign-in of a request stands for now; raise `Unavailable` where the host can't tell."""

        def ask() -> Principal | None:
            with self._app.request_context(environ):
                return authenticate(self._host)

        return await asyncio.get_running_loop().run_in_executor(self._entrance, ask)

    def _note(self, scope: Scope, seat: Seat, status: int, code: str | None, started: float, sent: int) -> None:
        if logs(status):
            write_line(
                request_id=seat.request_id,
                method=scope["method"],
                route=EVENTS,
                status=status,
                code=code,
                seconds=time.perf_counter() - started,
                bytes_in=0,
                bytes_out=sent,
                caller=seat.caller,
                acting=seat.principal is not seat.caller,
            )


class _Stream:
    """One open stream."""

    def __init__(
        self,
        live_events: LiveEvents,
        hub: Hub,
        principal: Principal,
        caller: Principal,
        wish: Wish,
        environ: dict[str, Any],
    ) -> None:
        self.caller = caller
        self.sent = 0
        self._events = live_events
        self._hub = hub
        self._wish = wish
        self._environ = environ
        self._listener = Listener(principal, wish.shop, wish.triggers, wish.after or Position("", 0))
        self._sending_since: float | None = None
        self._beats = False
        self._unknown_since: float | None = None

    async def join(self) -> None:
        await self._hub.join(self._listener)
        if self._wish.after is None:
            self._listener.position = self._hub.end  # where it joined: nothing has been awaited since

    def leave(self) -> None:
        self._hub.leave(self._listener)

    async def run(self, headers: list[tuple[bytes, bytes]], receive: Receive, send: Send) -> None:
        """Send until the client is gone, the server is to end, or the sign-in counts no more."""
        loop = asyncio.get_running_loop()
        kept = [one for one in headers if one[0] != b"content-length"]
        start = {"type": "http.response.start", "status": 200, "headers": [*kept, (b"x-accel-buffering", b"no")]}
        flow, gone = loop.create_task(self._flow(start, send)), loop.create_task(_gone(receive))
        try:
            while True:
                await asyncio.wait({flow, gone}, timeout=self._events.heartbeat, return_when=asyncio.FIRST_COMPLETED)
                if flow.done() or gone.done() or self._is_stuck() or not await self._still_signed_in():
                    break
                self._beats = True
                self._listener.wake.set()
        finally:
            gone.cancel()
            flow.cancel()
            await asyncio.wait({flow})
        if not flow.cancelled() and (error := flow.exception()) is not None:
            unexpected(error)  # the log tells; the client connects again
        last = loop.create_task(_finish(send))
        await asyncio.wait({last}, timeout=_LAST)
        last.cancel()

    def _is_stuck(self) -> bool:
        return self._sending_since is not None and time.monotonic() - self._sending_since > _STUCK

    async def _still_signed_in(self) -> bool:
        try:
            found = await self._events.signed_in(self._environ)
        except (Unavailable, HostUnavailable):
            now = time.monotonic()
            self._unknown_since = self._unknown_since or now
            return now - self._unknown_since < _SILENCE
        except PluginError:
            return False
        except Exception as error:  # noqa: BLE001  # a host that fails lets nobody stay; the log tells
            unexpected(error)
            return False
        self._unknown_since = None
        if found is None or (found.tenant, found.subject) != (self.caller.tenant, self.caller.subject):
            return False
        return self._listener.principal.subject == self.caller.subject or ACT_AS in found.scopes

    async def _flow(self, start: dict[str, Any], send: Send) -> None:
        await send(start)
        listener, hub = self._listener, self._hub
        begin = b"retry: %d\n" % _RETRY
        if self._wish.malformed:
            begin += b"\n" + _reset(listener.position)
        elif self._wish.after is None:
            # A page that is cut off before its first event goes on from here, too.
            begin += _id(listener.position) + b"\n"
        else:
            begin += b"\n"
        await self._send(send, begin)
        if self._wish.after is not None:
            await self._catch_up(send)
        while True:
            listener.wake.clear()
            news = hub.take(listener)
            while news is None:
                await self._catch_up(send)
                news = hub.take(listener)
            if self._beats:
                self._beats = False
                news += _ALIVE + _id(listener.position) + b"\n"
            if news:
                await self._send(send, news)
            await listener.wake.wait()

    async def _catch_up(self, send: Send) -> None:
        """Send one page of what was missed, up to where the hub is now."""
        listener, until = self._listener, self._hub.end
        wish = replace(self._wish, after=listener.position, malformed=False)
        while True:
            try:
                page = await self._events.page(listener.principal, wish, until)
                break
            except Unavailable:
                await asyncio.sleep(_AWAY)
        if page.reset:
            listener.position = self._hub.end
            await self._send(send, _reset(listener.position))
            return
        listener.position = page.end
        if page.entries:
            await self._send(send, b"".join(frame(one, page.end.epoch) for one in page.entries))

    async def _send(self, send: Send, content: bytes) -> None:
        self._sending_since = time.monotonic()
        await send({"type": "http.response.body", "body": content, "more_body": True})
        self._sending_since = None
        self.sent += len(content)


def frame(entry: Entry, epoch: str) -> bytes:
    """Return an event as a stream sends it."""
    body = encode(event_body(entry, epoch))
    return b"%sevent: %s\ndata: %s\n\n" % (_id(Position(epoch, entry.number)), entry.trigger.encode(), body)


def _id(position: Position) -> bytes:
    return f"id: {position}\n".encode()


def _reset(position: Position) -> bytes:
    """Return what tells a page to read everything again: what came after its position can't be told."""
    return b"%sevent: reset\ndata: %s\n\n" % (_id(position), encode({"last_event_id": str(position)}))


def _error_headers(error: PluginError, seat: Seat, content: bytes) -> list[tuple[bytes, bytes]]:
    named = {
        "content-type": "application/json",
        "content-length": str(len(content)),
        "x-request-id": seat.request_id,
        **HEADERS,
        **headers_of(error),
    }
    return [(name.lower().encode(), value.encode()) for name, value in named.items()]


async def _body(receive: Receive) -> bytes:
    try:
        return await read_body(receive, _BODY)
    except TooLarge:
        raise PayloadTooLarge("A request for events takes no body.") from None


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _finish(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})
