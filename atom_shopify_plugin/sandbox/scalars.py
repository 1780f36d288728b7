"""The behaviour of the schema's scalars; `official.scalars` says what each accepts and how it prints."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
)

from atom_shopify_plugin.official.scalars import SCALARS, integer

__all__ = ["attach"]


def attach(schema: GraphQLSchema) -> None:
    """Give the schema's own scalars their behaviour."""
    for name, (parse, show) in SCALARS.items():
        scalar = schema.type_map.get(name)
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_input_value = parse
            scalar.coerce_output_value = show
    _widen_integers(schema)


def _widen_integers(schema: GraphQLSchema) -> None:
    """Let the schema's integers be what variables may hold; GraphQLInt itself is shared with other schemas."""
    settings: dict[str, Any] = {**GraphQLInt.to_kwargs(), "name": "WideInt", "coerce_input_value": integer}
    wide = GraphQLScalarType(**settings)
    wide.name = GraphQLInt.name  # The library reserves the name while a type is made.
    schema.type_map["Int"] = wide

    def widened(kind: Any) -> Any:
        if isinstance(kind, GraphQLNonNull | GraphQLList):
            return type(kind)(widened(kind.of_type))
        return wide if kind is GraphQLInt else kind

    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            for member in kind.fields.values():
                member.type = widened(member.type)
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field in kind.fields.values():
                field.type = widened(field.type)
                for argument in field.args.values():
                    argument.type = widened(argument.type)
