"""A bulk query taken apart: one small document per connection, executed on a few of its rows at a time.

Each document has the connection's own type as its root and selects what a row shows, without the connections below it.
So no list is ever answered as a whole, and the rows of each connection become lines of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    execute_sync,
    get_argument_values,
    get_directive_values,
    get_named_type,
    get_variable_values,
    is_abstract_type,
    is_leaf_type,
)
from graphql.pyutils import Path

from atom_shopify_plugin.sandbox.bulk.rules import is_connection, operation_of
from atom_shopify_plugin.sandbox.connections import Page, whole_lists
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.executor import LeafExecutor
from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["Connection", "Plan", "RowFailed", "plan_of"]

PAGING = frozenset({"first", "last", "after", "before"})  # a bulk query reads lists to their end


class RowFailed(Exception):
    """A row could not be answered: `code` is that of the GraphQL error."""

    def __init__(self, error: GraphQLError) -> None:
        super().__init__(error.message)
        self.code = str((error.extensions or {}).get("code") or "INTERNAL_SERVER_ERROR")


@dataclass(frozen=True)
class Step:
    """A field on the way from a node to the object that has a connection; `conditions` are those of its fragments."""

    conditions: tuple[str, ...]
    node: FieldNode
    kind: Any


@dataclass
class Connection:
    """A connection of a bulk query.

    `way` leads to it from its parent node, or from the root; its last step is the connection itself. `document` selects
    its rows, `below` are the connections inside them.
    """

    way: tuple[Step, ...]
    selections: list[SelectionNode] = field(default_factory=list)
    below: dict[tuple[str, ...], Connection] = field(default_factory=dict)
    schema: Any = None
    document: Any = None
    row_kind: Any = None


@dataclass(frozen=True)
class Plan:
    """The connections at the root of a bulk query, and the values of its variables: their defaults."""

    schema: GraphQLSchema
    variables: Any
    roots: Sequence[Connection]

    def rows(self, ctx: Context, connection: Connection, parent: Node, kind: Any) -> list[Any]:
        """Return all rows of a connection of `parent`, which is of the type `kind`."""
        source: Any = parent
        for step in connection.way:
            actual = self._concrete(kind, source)
            if actual is None or not all(self._is(actual, name) for name in step.conditions):
                return []
            source = self._read(ctx, step.node, actual, source)
            if source is None:
                return []
            kind = get_named_type(actual.fields[step.node.name.value].type)
        return list(source.rows) if isinstance(source, Page) else []

    def show(self, ctx: Context, connection: Connection, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return what a few rows of a connection show; raise `RowFailed` where one can't be answered."""
        result = execute_sync(
            connection.schema,
            connection.document,
            root_value=_Rows(rows, [], "", has_next=False, has_previous=False),
            context_value=ctx,
            executor_class=LeafExecutor,
        )
        for error in result.errors or ():
            cause = error.original_error
            if cause is not None and not isinstance(cause, GraphQLError):
                raise cause
            raise RowFailed(error)
        return [edge["node"] for edge in (result.data or {})["edges"]]

    def _read(self, ctx: Context, node: FieldNode, kind: GraphQLObjectType, source: Any) -> Any:
        """Resolve one field of an object as the executor would, without executing what is selected below it."""
        declared, name = kind.fields[node.name.value], node.name.value
        args = get_argument_values(declared, node, self.variables)
        if is_connection(get_named_type(declared.type).name):
            args = {name: value for name, value in args.items() if name not in PAGING}
        path = Path(None, node.alias.value if node.alias else name, kind.name)
        info: Any = SimpleNamespace(context=ctx, path=path, parent_type=kind, field_nodes=[node], schema=self.schema)
        if declared.resolve is None:
            return source.get(name)
        with whole_lists():
            return declared.resolve(source, info, **args)

    def _concrete(self, kind: Any, source: Any) -> GraphQLObjectType | None:
        if not is_abstract_type(kind):
            return kind if isinstance(kind, GraphQLObjectType) else None
        actual = self.schema.get_type(source.get("__typename", "")) if isinstance(source, Mapping) else None
        return actual if isinstance(actual, GraphQLObjectType) else None

    def _is(self, kind: GraphQLObjectType, name: str) -> bool:
        wanted: Any = self.schema.get_type(name)
        return wanted is kind or (is_abstract_type(wanted) and self.schema.is_sub_type(wanted, kind))


class _Rows(Page):
    """A page without cursors, which nobody reads here."""

    def edges(self) -> list[dict[str, Any]]:
        return [{"node": row, "cursor": ""} for row in self.rows]


