"""Compare what was asked for with what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["differences", "gained", "lost", "unheld", "unlost"]


def differences(names: Iterable[str], wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return ``{field, wanted, found}`` for each of `names` that was asked for and came out otherwise.

    A list is compared as a set, since Shopify sorts tags; a number by its value; null and an empty text are the same.
    """
    return [
        {"field": name, "wanted": wanted[name], "found": found.get(name)}
        for name in names
        if name in wanted and not _same(wanted[name], found.get(name))
    ]


def unheld(names: Iterable[str], wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return ``{field, wanted, found}`` for each list of `names` of which an item is not in what was found."""
    return [_unlike(name, wanted, found) for name in names if gained(wanted[name], found.get(name))]


def unlost(names: Iterable[str], wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return ``{field, wanted, found}`` for each list of `names` of which an item is still in what was found."""
    return [_unlike(name, wanted, found) for name in names if lost(wanted[name], found.get(name))]


def gained(wanted: Iterable[Any], before: Any) -> list[Any]:
    """Return the items that a list lacked before they were added, in whatever case."""
    there = {_folded(item) for item in before or ()}
    return [item for item in wanted if _folded(item) not in there]


def lost(wanted: Iterable[Any], before: Any) -> list[Any]:
    """Return the items of a list, as they were spelt, that were there before they were removed in whatever case."""
    gone = {_folded(item) for item in wanted}
    return [item for item in before or () if _folded(item) in gone]


def _folded(item: Any) -> str:
    return str(item).strip().casefold()


def _unlike(name: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {"field": name, "wanted": wanted[name], "found": found.get(name)}


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
