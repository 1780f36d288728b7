"""Any input is either checked into its final form or refused with its faults; nothing else happens."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atom_shopify_plugin.catalog import Action
from atom_shopify_plugin.errors import InvalidInput
from atom_shopify_plugin.inputs import Inputs, variables
from atom_shopify_plugin.manifest import packaged

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
    "wrong", [0, -1, "x", "gid://shopify/Order/7", "gid://shopify/Product/7\n", True, 1.5, "7 ", ""]
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
