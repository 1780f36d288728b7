"""An action's input and scopes, against its documents and Shopify's schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from access import needs
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    VariableDefinitionNode,
    is_required_input_field,
    type_from_ast,
    value_from_ast_untyped,
)
from official import Documents, Official
from shapes import fields_of

from atom_shopify_plugin.actions.questions import PLACE
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action, Catalog
from atom_shopify_plugin.shopify.documents import HARMLESS

ACTIONS = list(packaged().actions)
DIRECT = [key for key, action in packaged().actions.items() if action.operation is not None]
SEARCHES = [key for key, action in packaged().actions.items() if action.is_search and not action.mirrored]
PAGE_VARIABLES = {"first", "after", "query"}
# Too many values to list in a manifest, and new ones come; a pattern stands for them.
PATTERNED = {"CountryCode", "CurrencyCode"}
JSON_TYPES = {
    "String": {"string"}, "ID": {"string", "integer"}, "Int": {"integer"}, "Float": {"number"}, "Boolean": {"boolean"},
    "Money": {"string"}, "Decimal": {"string"}, "DateTime": {"string"}, "URL": {"string"}, "HTML": {"string"},
    "UnsignedInt64": {"string", "integer"},
}  # fmt: skip


def camel_case(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def json_types(schema: Mapping[str, Any]) -> set[str]:
    if "anyOf" in schema and "type" not in schema:
        return set().union(*(json_types(branch) for branch in schema["anyOf"]))
    return {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])


def branch(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of “X or null” that is not null."""
    if "anyOf" in schema and "type" not in schema:
        return next(part for part in schema["anyOf"] if part != {"type": "null"})
    return schema


def mismatches(schema: Mapping[str, Any], kind: Any, at: str) -> Iterator[str]:
    """Yield where an input schema would let something through that the GraphQL type refuses."""
    types = json_types(schema)
    if isinstance(kind, GraphQLNonNull):
        if "null" in types:
            yield f"{at}: null is allowed, and {kind} refuses it"
        kind = kind.of_type
    types, schema = types - {"null"}, branch(schema)
    if isinstance(kind, GraphQLList):
        if types != {"array"}:
            yield f"{at}: {kind} is a list"
        else:
            yield from mismatches(schema["items"], kind.of_type, f"{at}[]")
    elif isinstance(kind, GraphQLEnumType):
        yield from _enum(schema, kind, at)
    elif isinstance(kind, GraphQLScalarType):
        if not types <= JSON_TYPES[kind.name]:
            yield f"{at}: {kind} does not take {sorted(types)}"
    elif isinstance(kind, GraphQLInputObjectType):
        yield from _members(schema, kind, at)


def _enum(schema: Mapping[str, Any], kind: GraphQLEnumType, at: str) -> Iterator[str]:
    if kind.name in PATTERNED and "pattern" in schema:
        return
    values = set(schema.get("enum", [])) - {None}
    live = {name for name, value in kind.values.items() if value.deprecation_reason is None}
    if not values or not values <= live:
        yield f"{at}: {sorted(values - live)} are no values of {kind}"


def _members(schema: Mapping[str, Any], kind: GraphQLInputObjectType, at: str) -> Iterator[str]:
    if json_types(schema) - {"null"} != {"object"} or schema.get("additionalProperties") is not False:
        yield f"{at}: {kind} is a closed object"
        return
    for name, member in schema["properties"].items():
        field = kind.fields.get(camel_case(name))
        if field is None or field.deprecation_reason is not None:
            yield f"{at}/{name}: {kind} has no such field, or a deprecated one"
        else:
            yield from mismatches(member, field.type, f"{at}/{name}")
    needed = {name for name, field in kind.fields.items() if is_required_input_field(field)}
    given = {camel_case(name) for name in schema.get("required", [])}
    if not needed <= given:
        yield f"{at}: {sorted(needed - given)} are required by {kind}"


def variables_of(action: Action, documents: Documents) -> dict[str, VariableDefinitionNode]:
    assert action.operation is not None
    nodes = documents.operations[action.operation].variable_definitions or ()
    return {node.variable.name.value: node for node in nodes}


@pytest.mark.parametrize("key", ACTIONS)
def test_the_operations_of_an_action_exist_and_fit_its_effect(key: str, catalog: Catalog, documents: Documents) -> None:
    action = catalog.actions[key]
    writes = [
        root.name.value
        for name in action.operations
        if documents.operations[name].operation.value == "mutation"
        for root in fields_of(documents.operations[name].selection_set, documents.fragments)
    ]
    if action.any_document:
        assert not action.operations, "the caller writes the document"
        return
    if action.mirrored:
        assert not action.operations, "the copy of the store answers, or ATOM keeps it"
        return
    assert set(writes) <= HARMLESS if action.effect == "read" else set(writes) - HARMLESS


@pytest.mark.parametrize("key", DIRECT)
def test_a_document_behind_an_action_has_one_root_field(key: str, catalog: Catalog, documents: Documents) -> None:
    name = catalog.actions[key].operations[0]
    assert len(list(fields_of(documents.operations[name].selection_set, documents.fragments))) == 1


