"""Payments and refunds, end to end: amounts to the cent, and never more back than was paid."""

from __future__ import annotations

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
    NotFound,
    OutcomeUnknown,
    PluginError,
    Rejected,
)

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]


def amount(bag: Any) -> Decimal:
    return Decimal(bag["shop_money"]["amount"])


@pytest.fixture
def asked(runtime: Runtime, principal: Principal, store: Store) -> Run:
    """Ask for a destructive action and return what the confirmation says."""

    def ask(action: str, **input_: Any) -> Any:
        with pytest.raises(ConfirmationNeeded) as asked:
            runtime.actions.run(Call(principal, action, input_))
        return asked.value

    return ask


def stock(run: Run, sku: str, place: str) -> int:
    levels = run("inventory_level_get", sku=sku)["levels"]
    return int(next(level["available"] for level in levels if level["location"]["name"] == place))


def test_a_part_of_an_order_is_refunded_and_restocked_where_it_is_said(run: Run, confirmed: Run, asked: Run) -> None:
    places = {place["name"]: place["id"] for place in run("location_list")["items"]}
    before = stock(run, "MUG-BLUE", "Shop Floor")
    wanted = {
        "name": "#1001",
        "lines": [{"sku": "MUG-BLUE", "restock": "CANCEL"}],
        "location_id": places["Shop Floor"],
        "refund_shipping": True,
    }
    suggested = run("order_refund_preview", **wanted)["suggested_refund"]["amount"]
    assert asked("order_refund", **wanted).message.startswith(
        "Refund an order “#1001” in demo.myshopify.com. It pays back 16.90 EUR (16.90 EUR by bogus) of 28.90 EUR "
        "received, for 1 × Mug - Blue, back in stock at Shop Floor."
    )
    refund = confirmed("order_refund", **wanted)
    assert refund["total_refunded"] == suggested
    (line,) = refund["refund_line_items"]["nodes"]
    assert (line["quantity"], line["location"]["name"], line["restock_type"]) == (1, "Shop Floor", "CANCEL")
    assert stock(run, "MUG-BLUE", "Shop Floor") == before + 1
    assert refund["order"]["display_financial_status"] == "PARTIALLY_REFUNDED"


def test_the_rest_of_an_order_is_refunded_and_then_nothing_is_left(run: Run, confirmed: Run) -> None:
    paid = amount(run("order_payment_list", name="#1001")["total_received"])
    confirmed("order_refund", name="#1001", amount="5.00", discrepancy_reason="DAMAGE")
    refund = confirmed("order_refund", name="#1001", full=True)
    assert amount(refund["total_refunded"]) == paid - 5
    assert refund["order"]["display_financial_status"] == "REFUNDED"
    with pytest.raises((Conflict, InvalidInput)):
        run("order_refund", name="#1001", full=True)


@pytest.mark.parametrize("more", ["28.91", "1000000.00"])
def test_no_more_is_paid_back_than_was_paid(run: Run, more: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("order_refund", name="#1001", amount=more)
    assert [fault.pointer for fault in refused.value.faults] == ["/amount"]
    assert refused.value.message == "At most 28.90 EUR can be paid back, which is what is left of the payments."
    assert amount(run("order_payment_list", name="#1001")["total_refunded"]) == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cents=st.lists(st.integers(min_value=1, max_value=3500), min_size=1, max_size=4))
def test_whatever_is_asked_for_the_sum_is_never_more_than_was_paid(
    run: Run, runtime: Runtime, principal: Principal, cents: list[int]
) -> None:
    made = run(
        "order_create", line_items=[{"title": "Engraving", "price": "30.00"}], financial_status="PAID",
        transactions=[{"amount": "20.00"}, {"amount": "10.00"}],
    )  # fmt: skip
    back = 0
    for cent in cents:
        call = Call(principal, "order_refund", {"id": made["id"], "amount": f"{cent / 100:.2f}"})
        try:
            runtime.actions.run(call)
        except ConfirmationNeeded as asked:
            token = asked.details["confirmation_token"]
            runtime.actions.run(Call(call.principal, call.action, call.input, confirm=token))
            back += cent
        except InvalidInput:
            assert back + cent > 3000
    state = run("order_payment_list", id=made["id"])
    assert amount(state["total_refunded"]) == Decimal(back) / 100 <= 30


def test_each_line_that_cannot_be_refunded_is_a_fault_at_its_place(run: Run) -> None:
    lines = [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "MUG-RED"}, {"line_item_id": 1}]
    with pytest.raises(InvalidInput) as refused:
        run("order_refund_preview", name="#1001", lines=lines)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/lines/0", "quantity"), ("/lines/2/line_item_id", "not_found"),
    ]  # fmt: skip


def test_a_location_that_is_not_there_is_refused_before_a_confirmation_is_asked_for(run: Run) -> None:
    with pytest.raises(PluginError) as refused:
        run("order_refund", name="#1001", lines=[{"sku": "MUG-BLUE", "restock": "CANCEL", "location_id": 1}])
    assert not isinstance(refused.value, ConfirmationNeeded)


def test_a_refund_under_one_key_takes_effect_once(run: Run, runtime: Runtime, principal: Principal) -> None:
    given = {"name": "#1001", "amount": "5.00"}
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, "order_refund", given, idempotency_key="k1"))
    token = asked.value.details["confirmation_token"]
    first = runtime.actions.run(Call(principal, "order_refund", given, idempotency_key="k1", confirm=token))
    again = runtime.actions.run(Call(principal, "order_refund", given, idempotency_key="k1"))
    assert again.data == first.data
    assert again.meta["replayed"] is True
    assert amount(run("order_payment_list", name="#1001")["total_refunded"]) == 5


