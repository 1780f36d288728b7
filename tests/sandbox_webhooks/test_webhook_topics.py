"""Which topics an action raises, and that nothing else does."""

from __future__ import annotations

import pytest

from atom_shopify_plugin.sandbox.webhooks.topics import HEADER

PAID = """mutation ($id: ID!) { orderMarkAsPaid(input: {id: $id}) { order { id } userErrors { message } } }"""
CANCEL = """mutation ($id: ID!) {
  orderCancel(orderId: $id, reason: OTHER, refund: true, restock: true) { job { id } } }"""
SET = """mutation ($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { message } } }"""


@pytest.fixture
def topics(shop, receiver, sandbox):
    """Subscribe to everything; return a function that lists the topics raised since it was called last."""
    shop.subscribe_to_all(receiver.url)
    sandbox.deliveries.change({"workers": 1})

    def topics() -> list[str]:
        shop.settle()
        found = sorted(set(receiver.topics()))
        receiver.got.clear()
        return found

    return topics


def order_id(shop, name: str) -> str:
    return str(
        shop.graphql(f'{{ orders(first: 1, query: "name:{name}") {{ nodes {{ id }} }} }}')["orders"]["nodes"][0]["id"]
    )


@pytest.mark.parametrize(("total", "most"), [(260, 520), ("40.50", 81), (5, 100)])
def test_an_order_comes_to_the_amount_that_was_asked_for(shop, total, most):
    for seed in range(5):
        made = shop.do("orders", {"total": total, "seed": seed})
        assert float(total) <= float(made["total"]) <= most


def test_a_paid_order(shop, topics):
    shop.do("orders", {"lines": [{"sku": "MUG-BLUE"}], "customer": "ada@example.com"})
    assert topics() == [
        "fulfillment_orders/order_routing_complete",
        "inventory_levels/update",
        "order_transactions/create",
        "orders/create",
        "orders/paid",
        "products/update",
    ]


def test_an_unpaid_order_of_a_new_customer(shop, topics):
    shop.do("orders", {"lines": [{"sku": "MUG-BLUE"}], "customer": {"email": "n@example.com"}, "paid": False})
    assert topics() == [
        "customers/create",
        "fulfillment_orders/order_routing_complete",
        "inventory_levels/update",
        "orders/create",
        "products/update",
    ]


def test_an_order_is_told_of_once_per_topic(shop, receiver):
    shop.subscribe("ORDERS_CREATE", receiver.url)
    shop.subscribe("ORDERS_UPDATED", receiver.url)
    shop.do("orders", {})
    shop.settle()
    assert receiver.topics() == ["orders/create"]


def test_a_payment(shop, topics):
    shop.graphql(PAID, id=order_id(shop, "1002"))
    assert topics() == ["order_transactions/create", "orders/paid", "orders/updated"]


def test_the_control_api_pays_too(shop, topics):
    shop.do("orders/1002", {"paid": True})
    assert topics() == ["order_transactions/create", "orders/paid", "orders/updated"]


def test_a_change_of_an_order(shop, topics):
    shop.do("orders/1001", {"note": "Ring twice"})
    assert topics() == ["orders/updated"]


def test_a_cancellation_tells_when_the_work_is_done(shop, topics):
    shop.graphql(CANCEL, id=order_id(shop, "1001"))
    assert topics() == []
    for _ in range(3):
        shop.graphql("{ shop { name } }")
    assert topics() == [
        "inventory_levels/update",
        "order_transactions/create",
        "orders/cancelled",
        "orders/updated",
        "products/update",
        "refunds/create",
    ]


def test_the_life_of_a_product(shop, topics):
    made = shop.do("products", {"title": "Bowl"})
    assert topics() == ["inventory_items/create", "inventory_levels/connect", "products/create"]
    shop.do(f"products/{made['id']}", {"tags": ["new"]})
    assert topics() == ["products/update"]
    shop.do("products/bowl", method="DELETE")
    assert topics() == ["inventory_items/delete", "inventory_levels/disconnect", "products/delete"]


