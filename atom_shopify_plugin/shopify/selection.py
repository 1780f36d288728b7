"""What the selection of an operation says: its cost, its leaves, and the connections inside it.

Shopify cuts a connection at its ``first`` and says so in ``pageInfo`` alone. So every connection whose next page the
caller does not ask for (by ``after``) is found here, and ``pageInfo`` is asked for where the document doesn't, also for
the pages that the caller asks for with ``$after``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from atom_shopify_plugin.errors import Misconfigured

if TYPE_CHECKING:
    from graphql.language import (
        DocumentNode,
        FieldNode,
        FragmentDefinitionNode,
        OperationDefinitionNode,
        SelectionSetNode,
    )

__all__ = [
    "Cost",
    "Nested",
    "Selection",
    "fields",
    "fragments_of",
    "more_of",
    "operation_of",
    "response_key",
    "snake",
    "watched",
]

_WORD = re.compile(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])")
_OWN_COST_0 = frozenset({"nodes", "edges", "node", "pageInfo", "userErrors"})
_ROWS = frozenset({"nodes", "edges"})
_PAGING = frozenset({"first", "after", "last", "before"})


def snake(name: str) -> str:
    """Return a GraphQL name in snake_case: ``priceRangeV2`` → ``price_range_v2``."""
    return _WORD.sub(lambda match: f"{match[1] or match[3]}_{match[2] or ''}", name).lower()


class Cost(NamedTuple):
    """One selected field as the cost model sees it."""

    name: str = ""
    size: int | str | None = None  # page size of a connection, or the variable that gives it
    children: tuple[Cost, ...] = ()
    leaf: bool = False

    def points(self, variables: Mapping[str, Any], *, root: bool = False) -> float:
        """Return the points that the field costs with these variables."""
        if self.leaf:
            return 0
        below = sum(child.points(variables) for child in self.children)
        if self.name.endswith("Count"):
            return 10
        if self.size is None:
            return below + (self.name not in _OWN_COST_0 or root)
        size = variables.get(self.size) if isinstance(self.size, str) else self.size
        count = size if isinstance(size, int) and size > 0 else 250
        return 2 + max(1, math.floor(2 * math.log(count))) * (1 + below)


class Nested(NamedTuple):
    """A connection whose next page the caller does not ask for.

    `path` are the response keys from the root to it, in snake_case. `paged` tells whether the rest is read behind the
    scenes: that is so where the operation reads one thing. In a list of things and in the answer of a mutation a cut
    connection is marked.
    """

    path: tuple[str, ...]
    paged: bool
    field: FieldNode
    selections: SelectionSetNode


class Selection(NamedTuple):
    """What an operation selects. The members are those of `Document`."""

    cost: Cost
    idempotent: bool
    root_fields: tuple[str, ...]
    nested: tuple[Nested, ...]

    @classmethod
    def read(cls, tree: DocumentNode) -> Selection:
        """Read the only operation of a tree that has been through `watched` and `naming.named`.

        Raise `Misconfigured` for a limited list that can be neither paged nor marked: a plain list with ``first``
        (without it Shopify answers the whole list), a connection that is paged backwards or by ``edges``, and one that
        is to be read to its end while the ``id`` of what holds it is not asked for.
        """
        operation, fragments = operation_of(tree), fragments_of(tree)
        reader = _Reader(operation, fragments)
        cost = Cost(children=tuple(reader.walk(operation.selection_set, (), reader.is_query)))
        return cls(
            cost=cost,
            idempotent="idempotent" in reader.directives,
            root_fields=tuple(dict.fromkeys(response_key(node) for node in fields(operation.selection_set, fragments))),
            nested=tuple(sorted(reader.nested, key=lambda nested: len(nested.path))),
        )


class _Reader:
    def __init__(self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self.is_query = operation.operation.value == "query"
        self.fragments = fragments
        self.directives: set[str] = set()
        self.nested: list[Nested] = []

    def walk(self, selections: SelectionSetNode, path: tuple[str, ...], paged: bool) -> Iterator[Cost]:
        """Yield the costs of what is selected at `path`; `paged` is whether connections there are read to their end."""
        names = {node.name.value for node in fields(selections, self.fragments)}
        for node in fields(selections, self.fragments):
            yield self._field(node, path, paged, names)

    def _field(self, node: FieldNode, path: tuple[str, ...], paged: bool, beside: set[str]) -> Cost:
        key = response_key(node)
        self.directives.update(directive.name.value for directive in node.directives or ())
        if node.selection_set is None:
            return Cost(node.name.value, leaf=True)
        here = (*path, key)
        arguments = _arguments(node)
        size = _page_size(arguments)
        if size is not None:
            if not _is_paged_by_caller(arguments):
                self.nested.append(self._connection(node, node.selection_set, here, paged and bool(path), beside))
            if not path:
                paged = False  # the operation lists things
        return Cost(node.name.value, size, tuple(self.walk(node.selection_set, here, paged)))

    def _connection(
        self, node: FieldNode, selections: SelectionSetNode, path: tuple[str, ...], paged: bool, beside: set[str]
    ) -> Nested:
        place = ".".join(path)
        names = {child.name.value for child in fields(selections, self.fragments)}
        if not names & _ROWS:
            raise Misconfigured(f"{place}: leave `first` out of a plain list, so that Shopify answers all of it.")
        if "edges" in names or "first" not in _arguments(node):
            raise Misconfigured(f"{place}: ask for the `first` of the `nodes` of a connection.")
        if paged and "id" not in beside:
            raise Misconfigured(f"{place}: ask for the `id` of what holds the connection; its next page needs it.")
        return Nested(path, paged, node, selections)


def watched(tree: DocumentNode) -> DocumentNode:
    """Return a tree in which each connection asks for ``pageInfo``, so that no author has to think of it."""
    from graphql import visit
    from graphql.language import FieldNode, NameNode, SelectionSetNode, Visitor

    fragments = fragments_of(tree)

    def field(name: str, *members: FieldNode) -> FieldNode:
        below = SelectionSetNode(selections=members) if members else None
        return FieldNode(name=NameNode(value=name), arguments=(), directives=(), selection_set=below)

    class Watch(Visitor):
        def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
            arguments = _arguments(node)
            if node.selection_set is None or _page_size(arguments) is None:
                return None
            # A cursor of its own looks up one thing in a list.
            if _is_paged_by_caller(arguments) and arguments["after"].name.value != "after":
                return None
            names = {child.name.value for child in fields(node.selection_set, fragments)}
            if "pageInfo" in names or not names & _ROWS:
                return None
            info = field("pageInfo", field("hasNextPage"), field("endCursor"))
            return FieldNode(
                alias=node.alias,
                name=node.name,
                arguments=node.arguments,
                directives=node.directives,
                selection_set=SelectionSetNode(selections=(*node.selection_set.selections, info)),
            )

    found: DocumentNode = visit(tree, Watch())
    return found


def more_of(tree: DocumentNode, nested: Nested, kind: str, name: str) -> DocumentNode:
    """Return the query `name` for the page of a nested connection after ``$after``.

    It takes the ``$id`` of what holds the connection, which is a `kind`, and the variables that are used inside.
    """
    from graphql import parse, print_ast, visit
    from graphql.language import DocumentNode, FieldNode, Visitor

    operation, fragments = operation_of(tree), fragments_of(tree)
    used: set[str] = set()
    spread: set[str] = set()

    class Uses(Visitor):
        def enter_variable(self, node: Any, *_: Any) -> None:
            used.add(node.name.value)

        def enter_fragment_spread(self, node: Any, *_: Any) -> None:
            if node.name.value not in spread:
                spread.add(node.name.value)
                visit(fragments[node.name.value], Uses())

    kept = [argument for argument in nested.field.arguments or () if argument.name.value not in _PAGING]
    visit(FieldNode(name=nested.field.name, arguments=tuple(kept), selection_set=nested.selections), Uses())
    declared = [node for node in operation.variable_definitions or () if node.variable.name.value in used - {"id"}]
    head = ", ".join(["$id: ID!", "$after: String", *map(print_ast, declared)])
    inner = ", ".join(["first: 250", "after: $after", *map(print_ast, kept)])
    alias = f"{nested.field.alias.value}: " if nested.field.alias else ""
    text = (
        f"query {name}({head}) {{ node(id: $id) {{ ... on {kind} {{ id "
        f"{alias}{nested.field.name.value}({inner}) {print_ast(nested.selections)} }} }} }}"
    )
    query = parse(text, no_location=True)
    return DocumentNode(definitions=(*query.definitions, *(fragments[used_name] for used_name in sorted(spread))))


def operation_of(tree: DocumentNode) -> OperationDefinitionNode:
    """Return the only operation of a tree."""
    return next(node for node in tree.definitions if node.kind == "operation_definition")  # type: ignore[return-value]


def _arguments(node: FieldNode) -> dict[str, Any]:
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def _is_paged_by_caller(arguments: Mapping[str, Any]) -> bool:
    return "after" in arguments and bool(arguments["after"].kind == "variable")


def fragments_of(tree: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return the fragments of a tree by name."""
    return {node.name.value: node for node in tree.definitions if node.kind == "fragment_definition"}  # type: ignore[attr-defined,misc]


def response_key(node: FieldNode) -> str:
    """Return the name under which a field is answered."""
    return (node.alias or node.name).value


def fields(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """Yield the fields of a selection, those of its fragments included."""
    for node in selections.selections:
        if node.kind == "field":
            yield node  # type: ignore[misc]
        elif node.kind == "fragment_spread":
            yield from fields(fragments[node.name.value].selection_set, fragments)  # type: ignore[attr-defined]
        else:
            yield from fields(node.selection_set, fragments)  # type: ignore[attr-defined]


def _page_size(arguments: Mapping[str, Any]) -> int | str | None:
    """Return what sizes a connection: a number, the name of a variable, or None where the field is not limited."""
    for name in ("first", "last"):
        value = arguments.get(name)
        if value is not None and value.kind == "int_value":
            return int(value.value)
        if value is not None and value.kind == "variable":
            return str(value.name.value)
    return None
