"""Which operations come to a fragment, and so which variables may be used in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
)

__all__ = ["Reach"]

Definition = OperationDefinitionNode | FragmentDefinitionNode
Declared = Mapping[str, VariableDefinitionNode]


class Reach:
    """Follows spreads from the operations, once it is asked."""

    def __init__(self, document: DocumentNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._document = document
        self._fragments = fragments
        self._own: dict[int, Declared] = {}

    def declared(self, holder: Definition | None) -> Sequence[Declared]:
        """Return the variables by name of each operation in which a definition takes part, itself included."""
        if isinstance(holder, OperationDefinitionNode):
            return [self._variables(holder)]
        return [] if holder is None else self._operations.get(holder.name.value, [])

    def _variables(self, node: OperationDefinitionNode) -> Declared:
        known = self._own.get(id(node))
        if known is None:
            known = {entry.variable.name.value: entry for entry in node.variable_definitions or ()}
            self._own[id(node)] = known
        return known

    @cached_property
    def _operations(self) -> dict[str, list[Declared]]:
        """The variables of the operations that come to a fragment, by its name."""
        found: dict[str, list[Declared]] = {}
        spreads = {name: _spreads(node.selection_set) for name, node in self._fragments.items()}
        for node in self._document.definitions:
            if not isinstance(node, OperationDefinitionNode):
                continue
            waiting, seen = list(_spreads(node.selection_set)), set()
            while waiting:
                name = waiting.pop()
                if name not in seen:
                    seen.add(name)
                    found.setdefault(name, []).append(self._variables(node))
                    waiting += spreads.get(name, ())
        return found


def _spreads(selections: SelectionSetNode | None) -> set[str]:
    names: set[str] = set()
    waiting = [selections]
    while waiting:
        current = waiting.pop()
        for node in current.selections if current else ():
            if isinstance(node, FragmentSpreadNode):
                names.add(node.name.value)
            elif isinstance(node, FieldNode | InlineFragmentNode):
                waiting.append(node.selection_set)
    return names
