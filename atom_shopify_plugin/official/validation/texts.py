"""How types and values of a document read in messages."""

from __future__ import annotations

from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListTypeNode,
    ListValueNode,
    Node,
    NonNullTypeNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    TypeNode,
    ValueNode,
    VariableNode,
)

from atom_shopify_plugin.official.scalars import written

__all__ = ["is_constant", "is_null", "plain", "printed", "signature"]

LONGEST_NUMBER = 100  # digits; what is longer fits no type, and Python is slow with it


def signature(node: TypeNode) -> str:
    """Return a type as it is written: ``[ID!]!``."""
    if isinstance(node, NonNullTypeNode):
        return f"{signature(node.type)}!"
    if isinstance(node, ListTypeNode):
        return f"[{signature(node.type)}]"
    return str(node.name.value)  # type: ignore[attr-defined]  # the third kind of type is a name


def printed(node: Node) -> str:
    """Return a value as graphql-ruby prints it: ``{id: "gid", tags: ["a", "b"]}``."""
    if isinstance(node, ObjectValueNode):
        return "{" + ", ".join(map(printed, node.fields)) + "}"
    if isinstance(node, ObjectFieldNode):
        return f"{node.name.value}: {printed(node.value)}"
    if isinstance(node, ListValueNode):
        return "[" + ", ".join(map(printed, node.values)) + "]"
    if isinstance(node, VariableNode):
        return f"${node.name.value}"
    if isinstance(node, EnumValueNode):
        return node.value
    return written(plain(node))


def plain(node: Node) -> Any:
    """Return a constant value as Python has it; an enum's value is its name."""
    if isinstance(node, StringValueNode | BooleanValueNode | EnumValueNode):
        return node.value
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) <= LONGEST_NUMBER else float("inf")
    if isinstance(node, FloatValueNode):
        return float(node.value)
    if isinstance(node, ListValueNode):
        return [plain(item) for item in node.values]
    if isinstance(node, ObjectValueNode):
        return {member.name.value: plain(member.value) for member in node.fields}
    return None


def is_constant(node: ValueNode) -> bool:
    """Tell whether there is no variable in a value."""
    if isinstance(node, ListValueNode):
        return all(map(is_constant, node.values))
    if isinstance(node, ObjectValueNode):
        return all(is_constant(member.value) for member in node.fields)
    return not isinstance(node, VariableNode)


def is_null(node: ValueNode) -> bool:
    return isinstance(node, NullValueNode)
