"""Directives: DirectivesAreDefined, DirectivesAreInValidLocations, UniqueDirectivesPerLocation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    VariableDefinitionNode,
)

from atom_shopify_plugin.official.table import Directive, OfficialSchema
from atom_shopify_plugin.official.validation.faults import Faults, Step, location

__all__ = ["Directives"]

Path = Sequence[Step]

# How messages call the places; the definitions of types have no such name.
_PLACES = {
    "QUERY": "queries",
    "MUTATION": "mutations",
    "SUBSCRIPTION": "subscriptions",
    "FIELD": "fields",
    "FRAGMENT_DEFINITION": "fragment definitions",
    "FRAGMENT_SPREAD": "fragment spreads",
    "INLINE_FRAGMENT": "inline fragments",
    "VARIABLE_DEFINITION": "variable definitions",
}
_NODES: dict[type[Node], str] = {
    FieldNode: "FIELD",
    FragmentDefinitionNode: "FRAGMENT_DEFINITION",
    FragmentSpreadNode: "FRAGMENT_SPREAD",
    InlineFragmentNode: "INLINE_FRAGMENT",
    VariableDefinitionNode: "VARIABLE_DEFINITION",
}


class Directives:
    """Checks the directives of a document."""

    def __init__(self, schema: OfficialSchema, faults: Faults) -> None:
        self._schema = schema
        self._faults = faults
        self._unknown: dict[str, dict[str, Any]] = {}

    def defined(self, node: DirectiveNode, path: Path) -> Directive | None:
        """Return the directive that a node names; one error lists all places of one that does not exist."""
        name = node.name.value
        known = self._schema.directive(name)
        if known is None:
            if name not in self._unknown:
                message = f"Directive @{name} is not defined"
                self._unknown[name] = self._faults.add(message, [], path, "undefinedDirective", directiveName=name)
            self._unknown[name]["locations"].append(location(node))
        return known

    def may_stand(self, node: DirectiveNode, directive: Directive, holder: Node, path: Path) -> None:
        """Check that a directive stands where it may."""
        where = holder.operation.name if isinstance(holder, OperationDefinitionNode) else _NODES[type(holder)]
        if where in directive.locations:
            return
        allowed = ", ".join(_PLACES.get(place, "") for place in directive.locations)
        message = f"'@{directive.name}' can't be applied to {_PLACES[where]} (allowed: {allowed})"
        extensions = {"targetName": _PLACES[where], "name": directive.name}
        self._faults.add(message, [node], path, "directiveCannotBeApplied", **extensions)

    def are_unique(self, nodes: Sequence[DirectiveNode] | None, path: Path) -> None:
        """Check that no directive stands twice at one place, unless it may."""
        first: dict[str, DirectiveNode] = {}
        errors: dict[str, dict[str, Any]] = {}
        for node in nodes or ():
            name = node.name.value
            if name in errors:
                errors[name]["locations"].append(location(node))
            elif name in first:
                message = f'The directive "{name}" can only be used once at this location.'
                code = "directiveNotUniqueForLocation"
                errors[name] = self._faults.add(message, [first[name], node], path, code, directiveName=name)
            elif not ((known := self._schema.directive(name)) and known.is_repeatable):
                first[name] = node
