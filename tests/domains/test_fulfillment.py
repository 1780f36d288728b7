"""Fulfilment, end to end: from an order to parcels and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import ConfirmationNeeded, Conflict, InvalidInput, MissingScope, NotFound, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]


def waiting(run: Run, name: str = "#1001") -> list[Any]:
    """Return the fulfillment orders of an order that are not closed."""
    return [one for one in run("fulfillment_order_search", limit=250)["items"] if one["order_name"] == name]


def test_an_order_is_sent_whole_by_its_name_with_tracking_and_without_an_email(
    run: Run, sandbox: Sandbox, store: Store
) -> None:
    parcel = run("fulfillment_create", order_name="1001", tracking_company="DHL", tracking_number="JD0001")
    assert (parcel["order"]["name"], parcel["total_quantity"], parcel["status"]) == ("#1001", 2, "SUCCESS")
    assert parcel["tracking_info"] == [{"company": "DHL", "number": "JD0001", "url": None}]
    assert run("order_get", name="#1001")["display_fulfillment_status"] == "FULFILLED"
    assert [one["id"] for one in run("fulfillment_list", order_name="#1001")["fulfillments"]] == [parcel["id"]]


@pytest.mark.parametrize("again", [{}, {"lines": [{"sku": "MUG-BLUE"}]}])
def test_an_order_is_not_sent_twice(run: Run, again: Any) -> None:
    run("fulfillment_create", order_name="#1001")
    with pytest.raises(Conflict, match="Nothing is left to fulfil"):
        run("fulfillment_create", order_name="#1001", **again)


def test_a_part_of_an_order_is_sent_and_the_rest_later(run: Run) -> None:
    parcel = run("fulfillment_create", order_name="#1001", lines=[{"sku": "MUG-BLUE", "quantity": 1}])
    assert [line["line_item"]["sku"] for line in parcel["fulfillment_line_items"]["nodes"]] == ["MUG-BLUE"]
    assert run("order_get", name="#1001")["display_fulfillment_status"] == "PARTIALLY_FULFILLED"
    rest = run("fulfillment_create", order_name="#1001")
    assert [line["line_item"]["sku"] for line in rest["fulfillment_line_items"]["nodes"]] == ["MUG-RED"]


def test_each_line_that_cannot_be_sent_is_a_fault_at_its_place(run: Run) -> None:
    lines = [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "MUG-RED"}, {"sku": "NO-SUCH-SKU"}]
    with pytest.raises(InvalidInput) as refused:
        run("fulfillment_create", order_name="#1001", lines=lines)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/lines/0", "quantity"), ("/lines/2", "not_found"),
    ]  # fmt: skip
    assert refused.value.faults[0].message == "1 of this line are left to fulfil."


def test_the_same_line_named_twice_counts_together(run: Run) -> None:
    with pytest.raises(InvalidInput):
        run("fulfillment_create", order_name="#1001", lines=[{"sku": "MUG-BLUE", "quantity": 1}] * 2)


def test_lines_are_named_by_the_order_or_by_the_fulfillment_order(run: Run) -> None:
    order = run("order_get", name="#1001")
    (one,) = waiting(run)
    first, second = one["line_items"]["nodes"]
    run("fulfillment_create", order_id=order["id"], lines=[{"line_item_id": order["line_items"]["nodes"][0]["id"]}])
    lines = [{"fulfillment_order_line_item_id": second["id"], "quantity": 1}]
    run("fulfillment_create", fulfillment_order_ids=[one["legacy_id"]], lines=lines)
    assert first["id"] != second["id"]
    assert run("order_get", name="#1001")["display_fulfillment_status"] == "FULFILLED"


MOVE = """mutation ($id: ID!, $to: ID!, $line: ID!) { fulfillmentOrderMove(id: $id, newLocationId: $to,
  fulfillmentOrderLineItems: [{id: $line, quantity: 1}]) { userErrors { message } } }"""


@pytest.fixture
def split(run: Run, shopify: Run) -> list[str]:
    """Let #1001 be sent from two locations, blue from the warehouse and red from the shop floor; return their ids."""
    (one,) = waiting(run)
    red = next(line for line in one["line_items"]["nodes"] if line["sku"] == "MUG-RED")
    places = {place["name"]: place["id"] for place in run("location_list")["items"]}
    moved = shopify(MOVE, id=one["id"], to=places["Shop Floor"], line=red["id"])
    assert moved["fulfillmentOrderMove"]["userErrors"] == []
    return [places["Main Warehouse"], places["Shop Floor"]]


def test_an_order_at_two_locations_is_sent_from_the_one_that_is_named(run: Run, split: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("fulfillment_create", order_name="#1001")
    assert [fault.pointer for fault in refused.value.faults] == ["/location_id"]
    assert {one["location_id"] for one in refused.value.details["fulfillment_orders"]} == set(split)
    parcel = run("fulfillment_create", order_name="#1001", location_id=split[1])
    assert (parcel["location"]["id"], parcel["total_quantity"]) == (split[1], 1)


def test_the_lines_say_from_which_location_where_only_one_has_them(run: Run, split: list[str]) -> None:
    assert run("fulfillment_create", order_name="#1001", lines=[{"sku": "MUG-RED"}])["location"]["id"] == split[1]


def test_lines_of_two_locations_are_no_one_parcel(run: Run, split: list[str]) -> None:
    with pytest.raises(InvalidInput, match="No location holds all of these lines"):
        run("fulfillment_create", order_name="#1001", lines=[{"sku": "MUG-RED"}, {"sku": "MUG-BLUE"}])
    assert run("fulfillment_list", order_name="#1001")["fulfillments"] == []


def test_a_parcel_is_cancelled_after_a_yes_that_says_what_it_takes_back(
    run: Run, confirmed: Run, runtime: Runtime, principal: Principal
) -> None:
    parcel = run("fulfillment_create", order_name="#1001")
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, "fulfillment_cancel", {"id": parcel["id"]}))
    assert "It takes back 2 items of order #1001: 1 × Mug - Blue, 1 × Mug - Red." in asked.value.message
    assert confirmed("fulfillment_cancel", id=parcel["id"])["status"] == "CANCELLED"
    assert run("order_get", name="#1001")["display_fulfillment_status"] == "UNFULFILLED"
    assert run("fulfillment_create", order_name="#1001")["total_quantity"] == 2


