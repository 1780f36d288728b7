"""How one value of a node is compared with one term of a search: `accepting` gives the predicate."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

from atom_shopify_plugin.sandbox.moments import Moments
from atom_shopify_plugin.sandbox.registry import Filter
from atom_shopify_plugin.sandbox.search import Term

__all__ = ["WEIGHTS", "accepting", "is_id", "words_of"]

Accepts = Callable[[Any], bool]
_WORDS = re.compile(r"[^\W_]+")
_WEIGHT = re.compile(r"([\d.]+) ?([a-z]+)")
WEIGHTS = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ":": lambda a, b: a == b,
    ":>": lambda a, b: a > b,
    ":>=": lambda a, b: a >= b,
    ":<": lambda a, b: a < b,
    ":<=": lambda a, b: a <= b,
}


def accepting(found: Filter, term: Term, moments: Moments, *, several: bool = False) -> Accepts | None:
    """Return the predicate over one value, None for a term that the filter does not accept.

    With `several`, a value may be several with commas between them, of which one has to match.
    """
    if found.how in ("date", "day"):
        return _date(found.how, term, moments)
    if found.how == "mixed":
        return _mixed(term, moments)
    if found.how == "weight":
        return _weight(term)
    if found.how == "number":
        return _number(term, several=several)
    if found.how == "id":
        return _id(term, several=several)
    if term.op != ":":
        return None
    if found.how == "enum":
        return _enum(found, term)
    if found.how == "flag":
        wanted = {"true": True, "false": False}.get(term.value.casefold())
        return None if wanted is None else lambda value: bool(value) is wanted
    if found.how == "text":
        return _text(term)
    return _exact(term, prefix=found.how == "prefix", several=several)


@lru_cache(maxsize=65_536)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as the index of a tokenised field has them."""
    return tuple(_WORDS.findall(text.casefold()))


def _text(term: Term) -> Accepts:
    """Compare words: those of a quoted phrase in their order, others wherever they stand; the last may be a prefix."""
    wanted = words_of(term.value)
    if not wanted:
        return lambda _: False
    *whole, last = wanted
    if len(wanted) == 1:
        if term.prefix:
            return lambda value: any(word.startswith(last) for word in words_of(str(value)))
        return lambda value: last in words_of(str(value))
    if not term.quoted and not term.prefix:
        needed = set(wanted)
        return lambda value: needed.issubset(words_of(str(value)))

    def accepts(value: Any) -> bool:
        words = words_of(str(value))
        for start in range(len(words) - len(wanted) + 1):
            end = words[start + len(whole)]
            if list(words[start : start + len(whole)]) == whole and (
                end.startswith(last) if term.prefix else end == last
            ):
                return True
        return False

    return accepts


def _exact(term: Term, *, prefix: bool, several: bool) -> Accepts:
    wanted = term.value.strip().casefold()
    if term.prefix or prefix:
        return lambda value: str(value).strip().casefold().startswith(wanted)
    parts = {wanted, *(part.strip() for part in wanted.split(","))} if several else {wanted}
    return lambda value: str(value).strip().casefold() in parts


def _enum(found: Filter, term: Term) -> Accepts | None:
    wanted = {part.strip().casefold() for part in term.value.split(",")}
    spelt = wanted | {part.upper() for part in wanted}  # nodes have the names of the schema, or those of the search
    return (lambda value: value in spelt) if wanted <= found.values else None


def _decimals(texts: Sequence[str]) -> list[Decimal] | None:
    try:
        wanted = [Decimal(text.strip()) for text in texts]
    except InvalidOperation:
        return None
    return wanted if all(limit.is_finite() for limit in wanted) else None


def _number(term: Term, *, several: bool = False) -> Accepts | None:
    low, dots, high = term.value.partition("..")
    if dots and term.op == ":":
        limits = _decimals([low, high])
        return None if limits is None else lambda value: limits[0] <= value <= limits[1]
    wanted = _decimals(term.value.split(",") if several else [term.value])
    if wanted is None:
        return None
    compare, limit = _COMPARE[term.op], wanted[0]
    if len(wanted) == 1:
        return lambda value: compare(value, limit)
    return lambda value: any(compare(value, limit) for limit in wanted)


def is_id(text: str) -> bool:
    """Tell whether a search takes a text for an id: a positive integer or a UUID."""
    if text.isascii() and text.isdigit():
        return len(text) < 20 and int(text) > 0
    try:
        return str(UUID(text)) == text.casefold()
    except ValueError:
        return False


def _id(term: Term, *, several: bool) -> Accepts | None:
    texts = [part.strip() for part in term.value.split(",")] if several else [term.value.strip()]
    if not all(map(is_id, texts)):
        return None
    numbers = [int(text) for text in texts if text.isdigit()]
    compare = _COMPARE[term.op]
    return lambda value: any(compare(value, limit) for limit in numbers)


def _weight(term: Term) -> Accepts | None:
    """Compare grams; a value carries its unit: ``10.5kg``."""
    weight = _WEIGHT.fullmatch(term.value.strip().casefold())
    amount = _decimals([weight[1]]) if weight and weight[2] in WEIGHTS else None
    if weight is None or amount is None:
        return None
    grams, compare = amount[0] * WEIGHTS[weight[2]], _COMPARE[term.op]
    if term.op == ":":
        return lambda value: value == round(grams)
    return lambda value: compare(value, grams)


def _limits(how: str, text: str, moments: Moments) -> tuple[str, str] | None:
    """Return the limits that an equality with a time has: of the time, of its day, or of a range ``first..last``."""
    low, dots, high = text.partition("..")
    if dots:
        ends = moments.span(low), moments.span(high)
        return None if ends[0] is None or ends[1] is None else (ends[0].since, ends[1].before)
    span = moments.day(text) if how == "day" else moments.span(text)
    return (span.since, span.before) if span else None


def _date(how: str, term: Term, moments: Moments) -> Accepts | None:
    if term.op == ":":
        limits = _limits(how, term.value, moments)
    else:
        span = moments.span(term.value)
        limits = (span.since, span.before) if span else None
    if limits is None:
        return None
    first, after = limits
    return {
        ":": lambda value: first <= value < after,
        ":>": lambda value: value >= after,
        ":>=": lambda value: value >= first,
        ":<": lambda value: value < first,
        ":<=": lambda value: value < after,
    }[term.op]


def _mixed(term: Term, moments: Moments) -> Accepts:
    """Compare the value of a metafield by its type, ``{"type", "value"}``; a term that its type can't have is none."""
    exact = _exact(term, prefix=False, several=False) if term.op == ":" else None
    number, date = _number(term), _date("date", term, moments)

    def accepts(field: Any) -> bool:
        kind, value = field["type"], field["value"]
        if kind in ("number_integer", "number_decimal"):
            amount = _decimals([value])
            return number is not None and amount is not None and number(amount[0])
        if kind in ("date", "date_time"):
            span = moments.span(value)
            return date is not None and span is not None and date(span.since)
        return exact is not None and exact(value)

    return accepts