@pytest.mark.parametrize("key", DIRECT)
def test_input_and_variables_have_the_same_names(key: str, catalog: Catalog, documents: Documents) -> None:
    action = catalog.actions[key]
    variables = set(variables_of(action, documents)) - {"idempotency_key"}
    properties = {name for name, schema in action.properties.items() if "search" not in schema}
    if action.effect == "read":
        properties.remove("fields")  # chosen from the answer
    if action.is_search:
        filtered = any("search" in schema for schema in action.properties.values())
        assert variables >= (PAGE_VARIABLES if filtered else PAGE_VARIABLES - {"query"})
        variables, properties = variables - PAGE_VARIABLES, properties - {"limit", "cursor"}
    elif any("search" in schema for schema in action.properties.values()):
        assert "query" in variables, "filters are joined into one search"
        variables.remove("query")
    assert properties == variables


@pytest.mark.parametrize("key", DIRECT)
def test_input_and_variables_have_the_same_types(
    key: str, catalog: Catalog, documents: Documents, official: Official
) -> None:
    action = catalog.actions[key]
    variables = variables_of(action, documents)
    found: list[str] = []
    for name, schema in action.properties.items():
        if name in variables and "search" not in schema:
            kind = type_from_ast(official.schema, variables[name].type)  # type: ignore[call-overload]
            found += mismatches(schema, kind, name)
    assert found == []


@pytest.mark.parametrize("key", DIRECT)
def test_what_a_document_requires_is_required_and_nothing_else(
    key: str, catalog: Catalog, documents: Documents
) -> None:
    action = catalog.actions[key]
    needed = {
        name
        for name, node in variables_of(action, documents).items()
        if node.type.kind == "non_null_type" and node.default_value is None
    }
    assert set(action.input.get("required", [])) == needed - (PAGE_VARIABLES - set(action.properties)) - {
        "idempotency_key"
    }


@pytest.mark.parametrize("key", DIRECT)
def test_defaults_are_the_same_in_input_and_document(key: str, catalog: Catalog, documents: Documents) -> None:
    action = catalog.actions[key]
    written = {
        name: value_from_ast_untyped(node.default_value)
        for name, node in variables_of(action, documents).items()
        if node.default_value is not None
    }
    declared = {
        name: schema["default"] for name, schema in action.properties.items() if "default" in schema and name != "limit"
    }
    assert declared == written


@pytest.mark.parametrize("key", SEARCHES)
def test_filters_are_filters_that_shopify_knows(
    key: str, catalog: Catalog, documents: Documents, official: Official
) -> None:
    action = catalog.actions[key]
    if action.mirrored:
        assert not any("search" in schema for schema in action.properties.values()), "the copy has no such search"
        return
    root = next(fields_of(documents.operations[action.operations[0]].selection_set, documents.fragments))
    known = official.searches[root.name.value]
    for name, schema in action.properties.items():
        field = schema.get("search", "").partition(":")[0]
        if not field:
            continue
        assert field in known, f"{name}: {root.name.value} has no filter {field}"
        listed = known[field].lower().replace("\n", " ")
        if "`" not in listed:
            continue  # Shopify says nothing of the values
        unlisted = [value for value in schema.get("enum", []) if f"`{value.lower()}`" not in listed]
        assert unlisted == [], f"{name}: not among the values of {field}"


def expanded(scopes: set[str]) -> set[str]:
    return scopes | {f"read_{scope.removeprefix('write_')}" for scope in scopes if scope.startswith("write_")}


def of_members(schema: Any) -> set[str]:
    """Return the scopes that are needed only where a member is given."""
    if isinstance(schema, Mapping):
        scopes = schema.get("x-scopes", ())
        by_value = scopes.values() if isinstance(scopes, Mapping) else [scopes]
        return set().union(*by_value, *map(of_members, schema.values()))
    return set().union(*map(of_members, schema)) if isinstance(schema, list) else set()


COPIED = {
    "locations": "MirrorLocations",
    "products": "MirrorProducts",
    "inventory": "MirrorStock",
    "customers": "MirrorCustomers",
    "orders": "MirrorOrders",
}


@pytest.mark.parametrize("key", ACTIONS)
def test_declared_scopes_are_those_that_shopify_asks_for(
    key: str, catalog: Catalog, documents: Documents, official: Official
) -> None:
    action = catalog.actions[key]
    # Who asks a copy needs what it was read with.
    read = [*action.operations, *(COPIED[stream] for stream in action.mirrored)]
    asked = {need for name in read for need in needs(name, documents, official)}
    declared = [set(group) for group in (*action.scopes, *({scope} for scope in of_members(action.input)))]
    # Each choice among alternatives has to do; picking the first of every group covers them while there are none.
    granted = expanded(set().union(*declared)) if declared else set()
    assert [sorted(need) for need in asked if not need & granted] == []
    for group in declared:
        less = expanded(set().union(*(other for other in declared if other != group)))
        assert [need for need in asked if not need & less], f"{sorted(group)} is declared and not needed"


def test_each_destructive_action_asks_for_members_that_its_read_answers(catalog: Catalog) -> None:
    asking = [action for action in catalog.actions.values() if action.effect == "destructive"]
    assert asking
    for action in asking:
        if action.any_document:
            assert action.forecast is not None, "the question names what the document does"
            continue
        assert action.verify is not None
        output = catalog.actions[action.verify.read].output
        for path, *_ in PLACE.findall(action.asks or ""):
            schema = output
            for member in [] if path == "shop" else path.split("."):
                branches = [schema, *schema.get("anyOf", ())]
                schema = next(one["properties"][member] for one in branches if member in one.get("properties", {}))
