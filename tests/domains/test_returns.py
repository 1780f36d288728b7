"""Returns, end to end: from what was sent to what is back in stock and paid back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import (
    ConfirmationNeeded,
    Conflict,
    InvalidInput,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    Rejected,
)

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]
BOWL, BEANS = "COASTAL-BOWL-BLACK", "CLASSIC-COFFEE-BEANS-250G"


def amount(bag: Any) -> Decimal:
    return Decimal(bag["shop_money"]["amount"])


def items(run: Run, order: str = "#1003") -> Counter[str]:
    """Return how many of each SKU can be returned."""
    found: Counter[str] = Counter()
    for parcel in run("returnable_item_list", order_id=order)["items"]:
        for row in parcel["returnable_fulfillment_line_items"]["nodes"]:
            found[row["fulfillment_line_item"]["line_item"]["sku"]] += row["quantity"]
    return found


def stock(run: Run, sku: str, place: str) -> int:
    levels = run("inventory_level_get", sku=sku)["levels"]
    return int(next((level["available"] for level in levels if level["location"]["name"] == place), 0))


@pytest.fixture
def opened(run: Run) -> Any:
    """Open a return of both lines of #1003."""
    lines = [{"sku": BOWL, "reason": "arrived-late"}, {"sku": BEANS, "reason": "Quality", "note": "Stale"}]
    return run("return_create", order_id="#1003", lines=lines)


def test_what_was_sent_can_be_returned_once(run: Run, opened: Any) -> None:
    assert (opened["status"], opened["name"], opened["total_quantity"]) == ("OPEN", "#1003-R1", 2)
    reasons = {
        row["return_reason_definition"]["handle"]: row["return_reason_note"]
        for row in opened["return_line_items"]["nodes"]
    }
    assert reasons == {"arrived-late": "", "quality": "Stale"}
    assert items(run) == {}
    with pytest.raises(Conflict, match="Nothing of #1003 can be returned"):
        run("return_create", order_id="#1003", lines=[{"sku": BOWL, "reason": "quality"}])


def test_a_return_is_found_by_its_name(run: Run, opened: Any) -> None:
    for name in ("#1003-R1", "1003-R1", opened["id"], opened["legacy_id"]):
        assert run("return_get", id=name)["id"] == opened["id"]
    with pytest.raises(NotFound):
        run("return_get", id="#1003-R2")
    with pytest.raises(NotFound):
        run("return_get", id=999999)


def test_a_request_waits_until_it_is_approved_and_says_who_asked_for_what(run: Run) -> None:
    asked = run(
        "return_request", order_id="#1003", lines=[{"sku": BOWL, "reason": "quality", "customer_note": "Chipped"}]
    )
    assert (asked["status"], asked["return_line_items"]["nodes"][0]["customer_note"]) == ("REQUESTED", "Chipped")
    with pytest.raises(Conflict, match="is requested: only an open return"):
        run("return_item_dispose", id=asked["name"], lines=[{"sku": BOWL, "disposition": "MISSING"}])
    approved = run("return_approve", id=asked["name"])
    assert approved["status"] == "OPEN"
    assert approved["request_approved_at"] is not None
    with pytest.raises(Rejected, match="not approvable"):
        run("return_approve", id=asked["name"])


def test_a_declined_request_stays_declined_and_its_items_are_free(run: Run) -> None:
    asked = run("return_request", order_id="#1003", lines=[{"sku": BOWL, "reason": "quality"}])
    assert items(run) == {BEANS: 1}
    declined = run("return_decline", id=asked["id"], reason="FINAL_SALE", note="It was on sale.")
    assert (declined["status"], declined["decline"]) == (
        "DECLINED",
        {"reason": "FINAL_SALE", "note": "It was on sale."},
    )
    assert items(run) == {BOWL: 1, BEANS: 1}
    with pytest.raises(Rejected):
        run("return_approve", id=asked["id"])


def test_each_line_that_cannot_be_returned_is_a_fault_at_its_place(run: Run) -> None:
    lines = [{"sku": BOWL, "quantity": 2, "reason": "quality"}, {"sku": "NO-SUCH", "reason": "quality"}]
    with pytest.raises(InvalidInput) as refused:
        run("return_create", order_id="#1003", lines=lines)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/lines/1/sku", "not_found"), ("/lines/0/quantity", "quantity"),
    ]  # fmt: skip
    assert {row["sku"] for row in refused.value.details["returnable"]} == {BOWL, BEANS}


def test_a_reason_that_is_not_there_is_refused_with_those_that_are(run: Run) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("return_create", order_id="#1003", lines=[{"sku": BOWL, "reason": "I changed my mind"}])
    assert [fault.pointer for fault in refused.value.faults] == ["/lines/0/reason"]
    known = {row["handle"] for row in run("return_reason_list", limit=250)["items"]}
    assert set(refused.value.details["reasons"]) <= known
    assert items(run) == {BOWL: 1, BEANS: 1}


