"""Wordings: what a phrase looks like, and how a sentence is compared with it.

A wording is words with ``[what may be left out]``, ``(one|or the other)``, ``{slot}`` and ``<rule>``, a part that
several wordings share. The whole sentence has to be said by it: where a word is left over, it is another sentence.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atom_shopify_plugin.chat.words import Token

__all__ = [
    "Choice",
    "Found",
    "Match",
    "Nodes",
    "Reading",
    "Slot",
    "Word",
    "WordingError",
    "needed",
    "parse",
    "wording",
    "words_in",
]


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Nodes, ...]


Rules = tuple[tuple[str, str], ...]
Node = Word | Slot | Choice
Nodes = tuple[Node, ...]

_PART = re.compile(r"\s+|[][()|]|\{([a-z_]+)\}|<([a-z_]+)>|[^][()|{}<>\s]+")


class WordingError(ValueError):
    """A wording that can't be read."""


@functools.cache
def wording(text: str, rules: Rules) -> Nodes:
    """Return the parts of a wording, read once."""
    return parse(text, dict(rules))


def parse(text: str, rules: Mapping[str, str], depth: int = 0) -> Nodes:
    """Return the parts of a wording; raise `WordingError` for one that can't be read."""
    parts = list(_parts(text))
    nodes, at = _sequence(text, parts, 0, rules, depth)
    if at != len(parts):
        raise WordingError(f"{text!r}: unbalanced {parts[at]!r}")
    return nodes


def words_in(nodes: Nodes) -> Iterator[str]:
    """Yield every word of a wording."""
    for node in nodes:
        if isinstance(node, Word):
            yield node.text
        elif isinstance(node, Choice):
            for option in node.options:
                yield from words_in(option)


def needed(nodes: Nodes) -> Iterator[frozenset[str]]:
    """Yield sets of words of which a sentence that is said so has at least one each."""
    for node in nodes:
        if isinstance(node, Word):
            yield frozenset((node.text,))
        elif isinstance(node, Choice) and all(any(needed(option)) for option in node.options):
            yield frozenset(word for option in node.options for word in next(needed(option)))


def _parts(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            raise WordingError(f"{text!r}: what is {text[at:]!r}?")
        if not match[0].isspace():
            yield match[0]
        at = match.end()


def _sequence(text: str, parts: Sequence[str], at: int, rules: Mapping[str, str], depth: int) -> tuple[Nodes, int]:
    nodes: list[Node] = []
    while at < len(parts) and parts[at] not in "])|":
        part = parts[at]
        at += 1
        if part in "[(":
            options, at = _options(text, parts, at, "]" if part == "[" else ")", rules, depth)
            nodes.append(Choice((*options, ()) if part == "[" else options))
        elif part.startswith("{"):
            nodes.append(Slot(part[1:-1]))
        elif part.startswith("<"):
            if part[1:-1] not in rules or depth > 4:
                raise WordingError(f"{text!r}: there is no rule {part}")
            nodes.append(Choice((parse(rules[part[1:-1]], rules, depth + 1),)))
        else:
            nodes.append(Word(part))
    return tuple(nodes), at


def _options(
    text: str, parts: Sequence[str], at: int, end: str, rules: Mapping[str, str], depth: int
) -> tuple[tuple[Nodes, ...], int]:
    options = []
    while True:
        nodes, at = _sequence(text, parts, at, rules, depth)
        options.append(nodes)
        if at >= len(parts) or parts[at] not in ("|", end):
            raise WordingError(f"{text!r}: {end} is missing")
        at += 1
        if parts[at - 1] == end:
            return tuple(options), at


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a slot may take: up to the token `end`, worth `weight` as a sign that the phrase is meant."""

    end: int
    value: Any
    weight: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How tokens may be read.

    `means` are the words that each may stand for with the cost of it, `skip` the words that may stand anywhere without
    a meaning, `value` finds what a slot may take at a token.
    """

    tokens: Sequence[Token]
    means: Sequence[Mapping[str, float]]
    skip: frozenset[str]
    value: Callable[[str, int], Sequence[Found]]
    typos: int
    may_miss: bool
    articles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence read as a wording. `missing` is the slot that nobody gave; `typos` are the words read as others."""

    score: float = 0.0
    typos: int = 0
    values: tuple[tuple[str, Any], ...] = ()
    missing: str | None = None


_MISSING = 6.0
_SKIPPED = 0.4
_ARTICLE = 0.1
_TYPO = 2.5
_MOST_STEPS = 6000


class _Steps:
    def __init__(self) -> None:
        self.left = _MOST_STEPS


def match(nodes: Nodes, reading: Reading) -> Match | None:
    """Return the best way to read the whole sentence as a wording, None where there is none."""
    best: Match | None = None
    for found in _walk(nodes, 0, Match(), reading, _Steps()):
        if best is None or found.score > best.score:
            best = found
    return best


def _walk(nodes: Nodes, at: int, sofar: Match, reading: Reading, steps: _Steps) -> Iterator[Match]:
    steps.left -= 1
    if steps.left < 0:
        return
    tokens = reading.tokens
    if not nodes:
        while at < len(tokens) and _may_skip(reading, at):
            at, sofar = at + 1, _worth(sofar, -_SKIPPED)
        if at == len(tokens):
            yield sofar
        return
    node, rest = nodes[0], nodes[1:]
    if isinstance(node, Choice):
        for option in node.options:
            yield from _walk(option + rest, at, sofar, reading, steps)
        return
    if at < len(tokens):
        yield from _here(node, rest, at, sofar, reading, steps)
        if _may_skip(reading, at):
            cost = _ARTICLE if tokens[at].word in reading.articles else _SKIPPED
            yield from _walk(nodes, at + 1, _worth(sofar, -cost), reading, steps)
    elif isinstance(node, Slot) and reading.may_miss and sofar.missing is None and sofar.score > 0:
        yield from _walk(rest, at, _worth(sofar, -_MISSING, missing=node.name), reading, steps)


def _here(node: Word | Slot, rest: Nodes, at: int, sofar: Match, reading: Reading, steps: _Steps) -> Iterator[Match]:
    if isinstance(node, Slot):
        for found in reading.value(node.name, at):
            values = (*sofar.values, (node.name, found.value))
            after = Match(sofar.score + found.weight, sofar.typos, values, sofar.missing)
            yield from _walk(rest, found.end, after, reading, steps)
        return
    cost = reading.means[at].get(node.text)
    if cost is not None:
        typos = sofar.typos + (cost >= 1)
        if typos <= reading.typos:
            worth = min(len(node.text), len(reading.tokens[at].word)) - (_TYPO * cost if cost >= 1 else cost)
            yield from _walk(rest, at + 1, Match(sofar.score + worth, typos, sofar.values, sofar.missing),
                             reading, steps)  # fmt: skip


def _may_skip(reading: Reading, at: int) -> bool:
    token = reading.tokens[at]
    return not token.quoted and token.word in reading.skip


def _worth(sofar: Match, more: float, missing: str | None = None) -> Match:
    return Match(sofar.score + more, sofar.typos, sofar.values, missing or sofar.missing)
