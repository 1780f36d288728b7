"""Named points at which a process kills itself when told to, for tests of crashes.

`ATOM_SHOPIFY_CRASH_AT=after_claim` (or several, separated by commas) makes the process that comes to that point die
as by ``kill -9``: nothing is flushed, closed or given back. With `ATOM_SHOPIFY_CRASH_ONCE=/path/of/a/folder` only the
first process that comes to a point dies there; it leaves a file behind, and the next ones live.
"""

from __future__ import annotations

import os
import signal

__all__ = ["POINTS", "at"]

POINTS = (
    "before_put",
    "put_before_commit",
    "put_after_commit",
    "before_nudge",
    "claim_before_commit",
    "after_claim",
    "after_open",
    "heartbeat_before_commit",
    "after_effect",
    "finish_before_commit",
    "finish_after_commit",
    "retry_before_commit",
    "retry_after_commit",
    "sweep_before_commit",
)
"""The points of the job table and its executor; other modules have points of their own."""

_ARMED = frozenset(filter(None, os.environ.get("ATOM_SHOPIFY_CRASH_AT", "").split(",")))
_ONCE = os.environ.get("ATOM_SHOPIFY_CRASH_ONCE", "")


def at(name: str) -> None:
    """Die here if the environment names this point."""
    if name in _ARMED and _first(name):
        os.kill(os.getpid(), signal.SIGKILL)


def _first(name: str) -> bool:
    if not _ONCE:
        return True
    try:
        os.close(os.open(os.path.join(_ONCE, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True