def test_an_order_that_was_not_sent_has_nothing_to_return(run: Run) -> None:
    with pytest.raises(Conflict, match="Nothing of #1001 can be returned"):
        run("return_request", order_id="#1001", lines=[{"sku": "MUG-BLUE", "reason": "quality"}])


@pytest.mark.parametrize("order", ["#999999", 999999])
def test_an_order_that_is_not_there_is_not_found(run: Run, order: Any) -> None:
    with pytest.raises((NotFound, InvalidInput)):
        run("return_create", order_id=order, lines=[{"sku": BOWL, "reason": "quality"}])


def test_a_calculation_writes_nothing_and_says_what_a_refund_would_be(run: Run) -> None:
    (row,) = run("return_calculate", order_id="#1003", lines=[{"sku": BOWL}])["return_line_items"]
    line = next(line for line in run("order_get", name="#1003")["line_items"]["nodes"] if line["sku"] == BOWL)
    assert amount(row["subtotal"]) == amount(line["discounted_total"])
    assert items(run) == {BOWL: 1, BEANS: 1}


def test_a_return_is_processed_after_a_yes_that_names_places_and_amounts(
    run: Run, confirmed: Run, runtime: Runtime, principal: Principal, opened: Any
) -> None:
    before = stock(run, BOWL, "Shop Floor")
    wanted = {
        "id": "#1003-R1",
        "lines": [
            {"sku": BOWL, "disposition": "RESTOCKED", "location": "shop floor"},
            {"sku": BEANS, "disposition": "MISSING"},
        ],
        "refund": True,
    }
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, "return_process", wanted))
    paid = run("order_payment_list", name="#1003")
    assert asked.value.message.startswith("Process a return “#1003-R1” in demo.myshopify.com. It processes 1 × ")
    assert ", back in stock at Shop Floor, 1 × " in asked.value.message
    assert "(missing), and pays back " in asked.value.message
    assert asked.value.details["preview"]["question"] == "Process the return “#1003-R1” in demo?"
    done = confirmed("return_process", **wanted)
    rows = done["return_line_items"]["nodes"]
    assert [row["processable_quantity"] for row in rows] == [0, 0]
    assert [row["refunded_quantity"] for row in rows] == [1, 1]
    (refund,) = done["refunds"]["nodes"]
    assert amount(run("order_payment_list", name="#1003")["total_refunded"]) == amount(refund["total_refunded"])
    assert amount(refund["total_refunded"]) == amount(paid["total_received"]) - shipping(run)
    assert stock(run, BOWL, "Shop Floor") == before + 1
    with pytest.raises(Conflict, match="Nothing of #1003-R1 is left to process"):
        run("return_process", id="#1003-R1")


def shipping(run: Run) -> Decimal:
    return amount(run("order_get", name="#1003")["total_shipping_price"])


def test_no_more_is_paid_back_than_was_paid(run: Run, opened: Any) -> None:
    with pytest.raises(InvalidInput, match="At most") as refused:
        run("return_process", id=opened["id"], refund=True, amount="100000.00")
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/amount", "more_than_paid")]


def test_a_part_is_processed_and_paid_back_with_another_amount_and_the_shipping(
    run: Run, confirmed: Run, opened: Any
) -> None:
    done = confirmed("return_process", id=opened["id"], lines=[{"sku": BOWL}], amount="1.50", refund=True)
    assert [amount(refund["total_refunded"]) for refund in done["refunds"]["nodes"]] == [Decimal("1.50")]
    assert sorted(row["processed_quantity"] for row in done["return_line_items"]["nodes"]) == [0, 1]


def test_nothing_is_paid_back_unless_it_is_said(run: Run, confirmed: Run, opened: Any) -> None:
    done = confirmed("return_process", id=opened["id"], disposition="NOT_RESTOCKED")
    assert done["refunds"]["nodes"] == []
    assert amount(run("order_payment_list", name="#1003")["total_refunded"]) == 0


def test_a_location_is_named_where_there_are_several(run: Run, opened: Any) -> None:
    with pytest.raises(InvalidInput, match="say which one is meant") as refused:
        run("return_item_dispose", id=opened["id"], lines=[{"sku": BOWL, "disposition": "RESTOCKED"}])
    assert [fault.pointer for fault in refused.value.faults] == ["/lines/0/location"]
    with pytest.raises(InvalidInput, match="no location of that name"):
        run(
            "return_item_dispose",
            id=opened["id"],
            lines=[{"sku": BOWL, "disposition": "RESTOCKED", "location": "Moon"}],
        )


def test_items_are_dealt_with_once(run: Run, opened: Any) -> None:
    line = {"sku": BOWL, "disposition": "RESTOCKED", "location": "Main Warehouse"}
    before = stock(run, BOWL, "Main Warehouse")
    done = run("return_item_dispose", id=opened["id"], lines=[line])
    (row,) = done["reverse_fulfillment_order_line_items"]
    assert [(one["type"], one["location"]["name"]) for one in row["dispositions"]] == [("RESTOCKED", "Main Warehouse")]
    assert stock(run, BOWL, "Main Warehouse") == before + 1
    with pytest.raises(InvalidInput, match="0 of this line are left"):
        run("return_item_dispose", id=opened["id"], lines=[line])


