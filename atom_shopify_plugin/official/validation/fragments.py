"""Fragments.

FragmentTypesExist, FragmentsAreOnCompositeTypes, FragmentSpreadsArePossible, FragmentNamesAreUnique,
FragmentsAreNamed, FragmentsAreUsed, FragmentsAreFinite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, OperationDefinitionNode

from atom_shopify_plugin.official.table import OfficialSchema, Type
from atom_shopify_plugin.official.validation.faults import Faults, Step

__all__ = ["Fragments", "condition", "is_named"]

Path = Sequence[Step]
Definition = OperationDefinitionNode | FragmentDefinitionNode


def is_named(faults: Faults, node: FragmentDefinitionNode, path: Path) -> None:
    """Check that a fragment has a name."""
    if not node.name.value:
        faults.add("Fragment definition has no name", [node], path, "anonymousFragment")


def condition(
    schema: OfficialSchema, faults: Faults, node: FragmentDefinitionNode | InlineFragmentNode, name: str, path: Path
) -> Type | None:
    """Return the type that a fragment is on; report one that does not exist or has no fields."""
    kind = schema.type(name)
    if kind is None:
        message = f"No such type {name}, so it can't be a fragment condition"
        faults.add(message, [node], path, "undefinedType", typeName=name)
        return None
    if not kind.is_composite:
        message = f"Invalid fragment on type {name} (must be Union, Interface or Object)"
        faults.add(message, [node], path, "fragmentOnNonCompositeType", typeName=name)
        return None
    return kind


@dataclass(frozen=True, slots=True)
class _Spread:
    node: FragmentSpreadNode
    parent: Type
    path: list[Step]


@dataclass
class Fragments:
    """The fragments of a document and where they are spread; `visited` has the paths of those that were walked."""

    schema: OfficialSchema
    faults: Faults
    named: Mapping[str, FragmentDefinitionNode]
    definitions: Sequence[FragmentDefinitionNode]
    visited: dict[int, list[Step]] = field(default_factory=dict)
    _spreads: list[_Spread] = field(default_factory=list)
    _within: dict[int, list[_Spread]] = field(default_factory=dict)  # by the id of the definition that holds them
    _users: dict[str, dict[int, Definition]] = field(default_factory=dict)

    def spread(self, node: FragmentSpreadNode, parent: Type, holder: Definition, path: Path) -> None:
        """Note that `holder` spreads a fragment within `parent`."""
        spread = _Spread(node, parent, list(path))
        self._spreads.append(spread)
        self._within.setdefault(id(holder), []).append(spread)
        self._users.setdefault(node.name.value, {})[id(holder)] = holder

    def may_stand(self, node: InlineFragmentNode | FragmentSpreadNode, kind: Type, parent: Type, path: Path) -> None:
        """Check that a value of `parent` may be of the fragment's type."""
        if kind.kind not in ("OBJECT", "INTERFACE") or kind.name == parent.name or kind.possible & parent.possible:
            return
        name = f" {node.name.value}" if isinstance(node, FragmentSpreadNode) else ""
        message = f"Fragment{name} on {kind.name} can't be spread inside {parent.name}"
        extensions = {"typeName": kind.name, "fragmentName": name or "unknown", "parentName": parent.name}
        self.faults.add(message, [node], path, "cannotSpreadFragment", **extensions)

    def finish(self) -> None:
        """Report what shows when the whole document was walked."""
        for spread in self._spreads:
            fragment = self.named.get(spread.node.name.value)
            kind = self.schema.type(fragment.type_condition.name.value) if fragment else None
            if kind is not None:
                self.may_stand(spread.node, kind, spread.parent, spread.path)
        unused = self._resolve()
        for spreads in self._within.values():
            for spread in spreads:
                if spread.node.name.value not in self.named:
                    self._loose(spread.node, f"{spread.node.name.value} was used, but not defined", spread.path)
        for fragment in unused:
            if fragment.name.value and (path := self.visited.get(id(fragment))) is not None:
                self._loose(fragment, f"{fragment.name.value} was defined, but not used", path)
        for fragment in self.definitions:
            open_ends = [entry for entry in self._within.get(id(fragment), ()) if entry.node.name.value in self.named]
            if open_ends and (path := self.visited.get(id(fragment))) is not None:
                message = f"Fragment {fragment.name.value} contains an infinite loop"
                self.faults.add(message, [fragment], path, "infiniteLoop", fragmentName=fragment.name.value)
        self._check_names()

    def _loose(self, node: FragmentSpreadNode | FragmentDefinitionNode, what: str, path: Path) -> None:
        name = node.name.value
        self.faults.add(f"Fragment {what}", [node], path, "useAndDefineFragment", fragmentName=name)

    def _resolve(self) -> list[FragmentDefinitionNode]:
        """Take away every spread that leads to an end; return the fragments that nobody spreads.

        What is left in `_within` leads to a fragment that does not exist or in a circle.
        """
        ready = [fragment for fragment in self.definitions if id(fragment) not in self._within]
        unused, done = [], set()
        while ready:
            fragment = ready.pop()
            name = fragment.name.value
            if name in done:
                continue
            done.add(name)
            users = self._users.get(name, {})
            if not users:
                unused.append(fragment)
            for user in users.values():
                left = [spread for spread in self._within.get(id(user), ()) if spread.node.name.value != name]
                self._within[id(user)] = left
                if not left and isinstance(user, FragmentDefinitionNode) and user.name.value != name:
                    ready.append(user)
        return unused

    def _check_names(self) -> None:
        named: dict[str, list[FragmentDefinitionNode]] = {}
        for fragment in self.definitions:
            named.setdefault(fragment.name.value, []).append(fragment)
        for name, entries in named.items():
            if len(entries) > 1:
                message = f'Fragment name "{name}" must be unique'
                self.faults.add(message, entries, [], "fragmentNotUnique", fragmentName=name)
