"""Forms that people write → the strict form that an input schema asks for.

Builders send what their tools produce: ``active`` for ``ACTIVE``, ``15.5`` for ``"15.5"``, one comma-separated text for
a list. `understood` reads such a form where it has exactly one meaning. What is strict already stays as it is, and what
can't be read stays as it was given, so that validation names the fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from atom_shopify_plugin.actions import validation
from atom_shopify_plugin.catalog.model import Schema

__all__ = ["flag", "takes_several", "types", "understood"]

_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_BETWEEN = re.compile(r"[ _/-]+")
_CODE = re.compile(r"\^\[A-Z\]\{[0-9]\}\$")
# Longer ones than any bound of a schema, so that it is the bound that the fault names.
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}(\.0{1,18})?")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")  # as JSON writes numbers, too
# Three digits behind a lone comma may be thousands or decimals, so that form is not read.
_DECIMAL_COMMA = re.compile(r"-?([0-9]{1,15}|[0-9]{1,3}(\.[0-9]{3})+),[0-9]{1,2}")
_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+\.[0-9]{1,2}")
_LONGEST = 200  # characters of a text that is read; no enum value or number is longer
_EXPONENT = 40  # powers of ten beyond which a number is not written out
_LONGEST_LIST = 10_000  # items, where a schema has no bound
_MANY = 250  # values in one comma-separated text, as many as the longest list takes


def flag(text: str) -> bool | None:
    """Return true or false for ``true, 1, false, 0`` in any case, else None."""
    return _FLAGS.get(text.strip(" ").lower()) if text.isascii() else None


def types(schema: Schema) -> set[str]:
    """Return the JSON types that a schema without its null branch names."""
    declared = schema.get("type", ())
    return {declared} if isinstance(declared, str) else set(declared)


def takes_several(schema: Schema) -> bool:
    """Tell whether a property is a filter for equality, which may name several values: any of them fits."""
    search = str(schema.get("search", ""))
    return search.endswith(":") and not types(schema) & {"array", "boolean"}


def understood(schema: Schema, value: Any) -> Any:
    """Return `value` with each part in the form that `schema` asks for, wherever it has one such reading.

    Amounts stay exact: a number becomes text digit by digit, with no binary fraction in between when it comes as a
    `Decimal`, as bodies are parsed.
    """
    if value is None:
        return None
    schema = validation.not_null(schema)
    if "x-json" in schema:
        return _json_value(value)
    if takes_several(schema):
        return _several(schema, value)
    if "array" in types(schema):
        return _list(schema, value)
    if isinstance(value, Mapping):
        if schema.get("additionalProperties") is True:
            return _json_value(value)
        known: Schema = schema.get("properties", {})
        return {name: understood(known[name], member) if name in known else member for name, member in value.items()}
    if isinstance(value, str) and (only := _only_text(schema)) is not None:
        return understood(schema, {only: value})
    return _scalar(schema, value)


def _json_value(value: Any, depth: int = 0) -> Any:
    """Return a JSON value with plain numbers; a number by itself that no double holds exactly becomes a text."""
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= _EXPONENT:
        if value == value.to_integral_value() and value.as_tuple().exponent == 0:
            return int(value)
        return _written(value) if depth == 0 and Decimal(repr(float(value))) != value else float(value)
    if isinstance(value, Decimal) and math.isfinite(float(value)):
        return float(value)
    if depth > validation.MAX_DEPTH:
        return value  # validation refuses it
    if isinstance(value, Mapping):
        return {name: _json_value(member, depth + 1) for name, member in value.items()}
    return [_json_value(item, depth + 1) for item in value] if isinstance(value, list) else value


def _only_text(schema: Schema) -> str | None:
    """Return the one member that an object needs, where it is a text: the text alone then stands for the object."""
    required = schema.get("required", ())
    if types(schema) != {"object"} or len(required) != 1 or "oneOf" in schema or "anyOf" in schema:
        return None
    member = schema.get("properties", {}).get(required[0], {})
    return str(required[0]) if types(member) == {"string"} and "format" not in member else None


def _several(schema: Schema, value: Any) -> Any:
    """Read a filter: one value stays alone, several become a list without repetitions."""
    if not isinstance(value, list):
        parts = _split(schema, value)
        return parts[0] if len(parts) == 1 else parts
    if len(value) > _MANY:
        return value
    parts = [part for item in value for part in _split(schema, item)]
    if not all(isinstance(part, (str, int)) for part in parts):
        return parts
    parts = [part for at, part in enumerate(parts) if part not in parts[:at]]
    return parts[0] if len(parts) == 1 else parts


def _split(schema: Schema, value: Any) -> list[Any]:
    """Return the values in a text with commas, if each is one and the text as a whole is none."""
    whole = _scalar(schema, value)
    if isinstance(whole, str) and "," in whole and not _fits(schema, whole):
        parts = [_scalar(schema, part) for part in _parts(whole)]
        if 1 < len(parts) <= _MANY and all(_fits(schema, part) for part in parts):
            return parts
    return [whole]


def _fits(schema: Schema, value: Any) -> bool:
    return not validation.faults_of(validation.build(schema), value)


def _parts(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _list(schema: Schema, value: Any) -> Any:
    items = validation.not_null(schema.get("items", {}))
    inner = types(items)
    if isinstance(value, list):
        # One that is too long is refused as it is: reading it would keep this thread busy.
        long = len(value) > schema.get("maxItems", _LONGEST_LIST)
        return value if long else [understood(items, item) for item in value]
    if isinstance(value, str):
        if "object" in inner and _only_text(items) is not None:
            return [understood(items, value)]
        # An empty text does not say whether the list is to be emptied: null and [] do.
        parts = _parts(value) if inner & {"string", "integer", "number"} else []
        read = [_scalar(items, part) for part in parts]
        return value if not read or ("string" not in inner and str in map(type, read)) else read
    if isinstance(value, Mapping):
        return [understood(items, value)] if "object" in inner else value
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return [_scalar(items, value)] if inner & {"integer", "number"} else value
    return value


def _scalar(schema: Schema, value: Any) -> Any:
    taken = types(schema)
    if isinstance(value, str):
        return _text(schema, taken, value) if len(value) <= _LONGEST else value
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _number(schema, taken, value)
    return value


def _text(schema: Schema, taken: set[str], text: str) -> Any:
    if "enum" in schema:
        return _member(schema["enum"], text)
    if "string" in taken:
        if schema.get("format") in ("money", "decimal"):
            return _amount(text)
        if _CODE.fullmatch(str(schema.get("pattern", ""))) and text.isascii():
            code = text.strip(" ").upper()
            return code if re.fullmatch(schema["pattern"], code) else text
        return text
    if "boolean" in taken and (value := flag(text)) is not None:
        return value
    plain = text.strip(" ")
    if taken & {"integer", "number"} and _INTEGER.fullmatch(plain):
        return int(plain.partition(".")[0])
    if "number" in taken and _NUMBER.fullmatch(plain) and math.isfinite(float(plain)):
        return float(plain)
    return text


def _member(members: Sequence[Any], text: str) -> Any:
    """Return the member of an enum that `text` spells in another case, or with other signs between the words."""
    if text in members or not text.isascii():
        return text
    found = _spellings(tuple(member for member in members if isinstance(member, str))).get(_spelled(text), ())
    return found[0] if len(found) == 1 else text


@lru_cache(maxsize=512)
def _spellings(members: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    by_spelling: dict[str, list[str]] = {}
    for member in members:
        by_spelling.setdefault(_spelled(member), []).append(member)
    return by_spelling


def _spelled(text: str) -> str:
    return _BETWEEN.sub("_", text.strip(" ")).lower()


def _amount(text: str) -> str:
    """Return an amount with a point for its decimals; a text that may mean two amounts is returned as it is."""
    plain = text.strip(" ")
    if _DECIMAL_COMMA.fullmatch(plain):
        return plain.replace(".", "").replace(",", ".")
    if _GROUPED.fullmatch(plain):
        return plain.replace(",", "")
    return plain


def _number(schema: Schema, taken: set[str], number: float | Decimal) -> Any:
    if "string" in taken and schema.get("format") in ("money", "decimal"):
        return _written(number)
    if taken == {"string"} and "pattern" in schema and not re.search(schema["pattern"], "x"):
        # A text that holds nothing but digits, such as the percentage -2.5, is a number to many callers.
        text = _written(number)
        return text if isinstance(text, str) and re.search(schema["pattern"], text) else number
    if isinstance(number, Decimal):
        if not number.is_finite():
            return number
        if "integer" in taken and abs(number.adjusted()) <= _EXPONENT and number == number.to_integral_value():
            return int(number)
        return float(number)
    if isinstance(number, float) and number.is_integer() and "integer" in taken and "string" not in taken:
        return int(number)
    return number


def _written(number: float | Decimal) -> Any:
    """Return the digits of a number, or the number itself where nobody writes it out."""
    # The shortest text of a double that reads as the same double is what was written, up to 15 digits.
    exact = number if isinstance(number, Decimal) else Decimal(repr(number)) if abs(number) < 10**_EXPONENT else None
    if exact is None or not exact.is_finite() or abs(exact.adjusted()) > _EXPONENT:
        return number if not isinstance(number, Decimal) or not number.is_finite() else float(number)
    text = f"{exact:f}"
    # A double has a point wherever it came from: 15.0 is 15.
    return text[:-2] if isinstance(number, float) and text.endswith(".0") else text
