"""The seed `economy`: its books are right, it is the same each time, and it looks like two shops."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.store import Node, StoreState, number, stamp

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
STORES = ("demo.myshopify.com", "outlet.myshopify.com")
ZERO = Decimal(0)
CENT = Decimal("0.01")


def opened(now: datetime = NOW) -> Sandbox:
    return Sandbox(seed="economy", clock=Clock(now.timestamp, frozen=True))


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return opened()


@pytest.fixture(params=STORES)
def store(sandbox: Sandbox, request: pytest.FixtureRequest) -> StoreState:
    return sandbox.store(request.param)


@pytest.fixture
def demo(sandbox: Sandbox) -> StoreState:
    return sandbox.store(STORES[0])


def test_a_store_can_be_small_beside_those_with_a_history() -> None:
    with Sandbox(
        ("demo.myshopify.com", "annex.myshopify.com"), seed="economy", small=["annex.myshopify.com"]
    ) as sandbox:
        assert 0 < len(sandbox.store("annex.myshopify.com").all("Order")) < 100


def orders(store: StoreState) -> Iterator[Node]:
    yield from store.all("Order").values()


def rows(store: StoreState, kind: str, gids: list[str]) -> list[Node]:
    return [store.all(kind)[gid] for gid in gids]


def moved(store: StoreState, order: Node, *kinds: str) -> Decimal:
    """Return the money that transactions of some kinds moved."""
    paid = rows(store, "OrderTransaction", order["transactions"])
    return sum((one["amount"] for one in paid if one["kind"] in kinds and one["status"] == "SUCCESS"), ZERO)


def taxes(row: Mapping[str, Any]) -> Decimal:
    return sum((tax["price"] for tax in row.get("taxLines", ())), ZERO)


# the books


def test_lines_shipping_and_tax_are_the_total_of_each_order(store: StoreState) -> None:
    for order in orders(store):
        lines = rows(store, "LineItem", order["lineItems"])
        goods = sum((line["unitPrice"] * line["quantity"] - line["totalDiscount"] for line in lines), ZERO)
        shipping = sum((row["discounted"] for row in order["shippingLines"]), ZERO)
        tax = sum((taxes(row) for row in [*lines, *order["shippingLines"]]), ZERO)
        assert (order["subtotal"], order["totalShipping"], order["totalTax"]) == (goods, shipping, tax)
        assert order["total"] == goods + shipping + (0 if order["taxesIncluded"] else tax)
        assert order["taxesIncluded"] is (store.shop_domain == STORES[0])
        for line in lines:
            assert 0 <= line["totalDiscount"] <= line["unitPrice"] * line["quantity"]
            for row in line["taxLines"]:
                base, rate = line["unitPrice"] * line["quantity"] - line["totalDiscount"], Decimal(str(row["rate"]))
                share = rate / (1 + rate) if order["taxesIncluded"] else rate
                assert abs(row["price"] - base * share) <= CENT / 2


def test_refunds_are_never_more_than_was_paid_and_name_what_came_back(store: StoreState) -> None:
    refunded = 0
    for order in orders(store):
        paid, back = moved(store, order, "SALE", "CAPTURE"), moved(store, order, "REFUND")
        assert back <= paid
        refunds = rows(store, "Refund", order.get("refunds", []))
        refunded += bool(refunds)
        assert sum((one["total"] for one in refunds), ZERO) == back
        gone: Counter[str] = Counter()
        for refund in refunds:
            worth = sum((row["subtotal"] for row in refund["refundLineItems"]), ZERO)
            worth += sum((row["subtotal"] for row in refund.get("refundShippingLines", ())), ZERO)
            if not order["taxesIncluded"]:
                worth += sum((row["tax"] for row in refund["refundLineItems"]), ZERO)
            assert refund["total"] == worth or order.get("cancelledAt")
            assert order["processedAt"] < refund["processedAt"] < stamp(NOW)
            for row in refund["refundLineItems"]:
                gone[row["lineItem"]] += row["quantity"]
        for line in rows(store, "LineItem", order["lineItems"]):
            assert line["currentQuantity"] == line["quantity"] - gone[line["id"]] or order.get("cancelledAt")
            assert 0 <= line["currentQuantity"] <= line["quantity"]
    assert refunded > len(store.all("Order")) / 40


def test_the_states_of_orders_follow_from_what_happened_to_them(store: StoreState) -> None:
    for order in orders(store):
        paid, back = moved(store, order, "SALE", "CAPTURE"), moved(store, order, "REFUND")
        status, wanted = order["displayFinancialStatus"], order["total" if order.get("cancelledAt") else "currentTotal"]
        if back:
            assert status == ("REFUNDED" if back >= paid else "PARTIALLY_REFUNDED")
        elif paid:
            assert (status, paid) == ("PAID", wanted)
        else:
            assert status in ("PENDING", "AUTHORIZED", "VOIDED") or not order["total"]
        if order.get("cancelledAt"):
            assert order["currentTotal"] == 0
            assert order["closedAt"] == order["cancelledAt"] <= stamp(NOW)
        lines = rows(store, "LineItem", order["lineItems"])
        sent = sum(line.get("fulfilled", 0) for line in lines)
        left = sum(line["quantity"] - line.get("fulfilled", 0) - line.get("removed", 0) for line in lines)
        shown = order["displayFulfillmentStatus"]
        assert shown in ({"UNFULFILLED", "ON_HOLD"} if not sent else {"PARTIALLY_FULFILLED" if left else "FULFILLED"})
        parcels = rows(store, "Fulfillment", order.get("fulfillments", []))
        assert sum(row["quantity"] for parcel in parcels for row in parcel["fulfillmentLineItems"]) == sent
        for parcel in parcels:
            assert order["createdAt"] <= parcel["createdAt"] <= parcel.get("deliveredAt", stamp(NOW)) <= stamp(NOW)


def test_committed_stock_is_what_is_still_to_be_sent(store: StoreState) -> None:
    claims: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for work in store.all("FulfillmentOrder").values():
        for row in work["lineItems"]:
            left[row["lineItem"]] += row["remainingQuantity"]
            if row["remainingQuantity"] and row["claim"]:
                claims[row["claim"]] += row["remainingQuantity"]
    for line in store.all("LineItem").values():
        assert left[line["id"]] == line["quantity"] - line.get("fulfilled", 0) - line.get("removed", 0)
    for level in store.all("InventoryLevel").values():
        assert level["stock"].get("committed", 0) == claims[level["id"]]
        tracked = store.all("InventoryItem")[level["item"]]["tracked"]
        assert level["stock"]["available"] >= 0 or not tracked
    assert claims


def test_the_figures_of_customers_are_those_of_their_orders(sandbox: Sandbox, demo: StoreState) -> None:
    counts: Counter[str] = Counter()
    spent: dict[str, Decimal] = defaultdict(Decimal)
    first: dict[str, str] = {}
    for order in orders(demo):
        if order["customer"]:
            counts[order["customer"]] += 1
            spent[order["customer"]] += moved(demo, order, "SALE", "CAPTURE") - moved(demo, order, "REFUND")
            first.setdefault(order["customer"], order["createdAt"])
    query = """query ($after: String) { customers(first: 250, after: $after) {
      nodes { id numberOfOrders amountSpent { amount } createdAt } pageInfo { hasNextPage endCursor } } }"""
    after, seen = None, 0
    while True:
        answer = sandbox.engine.execute(
            demo, query, {"after": after}, scopes=frozenset({"read_customers", "read_all_orders"}), now=NOW
        )
        page = answer["data"]["customers"]
        for node in page["nodes"]:
            seen += 1
            assert int(node["numberOfOrders"]) == counts[node["id"]]
            assert Decimal(node["amountSpent"]["amount"]) == spent[node["id"]]
            assert node["createdAt"] == first[node["id"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == len(demo.all("Customer")) == len(counts)


def test_codes_count_the_orders_that_used_them(store: StoreState) -> None:
    used = Counter(order["discountCode"] for order in orders(store) if order["discountCode"])
    codes = {code["code"]: code for code in store.all("DiscountRedeemCode").values()}
    assert len(codes) >= 4
    assert {name: code["asyncUsageCount"] for name, code in codes.items() if code["asyncUsageCount"]} == used
    automatic = [order for order in orders(store) if order["totalDiscounts"] and not order["discountCode"]]
    assert sum(node["asyncUsageCount"] for node in store.all("DiscountAutomaticNode").values()) == len(automatic) > 0
    for order in orders(store):
        if order["discountCode"]:
            discount = store.all("DiscountCodeNode")[codes[order["discountCode"]]["discount"]]
            assert discount["startsAt"] <= order["createdAt"] < (discount["endsAt"] or stamp(NOW))


def test_names_and_ids_rise_with_time(store: StoreState) -> None:
    known = list(orders(store))
    assert [order["name"] for order in known] == [f"#{1001 + at}" for at in range(len(known))]
    for earlier, later in pairwise(known):
        assert earlier["createdAt"] <= later["createdAt"]
        assert number(earlier["id"]) < number(later["id"])
    assert timedelta(minutes=1) <= NOW - datetime.fromisoformat(known[-1]["createdAt"]) <= timedelta(minutes=10)
    assert NOW - datetime.fromisoformat(known[0]["createdAt"]) >= timedelta(days=25 * 30)
    for node in store:
        assert all(node.get(name, "") <= stamp(NOW) for name in ("createdAt", "updatedAt", "processedAt"))
    assert not store.journal
    assert not store.pending


# what it looks like


def test_few_products_make_most_of_the_sales_and_some_do_not_sell(demo: StoreState) -> None:
    sold: Counter[str] = Counter()
    last: dict[str, str] = {}
    for order in orders(demo):
        for line in rows(demo, "LineItem", order["lineItems"]):
            sold[line["product"]] += line["quantity"]
            last[line["product"]] = order["createdAt"]
    ranked = [units for _, units in sold.most_common()]
    assert 60 <= len(demo.all("Product")) <= 120
    assert sum(ranked[: len(ranked) // 3]) > 0.7 * sum(ranked)
    stocked: Counter[str] = Counter()
    for level in demo.all("InventoryLevel").values():
        variant = demo.all("ProductVariant")[demo.all("InventoryItem")[level["item"]]["variant"]]
        stocked[variant["product"]] += level["stock"]["available"]
    idle = [gid for gid, day in last.items() if day < stamp(NOW - timedelta(days=300)) and stocked[gid] > 0]
    assert len(idle) >= 3
    assert {variant["sku"] for variant in demo.all("ProductVariant").values()} >= {"MUG-BLUE", "MUG-RED"}
    assert all(item.get("unitCost") for item in demo.all("InventoryItem").values() if item["tracked"] and item["sku"])


def test_sales_grow_with_weekends_seasons_and_promotions(demo: StoreState) -> None:
    months = Counter(order["createdAt"][:7] for order in orders(demo))
    days = Counter(datetime.fromisoformat(order["createdAt"]).weekday() for order in orders(demo))
    dates = Counter(order["createdAt"][:10] for order in orders(demo))
    assert len(months) >= 26
    assert months["2025-11"] + months["2025-12"] > 1.3 * (months["2025-08"] + months["2025-09"])
    assert sum(months[f"2026-{month:02}"] for month in range(1, 11)) > 1.2 * sum(
        months[f"2025-{month:02}"] for month in range(1, 11)
    )
    assert days[6] > 1.2 * days[2]
    black_friday = sum(dates[f"2025-11-{day}"] for day in (28, 29, 30))
    assert black_friday > 1.6 * sum(dates[f"2025-11-{day}"] for day in (14, 15, 16))


def test_buyers_come_once_or_again_from_several_countries_and_channels(store: StoreState) -> None:
    counts = Counter(order["customer"] for order in orders(store) if order["customer"])
    once = sum(1 for count in counts.values() if count == 1)
    assert 0.5 < once / len(counts) < 0.85
    assert counts.most_common(1)[0][1] >= 12
    countries = {order["shippingAddress"]["countryCodeV2"] for order in orders(store) if order.get("shippingAddress")}
    assert len(countries) == (5 if store.shop_domain == STORES[0] else 2)
    assert {order.get("sourceName", "web") for order in orders(store)} == {"web", "pos", "shopify_draft_order"}


def test_there_is_everything_that_a_report_has_to_get_right(store: StoreState) -> None:
    found = Counter[str]()
    for order in orders(store):
        found["cancelled"] += bool(order.get("cancelledAt"))
        found["test"] += bool(order.get("test"))
        found["edited"] += bool(order.get("edited"))
        found["open"] += order["displayFulfillmentStatus"] == "UNFULFILLED" and not order.get("cancelledAt")
        found["held"] += order["displayFulfillmentStatus"] == "ON_HOLD"
        found["gift cards"] += any(line["isGiftCard"] for line in rows(store, "LineItem", order["lineItems"]))
        late = [parcel["createdAt"] for parcel in rows(store, "Fulfillment", order.get("fulfillments", []))]
        placed = datetime.fromisoformat(order["createdAt"])
        found["late"] += any(datetime.fromisoformat(at) - placed > timedelta(days=5) for at in late)
    for refund in store.all("Refund").values():
        found["restocked"] += any(row["restocked"] for row in refund["refundLineItems"])
        found["lost"] += any(not row["restocked"] for row in refund["refundLineItems"])
    found["left checkouts"] = len(store.all("AbandonedCheckout"))
    names = ("cancelled", "test", "edited", "open", "held", "gift cards", "late", "restocked", "lost", "left checkouts")
    assert [name for name in names if not found[name]] == []
    assert (found["test"], found["held"]) == (1, 1)


# the seed itself

_DIGEST = """
import hashlib, json, sys
from datetime import datetime, UTC
from atom_shopify_plugin.sandbox.clock import Clock
from atom_shopify_plugin.sandbox.core import Sandbox
clock = Clock(datetime(2026, 11, 30, 9, 30, tzinfo=UTC).timestamp, frozen=True)
store = Sandbox(seed="economy", clock=clock).store("outlet.myshopify.com")
print(hashlib.sha256(json.dumps(list(store), default=str).encode()).hexdigest())
"""


def test_every_process_makes_the_same_store(sandbox: Sandbox) -> None:
    store = list(sandbox.store(STORES[1]))
    here = hashlib.sha256(json.dumps(store, default=str).encode()).hexdigest()
    environ = {**os.environ, "PYTHONHASHSEED": "7"}
    there = subprocess.run([sys.executable, "-c", _DIGEST], env=environ, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


@pytest.mark.parametrize(
    "now", ["2026-02-28T00:00:30", "2027-03-28T01:30:00", "2028-02-29T23:59:00", "2026-06-21T12:00"]
)
def test_it_can_end_on_any_day(now: str) -> None:
    end = datetime.fromisoformat(now).replace(tzinfo=UTC)
    store = opened(end).store(STORES[1])
    known = [order["createdAt"] for order in orders(store)]
    assert len(known) == 1500
    assert known == sorted(known)
    assert stamp(end - timedelta(minutes=10)) <= known[-1] < stamp(end)
    assert all(parcel["createdAt"] <= stamp(end) for parcel in store.all("Fulfillment").values())


def test_a_seed_file_may_begin_with_it() -> None:
    shop = {"name": "Mine", "currency": "GBP"}
    entry = {"base": "economy", "shop": shop, "customers": [{"email": "one.more@example.com"}]}
    store = Sandbox(seed={"stores": {"mine.myshopify.com": entry}}).store("mine.myshopify.com")
    assert store.currency == "GBP"
    assert len(store.all("Order")) == 5000
    assert store.find("Customer", "email", "one.more@example.com")


def test_a_seed_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="economy"):
        Sandbox(seed="economics")
