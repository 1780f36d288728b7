"""JSON Schema over what callers send: sizes before content, and every fault in our words.

`jsonschema` checks each rule by itself, so that a pattern runs over a text of any length and a list of any length is
compared with itself. Here a text or list that is too long meets no further rule, which bounds what any input costs.
"""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.catalog.model import Schema
from atom_shopify_plugin.catalog.names import NAMED
from atom_shopify_plugin.catalog.public import HIGHEST
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.ids import to_gid

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ["FORMATS", "HIGHEST", "MAX_FAULTS", "build", "faults_of", "not_null", "pointer", "reference"]

MAX_FAULTS = 50
MAX_DEPTH = 64
MAX_VALUES = 50  # of one filter

_LONGEST = 10**100  # beyond it Python may refuse to write a number down, which the validator does

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_PHONE = re.compile(r"\+?[0-9 ().-]{4,30}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_EXAMPLE = "2026-10-31T08:00:00Z"


def _is_moment(text: str, schema: Schema) -> bool:
    # Python reads more of ISO 8601 than Shopify does, such as weeks, so the form is compared before the value.
    if "search" in schema and _DAY.fullmatch(text):
        return bool(date.fromisoformat(text))
    return _MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text).astimezone(UTC))


FORMATS: Mapping[str, tuple[Callable[[str, Schema], bool], str]] = {
    "date-time": (_is_moment, f"a moment with its offset, such as {_EXAMPLE}"),
    "decimal": (lambda text, _: bool(_DECIMAL.fullmatch(text)), "a decimal number as text, such as 19.90"),
    "money": (lambda text, _: bool(_DECIMAL.fullmatch(text)), "an amount as text, such as 19.90"),
    "email": (lambda text, _: bool(_EMAIL.fullmatch(text)), "an e-mail address"),
    "phone": (lambda text, _: bool(_PHONE.fullmatch(text)), "a phone number with country code, such as +15550100"),
}
"""What each format accepts, and its name in a sentence; beside them there is ``gid:Type``, the id of a `Type`.

A filter (a member with ``search``) takes a day such as 2026-10-31 for a moment, too. A ``pattern`` beside a format is
the stricter of the two and checked in its place.
"""


def build(schema: Schema) -> Validator:
    """Return a validator for `schema`, whose references are in place."""
    found: Validator = _class()(schema)
    return found


@cache
def _class() -> type[Validator]:
    from jsonschema import Draft202012Validator, validators

    extend: Callable[..., type[Validator]] = validators.extend
    rules: Mapping[str, Any] = Draft202012Validator.VALIDATORS
    sized = {name: _within("maxItems", rules[name]) for name in ("items", "prefixItems", "contains", "uniqueItems")}
    texts = {"pattern": _within("maxLength", _pattern), "format": _within("maxLength", _format)}
    return extend(Draft202012Validator, {**sized, **texts, "x-several": _several})


Rule = Callable[[Any, Any, Any, Schema], Iterator["ValidationError"] | None]


def _within(size: str, rule: Rule) -> Rule:
    """Return `rule` for what is not longer than the `size` of its schema; what is has its fault by that alone."""

    def check(validator: Any, value: Any, instance: Any, schema: Schema) -> Iterator[ValidationError]:
        if not isinstance(instance, (str, list)) or len(instance) <= schema.get(size, math.inf):
            yield from rule(validator, value, instance, schema) or ()

    return check


def _several(validator: Any, one: Schema, instance: Any, _: Schema) -> Iterator[ValidationError]:
    """Check a filter: one value, or a list of values of which any fits."""
    whole = {"minItems": 1, "maxItems": MAX_VALUES, "items": one} if isinstance(instance, list) else one
    yield from validator.descend(instance, whole)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # At Python `$` also stands before a line break at the end; in JSON Schema (ECMA-262) it does not.
    return re.compile(pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern)


def _pattern(_: Any, pattern: str, instance: Any, __: Schema) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError("pattern")


