"""Whether a document uses anything that Shopify has marked as deprecated."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
)

__all__ = ["uses_deprecated"]


def uses_deprecated(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Tell whether a valid document names a deprecated field, argument, input member or enum value.

    The rule of graphql-core for this takes three times as long, because it keeps track of much else.
    """
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            kind: Any = schema.get_root_type(node.operation)
        elif isinstance(node, FragmentDefinitionNode):
            kind = schema.type_map.get(node.type_condition.name.value)
        else:
            continue
        if _in_selections(schema, kind, node.selection_set):
            return True
    return False


def _in_selections(schema: GraphQLSchema, kind: Any, selections: SelectionSetNode) -> bool:
    fields = getattr(kind, "fields", {})
    for node in selections.selections:
        if isinstance(node, FieldNode):
            field = fields.get(node.name.value)
            if field is not None and (field.deprecation_reason is not None or _in_arguments(field, node)):
                return True
            below = get_named_type(field.type) if field is not None else None
            if node.selection_set is not None and _in_selections(schema, below, node.selection_set):
                return True
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = schema.type_map.get(condition.name.value) if condition else kind
            if _in_selections(schema, inner, node.selection_set):
                return True
    return False


def _in_arguments(field: Any, node: FieldNode) -> bool:
    for given in node.arguments or ():
        argument = field.args.get(given.name.value)
        if argument is not None and (argument.deprecation_reason is not None or _in_value(argument.type, given.value)):
            return True
    return False


def _in_value(declared: Any, node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(_in_value(declared, value) for value in node.values)
    kind = get_named_type(declared)
    if isinstance(node, EnumValueNode) and isinstance(kind, GraphQLEnumType):
        value = kind.values.get(node.value)
        return value is not None and value.deprecation_reason is not None
    if isinstance(node, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType):
        for given in node.fields:
            member = kind.fields.get(given.name.value)
            if member is not None and (member.deprecation_reason is not None or _in_value(member.type, given.value)):
                return True
    return False
