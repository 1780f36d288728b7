"""A name where an id is expected: read for reads and writes alike, shown by previews, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.actions.run import Call
from atom_shopify_plugin.errors import ConfirmationNeeded, InvalidInput, NotFound
from atom_shopify_plugin.hookspecs import Principal

if TYPE_CHECKING:
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.sandbox.core import Sandbox
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]
DEMO = "demo.myshopify.com"


def another_order(sandbox: Sandbox, name: str, order_id: str | None = None) -> str:
    state = sandbox.store(DEMO)
    with state.lock:
        model = next(iter(state.all("Order").values()))
        found = order_id or state.new_id("Order")
        state.put({**model, "id": found, "name": name, "number": 0})
    return found


@pytest.fixture
def sku_of_two(sandbox: Sandbox) -> str:
    state = sandbox.store(DEMO)
    with state.lock:
        for item in list(state.all("InventoryItem").values())[:2]:
            state.change(item, {"sku": "TWICE"})
    return "TWICE"


@pytest.mark.parametrize("name", ["#1001", "1001", 1001, " #1001 "])
def test_an_order_is_read_by_its_name(run: Run, name: Any) -> None:
    assert run("order_get", id=name)["name"] == "#1001"


def test_each_type_of_id_has_its_name(run: Run) -> None:
    product = run("product_search", limit=1)["items"][0]
    variant = product["variants"]["nodes"][0]
    customer = run("customer_search", limit=1)["items"][0]
    assert run("product_get", id=product["handle"])["id"] == product["id"]
    assert run("variant_get", id=variant["sku"])["id"] == variant["id"]
    assert run("customer_get", id=customer["default_email_address"]["email_address"])["id"] == customer["id"]
    assert run("inventory_level_get", variant_id=variant["sku"])["sku"] == variant["sku"]
    assert run("inventory_level_get", inventory_item_id=variant["sku"])["sku"] == variant["sku"]


def test_a_filter_takes_a_name_and_several(run: Run) -> None:
    emails = [one["default_email_address"]["email_address"] for one in run("customer_search", limit=2)["items"]]
    one = run("order_search", customer_id=emails[0])["items"]
    both = run("order_search", customer_id=",".join(emails))["items"]
    ids = [run("customer_get", id=email)["id"] for email in emails]
    assert {order["customer"]["id"] for order in one} <= {ids[0]}
    assert {order["customer"]["id"] for order in both} <= set(ids)
    assert len(both) >= len(one)


def test_a_write_takes_a_name_and_is_undone(run: Run, outcome: Run, runtime: Runtime) -> None:
    written = outcome("order_update", id="#1001", note="by name")
    assert written.meta["verified"] is True
    assert run("order_get", id="#1001")["note"] == "by name"
    assert written.meta["undo"]["input"]["id"] == written.data["id"]


def test_a_preview_shows_what_was_understood(runtime: Runtime, principal: Principal, store: Store, run: Run) -> None:
    product = run("product_search", limit=1)["items"][0]
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, "product_delete", {"id": product["handle"]}))
    preview = asked.value.details["preview"]
    assert preview["input"]["id"] == product["id"] == preview["current"]["id"]
    assert preview["names"] == {"/id": product["handle"]}
    # The yes holds for the thing, however it is named.
    call = Call(principal, "product_delete", {"id": product["id"]}, confirm=asked.value.details["confirmation_token"])
    runtime.actions.run(call)
    with pytest.raises(NotFound):
        run("product_get", id=product["handle"])


def test_a_call_with_a_key_is_answered_again_when_its_name_leads_nowhere(
    runtime: Runtime, principal: Principal, store: Store, run: Run
) -> None:
    handle = run("product_search", limit=1)["items"][0]["handle"]
    with pytest.raises(ConfirmationNeeded) as asked:
        runtime.actions.run(Call(principal, "product_delete", {"id": handle}))
    token = asked.value.details["confirmation_token"]
    call = Call(principal, "product_delete", {"id": handle}, idempotency_key="k-1", confirm=token)
    first = runtime.actions.run(call)
    again = runtime.actions.run(call)
    assert again.meta["replayed"] is True
    assert again.as_dict()["data"] == first.as_dict()["data"]


def test_what_may_be_an_id_or_a_name_is_asked_about(run: Run, sandbox: Sandbox) -> None:
    named = run("order_get", id="#1001")["id"]
    numbered = another_order(sandbox, "#9009", "gid://shopify/Order/1001")
    for action, more in (("order_get", {}), ("order_update", {"note": "x"})):
        with pytest.raises(InvalidInput) as refused:
            run(action, id="1001", **more)
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/id", "ambiguous")]
        assert refused.value.details["candidates"] == [
            {"id": numbered, "name": "#9009"},
            {"id": named, "name": "#1001"},
        ]
    assert run("order_get", id="#1001")["id"] == named
    assert run("order_get", id=numbered)["name"] == "#9009"


def test_two_orders_of_almost_one_name_are_told_apart_or_asked_about(run: Run, sandbox: Sandbox) -> None:
    lower, upper = another_order(sandbox, "en7"), another_order(sandbox, "EN7")
    assert [run("order_get", id=name)["id"] for name in ("en7", "EN7")] == [lower, upper]
    with pytest.raises(InvalidInput, match="may be meant"):
        run("order_update", id="En7", note="x")


def test_a_number_of_an_order_that_is_no_name_is_an_id(run: Run, sandbox: Sandbox) -> None:
    found = another_order(sandbox, "#9010", "gid://shopify/Order/777")
    assert run("order_get", id=777)["id"] == found
    with pytest.raises(NotFound):
        run("order_get", id=778)


@pytest.mark.parametrize(
    ("action", "name"),
    [("order_get", "#404404"), ("product_get", "no-such"), ("customer_get", "no@example.com"), ("variant_get", "NOPE")],
)
def test_a_name_of_nothing_is_not_found(run: Run, action: str, name: str) -> None:
    with pytest.raises(NotFound) as missing:
        run(action, id=name)
    assert missing.value.details["id"] == name


def test_a_name_within_the_input_that_belongs_to_nothing_is_a_fault_at_its_place(run: Run) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("order_create", line_items=[{"title": "Cup", "price": 5}], customer_id="no@example.com")
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/customer_id", "not_found")]


def test_a_line_is_ordered_by_its_sku(run: Run) -> None:
    lines = [{"sku": "MUG-BLUE", "quantity": "2"}, {"title": "Engraving", "price": 12.5, "sku": "ENGRAVE"}]
    order = run("order_create", line_items=lines)
    first, second = order["line_items"]["nodes"]
    assert first["variant"]["id"] == run("variant_get", id="MUG-BLUE")["id"]
    assert (first["quantity"], second["sku"]) == (2, "ENGRAVE")


def test_a_sku_that_is_not_one_variant_is_refused_at_its_line(run: Run, sku_of_two: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("order_create", line_items=[{"sku": "MUG-BLUE"}, {"sku": "NOPE"}, {"sku": sku_of_two}])
    assert ("/line_items/1/sku", "not_found") in [(fault.pointer, fault.code) for fault in refused.value.faults]
    with pytest.raises(InvalidInput) as refused:
        run("inventory_adjust", inventory_item_id=sku_of_two, delta=1)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/inventory_item_id", "ambiguous")]
    assert len(refused.value.details["candidates"]) == 2


def test_only_so_many_things_are_looked_up(run: Run) -> None:
    with pytest.raises(InvalidInput) as refused:
        run("order_create", line_items=[{"variant_id": f"SKU-{number}"} for number in range(21)])
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
        ("/line_items/20/variant_id", "too_many_names")
    ]


@pytest.mark.parametrize(("price", "taken"), [(15, True), ("15,50", True), ("15.500", True), (15.555, False)])
def test_an_amount_has_no_more_decimals_than_its_currency(run: Run, price: Any, taken: bool) -> None:
    if taken:
        assert run("variant_update", id="MUG-BLUE", price=price)
        return
    with pytest.raises(InvalidInput, match="at most 2 decimals") as refused:
        run("variant_update", id="MUG-BLUE", price=price)
    assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("/price", "decimals")]


def test_the_currency_of_an_order_counts_for_its_amounts(run: Run) -> None:
    with pytest.raises(InvalidInput, match="JPY has no decimals"):
        run("order_create", currency="jpy", line_items=[{"title": "Cup", "price": "15.5"}])
    assert run("order_create", currency="jpy", line_items=[{"title": "Cup", "price": "15.00"}])
