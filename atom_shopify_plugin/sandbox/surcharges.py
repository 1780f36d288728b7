"""Points that the entries of an input add to its mutation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type

from atom_shopify_plugin.official.cost_tables import ENTRIES

__all__ = ["surcharge"]

_PRICED = {owner for owner, _member in ENTRIES}


def surcharge(name: str, declared: Any, arguments: Mapping[str, Any]) -> float:
    """Return the points that `arguments` add to the mutation `name`, whose field of the schema is `declared`."""
    if declared is None:
        return 0.0
    tenths = 0
    for argument, definition in declared.args.items():
        value = arguments.get(argument)
        tenths += ENTRIES.get((name, argument), 0) * len(_entries(value)) + _within(definition.type, value)
    return tenths / 10


def _within(declared: Any, value: Any) -> int:
    """Return what the members of an input object, or of a list of them, add, in tenths."""
    kind = get_named_type(declared)
    if not isinstance(kind, GraphQLInputObjectType) or kind.name not in _PRICED:
        return 0
    tenths = 0
    for entry in _entries(value):
        for member, part in entry.items() if isinstance(entry, Mapping) else ():
            field = kind.fields.get(member)
            tenths += ENTRIES.get((kind.name, member), 0) * len(_entries(part))
            tenths += _within(field.type, part) if field else 0
    return tenths


def _entries(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
