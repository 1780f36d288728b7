"""The JSON Schema of what a document answers, from its selection and Shopify's official schema.

A fragment that stands alone in a selection becomes a definition of its name (``...LineItem`` → ``line_item``), and so
does what an action answers with, named by the first fragment in it. A comment directly above a field or a fragment is
its description.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    TokenKind,
    get_named_type,
)
from official import Documents, Official

from atom_shopify_plugin.shopify.selection import snake

__all__ = ["Definition", "Shapes", "Unfit", "fields_of", "reference", "worded"]

Json = dict[str, Any]
Use = Literal["read", "list", "write"]

SCALARS: Mapping[str, Json] = {
    "Int": {"type": "integer"},
    "Float": {"type": "number"},
    "Boolean": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time"},
    "JSON": {},
}
# What stands beside the nodes of a connection inside an answer (`shopify.whole`), by its definition in common.json.
MARKS = {"truncated": "truncated", "count": "whole_count", "more": "more"}
# The ids of these types hold no number, so no `legacy_id` stands beside them.
UNNUMBERED = {"Job", "TaxonomyCategory"}


class Unfit(Exception):
    """A document that no schema can be made of; the message says what to change."""


class Definition(NamedTuple):
    """A schema that others refer to, and the document file that it comes from."""

    file: str
    schema: Json


@dataclass(eq=False)
class Sizes:
    """How much of a nested list is asked for, by use; it becomes the description of the list."""

    noun: str
    plural: str = ""
    first: dict[Use, int] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sizes)  # shapes with lists of other sizes are the same shape

    __hash__ = None  # type: ignore[assignment]

    def text(self) -> str:
        """Return the sizes as a sentence."""
        parts = []
        if "list" in self.first:
            parts.append(f"up to {self.first['list']} in a list of {self.plural}")
        if "write" in self.first:
            parts.append(f"up to {self.first['write']} after a write")
        whole = [f"all of them where one {self.noun} is read"] if "read" in self.first else []
        sentence = "; ".join([*whole, *([", ".join(parts)] if parts else [])])
        return sentence[:1].upper() + sentence[1:] + "."


def fields_of(selection: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    """Yield the fields of a selection with its fragments put in place."""
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, FragmentSpreadNode):
            yield from fields_of(fragments[node.name.value].selection_set, fragments)
        else:
            yield from fields_of(node.selection_set, fragments)  # type: ignore[attr-defined]


def comment_of(node: Node) -> str:
    """Return the comment lines that stand directly above a node, as one text."""
    lines: list[str] = []
    token = node.loc.start_token if node.loc is not None else None
    while token is not None and token.prev is not None and token.prev.kind is TokenKind.COMMENT:
        above = token.prev
        trails = above.prev is not None and above.prev.line == above.line
        if above.line != token.line - 1 or trails:
            break
        lines.insert(0, (above.value or "").strip())
        token = above
    return " ".join(filter(None, lines))


def reference(file: str, name: str) -> Json:
    """Return a reference to a definition, as a file in manifests/generated writes it."""
    return {"$ref": f"{file}.json#/$defs/{name}"}


class Shapes:
    """Schemas of answers; `definitions` collects what they refer to, by name."""

    def __init__(self, official: Official, documents: Documents) -> None:
        self._official = official
        self._documents = documents
        self._fragments = {snake(name): node for name, node in documents.fragments.items()}
        self._operation: OperationDefinitionNode | None = None
        self.definitions: dict[str, Definition] = {}

    def output(self, name: str, *, is_search: bool = False) -> Json:
        """Return the schema of what an action answers that runs the operation `name`, as `actions.reads` answers it.

        A search answers ``{items, page}``, a query its root field, a mutation the only object of its payload or all of
        it without the errors. Raise `Unfit` where the document allows none of it.
        """
        operation = self._operation = self._documents.operations[name]
        root = self._root_field(name, operation)
        declared = self._official.root(operation).fields[root.name.value].type
        kind = get_named_type(declared)
        if operation.operation.value == "mutation":
            return self._payload(kind, root)
        if not is_search:
            return self._thing(kind, root.selection_set) if root.selection_set else self._optional(declared, root)
        nodes = [node for node in self._fields(root.selection_set) if node.name.value == "nodes"]
        if not isinstance(kind, GraphQLObjectType) or len(nodes) != 1:
            raise Unfit(f"{name} answers a search and does not select the `nodes` of a connection.")
        item = self._thing(get_named_type(kind.fields["nodes"].type), nodes[0].selection_set)
        return {
            "type": "object",
            "required": ["items"],
            "additionalProperties": False,
            "properties": {"items": {"type": "array", "items": item}},
        }

    def define(self, name: str) -> None:
        """Make the definition `name` from the fragment of that name; raise `Unfit` where there is none."""
        fragment = self._fragments.get(name)
        if fragment is None:
            raise Unfit(f"Nothing is defined as {name}: neither in common.json nor by a fragment.")
        if name not in self.definitions:
            self._spread(fragment)

    def _root_field(self, name: str, operation: OperationDefinitionNode) -> FieldNode:
        roots = list(self._fields(operation.selection_set))
        if len(roots) != 1:
            raise Unfit(f"{name} selects {len(roots)} root fields; an action answers with one.")
        return roots[0]

    def _fields(self, selection: SelectionSetNode | None) -> Iterator[FieldNode]:
        return iter(()) if selection is None else fields_of(selection, self._documents.fragments)

    def _payload(self, kind: Any, root: FieldNode) -> Json:
        rest = [node for node in self._fields(root.selection_set) if not node.name.value.endswith("serErrors")]
        if len(rest) == 1:
            declared = kind.fields[rest[0].name.value].type
            listed = isinstance(declared.of_type if isinstance(declared, GraphQLNonNull) else declared, GraphQLList)
            if rest[0].selection_set is not None and not listed:
                return self._thing(get_named_type(declared), rest[0].selection_set)
        return self._closed(
            {snake(_key(node)): self._optional(kind.fields[node.name.value].type, node) for node in rest}
        )

    def _thing(self, kind: Any, selection: SelectionSetNode | None) -> Json:
        """Return the shape of what an action is about: a definition where a fragment of its type gives it a name."""
        assert selection is not None
        spreads = [node for node in selection.selections if isinstance(node, FragmentSpreadNode)]
        named = [self._documents.fragments[node.name.value] for node in spreads]
        own = next((node for node in named if node.type_condition.name.value == kind.name), None)
        if own is None:
            return self._object(kind, selection)
        if len(selection.selections) == 1:
            return self._spread(own)
        return self._defined(own, self._object(kind, selection))

    def _spread(self, fragment: FragmentDefinitionNode) -> Json:
        kind = self._official.schema.type_map[fragment.type_condition.name.value]
        return self._defined(fragment, self._object(kind, fragment.selection_set))

    def _defined(self, fragment: FragmentDefinitionNode, schema: Json) -> Json:
        name, file = snake(fragment.name.value), self._documents.file_of[fragment.name.value]
        about = comment_of(fragment)
        schema = {"type": schema["type"], **({"description": about} if about else {}), **schema}
        known = self.definitions.get(name)
        if known is None:
            self.definitions[name] = Definition(file, schema)
        elif known.schema == schema:
            _merge(known.schema, schema)
        else:
            raise Unfit(
                f"Two selections that begin with ...{fragment.name.value} differ: "
                "put the fields of one of them into a fragment with a name of its own."
            )
        return reference(file, name)

    def _object(self, kind: Any, selection: SelectionSetNode) -> Json:
        properties: Json = {}
        sure: list[str] = []
        for holder, node, always in self._members(kind, selection, always=True):
            name = snake(_key(node))
            if node.name.value == "__typename":
                schema: Json = {"type": "string"}
            else:
                schema = self._optional(holder.fields[node.name.value].type, node)
            if properties.get(name, schema) != schema:
                raise Unfit(f"{kind.name}.{name} is selected twice, with other fields each time.")
            properties[name] = schema
            sure += [name] if always else []
            if name == "id" and holder.name not in UNNUMBERED:
                properties["legacy_id"] = {"type": "string"}
                sure += ["legacy_id"] if always else []
        if not kind.name.endswith("Connection"):
            return self._closed(properties, sure)
        marks = {name: reference("../common", definition) for name, definition in MARKS.items()}
        return self._closed({**properties, **marks}, [*sure, "truncated"])

    def _members(
        self, kind: Any, selection: SelectionSetNode, *, always: bool
    ) -> Iterator[tuple[Any, FieldNode, bool]]:
        """Yield each field with the type that has it, and whether every answer holds it."""
        for node in selection.selections:
            if isinstance(node, FieldNode):
                skipped = any(part.name.value in ("include", "skip") for part in node.directives or ())
                yield kind, node, always and not skipped
                continue
            part: Any = self._documents.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            narrowed = self._official.schema.type_map[part.type_condition.name.value] if part.type_condition else kind
            yield from self._members(
                narrowed, part.selection_set, always=always and narrowed in (kind, *_parents(kind))
            )

    @staticmethod
    def _closed(properties: Json, required: list[str] | None = None) -> Json:
        names = list(properties) if required is None else list(dict.fromkeys(required))
        return {"type": "object", "required": names, "additionalProperties": False, "properties": properties}

    def _optional(self, declared: Any, node: FieldNode) -> Json:
        """Return the schema of a field: its type, null where GraphQL allows it, and its description."""
        schema = self._value(declared.of_type if isinstance(declared, GraphQLNonNull) else declared, node)
        if not isinstance(declared, GraphQLNonNull):
            if "$ref" in schema:
                schema = {"anyOf": [schema, {"type": "null"}]}
            elif "type" in schema:
                schema = {**schema, "type": [schema["type"], "null"]}
        about: Any = comment_of(node) or self._sizes(get_named_type(declared), node)
        return {**schema, "description": about} if about else schema

    def _value(self, kind: Any, node: FieldNode) -> Json:
        if isinstance(kind, GraphQLList):
            inner = kind.of_type
            bare = FieldNode(name=node.name, alias=node.alias, arguments=(), selection_set=node.selection_set)
            return {"type": "array", "items": self._optional(inner, bare)}
        if isinstance(kind, GraphQLScalarType):
            return dict(SCALARS.get(kind.name, {"type": "string"}))
        if isinstance(kind, GraphQLEnumType):
            return {"type": "string"}  # a value that a later version adds is no fault of the answer
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType) or not node.selection_set:
            raise Unfit(f"{node.name.value}: {kind} can't be described.")
        only = node.selection_set.selections
        if len(only) == 1 and isinstance(only[0], FragmentSpreadNode):
            fragment = self._documents.fragments[only[0].name.value]
            if fragment.type_condition.name.value == kind.name:
                return self._spread(fragment)
        return self._object(kind, node.selection_set)

    def _sizes(self, kind: Any, node: FieldNode) -> Sizes | None:
        """Return how many nodes of a connection the present operation asks for."""
        first = next((part.value for part in node.arguments or () if part.name.value == "first"), None)
        if not kind.name.endswith("Connection") or not isinstance(first, IntValueNode) or self._operation is None:
            return None
        root = next(self._fields(self._operation.selection_set))
        declared = get_named_type(self._official.root(self._operation).fields[root.name.value].type)
        words = snake(_key(root)).replace("_", " ")
        if self._operation.operation.value == "mutation":
            return Sizes("", first={"write": int(first.value)})
        if declared.name.endswith("Connection"):
            return Sizes("", plural=words, first={"list": int(first.value)})
        return Sizes(words, first={"read": int(first.value)})


def _key(node: FieldNode) -> str:
    return (node.alias or node.name).value


def _parents(kind: Any) -> tuple[Any, ...]:
    return tuple(kind.interfaces) if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) else ()


def _merge(known: Any, other: Any) -> None:
    """Add the sizes in one of two equal shapes to those in the other."""
    if isinstance(known, dict):
        for name, value in known.items():
            _merge(value, other[name])
    elif isinstance(known, list):
        for value, same in zip(known, other, strict=True):
            _merge(value, same)
    elif isinstance(known, Sizes):
        known.first = {**other.first, **known.first}
        known.noun, known.plural = known.noun or other.noun, known.plural or other.plural


def worded(value: Any) -> Any:
    """Return schemas, all of which have been made, with the sizes of their lists in words."""
    if isinstance(value, dict):
        return {name: worded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [worded(member) for member in value]
    return value.text() if isinstance(value, Sizes) else value
