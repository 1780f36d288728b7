"""One finding of the schema validator → faults in plain English: what is wrong, and what to send instead."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.formats import FORMATS, MOMENT_EXAMPLE
from atom_shopify_plugin.catalog.model import Schema
from atom_shopify_plugin.catalog.naming import suggest
from atom_shopify_plugin.errors import Fault

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = ["listed", "not_null", "pointer", "told", "unknown_fields"]

_MANY = 12  # names or values that a message lists
_TYPES: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def pointer(path: Any) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in path)


def not_null(schema: Schema) -> Schema:
    """Return the part of ``X or null`` that is not null, else `schema` itself."""
    branches = schema.get("anyOf", ())
    rest = [branch for branch in branches if branch != {"type": "null"}]
    return rest[0] if len(branches) == 2 and len(rest) == 1 else schema


def told(error: ValidationError) -> Iterator[Fault]:
    """Yield what a finding means for the person who sent the input."""
    at, kind = pointer(error.absolute_path), str(error.validator)
    rule: Any = error.validator_value
    instance: Any = error.instance
    schema: Schema = error.schema if isinstance(error.schema, Mapping) else {}
    if instance == "" and _takes_null(schema) and kind != "type":
        yield Fault(at, "It must not be empty. Send null to clear it.", "empty")
    elif kind == "additionalProperties":
        yield from unknown_fields(at, instance, list(schema.get("properties", {})))
    elif kind == "required":
        missing = next((name for name in rule if name not in instance and repr(name) in error.message), "")
        yield Fault(at + pointer([missing]), "It is required.", "required")
    elif kind == "dependentRequired":
        for name in rule:
            for other in rule[name] if name in instance else ():
                if other not in instance:
                    yield Fault(at + pointer([other]), f"It is required together with {name}.", kind)
    elif kind in ("pattern", "format") and "," in str(instance) and schema.get("format") in ("money", "decimal"):
        yield Fault(at, "The comma is ambiguous. Use a point for decimals, such as 1000.00.", kind)
    elif kind in ("oneOf", "anyOf"):
        yield from _no_branch(at, kind, error, schema)
    elif kind == "not" and isinstance(rule, Mapping) and rule.get("required"):
        yield Fault(at, f"Send only one of {listed(rule['required'], 'and')}.", kind)
    elif kind == "enum":
        yield Fault(at, _one_of(rule, instance), kind)
    elif kind in _WORDS:
        yield Fault(at, _WORDS[kind](rule, schema), kind)
    else:
        yield Fault(at, "It is not valid here. The reference describes what this field takes.", kind)


def unknown_fields(at: str, names: Collection[str], known: Collection[str], what: str = "field") -> Iterator[Fault]:
    """Yield a fault for each of `names` that is not `known`, with the one that was meant or those that there are."""
    for name in [name for name in names if name not in known]:
        meant = suggest(name, known)
        if meant is not None:
            hint = f"Did you mean {meant}?"
        elif not known:
            hint = f"No {what} is taken here."
        elif len(known) <= _MANY:
            hint = f"Known here: {listed(known)}."
        else:
            hint = f"The reference lists the {len(known)} {what}s that are."
        yield Fault(at + pointer([name]), f"This {what} is not known. {hint}", "unknown_field", meant)


def listed(names: Collection[Any], word: str = "") -> str:
    """Return names as a person lists them: ``a, b or c`` with the word ``or``, else separated by commas."""
    texts = [str(name) for name in names]
    if not word or len(texts) < 2:
        return ", ".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"


def _takes_null(schema: Schema) -> bool:
    return not_null(schema) is not schema or (isinstance(schema.get("type"), list) and "null" in schema["type"])


def _no_branch(at: str, kind: str, error: ValidationError, schema: Schema) -> Iterator[Fault]:
    if not_null(schema) is not schema:
        inner = [below for below in error.context or () if below.schema != {"type": "null"}]
        for below in inner:
            for fault in told(below):
                # The part that is wrong does not know that null would do.
                here = fault.pointer == at and fault.message.startswith("It must be ")
                message = fault.message.removesuffix(".") + ", or null." if here else fault.message
                yield Fault(fault.pointer, message, fault.code, fault.suggestion)
        return
    rule: Any = error.validator_value
    branches = [branch for branch in rule if isinstance(branch, Mapping)]
    choices = [branch["required"] for branch in branches if branch.get("required")]
    instance = error.instance
    if len(choices) == len(branches) and isinstance(instance, Mapping):
        options = listed([listed(choice, "and") for choice in choices], "or")
        given = [listed(choice, "and") for choice in choices if all(name in instance for name in choice)]
        if kind == "oneOf" and len(given) > 1:
            yield Fault(at, f"Send only one of {options}; {listed(given, 'and')} were sent.", kind)
        else:
            yield Fault(at, f"{'One' if kind == 'oneOf' else 'At least one'} of these is required: {options}.", kind)
        return
    yield Fault(at, f"It must be {listed(dict.fromkeys(map(_described, branches)), 'or')}.", kind)


def _described(schema: Schema) -> str:
    """Return what a schema takes, as the end of a sentence."""
    if "const" in schema:
        return _json(schema["const"])
    if "enum" in schema:
        short = len(schema["enum"]) <= _MANY
        return f"one of {listed([_json(one) for one in schema['enum']], 'or') if short else 'its values'}"
    if "format" in schema and schema["format"] in FORMATS:
        return FORMATS[schema["format"]][1]
    if str(schema.get("format", "")).startswith("gid:"):
        return f"the id of {_a_thing(schema['format'].removeprefix('gid:'))}"
    if schema.get("required"):
        return f"an object with {listed(schema['required'], 'and')}"
    return _types(schema.get("type", "object"))


def _types(rule: Any) -> str:
    names = [rule] if isinstance(rule, str) else list(rule)
    if "number" in names and "integer" in names:
        names.remove("integer")
    return listed([_TYPES.get(name, name) for name in names], "or")


def _a_thing(kind: str) -> str:
    """Return a type of Shopify's with its article, such as ``an inventory item``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return f"{'an' if words[:1] in 'aeio' else 'a'} {words}"


