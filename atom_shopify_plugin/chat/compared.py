"""Two periods in one sentence: october compared to september."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from atom_shopify_plugin.chat.sentence import Sentence
from atom_shopify_plugin.chat.slots import Slots
from atom_shopify_plugin.chat.words import Token

__all__ = ["without_compared"]


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
