"""What stands round a request: politeness that says nothing, and what turns a request into something else.

A negation, a condition, a question or somebody else's words are no order to change anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from atom_shopify_plugin.catalog.spoken import PUNCTUATION, same_name
from atom_shopify_plugin.chat.language import Language
from atom_shopify_plugin.chat.templates import Reading, match
from atom_shopify_plugin.chat.templates import wording as read_once
from atom_shopify_plugin.chat.words import QUOTES, Token, tokens_of, written
from atom_shopify_plugin.stores.resolve import ALL

__all__ = ["Scope", "Sentence", "is_said"]


_LONGEST_NAME = 8


@dataclass(frozen=True, slots=True)
class Scope:
    """The stores that a sentence names, `shop` as the caller of an action says it, and the words that are left."""

    shop: str
    tokens: Sequence[Token]


class Sentence:
    """A `plain` text in one language."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.all = tokens_of(text, language.contractions)
        self.tokens, self.polite = _bare(self.all, language)

    @property
    def asks(self) -> bool:
        """Whether it ends as a question that is no polite request."""
        return self.text.rstrip(" ")[-1:] in ("?", "？", "؟") and not self.polite

    @property
    def mood(self) -> str | None:
        """What turns the sentence into no order: ``negation``, ``condition``, ``report``, ``question`` or None."""
        words = [token.word if not token.quoted else "" for token in self.tokens]
        for mood, phrases in self.language.content["moods"].items():
            for phrase in phrases:
                said = phrase.split()
                places = range(1) if mood == "question" else range(len(words) - len(said) + 1)
                if any(words[at : at + len(said)] == said for at in places):
                    return str(mood)
        if len(self.text) > 1 and self.text[0] in QUOTES and self.text.rstrip(PUNCTUATION + " ")[-1:] in QUOTES:
            return "report"
        return "question" if self.asks else None

    def scopes(self, stores: Sequence[tuple[str, str]]) -> Iterator[Scope]:
        """Yield the stores that it names; `stores` are the domains and shown names of the person's."""
        everywhere = self.language.content["everywhere"]
        tokens = self.tokens
        for begin in range(max(0, len(tokens) - 9), len(tokens)):
            rest = tokens[begin:]
            if any(is_said(one, rest, self.language) for one in everywhere):
                yield Scope(ALL, tokens[:begin])
        for begin, end in self._named_places(tokens):
            name = _without_nouns(tokens[begin + 1 : end], self.language)
            said = written(self.text, name) if name else ""
            for domain, shown in stores:
                if said.casefold() in (domain, domain.partition(".")[0]) or same_name(shown, said):
                    yield Scope(domain, (*tokens[:begin], *tokens[end:]))

    def _named_places(self, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
        """Yield where the name of a store may stand: behind a word such as in."""
        for begin, token in enumerate(tokens):
            if token.word in self.language.content["in_store"] and not token.quoted:
                yield from ((begin, end) for end in range(begin + 2, min(begin + _LONGEST_NAME, len(tokens)) + 1))


def is_said(wording: str, tokens: Sequence[Token], language: Language) -> bool:
    """Tell whether tokens are said by a wording without slots, letter by letter."""
    if any(token.quoted for token in tokens) or not tokens:
        return False
    means = [{token.word: 0.0} for token in tokens]
    reading = Reading(tokens, means, frozenset(), lambda _name, _at: (), 0, may_miss=False)
    return match(read_once(wording, language.rules), reading) is not None


def _without_nouns(tokens: Sequence[Token], language: Language) -> Sequence[Token]:
    nouns = language.content["store_nouns"]
    while tokens and tokens[0].word in language.articles:
        tokens = tokens[1:]
    return tokens[:-1] if len(tokens) > 1 and tokens[-1].word in nouns else tokens


def _bare(tokens: Sequence[Token], language: Language) -> tuple[Sequence[Token], bool]:
    """Return the tokens without the politeness at both ends, and whether a polite question was among it."""
    fillers = language.content["fillers"]
    polite, changed = False, True
    while changed and tokens:
        changed = False
        for said in fillers["start"]:
            words = said.split()
            if len(words) < len(tokens) and _words(tokens[: len(words)]) == words:
                polite |= said in fillers["polite"]
                tokens, changed = tokens[len(words) :], True
                break
        for said in fillers["end"]:
            words = said.split()
            if len(words) < len(tokens) and _words(tokens[-len(words) :]) == words:
                tokens, changed = tokens[: -len(words)], True
                break
    return tokens, polite


def _words(tokens: Sequence[Token]) -> list[str]:
    return ["" if token.quoted else token.word.strip(PUNCTUATION) for token in tokens]
