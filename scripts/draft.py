"""The first version of an action's document and manifest entry, from Shopify's official schema and the sandbox's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)
from official import ROOT, Official

from atom_shopify_plugin.shopify.selection import snake

__all__ = ["Impossible", "Root", "described", "input_property", "pascal", "sandbox_schema", "selection", "words"]

Json = dict[str, Any]
COMMON = "common.json#/$defs/"
SKIPPED_FIELDS = {"legacyResourceId", "defaultCursor"}
SKIPPED_ARGUMENTS = {"before", "last", "savedSearchId"}
SPREADS = {"MoneyBag": "Money", "MoneyV2": "Price", "MailingAddress": "Address"}
KNOWN_INPUTS = {"SEOInput": "seo_input", "MailingAddressInput": "address_input"}
KNOWN_LISTS = {"MetafieldInput": "metafields_input", "AttributeInput": "attributes_input"}
KNOWN_ENUMS = {"CountryCode": "country_code", "CurrencyCode": "currency"}
INT = 2**31 - 1
SCALARS: Mapping[str, Json] = {
    "String": {"type": "string", "maxLength": 255},
    "Int": {"type": "integer", "minimum": -INT - 1, "maximum": INT},
    "Float": {"type": "number", "minimum": -INT - 1, "maximum": INT},
    "Boolean": {"type": "boolean"},
    "DateTime": {"type": "string", "format": "date-time", "maxLength": 40},
    "Money": {"$ref": f"{COMMON}amount"},
    "Decimal": {"$ref": f"{COMMON}amount"},
    "URL": {"type": "string", "maxLength": 2048},
    "HTML": {"type": "string", "maxLength": 512000},
    "UnsignedInt64": {"type": "string", "maxLength": 20},
}


class Impossible(Exception):
    """No action can be drafted; the message says what is missing and what to do."""


def pascal(name: str) -> str:
    """Return ``collection_list`` as ``CollectionList``."""
    return "".join(part.capitalize() for part in name.split("_"))


def words(name: str) -> str:
    """Return a name of GraphQL or ours as words: ``sortKey`` → ``sort key``."""
    return snake(name).replace("_", " ")


def described(name: str) -> str:
    """Return a first description of a member from its name; Shopify's own sentences are not ours to copy."""
    text = words(name)
    as_html = text.removesuffix(" html")
    return f"{text[:1].upper()}{text[1:]}." if text == as_html else f"{as_html[:1].upper()}{as_html[1:]}, as HTML."


@cache
def sandbox_schema() -> GraphQLSchema:
    """Return the schema that the sandbox serves."""
    folder = ROOT / "atom_shopify_plugin" / "sandbox" / "schema"
    return build_schema((folder / "admin_2026-10.graphql").read_text(encoding="utf-8"), assume_valid=True)