def _one_of(values: Any, instance: Any) -> str:
    texts = [value if isinstance(value, str) else _json(value) for value in values]
    if len(texts) == 1:
        return f"It must be {texts[0]}."
    if len(texts) <= _MANY:
        return f"It must be one of: {', '.join(texts)}."
    near = difflib.get_close_matches(str(instance)[:100].upper(), texts, n=1, cutoff=0.75)
    hint = f"Did you mean {near[0]}?" if near else f"The reference lists all of them, such as {', '.join(texts[:3])}."
    return f"It must be one of {len(texts)} values. {hint}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _format_words(name: str, schema: Schema) -> str:
    if name.startswith("gid:"):
        kind = name.removeprefix("gid:")
        return f"It must be the id of {_a_thing(kind)}: its number, or gid://shopify/{kind}/ and the number."
    if name == "date-time" and "search" in schema:
        return f"It must be a day such as 2026-10-31, or a moment with its offset, such as {MOMENT_EXAMPLE}."
    return f"It must be {FORMATS[name][1]}."


def _count(number: int, noun: str) -> str:
    return f"{_number(number)} {noun}{'' if number == 1 else 's'}"


def _fields(least: int, schema: Schema) -> str:
    required = list(schema.get("required", ()))
    optional = [name for name in schema.get("properties", {}) if name not in required]
    more = least - len(required)
    beside = f" beside {listed(required, 'and')}" if required else ""
    names = f": {listed(optional, 'or')}" if 0 < len(optional) <= _MANY else ""
    least_words = "one field" if more <= 1 else _count(more, "field")
    return f"Send at least {least_words}{beside}{names}."


_WORDS: Mapping[str, Callable[[Any, Schema], str]] = {
    "type": lambda rule, _: f"It must be {_types(rule)}.",
    "const": lambda rule, _: f"It must be {_json(rule)}.",
    "format": _format_words,
    "pattern": lambda _, schema: (
        f"It must be {schema['x-says']}."
        if "x-says" in schema
        else "It does not have the format of this field. The reference describes the format."
    ),
    "minLength": lambda rule, _: (
        "It must not be empty." if rule == 1 else f"It must have at least {_count(rule, 'character')}."
    ),
    "maxLength": lambda rule, _: f"It must have at most {_count(rule, 'character')}.",
    "minimum": lambda rule, _: f"It must be at least {_number(rule)}.",
    "exclusiveMinimum": lambda rule, _: f"It must be greater than {_number(rule)}.",
    "maximum": lambda rule, _: f"It must be at most {_number(rule)}.",
    "exclusiveMaximum": lambda rule, _: f"It must be less than {_number(rule)}.",
    "multipleOf": lambda rule, _: f"It must be a multiple of {_number(rule)}.",
    "minItems": lambda rule, _: f"It must hold at least {_count(rule, 'item')}.",
    "maxItems": lambda rule, _: f"It must hold at most {_count(rule, 'item')}.",
    "uniqueItems": lambda _, __: "It must not hold the same item twice.",
    "minProperties": _fields,
    "maxProperties": lambda rule, _: f"It must have at most {_count(rule, 'field')}.",
    "not": lambda _, __: "It must not have this value.",
    "x-json": lambda rule, _: f"It must have at most {_count(rule, 'character')} when it is written as JSON.",
}
