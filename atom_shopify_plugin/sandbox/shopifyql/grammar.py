"""Reads the text of a ShopifyQL query (shopify.dev, "ShopifyQL": Syntax).

Keywords are written in any case, and clauses after FROM in any order, each once. Shopify's wording of syntax errors is
not documented: "Syntax Error" is the sandbox's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from atom_shopify_plugin.sandbox.refusals import not_modelled

__all__ = ["Condition", "Parsed", "QueryError", "Word", "parsed"]

DEEPEST = 50
_TOKEN = re.compile(
    r"(?P<note>--[^\n]*|/\*.*?\*/)|(?P<text>'[^']*')|(?P<sign>>=|<=|!=|[=<>(),])|(?P<word>[^\s'\"=<>!(),]+)|\S",
    re.DOTALL,
)
_CLAUSES = ("SHOW", "WHERE", "SINCE", "UNTIL", "DURING", "GROUP", "TIMESERIES", "ORDER", "LIMIT")
# They are ShopifyQL, too.
_OTHERS = ("VISUALIZE", "TYPE", "COMPARE", "HAVING", "WITH", "ANNOTATE")
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


class QueryError(Exception):
    """Raised with the parse errors of a query."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


class Word(NamedTuple):
    """A word or a sign of a query, and where it stands."""

    text: str
    line: int
    column: int

    @property
    def upper(self) -> str:
        return self.text.upper()


@dataclass(frozen=True)
class Condition:
    """A condition of WHERE: a comparison of `column` with `values`, or `parts` that AND, OR or NOT joins; see `how`."""

    how: str
    column: str = ""
    values: tuple[str, ...] = ()
    parts: tuple[Condition, ...] = ()


@dataclass
class Parsed:
    """What a query says. `order` holds columns, and whether the direction is down."""

    tables: list[str] = field(default_factory=list)
    show: list[str] = field(default_factory=list)
    where: Condition | None = None
    since: str | None = None
    until: str | None = None
    during: str | None = None
    group: list[str] = field(default_factory=list)
    timeseries: str | None = None
    order: list[tuple[str, bool]] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0


