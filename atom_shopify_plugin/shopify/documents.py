"""GraphQL documents by operation name: ``graphql/*.graphql`` → `Document`.

Files are indexed by a small scanner when they are loaded, so that a duplicate or unknown name is found at once and
names its file; an operation is parsed by graphql-core when it is first asked for. A mutation then also asks for the
user errors that it does not select itself.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from atom_shopify_plugin.errors import Misconfigured
from atom_shopify_plugin.shopify.naming import Ids, named
from atom_shopify_plugin.shopify.selection import Cost, Nested, Selection, more_of, operation_of, snake, watched

if TYPE_CHECKING:
    from graphql.language import DocumentNode

__all__ = ["HARMLESS", "Document", "Documents", "snake"]

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[(){}]|\.\.\.\s*[A-Za-z_]\w*|[A-Za-z_]\w*'
)
_PAGE_SIZE = re.compile(r"(?:^|_)(?:first|last|limit)$")
_TYPE = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")


class Folder(Protocol):
    """What is needed of a folder of documents; a `pathlib.Path` and a package resource both have it."""

    def iterdir(self) -> Iterator[Any]: ...


ONCE = frozenset(
    {
        "bulkOperationRunQuery",
        "orderEditAddCustomItem",
        "orderEditAddLineItemDiscount",
        "orderEditAddShippingLine",
        "orderEditAddVariant",
        "orderEditRemoveDiscount",
        "orderEditSetQuantity",
    }
)
"""Mutations that change nothing in a store and still have an effect each time they are sent.

They begin a bulk query, or add to an edit that changes nothing until it is committed.
"""
HARMLESS = ONCE | {
    "customerSegmentMembersQueryCreate",
    "draftOrderCalculate",
    "draftOrderInvoicePreview",
    "orderEditBegin",
    "stagedUploadsCreate",
}
"""Mutations of Shopify's that change nothing: a lost answer leaves nothing in doubt. `ONCE` may not be repeated."""


@dataclass(frozen=True)
class Document:
    """One operation, ready to send.

    `kind` is what it does: one of the `HARMLESS` mutations counts as a query; `once` tells of those that may not be
    sent again after an answer was lost. `text` holds the operation and just its
    fragments. `variables` are all declared ones, `required` those that must be
    given (non-null without default). `idempotent` tells whether a field carries ``@idempotent``. `root_fields` are the
    response keys at the top; all response keys are in snake_case. `nested` are the connections that Shopify may cut,
    outer ones before those inside them. `ids` are the places of ids in an answer. `tree` is what `text` was printed
    from. `points` is the cost of a document that somebody wrote for one call: nothing is remembered of such a one.
    """

    name: str
    kind: Literal["query", "mutation"]
    text: str
    variables: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    idempotent: bool = False
    once: bool = False
    root_fields: tuple[str, ...] = ()
    nested: tuple[Nested, ...] = field(default=(), repr=False, compare=False)
    cost: Cost = field(default=Cost(), repr=False, compare=False)
    ids: Ids = field(default=Ids(), repr=False, compare=False)
    tree: DocumentNode | None = field(default=None, repr=False, compare=False)
    points: float | None = field(default=None, compare=False)

    @cached_property
    def page_sizes(self) -> tuple[str, ...]:
        """The variables that size a page; together with the name they decide what a call costs."""
        return tuple(sorted(name for name in self.variables if _PAGE_SIZE.search(name)))

    def estimate(self, variables: Mapping[str, Any]) -> float:
        """Return an upper guess of the points that Shopify asks for before it has told us the real number.

        It follows the cost model that was fitted to observed replies, without the schema, hence on the safe side.
        """
        if self.points is not None:
            return self.points
        guess = sum(child.points(variables, root=True) for child in self.cost.children)
        if self.text.startswith("mutation"):
            guess += 10
        return float(min(1000, math.ceil(guess * 1.2) + 5))


class _Definition(NamedTuple):
    file: str
    kind: str
    text: str
    spreads: frozenset[str]


