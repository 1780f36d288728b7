"""Operations: OperationNamesAreValid, the roots of queries, mutations and subscriptions, NoDefinitionsArePresent.

Shopify's schema has no subscriptions, so that a subscription of several fields is never looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from graphql import Node, OperationDefinitionNode

from atom_shopify_plugin.official.table import OfficialSchema
from atom_shopify_plugin.official.validation.faults import Faults, Step

__all__ = ["has_root", "have_names", "no_definitions", "step_of"]


def step_of(node: OperationDefinitionNode) -> str:
    """Return an operation as the first step of a path: ``query Name``."""
    return f"{node.operation.value} {node.name.value}" if node.name else node.operation.value


def has_root(schema: OfficialSchema, faults: Faults, node: OperationDefinitionNode, path: Sequence[Step]) -> bool:
    """Check that the schema has the kind of operation."""
    kind = node.operation.value
    if schema.root(kind) is not None:
        return True
    plural = {"query": "queries"}.get(kind, f"{kind}s")
    code = f"missing{kind.capitalize()}Configuration"
    faults.add(f"Schema is not configured for {plural}", [node], path, code)
    return False


def have_names(faults: Faults, nodes: Sequence[OperationDefinitionNode]) -> None:
    """Check that several operations have names, each its own."""
    named: dict[str | None, list[OperationDefinitionNode]] = {}
    for node in nodes:
        named.setdefault(node.name.value if node.name else None, []).append(node)
    for name, entries in named.items():
        if name is None and len(nodes) > 1:
            message = "Operation name is required when multiple operations are present"
            faults.add(message, entries, [], "uniquelyNamedOperations")
        elif len(entries) > 1:
            message = f'Operation name "{name}" must be unique'
            faults.add(message, entries, [], "uniquelyNamedOperations", operationName=name)


def no_definitions(faults: Faults, nodes: Sequence[Node]) -> None:
    """Check that a document defines no types."""
    if nodes:
        faults.add("Query cannot contain schema definitions", nodes, [], "queryContainsSchemaDefinitions")
