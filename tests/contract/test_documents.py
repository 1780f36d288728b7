"""Every GraphQL document, against Shopify's own schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLObjectType,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    validate,
)
from official import IDEMPOTENT, ROOT, Documents, Official, read_documents
from shapes import fields_of

OPERATIONS = sorted(read_documents().operations)
HIGHEST_COST = 500  # Shopify refuses 1,000; a page of ours leaves room for others


@pytest.fixture(scope="module")
def everything(documents: Documents) -> DocumentNode:
    return DocumentNode(definitions=(*documents.operations.values(), *documents.fragments.values()))


def test_every_document_is_valid_at_shopify(official: Official, everything: DocumentNode) -> None:
    assert [error.message for error in validate(official.schema, everything)] == []


def test_no_document_uses_what_is_deprecated(official: Official, everything: DocumentNode) -> None:
    # Covers fields, arguments, members of inputs written in the document, and enum values.
    assert [error.message for error in validate(official.schema, everything, [NoDeprecatedCustomRule])] == []


def test_every_document_is_served_by_the_sandbox(everything: DocumentNode) -> None:
    text = (ROOT / "atom_shopify_plugin" / "sandbox" / "schema" / "admin_2026-10.graphql").read_text(encoding="utf-8")
    schema = build_schema(text, assume_valid=True)
    assert [error.message for error in validate(schema, everything)] == []


def payload_fields(operation: OperationDefinitionNode, documents: Documents) -> Iterator[tuple[FieldNode, FieldNode]]:
    for root in fields_of(operation.selection_set, documents.fragments):
        assert root.selection_set is not None
        for node in fields_of(root.selection_set, documents.fragments):
            yield root, node


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_mutation_asks_for_its_user_errors_and_for_their_code_where_there_is_one(
    name: str, official: Official, documents: Documents
) -> None:
    operation = documents.operations[name]
    if operation.operation.value != "mutation":
        # What a question tells of the errors of a finished work is no error of the question: it has another name.
        named = [(node.alias or node.name).value for _, node in payload_fields(operation, documents)]
        assert not any(name.lower().replace("_", "").endswith("usererrors") for name in named)
        return
    root = next(fields_of(operation.selection_set, documents.fragments))
    payload = get_named_type(official.root(operation).fields[root.name.value].type)
    assert isinstance(payload, GraphQLObjectType)
    offered = {
        field: get_named_type(declared.type)
        for field, declared in payload.fields.items()
        if field.endswith("serErrors") and declared.deprecation_reason is None
    }
    asked = {
        node.name.value: {part.name.value for part in fields_of(node.selection_set, documents.fragments)}
        for _, node in payload_fields(operation, documents)
        if node.name.value in offered and node.selection_set is not None
    }
    assert asked == {field: {"field", "message", "code"} & set(kind.fields) for field, kind in offered.items()}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", OPERATIONS)
def test_variables_are_snake_case(name: str, documents: Documents) -> None:
    names = [variable.variable.name.value for variable in documents.operations[name].variable_definitions or ()]
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_idempotent_directive_stands_where_shopify_wants_it_and_nowhere_else(
    name: str, documents: Documents
) -> None:
    root = next(fields_of(documents.operations[name].selection_set, documents.fragments))
    keys = [_key(directive) for directive in root.directives or () if directive.name.value == "idempotent"]
    assert keys == (["idempotency_key"] if root.name.value in IDEMPOTENT else [])


def _key(directive: DirectiveNode) -> Any:
    (argument,) = directive.arguments
    assert argument.name.value == "key"
    return argument.value.name.value  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_dearest_page_stays_well_below_shopifys_limit(
    name: str, official: Official, everything: DocumentNode, documents: Documents
) -> None:
    from atom_shopify_plugin.sandbox.cost import Operation

    operation = documents.operations[name]
    assert Operation(official.schema, everything, operation, {"first": 250}).requested().total <= HIGHEST_COST


def test_no_name_is_taken_twice(documents: Documents) -> None:
    text = "\n".join(documents.files.values())
    names = re.findall(r"^(?:query|mutation|fragment) (\w+)", text, re.MULTILINE)
    assert sorted(names) == sorted({*documents.operations, *documents.fragments})
