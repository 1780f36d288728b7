"""What a policy may be, by which interfaces calls come, and the highest limits."""

from __future__ import annotations

__all__ = ["HIGHEST_AMOUNT", "HIGHEST_COUNT", "KINDS", "SUBJECT", "VIAS"]

KINDS = ("allow", "deny", "read_only", "limit")
VIAS = ("", "agent", "chat", "cli", "mcp", "rest", "workflow")
HIGHEST_AMOUNT = 10**9
HIGHEST_COUNT = 10**9
SUBJECT = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
"""What the name of a subject looks like; it has at most 200 characters."""
