"""Pauses that take no time, for tests in which calls are lost and repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

__all__ = ["skipping"]


def skipping(sandbox: Sandbox) -> dict[str, Callable[..., Any]]:
    """Return the clock and the sleep for a `Runtime`: a pause is over at once, and by then is past for the sandbox too.

    Who looks at a clock sees each pause in its whole length: calls are repeated as often and given up as late as ever.
    """
    ahead = [0.0]

    def sleep(seconds: float) -> None:
        ahead[0] += seconds
        sandbox.clock.move(seconds)

    return {"clock": lambda: time.monotonic() + ahead[0], "sleep": sleep}
