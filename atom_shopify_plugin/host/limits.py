"""Bounds of what the host's routes take, for those who check them and for those who describe them."""

from __future__ import annotations

__all__ = ["KEY_PATTERN", "LONGEST_WAIT", "MESSAGE_LIMIT", "RUN_STATES", "USUAL_WAIT"]

MESSAGE_LIMIT = 2000
"""Characters of a chat message."""

LONGEST_WAIT = 30.0
"""Seconds that a request may wait for the end of a run."""

USUAL_WAIT = 10.0
KEY_PATTERN = r"[\x21-\x7e]{1,200}"
RUN_STATES = ("pending", "running", "waiting", "completed", "failed", "cancelled")
