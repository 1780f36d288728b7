"""A typed builder for the ``query:`` argument, so that a value can never leave its term.

Shopify's search syntax (shopify.dev, "API search syntax"): ``field:value`` terms joined by AND and OR, where **OR binds
tighter than AND**. Every text value is quoted and escaped here, and every mix of connectives is parenthesised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from atom_shopify_plugin.errors import Fault, InvalidInput

__all__ = ["COMPARATORS", "Comparator", "Search", "Term", "quote"]

Comparator = Literal[":", ":>=", ":>", ":<=", ":<"]
COMPARATORS: tuple[Comparator, ...] = (":", ":>=", ":>", ":<=", ":<")

# Two dots part the namespace and key of a metafield filter: metafields.custom.colour.
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,63}(\.[A-Za-z0-9_-]{1,64}){0,2}")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPECIAL = re.compile(r"[\\\"']")
_EVERYTHING = re.compile(r"\s*\*[*\s]*")
_LONGEST = 1024


def quote(text: str) -> str:
    """Return `text` as one quoted value.

    Raise `InvalidInput` for control characters, for over 1,024 characters, and for asterisks alone: `*` asks for
    whatever has any value (shopify.dev, "API search syntax"), and that quotes make it literal is not documented.
    """
    if len(text) > _LONGEST:
        raise _refusal(f"A search value may have at most {_LONGEST} characters.")
    if _FORBIDDEN.search(text):
        raise _refusal("A search value can't hold control characters.")
    if _EVERYTHING.fullmatch(text):
        raise _refusal("A search for * alone finds everything; leave this filter out, or search for a word.")
    return '"' + _SPECIAL.sub(r"\\\g<0>", text) + '"'


def _value(value: str | int | float | bool | datetime | date) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return quote(repr(value))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise _refusal("A time needs its offset, such as 2026-01-31T12:00:00Z.")
        return quote(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    if isinstance(value, date):
        return quote(value.isoformat())
    if isinstance(value, str):
        return quote(value)
    raise _refusal("A search value is a text, a number, a truth value or a time.")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `field` None searches the resource's default fields for every word of `value`.

    `str()` gives the syntax; a search for no words at all is the empty text.
    """

    field: str | None
    comparator: Comparator
    value: str | int | float | bool | datetime | date

    def __post_init__(self) -> None:
        if self.comparator not in COMPARATORS:
            raise ValueError(f"{self.comparator!r} is not a comparator of the search syntax.")
        if self.field is not None and not _FIELD.fullmatch(self.field):
            raise ValueError(f"{self.field!r} is not a search field.")

    def __str__(self) -> str:
        if self.field is not None:
            return f"{self.field}{self.comparator}{_value(self.value)}"
        words = [quote(word) for word in str(self.value).split()]
        return words[0] if len(words) == 1 else f"({' AND '.join(words)})" if words else ""


@dataclass(frozen=True, slots=True)
class Search:
    """A search in the making; `str()` gives the text for ``query:``, empty where nothing narrows it."""

    text: str = ""
    mixed: bool = False

    @classmethod
    def all_of(cls, parts: Iterable[Term | Search]) -> Search:
        """Ask that every part holds."""
        return cls._join(" AND ", parts)

    @classmethod
    def any_of(cls, parts: Iterable[Term | Search]) -> Search:
        """Ask that at least one part holds; an empty part makes the whole hold always."""
        listed = list(parts)
        if not listed:
            raise ValueError("any_of needs at least one part: none of nothing never holds.")
        return cls._join(" OR ", listed) if all(str(part) for part in listed) else cls()

    @classmethod
    def not_(cls, part: Term | Search) -> Search:
        """Turn a part round; raise `InvalidInput` for an empty one, whose opposite can't be asked for."""
        text = str(part)
        if not text:
            raise _refusal("There is nothing to leave out: the search is empty.")
        return cls(f"NOT ({text})", mixed=True)

    @classmethod
    def _join(cls, connective: str, parts: Iterable[Term | Search]) -> Search:
        texts = [f"({part})" if isinstance(part, Search) and part.mixed else str(part) for part in parts]
        texts = [text for text in texts if text]
        return cls(connective.join(texts), mixed=len(texts) > 1 or bool(texts and texts[0].startswith("NOT ")))

    def __str__(self) -> str:
        return self.text


def _refusal(message: str) -> InvalidInput:
    return InvalidInput(message, [Fault("", message, "search")])
