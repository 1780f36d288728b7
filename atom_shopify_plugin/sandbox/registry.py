"""Where the sandbox's special rules are hung: kinds of node, fields, queries and mutations, by decorator.

Most behaviour needs no entry here. A field is read from its node, `x(id:)`, `xs(first:)` and `xsCount` follow from the
schema. A rule that differs is one small function beside its domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from atom_shopify_plugin.sandbox.store import Node

__all__ = ["REGISTRY", "Filter", "Kind", "by_index", "field_rule", "kind", "mutation", "query"]

# Rules take a `context.Context` first; it knows this module, so that its type can't be named here.
Context = Any
Read = Callable[[Context, Node], Any]
FieldRule = Callable[[Context, Node, dict[str, Any]], Any]
RootRule = Callable[[Context, dict[str, Any]], Any]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Filter:
    """How a field of the search syntax is compared.

    `how`: text (words of it), exact (the whole, without regard to case and the blanks around it), prefix (its
    beginning), date, number, flag, or enum (lower-case names
    in `values`; another name draws the warning `invalid_value`). `read` gives the node's value or list of values.
    `lookup` finds all nodes with an exact value through an index, where there is one, so that no list is walked.
    """

    how: str
    read: Read
    values: frozenset[str] = frozenset()
    lookup: Callable[[Context, str], list[Node]] | None = None


@dataclass(frozen=True)
class Kind:
    """A type whose nodes the sandbox keeps.

    `defaults` are the fields that a node has without saying so (a field in neither is not modelled); `indexed` fields
    are found without a walk; `filters` and `words` make up the search syntax (`words`: filters that a bare word looks
    into); `sort` maps a sort key's name to what is compared, where that is not the field of the same name.
    `visible` hides rows from an app, such as orders older than its scopes reach.
    """

    name: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    indexed: Sequence[str] = ()
    filters: Mapping[str, Filter] = field(default_factory=dict)
    words: Sequence[str] = ()
    sort: Mapping[str, Read] = field(default_factory=dict)
    visible: Callable[[Context, Node], bool] | None = None


@dataclass
class Registry:
    kinds: dict[str, Kind] = field(default_factory=dict)
    fields: dict[tuple[str, str], FieldRule] = field(default_factory=dict)
    queries: dict[str, RootRule] = field(default_factory=dict)
    mutations: dict[str, RootRule] = field(default_factory=dict)


REGISTRY = Registry()


def by_index(kind: str, name: str) -> Callable[[Context, str], list[Node]]:
    """Return a `Filter.lookup` over an indexed field of the kind itself."""
    return lambda ctx, value: ctx.store.find(kind, name, value)


def kind(entry: Kind) -> Kind:
    """Declare a kind of node (or of value object: then only its defaults matter)."""
    if entry.name in REGISTRY.kinds:
        raise ValueError(f"{entry.name} is declared twice")
    REGISTRY.kinds[entry.name] = entry
    return entry


def field_rule(*names: str) -> Callable[[F], F]:
    """Compute fields named ``"Type.field"``: f(ctx, node, arguments) -> value."""
    return _entry(REGISTRY.fields, *(tuple(name.split(".")) for name in names))


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
