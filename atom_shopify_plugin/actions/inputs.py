"""What a caller sends → what a document takes.

`Inputs.check` reads the forms that people write (see `liberal`), finds every fault of an input at once, and puts ids,
numbers and defaults into their final form; `variables` turns the flat snake_case input into GraphQL variables: nested
members in camelCase, filters joined into one search query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from atom_shopify_plugin.actions import liberal, validation
from atom_shopify_plugin.actions.any_document import check_document
from atom_shopify_plugin.catalog.fields import unknown
from atom_shopify_plugin.catalog.model import Action, Schema
from atom_shopify_plugin.errors import Fault, InvalidInput
from atom_shopify_plugin.shopify.ids import parse_gid
from atom_shopify_plugin.shopify.search import Comparator, Search, Term
from atom_shopify_plugin.shopify.wire import camel_case

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

__all__ = ["Inputs", "variables"]

Zone = Callable[[], tzinfo]
_SEARCH = re.compile(r"(?:([a-z_.]+)(:>=|:<=|:>|:<|:))?")


class Inputs:
    """Checks inputs against their actions' schemas; one validator an action, built when first needed."""

    def __init__(self) -> None:
        self._validators: dict[str, Validator] = {}

    @staticmethod
    def warm_up() -> None:
        """Import the validator, which takes longer than any check."""
        import jsonschema  # noqa: F401

    def check(self, action: Action, value: Any) -> dict[str, Any]:
        """Return `value` in its normal form: enum values as Shopify spells them, amounts as text, ids as gids.

        Defaults are filled in. A name in the place of an id stays as it is: `references.resolve` looks it up.
        Raise `InvalidInput` with every fault.
        """
        if not isinstance(value, Mapping):
            raise InvalidInput(
                f"The input of {action.key} must be an object.", [Fault("", "It must be an object.", "type")]
            )
        validator = self._validators.get(action.key)
        if validator is None:
            self._validators[action.key] = validator = validation.build(_with_several(action.input))
        value = liberal.understood(action.input, value)
        faults = validation.faults_of(validator, value) or list(_unknown_fields(action, value))
        if faults:
            raise InvalidInput.about(f"The input of {action.key}", faults)
        checked = dict(_normalise(action.input, value))
        if action.any_document:
            check_document(action, checked)
        return checked


def _unknown_fields(action: Action, value: Mapping[str, Any]) -> Iterator[Fault]:
    if action.effect == "read" and value.get("fields") is not None:
        for index, near in unknown(action.output, value["fields"]):
            hint = f" Did you mean {near}?" if near else ""
            yield Fault(f"/fields/{index}", f"The answer has no such field.{hint}", "unknown_field")


def _with_several(schema: Schema) -> Schema:
    """Return an input's schema in which a filter may also hold a list of its values."""
    members = {
        name: {"x-several": member} if liberal.takes_several(member) else member
        for name, member in schema.get("properties", {}).items()
    }
    return {**schema, "properties": members}


def _normalise(schema: Schema, value: Any) -> Any:
    """Return a valid `value` in its final form: gids for ids, integers for 1.0, and what is left out by default."""
    if value is None:
        return None
    schema = validation.not_null(schema)
    if "x-json" in schema:
        return value
    kind = str(schema.get("format", ""))
    if isinstance(value, float) and value.is_integer() and "integer" in liberal.types(schema):
        value = int(value)
    if isinstance(value, list) and liberal.takes_several(schema):
        return [_normalise(schema, item) for item in value]
    if kind.startswith("gid:"):
        return validation.reference(value, kind.removeprefix("gid:"))
    if schema.get("additionalProperties") is True:
        return value
    if isinstance(value, Mapping):
        known: Schema = schema.get("properties", {})
        result = {name: _normalise(known.get(name, {}), member) for name, member in value.items()}
        for name, member in known.items():
            if "default" in member:
                result.setdefault(name, member["default"])
        return result
    if isinstance(value, list):
        return [_normalise(schema.get("items", {}), item) for item in value]
    return value


def _nested(schema: Schema, value: Any) -> Any:
    """Return `value` with the members of its objects spelled as Shopify spells them."""
    schema = validation.not_null(schema)
    if isinstance(value, Mapping) and "x-json" not in schema:
        known: Schema = schema.get("properties", {})
        return {camel_case(name): _nested(known[name], member) for name, member in value.items()}
    if isinstance(value, list):
        return [_nested(schema.get("items", {}), item) for item in value]
    return value


def _terms(schema: Schema, value: Any, zone: Zone) -> Search | Term:
    match = _SEARCH.fullmatch(schema["search"])
    field: str | None = match[1] if match else None
    comparator: Any = match[2] if match else None
    if isinstance(value, list):
        return Search.any_of([_terms({**schema, **schema.get("items", {})}, item, zone) for item in value])
    kind = str(schema.get("format", ""))
    if kind.startswith("gid:"):
        value = int(parse_gid(value).number)  # search knows ids by their numbers
    if kind == "date-time":
        return _moments(field, comparator or ":", value, zone)
    return Term(field, comparator or ":", value)


def _moments(field: str | None, comparator: Comparator, text: str, zone: Zone) -> Search | Term:
    """Return the term for a moment, or for a day of `zone`: from its midnight to the next one, which is not in it."""
    if "T" in text:
        return Term(field, comparator, datetime.fromisoformat(text))
    day = date.fromisoformat(text)
    if comparator == ":":
        return Search.all_of([_moments(field, ":>=", text, zone), _moments(field, ":<=", text, zone)])
    if comparator in (":>=", ":<"):
        return Term(field, comparator, _midnight(day, zone()))
    following = day + timedelta(days=1) if day < date.max else day
    return Term(field, ":<" if comparator == ":<=" else ":>=", _midnight(following, zone()))


def _midnight(day: date, zone: tzinfo) -> datetime:
    # Where clocks are put forward at midnight, this is the moment at which it is done.
    try:
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    except OverflowError:  # the first and last days that Python knows
        return datetime.combine(day, time.min, UTC)


def variables(
    action: Action, value: Mapping[str, Any], after: str | None = None, zone: Zone = lambda: UTC
) -> dict[str, Any]:
    """Return the GraphQL variables for a checked input.

    A member that was left out stays out and an explicit null stays null, for GraphQL tells them apart. `after` is
    Shopify's own cursor behind the caller's `cursor`; `zone` gives the store's time zone, whose days filters mean, and
    is called only where a day is named.
    """
    result: dict[str, Any] = {}
    terms: list[Search | Term] = []
    for name, member in value.items():
        schema = action.properties[name]
        if "search" in schema:
            if member is not None and member != []:
                terms.append(_terms(schema, member, zone))
        elif name == "limit" and action.is_search:
            result["first"] = member
        elif name == "cursor" and action.is_search:
            result["after"] = after
        else:
            result[name] = _nested(schema, member)
    if terms:
        result["query"] = str(Search.all_of(terms))
    return result
