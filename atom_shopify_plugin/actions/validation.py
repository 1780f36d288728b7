"""JSON Schema over what callers send: sizes before content, and every fault at once; `wording` says what each means.

`jsonschema` checks each rule by itself, so that a pattern runs over a text of any length and a list of any length is
compared with itself. Here a text or list that is too long meets no further rule, which bounds what any input costs.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions.formats import FORMATS
from atom_shopify_plugin.actions.wording import not_null, pointer, told
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
    return extend(Draft202012Validator, {**sized, **texts, "x-several": _several, "x-json": _any_json})


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


def _any_json(_: Any, longest: int, instance: Any, __: Schema) -> Iterator[ValidationError]:
    """Check the size of a value that may be any JSON: how long it is when it is written."""
    from jsonschema.exceptions import ValidationError

    if len(json.dumps(instance, default=str, ensure_ascii=False)) > longest:
        yield ValidationError("size")


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
        found.update(dict.fromkeys(itertools.islice(told(error), MAX_FAULTS)))
        if len(found) >= MAX_FAULTS:
            break
    # A field that was only misspelt is not missing, too.
    meant = {f"{fault.pointer.rpartition('/')[0]}/{fault.suggestion}" for fault in found if fault.suggestion}
    kept = [fault for fault in found if fault.code != "required" or fault.pointer not in meant]
    return sorted(kept[:MAX_FAULTS], key=lambda fault: fault.pointer)


def _not_plain(value: Any, at: str, depth: int) -> Iterator[Fault]:
    """Find values that can't be stored or sent: callers that don't parse JSON, such as hooks, may pass them."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        if abs(value) > _LONGEST:
            yield Fault(at, "It is too large a number.", "maximum")
    elif isinstance(value, (float, Decimal)):
        if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
            yield Fault(at, "It must be a number; NaN and Infinity are not allowed.", "type")
    elif isinstance(value, str):
        if (problem := _not_text(value)) is not None:
            yield Fault(at, problem, "text")
    elif depth > MAX_DEPTH:
        yield Fault(at, f"It is nested deeper than {MAX_DEPTH} levels.", "depth")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if not isinstance(name, str) or _not_text(name) is not None:
                yield Fault(at, "It has a field whose name is not a string.", "text")
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
        return "It must not hold the character U+0000 (NUL)."
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "It must be valid Unicode; it holds half of a surrogate pair."
    return None
