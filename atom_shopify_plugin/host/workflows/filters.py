"""`when` of a workflow's trigger: which events start a run, told from the payload before a run is made.

::

    "when": {"total_price.shop_money.amount": {"gte": 500}, "tags": {"contains": "vip"}}        all of them hold
    "when": [{"status": "ACTIVE"}, {"status": {"changed_to": "ARCHIVED"}}]                      one of them holds

A name is the path of a member. A path through a list (``line_items.nodes.sku``) stands for the values of all its
members, and one that fits is enough. A plain value stands for ``eq``. A member that is missing counts as null. Values
are compared as expressions compare them, within the budget of one evaluation; ``{{ variables.limit }}`` stands for a
variable of the workflow.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.host.workflows.budget import Budget
from atom_shopify_plugin.host.workflows.decimals import Bad
from atom_shopify_plugin.host.workflows.expressions import fill
from atom_shopify_plugin.host.workflows.operations import compare, contains, same
from atom_shopify_plugin.host.workflows.values import dump, load, portable

__all__ = ["OPERATORS", "PREVIOUS", "Unmatched", "alternatives", "readable", "rules", "unmatched"]

PREVIOUS = "previous"
"""The member of a payload that holds the values from before the change, under the same paths."""
_VALUES = 5  # of the members of a list that are shown
_SHOWN = 3  # alternatives that are explained


@dataclass(frozen=True, slots=True)
class _Value:
    now: Any
    before: Any
    budget: Budget

    @property
    def changed(self) -> bool:
        return not same(self.now, self.before, self.budget)


def _ordered(sign: str) -> Callable[[_Value, Any], bool]:
    def holds(value: _Value, other: Any) -> bool:
        return value.now is not None and compare(sign, value.now, other, value.budget)

    return holds


def _equal(value: _Value, other: Any) -> bool:
    return same(value.now, other, value.budget)


def _among(value: _Value, others: Any) -> bool:
    return contains(others, value.now, value.budget)


def _contains(value: _Value, other: Any) -> bool:
    return value.now is not None and contains(value.now, other, value.budget)


_TESTS: Mapping[str, Callable[[_Value, Any], bool]] = {
    "eq": _equal,
    "in": _among,
    "gt": _ordered("gt"),
    "gte": _ordered("gteq"),
    "lt": _ordered("lt"),
    "lte": _ordered("lteq"),
    "contains": _contains,
    "exists": lambda value, wanted: (value.now is not None) is wanted,
    "changed": lambda value, wanted: value.changed is wanted,
    "changed_from": lambda value, other: value.changed and same(value.before, other, value.budget),
    "changed_to": lambda value, other: value.changed and same(value.now, other, value.budget),
}
_NEGATIONS: Mapping[str, str] = {"ne": "eq", "not_in": "in", "not_contains": "contains"}
OPERATORS: tuple[str, ...] = (*_TESTS, *_NEGATIONS)
"""The words that a rule may use."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Why an event does not match: the rule of each alternative that was false, and the values that were read.

    A value stands in an object under the last member's name, so that what may not be shown is known by its name.
    """

    rules: tuple[str, ...]
    values: Mapping[str, Mapping[str, Any]]

    @property
    def detail(self) -> str:
        """Return the reason in words, without values."""
        return "; and ".join(self.rules)


def alternatives(when: Any) -> list[Mapping[str, Any]]:
    """Return the alternatives of a `when`, of which one has to hold."""
    return list(when) if isinstance(when, list) else [when]


def rules(alternative: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, str]]:
    """Yield what an alternative asks for: the path, the operator, its value, and the place below the alternative."""
    for path, asked in alternative.items():
        place = path.replace("~", "~0").replace("/", "~1")
        if isinstance(asked, Mapping):
            for operator, value in asked.items():
                yield path, operator, value, f"{place}/{operator}"
        else:
            yield path, "eq", asked, place


def readable(payload: Any) -> Any:
    """Return a value as filters read it, with decimals in place of floats; raise `Bad` for what is no JSON."""
    return load(dump(payload))


def unmatched(when: Any, payload: Any, variables: Mapping[str, Any]) -> Unmatched | None:
    """Return why a `readable` payload does not match a `when` without faults, None where it does; raise nothing."""
    budget = Budget()
    reasons: list[str] = []
    values: dict[str, Mapping[str, Any]] = {}
    try:
        known, asked = {"variables": readable(variables)}, readable(alternatives(when))
    except Bad as bad:
        return Unmatched((str(bad),), {})
    for alternative in asked:
        reason = _first_unmet(alternative, payload, known, budget, values)
        if reason is None:
            return None
        reasons.append(reason)
    return Unmatched(tuple(reasons[:_SHOWN]), values)


def _first_unmet(
    alternative: Mapping[str, Any],
    data: Mapping[str, Any],
    known: Mapping[str, Any],
    budget: Budget,
    values: dict[str, Mapping[str, Any]],
) -> str | None:
    for path, operator, given, _ in rules(alternative):
        try:
            wanted = fill(given, known, budget)
            now, before = _at(data, path, budget), _at(data, f"{PREVIOUS}.{path}", budget)
            if _holds(operator, now, before, wanted, budget):
                continue
        except Bad as bad:
            return f"{path} {operator}: {bad}"
        values[path] = {path.rpartition(".")[2]: now[0] if len(now) == 1 else now[:_VALUES]}
        return f"{path} {operator} {json.dumps(portable(wanted), ensure_ascii=False)[:200]}"
    return None


def _holds(operator: str, now: list[Any], before: list[Any], wanted: Any, budget: Budget) -> bool:
    if operator in _NEGATIONS:
        return not _holds(_NEGATIONS[operator], now, before, wanted, budget)
    test, old = _TESTS[operator], before[0] if len(before) == 1 else None
    fault: Bad | None = None
    for value in now or [None]:
        try:
            if test(_Value(value, old, budget), wanted):
                return True
        except Bad as bad:
            fault = fault or bad  # another member may fit all the same
    if fault is not None:
        raise fault
    return False


def _at(data: Any, path: str, budget: Budget) -> list[Any]:
    """Return the values at a path: one, or those of all members of the lists that it goes through."""
    found = [data]
    for name in path.split("."):
        following: list[Any] = []
        budget.spend(len(found))
        for value in found:
            if isinstance(value, list) and name.isdecimal():
                following += value[int(name) : int(name) + 1]
                continue
            members = value if isinstance(value, list) else [value]
            budget.spend(len(members))
            following += [member.get(name) for member in members if isinstance(member, Mapping)]
        found = following
    return found
