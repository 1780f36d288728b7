"""What a valid document may cost, in points, before Shopify has told it.

The rules are those of the sandbox's `cost`, which were fitted to observed costs: a scalar is free, an object costs 1, a
connection ``2 + ⌊2 ln n⌋ × (1 + its node)``, a mutation 10, and `cost_tables` names what departs from that. Of the
objects that an abstract type may be the dearest counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from atom_shopify_plugin.official.cost_tables import COUNT_COST, FIELDS, MUTATION_COST, MUTATIONS, ROWS, TYPES
from atom_shopify_plugin.official.selected import fragments_of
from atom_shopify_plugin.official.table import Field, OfficialSchema, Type

__all__ = ["points"]

_LARGEST_PAGE = 250
_CONNECTION = 2


def points(
    schema: OfficialSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """Return the points that Shopify will probably ask for."""
    root = schema.root(operation.operation.value)
    counted = _Count(schema, document, operation, variables)
    return 1 if root is None else max(1, math.floor(counted.of_root(operation.selection_set, root) + 0.5))


class _Count:
    def __init__(
        self,
        schema: OfficialSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = fragments_of(document)
        defaults = {
            node.variable.name.value: int(node.default_value.value)
            for node in operation.variable_definitions or ()
            if isinstance(node.default_value, IntValueNode)
        }
        self._variables = {**defaults, **variables}
        self._spread: dict[tuple[str, bool], float] = {}
        self._mutates = operation.operation.value == "mutation"

    def of_root(self, selections: SelectionSetNode, root: Type) -> float:
        return self._below(selections, root, at_root=True)

    def _below(self, selections: SelectionSetNode, parent: Type, *, at_root: bool = False) -> float:
        """Return what is selected on an object: its fields and, of fragments for several types, the dearest."""
        own, branches = 0.0, [0.0]
        for node in selections.selections:
            if isinstance(node, FieldNode):
                field = self._schema.field(parent, node.name.value)
                if field is not None:
                    own += self._root(parent, node, field) if at_root else self._field(parent, node, field)
                continue
            if isinstance(node, FragmentSpreadNode):
                condition, cost = self._fragment(node.name.value, at_root)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else parent.name
                cost = self._within(node.selection_set, condition, at_root)
            else:
                continue
            kind = self._schema.type(condition)
            if kind is not None and kind.kind == "OBJECT" and condition != parent.name:
                branches.append(cost)
            else:
                own += cost
        return own + max(branches)

    def _fragment(self, name: str, at_root: bool) -> tuple[str, float]:
        fragment = self._fragments[name]
        condition = fragment.type_condition.name.value
        if (name, at_root) not in self._spread:
            self._spread[name, at_root] = self._within(fragment.selection_set, condition, at_root)
        return condition, self._spread[name, at_root]

    def _within(self, selections: SelectionSetNode, condition: str, at_root: bool) -> float:
        kind = self._schema.type(condition)
        return 0.0 if kind is None else self._below(selections, kind, at_root=at_root)

    def _root(self, parent: Type, node: FieldNode, field: Field) -> float:
        kind = self._schema.type(field.named)
        if not self._mutates:
            if node.name.value.endswith("Count") and field.named == "Count":
                return COUNT_COST
            return self._field(parent, node, field)
        own = MUTATIONS.get(node.name.value, MUTATION_COST)
        if kind is None or node.selection_set is None:
            return own
        return own + self._payload(node.selection_set, kind)

    def _fields(self, selections: SelectionSetNode, seen: set[str] | None = None) -> Iterator[FieldNode]:
        """Yield the fields of an object that has one type, each fragment once."""
        seen = set() if seen is None else seen
        for node in selections.selections:
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._fields(node.selection_set, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                yield from self._fields(self._fragments[node.name.value].selection_set, seen)

    def _payload(self, selections: SelectionSetNode, payload: Type) -> float:
        """Count the members of a payload: an object right under it is free, what it holds is not."""
        cost = 0.0
        for node in self._fields(selections):
            field = self._schema.field(payload, node.name.value)
            if field is None or node.selection_set is None:
                continue
            kind = self._schema.type(field.named)
            cost += self._field(payload, node, field)
            if kind is not None and not _is_free(node) and not _is_connection(kind):
                cost -= TYPES.get(kind.name, 1)
        return cost

    def _field(self, parent: Type, node: FieldNode, field: Field) -> float:
        kind = self._schema.type(field.named)
        own = FIELDS.get((parent.name, node.name.value))
        if kind is None or node.selection_set is None:
            return own or 0
        if _is_free(node) or parent.name.startswith("__"):
            return 0
        if not _is_connection(kind):
            return (TYPES.get(kind.name, 1) if own is None else own) + self._below(node.selection_set, kind)
        size = self._page(node)
        times = max(1, math.floor(2 * math.log(size))) if size > 0 else 0
        return _CONNECTION + self._rows(node.selection_set, kind, times)

    def _rows(self, selections: SelectionSetNode, kind: Type, times: int) -> float:
        cost = 0.0
        for node in self._fields(selections):
            field = self._schema.field(kind, node.name.value)
            if field is None:
                continue
            if node.name.value not in ("nodes", "edges"):
                cost += self._field(kind, node, field)
                continue
            below = self._schema.type(field.named)
            row = self._row(node, below) if below is not None else 0.0
            cost += times * (1 + ROWS.get(kind.name, 0) + row)
        return cost

    def _row(self, node: FieldNode, kind: Type) -> float:
        """Return what a row costs beside its own point: an edge and its node cost what the node holds."""
        if node.selection_set is None:
            return 0.0
        cost = self._below(node.selection_set, kind)
        if node.name.value == "edges":
            inner = self._schema.field(kind, "node")
            cost -= TYPES.get(inner.named, 1) if inner is not None and _asks(node.selection_set, "node") else 0
        return cost

    def _page(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value in ("first", "last"):
                value = argument.value
                if isinstance(value, IntValueNode):
                    return int(value.value)
                size = self._variables.get(value.name.value) if isinstance(value, VariableNode) else None
                if isinstance(size, int):
                    return size
        return _LARGEST_PAGE


def _asks(selections: SelectionSetNode, name: str) -> bool:
    return any(isinstance(node, FieldNode) and node.name.value == name for node in selections.selections)


def _is_connection(kind: Type) -> bool:
    return kind.name.endswith("Connection")


def _is_free(node: FieldNode) -> bool:
    return node.name.value.lower().endswith("usererrors")