def _format(_: Any, name: str, instance: Any, schema: Schema) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if "pattern" in schema:
        return  # it says the same, and more exactly
    try:
        if name.startswith("gid:"):
            if isinstance(instance, (str, int, float)) and not isinstance(instance, bool):
                if isinstance(instance, float):
                    # From 2**53 on a double may stand for another id than the one that was meant.
                    instance = int(instance) if abs(instance) < 2**53 else str(instance)
                reference(instance, name.removeprefix("gid:"))
            return
        if not isinstance(instance, str) or FORMATS[name][0](instance, schema):
            return
    except (InvalidInput, ValueError, OverflowError):
        pass
    yield ValidationError("format")


def faults_of(validator: Validator, value: Any) -> list[Fault]:
    """Return every fault of `value` by pointer, at most `MAX_FAULTS`; values are never repeated."""
    plain = list(itertools.islice(_not_plain(value, "", 0), MAX_FAULTS))
    if plain:
        return plain  # the validator can't look at all of these: it writes each value down
    found: dict[Fault, None] = {}
    for error in validator.iter_errors(value):
        found.update(dict.fromkeys(itertools.islice(_told(error), MAX_FAULTS)))
        if len(found) >= MAX_FAULTS:
            break
    return sorted(itertools.islice(found, MAX_FAULTS), key=lambda fault: fault.pointer)


def pointer(path: Any) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part)[:100].replace("~", "~0").replace("/", "~1") for part in path)


def not_null(schema: Schema) -> Schema:
    """Return the part of ``X or null`` that is not null, else `schema` itself."""
    branches = schema.get("anyOf", ())
    rest = [branch for branch in branches if branch != {"type": "null"}]
    return rest[0] if len(branches) == 2 and len(rest) == 1 else schema


