"""The rules of computed triggers that are found by regular looks at a store or its copy (`sync.watches`)."""

from __future__ import annotations

from datetime import timedelta

from atom_shopify_plugin.events.payloads import moment
from atom_shopify_plugin.events.steps import Body, Memory, Once, Sighting, Step

__all__ = ["AudienceChange", "Degraded"]

_SETTLED = timedelta(minutes=30)
"""How long a connection has to work before an episode is over."""


class Degraded(Once):
    """A part of the connection stopped working; it has to work for a while before that is told again."""

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:  # noqa: ARG002
        state, at = sighting.body["state"], sighting.at
        if state == "degraded":
            if memory is not None:
                return Step({**memory, "fine_since": None})
            return Step({"since": at.isoformat(), "fine_since": None}, {"since": at.isoformat()})
        if memory is None or state == "unknown":
            return Step(memory)
        fine_since = moment(memory["fine_since"]) or at
        return Step(None if at - fine_since >= _SETTLED else {**memory, "fine_since": fine_since.isoformat()})


class AudienceChange(Once):
    """A customer entered an audience or left it.

    What is remembered is up to when changes were told, for each audience (`sync.membership`): the first look at one
    tells nothing, and neither does one after a day without looks.
    """

    def step(self, sighting: Sighting, parameters: Body, memory: Memory | None) -> Step:  # noqa: ARG002
        if "until" in sighting.body:
            return Step({"until": sighting.body["until"]}, keep=timedelta(days=1))
        return Step(None, {})
