"""The filters of expressions. Each takes the budget, a value, and plain arguments.

What a filter builds is charged before it is built, and each member that it looks at is a step.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from jinja2.filters import do_title

from atom_shopify_plugin.host.workflows import decimals
from atom_shopify_plugin.host.workflows.budget import Budget
from atom_shopify_plugin.host.workflows.decimals import Bad, is_number, kind, number, numeric
from atom_shopify_plugin.host.workflows.operations import (
    Missing,
    key_of,
    result,
    solid,
    sorting,
    text_of,
)
from atom_shopify_plugin.host.workflows.predicates import TESTS
from atom_shopify_plugin.host.workflows.values import portable

__all__ = ["FILTERS", "LENIENT", "fits", "member"]

_UNKNOWN = object()


def member(value: Any, name: Any) -> Any:
    """Return a member of an object or a list, `Missing` where there is none; raise `Bad` for a missing value."""
    value = solid(value)
    if isinstance(value, Mapping) and isinstance(name, str) and name in value:
        return value[name]
    if isinstance(value, list) and type(name) is int and -len(value) <= name < len(value):
        return value[name]
    shown = str(name)[:100] if isinstance(name, str | int) else "such a member"
    return Missing(f"there is no `{shown}` in that {_noun(value)}")


def _noun(value: Any) -> str:
    return kind(value).removeprefix("an ").removeprefix("a ")


def _path(budget: Budget, value: Any, path: Any) -> Any:
    if is_number(path):
        return member(value, path)
    if not isinstance(path, str):
        raise Bad("an attribute is named by a text such as 'customer.id'")
    budget.spend(len(path) + 1)
    for part in path.split("."):
        value = member(value, int(part) if part.isascii() and part.isdigit() and len(part) < 10 else part)
    return value


def _text(value: Any, what: str = "the value") -> str:
    value = solid(value)
    if is_number(value):
        return decimals.plain(value)
    if not isinstance(value, str):
        raise Bad(f"{what} is {kind(value)}, and text is needed")
    return value


def _members(budget: Budget, value: Any) -> list[Any]:
    value = solid(value)
    if not isinstance(value, list | Mapping | str):
        raise Bad(f"a list is needed, and this is {kind(value)}")
    budget.build(len(value), "list")
    budget.spend(len(value))
    return list(value)


def _flag(value: Any) -> bool:
    return bool(solid(value))


def _default(budget: Budget, value: Any, other: Any = "", boolean: Any = False) -> Any:  # noqa: ARG001
    return other if isinstance(value, Missing) or (_flag(boolean) and not value) else value


def _number(budget: Budget, value: Any) -> Any:  # noqa: ARG001
    return number(value, "the value")


def _int(budget: Budget, value: Any) -> int:  # noqa: ARG001
    return decimals.whole(number(value, "the value"), "the value")


def _abs(budget: Budget, value: Any) -> Any:  # noqa: ARG001
    return abs(number(value, "the value"))


def _round(budget: Budget, value: Any, precision: Any = 0) -> Any:  # noqa: ARG001
    if type(precision) is not int:
        raise Bad("round takes a whole number of digits")
    return decimals.rounded(number(value, "the value"), precision)


def _money(budget: Budget, value: Any, currency: Any) -> str:  # noqa: ARG001
    return decimals.money(number(value, "the value"), currency)


def _sum(budget: Budget, value: Any, attribute: Any = None) -> Any:
    total: Any = 0
    for one in _picked(budget, value, attribute):
        total = decimals.arithmetic("+", total, number(one, "a member of the list"))
    return total


def _picked(budget: Budget, value: Any, attribute: Any) -> list[Any]:
    members = _members(budget, value)
    return [solid(one if attribute is None else _path(budget, one, attribute)) for one in members]


def _extreme(last: bool) -> Callable[..., Any]:
    def extreme(budget: Budget, value: Any, case_sensitive: Any = False, attribute: Any = None) -> Any:
        members = _members(budget, value)
        if not members:
            return Missing("the list is empty")
        keys = sorting(_picked(budget, members, attribute), budget, case=_flag(case_sensitive))
        if isinstance(keys[0], str) and any(numeric(key) is not None for key in keys):
            raise Bad("some members of the list are numbers and some are not")
        at = range(len(keys))
        return members[max(at, key=keys.__getitem__) if last else min(at, key=keys.__getitem__)]

    return extreme


def _sort(
    budget: Budget, value: Any, reverse: Any = False, case_sensitive: Any = False, attribute: Any = None
) -> list[Any]:
    members = _members(budget, value)
    keys = sorting(_picked(budget, members, attribute), budget, case=_flag(case_sensitive))
    return [members[at] for at in sorted(range(len(keys)), key=keys.__getitem__, reverse=_flag(reverse))]


def _unique(budget: Budget, value: Any, case_sensitive: Any = False, attribute: Any = None) -> list[Any]:
    members = _members(budget, value)
    found: dict[str, Any] = {}
    for one, picked in zip(members, _picked(budget, members, attribute), strict=True):
        found.setdefault(key_of(picked, budget, case=_flag(case_sensitive)), one)
    return list(found.values())


def _first(budget: Budget, value: Any) -> Any:
    members = _members(budget, value)
    return members[0] if members else Missing("the list is empty")


def _last(budget: Budget, value: Any) -> Any:
    members = _members(budget, value)
    return members[-1] if members else Missing("the list is empty")


def _length(budget: Budget, value: Any) -> int:  # noqa: ARG001
    value = solid(value)
    if not isinstance(value, list | Mapping | str):
        raise Bad(f"only texts, lists and objects have a length, and this is {kind(value)}")
    return len(value)


def _join(budget: Budget, value: Any, separator: Any = ", ", attribute: Any = None) -> str:
    between = _text(separator, "the separator")
    texts = [text_of(one, budget) for one in _picked(budget, value, attribute)]
    budget.build(sum(map(len, texts)) + len(between) * max(0, len(texts) - 1))
    return between.join(texts)


def _replace(budget: Budget, value: Any, old: Any, new: Any) -> str:
    text, old, new = _text(value), _text(old), _text(new)
    budget.read(len(text) + len(old))
    budget.build(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


def _split(budget: Budget, value: Any, separator: Any = ",") -> list[str]:
    text, separator = _text(value), _text(separator) or ","
    budget.read(len(text) + len(separator))
    pieces = text.count(separator) + 1
    budget.build(len(text) + pieces, "list")
    budget.spend(pieces)
    return [piece.strip() for piece in text.split(separator)]


def _cased(change: Callable[[str], str]) -> Callable[..., Any]:
    def cased(budget: Budget, value: Any) -> str:
        text = _text(value)
        budget.build(len(text) * (1 if text.isascii() else 3))  # some characters have three in the other case
        return change(text)

    return cased


def _trim(budget: Budget, value: Any, characters: Any = None) -> str:
    text = _text(value)
    budget.build(len(text))
    if characters is None:
        return text.strip()
    characters = _text(characters)
    budget.spend((len(text) + 1) * (len(characters) // 64 + 1))
    return text.strip(characters)


def _tojson(budget: Budget, value: Any) -> str:
    text = json.dumps(portable(result(value, budget)), ensure_ascii=False)
    budget.build(len(text))
    return text


def _string(budget: Budget, value: Any) -> str:
    return text_of(value, budget)


def _list(budget: Budget, value: Any) -> list[Any]:
    return _members(budget, value)


def _map(
    budget: Budget, value: Any, name: Any = None, *arguments: Any, attribute: Any = None, default: Any = _UNKNOWN,
    **named: Any,
) -> list[Any]:  # fmt: skip
    members = _members(budget, value)
    if attribute is not None:
        found = [_path(budget, one, attribute) for one in members]
        return [default if isinstance(one, Missing) and default is not _UNKNOWN else one for one in found]
    if default is not _UNKNOWN:
        named = {**named, "default": default}
    change = FILTERS[_known(name, FILTERS, "filter")]
    return [change(budget, one, *arguments, **named) for one in members]


def _chosen(keep: bool, by_attribute: bool) -> Callable[..., Any]:
    def chosen(budget: Budget, value: Any, *arguments: Any) -> list[Any]:
        path, test = (arguments[0], arguments[1:]) if by_attribute else (None, arguments)
        return [
            one
            for one in _members(budget, value)
            if _holds(budget, _path(budget, one, path) if by_attribute else one, test) is keep
        ]

    def chosen_by_attribute(budget: Budget, value: Any, attribute: Any, *test: Any) -> list[Any]:
        return chosen(budget, value, attribute, *test)

    return chosen_by_attribute if by_attribute else chosen


def _holds(budget: Budget, value: Any, test: tuple[Any, ...]) -> bool:
    if not test:
        return bool(solid(value))
    return TESTS[_known(test[0], TESTS, "test")](budget, value, *test[1:])


def _known(name: Any, known: Mapping[str, Any], what: str) -> str:
    if not isinstance(name, str) or name not in known:
        shown = f"`{name[:50]}`" if isinstance(name, str) else "of that name"
        raise Bad(f"there is no {what} {shown}; there are {', '.join(sorted(known))}")
    return name


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": _abs, "capitalize": _cased(str.capitalize), "count": _length, "d": _default, "default": _default,
    "first": _first, "float": _number, "int": _int, "join": _join, "last": _last, "length": _length, "list": _list,
    "lower": _cased(str.lower), "map": _map, "max": _extreme(True), "min": _extreme(False), "money": _money,
    "number": _number, "reject": _chosen(False, False), "rejectattr": _chosen(False, True), "replace": _replace,
    "round": _round, "select": _chosen(True, False), "selectattr": _chosen(True, True), "sort": _sort,
    "split": _split, "string": _string, "sum": _sum, "title": _cased(do_title), "tojson": _tojson, "trim": _trim,
    "unique": _unique, "upper": _cased(str.upper),
}  # fmt: skip


LENIENT = frozenset(("d", "default", "defined", "undefined"))
"""Filters and tests that take a value which is missing."""


def fits(function: Callable[..., Any], arguments: int, named: list[str]) -> bool:
    """Tell whether a filter or a test takes so many arguments, and those names."""
    try:
        inspect.signature(function).bind(None, None, *range(arguments), **dict.fromkeys(named))
    except TypeError:
        return False
    return True
