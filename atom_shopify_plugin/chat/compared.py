"""Two periods in one sentence: october compared to september."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from atom_shopify_plugin.analytics.periods import period_of
from atom_shopify_plugin.chat.periods import as_value
from atom_shopify_plugin.chat.sentence import Sentence
from atom_shopify_plugin.chat.slots import Slots
from atom_shopify_plugin.chat.words import Token

__all__ = ["now_of_compared", "without_compared"]

_NOW = {"last_week": "this_week", "last_month": "this_month", "last_year": "this_year", "yesterday": "today"}


def now_of_compared(
    sentence: Sentence, tokens: Sequence[Token], at: int, period: Mapping[str, Any], today: date
) -> Mapping[str, Any]:
    """Return the period that is compared with the one at a token, where only that is said: more than last week."""
    words = " ".join(token.word for token in tokens[:at] if token.word not in sentence.language.articles)
    now = _NOW.get(str(period.get("name")))
    said = sentence.language.content["periods"]["compare_only"]
    if now is None or not any(words == one or words.endswith(f" {one}") for one in said):
        return period
    slots = Slots(sentence.text, tokens, sentence.language, today)
    if any(slots.find("period", place) for place in range(at)):
        return period
    return as_value(period_of({"period": now}, today))


def without_compared(
    sentence: Sentence, left: Sequence[Token], period: Mapping[str, Any], today: date
) -> Sequence[Token]:
    """Return what is `left` beside a period, without the period that it is compared with.

    Figures are compared with the period before in any case: only that one may be left out.
    """
    slots = Slots(sentence.text, left, sentence.language, today)
    begins = date.fromisoformat(period["since"])
    for said in sentence.language.content["periods"]["compare"]:
        words = said.split()
        for at in range(len(left) - len(words)):
            begin = at + len(words)
            if [token.word for token in left[at:begin]] != words:
                continue
            for found in slots.find("period", begin):
                if date.fromisoformat(found.value["until"]) + timedelta(1) == begins:
                    return (*left[:at], *left[found.end :])
    return left
