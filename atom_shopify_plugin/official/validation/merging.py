"""FieldsWillMerge: fields of one response key must be the same field with the same arguments.

Fields are collected through all fragments and compared in groups, so that thousands of one key take no longer than
others. That they return different types is no conflict at Shopify (seen on live stores: ``status`` of two enums in one
answer).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from graphql import FieldNode, FragmentDefinitionNode, InlineFragmentNode, SelectionNode, SelectionSetNode

from atom_shopify_plugin.official.scalars import written
from atom_shopify_plugin.official.table import Field, OfficialSchema, Type
from atom_shopify_plugin.official.validation.faults import Faults
from atom_shopify_plugin.official.validation.texts import printed

__all__ = ["Merging"]


@dataclass(frozen=True, slots=True)
class _Part:
    """One field as it is selected: `parents` are the types of the fragments around it."""

    node: FieldNode
    declared: Field | None
    parents: tuple[str, ...]


Parts = dict[str, list[_Part]]
# Fields of one response key, each with the field or set that it comes from: those of one origin are compared elsewhere.
Group = list[tuple[int, _Part]]


class Merging:
    """Checks the selection sets of a document."""

    def __init__(self, schema: OfficialSchema, faults: Faults, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._faults = faults
        self._fragments = fragments
        self._compared: set[frozenset[tuple[int, int]]] = set()
        self._collected: dict[int, Parts] = {}
        self._conflicts: dict[tuple[str, str], dict[int, FieldNode]] = {}

    def check(self, selections: SelectionSetNode | None, parent: Type | None) -> None:
        """Report the conflicts within a selection set and between the sets that it merges."""
        if selections is None or parent is None or not _may_conflict(selections.selections):
            return
        self._conflicts = {}
        for key, parts in self._collect(selections.selections, parent, ()).items():
            self._compare(key, [(id(part.node), part) for part in parts])
        for kind in dict.fromkeys(kind for kind, _key in self._conflicts):
            for (other, key), nodes in self._conflicts.items():
                if other == kind:
                    self._report(kind, key, list(nodes.values()))

    def _report(self, kind: str, key: str, nodes: list[FieldNode]) -> None:
        listed = " or ".join(node.name.value if kind == "field" else written(_arguments(node)) for node in nodes)
        article = "an" if kind == "argument" else "a"
        message = f"Field '{key}' has {article} {kind} conflict: {listed}?"
        self._faults.add(message, nodes, [], "fieldConflict", fieldName=key, conflicts=listed)

    def _compare(self, key: str, group: Group) -> None:
        """Compare the fields that can be of one object: those within the same fragments, or within ones that meet."""
        places: dict[tuple[str, ...], Group] = {}
        for origin, part in group:
            if part.declared is not None:
                places.setdefault(part.parents, []).append((origin, part))
        for entries in places.values():
            self._meet(key, entries)
        for first, second in combinations(places, 2):
            if not self._never_meet(first, second):
                self._meet(key, [*places[first], *places[second]])

    def _meet(self, key: str, group: Group) -> None:
        """Compare each field with each of another origin, and then what is selected on them."""
        compared = frozenset((origin, id(part.node)) for origin, part in group)
        if len(compared) < 2 or compared in self._compared:
            return
        self._compared.add(compared)
        self._note("field", key, group, [part.node.name.value for _origin, part in group])
        self._note("argument", key, group, [tuple(sorted(_arguments(part.node).items())) for _origin, part in group])
        below: dict[str, Group] = {}
        for part in {id(part.node): part for _origin, part in group}.values():
            for inner, parts in self._below(part).items():
                below.setdefault(inner, []).extend((id(part.node), entry) for entry in parts)
        for inner, entries in below.items():
            if len({origin for origin, _part in entries}) > 1:
                self._compare(inner, entries)

    def _note(self, kind: str, key: str, group: Group, values: Sequence[Hashable]) -> None:
        """Note the fields that differ from one of another origin: the first, those unlike it, those like it."""
        if len(set(values)) < 2:
            return
        origins = [origin for origin, _part in group]
        like, near = Counter(values), Counter(origins)
        both = Counter(zip(origins, values, strict=True))
        differing = [
            (value, part.node)
            for (origin, part), value in zip(group, values, strict=True)
            if len(group) - near[origin] - like[value] + both[origin, value] > 0
        ]
        if differing:
            nodes = self._conflicts.setdefault((kind, key), {})
            head, first = differing[0]
            others = [node for value, node in differing if value != head]
            for node in (first, *others, *(node for value, node in differing if value == head)):
                nodes.setdefault(id(node), node)

    def _below(self, part: _Part) -> Parts:
        known = self._collected.get(id(part.node))
        if known is None:
            kind = self._schema.type(part.declared.named) if part.declared and part.node.selection_set else None
            known = self._collected[id(part.node)] = (
                {}
                if kind is None or part.node.selection_set is None
                else self._collect(part.node.selection_set.selections, kind, (kind.name,))
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


def _arguments(node: FieldNode) -> dict[str, str]:
    return {argument.name.value: printed(argument.value) for argument in node.arguments or ()}
