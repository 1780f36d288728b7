"""The seed: what it guarantees, that it repeats, and that it looks like a shop."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.engine import GraphQLEngine
from atom_shopify_plugin.sandbox.store import StoreState, number

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
GUARANTEED = """{
  productByIdentifier(identifier: {handle: "mug"}) {
    title vendor status variants(first: 5) { nodes { sku inventoryItem { tracked } inventoryQuantity } } }
  customerByIdentifier(identifier: {emailAddress: "ada@example.com"}) { displayName defaultPhoneNumber { phoneNumber } }
  orders(first: 2, sortKey: ID, query: "name:1001 OR name:1002") {
    nodes { name displayFinancialStatus displayFulfillmentStatus closed cancelledAt } }
  locations(first: 5) { nodes { name isActive } }
  location { name }
}"""


@pytest.mark.parametrize("size", ["small", "full"])
def test_the_guarantees_hold_at_every_size(size: str, full_store: StoreState) -> None:
    store = full_store if size == "full" else seed.build("demo.myshopify.com", size, now=NOW)
    scopes = frozenset({"read_products", "read_orders", "read_customers", "read_inventory", "read_locations"})
    answer = GraphQLEngine().execute(store, GUARANTEED, scopes=scopes, now=NOW)
    assert "errors" not in answer
    data: dict[str, Any] = answer["data"]
    mug = data["productByIdentifier"]
    assert (mug["title"], mug["vendor"], mug["status"]) == ("Mug", "Atelier", "ACTIVE")
    assert [one["sku"] for one in mug["variants"]["nodes"]] == ["MUG-BLUE", "MUG-RED"]
    assert all(one["inventoryItem"]["tracked"] and one["inventoryQuantity"] > 10 for one in mug["variants"]["nodes"])
    assert data["customerByIdentifier"] == {
        "displayName": "Ada Lovelace",
        "defaultPhoneNumber": {"phoneNumber": "+15550100"},
    }
    paid, unpaid = data["orders"]["nodes"]
    assert (paid["name"], paid["displayFinancialStatus"], paid["displayFulfillmentStatus"]) == (
        "#1001",
        "PAID",
        "UNFULFILLED",
    )
    assert (unpaid["name"], unpaid["displayFinancialStatus"]) == ("#1002", "PENDING")
    assert not paid["closed"]
    assert not unpaid["cancelledAt"]
    assert data["locations"]["nodes"] == [
        {"name": "Main Warehouse", "isActive": True},
        {"name": "Shop Floor", "isActive": True},
    ]
    assert data["location"] == {"name": "Main Warehouse"}


def test_sizes_are_as_promised(full_store: StoreState) -> None:
    assert [len(full_store.all(kind)) for kind in ("Product", "Customer", "Order")] == [200, 1000, 5000]
    small = seed.build("demo.myshopify.com", "small", now=NOW)
    assert [len(small.all(kind)) for kind in ("Product", "Customer", "Order")] == [12, 20, 30]


def test_the_same_seed_makes_the_same_store_and_another_another() -> None:
    one, same = (list(seed.build("demo.myshopify.com", "small", 7, now=NOW)) for _ in range(2))
    assert one == same
    assert one != list(seed.build("demo.myshopify.com", "small", 8, now=NOW))
    assert one != list(seed.build("outlet.myshopify.com", "small", 7, now=NOW))


def test_the_two_stores_sell_in_their_own_currency() -> None:
    outlet = seed.build("outlet.myshopify.com", "small", now=NOW)
    assert (outlet.plan, outlet.currency) == ("plus", "USD")
    demo = seed.build("demo.myshopify.com", "small", now=NOW)
    assert (demo.currency, demo.timezone, outlet.timezone) == ("EUR", "Europe/Berlin", "America/New_York")


def test_no_id_of_one_store_is_an_id_of_another() -> None:
    stores = [seed.build(f"{name}.myshopify.com", "small", now=NOW) for name in ("demo", "outlet", "third")]
    numbers = [{number(node["id"]) for node in store} - {0} for store in stores]
    assert not numbers[0] & numbers[1]
    assert not numbers[1] & numbers[2]
    assert max(max(ids) for ids in numbers) < 2**53
    assert [seed.build("third.myshopify.com", "small", now=NOW).shop["id"]] == [stores[2].shop["id"]]


def test_amounts_add_up(full_store: StoreState) -> None:
    lines, paid = full_store.all("LineItem"), full_store.all("OrderTransaction")
    for order in full_store.all("Order").values():
        goods = sum(
            lines[gid]["unitPrice"] * lines[gid]["quantity"] - lines[gid]["totalDiscount"] for gid in order["lineItems"]
        )
        assert order["subtotal"] == goods
        assert order["total"] == goods + order["totalShipping"]  # taxes are included in this store's prices
        received = sum(
            (paid[gid]["amount"] for gid in order["transactions"] if paid[gid]["kind"] == "SALE"), Decimal(0)
        )
        assert received in (0, order["total"])


def test_sales_have_weekends_seasons_and_regulars(full_store: StoreState) -> None:
    orders = full_store.all("Order").values()
    months = Counter(order["createdAt"][:7] for order in orders)
    assert len(months) >= 18
    assert months["2025-12"] > 1.4 * months["2025-09"]
    days = Counter(datetime.fromisoformat(order["createdAt"]).weekday() for order in orders)
    assert days[6] > days[2]
    regulars = Counter(order["customer"] for order in orders)
    assert regulars.most_common(1)[0][1] > 20
    assert sum(len(order["lineItems"]) for order in orders) > 7000


def test_stock_is_committed_for_what_is_not_sent_yet(full_store: StoreState) -> None:
    claims: Counter[str] = Counter()
    lines = full_store.all("LineItem")
    for work in full_store.all("FulfillmentOrder").values():
        order = full_store.all("Order")[work["order"]]
        assert [row["lineItem"] for row in work["lineItems"]] == order["lineItems"]
        is_open = work.get("status", "OPEN") in ("OPEN", "ON_HOLD")
        assert is_open == (not order.get("fulfillments") and not order.get("cancelledAt"))
        for row in work["lineItems"]:
            line = lines[row["lineItem"]]
            left = line["quantity"] - line.get("fulfilled", 0) - line.get("removed", 0)
            assert row["remainingQuantity"] == left
            assert ("claim" in row) == is_open
            if is_open:
                claims[row["claim"]] += left
    assert len(full_store.all("FulfillmentOrder")) == len(full_store.all("Order"))
    assert claims
    for gid, amount in claims.items():
        assert full_store.all("InventoryLevel")[gid]["stock"]["committed"] == amount
