"""What must never be taken for an order to change something, however it is put together."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Command
from atom_shopify_plugin.chat.understand import Understanding, Understood

TODAY = date(2026, 11, 30)
CATALOG = packaged()
CHANGES = [
    (command.key, example)
    for command in CATALOG.commands.values()
    if command.action is not None and CATALOG.action(command.action).effect != "read"
    for example in command.examples
]
FREE = frozenset(("text", "title", "tag", "name", "location", "product", "sku", "customer"))
STRICT = [example for key, example in CHANGES if not FREE & set(CATALOG.commands[key].slots.values())]
BEFORE = [
    "don't", "do not", "never", "please don't", "can I", "should I", "could we", "what if I", "how do I", "why did you",
    "did you", "the customer said", "he told me to", "maybe", "if it rains", "I might", "we should", "I was going to",
    "when it is paid", "imagine you", "unless it is paid", "kann ich", "soll ich", "falls es geht",
]  # fmt: skip
BEHIND = [
    "if it is unpaid", "unless it is paid", "when it arrives", "until Friday", "tomorrow", "later", "maybe", "or not",
    "once it is paid", "after lunch", "before noon", "in case of fraud", "eventually", "nicht", "falls unbezahlt",
]  # fmt: skip


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding(CATALOG)


def is_an_order(understood: Understood) -> bool:
    """Tell whether a sentence would be shown as a change that a yes carries out."""
    meaning = understood.meaning
    return meaning is not None and meaning.writes and understood.mood is None and meaning.missing is None


def test_the_examples_themselves_are_orders(understanding: Understanding) -> None:
    for key, example in CHANGES:
        understood = understanding.read(example, TODAY)
        assert is_an_order(understood), example
        assert isinstance(understood.meaning.command, Command)  # type: ignore[union-attr]
        assert understood.meaning.command.key == key  # type: ignore[union-attr]
        assert is_an_order(understanding.read(f"Hey, could you please {example}, thanks!", TODAY)), example


@given(st.sampled_from(BEFORE), st.sampled_from(CHANGES))
def test_what_stands_before_an_order_can_take_it_back(
    understanding: Understanding, before: str, change: tuple[str, str]
) -> None:
    for end in ("", "?", "."):
        assert not is_an_order(understanding.read(f"{before} {change[1]}{end}", TODAY)), (before, change)


@given(st.sampled_from(CHANGES), st.sampled_from(BEHIND))
def test_what_stands_behind_an_order_can_take_it_back(
    understanding: Understanding, change: tuple[str, str], behind: str
) -> None:
    for joint in (" ", ", "):
        assert not is_an_order(understanding.read(f"{change[1]}{joint}{behind}", TODAY)), (change, behind)


@given(st.sampled_from(CHANGES), st.sampled_from(['"{}"', "“{}”", "„{}“", "'{}'", "he wrote: {}", "{}?"]))
def test_words_between_quotes_and_questions_are_no_orders(
    understanding: Understanding, change: tuple[str, str], form: str
) -> None:
    assert not is_an_order(understanding.read(form.format(change[1]), TODAY)), change


@given(st.sampled_from(STRICT), st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=9), st.integers(0, 6))
def test_a_word_that_nobody_knows_is_a_doubt(understanding: Understanding, example: str, word: str, place: int) -> None:
    words = example.split()
    words.insert(min(place, len(words)), f"q{word}q")
    assert not is_an_order(understanding.read(" ".join(words), TODAY)), words


@given(st.sampled_from(CHANGES), st.sampled_from(CHANGES))
def test_two_orders_in_one_sentence_are_none(
    understanding: Understanding, first: tuple[str, str], second: tuple[str, str]
) -> None:
    for joint in (" and ", ". ", " then "):
        understood = understanding.read(f"{first[1]}{joint}{second[1]}", TODAY)
        if is_an_order(understood):
            # A free text may hold anything; what is shown then is the whole of it.
            assert FREE & set(understood.meaning.command.slots.values()), (first, second)  # type: ignore[union-attr]


@given(st.integers(1, 10**9), st.sampled_from(["cancel order {}", "refund #{}", "hold {}", "close order no. {}"]))
def test_a_value_is_taken_as_it_is_written(understanding: Understanding, number: int, form: str) -> None:
    understood = understanding.read(form.format(number), TODAY)
    assert is_an_order(understood)
    (value,) = understood.meaning.slots.values()  # type: ignore[union-attr]
    assert value.lstrip("#") == str(number)
