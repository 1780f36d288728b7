"""Access scopes as Shopify writes them: `write_x` implies `read_x`, and granted lists leave the implied ones out."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["compress", "expand", "join", "parse"]

_SCOPE = re.compile(r"(unauthenticated_)?(read|write)_[a-z][a-z_]*")


def parse(text: str) -> frozenset[str]:
    """Read a list separated by commas or blanks; raise `ValueError` naming what is no scope."""
    scopes = frozenset(filter(None, re.split(r"[,\s]+", text)))
    wrong = sorted(scope for scope in scopes if not _SCOPE.fullmatch(scope))
    if wrong:
        raise ValueError(f"These are no access scopes: {', '.join(wrong)}.")
    return scopes


def _implied(scope: str) -> str | None:
    prefix, write, rest = scope.partition("write_")
    return f"{prefix}read_{rest}" if write and prefix in ("", "unauthenticated_") else None


def expand(scopes: Iterable[str]) -> frozenset[str]:
    """Return `scopes` with the implied ones."""
    given = frozenset(scopes)
    return given | {implied for scope in given if (implied := _implied(scope))}


def compress(scopes: Iterable[str]) -> frozenset[str]:
    """Return `scopes` without those that another one implies."""
    given = frozenset(scopes)
    return given - {implied for scope in given if (implied := _implied(scope))}


def join(scopes: Iterable[str]) -> str:
    """Return the list as a token answer shows it."""
    return ",".join(sorted(scopes))
