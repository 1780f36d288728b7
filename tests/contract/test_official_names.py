"""The sandbox knows every name of the official schema, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from official import Official

from atom_shopify_plugin.official.table import Field, Member, Type
from atom_shopify_plugin.official.table import official as names

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.pytest_plugin import ShopifySandbox

KINDS: dict[str, type[GraphQLNamedType]] = {
    "OBJECT": GraphQLObjectType,
    "INTERFACE": GraphQLInterfaceType,
    "UNION": GraphQLUnionType,
    "ENUM": GraphQLEnumType,
    "SCALAR": GraphQLScalarType,
    "INPUT_OBJECT": GraphQLInputObjectType,
}
OBJECTS = sorted(name for name in names().names() if (kind := names().type(name)) and kind.fields)


def taken(members: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    """Return arguments or members of an input: their types and whether they are required."""
    found = {}
    for name, member in members.items():
        if isinstance(member, Member):
            found[name] = (member.type, member.is_required)
        elif isinstance(member, GraphQLArgument):
            found[name] = (str(member.type), is_required_argument(member))
        elif isinstance(member, GraphQLInputField):
            found[name] = (str(member.type), is_required_input_field(member))
    return found


def facts(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields: their types and arguments."""
    return {
        name: (str(field.type), taken(dict(field.arguments if isinstance(field, Field) else field.args)))
        for name, field in fields.items()
    }


def test_the_table_says_what_the_official_schema_says(official: Official) -> None:
    schema = official.schema
    assert set(names().names()) == {name for name in schema.type_map if not name.startswith("__")}
    for name in names().names():
        ours, theirs = names().type(name), schema.type_map[name]
        assert isinstance(ours, Type)
        assert isinstance(theirs, KINDS[ours.kind]), name
        assert facts(dict(ours.fields)) == facts(getattr(theirs, "fields", {}) if not ours.members else {}), name
        if isinstance(theirs, GraphQLInputObjectType):
            assert taken(dict(ours.members)) == taken(theirs.fields), name
            assert ours.is_one_of == theirs.is_one_of, name
        if isinstance(theirs, GraphQLEnumType):
            assert set(ours.values) == set(theirs.values), name
        if isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType):
            assert ours.interfaces == {interface.name for interface in theirs.interfaces}, name
        if isinstance(theirs, GraphQLInterfaceType | GraphQLUnionType):
            assert ours.possible == {kind.name for kind in schema.get_possible_types(theirs)}, name
    for directive in schema.directives:
        known = names().directive(directive.name)
        assert known is not None, directive.name
        assert set(known.locations) == {place.name for place in directive.locations}
        assert taken(dict(known.arguments)) == taken(directive.args)


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


def selecting(operation: str, name: str, field: GraphQLField) -> str:
    """Return a document of one root field with all its arguments, each a variable of its type."""
    declared = ", ".join(f"${key}: {argument.type}" for key, argument in field.args.items())
    passed = ", ".join(f"{key}: ${key}" for key in field.args)
    below = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    head = f"{operation} Q({declared})" if declared else f"{operation} Q"
    return f"{head} {{ {name}{f'({passed})' if passed else ''}{below} }}"


@pytest.mark.parametrize("operation", ["query", "mutation"])
def test_no_official_root_field_is_reported_as_missing(
    official: Official, shopify_sandbox: ShopifySandbox, operation: str
) -> None:
    root = official.schema.query_type if operation == "query" else official.schema.mutation_type
    assert root is not None
    refused = {}
    for name, field in root.fields.items():
        # Hardly any is carried out without its variables; that is told after all that is wrong with the document. One
        # takes the app's access away, so that each gets a token of its own.
        answer = shopify_sandbox.graphql(selecting(operation, name, field))
        if static := [code for code in codes(answer) if code[0].islower()]:
            refused[name] = static
    assert refused == {}


def changed(name: str) -> str:
    return f"{name}x"


def fragment(kind: Type, names: dict[str, str], arguments: dict[str, str]) -> str:
    """Return a fragment on a type with the given fields and all arguments; it is never spread."""
    chosen = []
    for name, shown in names.items():
        field = kind.fields[name]
        passed = ", ".join(f"{arguments.get(key, key)}: $v" for key in field.arguments)
        chosen.append(f"{shown}{f'({passed})' if passed else ''}{_below(field)}")
    return f"query Q {{ shop {{ id }} }} fragment F on {kind.name} {{ {' '.join(chosen)} }}"


def _below(field: Field) -> str:
    named = names().type(field.named)
    return "" if named is None or named.is_leaf else " { __typename }"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_official_field_is_known_and_no_other(shopify_sandbox: ShopifySandbox, data: st.DataObject) -> None:
    kind = names().type(data.draw(st.sampled_from(OBJECTS)))
    assert kind is not None
    same = {name: name for name in kind.fields}
    answer = shopify_sandbox.graphql(fragment(kind, same, {}))
    assert codes(answer) == {"useAndDefineFragment"}, answer
    one = data.draw(st.sampled_from(sorted(same)))
    answer = shopify_sandbox.graphql(fragment(kind, same | {one: changed(one)}, {}))
    message = f"Field '{changed(one)}' doesn't exist on type '{kind.name}'"
    assert answer["errors"][0]["message"] == message
    if kind.fields[one].arguments:
        argument = data.draw(st.sampled_from(sorted(kind.fields[one].arguments)))
        answer = shopify_sandbox.graphql(fragment(kind, {one: one}, {argument: changed(argument)}))
        assert "argumentNotAccepted" in codes(answer)
