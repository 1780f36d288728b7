"""Compare what was asked for with what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["differences"]


def differences(names: Iterable[str], wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return ``{field, wanted, found}`` for each of `names` that was asked for and came out otherwise.

    A list is compared as a set, since Shopify sorts tags; a number by its value; null and an empty text are the same.
    """
    return [
        {"field": name, "wanted": wanted[name], "found": found.get(name)}
        for name in names
        if name in wanted and not _same(wanted[name], found.get(name))
    ]


def _same(wanted: Any, found: Any) -> bool:
    if wanted in (None, "", []) and found in (None, "", []):
        return True
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_same(member, found.get(name)) for name, member in wanted.items())
    if wanted == found:
        return True
    try:
        return Decimal(str(wanted)) == Decimal(str(found))
    except InvalidOperation:
        return False
