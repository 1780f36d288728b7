"""The names of the whole official schema: its types, fields, arguments, input members, enum values and directives.

A document is validated against all of it; the sandbox serves a part (see `sandbox.engine.schema`). Types are written as
in GraphQL, ``[ID!]!``; the functions at the end take such texts apart. A type's facts are read when it is first asked
for, because a document names a few of the thousands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import orjson

__all__ = [
    "Directive",
    "Field",
    "Member",
    "OfficialSchema",
    "Type",
    "choices",
    "is_list",
    "item_of",
    "named",
    "official",
]

ROOTS = {"query": "QueryRoot", "mutation": "Mutation"}
COMPOSITE = frozenset({"OBJECT", "INTERFACE", "UNION"})
LEAVES = frozenset({"SCALAR", "ENUM"})
INPUTS = frozenset({"SCALAR", "ENUM", "INPUT_OBJECT"})


@dataclass(frozen=True, slots=True)
class Member:
    """An argument, or a field of an input object: its type, and whether it has a default."""

    type: str
    default: bool = False

    @property
    def is_required(self) -> bool:
        return self.type.endswith("!") and not self.default


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object or interface: its type with and without wrappers, its arguments."""

    type: str
    named: str
    arguments: Mapping[str, Member] = field(default_factory=dict)


@dataclass(frozen=True)
class Type:
    """A type and its facts, as far as its kind has them.

    `kind` is as in introspection (OBJECT …), `members` are an input object's, `possible` the objects that a value of
    this type may be. `deprecated` names fields, arguments (``field(argument)``), members and enum values.
    """

    name: str
    kind: str
    fields: Mapping[str, Field]
    members: Mapping[str, Member]
    values: tuple[str, ...]
    interfaces: frozenset[str]
    possible: frozenset[str]
    is_one_of: bool
    deprecated: frozenset[str] = frozenset()

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name, member in self.members.items() if member.is_required)

    @property
    def is_composite(self) -> bool:
        return self.kind in COMPOSITE

    @property
    def is_leaf(self) -> bool:
        return self.kind in LEAVES

    @property
    def is_input(self) -> bool:
        return self.kind in INPUTS


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive: where it may stand (as in introspection) and its arguments."""

    name: str
    locations: tuple[str, ...]
    arguments: Mapping[str, Member]
    is_repeatable: bool


# Fields that every schema has beside its own.
TYPENAME = Field("String!", "String")
META = {
    "__schema": Field("__Schema!", "__Schema"),
    "__type": Field("__Type", "__Type", {"name": Member("String!")}),
}


class OfficialSchema:
    """Looks up facts by name; what does not exist is None."""

    def __init__(self, table: str) -> None:
        self._lines = dict(line.split("\t", 1) for line in table.splitlines())
        self._types: dict[str, Type] = {}
        self._directives: dict[str, Directive | None] = {}

    def type(self, name: str) -> Type | None:
        """Return a type by its name, without wrappers."""
        known = self._types.get(name)
        if known is None and name in self._lines and not name.startswith("@"):
            known = self._types[name] = _type(name, orjson.loads(self._lines[name]))
        return known

    def root(self, operation: str) -> Type | None:
        """Return the type at the root of a query or mutation; Shopify has none for subscriptions."""
        return self.type(ROOTS[operation]) if operation in ROOTS else None

    def field(self, parent: Type, name: str) -> Field | None:
        """Return a field of a type, those that are there for introspection included."""
        known = parent.fields.get(name)
        if known is None and name.startswith("__"):
            if name == "__typename" and parent.is_composite:
                return TYPENAME
            return META.get(name) if parent.name == ROOTS["query"] else None
        return known

    def directive(self, name: str) -> Directive | None:
        if name not in self._directives:
            line = self._lines.get(f"@{name}")
            self._directives[name] = None if line is None else _directive(name, orjson.loads(line))
        return self._directives[name]

    def names(self) -> list[str]:
        """Return the names of all types, those of introspection left out."""
        return [name for name in self._lines if not name.startswith(("@", "__"))]


def _type(name: str, facts: dict[str, Any]) -> Type:
    kind = facts["kind"]
    return Type(
        name,
        kind,
        {key: _field(entry) for key, entry in facts.get("fields", {}).items()},
        _members(facts),
        tuple(facts.get("values", ())),
        frozenset(facts.get("interfaces", ())),
        frozenset([name] if kind == "OBJECT" else facts.get("possible", ())),
        facts.get("one", False),
        frozenset(facts.get("deprecated", ())),
    )


def _field(entry: Any) -> Field:
    if isinstance(entry, str):
        return Field(entry, named(entry))
    return Field(entry[0], named(entry[0]), _members({"members": entry[1]}))


def _members(facts: dict[str, Any]) -> dict[str, Member]:
    return {
        name: Member(shown.removesuffix("="), shown.endswith("=")) for name, shown in facts.get("members", {}).items()
    }


def _directive(name: str, facts: dict[str, Any]) -> Directive:
    return Directive(name, tuple(facts["locations"]), _members(facts), facts.get("repeatable", False))


@cache
def official() -> OfficialSchema:
    """Return the schema of 2026-10; read once per process."""
    table = files("atom_shopify_plugin.official").joinpath("schema/official_2026-10.txt")
    return OfficialSchema(table.read_text(encoding="utf-8"))


@cache
def _orders() -> dict[str, tuple[str, ...]]:
    text = files("atom_shopify_plugin.official").joinpath("schema/enum_order.txt").read_text(encoding="utf-8")
    rows = (line.split(": ") for line in text.splitlines())
    return {name: tuple(values.split()) for name, values in rows}


def choices(kind: Type) -> tuple[str, ...]:
    """Return the values of an enum in the order in which messages list them.

    Shopify lists them as they are declared, which introspection does not tell; the order is known for a few enums, and
    the others are listed by the alphabet.
    """
    known = _orders().get(kind.name, ())
    return known if frozenset(known) == frozenset(kind.values) else kind.values


# types as texts


def named(shown: str) -> str:
    """Return the type at the core: ``ID`` for ``[ID!]!``."""
    return shown.strip("[]!")


def is_list(shown: str) -> bool:
    """Tell whether a type is a list, whether or not it may be null."""
    return shown.startswith("[")


def item_of(shown: str) -> str:
    """Return the type of a list's items: ``ID!`` for ``[ID!]!``."""
    return shown.removesuffix("!")[1:-1]
