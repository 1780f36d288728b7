"""The builder against an independent reading of Shopify's search syntax."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.shopify.search import COMPARATORS, Search, Term, quote


class Reader:
    """A reading of the grammar that shares nothing with the builder: a tree of what a query asks for.

    expression = part {("AND" | blank) part} where OR binds tighter; a term is [field comparator] (quoted | bare).
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self) -> Any:
        tree = self.conjunction()
        assert self.at == len(self.text), f"left over: {self.text[self.at :]!r}"
        return tree

    def blank(self) -> None:
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1

    def word(self, word: str) -> bool:
        if self.text.startswith(word + " ", self.at):
            self.at += len(word) + 1
            self.blank()
            return True
        return False

    def conjunction(self) -> Any:
        parts = [self.disjunction()]
        while self.at < len(self.text) and self.text[self.at] != ")":
            self.word("AND")
            parts.append(self.disjunction())
        return ("and", *parts) if len(parts) > 1 else parts[0]

    def disjunction(self) -> Any:
        parts = [self.factor()]
        while self.word("OR"):
            parts.append(self.factor())
        return ("or", *parts) if len(parts) > 1 else parts[0]

    def factor(self) -> Any:
        if self.word("NOT"):
            return ("not", self.factor())
        if self.text[self.at] == "(":
            self.at += 1
            tree = self.conjunction()
            assert self.text[self.at] == ")"
            self.at += 1
            self.blank()
            return tree
        return self.term()

    def term(self) -> Any:
        field = ""
        if self.text[self.at] not in "\"'":
            while self.at < len(self.text) and self.text[self.at] not in ': ()"':
                field += self.text[self.at]
                self.at += 1
            if self.text[self.at : self.at + 1] != ":":
                self.blank()
                return ("term", None, ":", field)
            comparator = next(c for c in (":>=", ":<=", ":>", ":<", ":") if self.text.startswith(c, self.at))
            self.at += len(comparator)
        else:
            comparator = ":"
        value = ""
        if self.text[self.at : self.at + 1] == '"':
            self.at += 1
            while self.text[self.at] != '"':
                self.at += self.text[self.at] == "\\"
                value += self.text[self.at]
                self.at += 1
            self.at += 1
        else:
            while self.at < len(self.text) and self.text[self.at] not in " ()":
                value += self.text[self.at]
                self.at += 1
        self.blank()
        return ("term", field or None, comparator, value)


def read(search: Any) -> Any:
    return Reader(str(search)).read()


FIELDS = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40).filter(
    lambda text: "*" not in text
)
TERMS = st.builds(Term, FIELDS, st.sampled_from(COMPARATORS), VALUES | st.integers())
TREES = st.recursive(
    TERMS.map(lambda term: ("term", term)),
    lambda below: st.one_of(
        st.tuples(st.just("not"), below),
        st.lists(below, min_size=2, max_size=3).flatmap(
            lambda parts: st.sampled_from(["and", "or"]).map(lambda kind: (kind, *parts))
        ),
    ),
    max_leaves=8,
)


def build(tree: Any) -> Term | Search:
    kind, *parts = tree
    if kind == "term":
        return parts[0]
    if kind == "not":
        return Search.not_(build(parts[0]))
    return (Search.all_of if kind == "and" else Search.any_of)([build(part) for part in parts])


def expected(tree: Any) -> Any:
    kind, *parts = tree
    if kind == "term":
        term = parts[0]
        return ("term", term.field, term.comparator, str(term.value))
    return (kind, *(expected(part) for part in parts))


@given(TREES)
def test_a_search_means_exactly_what_was_built(tree: Any) -> None:
    assert read(build(tree)) == expected(tree)


@pytest.mark.parametrize(
    "value",
    [
        "x OR status:any",
        "\" OR tag:'",
        "\\",
        '\\"',
        "(",
        ")",
        "a:b",
        "-x",
        "NOT x",
        "a AND b",
        "",
        " ",
        "\u202e",
        "'",
    ],
)
def test_a_value_never_leaves_its_term(value: str) -> None:
    assert read(Term("title", ":", value)) == ("term", "title", ":", value)


@pytest.mark.parametrize("value", ["a\nb", "\x00", "\x7f", "\u2028", "\ud800", "x" * 1025])
def test_control_characters_and_giants_are_refused(value: str) -> None:
    with pytest.raises(InvalidInput):
        quote(value)


def test_free_words_are_looked_for_one_by_one() -> None:
    assert str(Term(None, ":", "ada OR love")) == '("ada" AND "OR" AND "love")'
    assert str(Term(None, ":", " mug ")) == '"mug"'


def test_no_words_narrow_nothing() -> None:
    assert str(Search.all_of([Term(None, ":", " "), Term("status", ":", "ACTIVE")])) == 'status:"ACTIVE"'
    assert str(Search.all_of([])) == ""


def test_what_would_turn_into_everything_is_refused() -> None:
    with pytest.raises(InvalidInput):
        Search.not_(Term(None, ":", ""))
    with pytest.raises(ValueError, match="at least one"):
        Search.any_of([])
    assert str(Search.any_of([Term("a", ":", 1), Term(None, ":", "")])) == ""


def test_or_is_parenthesised_beside_and() -> None:
    either = Search.any_of([Term("status", ":", "ACTIVE"), Term("status", ":", "DRAFT")])
    assert str(Search.all_of([either, Term("id", ":>", 7)])) == '(status:"ACTIVE" OR status:"DRAFT") AND id:>7'


def test_times_are_written_in_utc() -> None:
    moment = datetime(2026, 1, 31, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert str(Term("created_at", ":>=", moment)) == 'created_at:>="2026-01-31T12:00:00Z"'
    assert str(Term("created_at", ":<", date(2026, 2, 1))) == 'created_at:<"2026-02-01"'
    assert str(Term("live", ":", value=True)) == "live:true"
    with pytest.raises(InvalidInput, match="offset"):
        str(Term("created_at", ":", datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)))


@pytest.mark.parametrize("field", ["", "a b", "a:b", "A", "a OR b", "a\n", "\u017f", "-a", "a.b.c.d"])
def test_a_field_is_a_plain_name(field: str) -> None:
    with pytest.raises(ValueError, match="search field"):
        Term(field, ":", "x")


def test_a_comparator_is_one_of_five() -> None:
    with pytest.raises(ValueError, match="comparator"):
        Term("a", "=", "x")  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["*", "**", " * ", "* *", "mug *", "* mug"])
def test_asterisks_alone_are_no_search(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"\* alone"):
        str(Term(None, ":", text))


@pytest.mark.parametrize("text", ["*", " ** "])
def test_asterisks_alone_are_no_value_of_a_field(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"\* alone"):
        str(Term("sku", ":", text))


@pytest.mark.parametrize("text", ["AB*", "*AB", "5*3"])
def test_an_asterisk_in_a_word_stays_in_its_quotes(text: str) -> None:
    assert str(Term("sku", ":", text)) == f'sku:"{text}"'