class Documents:
    """All documents of a folder, found by operation name."""

    def __init__(self, operations: Mapping[str, _Definition], fragments: Mapping[str, _Definition]) -> None:
        self._operations = operations
        self._fragments = fragments
        self._parsed: dict[str, Document] = {}
        self._pages: dict[tuple[str, str], Document] = {}
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Folder | None = None) -> Documents:
        """Index every ``*.graphql`` file of `folder` (the package's own by default).

        Raise `Misconfigured`, naming the file, for a name given twice, an operation without a name, a subscription, a
        brace too many or few, and a fragment that is spread but not defined.
        """
        source: Any = files("atom_shopify_plugin.graphql") if folder is None else folder
        operations: dict[str, _Definition] = {}
        fragments: dict[str, _Definition] = {}
        for file in sorted(source.iterdir(), key=lambda entry: str(entry.name)):
            if not file.name.endswith(".graphql"):
                continue
            for name, found in _definitions(file.name, file.read_text(encoding="utf-8")):
                known = fragments if found.kind == "fragment" else operations
                if name in known:
                    raise Misconfigured(f"graphql/{file.name}: {name} is already defined in {known[name].file}.")
                known[name] = found
        for name, found in (*operations.items(), *fragments.items()):
            for spread in sorted(found.spreads - fragments.keys()):
                raise Misconfigured(
                    f"graphql/{found.file}: {name} uses the fragment {spread}, which is defined nowhere."
                )
        return cls(operations, fragments)

    @property
    def names(self) -> tuple[str, ...]:
        """All operation names, sorted."""
        return tuple(sorted(self._operations))

    def get(self, name: str) -> Document:
        """Return the document of an operation; raise `Misconfigured` where there is none or it does not parse."""
        found = self._parsed.get(name)
        if found is None:
            with self._lock:
                found = self._parsed[name] = self._parsed.get(name) or self._parse(name)
        return found

    def _parse(self, name: str) -> Document:
        from graphql import GraphQLSyntaxError, parse

        definition = self._operations.get(name)
        if definition is None:
            raise Misconfigured(f"There is no GraphQL document {name}.")
        texts = [definition.text, *(self._fragments[used].text for used in self._used(definition))]
        text = "\n\n".join(texts)
        try:
            tree = parse(text, no_location=True)
        except GraphQLSyntaxError as error:
            raise Misconfigured(f"graphql/{definition.file}: {name} does not parse: {error.message}") from None
        try:
            return _document(name, _whole(tree) if definition.kind == "mutation" else tree)
        except Misconfigured as error:
            raise Misconfigured(f"graphql/{definition.file}: {name}: {error.message}") from None

    def more(self, document: Document, nested: Nested, kind: str) -> Document:
        """Return the query for the next page of a nested connection of `document`, held by an object of type `kind`.

        It takes ``$id`` (of what holds the connection), ``$after``, and those variables of `document` that are used
        inside the connection; its root field is ``node``.
        """
        if document.tree is None or not _TYPE.fullmatch(kind):
            raise Misconfigured(f"{document.name} has no next page of {nested.path[-1]} on {kind[:64]}.")
        words = "".join(word.capitalize() for word in (*nested.path[1:], "more") for word in word.split("_"))
        name = f"{document.name}{words}"
        with self._lock:
            found = self._pages.get((name, kind))
            if found is None:
                tree = more_of(document.tree, nested, kind, name)
                found = self._pages[name, kind] = _document(name, tree)
        return found

    def _used(self, definition: _Definition) -> list[str]:
        """Return the names of the fragments that a definition needs, directly and through others, sorted."""
        used: set[str] = set()
        todo = set(definition.spreads)
        while todo:
            name = todo.pop()
            used.add(name)
            todo |= self._fragments[name].spreads - used
        return sorted(used)


def _definitions(file: str, text: str) -> Iterator[tuple[str, _Definition]]:
    """Cut a file into its top-level definitions."""
    depth, start, words = 0, 0, list[str]()
    spreads: set[str] = set()
    for match in _TOKEN.finditer(text):
        piece = match[0]
        if piece in "({":
            depth += 1
        elif piece in ")}":
            depth -= 1
            if depth < 0:
                break
            if depth == 0 and piece == "}":
                yield _definition(file, words, text[start : match.end()], frozenset(spreads))
                words, spreads = [], set()
        elif piece.startswith("..."):
            spreads.update({piece[3:].strip()} - {"on"})
        elif depth == 0 and piece[0] not in '"#':
            if not words:
                start = match.start()
            words.append(piece)
    if depth != 0 or words:
        raise Misconfigured(f"graphql/{file}: a definition is not closed, or closed twice.")


def _definition(file: str, words: list[str], text: str, spreads: frozenset[str]) -> tuple[str, _Definition]:
    kind = words[0] if words else ""
    if kind not in ("query", "mutation", "fragment") or len(words) < 2:
        raise Misconfigured(
            f"graphql/{file}: only named queries, mutations and fragments may stand here, not {text[:40]!r}."
        )
    return words[1], _Definition(file, kind, text, spreads)


def _whole(mutation: DocumentNode) -> DocumentNode:
    # Imported here: a process that writes nothing need not read Shopify's schema.
    from atom_shopify_plugin.shopify.user_errors import with_errors

    return with_errors(mutation)


def _document(name: str, tree: DocumentNode) -> Document:
    from graphql import print_ast

    tree = named(watched(tree))
    operation = operation_of(tree)
    declared = operation.variable_definitions or ()
    roots = {node.name.value for node in operation.selection_set.selections if node.kind == "field"}  # type: ignore[attr-defined]
    return Document(
        name=name,
        kind="mutation" if operation.operation.value == "mutation" and not roots <= HARMLESS else "query",
        once=bool(roots & ONCE),
        text=print_ast(tree),
        variables=frozenset(item.variable.name.value for item in declared),
        required=frozenset(
            item.variable.name.value
            for item in declared
            if item.type.kind == "non_null_type" and item.default_value is None
        ),
        ids=Ids.of(tree),
        tree=tree,
        **Selection.read(tree)._asdict(),
    )


@cache
def packaged() -> Documents:
    """Return the package's own documents, indexed and parsed once a process."""
    return Documents.load()
