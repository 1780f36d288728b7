"""The sandbox serves a part of Shopify's schema, and nothing that Shopify does not have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    print_ast,
)
from official import ROOT, Official

SERVED = ROOT / "atom_shopify_plugin" / "sandbox" / "schema" / "admin_2026-10.graphql"


def default_of(member: GraphQLArgument | GraphQLInputField) -> str | None:
    """Return the default as it is written in a schema."""
    if member.default is None:
        return None
    literal = member.default.literal
    return repr(member.default.value) if literal is None else print_ast(literal)


def taken(members: Mapping[str, GraphQLArgument | GraphQLInputField]) -> tuple[Any, ...]:
    """Return the members of an input, of which the sandbox serves all: names, types, defaults, deprecations."""
    return tuple(
        sorted(
            (name, str(member.type), default_of(member), bool(member.deprecation_reason))
            for name, member in members.items()
        )
    )


def facts(kind: GraphQLNamedType) -> Iterator[tuple[Any, ...]]:
    """Yield what the sandbox may not have otherwise than Shopify: it may have less of these, never others."""
    yield kind.name, type(kind).__name__
    if isinstance(kind, GraphQLEnumType):
        yield kind.name, tuple(kind.values)
        for name, value in kind.values.items():
            yield kind.name, name, bool(value.deprecation_reason)
    elif isinstance(kind, GraphQLInputObjectType):
        yield kind.name, kind.is_one_of, taken(kind.fields)
    elif isinstance(kind, GraphQLUnionType):
        for member in kind.types:
            yield kind.name, member.name
    elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for interface in kind.interfaces:
            yield kind.name, "implements", interface.name
        for name, field in kind.fields.items():
            yield kind.name, name, str(field.type), bool(field.deprecation_reason), taken(field.args)


def differences(served: GraphQLSchema, official: GraphQLSchema) -> list[str]:
    """Return everything that the served schema has and the official one has not."""
    ours = {fact for name, kind in served.type_map.items() if not name.startswith("__") for fact in facts(kind)}
    theirs = {fact for name in served.type_map if name in official.type_map for fact in facts(official.type_map[name])}
    return sorted(map(str, ours - theirs))


def test_the_sandbox_serves_nothing_that_shopify_does_not_have(official: Official) -> None:
    assert differences(build_schema(SERVED.read_text(encoding="utf-8"), assume_valid=True), official.schema) == []


def test_each_kind_of_difference_is_found() -> None:
    official = """
        type Query { a(x: Int, y: Int = 1): Thing, b: Int @deprecated(reason: "old"), u: U }
        interface Node { id: ID! }  interface Named { name: String }
        type Thing implements Node { id: ID!, name: String }  type Other { id: ID! }
        union U = Thing  enum E { ONE TWO }  input In { a: Int!, b: E }
    """
    for before, after in (
        ("x: Int, ", ""),  # an argument is missing
        ("y: Int = 1", "y: Int = 2"),
        ("Thing, b", "Thing!, b"),
        (' @deprecated(reason: "old")', ""),
        ("Thing implements Node", "Thing implements Node & Named"),
        ("U = Thing", "U = Thing | Other"),
        ("ONE TWO", "ONE"),
        ("a: Int!, b: E", "a: Int!"),
        ("a: Int!, b: E", "a: Int, b: E"),
        ("input In", "input In @oneOf"),
        ("type Other", "type Another"),
        ("type Other {", "interface Other {"),
        ("name: String }  type", "name: String, more: Int }  type"),
    ):
        assert before in official
        served = build_schema(official.replace(before, after), assume_valid=True)
        assert differences(served, build_schema(official, assume_valid=True)), (before, after)
    fewer = build_schema(official.replace("name: String }  type", "}  type"), assume_valid=True)
    assert differences(fewer, build_schema(official, assume_valid=True)) == []


def test_the_files_are_what_the_script_writes(official: Official) -> None:
    script = ROOT / "scripts" / "prune_schema.py"
    done = subprocess.run([sys.executable, str(script), "--check"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
