"""What is wrong with the variables of a request: INVALID_VARIABLE with every problem, as Shopify answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from graphql import OperationDefinitionNode

from atom_shopify_plugin.official.scalars import fault_of, written
from atom_shopify_plugin.official.table import OfficialSchema, Type, choices, is_list, item_of, named
from atom_shopify_plugin.official.validation.faults import location
from atom_shopify_plugin.official.validation.texts import signature

__all__ = ["variable_errors"]

NULL = "Expected value to not be null"


class _Problem(NamedTuple):
    """Where within a variable, what, and whether the scalar says so in words of its own."""

    path: list[Any]
    why: str
    own: bool = False

    def shown(self) -> dict[str, Any]:
        return {"path": self.path, "explanation": self.why} | ({"message": self.why} if self.own else {})


def variable_errors(
    schema: OfficialSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return one error per variable that does not fit its type; variables that are not declared are ignored."""
    errors = []
    for declared in operation.variable_definitions or ():
        name, kind = declared.variable.name.value, signature(declared.type)
        if name not in given and (declared.default_value is not None or not kind.endswith("!")):
            continue
        value = given.get(name)
        problems = list(_problems(schema, value, kind, []))
        if problems:
            inner = ", ".join(f"{'.'.join(map(str, one.path))} ({one.why})" for one in problems if one.path)
            message = f"Variable ${name} of type {kind} was provided invalid value" + (f" for {inner}" if inner else "")
            extensions = {"code": "INVALID_VARIABLE", "value": value, "problems": [one.shown() for one in problems]}
            errors.append({"message": message, "locations": [location(declared)], "extensions": extensions})
    return errors


def _problems(schema: OfficialSchema, value: Any, expected: str, path: list[Any]) -> Iterable[_Problem]:
    if value is None:
        return [_Problem(path, NULL)] if expected.endswith("!") else []
    if is_list(expected):
        inner = item_of(expected)
        items = value if isinstance(value, list) else [value]
        return [one for at, item in enumerate(items) for one in _problems(schema, item, inner, [*path, at])]
    kind = schema.type(named(expected))
    if kind is None:
        return []
    if kind.kind == "INPUT_OBJECT":
        return _members(schema, value, kind, path)
    if kind.kind == "ENUM":
        if isinstance(value, str) and value in kind.values:
            return []
        return [_Problem(path, f"Expected {written(value)} to be one of: {', '.join(choices(kind))}")]
    fault = fault_of(kind.name, value)
    return [] if fault is None else [_Problem(path, *fault)]


def _members(schema: OfficialSchema, value: Any, kind: Type, path: list[Any]) -> Iterable[_Problem]:
    if not isinstance(value, Mapping):
        yield _Problem(path, f"Expected {orjson.dumps(value).decode()} to be a key-value object.")
        return
    for name, member in value.items():
        if name in kind.members:
            yield from _problems(schema, member, kind.members[name].type, [*path, name])
        else:
            yield _Problem([*path, name], f"Field is not defined on {kind.name}")
    for name in kind.required:
        if name not in value:
            yield _Problem([*path, name], NULL)
    if kind.is_one_of:
        asked = f"'{kind.name}' requires exactly one argument, but "
        if len(value) != 1:
            yield _Problem(path, f"{asked}{len(value)} were provided.")
        else:
            for name, member in value.items():
                if member is None:
                    yield _Problem(path, f"{asked}'{name}' was `null`.")
