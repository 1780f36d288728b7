"""One webhook on its way, from the event to the last attempt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from atom_shopify_plugin.sandbox.webhooks.wire import Outcome

__all__ = ["Delivery"]


@dataclass(slots=True)
class Delivery:
    """One webhook on its way to one address. `due`, `triggered_at` and the attempts' times are seconds since 1970.

    `status`: waiting, sending, delivered, failed (out of retries), dropped (lost on demand), skipped (to an address
    that the sandbox never sends to) or cancelled. `subscription` is the gid of one made by API, or None. `wanted` is
    asked when it is due: one that is no longer wanted is cancelled. One that comes with a `note` is skipped for it.
    """

    store: str
    topic: str
    uri: str
    webhook_id: str
    event_id: str
    subscription: str | None
    triggered_at: float
    due: float
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)
    wanted: Callable[[], bool] | None = field(default=None, repr=False)
    seq: int = 0
    duplicate: bool = False
    status: str = "waiting"
    note: str | None = None
    attempts: list[tuple[float, Outcome]] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """Return what a list of deliveries shows."""
        names = (
            "seq",
            "store",
            "topic",
            "uri",
            "webhook_id",
            "event_id",
            "subscription",
            "duplicate",
            "status",
            "note",
        )
        tries = [
            {"at": at, "status": outcome.status, "error": outcome.error, "seconds": round(outcome.seconds, 4)}
            for at, outcome in self.attempts
        ]
        shown = {name: getattr(self, name) for name in names}
        return {**shown, "triggered_at": self.triggered_at, "due": self.due, "attempts": tries}
