"""A request to a fulfillment service starts a workflow: from the merchant's click to the event."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from eventkit import DEMO, Emitted

from atom_shopify_plugin.events.intake import Delivery
from atom_shopify_plugin.runtime import Runtime
from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request
from atom_shopify_plugin.settings import Secret
from atom_shopify_plugin.shopify.topics import TOPICS
from atom_shopify_plugin.shopify.webhooks import sign
from atom_shopify_plugin.storage import Store

KEY = "fulfillment_request_submitted"
TOPIC = "fulfillment_orders/fulfillment_request_submitted"
SCOPES = {
    "write_orders", "write_fulfillments", "read_locations", "write_merchant_managed_fulfillment_orders",
    "write_third_party_fulfillment_orders",
}  # fmt: skip
ORDER = """mutation { orderCreate(order: {lineItems: [{title: "Cup", quantity: 3, priceSet: {shopMoney: {amount: "10",
  currencyCode: EUR}}}]}) { order { fulfillmentOrders(first: 1) { nodes { id
  lineItems(first: 1) { nodes { id } } } } } } }"""
SERVICE = 'mutation { fulfillmentServiceCreate(name: "3PL") { fulfillmentService { location { id } } } }'
MOVE = "mutation M($id: ID!, $to: ID!) { fulfillmentOrderMove(id: $id, newLocationId: $to) { userErrors { message } } }"
SUBMIT = """mutation S($id: ID!, $rows: [FulfillmentOrderLineItemInput!]) { fulfillmentOrderSubmitFulfillmentRequest(
  id: $id, fulfillmentOrderLineItems: $rows, message: "Gently") { unsubmittedFulfillmentOrder { id }
  userErrors { message } } }"""


def test_a_request_to_a_fulfillment_service_is_told_in_the_shape_of_a_fulfillment_order(
    runtime: Runtime, sandbox: Sandbox, store: Store, work: Callable[[], int], emitted: Emitted
) -> None:
    runtime.host.triggers_in_use = lambda: frozenset({KEY})
    sandbox.deliveries.change({"hold": True})
    token = sandbox.issue_admin_token(DEMO.name, SCOPES)

    def graphql(text: str, **variables: Any) -> Any:
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        body = json.dumps({"query": text, "variables": variables}).encode()
        answer = sandbox.handle(Request("POST", DEMO.name, "/admin/api/2026-10/graphql.json", "", headers, body))
        (found,) = json.loads(answer.body)["data"].values()
        return found

    subscribe = f"""mutation {{ webhookSubscriptionCreate(topic: {TOPICS[TOPIC].enum}, webhookSubscription: {{
      uri: "http://127.0.0.1:9/held-back"}}) {{ userErrors {{ message }} }} }}"""
    assert graphql(subscribe)["userErrors"] == []
    (node,) = graphql(ORDER)["order"]["fulfillmentOrders"]["nodes"]
    place = graphql(SERVICE)["fulfillmentService"]["location"]["id"]
    assert graphql(MOVE, id=node["id"], to=place)["userErrors"] == []
    rows = [{"id": node["lineItems"]["nodes"][0]["id"], "quantity": 2}]
    rest = graphql(SUBMIT, id=node["id"], rows=rows)["unsubmittedFulfillmentOrder"]["id"]
    (told,) = sandbox.deliveries.listing(store=DEMO.name)
    signature = sign(told.body, Secret("sandbox-secret"))
    for webhook_id in (told.webhook_id, told.webhook_id):  # Shopify may deliver it twice
        runtime.intake.receive(Delivery(signature, told.topic, DEMO.name, webhook_id), told.body, is_json=True)
    work()
    (event,) = emitted.events
    assert (event.key, event.about) == (KEY, f"fulfillment_orders/{node['id'].rpartition('/')[2]}")
    payload = event.payload
    assert (payload["id"], payload["status"], payload["request_status"]) == (node["id"], "OPEN", "SUBMITTED")
    assert payload["fulfillment_order_merchant_request"]["message"] == "Gently"
    assert payload["unsubmitted_fulfillment_order"]["id"] == rest


def test_a_store_without_any_scope_of_fulfillment_orders_is_told_why(runtime: Runtime, store: Store) -> None:
    from dataclasses import replace

    from atom_shopify_plugin.events.subscribing import Subscribing

    runtime.host.triggers_in_use = lambda: frozenset({KEY})
    poor = replace(store, granted_scopes=frozenset({"read_orders"}))
    wishes, missing = Subscribing(runtime.services).wishes(poor)
    assert TOPIC not in {wish.topic.name for wish in wishes}
    assert "read_assigned_fulfillment_orders" in missing[TOPIC]
