"""How far this machine's clock is from Shopify's, by the ``Date`` of its answers (RFC 9110, section 6.6.1).

Nothing here decides by it: leases use the database's clock and tokens count from the answer that brought them. But a
clock that is off makes signed states run out early and logs hard to compare, so somebody should be told.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from email.utils import parsedate_to_datetime
from statistics import median

__all__ = ["LIMIT", "ClockSkew"]

log = logging.getLogger(__name__)

LIMIT = 60.0
"""Seconds from which on a skew is worth a warning."""

_SLOW = 5.0  # an answer that took longer says little about the moment at which it was written
_LAST = 5  # one odd answer, from a cache on the way, must not raise an alarm


class ClockSkew:
    """Collects the dates of answers; `seconds` is the middle one of the last few, None before the first."""

    def __init__(self) -> None:
        self._found: deque[float] = deque(maxlen=_LAST)
        self._warned = False

    @property
    def seconds(self) -> float | None:
        """How many seconds this machine's clock is ahead of Shopify's, negative where it is behind."""
        found = list(self._found)
        return median(found) if found else None

    def note(self, date: str | None, elapsed: float) -> None:
        """Take the ``Date`` of an answer that has just come after `elapsed` seconds; a bad one is passed over."""
        if date is None or elapsed > _SLOW:
            return
        try:
            written = parsedate_to_datetime(date[:64]).timestamp()
        except (ValueError, OverflowError):
            return
        # It is written somewhere between the request and the answer, and cut to whole seconds.
        self._found.append(time.time() - elapsed / 2 - written - 0.5)
        skew = self.seconds or 0.0
        if abs(skew) <= LIMIT:
            self._warned = False
        elif not self._warned:
            self._warned = True
            log.warning("this machine's clock is %.0f s %s Shopify's", abs(skew), "ahead of" if skew > 0 else "behind")
