from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.shopify.ids import gid, legacy_id, parse_gid, to_gid

NUMBERS = st.integers(min_value=1, max_value=2**63 - 1)
TYPES = st.from_regex(r"[A-Z][A-Za-z]{0,30}", fullmatch=True)


@given(TYPES, NUMBERS)
def test_a_number_its_digits_and_its_gid_are_one_id(type_: str, number: int) -> None:
    full = f"gid://shopify/{type_}/{number}"
    assert gid(type_, number) == full
    assert to_gid(number, type_) == to_gid(str(number), type_) == to_gid(full, type_) == full
    assert parse_gid(full) == (type_, str(number))
    assert str(parse_gid(full)) == full
    assert legacy_id(full) == str(number)


def test_an_id_of_another_type_is_refused_and_both_types_are_named() -> None:
    with pytest.raises(InvalidInput, match="id of a Product; a Order is wanted"):
        to_gid("gid://shopify/Product/1", "Order")


@pytest.mark.parametrize(
    "value",
    [
        0, -1, True, False, None, 1.0, 10**19, [], {},
        "", "0", "-1", "1.0", "1e3", "1_000", " 1", "1\n", "\u0661", "\u00b2", "one", "9" * 20,
        "gid://shopify/Product/", "gid://shopify/Product/x", "gid://shopify/Product/1/2", "gid://shopify/product/1",
        "gid://evil/Product/1", "GID://shopify/Product/1", "gid://shopify/Product/1\n", "gid://shopify/Product/1 OR 1",
        "gid://shopify/Product/1?a b", "gid://shopify/Produ\u017ft/1",
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput):
        to_gid(value, "Product")
    if not isinstance(value, int):
        with pytest.raises(InvalidInput):
            parse_gid(value)


def test_the_query_part_of_an_inventory_level_stays_in_the_gid_and_out_of_the_number() -> None:
    text = "gid://shopify/InventoryLevel/5?inventory_item_id=7"
    assert to_gid(text, "InventoryLevel") == text
    assert parse_gid(text).number == legacy_id(text) == "5"


@pytest.mark.parametrize("text", ["", "1", "gid://shopify/Product/", "gid://shopify/Cart/abc", "gid://other/Product/1"])
def test_a_text_without_a_number_has_no_legacy_id(text: str) -> None:
    assert legacy_id(text) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert str(parse_gid(text)) == text.partition("?")[0]
