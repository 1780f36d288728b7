"""What is done about once a minute for all stores: due streams are swept, idle tokens kept alive, old rows deleted."""

from __future__ import annotations

import time
import weakref
from typing import TYPE_CHECKING

from atom_shopify_plugin.sync import changes, deletions, stock
from atom_shopify_plugin.sync.sweeps import EVERY, schedule

if TYPE_CHECKING:
    from atom_shopify_plugin.services import Services

__all__ = ["upkeep"]

_HOUR = 3600.0
_last_hour: weakref.WeakKeyDictionary[Services, float] = weakref.WeakKeyDictionary()


def upkeep(services: Services) -> None:
    """Have due streams swept; each hour also keep idle tokens alive and delete what has expired."""
    installed = services.storage.installed
    for stream in (stock.STREAM, deletions.STREAM, *changes.STREAMS):
        # Not all at once: they share the minute that follows.
        for at, installation_id in enumerate(installed.unchecked(stream, EVERY)):
            store = installed.store(installation_id)
            if store is not None:
                schedule(services, store, stream, delay=float(at % 60))
    now = time.monotonic()
    if now - _last_hour.get(services, -_HOUR) >= _HOUR:
        _last_hour[services] = now
        services.connections.keep_alive()
        services.storage.cleanup()
