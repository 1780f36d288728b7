"""The board in a Redis-compatible server."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.process.forks import reset_after_fork
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.throttle import LedgerAway

__all__ = ["RedisBoard"]

T = TypeVar("T")

_PREFIX = "atom-shopify:board:"
_KEPT = 86_400  # seconds without a change after which a text goes
_ATTEMPTS = 50
_PAUSE = 0.002  # seconds before another attempt at most, longer after each
# Replace a text unless somebody else has done so meanwhile. It runs as a whole, and knows no rules of ours.
_REPLACE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class RedisBoard:
    """Texts under keys, replaced only where nobody else has replaced them meanwhile; timed by the server's clock."""

    name = "Redis"

    def __init__(self, url: Secret) -> None:
        try:
            import redis
        except ImportError:
            raise Misconfigured("Redis needs its client: pip install 'atom-shopify-plugin[celery]'.") from None
        self._errors = (redis.RedisError, OSError)
        self._client: Any = redis.Redis.from_url(
            url.reveal(),
            socket_timeout=1.0,
            socket_connect_timeout=1.0,
            decode_responses=True,
            encoding_errors="surrogateescape",  # also a text that is damaged can be compared and replaced
            max_connections=4,
        )
        self._replace: Any = self._client.register_script(_REPLACE)
        reset_after_fork(self)

    def reset(self) -> None:
        """Nothing to do: the client opens connections of its own in a forked child."""

    def update(self, key: str, change: Callable[[str | None, float], tuple[str, T]]) -> T:
        """See `Board`."""
        for attempt in range(_ATTEMPTS):
            text, now = self._read(key)
            new, value = change(text, now)
            with self._guarded():
                if self._replace(keys=[_PREFIX + key], args=[text or "", new, _KEPT]):
                    return value
            time.sleep(random.random() * _PAUSE * min(attempt + 1, 10))  # noqa: S311  # no secret
        raise LedgerAway("too many processes change the same text")

    def close(self) -> None:
        """See `Board`."""
        self._client.close()

    def _read(self, key: str) -> tuple[str | None, float]:
        with self._guarded():
            text, (seconds, micros) = self._client.pipeline(transaction=False).get(_PREFIX + key).time().execute()
        return text, int(seconds) + int(micros) / 1e6

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise LedgerAway(f"it can't be reached, or refused ({type(error).__name__})") from None
