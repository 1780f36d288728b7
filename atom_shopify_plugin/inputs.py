"""What a caller sends → what a document takes.

`Inputs.check` finds every fault of an input at once and puts ids and defaults into their final form; `variables` turns
the flat snake_case input into GraphQL variables: nested members in camelCase, filters joined into one search query.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.catalog import Action, Schema
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.service.wire import camel_case
from atom_shopify_plugin.shopify.ids import parse_gid, to_gid
from atom_shopify_plugin.shopify.search import Search, Term

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, FormatChecker
    from jsonschema.exceptions import ValidationError

__all__ = ["Inputs", "schema_faults", "variables"]

MAX_FAULTS = 50
_SEARCH = re.compile(r"(?:([a-z_.]+)(:>=|:<=|:>|:<|:))?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,250}")


def _is_date(text: str) -> bool:
    return len(text) == 10 and bool(date.fromisoformat(text))


def _is_moment(text: str) -> bool:
    # A day is a moment too: Shopify's search takes both, and people write the shorter one.
    return _is_date(text) if len(text) == 10 else datetime.fromisoformat(text).tzinfo is not None


def _is_uri(text: str) -> bool:
    return bool(re.fullmatch(r"https?://[^\s/]+(/\S*)?", text))


def _is_decimal(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", text))


_FORMATS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "date": (_is_date, "must be a day such as 2026-10-31"),
    "date-time": (_is_moment, "must be a day or a moment with its offset, such as 2026-10-31T08:00:00Z"),
    "decimal": (_is_decimal, "must be a decimal number as text, such as 19.90"),
    "money": (_is_decimal, "must be an amount as text, such as 19.90"),
    "email": (lambda text: bool(_EMAIL.fullmatch(text)), "must be an e-mail address"),
    "uri": (_is_uri, "must be an http(s) address"),
}


def _is_gid(kind: str) -> Callable[[object], bool]:
    def check(value: object) -> bool:
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            return True  # another type is the business of `type`
        to_gid(value, kind)
        return True

    return check


def _guarded(check: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: check(value) if isinstance(value, str) else True


def _gid_formats(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        if str(schema.get("format", "")).startswith("gid:"):
            yield schema["format"]
        for member in schema.values():
            yield from _gid_formats(member)
    elif isinstance(schema, list):
        for member in schema:
            yield from _gid_formats(member)


def _format_checker(schema: Schema) -> FormatChecker:
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name, (check, _) in _FORMATS.items():
        checker.checks(name, raises=ValueError)(_guarded(check))
    for name in set(_gid_formats(schema)):
        checker.checks(name, raises=InvalidInput)(_is_gid(name.removeprefix("gid:")))
    return checker


def _pointer(path: Any) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _members(names: Any) -> str:
    return ", ".join(str(name) for name in names)


def _faults_of(error: ValidationError) -> Iterator[Fault]:
    """Translate one finding of the validator into faults in our words; values are never repeated."""
    at, kind = _pointer(error.absolute_path), str(error.validator)
    rule: Any = error.validator_value
    instance: Any = error.instance
    if kind == "additionalProperties":
        known = list(error.schema.get("properties", {})) if isinstance(error.schema, Mapping) else []
        for name in [name for name in instance if name not in known]:
            near = difflib.get_close_matches(str(name)[:100], known, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" Known here: {_members(known)}."
            yield Fault(at + _pointer([str(name)[:100]]), "This field is not known." + hint, "unknown_field")
    elif kind == "required":
        missing = next((name for name in rule if name not in instance and repr(name) in error.message), "")
        yield Fault(at + _pointer([missing]), "This field is required.", "required")
    elif kind == "dependentRequired":
        yield Fault(at, f"These fields belong together: {error.message}", kind)
    elif kind == "format":
        _, words = _FORMATS.get(str(rule), (None, f"must be the id of a {str(rule).removeprefix('gid:')}"))
        yield Fault(at, f"It {words}.", "format")
    elif kind in ("oneOf", "anyOf"):
        choices = [branch.get("required") for branch in rule if isinstance(branch, Mapping)]
        if all(choices) and len(choices) == len(rule):
            options = " or ".join(_members(choice) for choice in choices)
            yield Fault(at, f"Give {'exactly' if kind == 'oneOf' else 'at least'} one of: {options}.", kind)
        else:
            yield Fault(at, "It has none of the forms that are allowed here.", kind)
    else:
        yield Fault(at, _WORDS[kind](rule) if kind in _WORDS else f"It breaks the rule {kind}.", kind)


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "type": lambda rule: f"It must be of type {' or '.join(rule) if isinstance(rule, list) else rule}.",
    "enum": lambda rule: f"It must be one of: {_members(rule)}.",
    "const": lambda rule: f"It must be {rule}.",
    "minLength": lambda rule: "It must not be empty." if rule == 1 else f"It must have at least {rule} characters.",
    "maxLength": lambda rule: f"It must have at most {rule} characters.",
    "minimum": lambda rule: f"It must be at least {rule}.",
    "exclusiveMinimum": lambda rule: f"It must be greater than {rule}.",
    "maximum": lambda rule: f"It must be at most {rule}.",
    "minItems": lambda rule: f"It must hold at least {rule} item{'' if rule == 1 else 's'}.",
    "maxItems": lambda rule: f"It must hold at most {rule} items.",
    "uniqueItems": lambda _: "It must not hold the same item twice.",
    "minProperties": lambda rule: f"Give at least {rule} field{'' if rule == 1 else 's'}.",
    "pattern": lambda rule: f"It must match {rule}.",
    "not": lambda _: "These fields can't be given together.",
}


def schema_faults(validator: Draft202012Validator, value: Any) -> list[Fault]:
    """Return every fault of `value`, in the order of its members, at most `MAX_FAULTS`."""
    faults = list(_not_json(value, ""))
    for error in validator.iter_errors(value):
        faults.extend(fault for fault in _faults_of(error) if fault not in faults)
        if len(faults) >= MAX_FAULTS:
            break
    return sorted(faults[:MAX_FAULTS], key=lambda fault: fault.pointer)


def _not_json(value: Any, pointer: str) -> Iterator[Fault]:
    """Find numbers that JSON can't say: on their way to Shopify they would become null."""
    if isinstance(value, float) and not math.isfinite(value):
        yield Fault(pointer, "It must be a finite number.", "type")
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _not_json(member, pointer + _pointer([name]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _not_json(item, f"{pointer}/{index}")


class Inputs:
    """Checks inputs against their actions' schemas; one validator an action, built when first needed."""

    def __init__(self) -> None:
        self._validators: dict[str, Draft202012Validator] = {}

    @staticmethod
    def warm_up() -> None:
        """Import the validator, which takes longer than any check."""
        import jsonschema  # noqa: F401

    def check(self, action: Action, value: Any) -> dict[str, Any]:
        """Return `value` with defaults filled in and ids as gids; raise `InvalidInput` with every fault."""
        if not isinstance(value, Mapping):
            raise InvalidInput("The input must be an object.", [Fault("", "It must be an object.", "type")])
        validator = self._validators.get(action.key)
        if validator is None:
            from jsonschema import Draft202012Validator

            schema = action.input
            validator = Draft202012Validator(schema, format_checker=_format_checker(schema))
            self._validators[action.key] = validator
        faults = schema_faults(validator, value)
        if faults:
            first = f"{faults[0].pointer}: {faults[0].message}" if faults[0].pointer else faults[0].message
            more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
            raise InvalidInput(f"The input of {action.key} is not valid: {first}{more}", faults)
        result = _normalise(action.input, value)
        for name, schema in action.properties.items():
            if "default" in schema:
                result.setdefault(name, schema["default"])
        return dict(result)


def _normalise(schema: Schema, value: Any) -> Any:
    if value is None:
        return None
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        value = _normalise(branch, value)
    kind = str(schema.get("format", ""))
    if kind.startswith("gid:") and isinstance(value, (str, int)):
        return to_gid(value, kind.removeprefix("gid:"))
    if isinstance(value, Mapping) and "properties" in schema:
        known = schema["properties"]
        return {name: _normalise(known[name], member) if name in known else member for name, member in value.items()}
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_normalise(schema["items"], item) for item in value]
    return value


def _nested(schema: Schema, value: Any) -> Any:
    for branch in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        value = _nested(branch, value)
    if isinstance(value, Mapping) and "properties" in schema:
        known = schema["properties"]
        return {
            camel_case(name) if name in known else name: _nested(known.get(name, {}), member)
            for name, member in value.items()
        }
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_nested(schema["items"], item) for item in value]
    return value


def _terms(rule: str, value: Any) -> Search | Term:
    match = _SEARCH.fullmatch(rule)
    field: str | None = match[1] if match else None
    comparator: Any = match[2] if match else None
    if isinstance(value, list):
        return Search.any_of([_terms(rule, item) for item in value])
    return Term(field, comparator or ":", value)


def variables(action: Action, value: Mapping[str, Any], after: str | None = None) -> dict[str, Any]:
    """Return the GraphQL variables for a checked input.

    A member that was left out stays out and an explicit null stays null, for GraphQL tells them apart. `after` is
    Shopify's own cursor behind the caller's `cursor`.
    """
    result: dict[str, Any] = {}
    terms: list[Search | Term] = []
    for name, member in value.items():
        schema = action.properties[name]
        if "search" in schema:
            if str(schema.get("format", "")).startswith("gid:"):
                member = int(parse_gid(member).number)  # search knows ids by their numbers
            if member is not None and member != []:
                terms.append(_terms(schema["search"], member))
        elif name == "limit" and action.is_search:
            result["first"] = member
        elif name == "cursor" and action.is_search:
            result["after"] = after
        else:
            result[name] = _nested(schema, member)
    if terms:
        result["query"] = str(Search.all_of(terms))
    return result
