"""Lists in the arguments of root fields that are longer than Shopify accepts; nothing of such a request is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode

from atom_shopify_plugin.sandbox.selections import Selections

__all__ = ["size_errors"]

INPUT_LIMIT = 250
# shopify.dev, "Input array limits"; metafieldsSet answers a user error of its own at 25.
LIMITS = {"variants": 2048, "variantsIds": 2048, "inventoryQuantities": 2048}


def size_errors(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return an error for each list that is too long; its path names members without the places in lists."""
    root = schema.get_root_type(operation.operation)
    if root is None:
        return []
    selections = Selections(schema, document, operation, variables)
    errors = []
    for key, part in selections.parts(root, [operation.selection_set]).items():
        if part.node.arguments:
            for path, size, limit in _too_long(selections.arguments(part.node), [key]):
                message = f"The input array size of {size} is greater than the maximum allowed of {limit}."
                extensions = {"code": "MAX_INPUT_SIZE_EXCEEDED"}
                errors.append(dict(GraphQLError(message, part.node, path=path, extensions=extensions).formatted))
    return errors


def _too_long(value: Any, path: list[Any]) -> Iterable[tuple[list[Any], int, int]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            if isinstance(member, Mapping | list):
                yield from _too_long(member, [*path, name])
    elif isinstance(value, list):
        limit = LIMITS.get(path[-1], INPUT_LIMIT)
        if len(value) > limit:
            yield path, len(value), limit
            return
        for member in value:
            yield from _too_long(member, path)