def test_tracking_takes_the_place_of_what_stood_there(run: Run) -> None:
    run("fulfillment_create", order_name="#1001", tracking_numbers=["A1", "A2"])
    parcel = run("fulfillment_tracking_update", order_name="#1001", tracking_company="UPS", tracking_number="1Z")
    assert parcel["tracking_info"] == [{"company": "UPS", "number": "1Z", "url": None}]


def test_a_parcel_has_to_be_named_where_an_order_has_several(run: Run) -> None:
    for sku in ("MUG-BLUE", "MUG-RED"):
        run("fulfillment_create", order_name="#1001", lines=[{"sku": sku}])
    with pytest.raises(InvalidInput) as refused:
        run("fulfillment_tracking_update", order_name="#1001", tracking_number="1Z")
    assert len(refused.value.details["fulfillments"]) == 2


def test_an_order_on_hold_is_sent_only_when_it_is_released(run: Run) -> None:
    held = run("fulfillment_order_hold", order_name="#1001", reason="INCORRECT_ADDRESS")
    assert held["fulfillment_hold"]["reason"] == "INCORRECT_ADDRESS"
    assert held["fulfillment_order"]["id"] in {one["id"] for one in run("fulfillment_hold_list")["items"]}
    with pytest.raises(Conflict, match="on hold"):
        run("fulfillment_create", order_name="#1001")
    assert run("fulfillment_order_release", order_name="#1001")["status"] == "OPEN"
    assert run("fulfillment_create", order_name="#1001")["total_quantity"] == 2


def test_some_units_are_held_and_the_others_sent(run: Run) -> None:
    (one,) = waiting(run)
    line = one["line_items"]["nodes"][0]
    held = run("fulfillment_order_hold", id=one["id"], lines=[{"id": line["id"], "quantity": 1}])
    assert held["remaining_fulfillment_order"]["status"] == "OPEN"
    assert run("fulfillment_create", order_name="#1001")["total_quantity"] == 1


@pytest.mark.parametrize(("action", "given"), [
    ("fulfillment_create", {"order_name": "#999999"}), ("fulfillment_create", {"fulfillment_order_ids": [1]}),
    ("fulfillment_list", {"order_name": "#999999"}), ("fulfillment_order_get", {"id": 1}),
    ("fulfillment_get", {"id": 1}),
    ("fulfillment_order_hold", {"order_name": "#999999"}),
    ("fulfillment_tracking_update", {"order_name": "#999999", "tracking_number": "A1"}),
])  # fmt: skip
def test_what_is_not_there_is_not_found(run: Run, action: str, given: Any) -> None:
    with pytest.raises(NotFound):
        run(action, **given)


def test_a_fulfillment_order_of_another_order_is_refused(run: Run) -> None:
    (one,) = waiting(run, "#1002")
    with pytest.raises(InvalidInput):
        run("fulfillment_create", order_name="#1001", fulfillment_order_ids=[one["id"]])


def test_what_a_missing_scope_hides_is_said(
    runtime: Runtime, principal: Principal, sandbox: Sandbox, store: Store, outcome: Callable[..., Outcome],
    regranted: Callable[[str], None],
) -> None:  # fmt: skip
    whole = outcome("fulfillment_order_search")
    assert whole.data["items"]
    assert [limit["missing_scopes"] for limit in whole.meta["limits"] if "since" not in limit] == [
        ["read_third_party_fulfillment_orders"]
    ]
    regranted("read_orders,read_locations,read_third_party_fulfillment_orders")
    less = outcome("fulfillment_order_search")
    assert less.data["items"] == []
    (limit,) = [limit for limit in less.meta["limits"] if "since" not in limit]
    assert limit["missing_scopes"] == ["read_merchant_managed_fulfillment_orders"]
    assert "own locations" in limit["message"]
    assert limit["connect_url"].endswith(str(store.shop))
    with pytest.raises(MissingScope):
        outcome("fulfillment_create", order_name="#1001")


def test_a_refusal_of_shopify_is_told_in_its_words(run: Run) -> None:
    with pytest.raises(Rejected):
        run("fulfillment_order_hold", id=1600000003)  # it is closed


def test_an_order_can_be_sent_said_and_held_in_the_chat(runtime: Runtime, principal: Principal, store: Store) -> None:
    def say(text: str) -> str:
        answer = runtime.chat.answer(principal, text)
        assert answer is not None
        assert answer.ok, answer.text
        return answer.text

    def change(text: str) -> str:
        assert "Say yes to do it" in say(text)
        return say("yes").partition("\nSay `undo`")[0]

    assert change("hold #1001") == "#1001 is on hold (other)."
    assert change("release #1001") == "#1001 is open again."
    assert (
        change("fulfill #1001 tracking JD0001")
        == "#1001-F1 of #1001: 2 items sent from Main Warehouse · tracking JD0001"
    )
    assert say("track #1001") == "#1001 · fulfilled\n#1001-F1 · fulfilled · tracking JD0001"
    assert "#1002 · 2 to send from Main Warehouse · open" in say("orders late")
