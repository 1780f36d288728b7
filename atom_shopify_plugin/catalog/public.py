"""Schemas of manifests → schemas for callers: the one source for OpenAPI, the list of tools, and the command line.

A manifest says `format` where only a check of ours knows what is meant (``gid:Product``, ``decimal``). Callers don't
have that check: they get the pattern that says the same. ``format: money`` stays beside it, since hosts round by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from atom_shopify_plugin.catalog.schemas import Schema, Schemas

__all__ = ["HIGHEST", "PublicSchema", "described", "public_schema", "replaced"]

HIGHEST = 2**63 - 1
"""What databases and Shopify's ids hold; ±HIGHEST are the widest bounds of any number."""
_DECIMAL = {"pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,9})?$"}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "base64": {
        "contentEncoding": "base64",
        "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
    },
    "decimal": _DECIMAL,
    "money": {"format": "money", **_DECIMAL},
    "email": {"pattern": r"^[^@\s]{1,64}@[^@\s]{1,250}$"},
    "phone": {"pattern": r"^\+?[0-9 ().-]{4,30}$"},
}
_DAY_OR_MOMENT = {"anyOf": [{"format": "date-time"}, {"format": "date"}]}
# What `shopify.search.quote` takes.
_SEARCHED = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
_SPACES = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_REPLACES = {
    True: "The list replaces the whole list that is there.",
    False: "What the list does not name stays as it is.",
}


class PublicSchema(NamedTuple):
    """What an action takes and answers, as callers see it.

    `input` and `output` refer to `definitions` by ``#/$defs/name``. A definition holds no references.
    """

    input: dict[str, Any]
    output: dict[str, Any]
    definitions: dict[str, dict[str, Any]]

    def whole(self, schema: Any) -> Any:
        """Return a part of `input` or `output` with the definitions in the place of their references."""
        return replaced(schema, lambda name: self.definitions[name])


def public_schema(raw_input: Schema, raw_output: Schema, schemas: Schemas) -> PublicSchema:
    """Return the public form of an input and an output as manifests hold them."""
    writer = _Writer(schemas)
    return PublicSchema(
        writer.public(raw_input, given=True), writer.public(raw_output, given=False), writer.definitions
    )


def replaced(schema: Any, definition: Callable[[str], Mapping[str, Any]]) -> Any:
    """Return `schema` with each ``$ref`` replaced by the `definition` of that name, and what stands beside it."""
    if isinstance(schema, list):
        return [replaced(item, definition) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    here = {name: replaced(value, definition) for name, value in schema.items() if name != "$ref"}
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return {**definition(name), **here} if name else here


def described(schema: Schema) -> str:
    """Return the description of a property for callers, with what a list does to the one that is there.

    Scopes that only the property needs are named, too.
    """
    words = [str(schema.get("description", "")), _REPLACES.get(schema.get("replaces"), "")]  # type: ignore[arg-type]
    scopes = schema.get("x-scopes", ())
    if isinstance(scopes, Mapping):
        words += [f"The value {value} needs {' and '.join(needed)}." for value, needed in scopes.items()]
    elif scopes:
        words.append(f"Needs {' and '.join(scopes)}.")
    return " ".join(filter(None, words))


class _Writer:
    """Writes schemas in their public form, and keeps the definitions that they refer to."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self.definitions: dict[str, dict[str, Any]] = {}

    def public(self, schema: Any, *, given: bool) -> Any:
        """Return a schema in its public form; `given` tells that callers send it, and not we."""
        if isinstance(schema, list):
            return [self.public(value, given=given) for value in schema]
        if not isinstance(schema, Mapping):
            return schema
        if "search" in schema and "$ref" in schema:
            # What a moment or a word may be depends on its being a filter, which the definition doesn't say.
            whole = self._schemas.resolved(schema)
            schema = whole if whole.get("format") == "date-time" or _is_word(whole) else schema
        ours = ("search", "replaces", "x-json", "x-kind")
        result = {key: self.public(value, given=given) for key, value in schema.items() if key not in ours}
        if "replaces" in schema or "x-scopes" in schema:
            result["description"] = described(self._schemas.resolved(schema))
        if "search" in schema and _is_word(schema):
            result["pattern"] = _SEARCHED
        name = self._schemas.find(str(schema.get("$ref", "")))
        if name is not None:
            result["$ref"] = f"#/$defs/{name}"
            if name not in self.definitions:
                whole = self._schemas.resolved({"$ref": f"#/$defs/{name}"})
                self.definitions[name] = self.public(whole, given=given)
        if given and isinstance(schema.get("format"), str):
            result = _explained(result, filters="search" in schema)
        if isinstance(result.get("pattern"), str):
            result["pattern"] = _spelled_out(result["pattern"])
        return result


def _is_word(schema: Schema) -> bool:
    return schema.get("type") == "string" and not {"enum", "format", "pattern"} & schema.keys()


def _spelled_out(pattern: str) -> str:
    r"""Return a pattern that names what Python counts as white space: ``\\s`` means something else in JavaScript."""
    plain: list[str] = []
    in_class = escaped = False
    for char in pattern:
        if escaped:
            escaped = False
            known = {"s": _SPACES} if in_class else {"s": f"[{_SPACES}]", "S": f"[^{_SPACES}]"}
            plain.append(known.get(char, "\\" + char))
        elif char == "\\":
            escaped = True
        else:
            in_class = char == "[" or (in_class and char != "]")
            plain.append(char)
    return "".join(plain)


def _explained(schema: dict[str, Any], *, filters: bool) -> dict[str, Any]:
    form = schema.pop("format")
    if form.startswith("gid:"):
        return {**schema, **_id(form.removeprefix("gid:"))}
    if form == "date-time" and filters:
        return {**schema, **_DAY_OR_MOMENT}
    known = _FORMATS.get(form, {"format": form})
    if "pattern" in known and "pattern" in schema:
        return {**schema, **{key: value for key, value in known.items() if key != "pattern"}}
    return {**schema, **known}


def _id(kind: str) -> dict[str, Any]:
    """Return what `shopify.ids.to_gid` takes, but for the few largest numbers where they are text."""
    number = "([1-9][0-9]{0,17}|[1-8][0-9]{18})"
    return {"pattern": f"^(gid://shopify/{kind}/)?{number}$", "minimum": 1, "maximum": HIGHEST}