def parsed(text: str) -> Parsed:
    """Return what a query says; raise `QueryError` for what is none, NOT_MODELLED for other parts of the language."""
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._words = []
        line, begins, seen = 1, 0, 0
        for match in _TOKEN.finditer(text):
            line += text.count("\n", seen, match.start())
            begins = text.rfind("\n", seen, match.start()) + 1 or begins
            seen = match.start()
            if match["note"] is None:
                self._words.append(Word(match[0], line, match.start() - begins + 1))
        self._at = 0
        self._result = Parsed()

    def query(self) -> Parsed:
        self._need("FROM")
        if self._is("ORGANIZATION"):
            raise not_modelled("ShopifyQL's FROM ORGANIZATION")
        self._result.tables = self._names()
        done: set[str] = set()
        clauses: dict[str, Callable[[], None]] = {name: getattr(self, f"_{name.lower()}") for name in _CLAUSES}
        while self._at < len(self._words):
            word = self._words[self._at]
            if word.upper in _OTHERS:
                raise not_modelled(f"ShopifyQL's {word.upper}")
            if word.upper not in clauses or word.upper in done:
                raise self._unexpected()
            done.add(word.upper)
            self._at += 1
            clauses[word.upper]()
        if "SHOW" not in done:
            raise QueryError("Syntax Error: a query needs SHOW or VISUALIZE")
        if "DURING" in done and done & {"SINCE", "UNTIL"}:
            raise QueryError("Syntax Error: DURING can't be combined with SINCE and UNTIL")
        return self._result

    # clauses

    def _show(self) -> None:
        self._result.show = self._names()

    def _group(self) -> None:
        self._need("BY")
        if self._is("ONLY") or self._is("TOP"):
            raise not_modelled("ShopifyQL's TOP")
        self._result.group = self._names()

    def _timeseries(self) -> None:
        self._result.timeseries = self._name()

    def _since(self) -> None:
        self._result.since = self._moment()

    def _until(self) -> None:
        self._result.until = self._moment()

    def _during(self) -> None:
        self._result.during = self._name()

    def _order(self) -> None:
        self._need("BY")
        while True:
            name = self._name()
            down = self._take("DESC") is not None
            if not down:
                self._take("ASC")
            self._result.order.append((name, down))
            if not self._take(","):
                return

    def _limit(self) -> None:
        self._result.limit = self._count()
        if self._take("OFFSET"):
            self._result.offset = self._count()

    def _where(self) -> None:
        self._result.where = self._any_of(0)

    # conditions

    def _any_of(self, depth: int) -> Condition:
        parts = [self._all_of(depth)]
        while self._take("OR"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else Condition("OR", parts=tuple(parts))

    def _all_of(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self._take("AND"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Condition("AND", parts=tuple(parts))

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise self._unexpected()
        if self._take("NOT"):
            return Condition("NOT", parts=(self._one(depth + 1),))
        if self._take("("):
            inside = self._any_of(depth + 1)
            self._need(")")
            return inside
        return self._comparison(self._name())

    def _comparison(self, column: str) -> Condition:
        if self._take("IS"):
            not_null = self._take("NOT") is not None
            self._need("NULL")
            empty = Condition("IS NULL", column)
            return Condition("NOT", parts=(empty,)) if not_null else empty
        if self._is("MATCHES") or self._is("BETWEEN"):
            raise not_modelled(f"ShopifyQL's {self._words[self._at].upper}")
        if (sign := self._take(*_COMPARISONS)) is not None:
            if sign.text not in ("=", "!="):
                raise not_modelled(f"ShopifyQL's {sign.text}")
            equal = Condition("=", column, (self._literal(),))
            return Condition("NOT", parts=(equal,)) if sign.text == "!=" else equal
        negated = self._take("NOT") is not None
        how = self._need("IN", "CONTAINS", "STARTS", "ENDS").upper
        if how == "IN":
            self._need("(")
            values = [self._literal()]
            while self._take(","):
                values.append(self._literal())
            self._need(")")
            found = Condition("=", column, tuple(values))
        else:
            if how in ("STARTS", "ENDS"):
                self._need("WITH")
            found = Condition(how, column, (self._literal(),))
        return Condition("NOT", parts=(found,)) if negated else found

    def _literal(self) -> str:
        word = self._next()
        if re.fullmatch(r"'[^']*'", word.text):
            return word.text[1:-1]
        if re.fullmatch(r"[\w.+-]+", word.text):
            raise not_modelled("A comparison of ShopifyQL with a value that is no text")
        raise self._unexpected(word)

    # words

    def _names(self) -> list[str]:
        found = [self._name()]
        while self._take(","):
            found.append(self._name())
        return found

    def _name(self) -> str:
        word = self._next()
        if re.match(r"[A-Za-z_]\w*[-+*/]", word.text):
            raise not_modelled("An expression of ShopifyQL")
        if not re.fullmatch(r"[A-Za-z_]\w*", word.text) or word.upper in (*_CLAUSES, *_OTHERS, "FROM", "BY"):
            raise self._unexpected(word)
        following = self._words[self._at].text if self._at < len(self._words) else ""
        if following == "(":
            raise not_modelled(f"ShopifyQL's {word.text}()")
        if following in ("+", "-", "*", "/"):
            raise not_modelled("An expression of ShopifyQL")
        if following.upper() == "AS":
            raise not_modelled("ShopifyQL's AS")
        return word.text.lower()

    def _moment(self) -> str:
        word = self._next()
        if not re.fullmatch(r"[A-Za-z_]\w*|[+-]?\d[\w:.+-]*", word.text) or word.upper in (*_CLAUSES, *_OTHERS):
            raise self._unexpected(word)
        if self._is("("):
            raise not_modelled(f"ShopifyQL's {word.text}()")
        return word.text.lower()

    def _count(self) -> int:
        word = self._next()
        if not re.fullmatch(r"\d{1,9}", word.text):
            raise self._unexpected(word)
        return int(word.text)

    def _is(self, text: str) -> bool:
        return self._at < len(self._words) and self._words[self._at].upper == text

    def _take(self, *texts: str) -> Word | None:
        if any(map(self._is, texts)):
            self._at += 1
            return self._words[self._at - 1]
        return None

    def _need(self, *texts: str) -> Word:
        word = self._take(*texts)
        if word is None:
            raise self._unexpected()
        return word

    def _next(self) -> Word:
        if self._at >= len(self._words):
            raise self._unexpected()
        self._at += 1
        return self._words[self._at - 1]

    def _unexpected(self, word: Word | None = None) -> QueryError:
        if word is None:
            if self._at >= len(self._words):
                return QueryError("Syntax Error: unexpected end of the query")
            word = self._words[self._at]
        shown = word.text if len(word.text) <= 100 else f"{word.text[:100]}…"
        return QueryError(f"Syntax Error: unexpected '{shown}' at line {word.line}, column {word.column}")
