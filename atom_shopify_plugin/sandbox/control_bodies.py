"""How the control API reads its bodies: what is missing, unknown or out of range is named in a `ValueError`."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

__all__ = ["Body", "finite", "only", "wanted", "whole"]

Body = Mapping[str, Any]


def wanted(body: Body, name: str) -> Any:
    """Return a member that must be there."""
    if name not in body:
        raise ValueError(f"`{name}` is missing.")
    return body[name]


def only(body: Body, *names: str) -> Body:
    """Return a body that has members of these names alone: a misspelt one must not mean what was left out."""
    if unknown := sorted(set(body) - set(names)):
        raise ValueError(f"There is no member `{unknown[0]}` here; there is {', '.join(names)}.")
    return body


def finite(body: Body, name: str) -> float:
    """Return a number that must be there."""
    value = float(wanted(body, name))
    if not isfinite(value) or abs(value) > 10**9:
        raise ValueError(f"`{name}` must be a number of a sensible size.")
    return value


def whole(body: Body, name: str, default: int) -> int:
    """Return a whole number above 0, `default` where there is none."""
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**15:
        raise ValueError(f"`{name}` must be a whole number above 0.")
    return value
