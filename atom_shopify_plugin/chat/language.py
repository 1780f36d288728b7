"""What a language says: the wordings of the commands, small words, periods, and the texts of the chat itself.

Each language is a file of ``manifests/chat``. The commands are declared in the manifests; a file adds wordings to them.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rapidfuzz.distance import OSA

from atom_shopify_plugin.catalog.loading import default_root, packaged
from atom_shopify_plugin.catalog.model import Catalog, Command
from atom_shopify_plugin.chat.periods import PeriodWords
from atom_shopify_plugin.chat.templates import Nodes, needed, parse, words_in
from atom_shopify_plugin.chat.words import Token

__all__ = ["SYNONYM", "WRITES", "Language", "Wording", "languages"]

WRITES = frozenset(("default_store", "undo"))
"""The commands of the conversation itself that change something, at once: none of them comes from a guess."""

_SHORTEST_WITH_TYPO = 4
_SHORTEST_OF_LONGER = 5
_ORDER_DIGITS = 3
_LONG = 8
SYNONYM, _PLURAL = 0.25, 0.5


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say a command.

    `given` are values that the wording itself stands for, `needs` are slots without which it says another command,
    `lacks` those with which it does, `clear` are amounts that need a currency; `writes` is set where the command
    changes something.
    """

    command: Command
    said: str
    nodes: Nodes
    given: Mapping[str, Any]
    writes: bool
    needs: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()
    clear: frozenset[str] = frozenset()

    def fits(self, slots: Mapping[str, Any]) -> bool:
        """Tell whether these slots are enough for the wording, and none of them makes it another command's."""
        money = [slots.get(name) for name in self.clear]
        if any(isinstance(value, Mapping) and value["currency"] is None for value in money):
            return False  # 1001 10: which of the two is the order?
        return self.needs <= set(slots) and self.lacks.isdisjoint(slots)


