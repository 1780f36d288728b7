"""What an action that can look ahead says before it writes: the changes, and whether a person has to agree to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Forecast"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The effects of a write, as far as they can be told from the things as they are.

    `changes` are ``{field, before, after, …}`` as a preview shows them. `asks` is the sentence that a person has to
    agree to, None where the write needs no confirmation. `pins` are members of the input that hold the write to what
    was agreed to: they are sent in place of the caller's once the call is confirmed. `effect` is that of this very
    call, where it is known to be less than the action's.
    """

    changes: list[dict[str, Any]] = field(default_factory=list)
    asks: str | None = None
    pins: Mapping[str, Any] = field(default_factory=dict)
    effect: str | None = None
