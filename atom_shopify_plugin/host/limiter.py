"""How many requests one person may send to the host's own routes; a plugin limits its own."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from atom_shopify_plugin.hookspecs import Principal
from atom_shopify_plugin.host.http import Problem

__all__ = ["Limiter"]

log = logging.getLogger(__name__)


class Limiter:
    """Counts requests by principal. `rate` is a text such as ``600 per minute``, `storage` a `limits` URL.

    With a shared storage away each process counts by itself.
    """

    def __init__(self, rate: str, storage: str) -> None:
        self._rate = rate
        self._address = storage
        self._lock = threading.Lock()
        self._counter: tuple[Any, Any, list[Any]] | None = None

    def check(self, principal: Principal) -> None:
        """Count a request; raise `Problem` 429 when its sender has used up the allowance."""
        shared, own, rates = self._built()
        who = (principal.tenant, principal.subject)
        for rate in rates:
            counter = shared
            try:
                fine = counter.hit(rate, *who)
            except Exception as error:  # noqa: BLE001  # whatever the client of the storage raises: nobody waits for it
                log.warning("the host's limiter counts by itself: %s", type(error).__name__)
                counter, fine = own, own.hit(rate, *who)
            if not fine:
                reset = counter.get_window_stats(rate, *who).reset_time
                raise Problem(
                    429,
                    f"More than {self._rate} by one person. Wait before you send the next request.",
                    retry_after=max(1.0, reset - time.time()),
                    limit=self._rate,
                    setting="ATOM_HOST_RATE_LIMIT",
                )

    def _built(self) -> tuple[Any, Any, list[Any]]:
        if self._counter is None:
            with self._lock:
                if self._counter is None:
                    self._counter = self._build()
        return self._counter

    def _build(self) -> tuple[Any, Any, list[Any]]:
        # Imported on first use: loading takes a while, and the command line needs none of it.
        from limits import parse_many
        from limits.storage import MemoryStorage, storage_from_string
        from limits.strategies import FixedWindowRateLimiter

        own = FixedWindowRateLimiter(MemoryStorage())
        shared = own
        if self._address != "memory://":
            try:
                shared = FixedWindowRateLimiter(storage_from_string(self._address))
            except Exception as error:  # noqa: BLE001  # an unknown scheme, a missing client: counting goes on here
                word = type(error).__name__
                log.warning("ATOM_HOST_RATE_LIMIT_STORAGE can't be used (%s); each process counts by itself", word)
        return shared, own, parse_many(self._rate)
