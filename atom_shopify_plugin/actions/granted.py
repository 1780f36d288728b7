"""Which scopes a call lacks: those of its action, and those of the members that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from atom_shopify_plugin.actions.any_document import request_of
from atom_shopify_plugin.actions.validation import not_null
from atom_shopify_plugin.catalog.model import Action, Schema
from atom_shopify_plugin.shopify.scopes import expand_scopes

__all__ = ["lacking"]


def lacking(action: Action, checked: Mapping[str, Any], granted: Iterable[str]) -> list[tuple[str, str]]:
    """Return each scope that a call needs and the store has not granted, with what needs it, in words.

    Alternatives are joined by “or”. A member needs the scopes in its ``x-scopes``, wherever it is in the input.
    """
    have = expand_scopes(granted)
    found = {" or ".join(group): action.key for group in action.scopes if have.isdisjoint(group)}
    if action.any_document:
        asked = request_of(checked).needs
        found.update({" or ".join(group): "the document" for group in asked if have.isdisjoint(group)})
    for scope, member in _of_members(action.input, checked):
        if scope not in have:
            found.setdefault(scope, f"{member} of {action.key}")
    return list(found.items())


def _of_members(schema: Schema, value: Any) -> Iterator[tuple[str, str]]:
    schema = not_null(schema)
    if isinstance(value, Mapping):
        for name, member in value.items():
            known = schema.get("properties", {}).get(name, {})
            if member not in (None, [], {}):
                yield from ((scope, name) for scope in known.get("x-scopes", ()))
            yield from _of_members(known, member)
    elif isinstance(value, list):
        for item in value:
            yield from _of_members(schema.get("items", {}), item)
