"""What an operation selects: fields by response key, fragments resolved, variables put in.

Reading never fails: what the schema does not know is passed over, because validation refuses it anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SchemaMetaFieldDef,
    SelectionSetNode,
    TypeMetaFieldDef,
    Undefined,
    get_named_type,
    is_leaf_type,
    value_from_ast_untyped,
)

__all__ = ["Abstract", "Part", "Selections"]

Abstract = GraphQLInterfaceType | GraphQLUnionType
_INTROSPECTION = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


class Part:
    """One response key: its field, the type that declares it, and everything selected below it.

    `declared` is the field of the schema and `kind` its named type, `None` where there is none. `is_leaf` holds for
    scalars and enums, and for what the schema does not know.
    """

    __slots__ = ("below", "declared", "is_leaf", "kind", "name", "node", "parent")

    def __init__(self, parent: GraphQLNamedType, node: FieldNode) -> None:
        self.parent = parent
        self.node = node
        self.name = node.name.value
        self.below: list[SelectionSetNode] = []
        self.declared: Any = getattr(parent, "fields", {}).get(self.name) or _INTROSPECTION.get(self.name)
        self.kind: GraphQLNamedType | None = None if self.declared is None else get_named_type(self.declared.type)
        self.is_leaf = self.kind is None or is_leaf_type(self.kind)


class Selections:
    """The selections of one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None
        }
        self._variables = {**defaults, **variables}
        self._known: dict[tuple[str, tuple[int, ...]], dict[str, Part]] = {}

    def parts(self, kind: GraphQLNamedType, sets: Sequence[SelectionSetNode]) -> dict[str, Part]:
        """Collect the fields selected on `kind`, merged by response key; the same for each row, so kept."""
        place = (kind.name, tuple(map(id, sets)))
        if (known := self._known.get(place)) is not None:
            return known
        parts = self._known[place] = {}
        for node in self._selected(kind, sets):
            key = node.alias.value if node.alias else node.name.value
            part = parts.get(key)
            if part is None:
                part = parts[key] = Part(kind, node)
            if node.selection_set is not None:
                part.below.append(node.selection_set)
        return parts

    def options(self, kind: Abstract, sets: Sequence[SelectionSetNode]) -> list[dict[str, Part]]:
        """Collect the fields for each concrete type that fragments tell apart, and once for all the others."""
        possible = {option.name: option for option in self._schema.get_possible_types(kind)}
        named = [name for name in self._conditions(sets) if name in possible]
        others = [name for name in possible if name not in named]
        return [self.parts(possible[name], sets) for name in [*named, *others[:1]]]

    def arguments(self, node: Any) -> dict[str, Any]:
        """Return the arguments of a field or directive as plain values, without those whose variable has none."""
        values = {
            argument.name.value: value_from_ast_untyped(argument.value, self._variables)
            for argument in node.arguments or ()
        }
        return {name: value for name, value in values.items() if value is not Undefined}

    def page(self, part: Part) -> int:
        """Return how many rows a connection asks for, 0 where it does not say."""
        for argument in part.node.arguments or ():
            if argument.name.value in ("first", "last"):
                size = value_from_ast_untyped(argument.value, self._variables)
                if isinstance(size, int | float):  # JSON may write a whole number as 5.0
                    return int(size)
        return 0

    def _selected(
        self, kind: GraphQLNamedType, sets: Sequence[SelectionSetNode], seen: set[str] | None = None
    ) -> Iterator[FieldNode]:
        """Yield the fields selected on `kind`; a fragment counts once, however often it is spread."""
        seen = set() if seen is None else seen
        for selections in sets:
            for node in selections.selections:
                if not self._included(node):
                    continue
                if isinstance(node, FieldNode):
                    yield node
                    continue
                fragment = self._fragment(node)
                if fragment is None or (fragment is not node and fragment.name.value in seen):
                    continue
                if fragment is not node:
                    seen.add(fragment.name.value)
                condition = fragment.type_condition.name.value if fragment.type_condition else kind.name
                if condition == kind.name or self._covers(condition, kind):
                    yield from self._selected(kind, [fragment.selection_set], seen)

    def _covers(self, condition: str, kind: GraphQLNamedType) -> bool:
        abstract = self._schema.type_map.get(condition)
        return (
            isinstance(abstract, Abstract)
            and isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
            and self._schema.is_sub_type(abstract, kind)
        )

    def _conditions(self, sets: Sequence[SelectionSetNode], seen: set[str] | None = None) -> dict[str, None]:
        """Name the concrete types that fragments ask for, those below an interface included, in order."""
        seen = set() if seen is None else seen
        names: dict[str, None] = {}
        for selections in sets:
            for node in selections.selections:
                fragment: Any = None if isinstance(node, FieldNode) else self._fragment(node)
                if fragment is None or (fragment is not node and fragment.name.value in seen):
                    continue
                if fragment is not node:
                    seen.add(fragment.name.value)
                if fragment.type_condition:
                    kind = self._schema.type_map.get(fragment.type_condition.name.value)
                    found = self._schema.get_possible_types(kind) if isinstance(kind, Abstract) else [kind]
                    names.update((str(option), None) for option in found)
                names.update(self._conditions([fragment.selection_set], seen))
        return names

    def _fragment(self, node: Any) -> Any:
        return node if isinstance(node, InlineFragmentNode) else self._fragments.get(node.name.value)

    def _included(self, node: Any) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include") and bool(self.arguments(directive).get("if")) == (name == "skip"):
                return False
        return True
