"""When two values are the same, and what a call is that puts things back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.actions.undo import putting_back
from atom_shopify_plugin.actions.verify import Expected, differences, expected, naming
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Undo, Verify

DECIMAL = {"type": "string", "format": "decimal"}
MOMENT = {"type": "string", "format": "date-time"}
PHONE = {"anyOf": [{"type": "string", "format": "phone"}, {"type": "null"}]}
LINES = {"type": "array", "items": {"type": "object", "properties": {"price": DECIMAL}}}
UPDATE = packaged().actions["product_update"]

plain = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def same(schema: Any, wanted: Any, found: Any) -> bool:
    told = differences([Expected("it", wanted, "a.0.b", schema)], {"a": [{"b": found}]})
    assert told in ([], [{"field": "it", "wanted": wanted, "found": found}])
    return not told


@pytest.mark.parametrize(
    ("schema", "wanted", "found"),
    [
        ({}, None, ""), ({}, "", None), ({}, [], None), ({}, None, []), ({}, 1, 1), ({}, True, True), ({}, 1, 1.0),
        (DECIMAL, "19.9", "19.90"), ({"anyOf": [DECIMAL, {"type": "null"}]}, "0", "0.00"),
        (MOMENT, "2026-10-31T08:00:00+02:00", "2026-10-31T06:00:00Z"),
        ({"format": "email"}, "Ada@Example.com", "ada@example.com"), (PHONE, "+1 (555) 0100", "+15550100"),
        ({"type": "array"}, ["b", "a", "a"], ["a", "b", "a"]), ({}, {"a": 1}, {"a": 1, "b": 2}),
        (LINES, [{"price": "1.0"}, {"price": "2.00"}], [{"price": "2"}, {"price": "1"}]),
        ({"type": "object", "properties": {"price": DECIMAL}}, {"price": "1.0"}, {"price": "1.00", "id": 7}),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_may_be_the_same(schema: Any, wanted: Any, found: Any) -> None:
    assert same(schema, wanted, found)


@pytest.mark.parametrize(
    ("schema", "wanted", "found"),
    [
        ({}, "a", "b"), ({}, "a", None), ({}, None, "a"), ({}, "1.0", "1.00"), ({}, "007", "7"), ({}, "A", "a"),
        ({}, 1, 2), ({}, True, False), ({}, True, 1), ({}, 0, False), ({}, 0, None), ({}, False, None), ({}, 1, "1"),
        (DECIMAL, "19.9", "19.91"), (DECIMAL, "19.9", "none"), (DECIMAL, "19.9", None),
        (MOMENT, "2026-10-31T08:00:00Z", "2026-10-31T08:00:01Z"), (MOMENT, "2026-10-31T08:00:00Z", "soon"),
        ({"format": "email"}, "ada@example.com", "adam@example.com"), (PHONE, "+15550100", "+15550101"),
        ({"type": "array"}, ["a"], ["a", "a"]), ({"type": "array"}, ["a", "a"], ["a"]),
        ({"type": "array"}, ["a", "a", "b"], ["a", "b", "b"]), ({"type": "array"}, ["a"], "a"),
        ({}, {"a": 1}, {"a": 2}), ({}, {"a": 1, "b": 2}, {"a": 1}), ({}, {"a": None}, {}), ({}, {"a": 1}, None),
        (LINES, [{"price": "1.0"}], [{"price": "1.1"}]), ({}, [{"k": 1}, {"k": 2}], [{"k": 1}, {"k": 1}]),
    ],
)  # fmt: skip
def test_what_is_not_the_same_is_told(schema: Any, wanted: Any, found: Any) -> None:
    assert not same(schema, wanted, found)


@given(plain)
def test_everything_is_the_same_as_itself(value: Any) -> None:
    assert same({}, value, value)


@given(st.lists(st.text(max_size=3), max_size=6), st.lists(st.text(max_size=3), max_size=6))
def test_lists_are_the_same_in_any_order_and_no_other_way(wanted: list[str], found: list[str]) -> None:
    assert same({"type": "array"}, wanted, found) == (sorted(wanted) == sorted(found))


def test_what_is_not_there_is_told_as_null() -> None:
    wanted = [Expected("one", 1, "a.b", {}), Expected("two", 2, "list.3", {}), Expected("three", 3, "list.x", {})]
    told = differences(wanted, {"a": {"c": 1}, "list": [1]})
    assert [difference["found"] for difference in told] == [None, None, None]
    assert [difference["field"] for difference in told] == ["one", "two", "three"]


def test_only_what_was_asked_for_is_expected() -> None:
    wanted = expected(UPDATE, {"id": "gid://shopify/Product/1", "title": "Cup", "category": None}, {})
    assert [(each.field, each.wanted, each.path) for each in wanted] == [
        ("title", "Cup", "title"),
        ("category", None, "category.id"),
    ]
    verify = Verify("product_get", told={"change.a": "a", "change.b": "b", "change.c": "c"}, becomes={"closed": True})
    told = expected(replace(UPDATE, verify=verify), {}, {"change": {"a": 0, "b": None}})
    assert [(each.field, each.wanted, each.path) for each in told] == [("change.a", 0, "a"), ("closed", True, "closed")]
    assert expected(replace(UPDATE, verify=None), {"title": "Cup"}, {}) == []


def test_a_resource_is_named_by_the_input_or_else_by_the_answer() -> None:
    product, level = (packaged().actions[key] for key in ("product_get", "inventory_level_get"))
    assert naming(UPDATE, product, {"id": "mine"}, {"id": "theirs"}) == {"id": "mine"}
    assert naming(UPDATE, product, {}, {"id": "theirs"}) == {"id": "theirs"}
    assert naming(UPDATE, product, {}, {"id": None}) is None
    assert naming(UPDATE, product, {}, {}) is None
    assert naming(replace(UPDATE, verify=None), product, {"id": "mine"}, {}) is None
    stock = packaged().actions["inventory_set"]
    answer = {"id": "item", "change": {"location_id": "there"}}
    assert naming(stock, level, {"sku": "A"}, answer) == {"inventory_item_id": "item", "location_id": "there"}
    assert naming(stock, level, {"sku": "A"}, {"id": "item"}) is None


def test_what_names_a_resource_is_given_as_the_read_takes_it() -> None:
    metafields, read = (packaged().actions[key] for key in ("metafield_set", "metafield_get"))
    entry = {"key": "custom.care", "type": "single_line_text_field", "value": "Wash"}
    named = naming(metafields, read, {"owner": "gid://shopify/Product/1", "metafields": [entry]}, {})
    assert named == {"owner": "gid://shopify/Product/1", "metafields": [{"key": "custom.care"}]}


BEFORE = {
    "title": "Mug",
    "category": {"id": "c1", "full_name": "Mugs"},
    "seo": {"title": None, "read_only": 1},
    "tags": [],
}


@pytest.mark.parametrize(
    ("checked", "back"),
    [
        ({"id": "1", "title": "Cup"}, {"id": "1", "title": "Mug"}),
        ({"id": "1", "title": "Cup", "tags": ["a"]}, {"id": "1", "title": "Mug", "tags": []}),
        ({"id": "1", "category": "c2"}, {"id": "1", "category": "c1"}),
        ({"id": "1", "seo": {"title": "New"}}, {"id": "1", "seo": {"title": None}}),
        ({"id": "1", "description_html": "<p>"}, None),  # not in what was read
        ({"id": "1", "title": "Cup", "metafields": []}, None),  # never read
    ],
)
def test_the_same_action_puts_back_what_stood_there_or_nothing(checked: dict[str, Any], back: Any) -> None:
    assert putting_back(UPDATE, checked, BEFORE, {}) == back
    assert putting_back(UPDATE, checked, None, {}) is None
    assert putting_back(replace(UPDATE, undo=None), checked, BEFORE, {}) is None


def test_another_action_puts_back_by_what_is_known() -> None:
    undo = Undo(
        "inventory_adjust", {"id": "after.id", "delta": "-after.change.delta", "was": "before.n", "x": "input.x"}
    )
    action = replace(UPDATE, undo=undo)
    back = putting_back(action, {"x": "y"}, {"n": 3}, {"id": "1", "change": {"delta": 5}})
    assert back == {"id": "1", "delta": -5, "was": 3, "x": "y"}
    for checked, before, data in (
        ({}, {"n": 3}, {"id": "1", "change": {"delta": 5}}),
        ({"x": "y"}, {}, {"id": "1", "change": {"delta": 5}}),
        ({"x": "y"}, None, {"id": "1", "change": {"delta": 5}}),
        ({"x": "y"}, {"n": 3}, {"id": None, "change": {"delta": 5}}),
    ):
        assert putting_back(action, checked, before, data) is None
