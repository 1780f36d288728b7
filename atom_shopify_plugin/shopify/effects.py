"""What the mutations of one call did to a store, as far as is known.

A mutation is in doubt from the moment it is sent until an answer settles it. So whatever goes wrong afterwards (a
refusal of the next attempt, a failed read, a defect of ours) can't turn "may have run" into "did not run".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from atom_shopify_plugin.errors import OutcomeUnknown, PluginError

__all__ = ["Effects", "Mutation"]


@dataclass(slots=True, eq=False)
class Mutation:
    """One mutation of a call, sent once or several times."""

    document: str
    state: Literal["not_run", "in_doubt", "done"] = "not_run"


@dataclass(slots=True, eq=False)
class Effects:
    """The mutations of one call to one store. `earlier` says that an earlier call under the same key is in doubt.

    An object belongs to one call and one thread.
    """

    earlier: bool = False
    mutations: list[Mutation] = field(default_factory=list)

    def begin(self, document: str) -> Mutation:
        """Add a mutation that is about to be sent."""
        mutation = Mutation(document)
        self.mutations.append(mutation)
        return mutation

    def clear(self) -> None:
        """Note that nothing of this call or of an earlier one stands, as the store itself has shown."""
        self.earlier = False
        for mutation in self.mutations:
            mutation.state = "not_run"

    def failed(self, mutation: Mutation) -> None:
        """Note that no attempt of `mutation` under this key stands, those of earlier calls included.

        What other mutations of this call did is a matter of its own.
        """
        mutation.state = "not_run"
        self.earlier = self.earlier and self.mutations != [mutation]

    def found(self) -> None:
        """Note that what was in doubt has been found in the store: it ran."""
        for mutation in self.mutations:
            if mutation.state == "in_doubt":
                mutation.state = "done"

    @property
    def done(self) -> list[str]:
        """The documents that certainly ran, in their order."""
        return [mutation.document for mutation in self.mutations if mutation.state == "done"]

    @property
    def in_doubt(self) -> list[str]:
        """The documents that may have run, in their order."""
        return [mutation.document for mutation in self.mutations if mutation.state == "in_doubt"]

    @property
    def possible(self) -> bool:
        """Whether the store may hold an effect of this call or of an earlier one under the same key."""
        return self.earlier or any(mutation.state != "not_run" for mutation in self.mutations)

    def unknown(self, cause: PluginError) -> OutcomeUnknown:
        """Return the error for a call that failed with `cause` after something may have run.

        `details` are those of the cause, with its code in ``cause`` and the documents in ``done`` and ``in_doubt``.
        """
        details: dict[str, Any] = {"cause": cause.code, **cause.details, "done": self.done, "in_doubt": self.in_doubt}
        if isinstance(cause, OutcomeUnknown):
            error = OutcomeUnknown(cause.message, details=details)
        else:
            error = OutcomeUnknown(self._message(cause), details={**details, "cause": cause.code})
        error.__cause__ = cause
        return error

    def _message(self, cause: PluginError) -> str:
        if self.done and not self.in_doubt:
            return f"Shopify made the change, and a later step failed: {cause.message}"
        if not self.in_doubt:
            return f"An earlier call with this key may have made the change, and this one failed: {cause.message}"
        part = " (part of it for certain)" if self.done else ""
        return f"Shopify may have made this change{part} although no valid answer arrived: {cause.message}"
