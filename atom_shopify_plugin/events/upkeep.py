"""What is done about once a minute for all stores: due streams are swept, idle tokens kept alive, old rows deleted."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING

from atom_shopify_plugin.events import changes, stock
from atom_shopify_plugin.events.sweeps import EVERY, schedule

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime

__all__ = ["upkeep"]

_HOUR = 3600.0
_last_hour: weakref.WeakKeyDictionary[Runtime, float] = weakref.WeakKeyDictionary()


def upkeep(runtime: Runtime) -> None:
    """Have due streams swept; each hour also keep idle tokens alive and delete what has expired."""
    directory = runtime.storage.directory
    for stream in (stock.STREAM, *changes.STREAMS):
        # Not all at once: they share the minute that follows.
        for at, installation_id in enumerate(directory.unchecked(stream, EVERY)):
            store = directory.store(installation_id)
            if store is not None:
                schedule(runtime, store, stream, delay=float(at % 60))
    now = time.monotonic()
    if now - _last_hour.get(runtime, -_HOUR) >= _HOUR:
        _last_hour[runtime] = now
        runtime.connections.keep_alive()
        runtime.storage.cleanup()
