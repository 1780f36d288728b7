"""Results of bulk mutations: one line of a report for each line that was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from atom_shopify_plugin.errors import UpstreamError
from atom_shopify_plugin.shopify.selection import snake

__all__ = ["line_of", "report"]

_LONGEST = 500


def report(lines: Iterable[bytes], total: int) -> Iterator[dict[str, Any]]:
    """Yield what became of each line, in the order of the input: ``{line, state, id, message, field, code}``.

    `line` counts from 1. Shopify answers lines in any order, and none where the operation ended before them: those are
    ``unknown``. Raises `UpstreamError` for a line that can't be read, or that was never sent.
    """
    found: dict[int, dict[str, Any]] = {}
    for text in lines:
        number, outcome = line_of(text)
        if not 0 <= number < total or number in found:
            raise UpstreamError("Shopify’s report names a line that was not sent, or one twice.")
        found[number] = outcome
    for number in range(total):
        yield {"line": number + 1, **(found.get(number) or _told("unknown", "Shopify stopped before it answered."))}


def line_of(text: bytes) -> tuple[int, dict[str, Any]]:
    """Return the number of a line, from 0, and what became of it."""
    try:
        row = orjson.loads(text)
        number, data, errors = int(row["__lineNumber"]), row.get("data") or {}, row.get("errors") or []
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UpstreamError("Shopify’s report holds a line that can’t be read.") from None
    payload = next(iter(data.values()), None) if isinstance(data, Mapping) else None
    refused = list(_user_errors(payload)) or [error for error in errors if isinstance(error, Mapping)]
    if refused:
        first = refused[0]
        more = f" ({len(refused) - 1} more)" if len(refused) > 1 else ""
        field = first.get("field")
        return number, {
            **_told("failed", f"{str(first.get('message') or 'Shopify refused it.')[:_LONGEST]}{more}"),
            "field": ".".join(snake(str(step)) for step in field)[:_LONGEST] if isinstance(field, list) else None,
            "code": _code(first),
        }
    if payload is None:
        return number, _told("failed", "Shopify answered nothing.")
    return number, {**_told("done", ""), "id": _id_in(payload)}


def _told(state: str, message: str) -> dict[str, Any]:
    return {"state": state, "id": None, "message": message, "field": None, "code": None}


def _user_errors(payload: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(payload, Mapping):
        for name, value in payload.items():
            if name.lower().endswith("usererrors") and isinstance(value, list):
                yield from (error for error in value if isinstance(error, Mapping))


def _code(error: Mapping[str, Any]) -> str | None:
    extensions = error.get("extensions")
    found = error.get("code") or (extensions.get("code") if isinstance(extensions, Mapping) else None)
    return str(found)[:100] if found else None


def _id_in(payload: Any) -> str | None:
    """Return the first id in a payload: that of what the line wrote."""
    if isinstance(payload, Mapping):
        if isinstance(payload.get("id"), str):
            return str(payload["id"])
        return next((found for value in payload.values() if (found := _id_in(value))), None)
    if isinstance(payload, list):
        return next((found for value in payload[:10] if (found := _id_in(value))), None)
    return None
