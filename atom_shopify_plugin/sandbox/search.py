"""Shopify's search syntax: text into a tree.

OR binds tighter than AND and than a blank: ``a b OR c`` means ``a AND (b OR c)`` (shopify.dev, search syntax). A term
is a bare word, a quoted phrase, or ``field:value`` with ``:>``, ``:>=``, ``:<``, ``:<=``; ``-`` and ``NOT`` negate; a
backslash escapes; a bare value that ends with ``*`` matches as a prefix. Parsing never fails: odd text is odd words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["And", "Expression", "Not", "Or", "Term", "parse"]


@dataclass(frozen=True)
class Term:
    """One comparison; `field` is None for a bare word, `op` one of ``: :> :>= :< :<=``."""

    field: str | None
    op: str
    value: str
    prefix: bool = False


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

_FIELD = re.compile(r"([A-Za-z_][\w.]*)\s*:\s*(>=|<=|>|<|)\s*")
_BARE = re.compile(r"(?:\\.|[^\s()\"'\\])(?:\\.|[^\s()\\])*|\\", re.DOTALL)
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
        if char.isspace():
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
    named = _FIELD.match(text, at)
    if named and named.end() < len(text) and text[named.end()] not in "()":
        value, prefix, end = _value(text, named.end())
        return Term(named[1], ":" + named[2], value, prefix), end
    value, prefix, end = _value(text, at)
    raw = text[at:end]
    if raw in ("AND", "OR", "NOT"):
        return raw, end
    return Term(None, ":", value, prefix), end


def _value(text: str, at: int) -> tuple[str, bool, int]:
    """Return a value, whether it is a prefix, and where it ends."""
    if quoted := _QUOTED.get(text[at]):
        found = quoted.match(text, at)
        if found:
            return _ESCAPE.sub(r"\1", found[1]), False, found.end()
    bare = _BARE.match(text, at)
    raw = bare[0] if bare else text[at]
    prefix = len(raw) > 1 and raw.endswith("*") and not raw.endswith("\\*")
    return _ESCAPE.sub(r"\1", raw[:-1] if prefix else raw), prefix, at + len(raw)


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
