"""Page tokens can't be made up, changed or used for another list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.actions.paging import PageTokens
from atom_shopify_plugin.errors import InvalidInput

TOKENS = PageTokens(lambda: [b"k" * 32])
filters = st.dictionaries(st.sampled_from(["status", "vendor", "tag", "reverse"]), st.text(max_size=8) | st.booleans())
questions = st.tuples(st.sampled_from(["product_search", "order_search"]), st.sampled_from(["s1", "s2"]), filters)
cursors = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=200)


@given(questions, cursors)
def test_a_token_opens_to_its_cursor(question: tuple[str, str, dict[str, object]], cursor: str) -> None:
    assert TOKENS.open(question, TOKENS.seal(question, cursor)) == cursor


@given(questions, cursors, st.integers(1, 250))
def test_the_page_size_may_change_from_page_to_page(
    question: tuple[str, str, dict[str, object]], cursor: str, limit: int
) -> None:
    action, store, value = question
    token = TOKENS.seal(question, cursor)
    assert TOKENS.open((action, store, {**value, "limit": limit, "cursor": token}), token) == cursor


@given(questions, questions, cursors)
def test_a_token_of_another_list_is_refused(
    mine: tuple[str, str, dict[str, object]], other: tuple[str, str, dict[str, object]], cursor: str
) -> None:
    token = TOKENS.seal(mine, cursor)
    if mine == other:
        return
    with pytest.raises(InvalidInput) as refused:
        TOKENS.open(other, token)
    assert refused.value.faults[0].pointer == "/cursor"


@given(questions, cursors, st.data())
def test_a_changed_token_is_refused(
    question: tuple[str, str, dict[str, object]], cursor: str, data: st.DataObject
) -> None:
    token = TOKENS.seal(question, cursor)
    place = data.draw(st.integers(0, len(token) - 2))  # the last character may hold unused bits
    letter = data.draw(st.sampled_from("ABCDwxyz0189-_"))
    changed = token[:place] + letter + token[place + 1 :]
    if changed == token:
        return
    with pytest.raises(InvalidInput):
        TOKENS.open(question, changed)


@given(st.text(max_size=300))
def test_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        TOKENS.open(("product_search", "s1", {}), text)


def test_a_token_of_another_key_is_refused() -> None:
    question = ("product_search", "s1", {})
    with pytest.raises(InvalidInput):
        TOKENS.open(question, PageTokens(lambda: [b"x" * 32]).seal(question, "cursor"))


def test_a_token_outlives_a_rotation_of_the_keys() -> None:
    question = ("product_search", "s1", {})
    rotated = PageTokens(lambda: [b"n" * 32, b"k" * 32])
    assert rotated.open(question, TOKENS.seal(question, "cursor")) == "cursor"
