"""The query language of customer segments: whether a text is a query, and which of its filters there are.

A query joins conditions by AND, OR and parentheses; a condition is a filter, an operator and a value (shopify.dev,
segment query language). `segment_match` says who belongs to a segment.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Parser", "Token", "query_problems"]

# The filters that Shopify documents; apps and custom data add others, by names with a dot.
_FILTERS = frozenset(
    """
    abandoned_checkout_date amount_spent anniversary_date birth_date collections_viewed companies company_name
    created_by_app_id customer_account_status customer_added_date customer_cities customer_countries
    customer_email_domain customer_language customer_regions customer_tags customer_within_distance
    email_subscription_status first_order_date last_order_date last_order_id number_of_orders orders_placed
    predicted_spend_tier product_subscription_status products_purchased products_viewed rfm_group
    sms_subscription_status store_credit_accounts
    """.split()  # noqa: SIM905
)
_TOKEN = re.compile(
    r"(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<mark>>=|<=|!=|<>|[=<>(),:])|(?P<word>[^\s'\"=<>!(),:]+)|\S"
)
_COMPARISONS = {"=", "!=", "<>", ">", ">=", "<", "<="}


class Token(NamedTuple):
    text: str
    line: int
    column: int

    @property
    def upper(self) -> str:
        return self.text.upper()


class _UnexpectedError(Exception):
    def __init__(self, token: Token | None) -> None:
        super().__init__()
        self.token = token


def query_problems(query: str) -> list[str]:
    """Return what is wrong with a query, the first wrong word before the filters that there are not."""
    parser = Parser(query)
    found = []
    try:
        parser.conditions(0)
        if parser.here is not None:
            raise _UnexpectedError(parser.here)  # noqa: TRY301
    except _UnexpectedError as problem:
        token = problem.token or parser.end
        found.append(f"Line {token.line} Column {token.column}: '{token.text}' is unexpected.")
    return found + [
        f"Line {name.line} Column {name.column}: '{name.text}' filter cannot be found." for name in parser.unknown
    ]


class Parser:
    def __init__(self, query: str) -> None:
        self.tokens = [
            Token(match[0], at, match.start())
            for at, line in enumerate(query.splitlines() or [""], 1)
            for match in _TOKEN.finditer(line)
        ]
        last = query.splitlines()[-1] if query.splitlines() else ""
        self.end = Token("", max(1, len(query.splitlines())), len(last))
        self.at = 0
        self.unknown: list[Token] = []

    @property
    def here(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *words: str) -> Token | None:
        """Return the next token and pass it, if it is one of `words` (any one without)."""
        token = self.here
        if token is None or (words and token.upper not in words):
            return None
        self.at += 1
        return token

    def need(self, *words: str) -> Token:
        token = self.take(*words)
        if token is None:
            raise _UnexpectedError(self.here)
        return token

    def conditions(self, depth: int) -> None:
        self.condition(depth)
        while self.take("AND", "OR"):
            self.condition(depth)

    def condition(self, depth: int) -> None:
        self.take("NOT")
        if depth < 50 and self.take("("):
            self.conditions(depth + 1)
            self.need(")")
            return
        name = self.need()
        if not re.match(r"[A-Za-z_]", name.text):
            raise _UnexpectedError(name)
        if name.text.lower() not in _FILTERS and "." not in name.text:
            self.unknown.append(name)
        if self.take("("):
            self.rest()
        self.comparison()

    def comparison(self) -> None:
        if self.take("IS"):
            self.take("NOT")
            self.need("NULL")
            return
        if self.take(*_COMPARISONS):
            self.value()
            return
        if self.take("BETWEEN"):
            self.value()
            self.need("AND")
            self.value()
            return
        self.take("NOT")
        if self.take("IN", "MATCHES"):
            self.need("(")
            self.rest()
        elif self.take("STARTS"):
            self.need("WITH")
            self.value()
        else:
            self.need("CONTAINS")
            self.value()

    def value(self) -> None:
        token = self.need()
        if token.text in ("(", ")", ",", ":") or token.text in _COMPARISONS:
            raise _UnexpectedError(token)

    def rest(self) -> None:
        """Pass everything up to the parenthesis that closes the one before."""
        open_ones = 1
        while open_ones:
            token = self.need()
            open_ones += {"(": 1, ")": -1}.get(token.text, 0)
