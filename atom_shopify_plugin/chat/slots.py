"""Typed slots: what the values in a sentence look like, and what they are.

A value that needs the conversation or the store stays a note of it: ``{"ref": "it"}`` for what was spoken of last,
``{"ref": 2}`` for the second of a list, ``{"words": "blue mug"}`` for a thing that is to be searched for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from atom_shopify_plugin.catalog.spoken import Kind, clean
from atom_shopify_plugin.chat.language import Language
from atom_shopify_plugin.chat.periods import as_value
from atom_shopify_plugin.chat.templates import Found
from atom_shopify_plugin.chat.words import Token, written

__all__ = ["REFERABLE", "Slots", "amount_of", "is_code"]

REFERABLE: frozenset[Kind] = frozenset(("order", "draft", "return", "sku", "product", "customer", "discount"))
"""What can be spoken of as “it”, or as the second of a list."""

_ORDER = re.compile(r"#?(?:[a-z]{1,6}[-_]?)?\d{1,12}(?:[-_][a-z0-9]{1,8})?", re.IGNORECASE)
_DRAFT = re.compile(r"#?d\d{1,12}", re.IGNORECASE)
_RETURN = re.compile(r"#?[a-z]{0,6}-?\d{1,12}-r\d{1,6}", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}\.[^\s@<>,;.]{2,24}")
_GID = re.compile(r"gid://shopify/[A-Za-z]{1,60}/\d{1,20}")
_CODE = re.compile(r"(?=.*(?:\d|[-_/]|[A-Z]{2}))[A-Za-z0-9][A-Za-z0-9._/\"'-]{0,99}")
_TRACKING = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9-]{2,60}")
_DISCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,59}")
_WHOLE = re.compile(r"[+-]?\d{1,9}")
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_MONEY = re.compile(r"([€$£¥]?)(\d[\d.,]{0,15})([€$£¥]?)")
_PERCENT = re.compile(r"([+-]?\d{1,3}(?:[.,]\d{1,4})?)%")
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{1,4})?")
_LONGEST: Mapping[Kind, int] = {
    "text": 30, "query": 40, "name": 8, "code": 5, "location": 5, "product": 8, "collection": 5, "sku": 6,
    "customer": 4, "title": 12, "tag": 4,
}  # fmt: skip
_OF = re.compile(r"(?<=\w)['’]s$")  # the SKU of MUG-BLUE's
_MOST_TRACKING = 8
_FREE: frozenset[Kind] = frozenset(("text", "location", "code"))
_HUNDRED = 100


def amount_of(text: str) -> str | None:
    """Return an amount as plain digits: ``1,234.50`` and ``1.234,50`` → ``1234.50``; None for anything else."""
    dots, commas = text.rfind("."), text.rfind(",")
    last = max(dots, commas)
    whole, part = (text[:last], text[last + 1 :]) if last >= 0 else (text, "")
    if last >= 0 and len(part) == 3 and text.count(text[last]) >= 1 and -1 in (dots, commas):
        whole, part = text, ""  # 1,000: a mark between thousands
    digits = re.sub(r"[.,]", "", whole)
    if not digits.isdecimal() or (part and not part.isdecimal()):
        return None
    try:
        value = Decimal(f"{digits}.{part}" if part else digits)
    except InvalidOperation:
        return None
    return f"{value:f}"


def is_code(token: Token) -> bool:
    """Tell whether a word looks like a SKU: it has a digit, a hyphen, or several capitals."""
    return token.quoted or _CODE.fullmatch(token.text) is not None


def _is_number_or_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None and (_has_digits(text) or "-" in text or "_" in text)


def _has_digits(text: str) -> bool:
    return any(char.isdigit() for char in text)


class Slots:
    """Finds values in the tokens of one sentence."""

    def __init__(self, text: str, tokens: Sequence[Token], language: Language, today: date) -> None:
        self._text = text
        self._tokens = tokens
        self._language = language
        self._today = today
        self._known: dict[tuple[Kind, int], Sequence[Found]] = {}

    def find_words(self, kind: Kind, at: int) -> Sequence[Found]:
        """Return what a slot of a question may take at a token: free words only where they are no talk."""
        found = self.find(kind, at)
        if kind not in _FREE:
            return found
        tokens, read = self._tokens, self._language.periods.read
        dates = {end for end, _ in read(tokens, at, self._today)} if kind == "location" else ()
        talk = self._language.names_nothing if kind == "code" and not is_code(tokens[at]) else self._language.is_talk
        return [one for one in found if not talk(tokens[at : one.end]) and one.end not in dates]

    def find(self, kind: Kind, at: int) -> Sequence[Found]:
        """Return what a slot of this kind may take at a token."""
        found = self._known.get((kind, at))
        if found is None:
            found = self._known[kind, at] = list(self._find(kind, at))
        return found

    def whole(self, kind: Kind) -> Any:
        """Return the value that all the tokens are, None where they are none."""
        ends = len(self._tokens)
        best = max((one for one in self.find(kind, 0) if one.end == ends), key=lambda one: one.weight, default=None)
        return None if best is None else best.value

    def _find(self, kind: Kind, at: int) -> Iterator[Found]:
        if kind in REFERABLE:
            yield from self._references(kind, at)
        yield from _FINDERS[kind](self, kind, at)

    def _references(self, kind: Kind, at: int) -> Iterator[Found]:
        words = [token.word for token in self._tokens[at : at + 4] if not token.quoted]
        nouns = self._language.nouns.get(kind, frozenset())
        for said, ref in self._language.references:
            if tuple(words[: len(said)]) == said:
                end = at + len(said)
                if isinstance(ref, int) or ref == "last" or said != ("the",):
                    yield Found(end, {"ref": ref}, 3.0)
                if end < len(self._tokens) and self._tokens[end].word in nouns:
                    yield Found(end + 1, {"ref": ref}, 5.0)

    def _shaped(self, pattern: re.Pattern[str], weight: float, at: int) -> Iterator[Found]:
        token = self._tokens[at]
        if pattern.fullmatch(token.text) or _GID.fullmatch(token.text):
            yield Found(at + 1, token.text, weight)

    def _order(self, _kind: Kind, at: int) -> Iterator[Found]:
        token = self._tokens[at]
        if _ORDER.fullmatch(token.text) or _GID.fullmatch(token.text):
            yield Found(at + 1, token.text, 6.0 if token.text[0] in "#g" or token.text.isdecimal() else 2.5)
        elif (token.word == "#" or token.word in self._language.number_words) and at + 1 < len(self._tokens):
            following = self._tokens[at + 1].text
            if _ORDER.fullmatch(following):
                yield Found(at + 2, following if following.startswith("#") else f"#{following}", 7.0)

    def _draft(self, _kind: Kind, at: int) -> Iterator[Found]:
        yield from self._shaped(_DRAFT, 8.0, at)

    def _return(self, _kind: Kind, at: int) -> Iterator[Found]:
        yield from self._shaped(_RETURN, 9.0, at)

    def _email(self, _kind: Kind, at: int) -> Iterator[Found]:
        yield from self._shaped(_EMAIL, 8.0, at)

    def _customer(self, kind: Kind, at: int) -> Iterator[Found]:
        token = self._tokens[at]
        if _EMAIL.fullmatch(token.text) or _GID.fullmatch(token.text):
            yield Found(at + 1, token.text, 7.0)
        else:
            yield from self._words(kind, at)

    def _sku(self, kind: Kind, at: int) -> Iterator[Found]:
        token = self._tokens[at]
        if is_code(token) and (token.quoted or not (token.text.isalpha() and self._language.knows(token.word))):
            yield Found(at + 1, {"sku": clean(token.text if token.quoted else _OF.sub("", token.text), "code")}, 5.0)
        yield from self._words(kind, at)

    def _words(self, kind: Kind, at: int) -> Iterator[Found]:
        """Yield words that name a thing, which the store is searched for."""
        for end in range(at + 1, min(at + _LONGEST[kind], len(self._tokens)) + 1):
            some = self._tokens[at:end]
            if len(some) > 1 and any(token.quoted or _is_number_or_code(token.text) for token in some):
                return
            value = clean(written(self._text, some), "text")
            if value and not self._language.names_nothing(some) and not (kind == "customer" and _has_digits(value)):
                yield Found(end, {"words": value}, 1.0 - 0.3 * (end - at))

    def _text_of(self, kind: Kind, at: int) -> Iterator[Found]:
        for end in range(at + 1, min(at + _LONGEST[kind], len(self._tokens)) + 1):
            some = self._tokens[at:end]
            if kind != "query" and len(some) > 1 and any(token.quoted for token in some):
                return
            value = clean(written(self._text, some), kind)
            if value:
                yield Found(end, value, 0.5 - 0.3 * (end - at))

    def names_several(self) -> bool:
        """Tell whether a number or a code stands among other words, so that all of them are no name of one thing."""
        return len(self._tokens) > 1 and any(_is_number_or_code(token.text) for token in self._tokens)

    def _currency(self, at: int) -> str | None:
        """Return the currency that the token is a sign or a word of."""
        if at >= len(self._tokens) or self._tokens[at].quoted:
            return None
        token = self._tokens[at]
        return _SIGNS.get(token.text) or self._language.currencies.get(token.word)

    def _money(self, _kind: Kind, at: int) -> Iterator[Found]:
        tokens = self._tokens
        before = self._currency(at)
        if before is not None:
            at += 1
        if at >= len(tokens):
            return
        match = _MONEY.fullmatch(tokens[at].text)
        if match is not None:
            end, amount, sign = at + 1, amount_of(match[2]), match[1] or match[3]
        else:
            end, number = self._number_in_words(at)
            amount, sign = None if number is None else str(number), ""
        if amount is None:
            return
        behind = self._currency(end)
        end += behind is not None
        if self._is_percent(end):
            return
        currency = before or behind or _SIGNS.get(sign)
        if match is not None or currency is not None:
            yield Found(end, {"amount": amount, "currency": currency}, 5.0 if currency else 2.0)

    def _is_percent(self, at: int) -> bool:
        token = self._tokens[at] if at < len(self._tokens) else None
        return token is not None and (token.text == "%" or token.word in self._language.percent_words)

    def _number_in_words(self, at: int) -> tuple[int, int | None]:
        """Return where a number in words ends and what it is, such as twenty five; None where there is none."""
        total, end, numbers = None, at, self._language.numbers
        while end < len(self._tokens) and not self._tokens[end].quoted:
            parts = [numbers.get(part) for part in self._tokens[end].word.split("-")]
            if any(part is None for part in parts):
                break
            for part in filter(None, parts):
                if total is None:
                    total = part
                elif part >= _HUNDRED > total:
                    total *= part
                elif total % (10 if part < 10 else _HUNDRED) == 0 and part < total:
                    total += part
                else:
                    return end, total
            end += 1
        return end, total

    def _percent(self, _kind: Kind, at: int) -> Iterator[Found]:
        tokens = self._tokens
        if match := _PERCENT.fullmatch(tokens[at].text):
            yield Found(at + 1, match[1].replace(",", ".").lstrip("+"), 6.0)
        elif _NUMBER.fullmatch(tokens[at].text) and self._is_percent(at + 1):
            yield Found(at + 2, tokens[at].text.replace(",", ".").lstrip("+"), 6.0)
        else:
            end, number = self._number_in_words(at)
            if number is not None and self._is_percent(end):
                yield Found(end + 1, str(number), 6.0)

    def _quantity(self, _kind: Kind, at: int) -> Iterator[Found]:
        token = self._tokens[at]
        times = re.fullmatch(r"(\d{1,6})[x×]|[x×](\d{1,6})", token.word)
        if _WHOLE.fullmatch(token.text):
            yield Found(at + 1, int(token.text), 3.0)
            if any(times.word in ("x", "×") for times in self._tokens[at + 1 : at + 2]):
                yield Found(at + 2, int(token.text), 3.5)
        elif times:
            yield Found(at + 1, int(times[1] or times[2]), 3.0)
        else:
            end, number = self._number_in_words(at)
            if number is not None:
                yield Found(end, number, 3.0)

    def _period(self, _kind: Kind, at: int) -> Iterator[Found]:
        if not self._tokens[at].quoted:
            for end, period in self._language.periods.read(self._tokens, at, self._today):
                yield Found(end, as_value(period), 4.0 + end - at)

    def _tracking(self, _kind: Kind, at: int) -> Iterator[Found]:
        joined = ""
        for end in range(at + 1, min(at + _MOST_TRACKING, len(self._tokens)) + 1):
            joined += self._tokens[end - 1].text
            parts = self._tokens[at:end]
            if len(parts) > 1 and not all(re.fullmatch(r"[A-Z0-9-]{1,40}", part.text) for part in parts):
                return
            if _TRACKING.fullmatch(joined):
                yield Found(end, joined, 3.0)

    def _discount(self, _kind: Kind, at: int) -> Iterator[Found]:
        token = self._tokens[at]
        if _DISCOUNT.fullmatch(token.text) and (
            token.quoted or token.text.isupper() or token.word not in self._language.vocabulary
        ):
            yield Found(at + 1, token.text, 3.0 if is_code(token) else 1.0)


_FINDERS: Mapping[Kind, Callable[[Slots, Kind, int], Iterator[Found]]] = {
    "name": Slots._text_of,
    "query": Slots._text_of, "code": Slots._text_of, "text": Slots._text_of, "title": Slots._text_of,
    "location": Slots._text_of, "tag": Slots._text_of, "order": Slots._order, "draft": Slots._draft,
    "return": Slots._return, "sku": Slots._sku, "product": Slots._words, "collection": Slots._words,
    "customer": Slots._customer, "email": Slots._email, "money": Slots._money,
    "percent": Slots._percent, "quantity": Slots._quantity, "period": Slots._period,
    "tracking": Slots._tracking, "discount": Slots._discount,
}  # fmt: skip
