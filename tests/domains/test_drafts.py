"""Draft orders, end to end: prepared, priced, sent as an invoice, and completed once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import NotFound, OutcomeUnknown, Rejected

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
CUP = {"title": "Cup", "price": "20.00", "quantity": 2}


def amount(bag: Any) -> Decimal:
    return Decimal(bag["shop_money"]["amount"])


@pytest.mark.parametrize("name", ["#D1", "D1", " #d1 "])
def test_a_draft_is_found_by_its_name(run: Run, name: str) -> None:
    assert run("draft_get", name=name)["name"] == "#D1"


@pytest.mark.parametrize("name", ["#D", "#D11", "Mug"])
def test_a_name_is_compared_whole(run: Run, name: str) -> None:
    with pytest.raises(NotFound):
        run("draft_get", name=name)


def test_lines_discounts_and_shipping_add_up(run: Run) -> None:
    draft = run(
        "draft_create",
        line_items=[{**CUP, "discount": {"type": "PERCENTAGE", "value": "10"}}],
        discount={"type": "FIXED_AMOUNT", "value": "5.00", "title": "Regular"},
        shipping_line={"title": "Courier", "price": "7.25"},
    )
    assert [amount(draft[name]) for name in ("subtotal_price", "total_shipping_price", "total_price")] == [
        Decimal("31"), Decimal("7.25"), Decimal("38.25"),
    ]  # fmt: skip
    assert draft["applied_discount"]["title"] == "Regular"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    price=st.integers(min_value=0, max_value=100_000),
    quantity=st.integers(min_value=1, max_value=50),
    percent=st.integers(min_value=0, max_value=100),
)
def test_what_is_calculated_is_what_is_created(run: Run, price: int, quantity: int, percent: int) -> None:
    line = {"title": "Cup", "price": f"{price / 100:.2f}", "quantity": quantity}
    wanted = {"line_items": [line], "discount": {"type": "PERCENTAGE", "value": str(percent)}}
    told = run("draft_calculate", **wanted)
    made = run("draft_create", **wanted)
    assert told["total_price"] == made["total_price"]
    assert abs(amount(told["total_price"]) - Decimal(price * quantity * (100 - percent)) / 10_000) <= Decimal("0.005")


def test_a_calculation_leaves_nothing_behind_and_may_be_asked_for_again(run: Run, sandbox: Sandbox) -> None:
    before = len(run("draft_search")["items"])
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "DraftCalculate"}})
    assert amount(run("draft_calculate", line_items=[CUP])["total_price"]) == 40
    assert len(run("draft_search")["items"]) == before


def test_a_variant_brings_its_price_unless_another_is_given(run: Run) -> None:
    lines = [{"variant_id": 1380000001}, {"variant_id": 1380000001, "price": "1.50"}]
    first, second = run("draft_create", line_items=lines)["line_items"]["nodes"]
    assert (amount(first["original_unit_price"]), amount(second["original_unit_price"])) == (12, Decimal("1.5"))


def test_an_update_leaves_the_rest_replaces_lines_and_clears_what_is_null(run: Run) -> None:
    made = run("draft_create", line_items=[CUP], note="By phone", discount={"type": "FIXED_AMOUNT", "value": "5"})
    changed = run("draft_update", id=made["id"], line_items=[{**CUP, "quantity": 1}], discount=None)
    assert (changed["note"], amount(changed["total_price"])) == ("By phone", 20)
    assert run("draft_update", id=made["id"], note=None)["note"] in (None, "")


def test_a_draft_is_completed_once(run: Run) -> None:
    draft = run("draft_complete", id=1260000001)
    order = run("order_get", id=draft["order"]["id"])
    assert (draft["status"], order["display_financial_status"]) == ("COMPLETED", "PAID")
    assert order["total_price"] == draft["total_price"]
    for again in (("draft_complete", {}), ("draft_update", {"note": "x"}), ("draft_invoice_send", {})):
        with pytest.raises(Rejected, match="has been paid"):
            run(again[0], id=draft["id"], **again[1])


def test_an_invoice_is_shown_first_and_then_sent(run: Run) -> None:
    shown = run("draft_invoice_preview", name="#D1", custom_message="<As agreed>")
    assert shown["subject"] == "Invoice #D1"
    assert "&lt;As agreed&gt;" in shown["html"]
    assert run("draft_get", name="#D1")["invoice_sent_at"] is None
    sent = run("draft_invoice_send", name="#D1")
    assert (sent["status"], sent["invoice_sent_at"] is not None) == ("INVOICE_SENT", True)


def test_an_invoice_needs_an_address(run: Run) -> None:
    made = run("draft_create", line_items=[CUP])
    with pytest.raises(Rejected, match="To can't be blank"):
        run("draft_invoice_send", id=made["id"])
    assert run("draft_invoice_send", id=made["id"], to="grace@example.com")["status"] == "INVOICE_SENT"


def test_a_deleted_draft_is_gone_after_a_yes(run: Run, confirmed: Run) -> None:
    confirmed("draft_delete", id=1260000001)
    with pytest.raises(NotFound):
        run("draft_get", id=1260000001)


@pytest.mark.parametrize(("action", "document"), [
    ("draft_complete", "DraftComplete"), ("draft_invoice_send", "DraftInvoiceSend"),
])  # fmt: skip
def test_a_lost_answer_is_doubt(
    runtime: Runtime, principal: Principal, store: Store, sandbox: Sandbox, action: str, document: str
) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": document}})
    with pytest.raises(OutcomeUnknown) as doubt:
        runtime.actions.run(Call(principal, action, {"id": 1260000001}))
    assert doubt.value.retryable is False
    assert doubt.value.details["look_at"] == {
        "action": "draft_get",
        "input": {"id": "gid://shopify/DraftOrder/1260000001"},
    }


def test_drafts_are_asked_for_and_invoices_sent_in_the_chat(
    runtime: Runtime, principal: Principal, store: Store
) -> None:
    def say(text: str) -> str:
        answer = runtime.chat.answer(principal, text)
        assert answer is not None
        return answer.text

    assert say("drafts") == "#D1 · 36,00\xa0€ · open · Ada Lovelace"
    assert say("preview invoice #D1").startswith("Subject: Invoice #D1")
    assert "It sends an e-mail to ada@example.com." in say("send invoice #D1")
    assert say("yes") == "The invoice of #D1 (36,00\xa0€) was sent to ada@example.com."
