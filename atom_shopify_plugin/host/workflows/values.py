"""JSON as the host stores it and as expressions read it: numbers with a point become decimals, exactly as written."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.host.workflows.decimals import LARGEST, Bad

__all__ = ["DEEPEST", "dump", "load", "mended", "portable"]

DEEPEST = 64
"""Levels of nesting that are stored."""
_DIGITS = 40


def load(text: str) -> Any:
    """Return JSON text as expressions read it."""
    return json.loads(text, parse_float=Decimal)


def dump(value: Any) -> str:
    """Return a value as JSON text that any database and any reader takes; raise `Bad`.

    Half a surrogate pair becomes U+FFFD. Refused is what JSON can't say (NaN, Infinity), what no reader takes (numbers
    of more than 40 digits) and what is nested deeper than `DEEPEST`.
    """
    return json.dumps(portable(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def portable(value: Any) -> Any:
    """Return a value made of what `json` writes, as `dump` describes it; raise `Bad`."""
    return _portable(value, 0)


def _portable(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise Bad(f"the data is nested more than {DEEPEST} levels deep")
    if isinstance(value, str):
        return mended(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) >= 10**_DIGITS:
            raise Bad(f"the data contains a number of more than {_DIGITS} digits")
        return int(value)
    if isinstance(value, float | Decimal):
        return _fraction(value)
    if isinstance(value, Mapping):
        return {mended(str(key)): _portable(member, depth + 1) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_portable(member, depth + 1) for member in value]
    raise Bad("the data contains something that is not JSON")


def _fraction(value: float | Decimal) -> int | float:
    if not math.isfinite(value):
        raise Bad("the data contains a number that is not finite")
    if isinstance(value, float):
        return value
    if abs(value) <= LARGEST and value == value.to_integral_value():
        return int(value)
    # A float writes up to 15 digits as they were read, which is all that readers of JSON agree about.
    found = float(value)
    if not math.isfinite(found):
        raise Bad("the data contains a number that is too large")
    return found


def mended(text: str) -> str:
    """Return a text in which half a surrogate pair has become U+FFFD."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