@dataclass(frozen=True)
class Root:
    """A root field of Shopify's schema for which an action is drafted."""

    name: str
    official: Official
    sandbox: GraphQLSchema
    is_mutation: bool = field(init=False)

    def __post_init__(self) -> None:
        """Find the field; raise `Impossible` where Shopify has none or the sandbox does not serve it."""
        query, mutation = self.official.schema.query_type, self.official.schema.mutation_type
        assert query is not None
        assert mutation is not None
        if self.name not in {**query.fields, **mutation.fields}:
            raise Impossible(f"Shopify has no query or mutation named {self.name}.")
        object.__setattr__(self, "is_mutation", self.name in mutation.fields)
        if self.field.deprecation_reason:
            raise Impossible(f"Shopify has deprecated {self.name}: {self.field.deprecation_reason}")
        served = self.sandbox.mutation_type if self.is_mutation else self.sandbox.query_type
        if served is None or self.name not in served.fields:
            raise Impossible(
                f"The sandbox does not serve {self.name}: name it in atom_shopify_plugin/sandbox/schema/subset.json, "
                "run scripts/prune_schema.py, and write the rules that it has (atom_shopify_plugin/sandbox/README.md)."
            )

    @cached_property
    def field(self) -> GraphQLField:
        kind = self.official.schema.mutation_type if self.is_mutation else self.official.schema.query_type
        assert kind is not None
        declared: GraphQLField = kind.fields[self.name]
        return declared

    @cached_property
    def answer(self) -> GraphQLObjectType:
        kind = get_named_type(self.field.type)
        if not isinstance(kind, GraphQLObjectType):
            raise Impossible(f"{self.name} answers {kind}: write its document by hand.")
        return kind

    @property
    def is_list(self) -> bool:
        return not self.is_mutation and self.answer.name.endswith("Connection")

    def payload_field(self, noun: str) -> str:
        """Return the member of a mutation's payload that an action answers with."""
        names: list[str] = [name for name in self.answer.fields if not name.endswith("serErrors") and name != "shop"]
        deleted = [name for name in names if name.startswith("deleted")]
        objects = [
            name for name in names if isinstance(get_named_type(self.answer.fields[name].type), GraphQLObjectType)
        ]
        named = [name for name in objects if get_named_type(self.answer.fields[name].type).name == pascal(noun)]
        found = [*deleted, *named, *objects, *names]
        if not found:
            raise Impossible(f"{self.name} answers nothing but errors: write its document by hand.")
        return found[0]

    def thing(self, noun: str) -> GraphQLObjectType:
        """Return the type of what the action is about."""
        kind: Any = self.answer
        if self.is_list:
            if "nodes" not in self.answer.fields:
                raise Impossible(f"{self.name} has no nodes: write its document by hand.")
            kind = get_named_type(self.answer.fields["nodes"].type)
        elif self.is_mutation:
            kind = get_named_type(self.answer.fields[self.payload_field(noun)].type)
            if not isinstance(kind, GraphQLObjectType):
                kind = self.official.schema.type_map.get(pascal(noun))
        if not isinstance(kind, GraphQLObjectType):
            raise Impossible(f"{self.name} does not say what a {words(noun)} is: write its document by hand.")
        return kind

    def arguments(self) -> Iterator[tuple[str, str, GraphQLArgument | GraphQLInputField]]:
        """Yield what the action takes: our name, the place in the call, and Shopify's declaration.

        The members of a lone input object are taken apart, as input stays flat.
        """
        for name, argument in self.field.args.items():
            kind = argument.type.of_type if isinstance(argument.type, GraphQLNonNull) else argument.type
            if name in SKIPPED_ARGUMENTS or argument.deprecation_reason:
                continue
            if argument.type is kind and getattr(kind, "is_one_of", False):
                continue  # another way to name the thing
            if not self.is_mutation or not isinstance(kind, GraphQLInputObjectType) or kind.name in KNOWN_INPUTS:
                yield snake(name), name, argument
                continue
            served = self.sandbox.type_map.get(kind.name)
            for member, declared in kind.fields.items():
                if declared.deprecation_reason is None and member in getattr(served, "fields", {}):
                    yield snake(member), f"{name}.{member}", declared


def selection(
    kind: GraphQLObjectType, root: Root, scopes: frozenset[str], depth: int = 0
) -> tuple[list[str], list[str]]:
    """Return the lines that select the plain members of a type, and the names of those that are left out.

    Left out is what is another thing, a list of things, or needs scopes beyond `scopes`.
    """
    lines: list[str] = []
    left: list[str] = []
    served = root.sandbox.type_map.get(kind.name)
    for name, declared in kind.fields.items():
        if declared.deprecation_reason or name in SKIPPED_FIELDS or name not in getattr(served, "fields", {}):
            continue
        below = get_named_type(declared.type)
        needed = root.official.scopes.get(f"{kind.name}.{name}") or root.official.scopes.get(below.name)
        asks = any(isinstance(part.type, GraphQLNonNull) for part in declared.args.values())
        if asks or (needed is not None and scopes and not needed & scopes):
            left.append(name)
        elif isinstance(below, GraphQLScalarType | GraphQLEnumType):
            lines.append(name)
        elif below.name in SPREADS:
            lines.append(f"{name} {{ ...{SPREADS[below.name]} }}")
        elif isinstance(below, GraphQLObjectType) and depth == 0 and not below.interfaces and not declared.args:
            inner, _ = selection(below, root, scopes, depth + 1)
            lines += [f"{name} {{ {' '.join(inner)} }}"] if inner else []
        else:
            left.append(name)
    return lines, left