def test_a_change_of_a_variant_is_one_of_its_product(shop, topics, sandbox):
    product = sandbox.store(shop.domain).find("Product", "handle", "mug")[0]
    text = """mutation ($id: ID!, $v: ID!) {
      productVariantsBulkUpdate(productId: $id, variants: [{id: $v, price: "13.00"}]) { userErrors { message } } }"""
    shop.graphql(text, id=product["id"], v=product["variants"][0])
    assert topics() == ["products/update"]


def test_stock_that_runs_out_and_comes_back(shop, topics):
    for location in ("Main Warehouse", "Shop Floor"):
        shop.do("inventory", {"sku": "MUG-RED", "location": location, "available": 0})
    assert topics() == ["inventory_levels/update", "products/update", "variants/out_of_stock"]
    shop.do("inventory", {"sku": "MUG-RED", "location": "Shop Floor", "available": 2})
    assert topics() == ["inventory_levels/update", "products/update", "variants/in_stock"]


def test_the_life_of_a_customer(shop, topics):
    made = shop.do("customers", {"email": "n@example.com"})
    assert topics() == ["customers/create"]
    shop.do("customers/n@example.com", {"tags": ["vip"]})
    assert topics() == ["customers/update"]
    text = "mutation ($id: ID!) { customerDelete(input: {id: $id}) { userErrors { message } } }"
    shop.graphql(text, id=made["admin_graphql_api_id"])
    assert topics() == ["customers/delete"]


def test_settings_of_the_shop(shop, topics):
    shop.do("shop", {"name": "Demo & Daughters"})
    assert topics() == ["shop/update"]


def test_tags_of_an_app_are_told_of_like_the_merchants(shop, topics, sandbox):
    gid = sandbox.store(shop.domain).find("Product", "handle", "mug")[0]["id"]
    shop.graphql('mutation ($id: ID!) { tagsAdd(id: $id, tags: ["hot"]) { userErrors { message } } }', id=gid)
    assert topics() == ["products/update"]


def test_a_query_tells_nobody(shop, topics):
    shop.graphql("{ products(first: 3) { nodes { id title } } }")
    assert topics() == []


def test_a_refused_mutation_tells_nobody(shop, topics):
    shop.control("POST", f"stores/{shop.domain}/customers", {"email": "ada@example.com"}, status=400)
    shop.control("POST", f"stores/{shop.domain}/orders", {"lines": [{"sku": "NONE"}]}, status=400)
    assert topics() == []


def test_a_repeated_idempotency_key_tells_once(shop, receiver, sandbox):
    shop.subscribe("INVENTORY_LEVELS_UPDATE", receiver.url)
    level = next(iter(sandbox.store(shop.domain).all("InventoryLevel").values()))
    entry = {
        "inventoryItemId": level["item"],
        "locationId": level["location"],
        "quantity": 777,
        "changeFromQuantity": None,
    }
    for _ in range(2):
        shop.graphql(SET, input={"name": "available", "reason": "correction", "quantities": [entry]}, key="once")
    shop.settle()
    assert [one.json["available"] for one in receiver.got] == [777]


def test_an_uninteresting_change_is_no_topic(shop, topics):
    shop.do("shop", {"name": shop.graphql("{ shop { name } }")["shop"]["name"]})
    assert topics() == []


@pytest.mark.parametrize("topic", sorted(set(HEADER.values()) & {"app/uninstalled", "app/scopes_update"}))
def test_the_apps_own_topics_are_not_raised_by_data(shop, topics, topic):
    shop.do("orders", {})
    assert topic not in topics()


ORDER = """mutation ($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id
  lineItems(first: 1) { nodes { id } } transactions { id }
  fulfillmentOrders(first: 1) { nodes { id lineItems(first: 1) { nodes { id } } } } } } }"""
SEND = """mutation ($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id }
  userErrors { message } } }"""
TRACK = """mutation ($id: ID!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: {number: "1"}) {
  fulfillment { id } } }"""
REFUND = """mutation ($i: RefundInput!) { refundCreate(input: $i) @idempotent(key: "k") { refund { id }
  userErrors { message } } }"""


@pytest.fixture
def order(shop, topics):
    """An order of three cups that is paid; its topics are read."""
    price = {"shopMoney": {"amount": "10", "currencyCode": "EUR"}}
    given = {"lineItems": [{"title": "Cup", "quantity": 3, "priceSet": price}], "financialStatus": "PAID"}
    made = shop.graphql(ORDER, o=given)["orderCreate"]["order"]
    topics()
    return made


