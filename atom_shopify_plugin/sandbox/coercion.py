"""What is wrong with the variables of a request: INVALID_VARIABLE with every problem, as Shopify answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
    type_from_ast,
)

from atom_shopify_plugin.sandbox.scalars import is_gid

__all__ = ["variable_errors"]

Problem = tuple[list[Any], str]


def variable_errors(
    schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return one error per variable that does not fit its type; variables that are not declared are ignored."""
    errors = []
    for declared in operation.variable_definitions or ():
        name = declared.variable.name.value
        kind: Any = type_from_ast(schema, declared.type)
        if name not in given and (declared.default_value is not None or not is_non_null_type(kind)):
            continue
        value = given.get(name)
        problems = _problems(value, kind, [])
        if problems:
            inner = ", ".join(f"{'.'.join(map(str, path))} ({why})" for path, why in problems if path)
            message = f"Variable ${name} of type {kind} was provided invalid value" + (f" for {inner}" if inner else "")
            extensions = {"code": "INVALID_VARIABLE", "value": value, "problems": [_shown(*one) for one in problems]}
            errors.append(dict(GraphQLError(message, declared, extensions=extensions).formatted))
    return errors


def _shown(path: list[Any], why: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": path, "explanation": why}
    return shown | {"message": why} if why.startswith("Invalid global id") else shown


def _problems(value: Any, kind: Any, path: list[Any]) -> list[Problem]:
    if is_non_null_type(kind):
        if value is None:
            return [(path, "Expected value to not be null")]
        kind = kind.of_type
    if value is None:
        return []
    if is_list_type(kind):
        if not isinstance(value, list):
            return _problems(value, kind.of_type, path)
        return [one for at, item in enumerate(value) for one in _problems(item, kind.of_type, [*path, at])]
    if is_input_object_type(kind):
        return _members(value, kind, path)
    if is_enum_type(kind):
        if isinstance(value, str) and value in kind.values:
            return []
        return [(path, f'Expected "{value}" to be one of: {", ".join(kind.values)}')]
    if kind.name == "ID":
        return [] if is_gid(value) else [(path, f"Invalid global id '{value}'")]
    try:
        kind.coerce_input_value(value)
    except GraphQLError:  # the five standard scalars
        return [(path, f"Could not coerce value {_literal(value)} to {kind.name}")]
    except ValueError as problem:
        return [(path, str(problem))]
    return []


def _members(value: Any, kind: Any, path: list[Any]) -> list[Problem]:
    if not isinstance(value, Mapping):
        return [(path, f"Expected {_literal(value)} to be a key-value object.")]
    if kind.is_one_of:
        set_ = [name for name, member in value.items() if member is not None]
        if len(set_) != 1 or len(value) != 1:
            return [(path, f"'{kind.name}' requires exactly one argument, but {len(set_)} were provided.")]
    found: list[Problem] = []
    for name in value:
        if name not in kind.fields:
            found.append(([*path, name], f"Field is not defined on {kind.name}"))
    for name, member in kind.fields.items():
        if name in value:
            found += _problems(value[name], member.type, [*path, name])
        elif is_required_input_field(member):
            found.append(([*path, name], "Expected value to not be null"))
    return found


def _literal(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
