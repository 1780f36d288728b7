"""What people name: an order by its name, an item by its SKU; compared whole, however many look like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from atom_shopify_plugin.sandbox.core import Sandbox

Run = Callable[..., Any]
DEMO = "demo.myshopify.com"
NOT_YET = "only some seconds after it was written"


def more_orders(sandbox: Sandbox, names: list[str]) -> None:
    """Put orders into the store that come before all others when they are sorted by their numbers."""
    state = sandbox.store(DEMO)
    with state.lock:
        model = next(iter(state.all("Order").values()))
        for name in names:
            state.put({**model, "id": state.new_id("Order"), "name": name, "number": 0})


@pytest.mark.parametrize("name", ["#1001", "1001", " 1001 "])
def test_the_name_that_fits_is_found_behind_all_that_begin_with_it(run: Run, sandbox: Sandbox, name: str) -> None:
    more_orders(sandbox, [f"#1001{number}" for number in range(600)])
    found = run("order_get", name=name)
    assert found["name"] == "#1001"
    assert found["line_items"]["nodes"]


def test_a_name_that_only_others_begin_with_is_not_found(run: Run, sandbox: Sandbox) -> None:
    more_orders(sandbox, [f"#777{number}" for number in range(300)])
    with pytest.raises(NotFound):
        run("order_get", name="#777")


def test_the_name_as_it_was_given_comes_first(run: Run, sandbox: Sandbox) -> None:
    more_orders(sandbox, ["#5005", "5005", "en5005", "EN5005"])
    assert [run("order_get", name=name)["name"] for name in ("5005", "#5005", "EN5005", "en5005")] == [
        "5005", "#5005", "EN5005", "en5005",
    ]  # fmt: skip


def test_what_can_not_be_looked_through_is_said(run: Run, sandbox: Sandbox) -> None:
    more_orders(sandbox, [f"#8{number}" for number in range(2_100)])
    with pytest.raises(InvalidInput, match="name the one meant by its id") as refused:
        run("order_get", name="#8")
    assert refused.value.faults[0].pointer == "/name"


@pytest.mark.parametrize("kept", [" CUP 7 ", "CUP 7", "cup 7"])
@pytest.mark.parametrize("asked", ["CUP 7", " CUP 7", "cup 7\t"])
def test_blanks_around_a_sku_and_its_case_do_not_count(run: Run, sandbox: Sandbox, kept: str, asked: str) -> None:
    item = run("inventory_level_get", sku="MUG-BLUE")
    state = sandbox.store(DEMO)
    with state.lock:
        state.change(state.all("InventoryItem")[item["id"]], {"sku": kept})
    assert run("inventory_level_get", sku=asked)["id"] == item["id"]


def test_a_sku_that_two_items_have_is_not_guessed(run: Run, sandbox: Sandbox) -> None:
    state = sandbox.store(DEMO)
    with state.lock:
        for item in list(state.all("InventoryItem").values())[:3]:
            state.change(item, {"sku": " TWICE"})
    with pytest.raises(InvalidInput, match="3 items have this SKU"):
        run("inventory_level_get", sku="TWICE")


@pytest.fixture
def lagging(sandbox: Sandbox) -> Callable[[float], None]:
    """Let the searches of the demo store follow its writes after so many seconds."""
    account = sandbox.accounts[DEMO]

    def lag(seconds: float) -> None:
        account.switches = account.switches.changed({"search_lag": seconds})

    lag(3600)
    return lag


def test_a_new_order_is_found_by_its_id_at_once_and_by_its_name_later(
    run: Run, lagging: Callable[[float], None]
) -> None:
    order = run("order_create", line_items=[{"title": "Engraving", "price": "12.00"}])
    assert run("order_get", id=order["id"])["name"] == order["name"]
    with pytest.raises(NotFound, match=NOT_YET):
        run("order_get", name=order["name"])
    lagging(0)
    assert run("order_get", name=order["name"])["id"] == order["id"]


def test_a_new_sku_leads_to_no_other_item_and_an_old_one_to_none(run: Run, lagging: Callable[[float], None]) -> None:
    item = run("inventory_level_get", sku="MUG-BLUE")
    run("variant_update", id=item["variant"]["id"], sku="MUG-NAVY")
    for sku in ("MUG-BLUE", "MUG-NAVY"):
        with pytest.raises(NotFound, match=NOT_YET):
            run("inventory_level_get", sku=sku)
        with pytest.raises(NotFound, match=NOT_YET):
            run("inventory_set", sku=sku, quantity=7)
    lagging(0)
    assert run("inventory_level_get", sku="MUG-NAVY")["id"] == item["id"]


def test_what_was_written_is_verified_while_searches_lag(
    outcome: Callable[..., Any], run: Run, lagging: Callable[[float], None]
) -> None:
    ada = run("customer_get", email="ada@example.com")
    told = [
        outcome("product_create", title="Anvil", vendor="Acme").meta,
        outcome("customer_update", id=ada["id"], first_name="Augusta").meta,
        outcome("inventory_set", sku="MUG-BLUE", quantity=7).meta,
    ]
    assert [each["verified"] for each in told] == [True, True, True]
    assert run("customer_get", email="ada@example.com")["first_name"] == "Augusta"
