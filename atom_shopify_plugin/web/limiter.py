"""How many requests one person may send.

Flask-Limiter counts, but it is not installed in the host's application: it would add its hooks to every route of the
host, and read the host's own limits as ours. It is initialised on a private application and asked by hand, after the
caller is known. With its storage down it counts in memory; if that fails too, the request passes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from flask import Flask

from atom_shopify_plugin.errors import Misconfigured, RateLimited
from atom_shopify_plugin.web.state import state

__all__ = ["PrincipalLimiter"]


def _key() -> str:
    # The person who signed in, also while acting for somebody else; a public address counts all callers together.
    caller = state().caller
    return f"{caller.tenant}/{caller.subject}" if caller else "public"


class PrincipalLimiter:
    """Counts requests by principal, `rate` being a text such as ``600 per minute``."""

    def __init__(self, rate: str, storage: str) -> None:
        self._rate = rate
        self._storage = storage
        self._lock = threading.Lock()
        self._check: Callable[[], float | None] | None = None

    def check(self) -> None:
        """Count this request; raise `RateLimited` when its sender has used up the allowance."""
        if self._check is None:
            with self._lock:
                if self._check is None:
                    self._check = self._build()
        wait = self._check()
        if wait is not None:
            raise RateLimited(
                f"More than {self._rate}: wait before you send the next request.",
                details={"limit": self._rate},
                retry_after=wait,
            )

    def _build(self) -> Callable[[], float | None]:
        # Imported on first use: it takes longer to load than everything else here together.
        from flask_limiter import Limiter, RateLimitExceeded
        from limits import parse_many
        from limits.errors import ConfigurationError

        limiter = Limiter(
            key_func=_key,
            storage_uri=self._storage,
            strategy="fixed-window",
            in_memory_fallback_enabled=True,
            swallow_errors=True,
            key_prefix="atom_shopify",
            request_identifier=lambda: "rest",
        )
        try:
            parse_many(self._rate)
            limiter.init_app(Flask("atom_shopify_limiter"))
        except (ConfigurationError, ValueError) as error:
            raise Misconfigured(
                "ATOM_SHOPIFY_RATE_LIMIT or ATOM_SHOPIFY_RATE_LIMIT_STORAGE can't be used; see the settings table.",
                details={"setting": "ATOM_SHOPIFY_RATE_LIMIT"},
            ) from error

        @limiter.shared_limit(self._rate, scope="rest")
        def count() -> None:
            """Nothing to do: the decorator counts."""

        def check() -> float | None:
            try:
                count()
            except RateLimitExceeded:
                limit = limiter.current_limit
                return max(1.0, limit.window.reset_time - time.time()) if limit else 1.0
            return None

        return check
