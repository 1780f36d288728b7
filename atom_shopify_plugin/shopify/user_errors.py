"""The user errors of a mutation, without which nobody could tell whether it was carried out, added to its document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from graphql import DocumentNode, FieldNode, NameNode, OperationDefinitionNode, SelectionNode, SelectionSetNode

from atom_shopify_plugin.official.table import official
from atom_shopify_plugin.shopify.selection import snake

__all__ = ["errors_of", "with_errors"]

_MEMBERS = ("field", "message", "code")


def errors_of(mutation: str, alias: str = "") -> Iterator[FieldNode]:
    """Yield the selections of all lists of user errors that a mutation answers, deprecated ones left out.

    With `alias` they come under a name of their own, which begins with it.
    """
    schema = official()
    root = schema.root("mutation")
    field = schema.field(root, mutation) if root is not None else None
    payload = schema.type(field.named) if field is not None else None
    if payload is None:
        return
    for name, member in payload.fields.items():
        error = schema.type(member.named)
        if name.lower().endswith("usererrors") and error is not None and name not in payload.deprecated:
            inner = tuple(_field(known) for known in _MEMBERS if known in error.fields)
            yield _field(name, inner, alias + snake(name) if alias else "")


def with_errors(tree: DocumentNode) -> DocumentNode:
    """Return a tree whose mutations ask for all their user errors, also those that it does not select itself."""
    definitions = tuple(
        _completed(node) if isinstance(node, OperationDefinitionNode) and node.operation.value == "mutation" else node
        for node in tree.definitions
    )
    return DocumentNode(definitions=definitions)


def _completed(operation: OperationDefinitionNode) -> OperationDefinitionNode:
    roots: list[SelectionNode] = []
    for node in operation.selection_set.selections:
        if isinstance(node, FieldNode):
            chosen = tuple(node.selection_set.selections) if node.selection_set else ()
            asked = {one.name.value for one in chosen if isinstance(one, FieldNode)}
            added = tuple(one for one in errors_of(node.name.value) if one.name.value not in asked)
            if added:
                selected = SelectionSetNode(selections=(*chosen, *added))
                node = FieldNode(**{**_parts(node), "selection_set": selected})
        roots.append(node)
    return OperationDefinitionNode(**{**_parts(operation), "selection_set": SelectionSetNode(selections=tuple(roots))})


def _parts(node: FieldNode | OperationDefinitionNode) -> dict[str, Any]:
    return {name: getattr(node, name) for name in node.keys if name != "loc"}


def _field(name: str, inner: tuple[FieldNode, ...] = (), alias: str = "") -> FieldNode:
    return FieldNode(
        name=NameNode(value=name),
        alias=NameNode(value=alias) if alias else None,
        arguments=(),
        directives=(),
        selection_set=SelectionSetNode(selections=cast("tuple[SelectionNode, ...]", inner)) if inner else None,
    )
