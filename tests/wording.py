"""What a message for people must not look like: words of libraries, of Python, and of our own inside."""

from __future__ import annotations

import re
from collections.abc import Iterator

BANNED = (
    "forms that are allowed here",
    "at least 1 field",
    "breaks the rule",
    "brought up to date at the end",
    "of another form",
    # jsonschema's own
    "is not valid under any of the given schemas",
    "does not match",
    "is not of type",
    "Additional properties",
    "is a required property",
    "was expected",
    "non-empty",
    "' is too short",
    "' is too long",
    "is a dependency of",
    "should not be valid under",
    "is not one of",
    # Python's and Werkzeug's
    "Traceback",
    "NoneType",
    "object has no attribute",
    "The requested URL",
    "Did not attempt to load JSON",
    "The browser (or proxy)",
    # riddles
    "stands alone",
    "has nothing of",
    "Something went wrong",
)
_PATTERNS = {
    "a Python value": re.compile(r"\{'|\['|\bTrue\b|\bFalse\b|\bNone\b(?! of )|<class|\bb'|\\x[0-9a-f]{2}"),
    "a regular expression": re.compile(r"\^\[|\[a-z|\[0-9|\\[dws]\b|\(\?:"),
    "an article for a consonant": re.compile(r"\ban (?!\w*-)(?![aeiouAEIO]|h(?:our|onest|ttp)|[FHLMNRSX][A-Z])\w+"),
    "an article for a vowel": re.compile(r"\ba (?![oO]ne|[uU]ni|[uU]se|[uU]RL|[eE]uro)[aeiouAEIOU]\w+"),
    "two points": re.compile(r"(?<!\.)\.\.(?!\.)"),
    "two spaces": re.compile(r"  "),
    "a type of JSON Schema": re.compile(r"of type (?:integer|string|array|object|boolean|number)"),
    "a large number without commas": re.compile(r"(?:most|least|than) [0-9]{5,}"),
    "a pointer": re.compile(r"(?:^|\s)/[a-z_]+(?:/[a-z0-9_]+)*:"),
}


def complaints(message: str) -> Iterator[str]:
    """Yield what is wrong with a message."""
    if not message or not message[0].isprintable() or message != message.strip():
        yield "it is empty or has blanks at its ends"
    if message[-1:] not in ".?!)…" and not re.search(r"https?://\S+$", message):
        yield "it does not end as a sentence"
    yield from (f"it says “{words}”" for words in BANNED if words.lower() in message.lower())
    yield from (f"it holds {name}: {found[0]}" for name, rule in _PATTERNS.items() if (found := rule.search(message)))
