"""The gist of a question whose wording nobody wrote down: the command that shares most of its telling words.

A word tells the more, the fewer commands say it. What is said beyond a wording, and what a wording needs beyond what is
said, counts against it. Only questions are guessed: what changes a store has to be said in full.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from atom_shopify_plugin.catalog.spoken import Kind
from atom_shopify_plugin.chat.language import Language, Wording
from atom_shopify_plugin.chat.slots import is_code
from atom_shopify_plugin.chat.templates import Choice, Found, Nodes, Slot, needed, words_in
from atom_shopify_plugin.chat.words import Token

__all__ = ["Gist", "Guess"]

_SURE = 0.5
_CLEAR = 1.2  # how much better the first has to be than the next one
_VALUE = 4.0  # what a value is worth, such as the name of an order
_UNKNOWN = 3.5  # what a word that nobody knows counts against every wording
_MOST_BEYOND = 3.4  # what all words beyond a wording count at most where a thing is named
_A_NAME = 2  # so many words that nobody knows are rather a name that a wording would have to ask for
_WHOLE = frozenset(("order", "stock"))
"""The commands that show all of a thing."""
_FEWEST = 2  # one word alone says nothing that no wording says
_TYPO, _FORM = 1.0, 0.6
_QUESTION = 0.5  # how much of a question word counts
_IN_THIS_ORDER: Sequence[Kind] = ("period", "return", "draft", "email", "order", "sku")
_PLAIN: frozenset[Kind] = frozenset(("order", "draft", "return", "email", "sku", "discount", "customer", "period"))
"""Kinds of values that are known by what they look like."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a sentence may mean, and how much of it that explains, up to 1."""

    wording: Wording
    values: Mapping[str, Any]
    share: float


@dataclass(frozen=True, slots=True)
class _Row:
    wording: Wording
    sets: tuple[frozenset[str], ...]
    words: frozenset[str]
    needed: frozenset[str]
    slots: frozenset[str]


