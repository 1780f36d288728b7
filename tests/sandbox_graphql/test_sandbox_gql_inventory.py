"""Stock: set and adjusted once per key, never over a stale number."""

from __future__ import annotations

import threading
from typing import Any

import pytest

SET = """mutation S($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes { name delta quantityAfterChange item { sku } location { name } } }
    userErrors { field message code } } }"""
ADJUST = """mutation A($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { name delta } } userErrors { field message code } } }"""
LEVEL = """query L($item: ID!, $place: ID!) { inventoryItem(id: $item) { inventoryLevel(locationId: $place) {
  id quantities(names: ["available", "on_hand", "committed"]) { name quantity } } } }"""


class Stock:
    """The blue mug in the warehouse."""

    def __init__(self, shop: Any) -> None:
        self.shop = shop
        self.item = shop.gid("InventoryItem", sku="MUG-BLUE")
        self.place = shop.first("Location")

    def entry(self, **more: Any) -> dict[str, Any]:
        return {"inventoryItemId": self.item, "locationId": self.place, "changeFromQuantity": None, **more}

    def set(
        self, quantity: int, key: str = "k", name: str = "available", reason: str = "correction", **more: Any
    ) -> Any:
        entry = self.entry(quantity=quantity, **more)
        return self.shop.mutate(SET, {"input": {"name": name, "reason": reason, "quantities": [entry]}, "key": key})

    def adjust(self, delta: int, key: str = "k", name: str = "available", **more: Any) -> Any:
        entry = self.entry(delta=delta, **more)
        return self.shop.mutate(
            ADJUST, {"input": {"name": name, "reason": "correction", "changes": [entry]}, "key": key}
        )

    def now(self, name: str = "available") -> int:
        level = self.shop.data(LEVEL, {"item": self.item, "place": self.place})["inventoryItem"]["inventoryLevel"]
        return next(one["quantity"] for one in level["quantities"] if one["name"] == name)


@pytest.fixture
def stock(shop: Any) -> Stock:
    return Stock(shop)


def test_available_is_set_and_the_change_is_told(stock: Stock) -> None:
    before = stock.now()
    group = stock.set(before + 5)["inventoryAdjustmentGroup"]
    assert group["reason"] == "correction"
    assert [(one["name"], one["delta"]) for one in group["changes"]] == [("available", 5), ("on_hand", 5)]
    assert group["changes"][0]["item"] == {"sku": "MUG-BLUE"}
    assert group["changes"][0]["location"] == {"name": "Main Warehouse"}
    assert stock.now() == before + 5
    (effect,) = stock.shop.store.journal
    assert (effect.operation, effect.action, effect.idempotency_key) == ("inventorySetQuantities", "updated", "k")
    assert effect.gid.startswith("gid://shopify/InventoryLevel/")


def test_on_hand_holds_what_is_committed_too(stock: Stock) -> None:
    committed = stock.now("committed")
    stock.set(50, name="on_hand")
    assert (stock.now("on_hand"), stock.now()) == (50, 50 - committed)


def test_an_adjustment_adds(stock: Stock) -> None:
    before = stock.now()
    stock.adjust(-3)
    assert stock.now() == before - 3


def test_nothing_changed_is_no_group_and_no_effect(stock: Stock) -> None:
    assert stock.set(stock.now())["inventoryAdjustmentGroup"] is None
    assert stock.shop.store.journal == []


