"""A GraphQL request as somebody else wrote it, checked against the whole official schema before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
)

from atom_shopify_plugin.official import selected, weight
from atom_shopify_plugin.official.coercion import variable_errors
from atom_shopify_plugin.official.selected import fragments_of
from atom_shopify_plugin.official.table import official
from atom_shopify_plugin.official.validation import parsed, static_errors, syntax_error

__all__ = ["Request", "UnfitDocument", "read"]

Json = dict[str, Any]


class UnfitDocument(ValueError):
    """A text is no request that Shopify would run. `errors` are in the shapes of Shopify's answers."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@dataclass(frozen=True)
class Request:
    """A valid document with exactly one operation.

    `kind` is ``query`` or ``mutation``; `roots` are the root fields by their names in the schema, each as often as it
    is selected.
    """

    document: DocumentNode
    operation: OperationDefinitionNode
    roots: tuple[FieldNode, ...]

    @property
    def kind(self) -> str:
        return str(self.operation.operation.value)

    @property
    def name(self) -> str | None:
        return self.operation.name.value if self.operation.name else None

    @property
    def needs(self) -> list[tuple[str, ...]]:
        """The scopes that it asks for, as groups of which any one opens what is asked for."""
        return selected.needs(official(), self.document, self.operation)

    def deprecated(self, variables: Mapping[str, Any]) -> list[str]:
        """Return the deprecated names that it uses."""
        return selected.deprecated(official(), self.document, self.operation, variables)

    def faults(self, variables: Mapping[str, Any]) -> list[Json]:
        """Return what is wrong with its variables: one error per variable, with its ``problems``."""
        return variable_errors(official(), self.operation, variables)

    def undeclared(self, variables: Mapping[str, Any]) -> list[str]:
        """Return the names of variables that it does not declare."""
        declared = {node.variable.name.value for node in self.operation.variable_definitions or ()}
        return sorted(set(variables) - declared)

    def points(self, variables: Mapping[str, Any]) -> int:
        """Return the points that Shopify will probably ask for."""
        return weight.points(official(), self.document, self.operation, variables)


@lru_cache(maxsize=64)
def read(text: str) -> Request:
    """Read a document; raise `UnfitDocument` for one that is not valid, or that has no or several operations."""
    try:
        document = parsed(text)
        errors = static_errors(official(), document)
    except GraphQLSyntaxError as problem:
        raise UnfitDocument([syntax_error(problem, text)]) from None
    except RecursionError:
        raise UnfitDocument([_plain("The document is nested too deeply.")]) from None
    if errors:
        raise UnfitDocument(errors)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        raise UnfitDocument([_plain(f"A document must hold one operation; this one holds {len(operations)}.")])
    (operation,) = operations
    return Request(document, operation, tuple(_roots(document, operation)))


def _roots(document: DocumentNode, operation: OperationDefinitionNode) -> list[FieldNode]:
    fragments, found, seen = fragments_of(document), list[FieldNode](), set[str]()
    waiting = list(reversed(operation.selection_set.selections))
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            found.append(node)
        elif isinstance(node, InlineFragmentNode):
            waiting += reversed(node.selection_set.selections)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            waiting += reversed(fragments[node.name.value].selection_set.selections)
    return found


def _plain(message: str) -> Json:
    return {"message": message, "locations": [], "path": [], "extensions": {"code": "document"}}
