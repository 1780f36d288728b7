"""What of a valid document the sandbox does not serve: fields, types in fragments, types of variables.

Arguments, members of inputs and enum values need no look: of the types that are served all are served, and a rule
refuses those that it does not carry out.
"""

from __future__ import annotations

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from atom_shopify_plugin.official.table import named
from atom_shopify_plugin.official.validation.texts import signature

__all__ = ["unmodelled"]


def unmodelled(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> list[str]:
    """Return the names that an operation uses and `schema` does not serve, each once, in order of appearance.

    What is below a field that is not served is not looked at.
    """
    found: dict[str, None] = {}
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    seen: set[str] = set()

    def below(selections: SelectionSetNode | None, parent: GraphQLNamedType) -> None:
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                name = node.name.value
                declared = getattr(parent, "fields", {}).get(name)
                if declared is not None:
                    if node.selection_set is not None:
                        below(node.selection_set, get_named_type(declared.type))
                elif not name.startswith("__"):
                    found[f"{parent.name}.{name}"] = None
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else parent.name
                within(node.selection_set, condition)
            elif isinstance(node, FragmentSpreadNode) and (name := node.name.value) not in seen:
                seen.add(name)
                within(fragments[name].selection_set, fragments[name].type_condition.name.value)

    def within(selections: SelectionSetNode, condition: str) -> None:
        kind = schema.type_map.get(condition)
        if kind is None:
            found[condition] = None
        else:
            below(selections, kind)

    for declared in operation.variable_definitions or ():
        if (name := named(signature(declared.type))) not in schema.type_map:
            found[name] = None
    root = schema.get_root_type(operation.operation)
    if root is not None:
        below(operation.selection_set, root)
    return list(found)
