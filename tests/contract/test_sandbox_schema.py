"""The sandbox serves a part of Shopify's schema, and nothing that Shopify does not have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
)
from official import ROOT, Official

SERVED = ROOT / "atom_shopify_plugin" / "sandbox" / "schema" / "admin_2026-10.graphql"


def facts(kind: GraphQLNamedType) -> Iterator[tuple[Any, ...]]:
    """Yield what is to be the same on both sides: types, nullability, arguments, defaults, values, deprecations."""
    yield type(kind).__name__, kind.name
    if isinstance(kind, GraphQLEnumType):
        for name, value in kind.values.items():
            yield kind.name, name, bool(value.deprecation_reason)
    elif isinstance(kind, GraphQLInputObjectType):
        for name, member in kind.fields.items():
            yield kind.name, name, str(member.type), str(member.default_value), bool(member.deprecation_reason)
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield kind.name, name, str(field.type), bool(field.deprecation_reason)
            for argument, declared in field.args.items():
                yield kind.name, name, argument, str(declared.type), str(declared.default_value)


def test_the_sandbox_serves_nothing_that_shopify_does_not_have(official: Official) -> None:
    served = build_schema(SERVED.read_text(encoding="utf-8"), assume_valid=True)
    ours = {name: kind for name, kind in served.type_map.items() if not name.startswith("__")}
    assert sorted(set(ours) - set(official.schema.type_map)) == []
    invented = {
        fact for name, kind in ours.items() for fact in set(facts(kind)) - set(facts(official.schema.type_map[name]))
    }
    assert sorted(invented) == []
