"""Any text for any type of metafield: refused with a user error, or kept in a form that is kept again as it is."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_shop import NOW, Shop

from atom_shopify_plugin.sandbox import seed

TYPES = "{ metafieldDefinitionTypes { name } }"
SET = """mutation M($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
  metafields { value jsonValue } userErrors { code field message } } }"""
SHOP = Shop(seed.build("demo.myshopify.com", "small", now=NOW))
NAMES = [row["name"] for row in SHOP.data(TYPES)["metafieldDefinitionTypes"]]
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6) | st.decimals(-999, 999, places=2).map(str)
MEASURED = st.fixed_dictionaries({"value": NUMBERS, "unit": st.sampled_from(["cm", "KILOGRAMS", "liters", "lux", "?"])})
PLAIN = st.none() | st.booleans() | NUMBERS | st.text(max_size=8)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner))
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["true", "#fff123", "2026-01-02", "2026-01-02T03:04:05Z", "https://example.com", "12", "1.50"]),
    st.sampled_from(["NaN", "[NaN]", "1e999", "[1e999]", '{"value": 1e999, "unit": "cm"}', "9" * 5000, "[" * 9000]),
    (MEASURED | st.lists(MEASURED, max_size=2) | JSON | st.lists(JSON, max_size=3)).map(json.dumps),
)


def kept(name: str, value: str) -> Any:
    """Return the value as it is kept and as JSON, None where it is refused."""
    entry = {"ownerId": SHOP.first("Product"), "namespace": "care", "key": "wash", "type": name, "value": value}
    payload = SHOP.mutate(SET, {"m": [entry]})
    if payload["userErrors"]:
        assert [error["field"] for error in payload["userErrors"]] == [["metafields", "0", "value"]]
        assert payload["metafields"] == []
        return None
    (row,) = payload["metafields"]
    return row["value"], row["jsonValue"]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(NAMES), TEXTS)
def test_what_is_kept_is_kept_again_as_it_is(name: str, value: str) -> None:
    first = kept(name, value)
    if first is not None:
        assert kept(name, first[0]) == first
