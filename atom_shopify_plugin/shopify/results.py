"""What a document returned, and the errors inside payloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Result", "user_errors"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a document returned.

    `data` has the snake_case keys that the document asks for and, beside each ``id`` that is a global id, its number as
    text in ``legacy_id``. `cost` is ``extensions.cost`` as Shopify sent it. `warnings` are
    sentences for a log. `version` is the API version that served the call.
    """

    data: dict[str, Any]
    cost: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    request_id: str | None = None
    version: str | None = None


def user_errors(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of every ``…user_errors`` list in a result's payloads: ``{field, message, code}``.

    `field` is a list of steps or None. An entry that a deprecated list repeats without its code is left out.
    """
    found: list[dict[str, Any]] = []
    for payload in data.values():
        if not isinstance(payload, dict):
            continue
        for key, entries in payload.items():
            if key.endswith("user_errors") and isinstance(entries, list):
                found += [entry for entry in entries if isinstance(entry, dict)]
    unique: dict[str, dict[str, Any]] = {}
    for entry in found:
        plain = {"field": entry.get("field"), "message": entry.get("message"), "code": entry.get("code")}
        key = f"{plain['field']}|{plain['message']}"
        if key not in unique or unique[key]["code"] is None:
            unique[key] = plain
    return list(unique.values())
