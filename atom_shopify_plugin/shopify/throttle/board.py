"""The port to what processes share: small texts that change as a whole, beside one clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

__all__ = ["Board", "LedgerAway"]

T = TypeVar("T")


class LedgerAway(Exception):
    """What processes share can't be reached. The text says why, without an address or a secret."""


class Board(Protocol):
    """Texts under keys that several processes change; each method raises `LedgerAway` where it can't."""

    name: str
    """What it is, for people: ``SQLite``, ``PostgreSQL`` or ``Redis``."""

    def update(self, key: str, change: Callable[[str | None, float], tuple[str, T]]) -> T:
        """Replace the text under `key` by what `change` makes of it, with nobody in between.

        `change` receives the text, None where there is none, and the seconds of a clock that all processes share;
        it returns the new text and the value to return. It may run more than once.
        """
        ...

    def close(self) -> None:
        """Let go of connections; a later call opens them again."""
        ...
