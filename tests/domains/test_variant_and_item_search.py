"""Variants and inventory items are found by what people know of them: SKU, product, stock, location."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from atom_shopify_plugin.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from atom_shopify_plugin.hookspecs import Principal
    from atom_shopify_plugin.runtime import Runtime
    from atom_shopify_plugin.storage import Store

Run = Callable[..., Any]


def ids(found: Any) -> list[str]:
    return [one["id"] for one in found["items"]]


@pytest.fixture
def say(runtime: Runtime, principal: Principal, store: Store) -> Callable[[str], str]:
    def answer(text: str) -> str:
        reply = runtime.chat.answer(principal, text)
        assert reply is not None
        assert reply.ok, reply.text
        return reply.text

    return answer


def test_variants_are_found_by_sku_barcode_and_product(run: Run) -> None:
    made = run("product_create", title="Milk jug", price="24.50", sku="JUG-1", barcode="4006381333931")
    (variant,) = made["variants"]["nodes"]
    for filters in (
        {"sku": "JUG-1"},
        {"barcode": "4006381333931"},
        {"product_id": made["id"]},
        {"product_id": made["handle"]},
        {"product_id": made["id"], "product_status": "active"},
    ):
        assert ids(run("variant_search", **filters)) == [variant["id"]], filters
    assert ids(run("variant_search", product_id=made["id"], product_status="DRAFT")) == []
    assert ids(run("variant_list", sku="JUG-1")) == [variant["id"]]


def test_variants_are_found_by_their_stock(run: Run) -> None:
    made = run(
        "product_create",
        title="Milk jug",
        price="24.50",
        sku="JUG-1",
        stock={"quantity": 3, "location": "Main Warehouse"},
    )
    few = run("variant_search", product_id=made["id"], inventory_quantity_max=3)
    assert [(one["sku"], one["inventory_quantity"]) for one in few["items"]] == [("JUG-1", 3)]
    assert ids(run("variant_search", product_id=made["id"], inventory_quantity_max=2)) == []
    assert ids(run("variant_search", product_id=made["id"], inventory_quantity_min=4)) == []


def test_an_item_is_read_by_sku_or_id_with_cost_customs_data_and_stock(run: Run) -> None:
    variant = run("variant_search", sku="MUG-BLUE")["items"][0]
    run("variant_update", id=variant["id"], cost="9.80", harmonized_system_code="691110", country_code_of_origin="DE")
    item = run("inventory_item_get", sku="mug-blue")
    assert item == run("inventory_item_get", id=item["id"]) == run("inventory_item_get", id="MUG-BLUE")
    assert (item["unit_cost"]["amount"], item["harmonized_system_code"], item["country_code_of_origin"]) == (
        "9.8", "691110", "DE",
    )  # fmt: skip
    assert [one["product"]["title"] for one in item["variants"]["nodes"]] == [variant["product"]["title"]]
    shown = run("inventory_level_get", sku="MUG-BLUE")["levels"]
    levels = {
        level["location"]["name"]: {one["name"]: one["quantity"] for one in level["quantities"]}
        for level in item["inventory_levels"]["nodes"]
    }
    assert {name: stock["available"] for name, stock in levels.items()} == {
        level["location"]["name"]: level["available"] for level in shown
    }
    (found,) = run("inventory_item_search", sku="MUG-BLUE")["items"]
    assert found["id"] == item["id"]
    assert found["unit_cost"] == item["unit_cost"]


def test_an_item_that_is_not_there_or_not_the_only_one_is_said(run: Run) -> None:
    with pytest.raises(NotFound, match="no such inventory item"):
        run("inventory_item_get", sku="NOTHING")
    with pytest.raises(NotFound):
        run("inventory_item_get", id="gid://shopify/InventoryItem/1")
    for _ in range(2):
        run("product_create", title="Twin", price="1.00", sku="TWIN")
    with pytest.raises(InvalidInput, match="2 items have this SKU"):
        run("inventory_item_get", sku="TWIN")
    assert [one["duplicate_sku_count"] for one in run("inventory_item_search", sku="TWIN")["items"]] == [1, 1]


def test_a_page_of_250_items_is_within_what_shopify_answers(run: Run) -> None:
    assert run("inventory_item_search", limit=250)["items"]
    assert run("variant_search", limit=250)["items"]


def test_a_location_may_be_named_where_its_id_is_expected(run: Run) -> None:
    levels = run("inventory_level_get", sku="MUG-BLUE", location_id="shop floor")["levels"]
    assert [level["location"]["name"] for level in levels] == ["Shop Floor"]
    with pytest.raises(InvalidInput, match="no location with this name"):
        run("inventory_level_get", sku="MUG-BLUE", location_id="the moon")


def test_chat_tells_the_stock_at_one_location_and_what_is_low(run: Run, say: Callable[[str], str]) -> None:
    assert "Main Warehouse" in say("stock MUG-BLUE")
    told = say("shopify stock MUG-BLUE at shop floor")
    assert "Shop Floor" in told
    assert "Main Warehouse" not in told
    run(
        "product_create",
        title="Milk jug",
        price="24.50",
        sku="JUG-1",
        stock={"quantity": 3, "location": "Main Warehouse"},
    )
    run(
        "product_create",
        title="Old jug",
        price="1.00",
        sku="JUG-0",
        status="DRAFT",
        stock={"quantity": 1, "location": "Main Warehouse"},
    )
    low = say("low stock")
    assert "3 · Milk jug (JUG-1)" in low.splitlines()
    assert "Old jug" not in low
