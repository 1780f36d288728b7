"""A document that a caller wrote → a `Document` that the client sends, with what the caller need not think of.

Added to it are the ``@idempotent`` directive where Shopify asks for one, and the user errors of a mutation, without
which nobody could tell whether it was carried out. Data comes back under the caller's own names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    NameNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    print_ast,
)
from graphql.language import NamedTypeNode

from atom_shopify_plugin.official.idempotency import DIRECTIVE, REQUIRED
from atom_shopify_plugin.official.requests import Request
from atom_shopify_plugin.shopify.documents import HARMLESS, Document
from atom_shopify_plugin.shopify.user_errors import errors_of

__all__ = ["KEY", "document_of", "own_part"]

KEY = "idempotency_key"
"""The variable that holds the key of ``@idempotent``; the client fills it in where the caller leaves it out."""
_ADDED = "atom_"


def document_of(request: Request, variables: Mapping[str, Any]) -> Document:
    """Return what is sent for a request with these variables; a mutation's must have one root field."""
    operation = request.operation
    name = request.name or ("AnyQuery" if request.kind == "query" else "AnyMutation")
    declared = tuple(operation.variable_definitions or ())
    selections = tuple(operation.selection_set.selections)
    keyed = False
    if request.kind == "mutation":
        (root,) = request.roots
        keyed = any(directive.name.value == DIRECTIVE for directive in root.directives or ())
        if root in selections:
            if root.name.value in REQUIRED and not keyed:
                keyed = True
                directive = _directive()
                if KEY not in {node.variable.name.value for node in declared}:
                    declared = (*declared, _declared())
            else:
                directive = None
            selections = tuple(_completed(root, directive) if node is root else node for node in selections)
    sent = OperationDefinitionNode(
        operation=operation.operation,
        name=NameNode(value=name),
        variable_definitions=declared,
        directives=operation.directives,
        selection_set=SelectionSetNode(selections=selections),
    )
    others = tuple(node for node in request.document.definitions if node is not operation)
    roots = {node.name.value for node in request.roots}
    return Document(
        name=name,
        kind="mutation" if request.kind == "mutation" and not roots <= HARMLESS else "query",
        text=print_ast(DocumentNode(definitions=(sent, *others))),
        variables=frozenset(node.variable.name.value for node in declared),
        required=frozenset(
            node.variable.name.value
            for node in declared
            if isinstance(node.type, NonNullTypeNode) and node.default_value is None
        ),
        idempotent=keyed,
        root_fields=tuple(_key(node) for node in request.roots),
        points=float(request.points(variables)),
    )


def own_part(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer without what was added to the document."""
    return {name: _without(value) if isinstance(value, dict) else value for name, value in data.items()}


def _without(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if not (name.startswith(_ADDED) and "errors" in name)}


def _completed(root: FieldNode, directive: DirectiveNode | None) -> FieldNode:
    chosen = root.selection_set.selections if root.selection_set else ()
    return FieldNode(
        alias=root.alias,
        name=root.name,
        arguments=root.arguments,
        directives=(*(root.directives or ()), *([directive] if directive else [])),
        selection_set=SelectionSetNode(selections=(*chosen, *errors_of(root.name.value, _ADDED))),
    )


def _directive() -> DirectiveNode:
    value = VariableNode(name=NameNode(value=KEY))
    return DirectiveNode(
        name=NameNode(value=DIRECTIVE), arguments=(ArgumentNode(name=NameNode(value="key"), value=value),)
    )


def _declared() -> VariableDefinitionNode:
    return VariableDefinitionNode(
        variable=VariableNode(name=NameNode(value=KEY)),
        type=NonNullTypeNode(type=NamedTypeNode(name=NameNode(value="String"))),
        directives=(),
    )


def _key(node: FieldNode) -> str:
    return (node.alias or node.name).value
