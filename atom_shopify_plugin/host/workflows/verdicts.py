"""What may become of an attempt at a step; the engine records it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Again", "Ask", "Done", "End", "Fail", "Follow", "Skip", "Verdict", "Wait"]


@dataclass(frozen=True, slots=True)
class Done:
    value: Any


@dataclass(frozen=True, slots=True)
class Skip:
    """`when` was false."""


@dataclass(frozen=True, slots=True)
class End:
    """The run is over, as planned."""

    note: str


@dataclass(frozen=True, slots=True)
class Fail:
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, **({"details": self.details} if self.details else {})}


@dataclass(frozen=True, slots=True)
class Again:
    """Try once more at `at`."""

    at: float
    why: Fail
    counted: bool = True
    new_key: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `at`; None: before a person has answered."""

    at: float | None


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to say yes; `notify` names the targets that hear of the question."""

    reason: str
    details: Mapping[str, Any]
    notify: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Follow:
    """The plugin goes on with the step: ask what became of its `operation` when it has ended, or at `at`."""

    operation: str
    at: float


Verdict = Done | Skip | End | Fail | Again | Wait | Ask | Follow
