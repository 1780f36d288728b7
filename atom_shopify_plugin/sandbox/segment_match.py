"""Which customers a segment query describes, for the filters whose facts the sandbox has.

AND binds tighter than OR; a fact that is not there fits no comparison (shopify.dev, segment query language). Filters
and comparisons that are not modelled say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from atom_shopify_plugin.sandbox.refusals import not_modelled
from atom_shopify_plugin.sandbox.segment_query import Parser, Token

__all__ = ["FACTS", "Facts", "Test", "matcher"]

Facts = Callable[[str], Any]
Test = Callable[[Facts], bool]

FACTS: Mapping[str, str] = {
    "amount_spent": "number",
    "companies": "list",
    "customer_account_status": "text",
    "customer_added_date": "day",
    "customer_countries": "list",
    "customer_email_domain": "text",
    "customer_language": "text",
    "customer_tags": "list",
    "email_subscription_status": "text",
    "first_order_date": "day",
    "last_order_date": "day",
    "number_of_orders": "number",
    "sms_subscription_status": "text",
}
"""The filters whose members are worked out, with the type of their fact."""

_BACK = re.compile(r"([+-])(\d{1,5})([dwmy])")
_DAYS = {"d": 1, "w": 7}
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda fact, value: fact == value,
    "!=": lambda fact, value: fact != value,
    "<>": lambda fact, value: fact != value,
    ">": lambda fact, value: fact > value,
    ">=": lambda fact, value: fact >= value,
    "<": lambda fact, value: fact < value,
    "<=": lambda fact, value: fact <= value,
}


def matcher(query: str, today: date) -> Test:
    """Return the test for the facts of a customer by filter; `query` is one that `query_problems` finds right."""
    reader = _Reader(query, today)
    return reader.any_of()


class _Reader(Parser):
    """Reads a query into a test."""

    def __init__(self, query: str, today: date) -> None:
        super().__init__(query)
        self._today = today

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self.take("OR"):
            tests.append(self._all_of())
        return lambda facts: any(test(facts) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self.take("AND"):
            tests.append(self._one())
        return lambda facts: all(test(facts) for test in tests)

    def _one(self) -> Test:
        if self.take("NOT"):
            test = self._one()
            return lambda facts: not test(facts)
        if self.take("("):
            test = self.any_of()
            self.need(")")
            return test
        name = self.need().text.lower()
        kind = FACTS.get(name)
        if kind is None or (self.here is not None and self.here.text == "("):
            raise not_modelled(f"Members of segments by {name}")
        return self._compared(name, kind)

    def _compared(self, name: str, kind: str) -> Test:
        if self.take("IS"):
            wanted = self.take("NOT") is None
            self.need("NULL")
            return lambda facts: (facts(name) in (None, [])) is wanted
        if kind == "list":
            without = self.take("NOT") is not None
            if not self.take("CONTAINS"):
                raise not_modelled(f"This comparison of {name} in a segment query")
            value = str(_text(self.need())).casefold()
            return lambda facts: (value in [str(fact).casefold() for fact in facts(name)]) is not without
        if self.take("BETWEEN"):
            low = self._value(kind)
            self.need("AND")
            high = self._value(kind)
            return _known(name, lambda fact: low <= fact <= high)
        mark = self.take(*_ORDERED)
        if mark is None or (kind == "text" and mark.text not in ("=", "!=", "<>")):
            raise not_modelled(f"This comparison of {name} in a segment query")
        value_, compare = self._value(kind), _ORDERED[mark.text]
        return _known(name, lambda fact: compare(fact, value_))

    def _value(self, kind: str) -> Any:
        token = self.need()
        text = _text(token)
        if kind == "text":
            return text
        try:
            return Decimal(text) if kind == "number" else _day(text, self._today)
        except (InvalidOperation, ValueError, OverflowError):
            raise not_modelled(f"The value {token.text} in a segment query") from None


def _known(name: str, test: Callable[[Any], bool]) -> Test:
    def known(facts: Facts) -> bool:
        fact = facts(name)
        return fact is not None and test(fact)

    return known


def _text(token: Token) -> str:
    text = token.text
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] in ("'", '"') else text


def _day(text: str, today: date) -> date:
    named: Mapping[str, int] = {"today": 0, "yesterday": -1}
    if text.lower() in named:
        return today + timedelta(days=named[text.lower()])
    back = _BACK.fullmatch(text)
    if back is None:
        return date.fromisoformat(text[:10])
    if back[3] in ("m", "y"):
        raise not_modelled("Months and years in a segment query")
    return today + timedelta(days=int(back[1] + back[2]) * _DAYS[back[3]])
