"""FieldsWillMerge: fields of one response key must be the same field with the same arguments.

Fields are collected through all fragments and compared in pairs. That they return different types is no conflict at
Shopify (seen on live stores: ``status`` of two enums in one answer).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from graphql import FieldNode, FragmentDefinitionNode, InlineFragmentNode, SelectionNode, SelectionSetNode, print_ast

from atom_shopify_plugin.sandbox.official import Field, OfficialSchema, Type
from atom_shopify_plugin.sandbox.scalars import written
from atom_shopify_plugin.sandbox.validation.faults import Faults
from atom_shopify_plugin.sandbox.validation.texts import printed

__all__ = ["Merging"]

FEW = 4  # so many fields are compared each with each; of more, those that read alike are compared once


@dataclass(frozen=True, slots=True)
class _Part:
    """One field as it is selected: `parents` are the types of the fragments around it."""

    node: FieldNode
    declared: Field | None
    parents: tuple[str, ...]

    @property
    def selections(self) -> Sequence[SelectionNode]:
        return self.node.selection_set.selections if self.node.selection_set else ()


Parts = dict[str, list[_Part]]


@dataclass
class _Conflict:
    nodes: list[FieldNode]
    shown: list[str]

    def add(self, node: FieldNode, shown: str) -> None:
        if not any(node is other for other in self.nodes):
            self.nodes.append(node)
            self.shown.append(shown)


class Merging:
    """Checks the selection sets of a document."""

    def __init__(self, schema: OfficialSchema, faults: Faults, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._faults = faults
        self._fragments = fragments
        self._compared: set[tuple[int, int]] = set()
        self._collected: dict[int, Parts] = {}
        self._conflicts: dict[tuple[str, str], _Conflict] = {}

    def check(self, selections: SelectionSetNode | None, parent: Type | None) -> None:
        """Report the conflicts within a selection set and between the sets that it merges."""
        if selections is None or parent is None or not _may_conflict(selections.selections):
            return
        self._conflicts = {}
        for key, parts in self._collect(selections.selections, parent, ()).items():
            for first, second in _pairs(parts):
                self._compare(key, first, second, apart=False)
        for kind in dict.fromkeys(kind for kind, _key in self._conflicts):
            for (other, key), conflict in self._conflicts.items():
                if other == kind:
                    self._report(kind, key, conflict)

    def _report(self, kind: str, key: str, conflict: _Conflict) -> None:
        listed = " or ".join(conflict.shown)
        article = "an" if kind == "argument" else "a"
        message = f"Field '{key}' has {article} {kind} conflict: {listed}?"
        self._faults.add(message, conflict.nodes, [], "fieldConflict", fieldName=key, conflicts=listed)

    def _compare(self, key: str, first: _Part, second: _Part, *, apart: bool) -> None:
        if first.declared is None or second.declared is None:
            return
        apart = apart or self._never_meet(first.parents, second.parents)
        if not apart:
            if first.node.name.value != second.node.name.value:
                self._add("field", key, (first.node, second.node), lambda node: node.name.value)
            if _arguments(first.node) != _arguments(second.node):
                self._add("argument", key, (first.node, second.node), lambda node: written(_arguments(node)))
        if first.node is not second.node and (first.selections or second.selections):
            self._compare_below(first, second, apart=apart)

    def _compare_below(self, first: _Part, second: _Part, *, apart: bool) -> None:
        pair = id(first.node), id(second.node)
        if pair in self._compared:
            return
        self._compared.add(pair)
        left, right = self._below(first), self._below(second)
        for key, parts in left.items():
            for one in parts:
                for other in right.get(key, ()):
                    self._compare(key, one, other, apart=apart)

    def _add(self, kind: str, key: str, nodes: Iterable[FieldNode], show: Callable[[FieldNode], str]) -> None:
        conflict = self._conflicts.setdefault((kind, key), _Conflict([], []))
        for node in nodes:
            conflict.add(node, show(node))

    def _below(self, part: _Part) -> Parts:
        known = self._collected.get(id(part.node))
        if known is None:
            kind = self._schema.type(part.declared.named) if part.declared else None
            known = self._collected[id(part.node)] = (
                {} if kind is None else self._collect(part.selections, kind, (kind.name,))
            )
        return known

    def _collect(self, selections: Sequence[SelectionNode], parent: Type, parents: tuple[str, ...]) -> Parts:
        """Return the fields by response key, those of fragments behind those that stand beside them."""
        found: Parts = {}
        seen: set[str] = set()

        def collect(selections: Sequence[SelectionNode], parent: Type, parents: tuple[str, ...]) -> None:
            spreads = []
            for node in selections:
                if isinstance(node, FieldNode):
                    key = node.alias.value if node.alias else node.name.value
                    part = _Part(node, self._schema.field(parent, node.name.value), parents)
                    found.setdefault(key, []).append(part)
                elif isinstance(node, InlineFragmentNode):
                    kind = self._schema.type(node.type_condition.name.value) if node.type_condition else parent
                    if kind is not None:
                        collect(node.selection_set.selections, kind, (*parents, kind.name))
                else:
                    spreads.append(node.name.value)  # type: ignore[attr-defined]  # the third kind is a spread
            for name in spreads:
                fragment = None if name in seen else self._fragments.get(name)
                seen.add(name)
                kind = self._schema.type(fragment.type_condition.name.value) if fragment else None
                if fragment is not None and kind is not None:
                    collect(fragment.selection_set.selections, kind, (*parents, kind.name))

        collect(selections, parent, parents)
        return found

    def _never_meet(self, left: tuple[str, ...], right: tuple[str, ...]) -> bool:
        """Tell whether no object can be in both places. Places of other depths count as apart, as in graphql-ruby."""
        if not left or not right:
            return False
        if len(left) != len(right):
            return True
        for one, other in zip(left, right, strict=True):
            if one != other:
                first, second = self._schema.type(one), self._schema.type(other)
                if first is None or second is None or not first.possible & second.possible:
                    return True
        return False


def _may_conflict(selections: Sequence[SelectionNode]) -> bool:
    """Tell cheaply whether two selections of a set can have one response key."""
    keys = set()
    for node in selections:
        if not isinstance(node, FieldNode):
            return True
        key = node.alias.value if node.alias else node.name.value
        if key in keys:
            return True
        keys.add(key)
    return False


def _pairs(parts: list[_Part]) -> Iterable[tuple[_Part, _Part]]:
    if len(parts) > FEW:
        alike: dict[tuple[str, ...], _Part] = {}
        for part in parts:
            alike.setdefault((print_ast(part.node), *part.parents), part)
        parts = list(alike.values())
    return combinations(parts, 2)


def _arguments(node: FieldNode) -> dict[str, str]:
    return {argument.name.value: printed(argument.value) for argument in node.arguments or ()}
