"""The shapes of webhook payloads, declared once in ``shapes.json`` as rules over the fields of Admin GraphQL.

The sandbox fills them from its own store, and the sweeps of the plugin from what Shopify answers: each brings a
`Source`. A member whose field the source does not tell is left out.

A rule is ``"path"`` or ``"word path"``. A path names fields with dots between, and positions in lists; ``.`` is the
value itself. The words:

number      the number of a gid                    ordinal     an order's number without the first thousand
count       a whole number from text               float       a number with decimals
money       an amount as text                      price       the same from the scalar Money
bag         an amount in both currencies           currency    the code of an amount's currency
time        a moment                               unit        a unit of weight, such as kg
lower       lower case                             kebab       lower case with hyphens
text        a number as text                       tags        one text, with commas
sent        what an order shows as its fulfillment_status
flag        true or false, also for null
one:shape   a payload in another shape             each:shape  a list of them
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Protocol

from atom_shopify_plugin.payload_shapes.values import value_of

__all__ = ["ABSENT", "UNITS", "Source", "example", "member_paths", "payload", "shape_of"]

ABSENT: Any = object()  # what a source answers for a field that it does not know
FIRST = 1000  # what order_number is ahead of number
UNITS = {"GRAMS": "g", "KILOGRAMS": "kg", "OUNCES": "oz", "POUNDS": "lb"}
SENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}
Json = dict[str, Any]


class Source(Protocol):
    """Where the fields come from."""

    def field(self, kind: str, node: Any, name: str) -> Any:
        """Return a field of a node of the type `kind`: a value, a node, a list of either, None, or `ABSENT`."""

    def money(self, value: Any) -> str:
        """Return an amount (Money, MoneyV2 or the shop money of a MoneyBag) as text in the digits of its currency."""

    def currency(self, value: Any) -> str:
        """Return the code of the currency of an amount."""

    def presentment(self, value: Any) -> Mapping[str, str] | None:
        """Return what the buyer saw of an amount, ``amount`` and ``currency_code``; None where that is the same."""

    def time(self, text: str) -> str:
        """Return a moment as payloads write it."""


@dataclass(frozen=True)
class _Rule:
    word: str
    shape: str
    steps: tuple[str, ...]

    @cached_property
    def is_field(self) -> bool:
        """Whether the path is a single field, as most are."""
        return len(self.steps) == 1


@dataclass(frozen=True)
class _Shape:
    kind: str
    rules: Mapping[str, _Rule]


@cache
def _declared() -> Mapping[str, Any]:
    text = files("atom_shopify_plugin.payload_shapes").joinpath("shapes.json").read_text(encoding="utf-8")
    declared: Mapping[str, Any] = json.loads(text)
    return declared


@cache
def _shape(name: str) -> _Shape:
    declared = _declared()[name]
    rules: dict[str, _Rule] = {}
    if "like" in declared:
        rules |= _shape(declared["like"]).rules
    for member, text in declared["members"].items():
        word, _, path = text.rpartition(" ")
        word, _, shape = word.partition(":")
        rules[member] = _Rule(word, shape, () if path == "." else tuple(path.split(".")))
    return _Shape(declared.get("type", ""), rules)


def member_paths(shape: str) -> Mapping[str, tuple[str, ...]]:
    """Return the path of fields that each member of a shape is made of."""
    return {member: rule.steps for member, rule in _shape(shape).rules.items()}


def shape_of(kind: str) -> str | None:
    """Return the shape in which a payload tells of a whole node of the type `kind`, None where there is none."""
    shapes = (name for name, declared in _declared().items() if name != "about" and declared.get("type") == kind)
    return next((name for name in shapes if "id" in _shape(name).rules), None)


def example(shape: str) -> Json:
    """Return a payload with all members of a shape; those that are no plain values in Shopify's schema are None."""
    wanted = _shape(shape)
    return {member: _example(wanted.kind, member, rule) for member, rule in wanted.rules.items()}


def _example(kind: str, member: str, rule: _Rule) -> Any:
    if rule.word == "one":
        return example(rule.shape)
    if rule.word == "each":
        return [example(rule.shape)]
    if rule.word == "bag":
        row = {"amount": "1.00", "currency_code": "EUR"}
        return {"shop_money": row, "presentment_money": dict(row)}
    return _EXAMPLES.get(rule.word) if rule.word in _EXAMPLES else value_of(kind, rule.steps, member, rule.word)


def payload(shape: str, node: Any, source: Source) -> Json:
    """Return the payload of a node in a shape, as far as `source` tells its fields."""
    wanted = _shape(shape)
    kind, members = wanted.kind, {}
    for member, rule in wanted.rules.items():
        steps = rule.steps
        value = source.field(kind, node, steps[0]) if rule.is_field else _at(kind, node, steps, source)
        if value is not ABSENT:
            members[member] = value if rule.word == "" else _written(rule, value, source)
    return members


def _at(kind: str, node: Any, steps: tuple[str, ...], source: Source) -> Any:
    value = node
    for at, step in enumerate(steps):
        if value is None:
            return None
        if step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            value = source.field(kind if at == 0 else "", value, step)
            if value is ABSENT:
                return ABSENT
    return value


def _written(rule: _Rule, value: Any, source: Source) -> Any:
    if value is None:
        return False if rule.word == "flag" else None
    if rule.word == "one":
        return payload(rule.shape, value, source)
    if rule.word == "each":
        return [payload(rule.shape, row, source) for row in value]
    if rule.word == "bag":
        row = {"amount": source.money(value), "currency_code": source.currency(value)}
        shown = source.presentment(value)
        return {"shop_money": row, "presentment_money": dict(row) if shown is None else shown}
    if rule.word in ("money", "currency", "time"):
        return getattr(source, rule.word)(value)
    if rule.word == "price":
        return source.money(value)
    return _WORDS[rule.word](value)


def _number(gid: str) -> int:
    digits = gid.rpartition("/")[2].partition("?")[0]
    return int(digits) if digits.isdecimal() else 0


_WORDS: Mapping[str, Callable[[Any], Any]] = {
    "number": _number,
    "ordinal": lambda number: number - FIRST,
    "count": int,
    "float": float,
    "text": str,
    "flag": bool,
    "lower": str.lower,
    "kebab": lambda text: text.lower().replace("_", "-"),
    "tags": ", ".join,
    "unit": lambda name: UNITS.get(name, "kg"),
    "sent": SENT.get,
}
_EXAMPLES: Mapping[str, Any] = {
    "number": 1,
    "ordinal": 1,
    "count": 1,
    "float": 1.5,
    "text": "1.0",
    "flag": True,
    "money": "1.00",
    "price": "1.00",
    "currency": "EUR",
    "time": "2026-01-01T00:00:00Z",
    "tags": "tag",
    "unit": "kg",
    "sent": "fulfilled",
}
