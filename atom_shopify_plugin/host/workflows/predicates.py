"""The tests of expressions (``x is none``). Each takes the budget, a value, and plain arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from atom_shopify_plugin.host.workflows.budget import Budget
from atom_shopify_plugin.host.workflows.decimals import is_number, numeric
from atom_shopify_plugin.host.workflows.operations import Missing, compare, contains, same, solid

__all__ = ["TESTS"]


def _plain_test(check: Callable[[Any], bool]) -> Callable[..., bool]:
    def test(budget: Budget, value: Any) -> bool:
        budget.spend()
        return check(solid(value))

    return test


def _order_test(sign: str) -> Callable[..., bool]:
    def test(budget: Budget, value: Any, other: Any) -> bool:
        return compare(sign, value, other, budget)

    return test


def _equal(budget: Budget, value: Any, other: Any) -> bool:
    return same(value, other, budget)


def _unequal(budget: Budget, value: Any, other: Any) -> bool:
    return not same(value, other, budget)


def _in(budget: Budget, value: Any, container: Any) -> bool:
    return contains(container, value, budget)


def _defined(budget: Budget, value: Any) -> bool:  # noqa: ARG001
    return not isinstance(value, Missing)


def _undefined(budget: Budget, value: Any) -> bool:  # noqa: ARG001
    return isinstance(value, Missing)


TESTS: dict[str, Callable[..., bool]] = {
    "boolean": _plain_test(lambda value: isinstance(value, bool)),
    "defined": _defined,
    "undefined": _undefined,
    "none": _plain_test(lambda value: value is None),
    "number": _plain_test(is_number),
    "numeric": _plain_test(lambda value: numeric(value) is not None),
    "string": _plain_test(lambda value: isinstance(value, str)),
    "mapping": _plain_test(lambda value: isinstance(value, Mapping)),
    "sequence": _plain_test(lambda value: isinstance(value, str | list | Mapping)),
    "true": _plain_test(lambda value: value is True),
    "false": _plain_test(lambda value: value is False),
    "in": _in,
    **dict.fromkeys(("eq", "equalto", "=="), _equal),
    **dict.fromkeys(("ne", "!="), _unequal),
    **dict.fromkeys(("gt", "greaterthan", ">"), _order_test("gt")),
    **dict.fromkeys(("ge", ">="), _order_test("gteq")),
    **dict.fromkeys(("lt", "lessthan", "<"), _order_test("lt")),
    **dict.fromkeys(("le", "<="), _order_test("lteq")),
}
