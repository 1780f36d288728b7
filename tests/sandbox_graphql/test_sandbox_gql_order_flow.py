"""Whatever is done to an order, its units, its stock and its money add up."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

CREATE = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order,
  options: {inventoryBehaviour: DECREMENT_IGNORING_POLICY}) { order { id } userErrors { message } } }"""
SEND = "mutation F($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { userErrors { message } } }"
UNDO = "mutation C($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }"
HOLD = """mutation H($id: ID!, $hold: FulfillmentOrderHoldInput!) { fulfillmentOrderHold(id: $id,
  fulfillmentHold: $hold) { userErrors { message } } }"""
RELEASE = "mutation R($id: ID!) { fulfillmentOrderReleaseHold(id: $id) { userErrors { message } } }"
MOVE = """mutation M($id: ID!, $to: ID!, $rows: [FulfillmentOrderLineItemInput!]) { fulfillmentOrderMove(id: $id,
  newLocationId: $to, fulfillmentOrderLineItems: $rows) { userErrors { message } } }"""
CANCEL = "mutation C($id: ID!) { fulfillmentOrderCancel(id: $id) { userErrors { message } } }"
SPLIT = """mutation S($s: [FulfillmentOrderSplitInput!]!) { fulfillmentOrderSplit(fulfillmentOrderSplits: $s) {
  userErrors { message } } }"""
MERGE = """mutation M($m: [FulfillmentOrderMergeInput!]!) { fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $m) {
  userErrors { message } } }"""
REFUND = """mutation R($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
  userErrors { message } } }"""
WHOLE = """mutation X($id: ID!, $restock: Boolean!) { orderCancel(orderId: $id, reason: OTHER, restock: $restock,
  refund: true) { userErrors { message } } }"""
BEGIN = "mutation B($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } userErrors { message } } }"
SET = """mutation S($id: ID!, $line: ID!, $quantity: Int!, $restock: Boolean) { orderEditSetQuantity(id: $id,
  lineItemId: $line, quantity: $quantity, restock: $restock) {
    calculatedOrder { totalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } } }
    userErrors { message } } }"""
COMMIT = """mutation C($id: ID!) { orderEditCommit(id: $id) { order { currentTotalPriceSet { shopMoney { amount } }
  totalOutstandingSet { shopMoney { amount } } } userErrors { message } } }"""
KEYS = count()


def steps_of(*names: str, most: int = 8) -> st.SearchStrategy[list[Any]]:
    step = st.tuples(
        st.sampled_from(names),
        st.integers(0, 3),  # which of the orders, parcels or places
        st.integers(1, 3),  # how many units
        st.sampled_from(["CANCEL", "RETURN", "NO_RESTOCK"]),
    )
    return st.lists(step, max_size=most)


ALL = steps_of("send", "undo", "hold", "release", "move", "split", "merge", "cancel", "refund", "edit", "give up")
PARTS = steps_of("split", "merge", "merge", "send", "move", most=6)


