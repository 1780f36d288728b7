"""What handlers answer where Shopify has taken a write and goes on in the background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from atom_shopify_plugin.errors import Conflict

__all__ = ["NothingDone", "Pending"]


@dataclass(frozen=True, slots=True)
class Pending:
    """Shopify has taken the write and has not ended it.

    The action's `poll` function looks on: it takes the shop, `look` (JSON: what it needs, such as the id of Shopify's
    job) and the input, only reads, and returns another `Pending` or what the action answers. `pause` is after how many
    seconds another look is worthwhile. `done` of `total` and `message` tell people how far it is.
    """

    look: Mapping[str, str]
    pause: float = 1.0
    done: int | None = None
    total: int | None = None
    message: str = ""


class NothingDone(Conflict):
    """Shopify has ended the work, and certainly nothing of it stands in the store."""
