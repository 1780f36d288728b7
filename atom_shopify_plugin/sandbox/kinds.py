"""Kinds completed from the schema: the empty value of each field, the comparison of each search filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from atom_shopify_plugin.sandbox.registry import REGISTRY, Filter, Kind, Read, Registry
from atom_shopify_plugin.sandbox.search_tables import DEFAULT, Name, searched_fields
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["camel", "complete"]

# How a filter compares the values of a type, where the declaration leaves it out.
_HOW = {"DateTime": "date", "Boolean": "flag", "Int": "number", "Float": "number", "Decimal": "number"}
# The same for the types in Shopify's tables of search names. They don't tell how a string is compared.
_SEARCHED = {
    "time": "date",
    "boolean": "flag",
    "id": "id",
    "integer": "number",
    "float": "number",
    "bigdecimal": "number",
}
_EMPTY: Mapping[str, Any] = {"String": "", "HTML": "", "Boolean": False, "Int": 0, "Float": 0.0, "UnsignedInt64": 0}


def complete(schema: GraphQLSchema, registry: Registry = REGISTRY) -> None:
    """Complete all declared kinds; repeated calls change nothing.

    A search name of Shopify's tables that is not declared is compared by the field of the same name (``created_at``:
    `createdAt`), strings as a whole; ``tag`` and ``tag_not`` by `tags`. What follows from neither is not modelled.

    Raise `ValueError` for a field without an empty value, for a filter whose comparison does not follow, for one that
    is in no table and no word of its kind, and for a list or a derived field that is not served.
    """
    for parent, field in (*registry.lists, *registry.derived):
        if field not in getattr(schema.type_map.get(parent), "fields", ()):
            raise ValueError(f"{parent}.{field} is declared and not served")
    owners = schema.type_map.get("MetafieldOwnerType")
    for name, entry in registry.kinds.items():
        fields = _fields(schema.type_map.get(name))
        owner = entry.owner or name.upper()
        if "metafields" in fields and isinstance(owners, GraphQLEnumType) and owner in owners.values:
            registry.owners[name] = owner
        defaults = {**{field: _empty(name, field, fields) for field in entry.fields.split()}, **entry.defaults}
        registry.kinds[name] = replace(entry, defaults=defaults, fields="")
    names = _documented(schema)
    for name, entry in registry.kinds.items():
        declared = {**entry.filters, **registry.filters.get(name, {})}
        documented = names.get(name, {})
        if strange := set(declared) - set(documented) - set(entry.words) if documented else set():
            raise ValueError(f"Shopify does not search {name} by {', '.join(sorted(strange))}")
        filters = {key: _filter(schema, entry, documented.get(key), key, how) for key, how in declared.items()}
        for key, row in documented.items():
            if key not in filters and (found := _derived(schema, entry, row)) is not None:
                filters[key] = found
        if "tag_not" in documented and "tag" in filters:
            filters["tag_not"] = replace(filters["tag"], without=True, lookup=None)
        registry.kinds[name] = replace(entry, filters=filters)


def _documented(schema: GraphQLSchema) -> dict[str, dict[str, Name]]:
    """Return the search names that Shopify's tables have for the nodes of each kind, over all lists and counts."""
    known: dict[str, dict[str, Name]] = {}
    for field, table in searched_fields().items():
        parent, _, listed = field.partition(".")
        fields = _fields(schema.type_map.get(parent))
        named = _row_type(fields.get(listed)) or _row_type(fields.get(listed.removesuffix("Count")))
        if named is not None:
            rows = {name: row for name, row in table.names.items() if name not in (DEFAULT, "id")}
            known.setdefault(named.name, {}).update(rows)
    return known


def _row_type(field: GraphQLField | None) -> Any:
    named: Any = get_named_type(field.type) if field else None
    if named is not None and named.name.endswith("Connection"):
        if "nodes" not in named.fields:  # some connections have edges alone
            return get_named_type(get_named_type(named.fields["edges"].type).fields["node"].type)
        return get_named_type(named.fields["nodes"].type)
    return None if named is None or named.name == "Count" else named


