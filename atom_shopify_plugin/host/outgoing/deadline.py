"""An end for a conversation over a socket, however slowly the other side talks."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

__all__ = ["Deadline"]


class Deadline:
    """Shuts the socket that it watches when the time is over; a context, which leaves no thread behind.

    A timeout of a socket begins anew with each byte. `until` is a moment of `time.monotonic`.
    """

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._shut)

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()

    @property
    def left(self) -> float:
        """Seconds that are left, at least a moment."""
        return max(0.01, self.until - time.monotonic())

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    def watch(self, watched: socket.socket) -> None:
        """Shut this socket at the end."""
        self._socket = watched
        if self.over:
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                # Not the method of a TLS socket, which would change what another thread reads from.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
