"""Shopify's data → ours: the one conversion from camelCase to snake_case, and the errors inside payloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from atom_shopify_plugin.shopify.documents import snake
from atom_shopify_plugin.shopify.ids import legacy_id

__all__ = ["Result", "tidy", "user_errors"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a document returned.

    `data` has snake_case keys and, beside each ``id`` that is a global id, its number as text in ``legacy_id``; values
    under `Document.opaque` keys are Shopify's own. `cost` is ``extensions.cost`` as Shopify sent it. `warnings` are
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


# Response keys come from our own documents, so there are few; the limit is for an answer that makes them up.
_names: dict[str, str] = {}


def tidy(value: dict[str, Any], opaque: frozenset[str]) -> dict[str, Any]:
    """Return `value` with snake_case keys and ``legacy_id`` beside global ids; below `opaque` keys nothing changes."""
    out: dict[str, Any] = {}
    for key, item in value.items():
        name = _names.get(key) or _name(key)
        kind = type(item)
        if kind is dict:
            out[name] = item if key in opaque else tidy(item, opaque)
        elif kind is list:
            out[name] = item if key in opaque else _tidy_list(item, opaque)
        else:
            out[name] = item
            if key == "id" and kind is str and (number := legacy_id(item)):
                out["legacy_id"] = number
    return out


def _tidy_list(items: list[Any], opaque: frozenset[str]) -> list[Any]:
    return [
        tidy(item, opaque) if type(item) is dict else _tidy_list(item, opaque) if type(item) is list else item
        for item in items
    ]


def _name(key: str) -> str:
    name = snake(key)
    if len(_names) < 10_000:
        _names[key] = name
    return name