class Gist:
    """Guesses by the wordings of a language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    @cached_property
    def _rows(self) -> Sequence[_Row]:
        rows = []
        for one in self._language.wordings:
            kinds = one.command.slots
            slots = frozenset(_slots(one.nodes, optional=False)) | one.needs
            if one.writes or any(kinds[name] not in _PLAIN for name in slots):
                continue
            every = frozenset(_slots(one.nodes, optional=True)) | slots
            telling = tuple(words - self._language.soft for words in needed(one.nodes))
            rows.append(_Row(one, tuple(filter(None, telling)), frozenset(words_in(one.nodes)), slots, every))
        return rows

    @cached_property
    def _weight(self) -> Mapping[str, float]:
        """What words tell: the more, the fewer commands say them."""
        said: dict[str, set[str]] = {}
        for wording in self._language.wordings:
            for word in words_in(wording.nodes):
                said.setdefault(word, set()).add(wording.command.key)
        most = len({wording.command.key for wording in self._language.wordings})
        return {word: 1.0 + math.log(most / len(keys)) for word, keys in said.items()}

    @property
    def _light(self) -> frozenset[str]:
        return self._language.light

    def guess(self, tokens: Sequence[Token], find: Callable[[Kind, int], Sequence[Found]]) -> Sequence[Guess]:
        """Return what a question may mean, the likeliest first; `find` finds a value of a kind at a token."""
        values, left = self._values(tokens, find)
        heard = [(token, self._means(token)) for token in left]
        heard = [(token, means) for token, means in heard if means or token.word not in self._language.soft]
        if self._is_strange(tokens, heard) or not heard or len(heard) + len(values) < _FEWEST:
            return []
        words = frozenset(word for _, means in heard for word in means)
        best: dict[str, Guess] = {}
        for row in self._rows:
            guess = self._of_row(row, heard, words, values)
            if guess is not None and (row.wording.command.key not in best
                                      or guess.share > best[row.wording.command.key].share):  # fmt: skip
                best[row.wording.command.key] = guess
        return sorted(best.values(), key=lambda one: -one.share)

    def _means(self, token: Token) -> Mapping[str, float]:
        """Return the words that a word may stand for, in whatever form."""
        if token.quoted:
            return {}
        means = {word: cost for word, cost in self._language.means(token.word).items() if cost < _TYPO}
        return {**dict.fromkeys(self._language.forms(token.word), _FORM), **means}

    def _is_strange(self, tokens: Sequence[Token], heard: Sequence[tuple[Token, Mapping[str, float]]]) -> bool:
        """Tell whether a number, a quotation or a name is left, or it begins with a word that nobody knows."""
        unknown = [token for token, means in heard if not means and not self._language.knows(token.word)]
        before = [one for one, following in pairwise(tokens) if any(following is token for token in unknown)]
        if len(unknown) >= _A_NAME or any(token.word in self._language.content["in_store"] for token in before):
            return True  # such as in Germany: what would be left out of the answer
        if any(token.quoted or any(char.isdigit() for char in token.text) for token, _ in heard):
            return True
        known = self._language
        return (
            bool(heard)
            and heard[0][0] is tokens[0]
            and not (heard[0][1] or heard[0][0].word in known.small or heard[0][0].word in known.asking)
        )

    def sure(self, guesses: Sequence[Guess]) -> Guess | None:
        """Return the one guess that is sure enough to be answered."""
        if not guesses or guesses[0].share < _SURE:
            return None
        rest = [one for one in guesses[1:] if one.wording.command.action != guesses[0].wording.command.action]
        if not rest or guesses[0].share >= _CLEAR * rest[0].share:
            return guesses[0]
        # Which of several questions about a thing it is, is not clear: all of it answers most of them.
        whole = (one for one in guesses if one.wording.command.key in _WHOLE and one.share >= _SURE)
        return next(whole, None)

    def _values(
        self, tokens: Sequence[Token], find: Callable[[Kind, int], Sequence[Found]]
    ) -> tuple[dict[Kind, Any], Sequence[Token]]:
        """Return the values of a sentence by their kinds, and the tokens that are none."""
        values: dict[Kind, Any] = {}
        left: list[Token] = []
        at = 0
        while at < len(tokens):
            end = at
            for one in _IN_THIS_ORDER:
                found = [row for row in find(one, at) if _is_plain(one, row, tokens[at])]
                if found and one not in values:
                    longest = max(found, key=lambda row: (row.end, row.weight))
                    values[one], end = longest.value, longest.end
                    break
            if end == at:
                left.append(tokens[at])
                end += 1
            at = end
        if "sku" in values:
            values["discount"] = values["sku"]["sku"]
        return values, left

    def _of_row(
        self,
        row: _Row,
        heard: Sequence[tuple[Token, Mapping[str, float]]],
        words: frozenset[str],
        values: Mapping[Kind, Any],
    ) -> Guess | None:
        kinds = row.wording.command.slots
        by_kind = {kinds[name]: name for name in (*row.slots, *(n for n in kinds if kinds[n] == "period"))}
        filled = {by_kind[kind]: value for kind, value in values.items() if kind in by_kind}
        if not row.needed <= set(filled) or not row.wording.lacks.isdisjoint(filled):
            return None
        if any(kind not in by_kind and kind not in ("discount", "sku") for kind in values):
            return None
        if ("sku" in values or "discount" in values) and not {"sku", "discount"} & set(by_kind):
            return None
        matched = _VALUE * sum(kinds[name] != "period" for name in filled)
        missing = 0.0
        for one in row.sets:
            said = one & words
            weight = max((self._weight.get(word, 1.0) for word in said or one), default=1.0)
            if said:
                matched += weight
            else:
                missing += min(weight, 3.0)
        beyond = 0.0
        for token, means in heard:
            told = [word for word in means if word in row.words]
            if told:
                if not any(word in one for word in told for one in row.sets):
                    matched += 0.5 * max(self._weight.get(word, 1.0) for word in told)
                continue
            if token.word in self._light:
                continue
            weight = max((self._weight.get(word, _UNKNOWN) for word in means), default=_UNKNOWN)
            beyond += weight * (_QUESTION if token.word in self._language.asking else 1.0)
        if matched <= 0 or not (row.sets or filled):
            return None
        if any(kinds[name] in ("order", "email", "draft", "return") for name in filled):
            beyond = min(beyond, _MOST_BEYOND)  # what is named is asked about, whatever is asked
        return Guess(row.wording, filled, matched / (matched + missing + beyond))


def _is_plain(kind: Kind, found: Found, token: Token) -> bool:
    if kind == "order":
        return isinstance(found.value, str) and found.value.lstrip("#").isdecimal() and len(found.value) > 2
    if kind == "sku":
        return isinstance(found.value, dict) and "sku" in found.value and is_code(token) and not token.text.isdecimal()
    return isinstance(found.value, (str, dict)) and not (isinstance(found.value, dict) and "ref" in found.value)


def _slots(nodes: Nodes, *, optional: bool) -> Iterator[str]:
    """Yield the slots of a wording: those that it has in any case, or with `optional` all."""
    for node in nodes:
        if isinstance(node, Slot):
            yield node.name
        elif isinstance(node, Choice):
            inner = [set(_slots(option, optional=optional)) for option in node.options]
            yield from set.union(*inner) if optional else set.intersection(*inner)
