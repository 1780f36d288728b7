"""How facts about documents that do not fit the schema are written down: errors with their places."""

from __future__ import annotations

from typing import Any

from facts import Fact

__all__ = ["INFERRED", "at", "error", "refused", "unused"]

INFERRED = "inferred"


def at(*places: tuple[int, int]) -> list[dict[str, int]]:
    """Return locations, each given as line and column."""
    return [{"line": line, "column": column} for line, column in places]


def error(message: str, path: list[Any], places: list[dict[str, int]], code: str, **extensions: Any) -> dict[str, Any]:
    """Return an error with all its members."""
    return {"message": message, "path": path, "locations": places, "extensions": {"code": code, **extensions}}


def refused(what: str, document: str, *errors: dict[str, Any], source: str = "seen on a live store") -> Fact:
    """Return the fact that a document gets these errors and no data."""
    return Fact(what, document, data=None, errors=errors, source=source)


def unused(name: str, path: str = "query Q", place: tuple[int, int] = (1, 1)) -> dict[str, Any]:
    message = f"Variable ${name} is declared by {path.split()[-1]} but not used"
    return error(message, [path], at(place), "variableNotUsed", variableName=name)
