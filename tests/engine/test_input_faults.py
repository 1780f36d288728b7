"""What is said of each kind of fault, and where exactly a value becomes one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from atom_shopify_plugin.actions.inputs import Inputs
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.errors import InvalidInput

ACTION = packaged().action("product_create")
ID = "It must be the id of a fulfillment: its number, or gid://shopify/Fulfillment/ and the number."
FORM = "It does not have the format of this field. The reference describes the format."
EMPTY = "It must not be empty. Send null to clear it."


def faults(member: Any, value: Any) -> list[tuple[str, str, str]]:
    """Return pointer, message and code of each fault of `value` in an input whose one member `it` has this schema."""
    schema = {"type": "object", "properties": {"it": member}, "additionalProperties": False}
    try:
        Inputs().check(replace(ACTION, raw_input=schema), {"it": value})
    except InvalidInput as refused:
        return [(fault.pointer, fault.message, fault.code) for fault in refused.faults]
    return []


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ({"type": "integer"}, "x", "It must be a whole number."),
        ({"type": ["integer", "string"]}, True, "It must be a whole number or a text."),
        ({"enum": ["A", "B"]}, "C", "It must be one of: A, B."),
        ({"const": 5}, 6, "It must be 5."),
        ({"type": "string", "minLength": 1}, "", "It must not be empty."),
        ({"type": "string", "minLength": 2}, "x", "It must have at least 2 characters."),
        ({"type": "string", "maxLength": 2}, "xyz", "It must have at most 2 characters."),
        ({"type": "integer", "minimum": 3}, 2, "It must be at least 3."),
        ({"type": "integer", "exclusiveMinimum": 3}, 3, "It must be greater than 3."),
        ({"type": "integer", "maximum": 3}, 4, "It must be at most 3."),
        ({"type": "array", "minItems": 1}, [], "It must hold at least 1 item."),
        ({"type": "array", "minItems": 2}, [1], "It must hold at least 2 items."),
        ({"type": "array", "maxItems": 1}, [1, 2], "It must hold at most 1 item."),
        ({"type": "array", "uniqueItems": True}, [1, 1], "It must not hold the same item twice."),
        ({"type": "object", "minProperties": 1}, {}, "Send at least one field."),
        ({"type": "object", "minProperties": 2}, {"a": 1}, "Send at least 2 fields."),
        ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 2}, "Send only one of a and b."),
        ({"multipleOf": 2}, 3, "It must be a multiple of 2."),
        ({"type": "string", "pattern": "^x$", "x-says": "an x"}, "x\n", "It must be an x."),
        ({"type": "string", "pattern": "^x"}, "y", FORM),
        ({"format": "gid:Fulfillment"}, "x", ID),
        ({"format": "gid:Fulfillment"}, 2.0**53, ID),
        ({"type": "string", "format": "email"}, "x", "It must be an e-mail address."),
        (
            {"type": "string", "format": "date-time"},
            "2026-10-31",
            "It must be a moment with its offset, such as 2026-10-31T08:00:00Z.",
        ),
        (
            {"type": "string", "format": "date-time", "search": "created_at:>="},
            "x",
            "It must be a day such as 2026-10-31, or a moment with its offset, such as 2026-10-31T08:00:00Z.",
        ),
        (
            {"oneOf": [{"required": ["id"]}, {"required": ["handle", "shop"]}]},
            {},
            "One of these is required: id or handle and shop.",
        ),
        (
            {"anyOf": [{"required": ["id"]}, {"required": ["handle"]}]},
            {},
            "At least one of these is required: id or handle.",
        ),
        ({"anyOf": [{"type": "integer"}, {"required": ["id"]}]}, {}, "It must be a whole number or an object with id."),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "x", "It must be a whole number, or null."),
        ({"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]}, "", EMPTY),
        ({"type": ["string", "null"], "minLength": 1}, "", EMPTY),
    ],
)  # fmt: skip
def test_each_rule_is_told_in_words_at_its_place(member: Any, value: Any, message: str) -> None:
    assert [(pointer, text) for pointer, text, _ in faults(member, value)] == [("/it", message)]


def test_only_the_member_that_may_be_null_is_told_so_and_not_what_lies_within() -> None:
    member = {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]}
    assert faults(member, ["x"]) == [("/it/0", "It must be a whole number.", "type")]
    assert faults(member, "x") == [("/it", "It must be a list, or null.", "type")]
    assert faults(member, None) == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (10**100, None),
        (-(10**100), None),
        (10**100 + 1, "maximum"),
        (-(10**100) - 1, "maximum"),
        (float("inf"), "type"),
        (1.5, None),
        ("a\0", "text"),
        ("Grüße", None),
        ("\ud800", "text"),
        ({"\ud800": 1}, "text"),
        ({"a\0": 1}, "text"),
        ({1: 1}, "text"),
        ((1, 2), "type"),
        ({1, 2}, "type"),
        (b"x", "type"),
        (True, None),
        (None, None),
    ],
)
def test_what_can_not_be_stored_or_sent_is_a_fault_whatever_the_schema(value: Any, code: str | None) -> None:
    assert [found for _, _, found in faults({}, value)] == ([code] if code else [])
    assert [found for _, _, found in faults({}, [value])] == ([code] if code else [])


def test_each_kind_of_bad_text_is_told_apart() -> None:
    assert faults({}, "a\0")[0][1] == "It must not hold the character U+0000 (NUL)."
    assert faults({}, "\ud800")[0][1] == "It must be valid Unicode; it holds half of a surrogate pair."
    assert faults({}, {"\ud800": 1})[0][:2] == ("/it", "It has a field whose name is not a string.")


@pytest.mark.parametrize("objects", [False, True])
@pytest.mark.parametrize(("levels", "taken"), [(64, True), (65, False)])
def test_the_depth_of_an_input_has_an_exact_end(objects: bool, levels: int, taken: bool) -> None:
    value: Any = []
    member: Any = {}
    for _ in range(levels - 1):
        value = {"a": value} if objects else [value]
        member = {"properties": {"a": member}}
    found = faults(member, value)
    assert ([(text, code) for _, text, code in found] == []) is taken
    assert taken or [(text, code) for _, text, code in found] == [("It is nested deeper than 64 levels.", "depth")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("titel", "This field is not known. Did you mean title?"),
        ("zzz", "This field is not known. Known here: title, vendor."),
    ],
)
def test_an_unknown_field_is_answered_with_a_near_one_or_with_all(given: str, message: str) -> None:
    member = {"type": "object", "properties": {"title": {}, "vendor": {}}, "additionalProperties": False}
    assert faults(member, {given: 1}) == [(f"/it/{given}", message, "unknown_field")]


def test_pointers_escape_what_json_pointers_escape_and_end_somewhere() -> None:
    assert [pointer for pointer, _, _ in faults({}, {"a/b~c": "\0"})] == ["/it/a~1b~0c"]
    assert [pointer for pointer, _, _ in faults({}, {"x" * 300: "\0"})] == ["/it/" + "x" * 100]


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("decimal", ["1", "-1.50", "9" * 18 + "." + "9" * 9], ["1.", ".5", "1e3", "9" * 19, "1.0\n1"]),
        ("money", ["19.90", "19,90", "1.234,50", "1,234.50"], ["1,234", "1,234,567", "1,23,456.70", "€19", ""]),
        ("email", ["a@b", "x" * 64 + "@" + "y" * 250], ["a", "a@", "a b@c", "x" * 65 + "@y", "x@" + "y" * 251]),
        ("phone", ["+15550100", "0 12(3)4.-5"], ["123", "+1555x", "1" * 31]),
        (
            "date-time",
            ["2026-10-31T08:00Z", "2026-10-31T08:00:00.123456789+02:00"],
            ["2026-10-31T08", "2026-13-31T08:00Z", "2026-W44-6T08:00Z", "2026-10-31 08:00Z", "0001-01-01T00:00+12:00"],
        ),
    ],
)  # fmt: skip
def test_each_format_takes_and_refuses(name: str, taken: list[str], refused: list[str]) -> None:
    member = {"type": "string", "format": name}
    assert {text: faults(member, text) for text in taken} == {text: [] for text in taken}
    assert {text for text in refused if [code for _, _, code in faults(member, text)] == ["format"]} == set(refused)


@pytest.mark.parametrize(("day", "taken"), [("2026-10-31", True), ("2026-02-30", False), ("20261031", False)])
def test_a_filter_takes_a_day_for_a_moment(day: str, taken: bool) -> None:
    member = {"type": "string", "format": "date-time", "search": "created_at:>="}
    assert (faults(member, day) == []) is taken


def test_a_fault_of_size_is_told_alone() -> None:
    long = {"type": "string", "maxLength": 3, "pattern": "^a*$"}
    assert [code for _, _, code in faults(long, "bbbb")] == ["maxLength"]
    assert [code for _, _, code in faults(long, "bbb")] == ["pattern"]
    many = {"type": "array", "maxItems": 2, "items": {"type": "integer"}}
    assert [code for _, _, code in faults(many, ["x", "y", "z"])] == ["maxItems"]
    assert [code for _, _, code in faults(many, ["x", "y"])] == ["type", "type"]


def test_a_pattern_beside_a_format_is_checked_in_its_place() -> None:
    both = {"type": "string", "format": "email", "pattern": "^x$", "x-says": "an x"}
    assert faults(both, "x") == []
    assert [code for _, _, code in faults(both, "a@b")] == ["pattern"]


def test_what_is_required_and_what_belongs_together_is_named() -> None:
    needs = {"type": "object", "required": ["a", "b"]}
    assert faults(needs, {"a": 1}) == [("/it/b", "It is required.", "required")]
    assert [pointer for pointer, _, _ in faults(needs, {})] == ["/it/a", "/it/b"]
    together = {"type": "object", "dependentRequired": {"a": ["b"]}}
    assert faults(together, {"a": 1}) == [("/it/b", "It is required together with a.", "dependentRequired")]
