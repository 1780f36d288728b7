"""Hearing that a server is to end, in a host whose server tells its applications only when they have ended.

Uvicorn waits for open streams before it tells an application to shut down, and a stream of events never ends by itself.
So the signals that end the process are listened for in front of the server's own handlers, which run as ever.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from atom_shopify_plugin.asgi import Message, Receive

__all__ = ["Ending"]

_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")
Handler = Callable[[int, FrameType | None], Any]


class Ending:
    """Tells streams that the server is to end. Made in the thread of the server, in front of its first stream."""

    def __init__(self) -> None:
        self._ended = False
        self._waiting: set[asyncio.Future[None]] = set()
        self._kept: dict[int, tuple[Handler, Handler]] = {}
        if threading.current_thread() is threading.main_thread():  # no other thread may ask for signals
            for name in _SIGNALS:
                if (number := getattr(signal, name, None)) is not None:
                    self._listen(number)

    def _listen(self, number: int) -> None:
        before = signal.getsignal(number)
        if not callable(before):
            return  # the process ends at once, or never

        def heard(found: int, frame: FrameType | None) -> Any:
            self.now()
            return before(found, frame)

        signal.signal(number, heard)
        self._kept[number] = (heard, before)

    def now(self) -> None:
        """Have all streams end; any thread may call it."""
        self._ended = True
        for one in list(self._waiting):
            if not one.get_loop().is_closed():
                one.get_loop().call_soon_threadsafe(_release, one)

    def close(self) -> None:
        """Give the signals back, where nobody has put something else in the place of ours."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number, (heard, before) in self._kept.items():
            if signal.getsignal(number) is heard:
                signal.signal(number, before)
        self._kept.clear()

    def until(self, receive: Receive) -> Receive:
        """Return what gives what `receive` gives, and a disconnect when the server is to end."""

        async def received() -> Message:
            loop = asyncio.get_running_loop()
            ending = loop.create_future()
            self._waiting.add(ending)
            if self._ended:
                _release(ending)
            message = loop.create_task(_received(receive))
            try:
                await asyncio.wait({message, ending}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else {"type": "http.disconnect"}
            finally:
                self._waiting.discard(ending)
                message.cancel()

        return received


def _release(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


async def _received(receive: Receive) -> Message:
    return await receive()