def _derived(schema: GraphQLSchema, kind: Kind, row: Name) -> Filter | None:
    """Return the filter that follows from a name of Shopify's tables, None where none does."""
    if row.name == "tag" and "tags" in kind.defaults:
        return _filter(schema, kind, row, "tag", "exact tags")
    field = _fields(schema.type_map.get(kind.name)).get(camel(row.name))
    if field is None or camel(row.name) not in kind.defaults or not is_leaf_type(get_named_type(field.type)):
        return None
    follows = isinstance(get_named_type(field.type), GraphQLEnumType) or row.kind in _SEARCHED
    return _filter(schema, kind, row, row.name, "" if follows else "exact")


def _fields(kind: Any) -> Mapping[str, GraphQLField]:
    return kind.fields if isinstance(kind, GraphQLObjectType) else {}


def camel(name: str) -> str:
    """Return ``createdAt`` for ``created_at``."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _empty(kind: str, name: str, fields: Mapping[str, GraphQLField]) -> Any:
    if name not in fields:
        raise ValueError(f"{kind}.{name} is not served; a field that is only stored belongs to `defaults`")
    wanted = fields[name].type
    if not isinstance(wanted, GraphQLNonNull):
        return None
    if isinstance(wanted.of_type, GraphQLList) or wanted.of_type.name.endswith("Connection"):
        return []
    if wanted.of_type.name == "DateTime":
        return None  # every node is created with its times
    if wanted.of_type.name not in _EMPTY:
        raise ValueError(f"{kind}.{name} of type {wanted} has no empty value; give it one in `defaults`")
    return _EMPTY[wanted.of_type.name]


def _filter(schema: GraphQLSchema, kind: Kind, row: Name | None, name: str, declared: Filter | str) -> Filter:
    if isinstance(declared, Filter):
        return declared
    how, _, path = declared.partition(" ")
    steps = (path or camel(name)).split(".")
    named = _type_at(schema, kind.name, steps)
    if isinstance(named, GraphQLEnumType) and how in ("", "enum"):
        return Filter("enum", _reader(kind, steps), frozenset(value.lower() for value in named.values))
    how = how or _HOW.get(named.name if named else "", "") or _SEARCHED.get(row.kind if row else "", "")
    if not how:
        raise ValueError(f"How {name} of {kind.name} is compared does not follow from the schema")
    if how == "id":
        refers = steps[0] in kind.indexed and not steps[1:] and isinstance(named, GraphQLObjectType)
        lookup = _referring(kind.name, steps[0], named.name) if refers else None
        return Filter("id", _numbers(_reader(kind, steps)), lookup=lookup)
    by_index = how == "exact" and steps[0] in kind.indexed and not steps[1:]
    return Filter(how, _reader(kind, steps), lookup=_lookup(kind.name, steps[0]) if by_index else None)


def _type_at(schema: GraphQLSchema, name: str, steps: list[str]) -> Any:
    """Return the named type of the field that a path leads to, None where a step is stored without being served."""
    named: Any = schema.type_map.get(name)
    for step in steps:
        if step not in _fields(named):
            return None
        named = get_named_type(_fields(named)[step].type)
        if named.name.endswith("Connection"):
            named = get_named_type(named.fields["nodes"].type)
    return named


def _reader(kind: Kind, steps: list[str]) -> Read:
    """Return what reads a stored field, or with several steps a field of what the first ones refer to."""
    field, *rest = steps
    default = kind.defaults.get(field)
    if not rest:
        return lambda _ctx, node: node.get(field, default)

    def values(ctx: Any, node: Node) -> list[Any]:
        rows = _listed(node.get(field, default))
        for step in rest:
            nodes = [ctx.store.get(row) if isinstance(row, str) else row for row in rows]
            rows = [value for row in nodes if row is not None for value in _listed(_stored(row, step))]
        return rows

    return values


def _stored(node: Node, field: str) -> Any:
    entry = REGISTRY.kinds.get(node.get("__typename", ""))
    return node.get(field, entry.defaults.get(field) if entry else None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _numbers(read: Read) -> Read:
    return lambda ctx, node: [number(gid) for gid in _listed(read(ctx, node))]


def _referring(kind: str, field: str, named: str) -> Callable[[Any, str], list[Node]]:
    def lookup(ctx: Any, value: str) -> list[Node]:
        digits = value.strip()
        return list(ctx.store.find(kind, field, f"gid://shopify/{named}/{int(digits)}")) if digits.isdecimal() else []

    return lookup


def _lookup(kind: str, field: str) -> Callable[[Any, str], list[Node]]:
    return lambda ctx, value: list(ctx.store.find(kind, field, value))