def input_property(name: str, declared: GraphQLArgument | GraphQLInputField, noun: str, depth: int = 0) -> Json | None:
    """Return the JSON Schema for one member of the input, None where it has to be written by hand."""
    about = described(name)
    kind = declared.type.of_type if isinstance(declared.type, GraphQLNonNull) else declared.type
    if isinstance(kind, GraphQLList):
        inner = get_named_type(kind)
        if inner.name in KNOWN_LISTS:
            return {"$ref": COMMON + KNOWN_LISTS[inner.name]}
        item = _plain(name.removesuffix("s"), kind.of_type, noun, about, depth)
        return None if item is None else {"type": "array", "items": item, "description": about, "maxItems": 250}
    return _plain(name, kind, noun, about, depth)


def _plain(name: str, declared: Any, noun: str, about: str, depth: int) -> Json | None:
    kind = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
    if kind.name in KNOWN_INPUTS or kind.name in KNOWN_ENUMS:
        return {"$ref": COMMON + {**KNOWN_INPUTS, **KNOWN_ENUMS}[kind.name], "description": about}
    if kind.name == "ID":
        return _id(_named(name, noun), about)
    if kind.name in SCALARS:
        longest = {"maxLength": 512000} if name.endswith("_html") else {}
        return {**SCALARS[kind.name], **longest, "description": about}
    if isinstance(kind, GraphQLEnumType):
        live = sorted(value for value, declared in kind.values.items() if declared.deprecation_reason is None)
        return {"type": "string", "description": about, "enum": live}
    if not isinstance(kind, GraphQLInputObjectType) or depth > 1:
        return None
    # What an inner `id` is the id of is not told by its name.
    members = {snake(part): one for part, one in kind.fields.items() if one.deprecation_reason is None and part != "id"}
    found = {part: input_property(part, one, noun, depth + 1) for part, one in members.items()}
    required = [part for part, one in members.items() if _is_required(one)]
    if any(found[part] is None for part in required):
        return None
    properties = {part: schema for part, schema in found.items() if schema is not None}
    return {
        "type": "object",
        "description": about,
        **({"required": required} if required else {}),
        "properties": properties,
    }


def _is_required(declared: GraphQLArgument | GraphQLInputField) -> bool:
    from graphql import Undefined

    return isinstance(declared.type, GraphQLNonNull) and declared.default_value is Undefined


def _named(name: str, noun: str) -> str:
    """Return what an id is the id of: ``collections_to_join`` are collections."""
    return noun if name == "id" else re.sub(r"(_id|s)$", "", name.partition("_to_")[0])


def _id(noun: str, about: str) -> Json:
    """Return the schema for the id of a thing: the shared definition where there is one."""
    shared = json.loads((ROOT / "manifests" / "common.json").read_bytes())["$defs"]
    if f"{noun}_id" in shared:
        return {"$ref": f"{COMMON}{noun}_id"}
    kind = pascal(noun)
    return {
        "type": ["integer", "string"],
        "format": f"gid:{kind}",
        "minimum": 1,
        "maximum": 2**63 - 1,
        "maxLength": 300,
        "description": about
        if noun == ""
        else f"Id of the {words(noun)}: a number, its digits, or gid://shopify/{kind}/….",
    }
