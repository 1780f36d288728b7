"""A sentence as tokens: words without the punctuation round them, each with its place in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from atom_shopify_plugin.catalog.spoken import PUNCTUATION

__all__ = ["MAX_TEXT", "MAX_TOKENS", "QUOTES", "Token", "plain", "tokens_of", "written"]

MAX_TEXT = 2000
MAX_TOKENS = 40
"""Longer sentences are read by the plain phrases alone."""

QUOTES = "\"“”„«»‘’‚'`"
_OPENING, _CLOSING = "\"“„«»”'‘’‚`", "\"”“»«'’‘`"
_QUOTED = re.compile(
    rf"(?<!\S)(?P<open>[{_OPENING}])(?P<inner>[^\s{_OPENING}](?:[^\"“”„«»`]*?[^\s])?)(?P<close>[{_CLOSING}])"
    rf"(?=[{re.escape(PUNCTUATION)}]*(?:\s|$))"
)
_WORD = re.compile(r"\S+")
_ROUND = f'{PUNCTUATION}()[]{{}}<>¿¡"“”„«»‘‚`*'
_POSSESSIVE = re.compile(r"(?<=\w)['’]s$")


@dataclass(frozen=True, slots=True)
class Token:
    """A word as written (`text`) and as compared (`word`), from `start` to `end` in the text.

    `quoted` words stand between quotation marks: they are values, never part of a phrase. `last` tells that a sentence
    ends behind it.
    """

    text: str
    word: str
    start: int
    end: int
    quoted: bool = False


def plain(text: str) -> str:
    """Return `text` in one line, without characters that can't be seen, at most `MAX_TEXT` long."""
    visible = (
        char if unicodedata.category(char) not in ("Cf", "Cc") or char in "\t\n\r" else " "
        for char in text[:MAX_TEXT]
    )  # fmt: skip
    return " ".join(unicodedata.normalize("NFKC", "".join(visible)).split())


def tokens_of(text: str, contractions: Mapping[str, Sequence[str]]) -> tuple[Token, ...]:
    """Return the words of a `plain` text; `contractions` are words that stand for several, such as don't."""
    found: list[Token] = []
    at = 0
    for quoted in _QUOTED.finditer(text):
        found += _words(text, at, quoted.start(), contractions)
        inner = quoted["inner"]
        found.append(Token(inner, inner.casefold(), quoted.start("inner"), quoted.end("inner"), quoted=True))
        at = quoted.end()
    found += _words(text, at, len(text), contractions)
    return tuple(found)


def written(text: str, tokens: Sequence[Token]) -> str:
    """Return what stands in the text from the first of these tokens to the last."""
    if len(tokens) == 1:
        return tokens[0].text
    return text[tokens[0].start : tokens[-1].end]


def _words(text: str, begin: int, end: int, contractions: Mapping[str, Sequence[str]]) -> list[Token]:
    found = []
    for match in _WORD.finditer(text, begin, end):
        raw = match[0]
        left = len(raw) - len(raw.lstrip(_ROUND + "'’"))
        inner = raw[left:].rstrip(_ROUND + "'’")
        if not inner:
            continue
        start = match.start() + left
        word = inner.casefold().replace("’", "'")
        several = contractions.get(word)
        if several is None:
            without = _POSSESSIVE.sub("", word)
            found.append(Token(inner, without, start, start + len(inner)))
            continue
        for index, one in enumerate(several):
            place = start if index == 0 else start + len(inner)
            found.append(Token(inner if index == 0 else "", one, place, start + len(inner)))
    return found