def _not_plain(value: Any, at: str, depth: int) -> Iterator[Fault]:
    """Find values that can't be stored or sent: callers that don't parse JSON, such as hooks, may pass them."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        if abs(value) > _LONGEST:
            yield Fault(at, "It must not be that large a number.", "maximum")
    elif isinstance(value, (float, Decimal)):
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            yield Fault(at, "It must be a finite number.", "type")
    elif isinstance(value, str):
        if (problem := _not_text(value)) is not None:
            yield Fault(at, problem, "text")
    elif depth > MAX_DEPTH:
        yield Fault(at, f"It is nested deeper than {MAX_DEPTH} levels.", "depth")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if not isinstance(name, str) or _not_text(name) is not None:
                yield Fault(at, "The names of its fields must be plain texts.", "text")
            else:
                yield from _not_plain(member, at + pointer([name]), depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _not_plain(item, f"{at}/{index}", depth + 1)
    else:
        yield Fault(at, "It must be a JSON value.", "type")


def reference(value: Any, kind: str) -> str:
    """Return the gid of a `kind` that `value` stands for, or the name of one as `NAMED` knows it.

    A number that may be either stays digits. Raise `InvalidInput` for what is neither.
    """
    naming = NAMED.get(kind)
    try:
        found = to_gid(value, kind)
    except InvalidInput:
        if (
            naming is None
            or not isinstance(value, str)
            or value.isdecimal()
            or not value.strip()
            or not naming.form.fullmatch(value)
        ):
            raise
        return value.strip()
    if naming is not None and not str(value).startswith("gid:") and len(str(int(value))) <= naming.longest_number:
        return str(int(value))
    return found


def _not_text(text: str) -> str | None:
    if "\0" in text:
        return "It must not hold the character NUL."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "It must not hold half of a surrogate pair."
    return None


# One finding of the validator → faults in our words


def _told(error: ValidationError) -> Iterator[Fault]:
    at, kind = pointer(error.absolute_path), str(error.validator)
    rule: Any = error.validator_value
    instance: Any = error.instance
    schema: Schema = error.schema if isinstance(error.schema, Mapping) else {}
    if instance == "" and _takes_null(schema) and kind != "type":
        yield Fault(at, "It must not be empty: give null to clear it.", "empty")
    elif kind == "additionalProperties":
        yield from _unknown(at, instance, list(schema.get("properties", {})))
    elif kind == "required":
        missing = next((name for name in rule if name not in instance and repr(name) in error.message), "")
        yield Fault(at + pointer([missing]), "This field is required.", "required")
    elif kind == "dependentRequired":
        yield Fault(at, f"These fields belong together: {error.message}", kind)
    elif kind in ("pattern", "format") and "," in str(instance) and schema.get("format") in ("money", "decimal"):
        yield Fault(at, "It is not clear what the comma means: write a point for decimals, such as 1000.00.", kind)
    elif kind in ("oneOf", "anyOf"):
        yield from _none_of(at, kind, error, schema)
    elif kind in _WORDS:
        yield Fault(at, _WORDS[kind](rule, schema), kind)
    else:
        yield Fault(at, f"It breaks the rule {kind}.", kind)


def _takes_null(schema: Schema) -> bool:
    return not_null(schema) is not schema or (isinstance(schema.get("type"), list) and "null" in schema["type"])


def _unknown(at: str, instance: Mapping[str, Any], known: list[str]) -> Iterator[Fault]:
    for name in [name for name in instance if name not in known]:
        near = difflib.get_close_matches(name[:100], known, n=1)
        hint = f" Did you mean {near[0]}?" if near else f" Known here: {_members(known)}."
        yield Fault(at + pointer([name]), "This field is not known." + hint, "unknown_field")


def _none_of(at: str, kind: str, error: ValidationError, schema: Schema) -> Iterator[Fault]:
    if not_null(schema) is not schema:
        inner = [below for below in error.context or () if below.schema != {"type": "null"}]
        for below in inner:
            for fault in _told(below):
                # The part that is wrong does not know that null would do.
                message = fault.message.removesuffix(".") + " or null." if fault.pointer == at else fault.message
                yield Fault(fault.pointer, message, fault.code)
        return
    branches: Any = error.validator_value
    choices = [branch.get("required") for branch in branches if isinstance(branch, Mapping)]
    if all(choices) and len(choices) == len(branches):
        options = " or ".join(_members(choice) for choice in choices)
        yield Fault(at, f"Give {'exactly' if kind == 'oneOf' else 'at least'} one of: {options}.", kind)
    else:
        yield Fault(at, "It has none of the forms that are allowed here.", kind)


def _members(names: Any) -> str:
    return ", ".join(str(name) for name in names)


def _format_words(name: str, schema: Schema) -> str:
    if name.startswith("gid:"):
        return f"It must be the id of a {name.removeprefix('gid:')}."
    if name == "date-time" and "search" in schema:
        return f"It must be a day such as 2026-10-31, or a moment with its offset, such as {_EXAMPLE}."
    return f"It must be {FORMATS[name][1]}."


_WORDS: Mapping[str, Callable[[Any, Schema], str]] = {
    "type": lambda rule, _: f"It must be of type {' or '.join(rule) if isinstance(rule, list) else rule}.",
    "enum": lambda rule, _: f"It must be one of: {_members(rule)}.",
    "const": lambda rule, _: f"It must be {rule}.",
    "format": _format_words,
    "pattern": lambda _, schema: f"It must be {schema.get('x-says', 'of another form')}.",
    "minLength": lambda rule, _: "It must not be empty." if rule == 1 else f"It must have at least {rule} characters.",
    "maxLength": lambda rule, _: f"It must have at most {rule} characters.",
    "minimum": lambda rule, _: f"It must be at least {rule}.",
    "exclusiveMinimum": lambda rule, _: f"It must be greater than {rule}.",
    "maximum": lambda rule, _: f"It must be at most {rule}.",
    "minItems": lambda rule, _: f"It must hold at least {rule} item{'' if rule == 1 else 's'}.",
    "maxItems": lambda rule, _: f"It must hold at most {rule} items.",
    "uniqueItems": lambda _, __: "It must not hold the same item twice.",
    "minProperties": lambda rule, _: f"Give at least {rule} field{'' if rule == 1 else 's'}.",
    "not": lambda _, __: "These fields can't be given together.",
}