class Language:
    """A language of the chat, for the commands of a catalog."""

    def __init__(self, name: str, content: Mapping[str, Any], catalog: Catalog) -> None:
        self.name = name
        self.content = content
        self.catalog = catalog
        self.texts: Mapping[str, str] = content["texts"]
        self.contractions = {word: tuple(words.split()) for word, words in content["contractions"].items()}
        self.numbers: Mapping[str, int] = content["numbers"]
        self.currencies: Mapping[str, str] = content["currencies"]
        self.percent_words = frozenset(content["percent"])
        self.number_words = frozenset(content["number_words"])
        self.articles = frozenset(content["articles"])
        self.soft = frozenset(content["soft"]) | self.articles
        self.rules = tuple(content["rules"].items())
        self._unnamed = frozenset(content["unnamed"])
        self._verbs = frozenset(content["verbs"])
        self.light = frozenset(content["light"])
        self.asking = frozenset(content["asking"])
        self.nouns = {kind: frozenset(words) for kind, words in content["nouns"].items()}
        self.periods = PeriodWords(name, {**content["periods"], "numbers": content["numbers"]})

    @cached_property
    def references(self) -> Sequence[tuple[tuple[str, ...], str | int]]:
        """Words that stand for a thing that was spoken of, and what they mean: it, or its place in a list."""
        pairs = [(tuple(said.split()), ref) for said, ref in self.content["references"].items()]
        return sorted(pairs, key=lambda pair: -len(pair[0]))

    @cached_property
    def wordings(self) -> Sequence[Wording]:
        """All ways to say something, those of the manifests too in the language that these are written in."""
        found = []
        rules = self.content["rules"]
        for key, said in self.content["commands"].items():
            command = self.catalog.commands.get(key)
            if command is None:
                continue  # a catalog without this command, such as that of a test
            for one in said["says"]:
                more: Mapping[str, Any] = {"say": one} if isinstance(one, str) else one
                found.append(
                    Wording(
                        command,
                        more["say"],
                        parse(more["say"], rules),
                        more.get("given", {}),
                        self._writes(command),
                        frozenset(more.get("needs", ())),
                        frozenset(more.get("lacks", ())),
                        frozenset(more.get("clear", ())),
                    )
                )
        if self.name == "en":
            for command in self.catalog.commands.values():
                for text in command.says:
                    found.append(Wording(command, text, parse(text, {}), {}, self._writes(command)))
        return found

    @cached_property
    def _index(self) -> Mapping[str, Sequence[tuple[int, Wording, Sequence[frozenset[str]]]]]:
        """The wordings by the words of which one must be said: those of the set that is said least; "" has the rest."""
        rows = [(place, one, tuple(needed(one.nodes))) for place, one in enumerate(self.wordings)]
        said = Counter(word for _, _, sets in rows for one in sets for word in one)
        found: dict[str, list[tuple[int, Wording, Sequence[frozenset[str]]]]] = {}
        for row in rows:
            rarest = min(row[2], key=lambda words: sum(said[word] for word in words), default=frozenset(("",)))
            for word in rarest:
                found.setdefault(word, []).append(row)
        return found

    def possible(self, words: frozenset[str]) -> Sequence[Wording]:
        """Return the wordings that may be meant where no other words than these are said."""
        rows = {row[0]: row for word in ("", *words) for row in self._index.get(word, ())}
        return [
            wording for _, (_, wording, sets) in sorted(rows.items()) if all(not one.isdisjoint(words) for one in sets)
        ]

    @cached_property
    def examples(self) -> Sequence[str]:
        """Phrases to suggest."""
        if self.name == "en":
            return [example for command in self.catalog.commands.values() for example in command.examples]
        return [example for said in self.content["commands"].values() for example in said.get("examples", ())]

    def example_of(self, command: Command) -> str:
        """Return a phrase that says a command."""
        said = self.content["commands"].get(command.key, {}).get("examples")
        return str(said[0] if said else command.examples[0])

    @cached_property
    def topics(self) -> frozenset[str]:
        """Words that tell that a sentence is about a store at all."""
        return frozenset(self.content["topics"])

    def _writes(self, command: Command) -> bool:
        if command.action is None:
            return command.key in WRITES
        return self.catalog.action(command.action).effect != "read"

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word that is known: none of them is taken for a misspelt other one."""
        known = {word for wording in self.wordings for word in words_in(wording.nodes)}
        known |= {form for word in tuple(known) for form in self._forms(word)}
        others = (self.soft, self._synonyms, self.content["known"], self.numbers, self.periods.months,
                  self.periods.weekdays, self.periods.words["units"], self.currencies)  # fmt: skip
        fillers = " ".join((*self.content["fillers"]["start"], *self.content["fillers"]["end"]))
        phrases = " ".join((*self.periods.words["names"], *self.content["references"], *self.content["yes"]))
        moods = " ".join(phrase for phrases in self.content["moods"].values() for phrase in phrases)
        return frozenset(known.union(*others, fillers.split(), phrases.split(), moods.split()))

    def _forms(self, word: str) -> Sequence[str]:
        return [word + ending for ending in self.content["endings"]] + [
            word[:-1] + ending for ending in self.content["endings"] if word.endswith("e")
        ]

    @cached_property
    def _literals(self) -> frozenset[str]:
        return frozenset(word for wording in self.wordings for word in words_in(wording.nodes))

    @cached_property
    def _synonyms(self) -> Mapping[str, Sequence[str]]:
        """Words that mean a word of the wordings, both also in the plural."""
        found: dict[str, list[str]] = {}
        for word, others in self.content.get("synonyms", {}).items():
            for ending in ("", *self.content["plurals"]):
                for other in others:
                    if word + ending in self._literals:
                        found.setdefault(other + ending, []).append(word + ending)
        return found

    @functools.lru_cache(maxsize=4096)  # noqa: B019  # a language lives as long as the process
    def means(self, word: str) -> Mapping[str, float]:
        """Return the words of phrases that a word may stand for, each with what it costs; from 1 on it is a typo."""
        found: dict[str, float] = {}
        if word in self._literals:
            found[word] = 0.0
        for ending in self.content["plurals"]:
            for other in (word + ending, word.removesuffix(ending)):
                if other != word and other in self._literals:
                    found[other] = _PLURAL
        for same in self._synonyms.get(word, ()):
            found.setdefault(same, SYNONYM)
        if found or word in self.vocabulary or len(word) < _SHORTEST_WITH_TYPO or not word.isalpha():
            return found
        most = 2 if len(word) >= _LONG else 1
        short = min(len(word), _SHORTEST_OF_LONGER)
        near = {other: OSA.distance(word, other, score_cutoff=most) for other in self._literals
                if len(other) >= max(short, _SHORTEST_WITH_TYPO) and other[0] == word[0]}  # fmt: skip
        return {other: float(distance) for other, distance in near.items() if distance <= most}

    @functools.lru_cache(maxsize=4096)  # noqa: B019  # a language lives as long as the process
    def forms(self, word: str) -> Sequence[str]:
        """Return the words of phrases that have the stem of a word in another form: packed and pack."""
        endings = ("", *self.content["forms"])
        stems = {word.removesuffix(ending) for ending in endings if word.endswith(ending)}
        stems |= {stem[:-1] for stem in tuple(stems) if len(stem) > 2 and stem[-2:-1] == stem[-1:]}
        stems = {stem for stem in stems if len(stem) >= _SHORTEST_WITH_TYPO - 1}
        forms = {stem + ending for stem in stems for ending in (*endings, "e")}
        return [form for form in forms if form != word and form in self._literals]

    def is_talk(self, tokens: Sequence[Token]) -> bool:
        """Tell whether tokens are rather a part of a sentence than a name or words to search for."""
        words = [token.word for token in tokens if not token.quoted]
        if any(word in self._unnamed or word in self.asking for word in words):
            return True
        if len(words) > 1 and any(word.lstrip("#").isdecimal() and len(word) >= _ORDER_DIGITS for word in words):
            return True
        return (
            bool(tokens)
            and not tokens[0].quoted
            and (
                tokens[0].text in self._verbs or (tokens[0].word in self.small and tokens[0].word not in self.articles)
            )
        )

    def is_familiar(self, tokens: Sequence[Token]) -> bool:
        """Tell whether a sentence may be of this language at all, so that its words may be misspelt ones."""
        if self.name == "en":
            return True
        words = [token.word for token in tokens if token.word.isalpha()]
        return 2 * sum(self.knows(word) for word in words) >= len(words)

    def knows(self, word: str) -> bool:
        """Tell whether this is a word of the language, whatever its case."""
        return word in self.vocabulary or word in self.topics

    def names_nothing(self, tokens: Sequence[Token]) -> bool:
        """Tell whether tokens name no single thing: a small word or a verb before them, or a general one in them.

        What stands between quotes is a name, whatever it is.
        """
        words = [token.word for token in tokens if not token.quoted]
        if not tokens:
            return True
        if any(word in self.topics or word in self._unnamed for word in words):
            return True
        first = tokens[0].word
        if tokens[0].quoted or tokens[0].text in self._verbs:
            return not tokens[0].quoted
        return first in self.small and (first not in self.articles or len(tokens) == 1)

    @cached_property
    def _changing(self) -> tuple[frozenset[str], frozenset[str]]:
        """Verbs that are said of changes, and those of them that are said of nothing else."""
        said = {True: set[str](), False: set[str]()}
        for wording in self.wordings:
            said[wording.writes] |= set(words_in(wording.nodes))
        changing = self._verbs & said[True]
        return changing, changing - said[False]

    def changes(self, tokens: Sequence[Token]) -> bool:
        """Tell whether tokens may order a change, so that they are no question to be guessed."""
        changing, only = self._changing
        words = [token.word for token in tokens if not token.quoted]
        ends = {words[0], words[-1], *self.forms(words[0])} if words else set()
        return not changing.isdisjoint(ends) or any(not only.isdisjoint((word, *self.forms(word))) for word in words)

    @cached_property
    def small(self) -> frozenset[str]:
        moods = " ".join(phrase for phrases in self.content["moods"].values() for phrase in phrases)
        return self.soft | frozenset(moods.split()) | {said[0] for said, _ in self.references if len(said) == 1}


@functools.cache
def _files(root: Path) -> Mapping[str, Any]:
    return {path.stem: json.loads(path.read_bytes()) for path in sorted((root / "chat").glob("*.json"))}


def languages(catalog: Catalog, root: Path | None = None) -> Sequence[Language]:
    """Return the languages that the chat speaks, English first; those of the package itself are read once a process."""
    if root is None and catalog is packaged():
        return _packaged()
    return _read(catalog, default_root() if root is None else root)


@functools.cache
def _packaged() -> Sequence[Language]:
    return _read(packaged(), default_root())


def _read(catalog: Catalog, root: Path) -> Sequence[Language]:
    found = [Language(name, content, catalog) for name, content in _files(root).items()]
    return sorted(found, key=lambda language: (language.name != "en", language.name))
