"""What is told of order edits and returns: the topics of each step, and what their payloads say."""

from __future__ import annotations

from typing import Any

import pytest

MADE = """mutation ($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id
  lineItems(first: 1) { nodes { id } } fulfillments { fulfillmentLineItems(first: 1) { nodes { id } } } } } }"""
BEGIN = "mutation ($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } } }"
SET = """mutation ($id: ID!, $line: ID!) { orderEditSetQuantity(id: $id, lineItemId: $line, quantity: 1) {
  userErrors { message } } }"""
POST = """mutation ($id: ID!) { orderEditAddShippingLine(id: $id, shippingLine: {title: "Post", price: {amount: "5",
  currencyCode: EUR}}) { userErrors { message } } }"""
COMMIT = """mutation ($id: ID!) { orderEditCommit(id: $id, notifyCustomer: true, staffNote: "Less") {
  userErrors { message } } }"""
DECLINE = """mutation ($id: ID!) { returnDeclineRequest(input: {id: $id, declineReason: FINAL_SALE,
  declineNote: "Sorry"}) { userErrors { message } } }"""
PROCESS = "mutation ($r: ReturnProcessInput!) { returnProcess(input: $r) { userErrors { message } } }"
WORK = """query ($id: ID!) { return(id: $id) { reverseFulfillmentOrders(first: 1) { nodes { lineItems(first: 1) {
  nodes { id } } } } } }"""
DISPOSE = """mutation ($row: ID!) { reverseFulfillmentOrderDispose(dispositionInputs: [{quantity: 2,
  dispositionType: MISSING, reverseFulfillmentOrderLineItemId: $row}]) { userErrors { message } } }"""
RETURN = "return { id returnLineItems(first: 1) { nodes { id } } } userErrors { message }"
CREATE = f"mutation ($r: ReturnInput!) {{ returnCreate(returnInput: $r) {{ {RETURN} }} }}"
REQUEST = f"mutation ($r: ReturnRequestInput!) {{ returnRequest(input: $r) {{ {RETURN} }} }}"


def number(gid: str) -> int:
    return int(gid.rpartition("/")[2])


def ref(gid: str) -> dict[str, Any]:
    return {"id": number(gid), "admin_graphql_api_id": gid}


@pytest.fixture
def topics(shop, receiver):
    """Subscribe to everything; return a function that gives the payloads by topic since it was called last."""
    shop.subscribe_to_all(receiver.url)

    def topics() -> dict[str, Any]:
        shop.settle()
        found = {got.topic: got.json for got in receiver.got}
        receiver.got.clear()
        return found

    return topics


def made(shop, **more: Any) -> tuple[str, str, str | None]:
    """Make an order of three cups; return its id, its line's, and that of the sent row if there is one."""
    bag = {"shopMoney": {"amount": "10", "currencyCode": "EUR"}}
    given = {"lineItems": [{"title": "Cup", "quantity": 3, "priceSet": bag}], **more}
    order = shop.graphql(MADE, o=given)["orderCreate"]["order"]
    sent = [row["id"] for parcel in order["fulfillments"] for row in parcel["fulfillmentLineItems"]["nodes"]]
    return order["id"], order["lineItems"]["nodes"][0]["id"], next(iter(sent), None)


def test_an_edit_says_what_was_added_and_removed(shop, topics):
    order, line, _ = made(shop)
    edit = {"id": shop.graphql(BEGIN, id=order)["orderEditBegin"]["calculatedOrder"]["id"]}
    shop.graphql(SET, **edit, line=line)
    shop.graphql(POST, **edit)
    topics()
    shop.graphql(COMMIT, **edit)
    told = topics()
    assert {"orders/edited", "orders/updated", "refunds/create"} <= set(told)
    said = told["orders/edited"]["order_edit"]
    assert said["order_id"] == number(order)
    assert said["line_items"] == {"additions": [], "removals": [{"id": number(line), "delta": 2}]}
    assert [row["delta"] for row in said["shipping_lines"]["additions"]] == [1]
    assert (said["notify_customer"], said["staff_note"]) == (True, "Less")


def test_staging_tells_nothing(shop, topics):
    order, line, _ = made(shop)
    topics()
    edit = {"id": shop.graphql(BEGIN, id=order)["orderEditBegin"]["calculatedOrder"]["id"]}
    shop.graphql(SET, **edit, line=line)
    assert topics() == {}


def test_a_request_is_told_with_its_items_and_declined_with_the_reason(shop, topics):
    order, line, sent = made(shop, fulfillmentStatus="FULFILLED")
    topics()
    row = {"fulfillmentLineItemId": sent, "quantity": 2, "returnReason": "COLOR", "customerNote": "Too blue"}
    node = shop.graphql(REQUEST, r={"orderId": order, "returnLineItems": [row]})["returnRequest"]["return"]
    told = topics()
    assert set(told) == {"orders/updated", "returns/request"}
    said = told["returns/request"]
    assert {name: said[name] for name in ("admin_graphql_api_id", "status", "order", "total_return_line_items")} == {
        "admin_graphql_api_id": node["id"],
        "status": "requested",
        "order": ref(order),
        "total_return_line_items": 2,
    }
    assert said["return_line_items"] == [
        {
            **ref(node["returnLineItems"]["nodes"][0]["id"]),
            "fulfillment_line_item": {**ref(sent), "line_item": ref(line)},
            "quantity": 2,
            "return_reason": "color",
            "return_reason_note": "",
            "customer_note": "Too blue",
        }
    ]
    shop.graphql(DECLINE, id=node["id"])
    assert topics()["returns/decline"]["decline"] == {"reason": "final_sale", "note": "Sorry"}


def test_each_step_of_a_return_has_its_topic(shop, topics):
    order, _, sent = made(shop, fulfillmentStatus="FULFILLED")
    topics()
    row = {"fulfillmentLineItemId": sent, "quantity": 2, "returnReason": "COLOR"}
    node = shop.graphql(CREATE, r={"orderId": order, "returnLineItems": [row]})["returnCreate"]["return"]
    assert set(topics()) == {"orders/updated", "returns/approve"}
    line = {"id": node["returnLineItems"]["nodes"][0]["id"], "quantity": 1}
    shop.graphql(PROCESS, r={"returnId": node["id"], "returnLineItems": [line]})
    assert "returns/process" in topics()
    (work,) = shop.graphql(WORK, id=node["id"])["return"]["reverseFulfillmentOrders"]["nodes"]
    back = work["lineItems"]["nodes"][0]["id"]
    shop.graphql(DISPOSE, row=back)
    told = topics()
    assert told["reverse_fulfillment_orders/dispose"]["status"] == "closed"
    for name, topic, status in (("returnClose", "close", "closed"), ("returnReopen", "reopen", "open")):
        shop.graphql(f"mutation ($id: ID!) {{ {name}(id: $id) {{ userErrors {{ message }} }} }}", id=node["id"])
        assert topics()[f"returns/{topic}"]["status"] == status
    row["quantity"] = 1
    other = shop.graphql(CREATE, r={"orderId": order, "returnLineItems": [row]})["returnCreate"]["return"]
    shop.graphql("mutation ($id: ID!) { returnCancel(id: $id) { userErrors { message } } }", id=other["id"])
    assert topics()["returns/cancel"]["status"] == "canceled"
