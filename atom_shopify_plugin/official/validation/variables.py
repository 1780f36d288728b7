"""Variables: VariablesAreInputTypes, VariableNamesAreUnique, VariablesAreUsedAndDefined, VariableUsagesAreAllowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphql import (
    FragmentDefinitionNode,
    ListValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
)

from atom_shopify_plugin.official.table import Member, OfficialSchema, is_list, item_of, named
from atom_shopify_plugin.official.validation.arguments import Given
from atom_shopify_plugin.official.validation.faults import Faults, Step
from atom_shopify_plugin.official.validation.texts import signature

__all__ = ["Declared", "Usages", "are_unique", "has_input_type", "may_be_used"]

Path = Sequence[Step]
Definition = OperationDefinitionNode | FragmentDefinitionNode
Declared = Mapping[str, VariableDefinitionNode]


def are_unique(faults: Faults, node: OperationDefinitionNode, path: Path) -> None:
    """Check that an operation declares no variable twice."""
    named: dict[str, list[VariableDefinitionNode]] = {}
    for declared in node.variable_definitions or ():
        named.setdefault(declared.variable.name.value, []).append(declared)
    for name, nodes in named.items():
        if len(nodes) > 1:
            message = f'There can only be one variable named "{name}"'
            faults.add(message, nodes, path, "variableNotUnique", variableName=name)


def has_input_type(schema: OfficialSchema, faults: Faults, node: VariableDefinitionNode, path: Path) -> None:
    """Check that a variable's type exists and may be an input."""
    name, shown = node.variable.name.value, named(signature(node.type))
    kind = schema.type(shown)
    if kind is not None and kind.is_input:
        return
    what = "a defined" if kind is None else "a valid"
    message = f"{shown} isn't {what} input type (on ${name})"
    faults.add(message, [node], path, "variableRequiresValidType", typeName=shown, variableName=name)


# VariableUsagesAreAllowed


def may_be_used(
    schema: OfficialSchema, faults: Faults, node: Given, member: Member, declared: Iterable[Declared], path: Path
) -> None:
    """Check that the variables in an argument, alone or as items of a list, are of its type."""
    items = node.value.values if isinstance(node.value, ListValueNode) else (node.value,)
    for item in items:
        if isinstance(item, VariableNode):
            known = [variables[item.name.value] for variables in declared if item.name.value in variables]
            messages = {_mismatch(schema, node, member, variable): variable for variable in known}
            for (what, shown), variable in messages.items():
                if what:
                    _report(faults, node, member, (what, shown), variable, path)


def _report(
    faults: Faults, node: Given, member: Member, fault: tuple[str, str], variable: VariableDefinitionNode, path: Path
) -> None:
    (what, shown), name, argument = fault, variable.variable.name.value, node.name.value
    message = f"{what} on variable ${name} and argument {argument} ({shown} / {member.type})"
    extensions = {"variableName": name, "typeName": shown, "argumentName": argument, "errorMessage": what}
    faults.add(message, [node], path, "variableMismatch", **extensions)


def _mismatch(schema: OfficialSchema, node: Given, member: Member, variable: VariableDefinitionNode) -> tuple[str, str]:
    """Return what is wrong with a use of a variable, empty where nothing is, and its type as it counts there."""
    shown = signature(variable.type)
    if schema.type(named(shown)) is None:
        return "", shown
    if variable.default_value is not None and not shown.endswith("!"):
        shown += "!"
    expected = member.type.removesuffix("!") if member.default else member.type
    for _ in range(_depth(node.value)):
        shown = f"[{shown}]!"
    if named(shown) != named(expected):
        return "Type mismatch", shown
    if shown.count("[") != expected.count("["):
        return "List dimension mismatch", shown
    return ("" if _is_no_less_null(expected, shown) else "Nullability mismatch"), shown


def _depth(value: ValueNode) -> int:
    if not isinstance(value, ListValueNode):
        return 0
    return 1 + max((_depth(item) for item in value.values), default=0)


def _is_no_less_null(expected: str, shown: str) -> bool:
    """Tell whether a variable is non-null wherever the argument is."""
    if expected.endswith("!") and not shown.endswith("!"):
        return False
    return not is_list(expected) or _is_no_less_null(item_of(expected), item_of(shown))


# VariablesAreUsedAndDefined


@dataclass
class _Usage:
    """How a variable is declared and used, within one definition or, at the end, one operation."""

    declared_by: OperationDefinitionNode | None = None
    used_by: Definition | None = None
    node: VariableNode | None = None
    path: list[Step] = field(default_factory=list)


class Usages:
    """Keeps who declares, uses and spreads what, and compares it at the end."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._known: dict[int, tuple[Definition, dict[str, _Usage]]] = {}
        self._spreads: dict[int, list[str]] = {}

    def open(self, node: Definition, path: Path) -> None:
        """Begin a definition."""
        declared = node.variable_definitions or () if isinstance(node, OperationDefinitionNode) else ()
        usages = {
            entry.variable.name.value: _Usage(declared_by=node, path=list(path))  # type: ignore[arg-type]
            for entry in declared
        }
        self._known[id(node)] = (node, usages)

    def use(self, holder: Definition, node: VariableNode, path: Path) -> None:
        """Note that a variable is used."""
        usage = self._known[id(holder)][1].setdefault(node.name.value, _Usage())
        usage.used_by, usage.node, usage.path = holder, node, list(path)

    def spread(self, holder: Definition, name: str) -> None:
        """Note that a fragment is spread."""
        self._spreads.setdefault(id(holder), []).append(name)

    def finish(self) -> None:
        """Report the variables of each operation that are not used or not declared."""
        fragments: dict[str, tuple[Definition, dict[str, _Usage]]] = {}
        for definition, usages in self._known.values():
            if isinstance(definition, FragmentDefinitionNode):
                fragments.setdefault(definition.name.value, (definition, usages))
        for definition, usages in list(self._known.values()):
            if isinstance(definition, OperationDefinitionNode):
                self._follow(definition, usages, fragments)
                self._report(usages)

    def _follow(
        self,
        operation: OperationDefinitionNode,
        usages: dict[str, _Usage],
        fragments: Mapping[str, tuple[Definition, dict[str, _Usage]]],
    ) -> None:
        """Add what the fragments use that an operation spreads, each once, those within before those behind."""
        waiting, seen = [iter(self._spreads.get(id(operation), ()))], set()
        while waiting:
            name = next(waiting[-1], None)
            if name is None:
                waiting.pop()
            elif name not in seen and name in fragments:
                seen.add(name)
                definition, inner = fragments[name]
                for variable, usage in inner.items():
                    known = usages.setdefault(variable, _Usage())
                    known.node, known.used_by, known.path = usage.node, usage.used_by, usage.path
                waiting.append(iter(self._spreads.get(id(definition), ())))

    def _report(self, usages: Mapping[str, _Usage]) -> None:
        for name, usage in usages.items():
            if usage.declared_by is not None and usage.used_by is None:
                message = f"Variable ${name} is declared by {_called(usage.declared_by)} but not used"
                self._faults.add(message, [usage.declared_by], usage.path, "variableNotUsed", variableName=name)
        for name, usage in usages.items():
            if usage.declared_by is None and usage.used_by is not None and usage.node is not None:
                message = f"Variable ${name} is used by {_called(usage.used_by)} but not declared"
                self._faults.add(message, [usage.node], usage.path, "variableNotDefined", variableName=name)


def _called(node: Definition) -> str:
    if node.name:
        return node.name.value
    return f"anonymous {node.operation.value}" if isinstance(node, OperationDefinitionNode) else ""
