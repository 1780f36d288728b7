"""What a valid document asks for: fields and arguments by their types, whatever fragments they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
)

from atom_shopify_plugin.official.access import field_needs, type_needs
from atom_shopify_plugin.official.table import Field, Member, OfficialSchema, Type, named
from atom_shopify_plugin.official.validation.texts import signature

__all__ = ["Selected", "deprecated", "fragments_of", "needs", "selected"]

# What Shopify's list of scopes leaves out although the mutation asks for it.
INFERRED: Mapping[str, list[str]] = {
    "fulfillmentCancel": field_needs("Mutation", "fulfillmentCreate"),
    "refundCreate": field_needs("Mutation", "orderUpdate"),
}


@dataclass(frozen=True, slots=True)
class Selected:
    """A field where it is selected: the type that it is selected on, the field itself, and what it answers."""

    parent: Type
    node: FieldNode
    field: Field


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return the fragments of a document by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def selected(
    schema: OfficialSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> Iterator[Selected | Type]:
    """Yield the fields that an operation of a valid document selects, and the types that its fragments are on.

    A fragment is looked at once, however often it is spread.
    """
    fragments, seen = fragments_of(document), set[str]()

    def below(selections: SelectionSetNode, parent: Type) -> Iterator[Selected | Type]:
        for node in selections.selections:
            if isinstance(node, FieldNode):
                field = schema.field(parent, node.name.value)
                if field is None:
                    continue
                yield Selected(parent, node, field)
                kind = schema.type(field.named)
                if node.selection_set is not None and kind is not None:
                    yield from below(node.selection_set, kind)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                yield from within(node.selection_set, condition.name.value if condition else parent.name)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = fragments[node.name.value]
                yield from within(fragment.selection_set, fragment.type_condition.name.value)

    def within(selections: SelectionSetNode, condition: str) -> Iterator[Selected | Type]:
        kind = schema.type(condition)
        if kind is not None:
            yield kind
            yield from below(selections, kind)

    root = schema.root(operation.operation.value)
    if root is not None:
        yield from below(operation.selection_set, root)


def needs(schema: OfficialSchema, document: DocumentNode, operation: OperationDefinitionNode) -> list[tuple[str, ...]]:
    """Return the scopes that an operation asks for, as groups of which any one opens what is asked for."""
    found: dict[tuple[str, ...], None] = {}
    for part in selected(schema, document, operation):
        groups: list[list[str]]
        if isinstance(part, Type):
            groups = [type_needs(part.name)]
        else:
            name = part.node.name.value
            own = field_needs(part.parent.name, name)
            if not own and part.parent.name == "Mutation":
                own = INFERRED.get(name, [])
            groups = [own, type_needs(part.field.named)]
        found.update((tuple(group), None) for group in groups if group)
    return list(found)


def deprecated(
    schema: OfficialSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> list[str]:
    """Return what a request names of deprecated fields, arguments, members of inputs and enum values, each once."""
    found: dict[str, None] = {}

    def given(shown: str, value: Any) -> None:
        kind = schema.type(named(shown))
        if isinstance(value, list):
            for item in value:
                given(shown, item)
        elif kind is not None and isinstance(value, str) and value in kind.deprecated:
            found[f"{kind.name}.{value}"] = None
        elif kind is not None and isinstance(value, Mapping):
            for name, inner in value.items():
                if name in kind.deprecated:
                    found[f"{kind.name}.{name}"] = None
                if name in kind.members:
                    given(kind.members[name].type, inner)

    def values(member: Member | None, value: ValueNode) -> None:
        kind = schema.type(named(member.type)) if member is not None else None
        if kind is None:
            return
        if isinstance(value, ListValueNode):
            for item in value.values:
                values(member, item)
        elif isinstance(value, EnumValueNode) and value.value in kind.deprecated:
            found[f"{kind.name}.{value.value}"] = None
        elif isinstance(value, ObjectValueNode):
            for entry in value.fields:
                if entry.name.value in kind.deprecated:
                    found[f"{kind.name}.{entry.name.value}"] = None
                values(kind.members.get(entry.name.value), entry.value)

    for declared in operation.variable_definitions or ():
        given(signature(declared.type), variables.get(declared.variable.name.value))
    for part in selected(schema, document, operation):
        if isinstance(part, Type):
            continue
        name = part.node.name.value
        if name in part.parent.deprecated:
            found[f"{part.parent.name}.{name}"] = None
        for argument in part.node.arguments or ():
            if f"{name}({argument.name.value})" in part.parent.deprecated:
                found[f"{part.parent.name}.{name}({argument.name.value}:)"] = None
            values(part.field.arguments.get(argument.name.value), argument.value)
    return list(found)
