"""What expressions do with values: comparing, writing as text, and handing out as JSON; all of it charged."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.host.workflows.budget import LIMIT, Budget
from atom_shopify_plugin.host.workflows.decimals import Bad, is_number, kind, numeric, plain
from atom_shopify_plugin.host.workflows.values import DEEPEST, portable

__all__ = ["Missing", "compare", "contains", "key_of", "result", "same", "solid", "sorting", "text_of"]


class Missing:
    """A member that is not there; using it fails with `message`."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message


def solid(value: Any) -> Any:
    """Return a value that is there; raise `Bad` for one that is missing."""
    if isinstance(value, Missing):
        raise Bad(value.message)
    return value


_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt, "lteq": operator.le, "gt": operator.gt, "gteq": operator.ge,
}  # fmt: skip
_SIGNS = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


def compare(
    sign: str, left: Any, right: Any, budget: Budget, names: tuple[str, str] = ("one side", "one side")
) -> bool:
    """Tell whether two numbers, or two texts, are in an order (``lt``, ``lteq``, ``gt``, ``gteq``); raise `Bad`.

    Texts that are numbers count as numbers. A number and something that is none have no order.
    """
    budget.spend()
    left, right = solid(left), solid(right)
    numbers = numeric(left), numeric(right)
    if None not in numbers:
        return _ORDER[sign](*numbers)
    if numbers == (None, None) and isinstance(left, str) and isinstance(right, str):
        budget.read(min(len(left), len(right)))
        return _ORDER[sign](left, right)
    name, value = next((name, value) for name, value, found in zip(names, (left, right), numbers, strict=True)
                       if found is None)  # fmt: skip
    raise Bad(f"{name} of `{_SIGNS[sign]}` is {kind(value)}, not a number; write a number as 12.90")


def same(left: Any, right: Any, budget: Budget) -> bool:
    """Tell whether two values are equal; a number equals a text that is that number."""
    budget.spend()
    left, right = solid(left), solid(right)
    if is_number(left) and isinstance(right, str):
        return bool(left == numeric(right))
    if is_number(right) and isinstance(left, str):
        return bool(right == numeric(left))
    if isinstance(left, str) and isinstance(right, str):
        budget.read(min(len(left), len(right)))
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same(one, other, budget) for one, other in pairs)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        budget.read(len(left))
        return left.keys() == right.keys() and all(same(left[key], right[key], budget) for key in left)
    if isinstance(left, list | Mapping) or isinstance(right, list | Mapping):
        return False
    return bool(left == right)


def contains(value: Any, member: Any, budget: Budget) -> bool:
    """Tell whether `member` is in a text, a list or an object (as a name); raise `Bad`."""
    value, member = solid(value), solid(member)
    if isinstance(value, str):
        if not isinstance(member, str):
            raise Bad(f"`in` looks for text in a text, and not for {kind(member)}")
        budget.read(len(value) + len(member))
        return member in value
    if isinstance(value, Mapping):
        budget.spend()
        return isinstance(member, str) and member in value
    if isinstance(value, list):
        return any(same(member, one, budget) for one in value)
    raise Bad(f"`in` looks into a text, a list or an object, and not into {kind(value)}")


def sorting(values: list[Any], budget: Budget, *, case: bool = False) -> list[Any]:
    """Return one key for each value by which they can be sorted: all as numbers, or all as texts; raise `Bad`."""
    numbers = [numeric(solid(value)) for value in values]
    budget.read(len(values) * len(values).bit_length())
    if None not in numbers:
        return numbers
    if not all(isinstance(value, str) for value in values):
        culprit = next(value for value, found in zip(values, numbers, strict=True) if found is None)
        raise Bad(f"only numbers, or only texts, have an order, and there is {kind(culprit)} among them")
    for value in values:
        budget.build(len(value) * 3)
        budget.read(len(value) * len(values).bit_length())
    return [value if case else value.lower() for value in values]


def key_of(value: Any, budget: Budget, *, case: bool = True) -> str:
    """Return a text that is the same for equal values."""
    value = solid(value)
    if isinstance(value, str) and not case:
        budget.build(len(value) * 3)
        value = value.lower()
    return json.dumps(portable(result(value, budget)), sort_keys=True)


def text_of(value: Any, budget: Budget) -> str:
    """Return how a value is written inside of text: null as nothing, objects and lists as JSON."""
    value = solid(value)
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if is_number(value):
        return plain(value)
    return json.dumps(portable(result(value, budget)), ensure_ascii=False)


def result(value: Any, budget: Budget) -> Any:
    """Return a copy of a value that is JSON of a bounded size; raise `Bad`. Numbers stay decimals."""
    found, size = _copy(value, budget, 0)
    if size > LIMIT:
        raise Bad(f"the value is larger than {LIMIT} characters")
    return found


def _copy(value: Any, budget: Budget, depth: int) -> tuple[Any, int]:
    value = solid(value)
    if depth > DEEPEST:
        raise Bad("it is nested too deeply")
    if isinstance(value, str):
        budget.build(len(value), "value")
        if not value.isascii():
            _whole(value)
        return value, len(value)
    if value is None or isinstance(value, bool | int | Decimal):
        return value, 1  # charged with what it is a member of
    if isinstance(value, list):
        budget.build(len(value), "value")
        members = [_copy(member, budget, depth + 1) for member in value]
        return [member for member, _ in members], 1 + sum(size for _, size in members)
    if isinstance(value, Mapping):
        budget.build(len(value), "value")
        pairs = {_copy(key, budget, depth + 1)[0]: _copy(member, budget, depth + 1) for key, member in value.items()}
        sizes = sum(len(key) + size for key, (_, size) in pairs.items())
        return {key: member for key, (member, _) in pairs.items()}, 1 + sizes
    raise Bad(f"the value is not JSON: {kind(value)}")


def _whole(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Bad("a text holds half of a character (a lone surrogate)") from None