LOST = [
    ("order_mark_paid", "OrderMarkPaid", {"id": 1630000002}),
    ("order_payment_capture", "OrderPaymentCapture", {"name": "#1030"}),
    ("order_payment_void", "OrderPaymentVoid", {"name": "#1030"}),
    ("fulfillment_cancel", "FulfillmentCancel", {"id": 1860000001}),
]


@pytest.mark.parametrize(("action", "document", "given_"), LOST)
def test_a_lost_reply_is_doubt_where_shopify_knows_no_key(
    runtime: Runtime, principal: Principal, sandbox: Sandbox, asked: Run, action: str, document: str, given_: Any
) -> None:
    token = asked(action, **given_).details["confirmation_token"]
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": document}})
    with pytest.raises(OutcomeUnknown) as doubt:
        runtime.actions.run(Call(principal, action, given_, confirm=token))
    assert doubt.value.retryable is False
    assert doubt.value.details["look_at"]["action"] in runtime.catalog.actions


def test_a_lost_reply_of_a_refund_is_asked_for_again_under_its_key(
    run: Run, runtime: Runtime, principal: Principal, sandbox: Sandbox, asked: Run
) -> None:
    given_ = {"name": "#1001", "amount": "5.00"}
    token = asked("order_refund", **given_).details["confirmation_token"]
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "OrderRefund"}})
    done = runtime.actions.run(Call(principal, "order_refund", given_, confirm=token))
    assert done.meta["verified"] is True
    assert amount(run("order_payment_list", name="#1001")["total_refunded"]) == 5


def test_an_order_is_marked_as_paid_once(run: Run, confirmed: Run, asked: Run) -> None:
    assert "It records 28.90 EUR as received." in asked("order_mark_paid", id=1630000002).message
    order = confirmed("order_mark_paid", id=1630000002)
    assert (order["display_financial_status"], amount(order["total_outstanding"])) == ("PAID", 0)
    with pytest.raises(Rejected, match="cannot be marked as paid"):
        confirmed("order_mark_paid", id=1630000002)


def test_a_payment_is_recorded_and_a_part_needs_plus(run: Run, confirmed: Run) -> None:
    with pytest.raises(InvalidInput, match="Shopify Plus"):
        run("order_payment_record", id=1630000002, amount="5.00")
    order = confirmed("order_payment_record", id=1630000002, payment_method_name="Bank transfer")
    assert order["display_financial_status"] == "PAID"
    (payment,) = run("order_payment_list", id=1630000002)["transactions"]
    assert (payment["kind"], payment["gateway"]) == ("SALE", "Bank transfer")


def test_what_was_authorized_is_captured_and_no_more(run: Run, confirmed: Run, asked: Run) -> None:
    (authorized,) = run("order_payment_list", name="#1030")["transactions"]
    whole = amount(authorized["amount"])
    assert (
        f"It captures {whole:.2f} EUR of {whole:.2f} EUR authorized."
        in asked("order_payment_capture", name="#1030").message
    )
    with pytest.raises(Rejected, match="Cannot capture more"):
        confirmed("order_payment_capture", name="#1030", amount=f"{whole + 1:.2f}")
    payment = confirmed("order_payment_capture", name="#1030")
    assert (payment["kind"], amount(payment["amount"])) == ("CAPTURE", whole)
    assert payment["order"]["display_financial_status"] == "PAID"
    with pytest.raises((Conflict, Rejected)):
        confirmed("order_payment_void", name="#1030")


def test_what_was_voided_is_not_captured(run: Run, confirmed: Run) -> None:
    assert confirmed("order_payment_void", name="#1030")["kind"] == "VOID"
    with pytest.raises(Conflict, match="no such authorized payment"):
        run("order_payment_capture", name="#1030")


@pytest.mark.parametrize("action", ["order_payment_capture", "order_payment_void"])
def test_an_order_that_was_paid_at_once_has_nothing_to_capture(run: Run, action: str) -> None:
    with pytest.raises(Conflict, match="#1001 has no such authorized payment"):
        run(action, name="#1001")


@pytest.mark.parametrize(("action", "more"), [
    ("order_payment_list", {}), ("order_refund_preview", {}), ("order_refund", {"full": True}),
    ("order_payment_capture", {}), ("order_payment_void", {}),
])  # fmt: skip
def test_an_order_that_is_not_there_is_not_found(run: Run, action: str, more: Any) -> None:
    with pytest.raises(NotFound):
        run(action, name="#999999", **more)


def test_a_refund_is_shown_in_the_chat_and_not_made(run: Run, runtime: Runtime, principal: Principal) -> None:
    answer = runtime.chat.answer(principal, "preview refund #1001")
    assert answer is not None
    assert "A full refund of #1001 would pay back 28,90\xa0€ · 28,90\xa0€ by bogus." in answer.text
    asked = runtime.chat.answer(principal, "refund #1001")
    assert asked is not None
    assert "It pays back 28.90 EUR (28.90 EUR by bogus) of 28.90 EUR received" in asked.text
    assert amount(run("order_payment_list", name="#1001")["total_refunded"]) == 0


def test_an_order_leaves_the_archive_and_goes_back(run: Run) -> None:
    assert run("order_close", id=1630000001)["closed"] is True
    assert run("order_reopen", id=1630000001)["closed"] is False
