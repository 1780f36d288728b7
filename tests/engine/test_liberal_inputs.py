"""What people write is read where it has one meaning, and what is strict already stays as it is."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.actions.inputs import Inputs, variables
from atom_shopify_plugin.actions.liberal import understood
from atom_shopify_plugin.actions.validation import build, faults_of
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.errors import InvalidInput

CATALOG = packaged()
INPUTS = Inputs()
ENUM = {"type": "string", "enum": ["ACTIVE", "IN_TRANSIT", "low_key"]}
PERCENT = {"type": "string", "pattern": r"^-?[0-9]{1,3}(\.[0-9]{1,4})?$"}
ANY_JSON = {"x-json": True}
MONEY = {"type": "string", "format": "money"}
CODE = {"type": "string", "pattern": "^[A-Z]{3}$"}
WHOLE = {"type": "integer"}
TEXTS = {"type": "array", "items": {"type": "string"}}
FILTER = {**ENUM, "search": "status:"}
IMAGE = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}, "alt": {"type": "string"}}}
IMAGES = {"type": "array", "items": IMAGE}
PAID = {"type": "object", "required": ["amount"], "properties": {"amount": MONEY}}


@pytest.mark.parametrize(
    ("schema", "written", "read"),
    [
        (IMAGE, "https://a.example/1,2.png", {"url": "https://a.example/1,2.png"}),
        (IMAGES, ["https://a.example/1.png", {"url": "b"}], [{"url": "https://a.example/1.png"}, {"url": "b"}]),
        (IMAGES, "https://a.example/1,2.png", [{"url": "https://a.example/1,2.png"}]),
        (PAID, "3.00", "3.00"),
        ({**IMAGE, "required": ["url", "alt"]}, "a", "a"),
        (ENUM, "active", "ACTIVE"),
        (ENUM, "Active ", "ACTIVE"),
        (ENUM, "Active\n", "Active\n"),
        (ENUM, "in transit", "IN_TRANSIT"),
        (ENUM, "In-Transit", "IN_TRANSIT"),
        (ENUM, "in/transit", "IN_TRANSIT"),
        (ENUM, "LOW_KEY", "low_key"),
        (ENUM, "gone", "gone"),
        (ENUM, "actıve", "actıve"),
        ({"type": "string", "enum": ["On", "ON"]}, "on", "on"),
        (MONEY, 15, "15"),
        (MONEY, 15.5, "15.5"),
        (MONEY, 15.0, "15"),
        (MONEY, Decimal("15.50"), "15.50"),
        (MONEY, Decimal("0.1"), "0.1"),
        (MONEY, Decimal("1.5E+1"), "15"),
        (MONEY, Decimal("123456789012345.67"), "123456789012345.67"),
        (MONEY, " 15.00 ", "15.00"),
        (MONEY, "15,00", "15.00"),
        (MONEY, "15,5", "15.5"),
        (MONEY, "1.234,50", "1234.50"),
        (MONEY, "1,234.50", "1234.50"),
        (MONEY, "1,234", "1,234"),
        (MONEY, "1.234", "1.234"),
        (MONEY, True, True),
        (WHOLE, "3", 3),
        (WHOLE, "+3", 3),
        (WHOLE, "07", 7),
        (WHOLE, "7.0", 7),
        (WHOLE, Decimal("7.0"), 7),
        (WHOLE, "7.5", "7.5"),
        (WHOLE, "9" * 41, "9" * 41),
        (WHOLE, "three", "three"),
        ({"type": ["integer", "null"]}, "7", 7),
        ({"type": ["integer", "string"]}, "7", "7"),
        ({"type": "number"}, "7.25", 7.25),
        ({"type": "number"}, Decimal("7.25"), 7.25),
        ({"type": "boolean"}, "TRUE", True),
        ({"type": "boolean"}, "0", False),
        ({"type": "boolean"}, "yes", "yes"),
        ({"type": "string"}, "true", "true"),
        ({"type": "string"}, 7, 7),
        (PERCENT, -10, "-10"),
        (PERCENT, 2.5, "2.5"),
        (PERCENT, Decimal("12.50"), "12.50"),
        (PERCENT, 1000, 1000),
        (ANY_JSON, {"size": [Decimal("1.5"), Decimal("7")]}, {"size": [1.5, 7]}),
        (ANY_JSON, {"far": Decimal("-1.97E+133")}, {"far": -1.97e133}),
        (ANY_JSON, Decimal("12345678901234567.89"), "12345678901234567.89"),
        (CODE, "eur", "EUR"),
        (CODE, "euro", "euro"),
        (TEXTS, "kitchen, new,,kitchen", ["kitchen", "new"]),
        (TEXTS, "kitchen", ["kitchen"]),
        (TEXTS, "", ""),
        (TEXTS, ["a, b"], ["a, b"]),
        ({"anyOf": [TEXTS, {"type": "null"}]}, "a", ["a"]),
        ({"anyOf": [TEXTS, {"type": "null"}]}, None, None),
        ({"type": "array", "items": WHOLE}, "1, 2", [1, 2]),
        ({"type": "array", "items": WHOLE}, 1, [1]),
        ({"type": "array", "items": WHOLE}, "1, x", "1, x"),
        ({"type": "array", "items": {"type": "object"}}, {"a": 1}, [{"a": 1}]),
        ({"type": "array", "items": ENUM}, "active,in transit", ["ACTIVE", "IN_TRANSIT"]),
        (FILTER, "active", "ACTIVE"),
        (FILTER, "active,in transit", ["ACTIVE", "IN_TRANSIT"]),
        (FILTER, ["active", "in transit", "ACTIVE"], ["ACTIVE", "IN_TRANSIT"]),
        (FILTER, ["active"], "ACTIVE"),
        (FILTER, ["active,in transit", "low key"], ["ACTIVE", "IN_TRANSIT", "low_key"]),
        (FILTER, "active,gone", "active,gone"),
        ({"type": "string", "search": "sku:"}, "a,b", "a,b"),
        ({"type": "string", "search": "sku:"}, ["a,b", "c"], ["a,b", "c"]),
        ({}, "x", "x"),
    ],
)  # fmt: skip
def test_each_form_is_read_as_its_schema_asks(schema: dict[str, Any], written: Any, read: Any) -> None:
    found = understood(schema, written)
    assert (found, type(found)) == (read, type(read))
    assert understood(schema, found) == found


ACTIONS = sorted(CATALOG.actions.values(), key=lambda action: action.key)


@cache
def strict(key: str) -> Any:
    return build(CATALOG.actions[key].input)


def written(schema: Any) -> st.SearchStrategy[Any]:
    """Draw what a builder may write for a property: right, nearly right, or not at all."""
    texts = st.sampled_from(["active", "In transit", "15,00", "1.234,5", "3", "true", "a, b", "eur", "#1001", "a@b.de"])
    numbers = st.integers(-5, 10**12) | st.decimals(allow_nan=True, allow_infinity=True) | st.floats()
    right: list[st.SearchStrategy[Any]] = []
    for branch in schema.get("anyOf", [schema]):
        if "enum" in branch:
            one = st.sampled_from(branch["enum"])
            right += [one, one.map(lambda text: str(text).lower().replace("_", " ")), st.lists(one, max_size=3)]
    return st.one_of(*right, texts, numbers, st.text(max_size=8), st.booleans(), st.none(), st.lists(texts, max_size=3))


@st.composite
def calls(draw: st.DrawFn) -> tuple[Action, dict[str, Any]]:
    action = draw(st.sampled_from(ACTIONS))
    start = dict(draw(st.sampled_from([{}, *action.examples])))
    names = draw(st.lists(st.sampled_from(sorted(action.properties)), max_size=3)) if action.properties else []
    return action, {**start, **{name: draw(written(action.properties[name])) for name in names}}


@given(calls())
def test_to_read_twice_is_to_read_once(call: tuple[Action, dict[str, Any]]) -> None:
    action, value = call
    once = understood(action.input, value)
    assert repr(understood(action.input, once)) == repr(once)


@given(calls())
def test_what_is_strict_stays_as_it_is(call: tuple[Action, dict[str, Any]]) -> None:
    action, value = call
    if not faults_of(strict(action.key), value):
        read = understood(action.input, value)
        assert read == value
        assert not faults_of(strict(action.key), read)


@given(calls())
def test_what_was_read_can_be_sent_or_is_refused_with_its_faults(call: tuple[Action, dict[str, Any]]) -> None:
    action, value = call
    try:
        checked = INPUTS.check(action, value)
        sent = {} if action.handler else variables(action, checked, "after")
    except InvalidInput:
        return
    json.dumps(checked)  # no `Decimal` is left
    json.dumps(sent)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.key)
def test_no_two_members_of_an_enum_are_the_same_to_people(action: Action) -> None:
    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            for member in schema.get("enum", ()):
                if isinstance(member, str):
                    assert understood(schema, member.lower().replace("_", "-")) == member
            for part in schema.values():
                look(part)
        elif isinstance(schema, list):
            for part in schema:
                look(part)

    look(dict(action.input))


@pytest.mark.parametrize(
    ("given_status", "query"),
    [
        ("active", 'status:"ACTIVE"'),
        ("active,draft", '(status:"ACTIVE" OR status:"DRAFT")'),
        (["ACTIVE", "DRAFT"], '(status:"ACTIVE" OR status:"DRAFT")'),
    ],
)
def test_several_values_of_a_filter_ask_for_any_of_them(given_status: Any, query: str) -> None:
    action = CATALOG.action("product_search")
    assert variables(action, INPUTS.check(action, {"status": given_status}))["query"] == query
    both = variables(action, INPUTS.check(action, {"status": given_status, "vendor": ['A" OR tag:x', "B"]}))["query"]
    assert both == f'{query} AND (vendor:"A\\" OR tag:x" OR vendor:"B")'


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ({"status": ["ACTIVE", "GONE"]}, [("/status/1", "enum")]),
        ({"status": []}, [("/status", "minItems")]),
        ({"vendor": [f"v{number}" for number in range(51)]}, [("/vendor", "maxItems")]),
        ({"limit": ["1", "2"]}, [("/limit", "type")]),
        ({"created_at_min": ["2026-01-01", "2026-01-02"]}, [("/created_at_min", "type")]),
        ({"sort_key": ["ID", "TITLE"]}, [("/sort_key", "enum"), ("/sort_key", "type")]),
    ],
)
def test_what_can_not_be_read_is_a_fault_at_its_place(value: Any, faults: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidInput) as refused:
        INPUTS.check(CATALOG.action("product_search"), value)
    assert sorted((fault.pointer, fault.code) for fault in refused.value.faults) == faults


@pytest.mark.parametrize("price", ["1,000", "1,00,000.00", Decimal("NaN"), Decimal("1E+100"), Decimal("1E-100"), 1e300])
def test_an_amount_with_two_meanings_or_none_is_refused(price: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        INPUTS.check(CATALOG.action("variant_update"), {"id": 1380000001, "price": price})
    assert {fault.pointer for fault in refused.value.faults} == {"/price"}
