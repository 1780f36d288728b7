"""What the expressions of a definition read, checked before any run: members that can't be there, and no numbers.

JSON Schemas tell what is known of a value: the payload of the trigger, what the action of an earlier step answers, the
workflow's own variables. What they leave open is not judged.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jinja2 import nodes

from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.syntax import described, parsed

__all__ = ["Lookups", "branches", "schema_of", "types_of"]

Schema = Mapping[str, Any]
_UNKNOWN: Schema = {}
_TYPO = 0.9  # how alike two names are of which one is the other with a slip of the finger
_NEAR = 0.6
_SHOWN = 12  # names that a message lists

_SAME = frozenset({"list", "sort", "unique", "select", "reject", "selectattr", "rejectattr"})
_MEMBER = frozenset({"first", "last", "min", "max"})
_RESULTS: Mapping[str, str] = {
    **dict.fromkeys(("capitalize", "join", "lower", "money", "replace", "string", "title", "tojson", "trim", "upper"), "string"),  # noqa: E501
    **dict.fromkeys(("count", "length", "int"), "integer"),
    **dict.fromkeys(("abs", "float", "number", "round", "sum"), "number"),
}  # fmt: skip
_ATTRIBUTES = frozenset({"selectattr", "rejectattr"})  # the first argument of these names a member
_NOUNS = {"string": "a text", "number": "a number", "integer": "a number", "boolean": "true or false"}


class Lookups:
    """Checks texts against what is known of the names that they read.

    `faults` are what can't work, `doubts` what may fail: members that a payload is not known to have.
    """

    def __init__(self, known: Mapping[str, Schema]) -> None:
        self.known = known
        self.faults: list[str] = []
        self.doubts: list[str] = []

    def check(self, source: str, *, expression: bool = False) -> Schema:
        """Look through a text that keeps the rules of the language; return what is known of its value."""
        try:
            text = parsed(source, expression)
        except Bad:
            return _UNKNOWN
        if text.single is not None:
            return self._of(text.single)
        for output in text.tree.body:
            for part in output.nodes:  # type: ignore[attr-defined]  # a checked tree holds nothing but outputs
                self._of(part)
        return {"type": "string"}

    def _of(self, node: nodes.Node) -> Schema:
        """Return what is known of the value of a node, and check all that it is made of."""
        match node:
            case nodes.Name():
                return self.known.get(node.name, _UNKNOWN)
            case nodes.Getattr():
                return self._member(node.node, self._of(node.node), node.attr)
            case nodes.Getitem():
                base = self._of(node.node)
                if isinstance(node.arg, nodes.Const):
                    return self._member(node.node, base, node.arg.value)
                self._of(node.arg)
                return base if isinstance(node.arg, nodes.Slice) else _items(base)
            case nodes.Filter() if node.node is not None:
                return self._filtered(node, self._of(node.node))
            case nodes.Const():
                return schema_of(node.value)
            case nodes.BinExpr() if not isinstance(node, nodes.And | nodes.Or | nodes.Add):
                self._number(node.left, self._of(node.left))
                self._number(node.right, self._of(node.right))
                return {"type": "number"}
            case nodes.Compare():
                self._compared(node)
                return {"type": "boolean"}
            case nodes.CondExpr():
                self._of(node.test)
                parts = [self._of(part) for part in (node.expr1, node.expr2) if part is not None]
                return {"anyOf": parts} if all(parts) else _UNKNOWN
            case _:
                for child in node.iter_child_nodes():
                    self._of(child)
                return _UNKNOWN

    def _compared(self, node: nodes.Compare) -> None:
        left, at = self._of(node.expr), node.expr
        for operand in node.ops:
            right = self._of(operand.expr)
            if operand.op in ("lt", "lteq", "gt", "gteq"):
                self._number(at, left)
                self._number(operand.expr, right)
            left, at = right, operand.expr

    def _number(self, node: nodes.Node, schema: Schema) -> None:
        """Note where an object or a list stands that has to be a number or a text."""
        found = branches(schema)
        types = {kind for branch in found for kind in types_of(branch)}
        if not types or not types <= {"object", "array"} or not all(map(types_of, found)):
            return
        name = described(node) or "this"
        hint = next((f"; `{name}.{path}` is an amount" for branch in found if (path := _amount(branch))), "")
        self.faults.append(f"`{name}` is {'a list' if types == {'array'} else 'an object'} and no number{hint}")

    def _member(self, owner: nodes.Node, schema: Schema, name: Any) -> Schema:
        found: list[Schema] = []
        refusals: list[str] = []
        doubts: list[str] = []
        base = described(owner) or "this"
        for branch in branches(schema):
            kinds = types_of(branch)
            if not kinds:
                return _UNKNOWN
            for kind in kinds:
                if kind == "object" and isinstance(name, str):
                    members = branch.get("properties", {})
                    if name in members:
                        found.append(members[name])
                        continue
                    message = f"`{base}` has no `{name}`{_suggested(name, members)}"
                    is_closed = branch.get("additionalProperties") is False
                    (refusals if is_closed or _is_typo(name, members) else doubts).append(message)
                    if not is_closed and not members:
                        return _UNKNOWN
                elif kind == "array" and isinstance(name, int):
                    found.append(branch.get("items", _UNKNOWN))
                elif kind == "array":
                    refusals.append(f"`{base}` is a list: `{base}[0].{name}` would be a member of its first one")
                else:
                    noun = "an object" if kind == "object" else _NOUNS.get(kind, kind)
                    refusals.append(f"`{base}` is {noun} and has no member {name!r}")
        if not found and refusals:
            self.faults.append(refusals[0])
        elif not found and doubts:
            self.doubts.append(doubts[0].replace(" has no ", " is not known to have ", 1))
        return found[0] if len(found) == 1 else {"anyOf": found} if found else _UNKNOWN

    def _filtered(self, node: nodes.Filter, value: Schema) -> Schema:
        for argument in node.args:
            self._of(argument)
        named = {str(keyword.key): keyword.value for keyword in node.kwargs}
        attribute = named.get("attribute")
        if node.name in _ATTRIBUTES and node.args:
            attribute = node.args[0]
        member = _UNKNOWN
        if isinstance(attribute, nodes.Const) and isinstance(attribute.value, str):
            member = self._path(node, _items(value), attribute.value)
        if node.name in _SAME:
            return value
        if node.name in _MEMBER:
            return _items(value)
        if node.name == "map":
            return {"type": "array", "items": member}
        if node.name == "default":
            other = self._of(node.args[0]) if node.args else schema_of("")
            return {"anyOf": [value, other]} if value and other else _UNKNOWN
        if node.name == "split":
            return {"type": "array", "items": {"type": "string"}}
        return {"type": _RESULTS[node.name]} if node.name in _RESULTS else _UNKNOWN

    def _path(self, node: nodes.Filter, schema: Schema, path: str) -> Schema:
        """Return what is known of a member that a filter names by its path, such as ``variant.id``."""
        assert node.node is not None  # noqa: S101  # checked as the text was parsed
        owner: nodes.Expr = nodes.Getitem(node.node, nodes.Const(0), "load")
        for step in path.split("."):
            key: str | int = int(step) if step.isascii() and step.isdigit() and len(step) < 10 else step
            schema = self._member(owner, schema, key)
            owner = nodes.Getitem(owner, nodes.Const(key), "load")
        return schema


def branches(schema: Any) -> list[Schema]:
    """Return what a schema says of a value that is not null, one entry for each alternative."""
    if not isinstance(schema, Mapping):
        return [_UNKNOWN]
    parts = schema.get("anyOf") or schema.get("oneOf")
    if parts:
        return [branch for part in parts for branch in branches(part)]
    return [] if schema.get("type") == "null" else [schema]


def types_of(branch: Schema) -> Sequence[str]:
    """Return the JSON types that a branch allows beside null, empty where it does not say."""
    named = branch.get("type", ())
    return [kind for kind in ([named] if isinstance(named, str) else named) if kind != "null"]


def schema_of(value: Any) -> Schema:
    """Return what there is to know of a value: its type, and those of its members."""
    if isinstance(value, Mapping):
        members = {str(name): schema_of(member) for name, member in value.items()}
        return {"type": "object", "properties": members, "additionalProperties": False}
    if isinstance(value, list):
        items = [schema_of(item) for item in value]
        return {"type": "array", "items": {"anyOf": items} if items and all(items) else _UNKNOWN}
    if isinstance(value, str):
        return {"type": "string"}
    if isinstance(value, bool):
        return {"type": "boolean"}
    return _UNKNOWN if value is None else {"type": "number"}


def _items(schema: Schema) -> Schema:
    items = [branch.get("items", _UNKNOWN) for branch in branches(schema) if "array" in types_of(branch)]
    return items[0] if len(items) == 1 else {"anyOf": items} if items and all(items) else _UNKNOWN


def _amount(branch: Schema) -> str | None:
    members = branch.get("properties", {})
    return "amount" if "amount" in members else "shop_money.amount" if "shop_money" in members else None


def _is_typo(name: str, members: Mapping[str, Any]) -> bool:
    near = difflib.get_close_matches(name, members, n=1, cutoff=_TYPO)
    return bool(near) and not name.startswith(near[0]) and not near[0].startswith(name)


def _suggested(name: str, members: Mapping[str, Any]) -> str:
    near = list(_nearest(name, members))
    if near:
        return f"; did you mean {', '.join(near)}?"
    if not members:
        return ""
    shown = ", ".join(list(members)[:_SHOWN])
    return f"; it has {shown}{' and others' if len(members) > _SHOWN else ''}"


def _nearest(name: str, members: Mapping[str, Any]) -> Iterator[str]:
    yield from difflib.get_close_matches(name, members, n=3, cutoff=_NEAR)
