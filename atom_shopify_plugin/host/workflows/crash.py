"""Named points at which a process kills itself when told to, for tests of crashes.

``ATOM_HOST_CRASH_AT=step_after_effect`` makes the process that comes to that point die as by ``kill -9``.
``ATOM_HOST_CRASH_ONCE=/path/of/a/file`` lets only the first process that comes there die; it leaves the file behind.
"""

from __future__ import annotations

import os
import signal

__all__ = ["NOTICE_POINTS", "POINTS", "at"]

POINTS = (
    "event_before_commit",
    "event_after_commit",
    "claim_before_commit",
    "claim_after_commit",
    "step_before_effect",
    "step_after_effect",
    "step_before_commit",
    "step_after_commit",
    "operation_before_commit",
    "operation_after_commit",
    "run_before_commit",
    "run_after_commit",
    "approval_before_commit",
    "approval_after_commit",
)
NOTICE_POINTS = ("notice_before_effect", "notice_after_effect")
"""Reached where a question is told to a target."""

_ARMED = os.environ.get("ATOM_HOST_CRASH_AT", "")
_ONCE = os.environ.get("ATOM_HOST_CRASH_ONCE", "")


def at(name: str) -> None:
    """Die here if the environment names this point."""
    if name == _ARMED and _first():
        os.kill(os.getpid(), signal.SIGKILL)


def _first() -> bool:
    if not _ONCE:
        return True
    try:
        os.close(os.open(_ONCE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True
