"""What a person may be in a store, and how long an invitation lives."""

from __future__ import annotations

__all__ = ["DEFAULT_HOURS", "LONGEST_HOURS", "ROLES"]

ROLES = ("member", "owner")
DEFAULT_HOURS = 72
LONGEST_HOURS = 720
