"""The languages of the chat: each file is whole, and each of its wordings can be said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import atom_shopify_plugin.chat as room
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.chat.language import languages
from atom_shopify_plugin.chat.templates import Choice, Nodes, Slot, WordingError, needed, parse

CATALOG = packaged()
LANGUAGES = {language.name: language for language in languages(CATALOG)}


def slots_in(nodes: Nodes) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, Slot):
            found.add(node.name)
        elif isinstance(node, Choice):
            found |= {name for option in node.options for name in slots_in(option)}
    return found


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_wording_is_about_a_command_and_its_slots(name: str) -> None:
    language = LANGUAGES[name]
    assert set(language.content["commands"]) <= set(CATALOG.commands)
    for wording in language.wordings:
        assert any(needed(wording.nodes)), f"{wording.said}: a value alone says nothing"
        assert slots_in(wording.nodes) | wording.needs | wording.lacks <= set(wording.command.slots), wording.said
        action = wording.command.action
        known = {"sign"} if action is None else {"sign", *CATALOG.action(action).properties, *wording.command.slots}
        assert set(wording.given) <= known, wording.said


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_says_everything_that_the_chat_says(name: str) -> None:
    source = "".join(path.read_text("utf-8") for path in Path(room.__file__).parent.glob("*.py"))
    said = set(re.findall(r"texts\[\"([a-z.]+)\"\]", source)) | set(re.findall(r'"(confirm[a-z.]*)" if', source))
    kinds = {kind for command in CATALOG.commands.values() for kind in command.slots.values()}
    needed = said | {f"which.{kind}" for kind in kinds} | {"confirm", "negation", "condition", "report", "question"}
    texts = LANGUAGES[name].texts
    assert needed - set(texts) == set()
    english = LANGUAGES["en"].texts
    places = {key: set(re.findall(r"\{[a-z]+\}", text)) for key, text in texts.items()}
    assert {key: found for key, found in places.items() if found != set(re.findall(r"\{[a-z]+\}", english[key]))} == {}


def test_a_text_that_nothing_says_is_not_kept() -> None:
    assert {name: set(language.texts) - set(LANGUAGES["en"].texts) for name, language in LANGUAGES.items()} == {
        name: set() for name in LANGUAGES
    }


@pytest.mark.parametrize("text", ["(a", "[a", "a)", "a|b", "<nothing>", "(a|b]", "{Big}", "<loop>"])
def test_a_wording_that_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(WordingError):
        parse(text, {"loop": "a <loop>"})


def test_no_known_word_is_taken_for_a_misspelt_one() -> None:
    for word in ("sold", "gold", "refunds", "cancelled", "closed", "released", "tracks", "public", "host"):
        assert all(cost < 1 for cost in LANGUAGES["en"].means(word).values()), word