def plan_of(schema: GraphQLSchema, document: DocumentNode) -> Plan:
    """Take a checked bulk query apart; raise `GraphQLError` for a variable without a value, since none are given."""
    operation = operation_of(document)
    variables = get_variable_values(schema, operation.variable_definitions or (), {})
    if isinstance(variables, list):
        raise variables[0]
    planner = _Planner(schema, document, operation, variables)
    roots: dict[tuple[str, ...], Connection] = {}
    planner.collect(operation.selection_set, schema.query_type, (), (), roots)
    for connection in roots.values():
        planner.finish(connection)
    return Plan(schema, variables, list(roots.values()))


class _Planner:
    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Any
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._variables = variables
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def collect(
        self,
        selections: SelectionSetNode,
        kind: Any,
        conditions: tuple[str, ...],
        way: tuple[Step, ...],
        found: dict[tuple[str, ...], Connection],
    ) -> list[SelectionNode]:
        """Return a selection without the connections in it, which are put into `found`."""
        kept: list[SelectionNode] = []
        for part in selections.selections:
            if not self._is_wanted(part):
                continue
            if isinstance(part, FieldNode):
                kept += self._field(part, kind, conditions, way, found)
                continue
            if isinstance(part, FragmentSpreadNode):
                fragment = self._fragments[part.name.value]
                condition: NamedTypeNode | None = fragment.type_condition
                inside = fragment.selection_set
            elif isinstance(part, InlineFragmentNode):
                condition, inside = part.type_condition, part.selection_set
            else:  # the grammar has no other kind
                continue
            name = condition.name.value if condition else kind.name
            more = conditions if condition is None else (*conditions, name)
            below = self.collect(inside, self._schema.get_type(name), more, way, found)
            if below:
                kept.append(InlineFragmentNode(type_condition=condition, selection_set=_selected(below)))
        return kept

    def _field(
        self,
        node: FieldNode,
        kind: Any,
        conditions: tuple[str, ...],
        way: tuple[Step, ...],
        found: dict[tuple[str, ...], Connection],
    ) -> list[SelectionNode]:
        declared = getattr(kind, "fields", {}).get(node.name.value)
        if declared is None or node.selection_set is None:
            return [node]
        way = (*way, Step(conditions, node, kind))
        named = get_named_type(declared.type)
        if not is_connection(named.name):
            below = self.collect(node.selection_set, named, (), way, found)
            shown = FieldNode(
                name=node.name, alias=node.alias, arguments=node.arguments, selection_set=_selected(below)
            )
            return [shown] if below else []
        key = tuple(step.node.alias.value if step.node.alias else step.node.name.value for step in way)
        connection = found.setdefault((*key, *conditions), Connection(way))
        edge = get_named_type(named.fields["edges"].type)
        connection.row_kind = get_named_type(edge.fields["node"].type)
        if is_leaf_type(connection.row_kind):  # how Shopify writes lines of plain texts is not known
            raise not_modelled(f"{kind.name}.{node.name.value} in a bulk query")
        connection.schema = _rooted(self._schema, named.name)
        for edges in self._inside(node.selection_set, named, "edges"):
            edge_kind = get_named_type(named.fields["edges"].type)
            for row in self._inside(edges, edge_kind, "node"):
                connection.selections += self.collect(row, connection.row_kind, (), (), connection.below)
        return []

    def _inside(self, selections: SelectionSetNode, kind: Any, name: str) -> list[SelectionSetNode]:
        """Return what is selected below the fields `name`, through fragments."""
        inside: list[SelectionSetNode] = []
        for part in selections.selections:
            if isinstance(part, FieldNode):
                if part.name.value == name and part.selection_set is not None:
                    inside.append(part.selection_set)
            elif isinstance(part, FragmentSpreadNode):
                inside += self._inside(self._fragments[part.name.value].selection_set, kind, name)
            elif isinstance(part, InlineFragmentNode):
                inside += self._inside(part.selection_set, kind, name)
        return inside

    def _is_wanted(self, node: Any) -> bool:
        """Tell what ``@skip`` and ``@include`` say."""
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and not (include and not include["if"])

    def finish(self, connection: Connection) -> None:
        """Build the documents of a connection and of those below it."""
        node = FieldNode(name=NameNode(value="node"), selection_set=_selected(connection.selections))
        edges = FieldNode(name=NameNode(value="edges"), selection_set=_selected([node]))
        operation = OperationDefinitionNode(
            operation=OperationType.QUERY,
            variable_definitions=self._operation.variable_definitions,
            selection_set=_selected([edges]),
        )
        connection.document = DocumentNode(definitions=(operation,))
        for below in connection.below.values():
            self.finish(below)


def _selected(parts: Sequence[SelectionNode]) -> SelectionSetNode:
    return SelectionSetNode(selections=tuple(parts))


@lru_cache(maxsize=256)
def _rooted(schema: GraphQLSchema, name: str) -> GraphQLSchema:
    """Return the same schema with another type as its root."""
    kinds = [kind for key, kind in schema.type_map.items() if not key.startswith("__")]
    root: Any = schema.get_type(name)
    return GraphQLSchema(query=root, types=kinds, directives=schema.directives, assume_valid=True)
