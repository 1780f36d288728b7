"""Query-string texts → the types that an action's input schema asks for.

What does not look like its type stays a text: the engine's validation then words the fault, together with all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from atom_shopify_plugin.catalog.model import Schema

__all__ = ["coerce", "flag", "inputs_from_query"]

# Longer ones than any bound of a schema, so that it is the bound that the fault names.
_INTEGER = re.compile(r"-?[0-9]{1,40}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,18})?")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def _types(schema: Schema) -> set[str]:
    declared = schema.get("type", ())
    found = {declared} if isinstance(declared, str) else set(declared)
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= _types(branch)
    return found


def _items(schema: Schema) -> Schema:
    for place in (schema, *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        items = place.get("items")
        if isinstance(items, Mapping):
            return items
    return {}


def flag(text: str) -> bool | None:
    """Return true or false for ``true, 1, false, 0``, else None."""
    return _FLAGS.get(text.lower()) if text.isascii() else None


def coerce(schema: Schema, values: list[str]) -> Any:
    """Return the value that `values`, all texts given for one parameter, stand for under `schema`.

    Lists come as repeated parameters or separated by commas. A parameter that is no list but was repeated stays a
    list, which its schema then refuses.
    """
    types = _types(schema)
    if "array" in types:
        items = _items(schema)
        if len(values) == 1 and "," in values[0]:
            values = values[0].split(",")
        return [_scalar(_types(items), text.strip()) for text in values if text.strip()]
    if len(values) > 1:
        return list(values)
    return _scalar(types, values[0])


def _scalar(types: set[str], text: str) -> Any:
    if "boolean" in types and (value := flag(text)) is not None:
        return value
    # An id may be a number or a text; it stays the text that it came as, and the engine makes a gid of it.
    if "string" in types:
        return text
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def inputs_from_query(
    properties: Mapping[str, Schema], query: Mapping[str, list[str]], reserved: Iterable[str]
) -> dict[str, Any]:
    """Return the input that a query string stands for, without the `reserved` options.

    An empty value counts as not given, for forms send every filter. Names that the action does not know are kept, and
    its schema refuses them.
    """
    options = set(reserved)
    return {
        name: coerce(properties.get(name, {}), values)
        for name, values in query.items()
        if name not in options and any(values)
    }
