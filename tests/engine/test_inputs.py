"""Any input is either checked into its final form or refused with its faults; nothing else happens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.actions.inputs import Inputs, variables
from atom_shopify_plugin.catalog.loading import packaged
from atom_shopify_plugin.catalog.model import Action
from atom_shopify_plugin.errors import InvalidInput

CATALOG = packaged()
INPUTS = Inputs()
actions = st.sampled_from(sorted(CATALOG.actions.values(), key=lambda action: action.key))
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)
)


@st.composite
def calls(draw: st.DrawFn) -> tuple[Action, Any]:
    """Draw an action and an object of some of its fields, each with anything in it."""
    action = draw(actions)
    names = st.sampled_from(sorted(action.properties)) if action.properties else st.nothing()
    return action, draw(st.dictionaries(names | st.text(max_size=6), anything, max_size=4))


@given(calls())
def test_anything_is_accepted_or_refused_with_pointers(call: tuple[Action, Any]) -> None:
    action, value = call
    try:
        checked = INPUTS.check(action, value)
    except InvalidInput as error:
        refused = error
    else:
        assert set(value) <= set(checked)
        if not action.is_search or "cursor" not in checked:
            variables(action, checked)
        return
    assert refused.faults
    assert all(fault.pointer == "" or fault.pointer.startswith("/") for fault in refused.faults)


@given(anything.filter(lambda value: not isinstance(value, dict)))
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(InvalidInput):
        INPUTS.check(CATALOG.action("product_search"), value)


@pytest.mark.parametrize("given_id", [7, 7.0, "7", "gid://shopify/Product/7"])
def test_an_id_may_be_a_number_or_a_gid_and_becomes_a_gid(given_id: Any) -> None:
    assert INPUTS.check(CATALOG.action("product_get"), {"id": given_id}) == {"id": "gid://shopify/Product/7"}


@pytest.mark.parametrize(
    "wrong", [0, -1, "no handle!", "gid://shopify/Order/7", "gid://shopify/Product/7\n", True, 1.5, "7 ", ""]
)
def test_another_id_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        INPUTS.check(CATALOG.action("product_get"), {"id": wrong})
    assert {fault.pointer for fault in refused.value.faults} == {"/id"}


def test_a_whole_number_with_a_point_is_an_integer_wherever_one_is_wanted() -> None:
    # JSON Schema counts 5.0 as an integer; Shopify's `Int` and `ID` do not.
    given = {"delta": 5.0, "variant_id": 12.0, "change_from_quantity": 3.0}
    checked = INPUTS.check(CATALOG.action("inventory_adjust"), given)
    assert {name: repr(checked[name]) for name in given} == {
        "delta": "5",
        "variant_id": "'gid://shopify/ProductVariant/12'",
        "change_from_quantity": "3",
    }
    with pytest.raises(InvalidInput):  # a double of this size stands for more than one id
        INPUTS.check(CATALOG.action("product_get"), {"id": 2.0**60})


def test_what_is_left_out_stays_out_and_null_stays_null() -> None:
    action = CATALOG.action("product_update")
    sent = variables(action, INPUTS.check(action, {"id": 7, "product_type": None}))
    assert sent == {"id": "gid://shopify/Product/7", "product_type": None}


def test_nested_members_are_spelled_as_shopify_spells_them() -> None:
    action = CATALOG.action("product_create")
    options = [{"name": "Colour", "values": [{"name": "Blue"}]}]
    sent = variables(action, INPUTS.check(action, {"title": "Cup", "product_options": options}))
    assert sent["product_options"] == options
    assert "productOptions" not in sent


@given(st.text(min_size=1, max_size=60))
def test_a_filter_is_one_quoted_term_or_refused(value: str) -> None:
    action = CATALOG.action("product_search")
    try:
        query = variables(action, INPUTS.check(action, {"vendor": value})).get("query")
    except InvalidInput:
        return
    assert query is not None
    assert query.startswith('vendor:"')
    assert query.endswith('"')
    inside = query[len('vendor:"') : -1]
    assert '"' not in inside.replace("\\\\", "").replace('\\"', "")


def test_filters_are_joined_and_defaults_filled_in() -> None:
    action = CATALOG.action("product_search")
    sent = variables(action, INPUTS.check(action, {"query": "blue mug", "status": "ACTIVE"}))
    assert sent["query"] == '("blue" AND "mug") AND status:"ACTIVE"'
    assert sent["first"] == 50


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_does_not_know_is_refused(number: float) -> None:
    with pytest.raises(InvalidInput) as refused:
        INPUTS.check(CATALOG.action("inventory_adjust"), {"sku": "MUG-BLUE", "delta": number})
    assert "/delta" in {fault.pointer for fault in refused.value.faults}


def test_a_misspelt_field_is_answered_with_the_right_one() -> None:
    with pytest.raises(InvalidInput, match="Did you mean title"):
        INPUTS.check(CATALOG.action("product_create"), {"titel": "Mug"})


def refused(action: str, value: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as found:
        INPUTS.check(CATALOG.action(action), value)
    return found.value


def test_faults_come_in_the_order_of_their_places_and_once_each() -> None:
    faults = refused("product_create", {"vendor": 1, "tags": ["a", 2, "", 4], "handle": "", "bad": 0}).faults
    pointers = [fault.pointer for fault in faults]
    assert pointers == sorted(pointers)
    assert pointers == ["/bad", "/handle", "/tags/1", "/tags/2", "/tags/3", "/title", "/vendor"]
    assert len(set(faults)) == len(faults)


def test_the_message_tells_the_only_fault_or_names_the_fields_of_all() -> None:
    assert refused("product_create", {}).message == ("The input of product_create is not valid: title is required.")
    several = refused("product_create", {"vendor": 1})
    assert several.message == "The input of product_create has 2 faults: see title and vendor in details.faults."
    assert several.in_full().endswith("has 2 faults: see title and vendor. title is required. vendor must be a text.")
    assert refused("product_get", {}).message.endswith("is not valid: One of these is required: id or handle.")


def test_at_most_fifty_faults_are_told() -> None:
    assert len(refused("product_create", {"tags": [0] * 60}).faults) == 50
    assert len(refused("product_create", {f"f{number}": 0 for number in range(60)}).faults) == 50
    assert len(refused("product_create", {"title": "Cup", "tags": list(range(49))}).faults) == 49
    long = refused("product_create", {"title": "Cup", "tags": [0] * 251}).faults
    assert [(fault.pointer, fault.code) for fault in long] == [("/tags", "maxItems")]


def test_a_value_is_never_repeated() -> None:
    secret = "shpat_0123456789"
    for value in (
        {"title": secret * 40},
        {"status": secret},
        {"tags": secret},
        {"category": secret},
        {"seo": [secret]},
    ):
        error = refused("product_create", value)
        assert secret not in error.message
        assert secret not in str(error.details)


def test_ids_and_defaults_are_put_in_place_all_the_way_down() -> None:
    given = {
        "line_items": [{"variant_id": 7}, {"variant_id": "8", "quantity": 3}],
        "transactions": [{"amount": "1.00"}, {"amount": "2.00", "kind": "CAPTURE", "status": "PENDING"}],
        "customer_id": 9.0,
        "test": False,
    }
    checked = INPUTS.check(CATALOG.action("order_create"), given)
    assert checked["line_items"] == [
        {"variant_id": "gid://shopify/ProductVariant/7", "quantity": 1},
        {"variant_id": "gid://shopify/ProductVariant/8", "quantity": 3},
    ]
    assert checked["transactions"] == [
        {"amount": "1.00", "kind": "SALE", "status": "SUCCESS"},
        {"amount": "2.00", "kind": "CAPTURE", "status": "PENDING"},
    ]
    assert checked["customer_id"] == "gid://shopify/Customer/9"
    assert (checked["inventory_behaviour"], checked["send_receipt"], checked["test"]) == ("BYPASS", False, False)
    assert given["line_items"] == [{"variant_id": 7}, {"variant_id": "8", "quantity": 3}]  # not ours to change
    joined = INPUTS.check(CATALOG.action("product_update"), {"id": 1, "collections_to_join": [5], "tags": None})
    assert joined == {
        "id": "gid://shopify/Product/1", "collections_to_join": ["gid://shopify/Collection/5"], "tags": None,
    }  # fmt: skip


def test_a_whole_number_is_an_integer_and_a_weight_is_not() -> None:
    adjust = INPUTS.check(CATALOG.action("inventory_adjust"), {"sku": "A", "delta": 5.0})
    assert (adjust["delta"], type(adjust["delta"])) == (5, int)
    weighed = INPUTS.check(CATALOG.action("variant_update"), {"id": 1, "weight": {"value": 5.0, "unit": "GRAMS"}})
    assert type(weighed["weight"]["value"]) is float


def test_filters_become_terms_by_their_kind() -> None:
    action = CATALOG.action("order_search")
    given = {"customer_id": 7, "created_at_min": "2026-10-31T08:00:00+02:00", "reverse": False, "limit": 3}
    sent = variables(action, {**INPUTS.check(action, given), "cursor": "ours"}, after="theirs")
    assert sent["query"] == 'customer_id:7 AND created_at:>="2026-10-31T06:00:00Z"'
    assert (sent["first"], sent["after"], sent["reverse"]) == (3, "theirs", False)
    assert not {"limit", "cursor", "customer_id", "created_at_min"} & sent.keys()
    nothing = variables(action, {"tag": None, "query": " "})
    assert nothing.get("query", "") == ""


def test_a_day_is_the_stores_and_its_zone_is_asked_for_only_then() -> None:
    action = CATALOG.action("order_search")
    asked: list[int] = []

    def zone() -> ZoneInfo:
        asked.append(1)
        return ZoneInfo("Pacific/Auckland")

    variables(action, {"created_at_min": "2026-10-31T08:00:00Z", "tag": "vip"}, None, zone)
    assert not asked
    day = {"created_at_min": "2026-10-31", "created_at_max": "2026-10-31"}
    assert variables(action, day, None, zone)["query"] == (
        'created_at:>="2026-10-30T11:00:00Z" AND created_at:<"2026-10-31T11:00:00Z"'
    )
    assert asked


@pytest.mark.parametrize(
    ("comparator", "query"),
    [
        (":", '(created_at:>="2026-10-30T11:00:00Z" AND created_at:<"2026-10-31T11:00:00Z")'),
        (":>=", 'created_at:>="2026-10-30T11:00:00Z"'),
        (":<", 'created_at:<"2026-10-30T11:00:00Z"'),
        (":<=", 'created_at:<"2026-10-31T11:00:00Z"'),
        (":>", 'created_at:>="2026-10-31T11:00:00Z"'),
    ],
)
def test_a_day_is_compared_as_the_whole_that_it_is(comparator: str, query: str) -> None:
    day = {"type": "string", "format": "date-time", "search": f"created_at{comparator}"}
    action = replace(CATALOG.action("order_search"), raw_input={"type": "object", "properties": {"day": day}})
    sent = variables(action, {"day": "2026-10-31"}, None, lambda: ZoneInfo("Pacific/Auckland"))
    assert sent["query"] == query
