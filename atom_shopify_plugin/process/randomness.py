"""Random bytes for ids, of which a request needs several: the system is asked for many at once.

Asking costs a system call, and lets another thread have the interpreter. Keys, tokens and nonces are asked for one by
one (`secrets`, `os.urandom`): no copy of them stays in memory.
"""

from __future__ import annotations

import os
import threading

from atom_shopify_plugin.process.forks import reset_after_fork

__all__ = ["random_bytes"]

_AT_ONCE = 4096


class _Supply:
    """The bytes that were drawn and not given yet; safe for threads, and a forked child draws its own."""

    def __init__(self) -> None:
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._drawn = b""
        self._given = 0

    def take(self, count: int) -> bytes:
        with self._lock:
            start = self._given
            end = start + count
            if end > len(self._drawn):
                self._drawn, start, end = os.urandom(max(_AT_ONCE, count)), 0, count
            self._given = end
            return self._drawn[start:end]


_supply = _Supply()


def random_bytes(count: int) -> bytes:
    """Return `count` random bytes for an id."""
    return _supply.take(count)
