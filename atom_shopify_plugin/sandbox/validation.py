"""What is wrong with a document or its variables, in the words and shapes that Shopify answers (seen on live stores).

Static errors carry a code in camelCase and a path that begins with the operation; the whole document is refused then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValidationRule,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
    print_ast,
    specified_rules,
    validate,
    value_from_ast_untyped,
)

from atom_shopify_plugin.sandbox.coercion import variable_errors
from atom_shopify_plugin.sandbox.scalars import is_gid

__all__ = ["static_errors", "syntax_error", "variable_errors"]

Path = list[Any]
Report = Callable[..., None]

# Rules of graphql-core that `_Rule` stands in for, because Shopify words them differently.
_REPLACED = {
    "FieldsOnCorrectTypeRule",
    "FragmentsOnCompositeTypesRule",
    "KnownArgumentNamesRule",
    "KnownDirectivesRule",
    "KnownTypeNamesRule",
    "NoUnusedVariablesRule",
    "ProvidedRequiredArgumentsRule",
    "ScalarLeafsRule",
    "ValuesOfCorrectTypeRule",
}
_LITERALS: dict[str, tuple[type[ValueNode], ...]] = {
    "Int": (IntValueNode,),
    "Float": (IntValueNode, FloatValueNode),
    "Boolean": (BooleanValueNode,),
    "String": (StringValueNode,),
    "ID": (StringValueNode, IntValueNode),
}


def syntax_error(problem: GraphQLSyntaxError) -> dict[str, Any]:
    """Return the answer to a text that does not parse."""
    where = [{"line": spot.line, "column": spot.column} for spot in problem.locations or []]
    found = re.search(r"(?:[Uu]nexpected|found) (<EOF>|.+?)\.?$", problem.message)
    what = "end of file" if found is None or found[1] == "<EOF>" else found[1]
    at = f" at [{where[0]['line']}, {where[0]['column']}]" if where else ""
    return {
        "message": f"syntax error, unexpected {what}{at}",
        "locations": where,
        "extensions": {"code": "PARSE_ERROR"},
    }


def static_errors(schema: GraphQLSchema, document: DocumentNode) -> list[dict[str, Any]]:
    """Return what is wrong with a parsed document, empty when it may run."""
    others = [rule for rule in specified_rules if rule.__name__ not in _REPLACED]
    return [dict(error.formatted) for error in validate(schema, document, [_Rule, *others])]


def _path(node: Node, ancestors: Collection[Any]) -> Path:
    """Return where a node stands, as graphql-ruby tells it."""
    steps: Path = []
    for step in [*ancestors, node]:
        if isinstance(step, OperationDefinitionNode):
            steps.append(f"{step.operation.value} {step.name.value}" if step.name else step.operation.value)
        elif isinstance(step, FragmentDefinitionNode):
            steps.append(f"fragment {step.name.value}")
        elif isinstance(step, InlineFragmentNode):
            steps.append(f"... on {step.type_condition.name.value}" if step.type_condition else "...")
        elif isinstance(step, FieldNode):
            steps.append(step.alias.value if step.alias else step.name.value)
        elif isinstance(step, ArgumentNode | ObjectFieldNode):
            steps.append(step.name.value)
    return steps


class _Rule(ValidationRule):
    def fault(self, message: str, node: Node, path: Path, **extensions: Any) -> None:
        self.report_error(GraphQLError(message, node, path=path, extensions=extensions))

    def enter_field(self, node: FieldNode, _key: Any, _parent: Any, _steps: Any, ancestors: list[Any]) -> None:
        parent, definition = self.context.get_parent_type(), self.context.get_field_def()
        path = _path(node, ancestors)
        name = node.name.value
        if parent is None:
            return
        if definition is None:
            message = f"Field '{name}' doesn't exist on type '{parent.name}'"
            self.fault(message, node, path, code="undefinedField", typeName=parent.name, fieldName=name)
            return
        self.arguments("Field", name, definition.args, node, path)
        returned = get_named_type(definition.type)
        if is_composite_type(returned) and not node.selection_set:
            message = (
                f"Field must have selections (field '{name}' returns {returned.name} but has no selections. "
                f"Did you mean '{name} {{ ... }}'?)"
            )
            kind = {"nodeName": f"field '{name}'", "typeName": returned.name}
            self.fault(message, node, path, code="selectionMismatch", **kind)
        elif is_leaf_type(returned) and node.selection_set:
            chosen = ", ".join(print_ast(part).split("\n")[0] for part in node.selection_set.selections[:3])
            message = (
                f"Selections can't be made on scalars (field '{name}' returns {returned.name} "
                f"but has selections [{chosen}])"
            )
            kind = {"nodeName": f"field '{name}'", "typeName": returned.name}
            self.fault(message, node, path, code="selectionMismatch", **kind)

    def enter_directive(self, node: DirectiveNode, _key: Any, _parent: Any, _steps: Any, ancestors: list[Any]) -> None:
        definition = self.context.get_directive()
        name = node.name.value
        path = _path(node, ancestors)
        if definition is None:
            message = f"Directive @{name} is not defined"
            self.fault(message, node, path, code="undefinedDirective", directiveName=name)
            return
        self.arguments("Directive", name, definition.args, node, path)
        allowed = {spot.name for spot in definition.locations}
        holder = next((step for step in reversed(ancestors) if isinstance(step, Node)), None)
        if holder is not None and _spot(holder) not in allowed:
            places = ", ".join(f"{spot.lower().replace('_', ' ')}s" for spot in sorted(allowed))
            self.report_error(GraphQLError(f"'@{name}' can't be applied to {_places(holder)} (allowed: {places})"))

    def enter_inline_fragment(
        self, node: InlineFragmentNode, _key: Any, _parent: Any, _steps: Any, ancestors: list[Any]
    ) -> None:
        if node.type_condition:
            self.condition(node.type_condition.name.value, node, _path(node, ancestors))

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_args: Any) -> None:
        self.condition(node.type_condition.name.value, node, [f"fragment {node.name.value}"])

    def condition(self, name: str, node: Node, path: Path) -> None:
        if not is_composite_type(self.context.schema.get_type(name)):
            message = f"No such type {name}, so it can't be a fragment condition"
            self.fault(message, node, path, code="undefinedType", typeName=name)

    def leave_operation_definition(self, node: OperationDefinitionNode, *_args: Any) -> None:
        used = {usage.node.name.value for usage in self.context.get_recursive_variable_usages(node)}
        name = node.name.value if node.name else f"anonymous {node.operation.value}"
        for declared in node.variable_definitions or ():
            variable = declared.variable.name.value
            kind: Any = declared.type
            while not hasattr(kind, "name"):
                kind = kind.type  # list and non-null wrappers
            if self.context.schema.get_type(kind.name.value) is None:
                message = f"{kind.name.value} isn't a defined input type (on ${variable})"
                extensions = {"typeName": kind.name.value, "variableName": variable}
                self.fault(message, declared, _path(node, []), code="variableRequiresValidType", **extensions)
            if variable not in used:
                message = f"Variable ${variable} is declared by {name} but not used"
                self.fault(message, declared, _path(node, []), code="variableNotUsed", variableName=variable)

    # arguments and the literals in them

    def arguments(
        self, kind: str, name: str, defined: Mapping[str, GraphQLArgument], node: FieldNode | DirectiveNode, path: Path
    ) -> None:
        """Check the arguments of a field or a directive."""
        given = {argument.name.value: argument for argument in node.arguments or ()}
        missing = [key for key, argument in defined.items() if is_required_argument(argument) and key not in given]
        shown = f"Field '{name}'" if kind == "Field" else f"Directive '{name}'"
        if missing:
            listed = ", ".join(missing)
            message = f"{shown} is missing required arguments: {listed}"
            extensions = {"className": kind, "name": name, "arguments": listed}
            self.fault(message, node, path, code="missingRequiredArguments", **extensions)
        for key, argument in given.items():
            if key in defined:
                self.literal(argument.value, defined[key].type, key, (kind, name), [*path, key])
                continue
            message = f"{shown} doesn't accept argument '{key}'"
            extensions = {"name": name, "typeName": kind, "argumentName": key}
            self.fault(message, argument, [*path, key], code="argumentNotAccepted", **extensions)

    def literal(self, value: ValueNode, expected: Any, key: str, holder: tuple[str, str], path: Path) -> None:
        """Check an inline value, member by member."""
        if isinstance(value, VariableNode):
            return
        whole = expected
        if is_non_null_type(expected):
            expected = expected.of_type
            if isinstance(value, NullValueNode):
                self.incompatible(value, whole, key, holder, path)
                return
        if isinstance(value, NullValueNode):
            return
        if is_list_type(expected):
            items: Sequence[ValueNode] = value.values if isinstance(value, ListValueNode) else [value]
            for item in items:
                self.literal(item, expected.of_type, key, holder, path)
        elif is_input_object_type(expected):
            if isinstance(value, ObjectValueNode):
                self.members(value, expected, path)
            else:
                self.incompatible(value, whole, key, holder, path)
        elif expected.name == "ID" and isinstance(value, StringValueNode | IntValueNode) and not is_gid(value.value):
            message = f"Invalid global id '{value.value}'"
            self.fault(message, value, path, code="argumentLiteralsIncompatible", typeName="CoercionError")
        elif not _fits(value, expected):
            self.incompatible(value, whole, key, holder, path)

    def incompatible(self, value: ValueNode, expected: Any, key: str, holder: tuple[str, str], path: Path) -> None:
        kind, name = holder
        message = (
            f"Argument '{key}' on {kind} '{name}' has an invalid value ({print_ast(value)}). "
            f"Expected type '{expected}'."
        )
        self.fault(message, value, path, code="argumentLiteralsIncompatible", typeName=kind, argumentName=key)

    def members(self, value: ObjectValueNode, expected: Any, path: Path) -> None:
        given = {member.name.value: member for member in value.fields}
        name = expected.name
        if expected.is_one_of and len(given) != 1:
            message = f"OneOf Input Object '{name}' must specify exactly one key."
            self.fault(message, value, path, code="invalidOneOfInputObject", inputObjectType=name)
        for key, defined in expected.fields.items():
            if is_required_input_field(defined) and key not in given:
                message = f"Argument '{key}' on InputObject '{name}' is required. Expected type {defined.type}"
                extensions = {"argumentName": key, "argumentType": str(defined.type), "inputObjectType": name}
                self.fault(message, value, [*path, key], code="missingRequiredInputObjectAttribute", **extensions)
        for key, member in given.items():
            if key in expected.fields:
                self.literal(member.value, expected.fields[key].type, key, ("InputObject", name), [*path, key])
                continue
            message = f"InputObject '{name}' doesn't accept argument '{key}'"
            extensions = {"name": name, "typeName": "InputObject", "argumentName": key}
            self.fault(message, member, [*path, key], code="argumentNotAccepted", **extensions)


def _fits(value: ValueNode, expected: Any) -> bool:
    if is_enum_type(expected):
        return isinstance(value, EnumValueNode) and value.value in expected.values
    if expected.name in _LITERALS:
        return isinstance(value, _LITERALS[expected.name])
    try:
        expected.coerce_input_value(value_from_ast_untyped(value))
    except ValueError:
        return False
    return True


def _spot(holder: Node) -> str:
    if isinstance(holder, OperationDefinitionNode):
        return holder.operation.name
    return re.sub(r"_NODE$", "", re.sub(r"(?<!^)(?=[A-Z])", "_", type(holder).__name__).upper())


def _places(holder: Node) -> str:
    if isinstance(holder, OperationDefinitionNode):
        return {"query": "queries", "mutation": "mutations"}.get(holder.operation.value, "subscriptions")
    return _spot(holder).lower().replace("_", " ") + "s"
