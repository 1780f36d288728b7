r"""Shopify's search syntax: text into a tree.

The grammar is that of shopify.dev, "API search syntax". OR binds tighter than AND and than a blank: ``a b OR c`` means
``a AND (b OR c)``. A term is a bare word, a quoted phrase, or ``field:value`` with ``:>``, ``:>=``, ``:<``, ``:<=``;
``-`` and ``NOT`` negate; AND, OR and NOT are written in capitals. Whitespace and ``: \\ ( )`` end a bare word, so a
time has to be quoted: ``created_at:>=2026-01-01T00:00:00Z`` is the two terms ``created_at:>=2026-01-01T00`` and
``00:00Z`` (seen on live stores). A backslash escapes; a bare value that ends with ``*`` matches as a prefix.

Parsing never fails. A parenthesis or connective without its partner is dropped, and ``field:(text`` compares with
the literal ``(text`` (both seen on live stores).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["And", "Expression", "Not", "Or", "Term", "parse"]


@dataclass(frozen=True)
class Term:
    """One comparison; `field` is None for a bare word, `op` one of ``: :> :>= :< :<=``; `quoted` marks a phrase."""

    field: str | None
    op: str
    value: str
    prefix: bool = False
    quoted: bool = False


@dataclass(frozen=True)
class Not:
    part: Expression


@dataclass(frozen=True)
class And:
    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Expression, ...]


Expression = Term | Not | And | Or

_BARE = re.compile(r"(?:\\.|[^\s:()\"'\\])(?:\\.|[^\s:()\\])*|\\|[\"']", re.DOTALL)
_COMPARATOR = re.compile(r":\s*(>=|<=|>|<|)\s*")
_LITERAL = re.compile(r"\(\S*")
_QUOTED = {
    '"': re.compile(r'"((?:\\.|[^"\\])*)(?:"|\\?$)', re.DOTALL),
    "'": re.compile(r"'((?:\\.|[^'\\])*)(?:'|\\?$)", re.DOTALL),
}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_DEEPEST = 50

# A mark is "(", ")", "OR", "AND" or "NOT"; what is none is a Term.
Piece = str | Term


def parse(text: str) -> Expression | None:
    """Return the tree that `text` means, None for an empty search."""
    return _Parser(_pieces(text)).everything()


def _pieces(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char.isspace() or char == ":":  # a colon with no name before it parts nothing
            at += 1
        elif char in "()":
            pieces.append(char)
            at += 1
        elif char == "-" and at + 1 < len(text) and not text[at + 1].isspace():
            pieces.append("NOT")
            at += 1
        else:
            piece, at = _word(text, at)
            pieces.append(piece)
    return pieces


def _word(text: str, at: int) -> tuple[Piece, int]:
    """Return the term or connective that begins at a place, and where it ends."""
    word, end = _value(text, at, None, ":")
    comparator = None if word.quoted else _COMPARATOR.match(text, end)
    if comparator and comparator.end() < len(text) and text[comparator.end()] not in ":)":
        name, op = _unescaped(text[at:end]), f":{comparator[1]}"
        if literal := _LITERAL.match(text, comparator.end()):
            return Term(name, op, literal[0]), literal.end()
        return _value(text, comparator.end(), name, op)
    raw = text[at:end]
    return (raw if raw in ("AND", "OR", "NOT") else word), end


def _value(text: str, at: int, field: str | None, op: str) -> tuple[Term, int]:
    """Return the term whose value begins at a place, and where it ends."""
    if (quoted := _QUOTED.get(text[at])) and (phrase := quoted.match(text, at)):
        return Term(field, op, _unescaped(phrase[1]), quoted=True), phrase.end()
    bare = _BARE.match(text, at)
    raw = bare[0] if bare else text[at]
    prefix = len(raw) > 1 and raw.endswith("*") and not raw.endswith("\\*")
    return Term(field, op, _unescaped(raw[:-1] if prefix else raw), prefix), at + len(raw)


def _unescaped(raw: str) -> str:
    return _ESCAPE.sub(r"\1", raw)


class _Parser:
    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces
        self.at = 0

    def peek(self) -> Piece | None:
        return self.pieces[self.at] if self.at < len(self.pieces) else None

    def everything(self) -> Expression | None:
        parts: list[Expression] = []
        while self.peek() is not None:
            if (part := self.all_of(0)) is not None:
                parts.append(part)
            if self.peek() == ")":  # one without its partner
                self.at += 1
        return _joined(And, parts)

    def all_of(self, depth: int) -> Expression | None:
        parts: list[Expression] = []
        while (piece := self.peek()) is not None and piece != ")":
            if piece in ("AND", "OR"):  # an OR with nothing before it joins nothing
                self.at += 1
            elif (part := self.any_of(depth)) is not None:
                parts.append(part)
        return _joined(And, parts)

    def any_of(self, depth: int) -> Expression | None:
        parts = [part] if (part := self.one(depth)) is not None else []
        while self.peek() == "OR":
            self.at += 1
            if self.peek() in (None, ")", "AND", "OR"):
                break
            if (part := self.one(depth)) is not None:
                parts.append(part)
        return _joined(Or, parts)

    def one(self, depth: int) -> Expression | None:
        piece = self.peek()
        self.at += 1
        if isinstance(piece, Term):
            return piece
        if piece == "NOT" and depth < _DEEPEST:
            if self.peek() in (None, ")", "AND", "OR"):
                return None
            inner = self.one(depth + 1)
            return None if inner is None else Not(inner)
        if piece == "(" and depth < _DEEPEST:
            inner = self.all_of(depth + 1)
            if self.peek() == ")":
                self.at += 1
            return inner
        return None


def _joined(shape: type[And] | type[Or], parts: list[Expression]) -> Expression | None:
    return shape(tuple(parts)) if len(parts) > 1 else (parts[0] if parts else None)
