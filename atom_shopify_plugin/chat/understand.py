"""A sentence becomes a meaning: a command, its values, and what is missing.

All wordings are compared with the whole sentence, and the one that explains most of it counts. What changes a store is
understood only where nothing is left over and nothing speaks against it; what only reads may hold small words that say
nothing, and a misspelt word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

from rapidfuzz import fuzz, process

from atom_shopify_plugin.catalog.model import Catalog, Command
from atom_shopify_plugin.catalog.spoken import BASE, Kind, clean
from atom_shopify_plugin.chat.compared import now_of_compared, without_compared
from atom_shopify_plugin.chat.exact import Phrases
from atom_shopify_plugin.chat.gist import Gist
from atom_shopify_plugin.chat.language import SYNONYM, Language, Wording, languages
from atom_shopify_plugin.chat.sentence import Sentence
from atom_shopify_plugin.chat.slots import Slots, is_code
from atom_shopify_plugin.chat.templates import Found, Match, Reading, match
from atom_shopify_plugin.chat.words import MAX_TOKENS, Token, plain

__all__ = ["Meaning", "Understanding", "Understood"]

_READ_TYPOS = 2
_CLOSE = 1.5
_NEAR = 60.0
_MOST_NEAR = 3
_EXACT = 0.2
_NO_PERIOD = 4.0
_CODE = 5.0  # what a SKU is worth among the words, too
_SCOPE = 3.0
_TALK = 100.0


@dataclass(frozen=True)
class Meaning:
    """What a sentence says. `missing` is the slot that nobody gave, `shop` the stores that it names."""

    command: Command
    slots: Mapping[str, Any]
    language: Language
    score: float = 0.0
    missing: str | None = None
    typos: int = 0
    shop: str | None = None
    writes: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Understood:
    """What was understood of a sentence.

    That is one `meaning`; or `several` that it may have; or why an order is none (`mood`, with the `meaning` that it
    would have); or phrases that are `near` to it.
    """

    language: Language
    meaning: Meaning | None = None
    mood: str | None = None
    several: Sequence[Meaning] = ()
    near: Sequence[str] = ()


class Understanding:
    """Understands sentences by the commands of a catalog."""

    def __init__(self, catalog: Catalog) -> None:
        self.languages = languages(catalog)
        self._gists = {language.name: Gist(language) for language in self.languages}
        self._phrases = Phrases(catalog)
        self._catalog = catalog

    def read(self, text: str, today: date, stores: Sequence[tuple[str, str]] = ()) -> Understood:
        """Return what `text` says on a day of the store; `stores` are domains and shown names of the person's."""
        text = plain(text)
        english = self.languages[0]
        exact = [] if not text else list(self._exact(text, today, english))
        best: list[Meaning] = exact
        sentences = [Sentence(text, language) for language in self.languages]
        for sentence in sentences:
            if 0 < len(sentence.tokens) <= MAX_TOKENS:
                best = [*best, *self._meanings(sentence, today, stores)]
            if any(not meaning.typos and meaning.missing is None for meaning in best):
                break
        return self._chosen(best, sentences, today)

    def value(self, text: str, kind: Kind, language: Language, today: date) -> Any:
        """Return the value of a kind that all of `text` is, None where it is none."""
        sentence = Sentence(plain(text), language)
        if not 0 < len(sentence.tokens) <= MAX_TOKENS:
            return None
        return Slots(sentence.text, sentence.tokens, language, today).whole(kind)

    @staticmethod
    def mood(text: str, language: Language) -> str | None:
        """Return what keeps `text` from being a plain value or order, such as a negation; None where nothing does."""
        return Sentence(plain(text), language).mood

    def _chosen(self, meanings: Sequence[Meaning], sentences: Sequence[Sentence], today: date) -> Understood:
        ranked = sorted(meanings, key=lambda one: (-one.score, one.typos, one.writes))
        by_language = {sentence.language.name: sentence for sentence in sentences}
        if not ranked:
            return self._not_understood(sentences, today)
        first = ranked[0]
        sentence = by_language[first.language.name]
        if not first.writes:
            within = self._within(sentence, today) if sentence.mood is not None else None
            if within is not None and within.score > first.score:
                return Understood(first.language, within, sentence.mood)
            return Understood(first.language, first)
        reads = [one for one in ranked if not one.writes and one.score >= first.score - _CLOSE]
        if reads and first.typos:
            return Understood(first.language, reads[0])
        moods = [other.mood for other in sentences if other is not sentence]
        mood = sentence.mood or next((one for one in moods if one in ("negation", "condition")), None)
        if mood is not None and not self._is_dictated(sentence, first):
            return Understood(first.language, first, mood)
        others = [one for one in ranked if one.writes and one.command is not first.command
                  and one.score >= first.score - 0.5 and one.missing is None]  # fmt: skip
        if others:
            return Understood(first.language, several=(first, others[0]))
        return Understood(first.language, first)

    def _is_dictated(self, sentence: Sentence, meaning: Meaning) -> bool:
        """Tell whether what keeps it from being an order stands in a text behind a colon, such as that of a note."""
        order, colon, text = sentence.text.partition(": ")
        texts = [value for name, value in meaning.slots.items() if meaning.command.slots[name] == "text"]
        if not colon or clean(text, "text") not in texts:
            return False
        return not any(Sentence(order, language).mood for language in self.languages)

    def _not_understood(self, sentences: Sequence[Sentence], today: date) -> Understood:
        for sentence in sentences:
            if (mood := sentence.mood) is not None and len(sentence.tokens) <= MAX_TOKENS:
                within = self._within(sentence, today)
                if within is not None:
                    return Understood(sentence.language, within, mood)
        for sentence in sentences:
            if len(sentence.tokens) == 1 and sentence.tokens[0].quoted:
                inner = Sentence(sentence.tokens[0].text, sentence.language)
                within = self._within(inner, today) if 0 < len(inner.tokens) <= MAX_TOKENS else None
                if within is not None:
                    return Understood(sentence.language, within, "report")
        for sentence in sentences:
            if (guessed := self._guessed(sentence, today)) is not None:
                return Understood(sentence.language, guessed)
        for sentence in sentences:
            near = self._near(sentence)
            if near:
                return Understood(sentence.language, near=near)
        return Understood(self.languages[0])

    def _exact(self, text: str, today: date, language: Language) -> Iterator[Meaning]:
        for command, texts, weight in self._phrases.find(text):
            slots: dict[str, Any] = {}
            worth = float(weight) + _EXACT
            for name, value in texts.items():
                raw = set(command.slots.values()) == {"period"}  # the report says what periods there are
                typed = self._typed(command.slots[name], value, text, today, language, raw=raw)
                if typed is None:
                    break
                slots[name] = typed
                if command.slots[name] in ("text", "location") and not self._writes(command):
                    worth -= _TALK * language.is_talk(Sentence(value, language).all)
                if isinstance(typed, Mapping) and "sku" in typed:
                    worth += _CODE
                elif command.slots[name] == "period" and isinstance(typed, str):
                    worth -= _NO_PERIOD
            else:
                if worth < 0:
                    continue
                yield Meaning(command, slots, language, worth, writes=self._writes(command))
                return

    def _typed(self, kind: Kind, value: str, text: str, today: date, language: Language, *, raw: bool) -> Any:
        if kind not in BASE:
            return value
        if kind == "sku":
            if f'"{value}"' in text or (" " not in value and not language.knows(value.casefold())):
                return {"sku": value}
            tokens = Sentence(value, language).all
            words = Slots(value, tokens, language, today)
            return None if words.names_several() or language.names_nothing(tokens) else {"words": value}
        found = self.value(value, kind, language, today)
        return value if found is None and raw else found

    def _writes(self, command: Command) -> bool:
        return any(one.writes for one in self.languages[0].wordings if one.command is command)

    def _meanings(self, sentence: Sentence, today: date, stores: Sequence[tuple[str, str]]) -> Iterator[Meaning]:
        yield from self._variant(sentence, sentence.tokens, today, None)
        for scope in sentence.scopes(stores):
            if scope.tokens:
                for meaning in self._variant(sentence, scope.tokens, today, scope.shop):
                    yield replace(meaning, score=meaning.score + _SCOPE)

    def _variant(self, sentence: Sentence, tokens: Sequence[Token], today: date, shop: str | None) -> Iterator[Meaning]:
        language = sentence.language
        yield from self._matches(sentence, tokens, today, shop, {})
        taken: set[tuple[int, int]] = set()
        slots = Slots(sentence.text, tokens, language, today)
        for at in range(len(tokens)):
            for found in slots.find("period", at):
                if (at, found.end) in taken or len(taken) > 6 or (at == 0 and found.end == len(tokens)):
                    continue
                taken.add((at, found.end))
                period = now_of_compared(sentence, tokens, at, found.value, today)
                left = without_compared(sentence, (*tokens[:at], *tokens[found.end :]), period, today)
                for meaning in self._matches(sentence, left, today, shop, {"period": period}):
                    yield replace(meaning, score=meaning.score + found.weight)

    def _matches(
        self,
        sentence: Sentence,
        tokens: Sequence[Token],
        today: date,
        shop: str | None,
        given: Mapping[str, Any],
    ) -> Iterator[Meaning]:
        language = sentence.language
        slots = Slots(sentence.text, tokens, language, today)
        means = [{} if token.quoted else language.means(token.word) for token in tokens]
        if len(tokens) == 1 and not given:  # one word alone is what it is: product asks which, products lists them
            means = [{word: cost for word, cost in one.items() if cost == 0 or cost >= 1} for one in means]
        words = frozenset(word for one in means for word in one)
        familiar = language.is_familiar(sentence.tokens)
        for wording in language.possible(words):
            command = wording.command
            if given and (wording.writes or "period" not in command.slots):
                continue
            reading = Reading(
                tokens,
                _certain(means, tokens) if wording.writes else means,
                language.articles if wording.writes else language.soft,
                partial(_value, slots, command) if wording.writes else partial(_words, slots, command),
                (1 if wording.writes else _READ_TYPOS) if familiar else 0,
                may_miss=True,
                articles=language.articles,
            )
            found = match(wording.nodes, reading)
            if found is not None and wording.fits({**given, **dict(found.values)}):
                yield _meaning(wording, found, language, shop, given)

    def _within(self, sentence: Sentence, today: date) -> Meaning | None:
        """Return what a part of the sentence would change if it stood alone."""
        best: Meaning | None = None
        language, tokens = sentence.language, sentence.tokens
        for begin in range(len(tokens)):
            for end in range(len(tokens), begin, -1):
                some = tokens[begin:end]
                if any(token.word in language.small and token.word not in language.articles for token in some[-1:]):
                    continue
                slots = Slots(sentence.text, some, language, today)
                means = [{} if token.quoted else language.means(token.word) for token in some]
                words = frozenset(word for one in means for word in one)
                for wording in language.possible(words):
                    if not wording.writes:
                        continue
                    reading = Reading(some, _certain(means, some), language.articles,
                                      partial(_value, slots, wording.command),
                                      0, may_miss=end - begin <= 2, articles=language.articles)  # fmt: skip
                    found = match(wording.nodes, reading)
                    if found is not None and (best is None or found.score > best.score):
                        best = _meaning(wording, found, language, None, {})
        return best

    def _guessed(self, sentence: Sentence, today: date) -> Meaning | None:
        """Return what a question means that no wording says, where most of its words tell it."""
        language, tokens = sentence.language, sentence.tokens
        if len(tokens) > MAX_TOKENS or not language.is_familiar(tokens) or language.changes(tokens):
            return None
        if sentence.mood in ("negation", "condition"):
            return None
        gist = self._gists[language.name]
        guess = gist.sure(gist.guess(tokens, Slots(sentence.text, tokens, language, today).find))
        if guess is None:
            return None
        return Meaning(guess.wording.command, guess.values, language, guess.share, given=guess.wording.given)

    def _near(self, sentence: Sentence) -> Sequence[str]:
        words = {token.word for token in sentence.tokens}
        named = any(is_code(token) and not token.quoted for token in sentence.tokens)
        if not (named or words & sentence.language.topics) or len(sentence.tokens) > MAX_TOKENS:
            return ()
        said = " ".join(token.word for token in sentence.tokens if token.word not in sentence.language.soft)
        found = process.extract(said, sentence.language.examples, scorer=fuzz.token_set_ratio, score_cutoff=_NEAR,
                                limit=_MOST_NEAR)  # fmt: skip
        return [example for example, _, _ in found]


def _certain(means: Sequence[Mapping[str, float]], tokens: Sequence[Token]) -> Sequence[Mapping[str, float]]:
    """Return the words that tokens may stand for where a write depends on it: one letter of a longer word at most."""
    longest = 5
    return [
        {word: cost for word, cost in one.items() if cost <= SYNONYM or (cost == 1 and len(token.word) >= longest)}
        for one, token in zip(means, tokens, strict=True)
    ]


def _value(slots: Slots, command: Command, name: str, at: int) -> Sequence[Found]:
    return slots.find(command.slots[name], at)


def _words(slots: Slots, command: Command, name: str, at: int) -> Sequence[Found]:
    return slots.find_words(command.slots[name], at)


def _meaning(wording: Wording, found: Match, language: Language, shop: str | None, given: Mapping[str, Any]) -> Meaning:
    values = {**given, **dict(found.values)}
    return Meaning(wording.command, values, language, found.score, found.missing, found.typos, shop, wording.writes,
                   wording.given)  # fmt: skip
