"""Values that are written into a document: ArgumentLiteralsAreCompatible, VariableDefaultValuesAreCorrectlyTyped."""

from __future__ import annotations

import math
from typing import NamedTuple

from graphql import (
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from atom_shopify_plugin.official.scalars import fault_of, written
from atom_shopify_plugin.official.table import OfficialSchema, Type, choices, is_list, item_of, named
from atom_shopify_plugin.official.validation.faults import Faults, Step
from atom_shopify_plugin.official.validation.texts import is_constant, is_null, plain, printed, signature

__all__ = ["Misfit", "check_default", "misfit", "shown"]


class Misfit(NamedTuple):
    """Why a value does not fit: in the scalar's own words, where `own`; without an explanation in a rule's."""

    explanation: str | None = None
    own: bool = False


def shown(value: ValueNode) -> str:
    """Return how a rule quotes a value, in brackets; nothing for a number beyond all numbers."""
    if isinstance(value, IntValueNode | FloatValueNode) and math.isinf(plain(value)):
        return ""
    return f" ({printed(value)})"


def misfit(schema: OfficialSchema, value: ValueNode, expected: str | None) -> Misfit | None:
    """Return the first fault of a value, None where it fits; `expected` is None for a member that does not exist."""
    if expected is None:
        return Misfit()
    if is_null(value):
        return Misfit() if expected.endswith("!") else None
    if is_list(expected):
        items = value.values if isinstance(value, ListValueNode) else [value]
        inner = item_of(expected)
        return next(filter(None, (misfit(schema, item, inner) for item in items)), None)
    if isinstance(value, VariableNode):
        return None
    kind = schema.type(named(expected))
    if kind is None:
        return Misfit()
    if kind.kind == "SCALAR":
        return _scalar(kind, value)
    if kind.kind == "ENUM":
        return _enum(kind, value)
    if kind.kind == "INPUT_OBJECT" and isinstance(value, ObjectValueNode):
        return _object(schema, kind, value)
    return Misfit()


def _scalar(kind: Type, value: ValueNode) -> Misfit | None:
    if not is_constant(value) or (isinstance(value, EnumValueNode) and kind.name != "JSON"):
        return Misfit()
    fault = fault_of(kind.name, plain(value))
    return None if fault is None else Misfit(*fault)


def _enum(kind: Type, value: ValueNode) -> Misfit | None:
    if not isinstance(value, EnumValueNode):
        return Misfit()
    if value.value in kind.values:
        return None
    return Misfit(f"Expected {written(value.value)} to be one of: {', '.join(choices(kind))}")


def _object(schema: OfficialSchema, kind: Type, value: ObjectValueNode) -> Misfit | None:
    names = {member.name.value for member in value.fields}
    if any(name not in names for name in kind.required):
        return Misfit()
    if kind.is_one_of and len(value.fields) != 1:
        count = len(value.fields)
        return Misfit(f"`{kind.name}` is a OneOf type, so only one argument may be given (instead of {count})")
    for member in value.fields:
        known = kind.members.get(member.name.value)
        fault = misfit(schema, member.value, known.type if known else None)
        if fault is not None:
            return fault
    return None


def check_default(schema: OfficialSchema, faults: Faults, node: VariableDefinitionNode, path: list[Step]) -> None:
    """Check the default of a variable."""
    if node.default_value is None:
        return
    expected, name = signature(node.type), node.variable.name.value
    if schema.type(named(expected)) is None:
        return
    fault = misfit(schema, node.default_value, expected)
    if fault is not None:
        message = fault.explanation or f"Default value for ${name} doesn't match type {expected}"
        faults.add(message, [node], path, "defaultValueInvalidType", variableName=name, typeName=expected)
