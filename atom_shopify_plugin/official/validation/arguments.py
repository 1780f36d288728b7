"""Arguments of fields and directives, and members of input objects.

ArgumentsAreDefined, ArgumentLiteralsAreCompatible, ArgumentNamesAreUnique, RequiredArgumentsArePresent,
RequiredInputObjectAttributesArePresent, InputObjectNamesAreUnique, OneOfInputObjectsAreValid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    NonNullTypeNode,
    ObjectFieldNode,
    ObjectValueNode,
    TypeNode,
    VariableNode,
)

from atom_shopify_plugin.official.table import Member, OfficialSchema, Type
from atom_shopify_plugin.official.validation.faults import Faults, Step
from atom_shopify_plugin.official.validation.literals import misfit, shown
from atom_shopify_plugin.official.validation.texts import is_null

__all__ = ["Given", "Owner", "are_present", "are_unique", "check_object", "fits", "is_defined"]

Given = ArgumentNode | ObjectFieldNode
Path = Sequence[Step]


@dataclass(frozen=True, slots=True)
class Owner:
    """What arguments are given to. `kind` is Field, Directive or InputObject, `name` as errors call it.

    `members` is None where nothing is known of them: an object that is given to a scalar.
    """

    node: FieldNode | DirectiveNode | ObjectValueNode
    kind: str
    name: str
    members: Mapping[str, Member] | None


def is_defined(faults: Faults, node: Given, owner: Owner, path: Path) -> bool:
    """Check that an argument exists; report one that does not."""
    name = node.name.value
    if owner.members is None or name in owner.members:
        return True
    message = f"{owner.kind} '{owner.name}' doesn't accept argument '{name}'"
    extensions = {"name": owner.name, "typeName": owner.kind, "argumentName": name}
    faults.add(message, [node], path, "argumentNotAccepted", **extensions)
    return False


def fits(schema: OfficialSchema, faults: Faults, node: Given, owner: Owner, path: Path) -> None:
    """Check the literal that is given to an argument, unless something in it was reported already."""
    if isinstance(node.value, VariableNode) or owner.members is None or faults.lie_within(path):
        return
    name = node.name.value
    expected = owner.members[name].type
    fault = misfit(schema, node.value, expected)
    if fault is None:
        return
    extensions: dict[str, Any] = {"typeName": owner.kind, "argumentName": name}
    if fault.own and fault.explanation is not None:
        message, extensions = fault.explanation, {"typeName": "CoercionError"}
    else:
        value = shown(node.value)
        message = f"Argument '{name}' on {owner.kind} '{owner.name}' has an invalid value{value}. "
        message += f"Expected type '{expected}'."
    faults.add(message, [owner.node], path, "argumentLiteralsIncompatible", **extensions)


def are_present(
    faults: Faults, node: FieldNode | DirectiveNode, kind: str, members: Mapping[str, Member], path: Path
) -> None:
    """Check that a field or directive has its required arguments."""
    if not members:
        return
    given = {argument.name.value for argument in node.arguments or ()}
    missing = [name for name, member in members.items() if name not in given and member.is_required]
    if missing:
        name, listed = node.name.value, ", ".join(missing)
        message = f"{kind} '{name}' is missing required arguments: {listed}"
        extensions = {"className": kind, "name": name, "arguments": listed}
        faults.add(message, [node], path, "missingRequiredArguments", **extensions)


def are_unique(faults: Faults, node: FieldNode | DirectiveNode, path: Path) -> None:
    """Check that no argument of a field or directive is given twice."""
    for name, nodes in _repeated(node.arguments or ()):
        faults.add(f'There can be only one argument named "{name}"', nodes, path, "argumentNotUnique", name=name)


def check_object(
    faults: Faults, node: ObjectValueNode, kind: Type | None, path: Path, declared: Iterable[Mapping[str, TypeNode]]
) -> None:
    """Check the members of an input object: all required ones, none twice, and one alone where that is asked for.

    `kind` is None where the value is for another type. `declared` are the variables of each operation that uses it.
    """
    given = {member.name.value for member in node.fields}
    for name in kind.required if kind else ():
        if kind and name not in given:
            expected = kind.members[name].type
            message = f"Argument '{name}' on InputObject '{kind.name}' is required. Expected type {expected}"
            extensions = {"argumentName": name, "argumentType": expected, "inputObjectType": kind.name}
            faults.add(message, [node], [*path, name], "missingRequiredInputObjectAttribute", **extensions)
    for name, nodes in _repeated(node.fields):
        faults.add(f'There can be only one input field named "{name}"', nodes, path, "inputFieldNotUnique", name=name)
    if kind and kind.is_one_of:
        _one_of(faults, node, kind.name, path, declared)


def _one_of(
    faults: Faults, node: ObjectValueNode, kind: str, path: Path, declared: Iterable[Mapping[str, TypeNode]]
) -> None:
    code, extensions = "invalidOneOfInputObject", {"inputObjectType": kind}
    if len(node.fields) != 1:
        message = f"OneOf Input Object '{kind}' must specify exactly one key."
        faults.add(message, [node], path, code, **extensions)
        return
    member = node.fields[0]
    inner = [*path, member.name.value]
    if is_null(member.value):
        message = f"Argument '{kind}.{member.name.value}' must be non-null."
        faults.add(message, [member], inner, code, **extensions)
    elif isinstance(member.value, VariableNode):
        name = member.value.name.value
        types = [variables[name] for variables in declared if name in variables]
        if not all(isinstance(entry, NonNullTypeNode) for entry in types):
            message = f"Variable '{name}' must be non-nullable to be used for OneOf Input Object '{kind}'."
            faults.add(message, [node], inner, code, **extensions)


def _repeated(nodes: Sequence[Given]) -> Iterable[tuple[str, list[Given]]]:
    if len(nodes) < 2:
        return []
    named: dict[str, list[Given]] = {}
    for node in nodes:
        named.setdefault(node.name.value, []).append(node)
    return [(name, entries) for name, entries in named.items() if len(entries) > 1]
