"""What merchants say, phrase by phrase, and what it means: `phrases.tsv`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.chat.language import languages
from atom_shopify_plugin.chat.understand import Understanding, Understood

TODAY = date(2026, 11, 30)
STORES = [("demo.myshopify.com", "Demo"), ("outlet.myshopify.com", "Outlet")]
LINES = [
    line.split("\t")
    for path in sorted(Path(__file__).parent.glob("phrases*.tsv"))
    for line in path.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
OWN = ("undo", "default_store")
"""Changes of the conversation itself, which want no yes."""


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(packaged())


@pytest.mark.parametrize(("text", "wanted"), [(line[0], line[1:]) for line in LINES], ids=[line[0] for line in LINES])
def test_a_phrase_means(understanding: Understanding, text: str, wanted: list[str]) -> None:
    seen = told(understanding.read(text, TODAY, STORES))
    if wanted[0][0] in "~?-":
        assert seen[0] == wanted[0]
    else:
        assert seen[0] == wanted[0]
        assert set(wanted[1:]) <= set(seen)


def test_the_book_is_long_and_says_a_lot_that_changes_nothing() -> None:
    nothing = [line for line in LINES if line[1][0] in "~?-"]
    assert len(LINES) >= 300
    assert len(nothing) >= 60
    assert len({line[0] for line in LINES}) == len(LINES), "a phrase stands there twice"
    german = (Path(__file__).parent / "phrases_de.tsv").read_text(encoding="utf-8").splitlines()
    assert len([line for line in german if line and not line.startswith("#")]) >= 150


def test_every_command_with_wordings_of_its_own_is_in_the_book() -> None:
    said = {line[1].lstrip("!") for line in LINES}
    (english, *_) = languages(packaged())
    assert set(english.content["commands"]) - said == set()


def told(understood: Understood) -> list[str]:
    """Return what was understood as the book writes it."""
    meaning = understood.meaning
    if meaning is None:
        return ["-"]
    if understood.mood is not None:
        return [f"~{understood.mood}"]
    if meaning.missing is not None:
        return [f"?{meaning.missing}"]
    command = meaning.command
    mark = "!" if meaning.writes and command.key not in OWN else ""
    values = [f"{name}={brief(value)}" for name, value in meaning.slots.items()]
    given = [f"+{name}={value}" for name, value in meaning.given.items()]
    return [f"{mark}{command.key}", *values, *given, *([f"@{meaning.shop}"] if meaning.shop else [])]


def brief(value: Any) -> str:
    """Return a value of a slot in short."""
    if not isinstance(value, Mapping):
        return str(value)
    if "amount" in value:
        return f"{value['amount']} {value['currency'] or ''}".strip()
    if "since" in value:
        return str(value.get("name") or f"{value['since']}..{value['until']}")
    ((kind, what),) = value.items()
    return f"{kind}:{what}"