def test_an_open_return_is_closed_and_opened_again(run: Run, opened: Any) -> None:
    closed = run("return_close", id=opened["name"])
    assert (closed["status"], closed["closed_at"] is not None) == ("CLOSED", True)
    with pytest.raises(Rejected, match="Only returns with status REQUESTED"):
        run("return_approve", id=opened["name"])
    opened_again = run("return_reopen", id=opened["name"])
    assert (opened_again["status"], opened_again["closed_at"]) == ("OPEN", None)


def test_a_return_is_cancelled_after_a_yes_and_its_items_may_come_back_again(
    run: Run, confirmed: Run, runtime: Runtime, principal: Principal, opened: Any
) -> None:
    assert items(run) == {}
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, "return_cancel", {"id": opened["name"]}))
    assert asked.value.details["preview"]["question"] == "Cancel the return “#1003-R1” in demo for good?"
    assert confirmed("return_cancel", id=opened["name"])["status"] == "CANCELED"
    assert items(run) == {BOWL: 1, BEANS: 1}


def test_a_return_of_which_something_was_dealt_with_is_not_cancelled(run: Run, confirmed: Run, opened: Any) -> None:
    line = {"sku": BOWL, "quantity": 1, "disposition": "MISSING"}
    run("return_item_dispose", id=opened["id"], lines=[line])
    with pytest.raises(Rejected, match="not cancelable"):
        confirmed("return_cancel", id=opened["id"])


LOST = [
    ("return_create", "ReturnCreate", {"order_id": "#1003", "lines": [{"sku": BOWL, "reason": "quality"}]}),
    ("return_request", "ReturnRequest", {"order_id": "#1003", "lines": [{"sku": BOWL, "reason": "quality"}]}),
    ("return_approve", "ReturnApprove", {"id": "#1018-R1"}),
    ("return_close", "ReturnClose", {"id": "#1023-R1"}),
    ("return_decline", "ReturnDecline", {"id": "#1018-R1", "reason": "OTHER"}),
    (
        "return_item_dispose", "ReturnItemDispose",
        {"id": "#1023-R1", "lines": [{"sku": "CLASSIC-POSTER-A4", "disposition": "MISSING"}]},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("action", "document", "given_"), LOST)
def test_a_lost_reply_is_doubt_that_names_what_shows_it(
    run: Run, sandbox: Sandbox, action: str, document: str, given_: Any
) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": document}})
    with pytest.raises(OutcomeUnknown) as doubt:
        run(action, **given_)
    assert doubt.value.retryable is False
    look = doubt.value.details["look_at"]
    assert run(look["action"], **look["input"])


def test_a_lost_reply_to_a_refund_of_a_return_is_doubt_and_not_sent_again(
    runtime: Runtime, principal: Principal, sandbox: Sandbox, run: Run, opened: Any
) -> None:
    wanted = {"id": opened["id"], "refund": True}
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, "return_process", wanted))
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": "ReturnProcess"}})
    with pytest.raises(OutcomeUnknown) as doubt:
        runtime.actions.run(
            Call(principal, "return_process", wanted, confirm=asked.value.details["confirmation_token"])
        )
    look = doubt.value.details["look_at"]
    assert len(run(look["action"], **look["input"])["refunds"]["nodes"]) == 1


def test_a_store_that_grants_no_returns_says_which_scope_is_missing(run: Run, regranted: Run) -> None:
    regranted("write_orders,read_locations")
    with pytest.raises(MissingScope, match="write_returns"):
        run("return_approve", id=1170000001)


def test_the_chat_says_what_can_be_returned_and_approves(runtime: Runtime, principal: Principal, store: Any) -> None:
    told = runtime.chat.answer(principal, "return #1003")
    assert told is not None
    assert "#1003-F1: 1 × " in told.text
    asked = runtime.chat.answer(principal, "approve return #1018-R1")
    assert asked is not None
    assert "Say yes to do it" in asked.text
    told = runtime.chat.answer(principal, "yes")
    assert told is not None
    assert "#1018-R1 is approved: 1 × " in told.text


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(min_value=1, max_value=4), min_size=1, max_size=4))
def test_no_more_is_returned_than_was_sent(run: Run, parts: list[int]) -> None:
    order = run("order_create", line_items=[{"variant_id": "MUG-BLUE", "quantity": 5}], financial_status="PAID")
    run("fulfillment_create", order_id=order["id"], lines=[{"sku": "MUG-BLUE", "quantity": 2}])
    run("fulfillment_create", order_id=order["id"])
    left = 5
    for part in parts:
        wanted = {"order_id": order["id"], "lines": [{"sku": "MUG-BLUE", "quantity": part, "reason": "quality"}]}
        if part <= left:
            assert run("return_create", **wanted)["total_quantity"] == part
            left -= part
        else:
            with pytest.raises((InvalidInput, Conflict)):
                run("return_create", **wanted)
    assert sum(items(run, order["id"]).values()) == left
