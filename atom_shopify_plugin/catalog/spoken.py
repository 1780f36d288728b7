"""Values as people write them in a sentence: with quotes round them and punctuation behind them.

What of that belongs to the value depends on its kind:

``name``
    An id, the name of an order, a handle, a store: quotes and punctuation at its ends never belong to it.
``code``
    A SKU or barcode: it may end with a quote, such as an inch mark, and what stands between quotes is taken as it is.
``text``
    Free text to search for: quotes round all of it and punctuation at its end go.
``query``
    Text that begins with ``FROM`` or ``SHOW``, as a query in ShopifyQL does; nothing else is one.

The other kinds are what merchants speak of, such as an ``order`` or ``money``. What stands round their values goes as
for the kind that `BASE` names; what they look like is known to the chat.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Literal, get_args

__all__ = ["BASE", "KINDS", "PUNCTUATION", "Kind", "clean", "same_name"]

Kind = Literal[
    "name", "code", "text", "query",
    "order", "draft", "return", "sku", "product", "customer", "email", "money", "percent", "quantity", "period",
    "tracking", "location", "discount", "tag", "title", "collection",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
BASE: Mapping[Kind, Kind] = {
    "order": "name",
    "draft": "name",
    "return": "name",
    "sku": "code",
    "product": "text",
    "customer": "text",
    "email": "name",
    "money": "text",
    "percent": "text",
    "quantity": "name",
    "period": "text",
    "tracking": "code",
    "location": "name",
    "discount": "name",
    "tag": "text",
    "title": "text",
    "collection": "text",
}
"""How the values of the other kinds are cleaned."""
PUNCTUATION = ".,;:!?…。，、；：！？،؛؟"
"""What may end a sentence, or a part of it."""

_DOUBLE = '"“”„‟«»＂'
_SINGLE = "'‘’‚‛‹›`´"
_STRAIGHT = {**dict.fromkeys(map(ord, "“”„‟＂"), '"'), **dict.fromkeys(map(ord, "‘’‚‛"), "'")}
_BRACKETS = {"(": ")", "[": "]", "<": ">", "{": "}"}


def clean(text: str, kind: Kind) -> str:
    """Return the value that a person means by `text`; empty where nothing is left of it."""
    match BASE.get(kind, kind):
        case "name":
            return _name(text)
        case "code":
            # A SKU has no typographic quotes; phones put them where a person types the straight ones.
            return _trimmed(_visible(text), inside=False).translate(_STRAIGHT)
        case "query":
            found = _trimmed(text, inside=True)
            return found if found.partition(" ")[0].upper() in ("FROM", "SHOW") else ""
        case _:
            return _trimmed(text, inside=True)


def same_name(one: str, other: str) -> bool:
    """Tell whether two texts name the same: case, spaces, and what stands round them make no difference."""
    return _name(one).casefold() == _name(other).casefold() != ""


def _name(text: str) -> str:
    left = " ".join(unicodedata.normalize("NFKC", _visible(text)).split())
    while left:
        before = left
        left = left.strip(_DOUBLE + _SINGLE + " ").rstrip(PUNCTUATION + " ")
        if left and _BRACKETS.get(left[0]) == left[-1]:
            left = left[1:-1]
        if left == before:
            break
    return left


def _trimmed(text: str, *, inside: bool) -> str:
    """Return `text` without punctuation behind it and quotes round it; `inside` is whether to trim between them."""
    left = text.strip()
    while left:
        quoted = _between(left, several=inside)
        if quoted is not None:
            return _trimmed(quoted, inside=True) if inside else quoted.strip()
        shorter = left.rstrip(PUNCTUATION + " ")
        if shorter == left:
            break
        left = shorter
    # A quote that is never closed opens nothing.
    for quotes in (_DOUBLE, _SINGLE):
        if left and left[0] in quotes and not any(quote in left[1:] for quote in quotes):
            return left[1:].lstrip()
    return left


def _between(text: str, *, several: bool) -> str | None:
    """Return what stands between the quotes round all of `text`, None where there are none.

    Where there may be `several` quotations, an even number of quotes in between means so: ``"blue" or "red"``.
    """
    for quotes in (_DOUBLE, _SINGLE):
        if len(text) > 1 and text[0] in quotes and text[-1] in quotes:
            between = text[1:-1]
            inner = sum(between.count(quote) for quote in quotes)
            return between if not several or inner == 0 or inner % 2 else None
    return None


def _visible(text: str) -> str:
    """Return `text` without characters that can't be seen, such as marks of direction that a copy brings along."""
    return "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cc") or char in "\t\n")
