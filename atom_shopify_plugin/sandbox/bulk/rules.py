"""What a bulk query and a bulk mutation must satisfy before they start, in the words seen on live stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from atom_shopify_plugin.official.coercion import variable_errors
from atom_shopify_plugin.official.table import Field, Type, is_list, official
from atom_shopify_plugin.official.validation import parsed, static_errors, syntax_error
from atom_shopify_plugin.sandbox.modelled import unmodelled
from atom_shopify_plugin.sandbox.refusals import Refused, UserError, not_modelled

__all__ = ["LARGEST_TEXT", "checked_mutation", "checked_query", "is_connection", "operation_of"]

LARGEST_TEXT = 65_535  # bytes
MOST_CONNECTIONS, DEEPEST = 5, 2
NOT_IN_BULK = frozenset({"bulkOperationRunMutation", "bulkOperationRunQuery"})
_ONLY = "Invalid operation type. Only `{}` operations are supported."


def is_connection(kind: str) -> bool:
    """Tell whether a type of this name is a connection."""
    return kind.endswith("Connection")


def operation_of(document: DocumentNode) -> OperationDefinitionNode:
    """Return the one operation of a checked document."""
    return next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))


def checked_query(schema: GraphQLSchema, text: str) -> DocumentNode:
    """Return the document of a bulk query; raise `Refused` with everything that is wrong with it.

    It is checked against the official schema; what `schema`, the served one, lacks is NOT_MODELLED.
    """
    size = len(text.encode())
    if size > LARGEST_TEXT:
        message = f"Query is too large ({size} bytes; maximum is {LARGEST_TEXT} bytes)"
        raise Refused.one(["query"], message, "INVALID")
    document = _checked(text, "query", lambda message: _invalid(f"Invalid bulk query: {message}"), _invalid)
    survey = _Survey.of(document)
    if problems := list(_query_problems(survey)):
        raise Refused([_invalid(message) for message in problems])
    _refuse_unmodelled(schema, document)
    return document


def checked_mutation(schema: GraphQLSchema, text: str) -> str:
    """Return the name of the one mutation in a document; raise `Refused` where a bulk mutation may not have it."""
    size = len(text.encode())
    if size > LARGEST_TEXT:
        message = f"is too large ({size} bytes; maximum is {LARGEST_TEXT} bytes)"
        raise Refused.one(["query"], message, "INVALID_MUTATION")

    def unparsed(message: str) -> UserError:
        return refused(f"Failed to parse the mutation - {message}")

    def refused(message: str) -> UserError:
        return UserError(None, message, "INVALID_MUTATION")

    document = _checked(text, "mutation", unparsed, refused)
    survey = _Survey.of(document)
    if len(survey.roots) != 1:
        raise Refused.one(["mutation"], "You must specify a single top level mutation.")
    if survey.roots[0] in NOT_IN_BULK:
        raise Refused.one(["mutation"], "You must use an allowed mutation name.")
    if survey.connections > 1:
        raise Refused.one(["mutation"], "Bulk mutations cannot contain more than 1 connection.")
    _refuse_unmodelled(schema, document)
    return survey.roots[0]


def _refuse_unmodelled(schema: GraphQLSchema, document: DocumentNode) -> None:
    if names := unmodelled(schema, document, operation_of(document)):
        raise not_modelled(*names)


def _invalid(message: str) -> UserError:
    return UserError(("query",), message, "INVALID")


def _checked(
    text: str, kind: str, unparsed: Callable[[str], UserError], refused: Callable[[str], UserError]
) -> DocumentNode:
    """Parse a text that holds one operation of a kind and validate it; raise `Refused` in the words of the two."""
    try:
        document = parsed(text)
    except GraphQLSyntaxError as problem:
        raise Refused([unparsed(str(syntax_error(problem, text)["message"]))]) from None
    except RecursionError:
        raise Refused([unparsed("The document is nested too deeply")]) from None
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        raise Refused([unparsed("An operation name is required")])
    if operations[0].operation.value != kind:
        raise Refused([refused(_ONLY.format(kind))])
    errors = list(static_errors(official(), document))
    if kind == "query" and not errors:  # a mutation gets its variables line by line
        errors = variable_errors(official(), operations[0], {})
    if errors:
        raise Refused([unparsed(error["message"]) for error in errors])
    return document


def _query_problems(survey: _Survey) -> Iterator[str]:
    if survey.without_node:
        example, listed = survey.without_node[0], "', '".join(survey.without_node)
        yield (
            "All connection fields in a bulk query must select their contents using 'edges' > 'node', "
            f"e.g: '{example} {{ edges {{ node {{'. Selecting via 'nodes' is not supported. "
            f"Invalid connection fields: '{listed}'."
        )
    for name in ("node", "nodes"):
        if name in survey.roots:
            yield f"Bulk queries cannot contain a top level `{name}` field."
    if survey.depth > DEEPEST:
        yield f"Bulk queries cannot contain connections with a nesting depth greater than {DEEPEST}."
    if survey.connections > MOST_CONNECTIONS:
        yield f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."
    if survey.without_id:
        yield (
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be "
            f"of 'ID' return type. Connection fields without 'id': {', '.join(survey.without_id)}."
        )
    if survey.in_list:
        yield "Queries that contain a connection field within a list field are not currently supported."
    if not survey.connections:
        yield "Bulk queries must contain at least one connection."


@dataclass
class _Survey:
    """What there is in a document; names are those of fields, in the order in which they stand."""

    fragments: Mapping[str, FragmentDefinitionNode]
    roots: list[str] = field(default_factory=list)
    connections: int = 0
    depth: int = 0  # connections around the innermost one
    in_list: bool = False
    without_node: list[str] = field(default_factory=list)
    without_id: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, document: DocumentNode) -> _Survey:
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        survey, operation = cls(fragments), operation_of(document)
        kind = official().root(operation.operation.value)
        if kind is not None:
            survey.roots += [node.name.value for node, _ in survey.fields(operation.selection_set, kind)]
            survey.walk(operation.selection_set, kind, 0, None, in_list=False)
        return survey

    def fields(self, selections: SelectionSetNode, kind: Type) -> Iterator[tuple[FieldNode, Field | None]]:
        """Yield the fields of a selection with what declares them, fragments resolved."""
        for part in selections.selections:
            if isinstance(part, FieldNode):
                yield part, official().field(kind, part.name.value)
            elif isinstance(part, FragmentSpreadNode):
                fragment = self.fragments[part.name.value]
                yield from self.fields(fragment.selection_set, _kind(fragment.type_condition.name.value))
            elif isinstance(part, InlineFragmentNode):
                condition = part.type_condition
                yield from self.fields(part.selection_set, _kind(condition.name.value) if condition else kind)

    def walk(
        self, selections: SelectionSetNode, kind: Type, around: int, parent: _Node | None, *, in_list: bool
    ) -> None:
        """Look at everything below a selection. `around` counts the connections around it, `parent` is its node."""
        for node, declared in self.fields(selections, kind):
            if declared is None or node.selection_set is None:
                continue
            if is_connection(declared.named):
                self.connection(node, node.selection_set, _kind(declared.named), around, parent, in_list=in_list)
            else:
                listed = in_list or is_list(declared.type)
                self.walk(node.selection_set, _kind(declared.named), around, parent, in_list=listed)

    def connection(
        self,
        node: FieldNode,
        selections: SelectionSetNode,
        kind: Type,
        around: int,
        parent: _Node | None,
        *,
        in_list: bool,
    ) -> None:
        name = node.name.value
        self.connections += 1
        self.depth = max(self.depth, around)
        self.in_list = self.in_list or in_list
        if parent is not None and not parent.has_id and parent.connection not in self.without_id:
            self.without_id.append(parent.connection)
        rows, others = self._rows(selections, kind)
        if not rows or others:
            self.without_node.append(name)
        for row, row_kind in [*rows, *others]:  # the rows of a query that is refused are looked at, too
            chosen = self.fields(row, row_kind)
            has_id = any(part.name.value == "id" and part.alias in (None, part.name) for part, _ in chosen)
            self.walk(row, row_kind, around + 1, _Node(name, has_id=has_id or (row, row_kind) in others), in_list=False)

    def _rows(
        self, selections: SelectionSetNode, kind: Type
    ) -> tuple[list[tuple[SelectionSetNode, Type]], list[tuple[SelectionSetNode, Type]]]:
        """Return what is selected of a connection's rows: through ``edges { node }``, and through ``nodes``."""
        rows, others = [], []
        for part, declared in self.fields(selections, kind):
            if declared is None or part.selection_set is None:
                continue
            inside = _kind(declared.named)
            if part.name.value == "nodes":
                others.append((part.selection_set, inside))
            elif part.name.value == "edges":
                rows += [
                    (inner.selection_set or SelectionSetNode(selections=()), _kind(of_row.named))
                    for inner, of_row in self.fields(part.selection_set, inside)
                    if inner.name.value == "node" and of_row is not None
                ]
        return rows, others


@dataclass(frozen=True)
class _Node:
    """The node around a nested connection: the connection that it is a row of, and whether it shows its id."""

    connection: str
    has_id: bool


def _kind(name: str) -> Type:
    """Return a type that a valid document names."""
    kind = official().type(name)
    if kind is None:
        raise LookupError(f"There is no type {name}.")
    return kind