def test_the_directive_is_required(stock: Stock) -> None:
    text = SET.replace(" @idempotent(key: $key)", "").replace(", $key: String!", "")
    answer = stock.shop.ask(text, {"input": {"name": "available", "reason": "other", "quantities": []}})
    (error,) = answer["errors"]
    assert error["message"] == "The @idempotent directive is required for this mutation but was not provided."
    assert error["path"] == ["inventorySetQuantities"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert answer["data"] == {"inventorySetQuantities": None}


def test_a_repeated_key_does_not_run_again(stock: Stock) -> None:
    before = stock.now()
    first, again = stock.adjust(4), stock.adjust(4)
    assert first == again
    assert stock.now() == before + 4
    assert len(stock.shop.store.journal) == 1


def test_a_key_with_other_parameters_is_a_mismatch(stock: Stock) -> None:
    stock.adjust(4)
    payload = stock.adjust(5)
    assert payload["inventoryAdjustmentGroup"] is None
    assert payload["userErrors"] == [
        {
            "field": None,
            "message": "The same idempotency key cannot be used with different operation parameters.",
            "code": "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
        }
    ]
    assert stock.set(4)["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"


def test_a_key_of_a_refused_attempt_is_spent(stock: Stock) -> None:
    assert stock.set(-2_000_000_000)["userErrors"][0]["code"] == "INVALID_QUANTITY_TOO_LOW"
    assert stock.set(-2_000_000_000)["userErrors"][0]["code"] == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
    assert stock.set(7, key="fresh")["userErrors"] == []


def test_a_key_is_forgotten_after_a_day(stock: Stock) -> None:
    before = stock.now()
    stock.adjust(1)
    stock.shop.wait(hours=23, minutes=59)
    stock.adjust(1)
    assert stock.now() == before + 1
    stock.shop.wait(minutes=1)
    stock.adjust(1)
    assert stock.now() == before + 2


@pytest.mark.parametrize(
    ("text", "member", "name"),
    [(SET, "quantities", "InventoryQuantityInput"), (ADJUST, "changes", "InventoryChangeInput")],
)
def test_change_from_quantity_must_be_there(stock: Stock, text: str, member: str, name: str) -> None:
    entry = stock.entry(**({"quantity": 1} if member == "quantities" else {"delta": 1}))
    del entry["changeFromQuantity"]
    answer = stock.shop.ask(text, {"input": {"name": "available", "reason": "other", member: [entry]}, "key": "k"})
    (error,) = answer["errors"]
    assert error["message"] == f"{name} must include the following argument: changeFromQuantity."
    assert error["extensions"] == {"code": "INVALID_FIELD_ARGUMENTS"}


def test_a_stale_quantity_is_refused(stock: Stock) -> None:
    before = stock.now()
    payload = stock.set(9, changeFromQuantity=before + 1)
    assert payload["userErrors"] == [
        {
            "field": ["input", "quantities", "0", "changeFromQuantity"],
            "message": "The changeFromQuantity value does not match persisted value.",
            "code": "CHANGE_FROM_QUANTITY_STALE",
        }
    ]
    assert stock.now() == before
    assert stock.set(9, key="other", changeFromQuantity=before)["userErrors"] == []
    assert stock.adjust(1, key="third", changeFromQuantity=0)["userErrors"][0]["code"] == "CHANGE_FROM_QUANTITY_STALE"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "reserved"}, "INVALID_NAME"),
        ({"reason": "because"}, "INVALID_REASON"),
        ({"quantity": 1_000_000_001}, "INVALID_QUANTITY_TOO_HIGH"),
        ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/1"}, "INVALID_LOCATION"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(stock: Stock, change: dict[str, Any], code: str) -> None:
    (error,) = stock.set(**{"quantity": 5, **change})["userErrors"]
    assert error["code"] == code
    assert stock.shop.store.journal == []


def test_a_pair_is_set_once_per_call(stock: Stock) -> None:
    twice = [stock.entry(quantity=1), stock.entry(quantity=2)]
    payload = stock.shop.mutate(
        SET, {"input": {"name": "available", "reason": "other", "quantities": twice}, "key": "k"}
    )
    assert payload["userErrors"][0]["code"] == "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"


def test_other_states_need_a_ledger_document_and_available_must_have_none(stock: Stock) -> None:
    assert stock.adjust(1, name="damaged")["userErrors"][0]["code"] == "INVALID_QUANTITY_DOCUMENT"
    document = "gid://app/Ledger/1"
    assert stock.adjust(1, "b", ledgerDocumentUri=document)["userErrors"][0]["code"] == "INVALID_AVAILABLE_DOCUMENT"
    changes = stock.adjust(1, "c", name="damaged", ledgerDocumentUri=document)["inventoryAdjustmentGroup"]["changes"]
    assert [one["name"] for one in changes] == ["damaged", "on_hand"]
    assert stock.adjust(1, "d", name="committed")["userErrors"][0]["code"] == "INVALID_QUANTITY_NAME"


def test_stock_is_read_from_either_side(stock: Stock) -> None:
    text = """query B($id: ID!, $item: ID!) {
      location(id: $id) { inventoryLevel(inventoryItemId: $item) { id item { sku } } inventoryLevels(first: 250) {
    nodes { id } } }
      inventoryItem(id: $item) { inventoryLevels(first: 5) { nodes { id location { name } } } variants(first: 1) {
    nodes { sku } } } }"""
    data = stock.shop.data(text, {"id": stock.place, "item": stock.item})
    level = data["location"]["inventoryLevel"]
    assert level["item"] == {"sku": "MUG-BLUE"}
    assert {"id": level["id"]} in data["location"]["inventoryLevels"]["nodes"]
    assert [one["location"]["name"] for one in data["inventoryItem"]["inventoryLevels"]["nodes"]] == [
        "Main Warehouse",
        "Shop Floor",
    ]
    found = stock.shop.data("query L($id: ID!) { inventoryLevel(id: $id) { location { name } } }", {"id": level["id"]})
    assert found["inventoryLevel"] == {"location": {"name": "Main Warehouse"}}


def test_many_threads_lose_no_change(stock: Stock) -> None:
    before = stock.now()

    def work(name: int) -> None:
        for at in range(10):
            stock.adjust(1, key=f"{name}/{at}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stock.now() == before + 60
    assert len(stock.shop.store.journal) == 60