def send(shop, order, quantity: int) -> str:
    work = order["fulfillmentOrders"]["nodes"][0]
    rows = [{"id": work["lineItems"]["nodes"][0]["id"], "quantity": quantity}]
    group = {"fulfillmentOrderId": work["id"], "fulfillmentOrderLineItems": rows}
    return str(shop.graphql(SEND, f={"lineItemsByFulfillmentOrder": [group]})["fulfillmentCreate"]["fulfillment"]["id"])


def test_parcels(shop, topics, order):
    first = send(shop, order, 1)
    assert topics() == ["fulfillments/create", "orders/partially_fulfilled", "orders/updated"]
    send(shop, order, 2)
    assert topics() == ["fulfillments/create", "orders/fulfilled", "orders/updated"]
    shop.graphql(TRACK, id=first)
    assert topics() == ["fulfillments/update"]
    shop.graphql("mutation ($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { id } } }", id=first)
    assert topics() == ["fulfillments/update", "orders/partially_fulfilled", "orders/updated"]


def test_holds(shop, topics, order):
    work = order["fulfillmentOrders"]["nodes"][0]["id"]
    hold = """mutation ($id: ID!) { fulfillmentOrderHold(id: $id, fulfillmentHold: {reason: OTHER}) {
      fulfillmentOrder { id } } }"""
    shop.graphql(hold, id=work)
    assert topics() == ["fulfillment_holds/added", "fulfillment_orders/placed_on_hold", "orders/updated"]
    shop.graphql("mutation ($id: ID!) { fulfillmentOrderReleaseHold(id: $id) { fulfillmentOrder { id } } }", id=work)
    assert topics() == ["fulfillment_holds/released", "fulfillment_orders/hold_released", "orders/updated"]


def test_progress_and_cancellation(shop, topics, order):
    work = order["fulfillmentOrders"]["nodes"][0]["id"]
    text = "mutation ($id: ID!) { %s(id: $id) { fulfillmentOrder { status } } }"
    raised = []
    for name in ("fulfillmentOrderReportProgress", "fulfillmentOrderOpen", "fulfillmentOrderCancel"):
        shop.graphql(text % name, id=work)
        raised.append([topic for topic in topics() if topic.startswith("fulfillment_orders/")])
    assert raised == [
        ["fulfillment_orders/progress_reported"],
        ["fulfillment_orders/manually_reported_progress_stopped"],
        ["fulfillment_orders/cancelled"],
    ]


def test_a_refund(shop, topics, order):
    row = {"lineItemId": order["lineItems"]["nodes"][0]["id"], "quantity": 1, "restockType": "CANCEL"}
    paid = {"amount": "10", "kind": "REFUND", "gateway": "manual", "parentId": order["transactions"][0]["id"]}
    given = {"orderId": order["id"], "refundLineItems": [row], "transactions": [{**paid, "orderId": order["id"]}]}
    shop.graphql(REFUND, i=given)
    assert topics() == ["order_transactions/create", "orders/updated", "refunds/create"]


def test_a_deleted_order(shop, topics, order):
    shop.graphql("mutation ($id: ID!) { orderDelete(orderId: $id) { deletedId } }", id=order["id"])
    assert topics() == ["orders/delete"]


def test_the_life_of_a_draft_order(shop, topics):
    line = {"title": "Cup", "quantity": 1, "originalUnitPrice": "5"}
    text = "mutation ($i: DraftOrderInput!) { draftOrderCreate(input: $i) { draftOrder { id } } }"
    draft = shop.graphql(text, i={"lineItems": [line]})["draftOrderCreate"]["draftOrder"]["id"]
    assert topics() == ["draft_orders/create"]
    shop.graphql("mutation ($id: ID!) { draftOrderComplete(id: $id) { draftOrder { id } } }", id=draft)
    assert topics() == [
        "draft_orders/update",
        "fulfillment_orders/order_routing_complete",
        "order_transactions/create",
        "orders/create",
        "orders/paid",
    ]
    shop.graphql("mutation ($id: ID!) { draftOrderDelete(input: {id: $id}) { deletedId } }", id=draft)
    assert topics() == ["draft_orders/delete"]
