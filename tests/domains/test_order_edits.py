"""Edits of placed orders, end to end: previewed, committed together, and nothing done where the answer says so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atom_shopify_plugin.actions.run import Call, Outcome
from atom_shopify_plugin.errors import (
    Conflict,
    InvalidInput,
    MissingScope,
    NotFound,
    OutcomeUnknown,
    PluginError,
    Rejected,
)

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]


def amount(bag: Any) -> Decimal:
    return Decimal(bag["shop_money"]["amount"])


def lines(run: Run, name: str = "#1001") -> dict[str, int]:
    """Return how many of each line are on an order, by SKU or title."""
    nodes = run("order_get", name=name)["line_items"]["nodes"]
    return {line["sku"] or line["title"]: line["current_quantity"] for line in nodes}


@pytest.fixture
def preview(runtime: Runtime, principal: Principal) -> Run:
    """Ask what a write would do."""

    def ask(action: str, **input_: Any) -> Any:
        return runtime.actions.run(Call(principal, action, input_, preview=True)).data["preview"]

    return ask


def test_what_an_order_comes_to_is_shown_before_anything_is_on_it(run: Run, preview: Run) -> None:
    before = run("order_get", name="#1001")
    told = preview("order_line_quantity_set", id="#1001", lines=[{"sku": "MUG-BLUE", "quantity": 3}])
    assert (
        "It sets quantity of Mug - Blue from 1 to 3. 28.90 EUR becomes 52.90 EUR; the customer owes 24.00 EUR."
        in told["summary"]
    )
    assert told["changes"] == [
        {"field": "quantity of Mug - Blue", "before": 1, "after": 3},
        {"field": "total_price", "before": "28.90 EUR", "after": "52.90 EUR"},
        {"field": "total_outstanding", "before": "0.00 EUR", "after": "24.00 EUR"},
    ]
    assert [sent["operation"] for sent in told["sends"]] == ["OrderEditCommit"]
    assert run("order_get", name="#1001") == before


def test_several_changes_are_one_edit(run: Run, outcome: Callable[..., Outcome], sandbox: Sandbox, store: Any) -> None:
    changes = [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "MUG-RED", "quantity": 0}]
    done = outcome("order_line_quantity_set", id="#1001", lines=changes)
    assert done.meta["verified"] is True
    assert lines(run) == {"MUG-BLUE": 2, "MUG-RED": 0}
    assert len(sandbox.store(str(store.shop)).all("OrderEdit")) == 1


def test_what_was_taken_off_goes_back_into_stock_unless_it_is_said_otherwise(run: Run) -> None:
    def available(sku: str) -> int:
        levels = run("inventory_level_get", sku=sku)["levels"]
        return sum(level["available"] for level in levels)

    before = available("MUG-BLUE"), available("MUG-RED")
    run("order_line_quantity_set", id="#1001", lines=[{"sku": "MUG-BLUE", "quantity": 0}])
    run("order_line_quantity_set", id="#1001", lines=[{"sku": "MUG-RED", "quantity": 0, "restock": False}])
    assert (available("MUG-BLUE"), available("MUG-RED")) == (before[0] + 1, before[1])


def test_variants_and_things_that_are_none_are_added(run: Run) -> None:
    order = run("order_line_add", id="#1001", lines=[{"variant_id": "CLASSIC-BOWL-BLUE", "quantity": 2}])
    assert order["edit"]["lines"][0]["current_quantity"] == 2
    order = run("order_custom_line_add", id="#1001", lines=[{"title": "Gift wrapping", "price": "3.50"}])
    assert lines(run) == {"MUG-BLUE": 1, "MUG-RED": 1, "CLASSIC-BOWL-BLUE": 2, "Gift wrapping": 1}
    assert order["total_outstanding"]["shop_money"] == order["edit"]["total_outstanding"]
    order = run("order_shipping_line_add", id="#1001", lines=[{"title": "Express", "price": "9.90"}])
    assert amount(order["total_shipping_price"]) == Decimal("14.80")


def test_a_variant_that_is_there_already_gets_no_second_line_unless_it_is_said(run: Run) -> None:
    wanted = [{"variant_id": "CLASSIC-BOWL-BLUE"}, {"variant_id": "MUG-BLUE"}]
    with pytest.raises(Rejected, match=r"Line 2: .*already on the order") as refused:
        run("order_line_add", id="#1001", lines=wanted)
    assert refused.value.details["pointer"] == "/lines/1"
    assert lines(run) == {"MUG-BLUE": 1, "MUG-RED": 1}
    run("order_line_add", id="#1001", lines=[{"variant_id": "MUG-BLUE", "allow_duplicates": True}])
    assert len(run("order_get", name="#1001")["line_items"]["nodes"]) == 3


def test_a_line_is_discounted_and_the_discount_taken_back(run: Run, preview: Run) -> None:
    wanted = {"id": "#1001", "lines": [{"sku": "MUG-BLUE", "percent": 50, "description": "Scratched"}]}
    assert (
        "It changes the price of Mug - Blue from 12.00 EUR to 6.00 EUR."
        in preview("order_line_discount_add", **wanted)["summary"]
    )
    order = run("order_line_discount_add", **wanted)
    assert amount(order["line_items"]["nodes"][0]["discounted_unit_price"]) == 6
    assert (amount(order["current_total_price"]), amount(order["total_outstanding"])) == (Decimal("22.90"), -6)
    with pytest.raises(Rejected, match="has a discount already"):
        run("order_line_discount_add", **wanted)
    back = run("order_line_discount_remove", id="#1001", lines=[{"sku": "MUG-BLUE"}])
    assert amount(back["current_total_price"]) == Decimal("28.90")
    assert back["edit"]["undo"][0]["percent"] == 50
    with pytest.raises(Conflict, match="has no discount of its own"):
        run("order_line_discount_remove", id="#1001", lines=[{"sku": "MUG-BLUE"}])


def test_what_was_sent_stays_on_the_order(run: Run) -> None:
    run("fulfillment_create", order_name="#1001", lines=[{"sku": "MUG-BLUE", "quantity": 1}])
    with pytest.raises(InvalidInput) as refused:
        run(
            "order_line_quantity_set",
            id="#1001",
            lines=[{"sku": "MUG-RED", "quantity": 2}, {"sku": "MUG-BLUE", "quantity": 0}],
        )
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/lines/1/quantity", "fulfilled")
    with pytest.raises(Rejected, match="Only unfulfilled items"):
        run("order_line_discount_add", id="#1001", lines=[{"sku": "MUG-BLUE", "percent": 5}])
    assert lines(run) == {"MUG-BLUE": 1, "MUG-RED": 1}


def test_each_line_that_is_not_there_is_a_fault_at_its_place(run: Run) -> None:
    wanted = [{"sku": "NO-SUCH", "quantity": 1}, {"sku": "MUG-RED", "quantity": 1}, {"line_item_id": 1, "quantity": 0}]
    with pytest.raises(InvalidInput) as refused:
        run("order_line_quantity_set", id="#1001", lines=wanted)
    assert [fault.pointer for fault in refused.value.faults] == ["/lines/0/sku", "/lines/2/line_item_id"]
    assert {line["sku"] for line in refused.value.details["lines"]} == {"MUG-BLUE", "MUG-RED"}


def test_a_line_is_named_once(run: Run) -> None:
    with pytest.raises(InvalidInput) as refused:
        run(
            "order_line_quantity_set",
            id="#1001",
            lines=[{"sku": "MUG-RED", "quantity": 1}, {"sku": "MUG-RED", "quantity": 2}],
        )
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/lines/1", "duplicate")]


def test_the_same_quantity_is_no_edit(run: Run) -> None:
    with pytest.raises(Conflict, match="#1001 is like this already"):
        run("order_line_quantity_set", id="#1001", lines=[{"sku": "MUG-RED", "quantity": 1}])


def test_an_order_that_is_cancelled_is_not_edited(run: Run, confirmed: Run) -> None:
    confirmed("order_cancel", id=1630000002, reason="CUSTOMER")
    with pytest.raises(Rejected, match="cannot be edited"):
        run("order_line_add", id=1630000002, lines=[{"variant_id": "CLASSIC-BOWL-BLUE"}])


@pytest.mark.parametrize("order", ["#999999", 999999999999])
def test_an_order_that_is_not_there_is_not_found(run: Run, order: Any) -> None:
    with pytest.raises((NotFound, Rejected)) as refused:
        run("order_custom_line_add", id=order, lines=[{"title": "Card", "price": "1.00"}])
    assert refused.value.status in (400, 404)


STAGED = [
    ("order_custom_line_add", "OrderEditAddCustomItem", {"title": "Card", "price": "1.00"}),
    ("order_line_add", "OrderEditAddVariant", {"variant_id": "MUG-BLUE", "allow_duplicates": True}),
    ("order_shipping_line_add", "OrderEditAddShippingLine", {"title": "Express", "price": "9.90"}),
]


@pytest.mark.parametrize(("action", "document", "line"), STAGED)
def test_a_lost_answer_before_the_commit_leaves_the_order_as_it_was_and_is_said_so(
    run: Run, sandbox: Sandbox, action: str, document: str, line: Any
) -> None:
    before = run("order_get", name="#1001")
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": document}})
    with pytest.raises(PluginError) as lost:
        run(action, id="#1001", lines=[line])
    assert not isinstance(lost.value, OutcomeUnknown)
    assert lost.value.retryable
    assert run("order_get", name="#1001") == before
    run(action, id="#1001", lines=[line])
    after = run("order_get", name="#1001")
    added = len(after["line_items"]["nodes"]) - len(before["line_items"]["nodes"])
    assert added + bool(amount(after["total_shipping_price"]) != amount(before["total_shipping_price"])) == 1


def test_a_lost_answer_to_the_beginning_is_no_matter(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": 1, "match": {"subject": "OrderEditBegin"}})
    run("order_custom_line_add", id="#1001", lines=[{"title": "Card", "price": "1.00"}])
    assert lines(run)["Card"] == 1


def test_a_lost_answer_to_the_commit_is_doubt_that_names_what_shows_it(run: Run, sandbox: Sandbox) -> None:
    sandbox.faults.add({"kind": "lost_reply", "times": None, "match": {"subject": "OrderEditCommit"}})
    with pytest.raises(OutcomeUnknown) as doubt:
        run("order_line_quantity_set", id="#1001", lines=[{"sku": "MUG-BLUE", "quantity": 4}])
    assert doubt.value.retryable is False
    look = doubt.value.details["look_at"]
    nodes = run(look["action"], **look["input"])["line_items"]["nodes"]
    assert next(line["current_quantity"] for line in nodes if line["sku"] == "MUG-BLUE") == 4


def test_a_store_that_grants_no_edits_says_which_scope_is_missing(run: Run, regranted: Run) -> None:
    regranted("write_orders,read_products,read_customers")
    with pytest.raises(MissingScope, match="write_order_edits"):
        run("order_custom_line_add", id="#1001", lines=[{"title": "Card", "price": "1.00"}])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    quantities=st.lists(st.tuples(st.sampled_from(["MUG-BLUE", "MUG-RED"]), st.integers(0, 5)), min_size=1, max_size=5)
)
def test_whatever_is_set_the_order_comes_to_its_lines_and_its_shipping(
    run: Run, quantities: list[tuple[str, int]]
) -> None:
    shipping = Decimal("4.90")
    for sku, quantity in quantities:
        try:
            order = run("order_line_quantity_set", id="#1001", lines=[{"sku": sku, "quantity": quantity}])
        except Conflict:
            continue
        assert lines(run)[sku] == quantity
        assert amount(order["current_total_price"]) == 12 * sum(lines(run).values()) + shipping
