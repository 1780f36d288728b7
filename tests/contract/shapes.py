"""The JSON Schema that follows from a GraphQL selection, and a form in which two schemas can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    InlineFragmentNode,
    SelectionSetNode,
)

Json = dict[str, Any]
Fragments = Mapping[str, FragmentDefinitionNode]

SCALARS: Mapping[str, Json] = {
    "Int": {"type": "integer"},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time"},
}
# What stands beside the nodes of a connection inside an answer.
MARKS: Json = {
    "truncated": {"type": "boolean"},
    "count": {"type": "integer", "minimum": 0},
    "more": {
        "type": "object",
        "required": ["action", "input"],
        "additionalProperties": False,
        "properties": {
            "action": {"type": "string"},
            "input": {
                "type": "object",
                "required": ["id"],
                "additionalProperties": False,
                "properties": {"id": {"type": "string"}},
            },
        },
    },
}
# Ids of the product taxonomy are no numbers, so nothing stands beside them.
UNNUMBERED = {"TaxonomyCategory"}
PROSE = {"description", "title", "examples", "$schema"}


def snake_case(name: str) -> str:
    """Return ``productType`` as ``product_type``."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def fields_of(selection: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    """Yield the fields of a selection with its fragments put in place."""
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from fields_of(fragments[node.name.value].selection_set, fragments)
        elif isinstance(node, InlineFragmentNode):
            yield from fields_of(node.selection_set, fragments)


def shape(kind: Any, selection: SelectionSetNode | None, fragments: Fragments) -> Json:
    """Return the schema of what Shopify answers for `selection` on `kind`, in snake_case and with ``legacy_id``."""
    if isinstance(kind, GraphQLNonNull):
        return shape(kind.of_type, selection, fragments)
    if isinstance(kind, GraphQLList):
        return {"type": "array", "items": optional(kind.of_type, selection, fragments)}
    if isinstance(kind, GraphQLScalarType):
        return dict(SCALARS.get(kind.name, {"type": "string"}))
    if isinstance(kind, GraphQLEnumType):
        # A value that a later version adds is no fault of the answer.
        return {"type": "string"}
    if not isinstance(kind, GraphQLObjectType) or selection is None:
        raise TypeError(f"{kind} can't be described.")
    properties: Json = {}
    for node in fields_of(selection, fragments):
        name = (node.alias or node.name).value
        properties[snake_case(name)] = optional(kind.fields[node.name.value].type, node.selection_set, fragments)
        if name == "id" and kind.name not in UNNUMBERED:
            properties["legacy_id"] = {"type": "string"}
    return {
        "type": "object",
        "required": [*properties, "truncated"] if kind.name.endswith("Connection") else list(properties),
        "additionalProperties": False,
        "properties": properties if not kind.name.endswith("Connection") else {**properties, **MARKS},
    }


def optional(kind: Any, selection: SelectionSetNode | None, fragments: Fragments) -> Json:
    """Return the schema of `kind`, with null where GraphQL allows it."""
    schema = shape(kind, selection, fragments)
    if not isinstance(kind, GraphQLNonNull):
        schema["type"] = [schema["type"], "null"]
    return schema


def root_type(kind: Any) -> GraphQLNamedType:
    """Return a type without its lists and non-null marks."""
    while isinstance(kind, GraphQLList | GraphQLNonNull):
        kind = kind.of_type
    found: GraphQLNamedType = kind
    return found


def plain(schema: Any) -> Any:
    """Return `schema` without prose and in one form for “X or null”, so that two schemas can be compared."""
    if isinstance(schema, Mapping):
        branches = schema.get("anyOf")
        if isinstance(branches, Sequence) and len(branches) == 2 and branches[1] == {"type": "null"}:
            only = plain(branches[0])
            return {**only, "type": [only["type"], "null"]}
        return {
            key: sorted(value) if key == "required" else plain(value)
            for key, value in schema.items()
            if key not in PROSE or isinstance(value, Mapping)
        }
    if isinstance(schema, list | tuple):
        return [plain(value) for value in schema]
    return schema