class Flow:
    """One order of a tracked variant, and what happens to it."""

    def __init__(self, shop: Any, quantity: int) -> None:
        shop.scopes |= {"write_merchant_managed_fulfillment_orders", "write_order_edits"}
        self.shop = shop
        self.store = shop.store
        self.variant = shop.gid("ProductVariant", sku="MUG-BLUE")
        self.item = self.store.get(self.variant)["inventoryItem"]
        self.others = self.held()
        lines = [{"variantId": self.variant, "quantity": quantity}]
        made = shop.mutate(CREATE, {"order": {"lineItems": lines, "financialStatus": "PAID"}})
        self.order = self.store.get(made["order"]["id"])
        self.line = self.store.get(self.order["lineItems"][0])

    def held(self) -> Counter[str]:
        levels = self.store.find("InventoryLevel", "item", self.item)
        return Counter({level["id"]: level["stock"].get("committed", 0) for level in levels})

    def work(self) -> list[Any]:
        return list(self.store.find("FulfillmentOrder", "order", self.order["id"]))

    def step(self, name: str, which: int, units: int, how: str) -> None:
        orders = self.work()
        node = orders[which % len(orders)]
        rows = [{"id": row["id"], "quantity": units} for row in node["lineItems"]]
        parcels = self.order.get("fulfillments", [])
        places = [one["id"] for one in self.store.all("Location").values() if one["isActive"]]
        if name == "send":
            group = {"fulfillmentOrderId": node["id"], "fulfillmentOrderLineItems": rows}
            self.shop.mutate(SEND, {"f": {"lineItemsByFulfillmentOrder": [group]}})
        elif name == "undo" and parcels:
            self.shop.mutate(UNDO, {"id": parcels[which % len(parcels)]})
        elif name == "hold":
            hold = {"reason": "OTHER", "fulfillmentOrderLineItems": rows if which % 2 else []}
            self.shop.mutate(HOLD, {"id": node["id"], "hold": hold})
        elif name == "release":
            self.shop.mutate(RELEASE, {"id": node["id"]})
        elif name == "move":
            to = places[units % len(places)]
            self.shop.mutate(MOVE, {"id": node["id"], "to": to, "rows": rows if which % 2 else None})
        elif name == "split":
            self.shop.mutate(SPLIT, {"s": [{"fulfillmentOrderId": node["id"], "fulfillmentOrderLineItems": rows}]})
        elif name == "merge":
            part = {"fulfillmentOrderLineItems": rows} if how == "CANCEL" else {}
            others = [{"fulfillmentOrderId": node["id"], **part}] * (2 if how == "RETURN" else 1)
            first = {"fulfillmentOrderId": orders[0]["id"]}
            self.shop.mutate(MERGE, {"m": [{"mergeIntents": [first, *others]}]})
        elif name == "cancel":
            self.shop.mutate(CANCEL, {"id": node["id"]})
        elif name == "refund":
            self.refund(units, how, more=5 * which)
        elif name == "edit":
            self.edit(which + units, restock=how != "NO_RESTOCK")
        elif name == "give up":
            self.shop.mutate(WHOLE, {"id": self.order["id"], "restock": how != "NO_RESTOCK"})
            for _ in range(3):
                self.shop.data("{ shop { id } }")

    def refund(self, units: int, how: str, more: int) -> None:
        row = {"lineItemId": self.line["id"], "quantity": units, "restockType": how}
        back = {"orderId": self.order["id"], "parentId": self.order["transactions"][0], "gateway": "manual"}
        money = {**back, "kind": "REFUND", "amount": str(self.line["unitPrice"] * units + more)}
        given_ = {"orderId": self.order["id"], "refundLineItems": [row], "transactions": [money]}
        self.shop.mutate(REFUND, {"input": given_, "key": f"k{next(KEYS)}"})

    def edit(self, quantity: int, *, restock: bool) -> None:
        """Edit the line; what a commit makes of the order is what the calculated order showed."""
        begun = self.shop.mutate(BEGIN, {"id": self.order["id"]})["calculatedOrder"]
        if begun is None:
            return
        given_ = {"line": self.line["id"], "quantity": quantity, "restock": restock}
        shown = self.shop.mutate(SET, {"id": begun["id"], **given_})["calculatedOrder"]
        made = self.shop.mutate(COMMIT, {"id": begun["id"]})["order"]
        if shown is not None and made is not None:
            assert made["currentTotalPriceSet"] == shown["totalPriceSet"]
            assert made["totalOutstandingSet"] == shown["totalOutstandingSet"]

    def check(self) -> None:
        """Fail unless units, stock and money add up."""
        line, order = self.line, self.order
        left = line["quantity"] - line.get("fulfilled", 0) - line.get("removed", 0)
        nodes = [node for node in self.work() if self.is_open(node)]
        waiting = [row for node in nodes for row in node["lineItems"]]
        assert all(
            self.store.get(row["claim"])["location"] == node["location"] for node in nodes for row in node["lineItems"]
        )
        assert 0 <= left == sum(row["remainingQuantity"] for row in waiting)
        assert 0 <= line["currentQuantity"] <= line["quantity"]
        assert all(0 <= row["remainingQuantity"] <= row["totalQuantity"] for row in waiting)
        parcels = [self.store.get(gid) for gid in order.get("fulfillments", [])]
        sent = sum(
            row["quantity"]
            for parcel in parcels
            if parcel.get("status") != "CANCELLED"
            for row in parcel["fulfillmentLineItems"]
        )
        assert line.get("fulfilled", 0) == sent
        claims: Counter[str] = Counter()
        for row in waiting:
            claims[row["claim"]] += row["remainingQuantity"]
        now = self.held()
        assert {gid: now[gid] - self.others[gid] for gid in now} == {gid: claims[gid] for gid in now}
        rows = [self.store.get(gid) for gid in order["transactions"]]
        paid, back = (
            sum((row["amount"] for row in rows if row["kind"] == kind), Decimal(0)) for kind in ("SALE", "REFUND")
        )
        assert back <= paid
        status = order["displayFulfillmentStatus"]
        assert (status in ("FULFILLED", "PARTIALLY_FULFILLED")) == bool(sent)
        assert (status == "FULFILLED") == bool(sent and not left)

    def is_open(self, node: Any) -> bool:
        return node.get("status", "OPEN") in ("OPEN", "IN_PROGRESS", "ON_HOLD")


def follow(shop: Any, quantity: int, steps: list[Any]) -> None:
    flow = Flow(shop, quantity)
    flow.check()
    for step in steps:
        flow.step(*step)
        flow.check()


FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(quantity=st.integers(1, 4), steps=ALL)
@example(quantity=3, steps=[("edit", 0, 1, "CANCEL"), ("send", 0, 1, "CANCEL"), ("edit", 3, 2, "NO_RESTOCK")])
@example(quantity=3, steps=[("send", 0, 2, "CANCEL"), ("edit", 1, 1, "NO_RESTOCK"), ("edit", 0, 1, "CANCEL")])
def test_units_stock_and_money_add_up_after_every_step(shop: Any, quantity: int, steps: list[Any]) -> None:
    follow(shop, quantity, steps)


@FEW
@given(quantity=st.integers(3, 6), steps=PARTS)
@example(quantity=4, steps=[("merge", 1, 1, "CANCEL")])
@example(quantity=4, steps=[("merge", 1, 1, "RETURN"), ("split", 0, 3, "CANCEL")])
def test_parts_of_fulfillment_orders_add_up_after_every_step(shop: Any, quantity: int, steps: list[Any]) -> None:
    follow(shop, quantity, [("split", 0, 2, "CANCEL"), *steps])
