"""Forks: nothing is cut in two by one, and a child starts anew.

A child inherits locks that threads held which it doesn't have, and SQLite's notes about locks that its process never
took: with a transaction of the parent's open at that moment, the child would find the database busy for good.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import WeakSet

__all__ = ["ForkGate", "reset_after_fork"]

_LONGEST_WAIT = 5.0  # seconds that a fork waits for what is inside; transactions are far shorter


class _Resettable(Protocol):
    def reset(self) -> None: ...


_alive: WeakSet[_Resettable] = WeakSet()


def reset_after_fork(part: _Resettable) -> None:
    """Call `part.reset()` now, and in each forked child before anything else runs there."""
    part.reset()
    _alive.add(part)


class ForkGate:
    """A fork waits until nobody is `inside`, keeps others out meanwhile, and calls `settle` before it happens."""

    def __init__(self, settle: Callable[[], None]) -> None:
        self._settle = settle
        self._own = threading.local()
        reset_after_fork(self)
        _gates.add(self)

    def reset(self) -> None:
        """Open the gate, with nobody inside."""
        self._changed = threading.Condition()
        self._shut = False
        self._inside = 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Keep forks away while the block runs; blocks of one thread may be nested."""
        depth = getattr(self._own, "depth", 0)
        with self._changed:
            if not depth:
                self._changed.wait_for(lambda: not self._shut, 2 * _LONGEST_WAIT)
            self._inside += 1
        self._own.depth = depth + 1
        try:
            yield
        finally:
            self._own.depth = depth
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def shut(self) -> None:
        """Keep others out and wait for those inside, but for the caller itself."""
        own = getattr(self._own, "depth", 0)
        with self._changed:
            self._shut = True
            alone = self._changed.wait_for(lambda: self._inside <= own, _LONGEST_WAIT)
        if alone and not own:
            self._settle()

    def open(self) -> None:
        """Let the others in again."""
        with self._changed:
            self._shut = False
            self._changed.notify_all()


_gates: WeakSet[ForkGate] = WeakSet()


def _before() -> None:
    for gate in list(_gates):
        gate.shut()


def _in_parent() -> None:
    for gate in list(_gates):
        gate.open()


def _in_child() -> None:
    for part in list(_alive):
        part.reset()


os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
