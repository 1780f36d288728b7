"""What the rules of computed triggers share: what is seen of a thing, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

__all__ = ["ONCE", "Body", "Memory", "Once", "Rule", "Sighting", "Step"]

Body = Mapping[str, Any]
Memory = Mapping[str, Any]

ONCE = timedelta(days=90)
"""How long it is remembered that something was told that is told once: as long as events are kept."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a delivery says: of which thing (``orders/123``), as of when, and in which words."""

    subject: str
    at: datetime
    body: Body


@dataclass(frozen=True, slots=True)
class Step:
    """What follows: what to remember (None: nothing), and the members that an event adds to the body, if one fires.

    `due_at` is when to look at the thing again, `keep` how long to remember it without hearing of it.
    """

    state: Memory | None
    fires: Body | None = None
    due_at: datetime | None = None
    keep: timedelta | None = None


class Rule(Protocol):
    """How one computed trigger is found."""

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:
        """Return what a delivery says that concerns the rule."""

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:
        """Return what follows from a sighting; `memory` is None for a thing that is seen for the first time."""

    def due(self, body: Body, parameters: Body, memory: Memory) -> Step:
        """Return what follows from how a thing stands at the time for which a look at it was planned."""


class Once:
    """Part of a rule that never plans another look, and that no delivery feeds unless it says so."""

    def notice(self, topic: str, body: Body, triggered_at: datetime) -> Sighting | None:  # noqa: ARG002
        """Return None."""
        return None

    def due(self, body: Body, parameters: Body, memory: Memory) -> Step:  # noqa: ARG002
        return Step(memory)
