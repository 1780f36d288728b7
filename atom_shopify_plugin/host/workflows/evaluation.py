"""Evaluating a parsed text, node by node, within a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import nodes

from atom_shopify_plugin.host.workflows import decimals
from atom_shopify_plugin.host.workflows.budget import Budget
from atom_shopify_plugin.host.workflows.decimals import Bad, kind, number, numeric
from atom_shopify_plugin.host.workflows.functions import FILTERS, LENIENT, member
from atom_shopify_plugin.host.workflows.operations import Missing, compare, contains, same, solid, text_of
from atom_shopify_plugin.host.workflows.predicates import TESTS
from atom_shopify_plugin.host.workflows.syntax import described

__all__ = ["Evaluation"]

_SIGNS: Mapping[type[nodes.Node], str] = {
    nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/", nodes.FloorDiv: "//", nodes.Mod: "%",
}  # fmt: skip


class Evaluation:
    """One evaluation of texts over `data`. Its methods raise `Bad`."""

    def __init__(self, data: Mapping[str, Any], budget: Budget) -> None:
        self._data = data
        self._budget = budget

    def text(self, tree: nodes.Template) -> str:
        """Return a text in which every expression is replaced by its value."""
        parts = []
        for output in tree.body:
            for part in output.nodes:  # type: ignore[attr-defined]  # a checked tree holds nothing but outputs
                text = part.data if isinstance(part, nodes.TemplateData) else text_of(self.value(part), self._budget)
                self._budget.build(len(text))
                parts.append(text)
        self._budget.build(sum(map(len, parts)))
        return "".join(parts)

    def value(self, node: nodes.Node) -> Any:
        """Return the value of an expression; one that is missing fails."""
        return solid(self.lenient(node))

    def lenient(self, node: nodes.Node) -> Any:
        """Return the value of an expression, `Missing` for a member that is not there."""
        self._budget.spend()
        return _RULES[type(node)](self, node)

    def _constant(self, node: nodes.Const) -> Any:
        return node.value

    def _name(self, node: nodes.Name) -> Any:
        return self._data[node.name] if node.name in self._data else Missing(f"there is no `{node.name}`")

    def _attribute(self, node: nodes.Getattr) -> Any:
        return member(self.lenient(node.node), node.attr)

    def _item(self, node: nodes.Getitem) -> Any:
        value = self.value(node.node)
        if not isinstance(node.arg, nodes.Slice):
            found = member(value, self.value(node.arg))
            if isinstance(found, Missing) and not isinstance(node.arg, nodes.Const):
                return Missing("there is no such member")  # its name is data
            return found
        if not isinstance(value, str | list):
            raise Bad(f"only texts and lists have parts, and this is {kind(value)}")
        bounds = [None if one is None else self.value(one) for one in (node.arg.start, node.arg.stop, node.arg.step)]
        if any(bound is not None and type(bound) is not int for bound in bounds) or bounds[2] == 0:
            raise Bad("the bounds of a part are whole numbers")
        self._budget.build(len(range(*slice(*bounds).indices(len(value)))), "part")
        return value[slice(*bounds)]

    def _filter(self, node: nodes.Filter) -> Any:
        assert node.node is not None  # noqa: S101  # checked as the text was parsed
        value = self.lenient(node.node) if node.name in LENIENT else self.value(node.node)
        arguments = [self.value(argument) for argument in node.args]
        named = {str(keyword.key): self.value(keyword.value) for keyword in node.kwargs}
        return self._called(FILTERS[node.name], node, value, arguments, named)

    def _test(self, node: nodes.Test) -> bool:
        value = self.lenient(node.node) if node.name in LENIENT else self.value(node.node)
        arguments = [self.value(argument) for argument in node.args]
        named = {str(keyword.key): self.value(keyword.value) for keyword in node.kwargs}
        return bool(self._called(TESTS[node.name], node, value, arguments, named))

    def _called(
        self, function: Callable[..., Any], node: nodes.Filter | nodes.Test, value: Any, arguments: list[Any],
        named: dict[str, Any],
    ) -> Any:  # fmt: skip
        self._budget.spend()
        try:
            return function(self._budget, value, *arguments, **named)
        except Bad as bad:
            sign = "|" if isinstance(node, nodes.Filter) else "is"
            raise Bad(f"`{described(node.node) or '…'} {sign} {node.name}`: {bad}") from None  # type: ignore[arg-type]
        except TypeError:
            # The parser has counted the arguments; those of a filter that `map` names are seen only here.
            raise Bad(f"`{node.name}` doesn't take these arguments") from None

    def _arithmetic(self, node: nodes.BinExpr) -> Any:
        sign = _SIGNS[type(node)]
        left, right = self.value(node.left), self.value(node.right)
        if sign == "+" and isinstance(left, list) and isinstance(right, list):
            self._budget.build(len(left) + len(right), "list")
            return [*left, *right]
        if sign == "+" and isinstance(left, str) and isinstance(right, str):
            if numeric(left) is not None and numeric(right) is not None:
                raise Bad("`+` stands between two texts that are numbers: write `| number` behind them to add them, "
                          "or `~` between them to join them")  # fmt: skip
            self._budget.build(len(left) + len(right))
            return left + right
        sides = number(left, _side(node.left, "left", sign)), number(right, _side(node.right, "right", sign))
        return decimals.arithmetic(sign, *sides)

    def _negative(self, node: nodes.Neg) -> Any:
        return decimals.arithmetic("-", 0, number(self.value(node.node), _side(node.node, "value", "-")))

    def _positive(self, node: nodes.Pos) -> Any:
        return number(self.value(node.node), _side(node.node, "value", "+"))

    def _joined(self, node: nodes.Concat) -> str:
        texts = [text_of(self.value(part), self._budget) for part in node.nodes]
        self._budget.build(sum(map(len, texts)))
        return "".join(texts)

    def _and(self, node: nodes.And) -> Any:
        return self.value(node.left) and self.value(node.right)

    def _or(self, node: nodes.Or) -> Any:
        return self.value(node.left) or self.value(node.right)

    def _not(self, node: nodes.Not) -> bool:
        return not self.value(node.node)

    def _compared(self, node: nodes.Compare) -> bool:
        left, at = self.value(node.expr), node.expr
        for operand in node.ops:
            right = self.value(operand.expr)
            if not self._holds(operand.op, left, right, at, operand.expr):
                return False
            left, at = right, operand.expr
        return True

    def _holds(self, operator: str, left: Any, right: Any, left_at: nodes.Node, right_at: nodes.Node) -> bool:
        match operator:
            case "eq":
                return same(left, right, self._budget)
            case "ne":
                return not same(left, right, self._budget)
            case "in":
                return contains(right, left, self._budget)
            case "notin":
                return not contains(right, left, self._budget)
            case _:
                names = described(left_at), described(right_at)
                shown = tuple(f"`{name}`" if name else f"the {side} side" for name, side in zip(
                    names, ("left", "right"), strict=True))  # fmt: skip
                return compare(operator, left, right, self._budget, (shown[0], shown[1]))

    def _choice(self, node: nodes.CondExpr) -> Any:
        if self.value(node.test):
            return self.lenient(node.expr1)
        return Missing("the `if` has no `else`") if node.expr2 is None else self.lenient(node.expr2)

    def _list(self, node: nodes.List | nodes.Tuple) -> list[Any]:
        return [self.value(item) for item in node.items]

    def _object(self, node: nodes.Dict) -> dict[str, Any]:
        found = {}
        for pair in node.items:
            key = self.value(pair.key)
            if not isinstance(key, str):
                raise Bad("the members of an object must have names of text")
            found[key] = self.value(pair.value)
        return found


def _side(node: nodes.Node, side: str, sign: str) -> str:
    name = described(node)
    return f"`{name}`" if name else f"the {side} side of `{sign}`"


_RULES: Mapping[type[nodes.Node], Callable[[Evaluation, Any], Any]] = {
    nodes.Const: Evaluation._constant,
    nodes.Name: Evaluation._name,
    nodes.Getattr: Evaluation._attribute,
    nodes.Getitem: Evaluation._item,
    nodes.Filter: Evaluation._filter,
    nodes.Test: Evaluation._test,
    nodes.Compare: Evaluation._compared,
    nodes.And: Evaluation._and,
    nodes.Or: Evaluation._or,
    nodes.Not: Evaluation._not,
    nodes.Neg: Evaluation._negative,
    nodes.Pos: Evaluation._positive,
    nodes.Concat: Evaluation._joined,
    nodes.CondExpr: Evaluation._choice,
    nodes.List: Evaluation._list,
    nodes.Tuple: Evaluation._list,
    nodes.Dict: Evaluation._object,
    **dict.fromkeys(_SIGNS, Evaluation._arithmetic),
}
