"""Start anew in a forked child: locks may be held there by threads that the fork has left behind."""

from __future__ import annotations

import os
from typing import Protocol
from weakref import WeakSet

__all__ = ["reset_after_fork"]


class _Resettable(Protocol):
    def reset(self) -> None: ...


_alive: WeakSet[_Resettable] = WeakSet()


def reset_after_fork(part: _Resettable) -> None:
    """Call `part.reset()` now, and in each forked child before anything else runs there."""
    part.reset()
    _alive.add(part)


def _reset_all() -> None:
    for part in list(_alive):
        part.reset()


os.register_at_fork(after_in_child=_reset_all)
