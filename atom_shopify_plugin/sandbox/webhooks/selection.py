"""What a subscription wants of a payload: its `filter` and its `includeFields`.

A filter is written in the search syntax over the payload's fields: equality with regard to case, ``AND``, ``OR``,
``NOT``, ranges, dots into objects and lists, ``*`` for any value. A field that the payload lacks never matches; a list
matches when any of its elements does (shopify.dev, webhook filters). With `includeFields` the filter sees those alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from atom_shopify_plugin.sandbox.search import And, Expression, Not, Term, parse

__all__ = ["matches", "reduced"]

_parse = lru_cache(maxsize=256)(parse)


def reduced(payload: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Return the members of `payload` that `fields` name; a dotted name reaches into objects and lists."""
    wanted: dict[str, list[str]] = {}
    for field in fields:
        first, _, rest = field.partition(".")
        wanted.setdefault(first, []).append(rest)
    return {
        name: payload[name] if "" in inner else _inside(payload[name], inner)
        for name, inner in wanted.items()
        if name in payload
    }


def _inside(value: Any, fields: Sequence[str]) -> Any:
    if isinstance(value, Mapping):
        return reduced(value, fields)
    return [_inside(one, fields) for one in value] if isinstance(value, list) else value


def matches(payload: Mapping[str, Any], text: str | None) -> bool:
    """Tell whether a payload passes a filter; no filter lets everything pass."""
    tree = _parse(text) if text else None
    return tree is None or _holds(payload, tree)


def _holds(payload: Mapping[str, Any], tree: Expression) -> bool:
    if isinstance(tree, Term):
        return tree.field is not None and any(_accepts(value, tree) for value in _values(payload, tree.field))
    if isinstance(tree, Not):
        return not _holds(payload, tree.part)
    if isinstance(tree, And):
        return all(_holds(payload, part) for part in tree.parts)
    return any(_holds(payload, part) for part in tree.parts)


def _values(value: Any, field: str) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, field)
    elif not field:
        yield value
    elif isinstance(value, Mapping):
        first, _, rest = field.partition(".")
        if first in value:
            yield from _values(value[first], rest)


def _accepts(value: Any, term: Term) -> bool:
    if value is None or isinstance(value, Mapping):
        return False
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if term.op == ":":
        if term.value == "*":
            return bool(text)
        if term.prefix:
            return text.startswith(term.value)
        return text == term.value or _equal_numbers(value, term.value)
    found, limit = _comparable(text), _comparable(term.value)
    if type(found) is not type(limit):
        return False
    less, more = found < limit, found > limit
    return bool({":>": more, ":>=": not less, ":<": less, ":<=": not more}[term.op])


def _equal_numbers(value: Any, text: str) -> bool:
    """Tell whether a number equals a text; money is a text in payloads and compares as one unless it is a number."""
    first, second = _number(str(value)), _number(text)
    return first is not None and not isinstance(value, bool) and first == second


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _comparable(text: str) -> Any:
    number = _number(text)
    if number is not None:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
