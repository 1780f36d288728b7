"""What is said after an answer: more, the second one, in outlet, and yesterday?, or just the name of a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.catalog.model import Catalog
from atom_shopify_plugin.catalog.spoken import Kind
from atom_shopify_plugin.chat.language import Language
from atom_shopify_plugin.chat.periods import as_value
from atom_shopify_plugin.chat.sentence import Sentence, is_said
from atom_shopify_plugin.chat.slots import Slots, is_code
from atom_shopify_plugin.chat.state import Item, State
from atom_shopify_plugin.chat.understand import Meaning

__all__ = ["bare", "elsewhere", "listed", "of_it", "one_of", "place_in_list", "said_again", "says", "spoken_of"]

_LISTED: Mapping[str, tuple[Kind, str, str]] = {
    "order_search": ("order", "name", "name"),
    "product_search": ("product", "id", "title"),
    "variant_search": ("sku", "sku", "sku"),
    "customer_search": ("customer", "id", "display_name"),
    "draft_search": ("draft", "name", "name"),
    "discount_search": ("discount", "code", "code"),
    "fulfillment_order_search": ("order", "order_name", "order_name"),
}
"""What the items of a list are, and the members that name one and say how it is called."""
_ABOUT: Mapping[str, tuple[Kind, str]] = {
    "order_get": ("order", "name"),
    "fulfillment_list": ("order", "name"),
    "inventory_level_get": ("sku", "sku"),
    "discount_get": ("discount", "code"),
    "draft_create": ("draft", "name"),
    "product_create": ("product", "id"),
}
"""What an answer is about, where it is about one thing."""
_SHOWN: Mapping[Kind, tuple[str, str]] = {
    "order": ("order", "name"),
    "sku": ("stock", "sku"),
    "discount": ("discount", "code"),
    "customer": ("customer", "query"),
    "product": ("product", "query"),
}
"""The command and the slot that show a thing of a kind."""
_ORDER_DIGITS = 4
"""A number of so many digits that says nothing else is the name of an order."""
_BARE: Sequence[tuple[Kind, str, str]] = (("email", "customer", "query"), ("order", "order", "name"))


def says(text: str, which: str, languages: Sequence[Language]) -> Language | None:
    """Return the language in which all of `text` is one of its words for `which`, such as ``yes`` or ``more``."""
    for language in languages:
        sentence = Sentence(text, language)
        words = " ".join(token.word for token in sentence.all if not token.quoted)
        bare = " ".join(token.word for token in sentence.tokens if not token.quoted)
        quoted = any(token.quoted for token in sentence.all)
        if not quoted and sentence.all and (words in language.content[which] or bare in language.content[which]):
            return language
    return None


def listed(action: str, data: Any) -> list[Item]:
    """Return the things that an answer lists."""
    if action not in _LISTED or not isinstance(data, Mapping):
        return []
    kind, value, label = _LISTED[action]
    items = []
    for one in data.get("items", ()):
        name = one.get(value)
        if name:
            items.append(Item(kind, {"sku": name} if kind == "sku" else name, str(one.get(label) or name)))
    return items


def spoken_of(action: str, data: Any, items: Sequence[Item]) -> dict[str, Any]:
    """Return the one thing that an answer is about, by its kind."""
    if len(items) == 1:
        return {items[0].kind: items[0].value}
    if action in _ABOUT and isinstance(data, Mapping) and data.get(_ABOUT[action][1]):
        kind, member = _ABOUT[action]
        value = data[member]
        return {kind: {"sku": value} if kind == "sku" else value}
    return {}


def place_in_list(text: str, language: Language) -> int | None:
    """Return the place in a list that all of `text` names: ``2``, ``the second one``, ``-1`` for the last."""
    sentence = Sentence(text, language)
    words = tuple(token.word for token in sentence.tokens)
    if len(words) == 1 and words[0].lstrip("#").isdecimal() and len(words[0]) < 3:
        return int(words[0].lstrip("#"))
    soft = language.soft
    for said, ref in language.references:
        if isinstance(ref, int) and tuple(word for word in words if word in said or word not in soft) == said:
            return ref
    return None


def one_of(item: Item, catalog: Catalog, language: Language) -> Meaning | None:
    """Return the question that shows a thing of a list."""
    key, slot = _SHOWN.get(item.kind, ("", ""))
    if key not in catalog.commands:
        return None
    value = item.label if item.kind in ("customer", "product") else item.value
    return Meaning(catalog.commands[key], {slot: value}, language)


def elsewhere(
    text: str, state: State, catalog: Catalog, language: Language, stores: Sequence[tuple[str, str]]
) -> Meaning | None:
    """Return the last question with other stores, where `text` names just these."""
    meaning = _last(state, catalog, language)
    if meaning is None:
        return None
    again = language.content["conversation"]["again"]
    for scope in Sentence(text, language).scopes(stores):
        left = " ".join(token.word for token in scope.tokens)
        if not left or left in again:
            return replace(meaning, shop=scope.shop)
    return None


def said_again(text: str, state: State, catalog: Catalog, language: Language, today: date) -> Meaning | None:
    """Return the last question with another period, where `text` names just that."""
    meaning = _last(state, catalog, language)
    if meaning is None:
        return None
    sentence = Sentence(text, language)
    again = language.content["conversation"]["again"]
    for begin in [phrase for phrase in again if is_said(phrase, sentence.tokens[: len(phrase.split())], language)]:
        rest = sentence.tokens[len(begin.split()) :]
        found = _period(sentence, rest, meaning, language, today)
        if found is not None:
            return found
    return _period(sentence, sentence.tokens, meaning, language, today)


def _period(sentence: Sentence, tokens: Any, meaning: Meaning, language: Language, today: date) -> Meaning | None:
    if not tokens or "period" not in meaning.command.slots:
        return None
    value = Slots(sentence.text, tokens, language, today).whole("period")
    last = meaning.slots.get("period")
    if isinstance(last, Mapping):
        words = [token.word for token in tokens if token.word not in language.articles]
        since, until = date.fromisoformat(last["since"]), date.fromisoformat(last["until"])
        before = language.periods.before(words, Period(since, until))
        value = value if before is None else as_value(before)
    return None if value is None else replace(meaning, slots={**meaning.slots, "period": value})


def of_it(text: str, language: Language) -> str | None:
    """Return what is asked about the thing that was spoken of: its payments, the customer → payments of it."""
    words = [token.word for token in Sentence(text, language).tokens]
    talk = language.content["conversation"]
    for begin in sorted((*talk["again"], *talk["asks_of_it"], ""), key=len, reverse=True):
        said = begin.split()
        rest = words[len(said) :]
        if words[: len(said)] == said and len(rest) > 1 and rest[0] in talk["its"]:
            return str(talk["of_it"]).format(what=" ".join(rest[1:]))
    return None


def _last(state: State, catalog: Catalog, language: Language) -> Meaning | None:
    last = state.last
    if last is None or last["command"] not in catalog.commands:
        return None
    return Meaning(catalog.commands[last["command"]], last["slots"], language, given=last["given"], shop=last["shop"])


def bare(text: str, catalog: Catalog, language: Language, today: date) -> Meaning | None:
    """Return the question that a thing's name alone asks: an e-mail address, or an order's name with its mark."""
    sentence = Sentence(text, language)
    if len(sentence.tokens) != 1:
        return None
    token = sentence.tokens[0].text
    capitals = token.isupper() and not token.isalpha() and not token.startswith("#")
    if capitals and is_code(sentence.tokens[0]) and "stock" in catalog.commands:
        return Meaning(catalog.commands["stock"], {"sku": {"sku": token}}, language)
    for kind, key, slot in _BARE:
        value = Slots(sentence.text, sentence.tokens, language, today).whole(kind)
        marked = kind == "email" or token.startswith("#") or (token.isdecimal() and len(token) >= _ORDER_DIGITS)
        if value is not None and not isinstance(value, dict) and marked and key in catalog.commands:
            return Meaning(catalog.commands[key], {slot: value}, language)
    return None
