"""What Shopify answers about events of parcels, and what they make of the parcel, as it documents both."""

from __future__ import annotations

from facts import Before, Fact, each, user_error

MADE = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order {
  fulfillments { id } } } }"""
SENT = Before(
    MADE,
    {"order": {
        "lineItems": [{"title": "Cup", "quantity": 1, "priceSet": {"shopMoney": {"amount": "10.0", "currencyCode": "EUR"}}}],
        "fulfillmentStatus": "FULFILLED",
    }},
    "parcel", "orderCreate.order.fulfillments.0.id",
)  # fmt: skip
EVENT = """mutation E($event: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $event) {
  fulfillmentEvent { status city happenedAt } userErrors { field message } } }"""
PARCEL = """query P($id: ID!) { fulfillment(id: $id) { displayStatus inTransitAt deliveredAt
  events(first: 3) { nodes { status } } } }"""
LEFT, CAME = "2026-10-21T06:00:00Z", "2026-10-22T09:00:00Z"


def event(status: str, at: str) -> dict[str, str]:
    return {"fulfillmentId": "<parcel>", "status": status, "happenedAt": at, "city": "Berlin"}


FACTS = [
    Fact(
        "an event says what happened where and when",
        EVENT, {"event": event("IN_TRANSIT", LEFT)}, (SENT,),
        data={"fulfillmentEventCreate": {
            "fulfillmentEvent": {"status": "IN_TRANSIT", "city": "Berlin", "happenedAt": LEFT}, "userErrors": []}},
        source="documentation",
    ),
    Fact(
        "a parcel shows how far it is, and when it left and came",
        PARCEL, {"id": "<parcel>"},
        (SENT, Before(EVENT, {"event": event("IN_TRANSIT", LEFT)}), Before(EVENT, {"event": event("DELIVERED", CAME)})),
        data={"fulfillment": {"displayStatus": "DELIVERED", "inTransitAt": LEFT, "deliveredAt": CAME,
                              "events": {"nodes": [{"status": "IN_TRANSIT"}, {"status": "DELIVERED"}]}}},
        source="documentation",
    ),
    Fact(
        "a parcel that is not there has no events",
        EVENT, {"event": {"fulfillmentId": "gid://shopify/Fulfillment/1", "status": "DELIVERED"}},
        data={"fulfillmentEventCreate": {"fulfillmentEvent": None, "userErrors": [
            user_error("Fulfillment does not exist.", "fulfillmentEvent", "fulfillmentId")]}},
        source="ours",
    ),
]  # fmt: skip

test_facts = each(FACTS, ("write_orders", "write_products", "write_fulfillments"))
