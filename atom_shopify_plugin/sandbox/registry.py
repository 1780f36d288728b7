"""What the sandbox has beside the schema: kinds of node, and the rules that differ from the conventions.

Most behaviour needs no rule. A field is read from its node; `x(id:)`, `xByIdentifier`, `xs(first:)` and `xsCount`
follow from the schema and the kind; so do `xCreate`, `xUpdate` and `xDelete` of a kind with `writes` (see `writes`).
Where Shopify has a rule of its own, it is one small function beside its domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from atom_shopify_plugin.sandbox.store import Node

__all__ = [
    "REGISTRY", "Filter", "Kind", "Member", "Read", "Registry", "Write", "Writes", "derived", "field_rule", "filters",
    "kind", "mutation", "query", "writes",
]  # fmt: skip

# Rules take a `context.Context` first; it imports this module, so that its type can't be named here.
Context = Any
Read = Callable[[Context, Node], Any]
FieldRule = Callable[[Context, Node, dict[str, Any]], Any]
RootRule = Callable[[Context, dict[str, Any]], Any]
F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")


@dataclass(frozen=True)
class Filter:
    """How a name of the search syntax is compared.

    `how`: text (words of it), exact (the whole, without regard to case and the blanks around it), prefix (its
    beginning), date, day (a date; an equality covers its whole day), number, id (numbers of global ids), weight
    (grams), flag, mixed (a metafield's type and value), or enum (lower-case names in `values`; another name matches
    nothing and draws the warning `invalid_value`). `read` gives the node's value or list of values; with `without`
    the nodes are found that do not have the value. `lookup` finds all nodes with a value through an index, where
    there is one, so that no list is walked.
    """

    how: str
    read: Read
    values: frozenset[str] = frozenset()
    lookup: Callable[[Context, str], list[Node]] | None = None
    without: bool = False


@dataclass(frozen=True)
class Member:
    """How one member of a kind's inputs is checked and stored; the messages are worded as Rails words them.

    `field`: where it is stored (default: the field of the same name); None where only a hook of `Writes` uses it.
    `clean`: f(value, path) -> the value to store; it raises `Refused` for a wrong one. `required`: blank is refused;
    `filled`: blank is refused where the member is given, and null in an update leaves what is there.
    `longest`: the most characters. `unique`: no other node of the kind may have the value (the field must be indexed).
    `label` is how messages call it (default: "First name" for ``firstName``). One that is not `modelled` may be empty.
    """

    field: str | None = ""
    clean: Callable[[Any, list[Any]], Any] | None = None
    required: bool = False
    filled: bool = False
    longest: int | None = None
    unique: bool = False
    label: str = ""
    modelled: bool = True


@dataclass
class Write:
    """One create, update or delete in progress: what the hooks of `Writes` look at and may amend.

    `given` holds the members of the input (of the type `input_name`), `args` all arguments, `values` what is going to
    be stored. `node` is the node that is changed or deleted, and the new one once it was created. `payload` is what the
    answer tells beside it.
    """

    action: str
    input_name: str
    given: Mapping[str, Any]
    args: Mapping[str, Any]
    values: Node
    node: Node | None = None
    payload: Node = field(default_factory=dict)

    @property
    def creates(self) -> bool:
        return self.action == "create"

    @property
    def target(self) -> Node:
        """Return the node, in hooks that run when there is one."""
        if self.node is None:
            raise LookupError("The node is not there yet.")
        return self.node


@dataclass(frozen=True)
class Writes:
    """What is particular about the conventional mutations of a kind.

    `members`: input members that are more than the field of the same name (see `Member`). `start`: what a new node
    stores beside its input. `check` refuses or amends before anything is written, `finish` writes what hangs on the
    node, `remove` refuses a deletion or deletes what goes with the node, and `answer` gives what the payload has beside
    the node. `missing` gives the message for an id that leads nowhere, by action, where it is not "Thing does not
    exist", or the message and its code, and `nowhere` its path, where that is not the id's. `path` comes before a
    member's name in the paths of errors. `actions` are those that follow the conventions. With `quiet` an update
    without a new value is no effect. `own_id` is the path and the message for a create that names an id. With `shown`
    an update that is refused answers the node as it is.
    """

    members: Mapping[str, Member] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)
    check: Callable[[Context, Write], None] | None = None
    finish: Callable[[Context, Write], None] | None = None
    remove: Callable[[Context, Write], None] | None = None
    answer: Callable[[Context, Write], Node] | None = None
    missing: Mapping[str, str | tuple[str, str]] = field(default_factory=dict)
    nowhere: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    actions: Sequence[str] = ("create", "update", "delete")
    quiet: bool = False
    own_id: tuple[tuple[str, ...], str] | None = None
    shown: bool = False


@dataclass(frozen=True)
class Kind:
    """A type whose nodes the sandbox keeps.

    A node has the fields in `defaults` without saying so, and those that `fields` lists (names with blanks between)
    with the empty value of their type: null, an empty list, "", 0 or false. A field in neither is not modelled.
    `indexed` fields are found without a walk.

    `filters` and `words` make up the search syntax (`words`: filters that a bare word looks into). A filter is a
    `Filter` or a text ``"how field"``. The field is that of the same name unless it is given; ``product.vendor`` is a
    field of what a field refers to. The comparison is that of the field's type (text has to say ``text``, ``exact`` or
    ``prefix``; ``id`` compares the number of a reference). An enum's values are the schema's. A name of Shopify's
    tables that needs none of this is not declared: see `kinds.complete`. `sort` maps a sort key's name to what is
    compared or to a field, where that is not the field of the same name. `identifiers` maps members of an identifier
    input to indexed fields of other names.

    `members` are the kinds whose nodes a kind lists that keeps none of its own. `owner` is the kind's
    MetafieldOwnerType, where that is not its name. `patterns` gives the filters whose names only begin alike
    (``fields.``), made from the whole name.

    `listed` names the fields of other kinds that list the nodes of this one, each with the field that refers to the
    other node: ``{"Blog.articles": "blog"}``. A connection is searched and sorted where it has such arguments, and
    `articlesCount` counts it; a field that is no list gives the first node. What refers is a gid or a list of gids; an
    index on it spares a walk.

    `visible` hides rows from an app, such as orders older than its scopes reach. A kind with `writes` (see there) has
    the conventional mutations that the schema serves for it.
    """

    name: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fields: str = ""
    indexed: Sequence[str] = ()
    filters: Mapping[str, Filter | str] = field(default_factory=dict)
    words: Sequence[str] = ()
    sort: Mapping[str, Read | str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, Callable[[str], Filter]] = field(default_factory=dict)
    visible: Callable[[Context, Node], bool] | None = None
    members: Sequence[str] = ()
    owner: str = ""
    listed: Mapping[str, str] = field(default_factory=dict)

    def patterned(self, name: str) -> Filter | None:
        """Return the filter for a name of which the kind knows only the beginning."""
        return next((make(name) for prefix, make in self.patterns.items() if name.startswith(prefix)), None)


@dataclass
class Registry:
    kinds: dict[str, Kind] = field(default_factory=dict)
    writes: dict[str, Writes] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # kinds that have metafields → MetafieldOwnerType
    fields: dict[tuple[str, str], FieldRule] = field(default_factory=dict)
    derived: set[tuple[str, str]] = field(default_factory=set)  # those of `fields` that need no arguments
    lists: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)  # (kind, field) → (kind, its reference)
    queries: dict[str, RootRule] = field(default_factory=dict)
    mutations: dict[str, RootRule] = field(default_factory=dict)
    filters: dict[str, dict[str, Filter | str]] = field(default_factory=dict)


REGISTRY = Registry()


def _declares(make: Callable[P, Kind]) -> Callable[P, Kind]:
    def declare(*args: P.args, **members: P.kwargs) -> Kind:
        entry = make(*args, **members)
        if entry.name in REGISTRY.kinds:
            raise ValueError(f"{entry.name} is declared twice")
        REGISTRY.kinds[entry.name] = entry
        for name, refers in entry.listed.items():
            parent, _, listed = name.partition(".")
            REGISTRY.lists[parent, listed] = (entry.name, refers)
        return entry

    return declare


# Declare a kind of node (or of value object: then only its defaults matter), with the members of `Kind`.
kind = _declares(Kind)


def _gives(make: Callable[P, Writes]) -> Callable[Concatenate[str, P], None]:
    def give(kind: str, /, *args: P.args, **members: P.kwargs) -> None:
        if kind in REGISTRY.writes:
            raise ValueError(f"The writes of {kind} are declared twice")
        REGISTRY.writes[kind] = make(*args, **members)

    return give


# Give a kind the conventional mutations that the schema serves for it, with the members of `Writes`.
writes = _gives(Writes)


def filters(kind: str, entries: Mapping[str, Filter | str]) -> None:
    """Give a kind further filters, where they are too many to stand beside its fields."""
    known = REGISTRY.filters.setdefault(kind, {})
    for name, entry in entries.items():
        if name in known:
            raise ValueError(f"The filter {name} of {kind} is declared twice")
        known[name] = entry


def field_rule(*names: str) -> Callable[[F], F]:
    """Compute fields named ``"Type.field"``: f(ctx, node, arguments) -> value."""
    return _entry(REGISTRY.fields, *(tuple(name.split(".")) for name in names))


def derived(fields: Mapping[str, Read | str]) -> None:
    """Compute fields from what is stored, without arguments: f(ctx, node) -> value, by ``"Type.field"``.

    One rule may serve several types and fields: ``"Page|Article.isPublished"``, or several such names with blanks
    between. A text is a path: ``order.name`` is the name of what `order` refers to, None where it refers to nothing. A
    list of rows is paged where the field is a connection, and ``articlesCount`` counts the rows of ``articles``.
    """
    for names, rule in fields.items():
        read = _at_path(rule) if isinstance(rule, str) else _without_arguments(rule)
        pairs = []
        for name in names.split():
            types, _, members = name.partition(".")
            pairs += [(kind, member) for kind in types.split("|") for member in members.split("|")]
        _entry(REGISTRY.fields, *pairs)(read)
        REGISTRY.derived.update(pairs)


def _without_arguments(read: Read) -> FieldRule:
    return lambda ctx, node, _args: read(ctx, node)


def _at_path(path: str) -> FieldRule:
    *refers, last = path.split(".")

    def rule(ctx: Context, node: Node, _args: dict[str, Any]) -> Any:
        found: Node | None = node
        for step in refers:
            found = ctx.store.get(found.get(step)) if found is not None else None
        if found is None or last == "id":
            return found and found["id"]
        return ctx.value(found, last) if "__typename" in found else found.get(last)

    return rule


def query(*names: str) -> Callable[[F], F]:
    """Answer root queries that the schema alone does not explain: f(ctx, arguments) -> value."""
    return _entry(REGISTRY.queries, *names)


def mutation(*names: str) -> Callable[[F], F]:
    """Carry out mutations: f(ctx, arguments) -> payload; raise `Refused` for user errors."""
    return _entry(REGISTRY.mutations, *names)


def _entry(table: dict[Any, Any], *names: Any) -> Callable[[F], F]:
    def add(function: F) -> F:
        for name in names:
            if name in table:
                raise ValueError(f"{name} has two rules")
            table[name] = function
        return function

    return add
