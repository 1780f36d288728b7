"""What Shopify answers about requests to fulfillment services."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SCOPES = [
    "write_orders", "write_fulfillments", "write_merchant_managed_fulfillment_orders", "read_locations",
    "write_third_party_fulfillment_orders", "write_assigned_fulfillment_orders",
]  # fmt: skip
ORDER = """mutation { orderCreate(order: {lineItems: [{title: "Cup", quantity: 3, priceSet: {shopMoney: {amount: "10",
  currencyCode: EUR}}}]}) { order { fulfillmentOrders(first: 1) { nodes { id lineItems(first: 1) { nodes { id } } } } } } }"""
SERVICE = """mutation S($name: String!) { fulfillmentServiceCreate(name: $name, trackingSupport: true) {
  fulfillmentService { handle serviceName type trackingSupport inventoryManagement location { name isFulfillmentService } }
  userErrors { field message } } }"""
PLACE = """mutation { fulfillmentServiceCreate(name: "Parcel House") { fulfillmentService { location { id } } } }"""
MOVE = "mutation M($id: ID!, $to: ID!) { fulfillmentOrderMove(id: $id, newLocationId: $to) { userErrors { message } } }"
SUBMIT = """mutation S($id: ID!, $rows: [FulfillmentOrderLineItemInput!]) { fulfillmentOrderSubmitFulfillmentRequest(
  id: $id, fulfillmentOrderLineItems: $rows, message: "Gently", notifyCustomer: true) {
  submittedFulfillmentOrder { status requestStatus lineItems(first: 2) { nodes { remainingQuantity } } }
  unsubmittedFulfillmentOrder { status requestStatus lineItems(first: 2) { nodes { remainingQuantity } } }
  userErrors { field message } } }"""
ACCEPT = """mutation A($id: ID!) { fulfillmentOrderAcceptFulfillmentRequest(id: $id, message: "Fine") {
  fulfillmentOrder { status requestStatus } userErrors { field message } } }"""
REJECT = """mutation R($id: ID!) { fulfillmentOrderRejectFulfillmentRequest(id: $id, reason: INCORRECT_ADDRESS) {
  fulfillmentOrder { status requestStatus } userErrors { field message } } }"""
ASKED = """query F($id: ID!) { fulfillmentOrder(id: $id) { supportedActions { action } merchantRequests(first: 3) {
  nodes { kind message requestOptions fulfillmentOrder { id } } } } }"""
AT = "orderCreate.order.fulfillmentOrders.nodes.0"
MADE = Before(ORDER, also={"work": f"{AT}.id", "row": f"{AT}.lineItems.nodes.0.id"})
HOUSE = Before(PLACE, {}, "house", "fulfillmentServiceCreate.fulfillmentService.location.id")
SERVED = [MADE, HOUSE, Before(MOVE, {"id": "<work>", "to": "<house>"})]
SENT = [*SERVED, Before(SUBMIT, {"id": "<work>"})]
GID = {"id": "<work>"}


def work(request: str, *left: int, status: str = "OPEN") -> dict[str, Any]:
    rows = {"lineItems": {"nodes": [{"remainingQuantity": units} for units in left]}} if left else {}
    return {"status": status, "requestStatus": request, **rows}


def submitting(what: str, done: Any, rest: Any, *errors: Any, before: list[Before], **more: Any) -> Fact:
    data = {"submittedFulfillmentOrder": done, "unsubmittedFulfillmentOrder": rest, "userErrors": list(errors)}
    given = {"id": "<work>", **more}
    answer = {"fulfillmentOrderSubmitFulfillmentRequest": data}
    source = "inferred" if errors else "documentation"
    return Fact(what, SUBMIT, given, before=before, data=answer, source=source)


def answered(what: str, document: str, done: Any, *errors: Any, before: list[Before]) -> Fact:
    name = f"fulfillmentOrder{'Accept' if document is ACCEPT else 'Reject'}FulfillmentRequest"
    data = {name: {"fulfillmentOrder": done, "userErrors": list(errors)}}
    source = "inferred" if errors else "documentation"
    return Fact(what, document, GID, before=before, data=data, source=source)


NOT_OPEN = "Fulfillment order is not in submittable request state and can't be submitted."
FACTS = [
    Fact(
        "a fulfillment service gets a location of its name", SERVICE, {"name": "Parcel House"}, source="documentation",
        data={"fulfillmentServiceCreate": {"userErrors": [], "fulfillmentService": {
            "handle": "parcel-house", "serviceName": "Parcel House", "type": "THIRD_PARTY", "trackingSupport": True,
            "inventoryManagement": False, "location": {"name": "Parcel House", "isFulfillmentService": True}}}}),
    Fact(
        "two fulfillment services have two names", SERVICE, {"name": "parcel house"}, before=[HOUSE], source="inferred",
        data={"fulfillmentServiceCreate": {"fulfillmentService": None, "userErrors": [
            user_error("Name has already been taken", "name")]}}),
    Fact(
        "the locations of services are listed on demand alone", """{ shown: locations(first: 9, query: "name:Parcel*") {
          nodes { name } } all: locations(first: 9, query: "name:Parcel*", includeLegacy: true) { nodes { name } } }""",
        before=[HOUSE], data={"shown": {"nodes": []}, "all": {"nodes": [{"name": "Parcel House"}]}},
        source="documentation"),
    submitting("all of it is requested", work("SUBMITTED", 3), None, before=SERVED),
    submitting("part of it is requested", work("SUBMITTED", 2), work("UNSUBMITTED", 1), before=SERVED,
               rows=[{"id": "<row>", "quantity": 2}]),
    submitting("more than there is can't be requested", None, None,
               {"field": None, "message": "Invalid fulfillment order line item quantity requested."}, before=SERVED,
               rows=[{"id": "<row>", "quantity": 4}]),
    submitting("what was requested is not requested again", None, None, {"field": None, "message": NOT_OPEN},
               before=SENT),
    submitting("what was rejected is requested again", work("SUBMITTED", 3), None, before=[*SENT, Before(REJECT, GID)]),
    submitting("what the merchant sends is not requested", None, None,
               user_error("Fulfillment order is not assigned to a fulfillment service.", "id"), before=[MADE]),
    answered("a service accepts", ACCEPT, work("ACCEPTED", status="IN_PROGRESS"), before=SENT),
    answered("a service rejects", REJECT, work("REJECTED"), before=SENT),
    answered("what nobody requested is not accepted", ACCEPT, None,
             {"field": None, "message": "Fulfillment request is not in submitted state and can't be accepted."},
             before=SERVED),
    answered("what was accepted is not rejected", REJECT, None,
             {"field": None, "message": "Fulfillment request is not in submitted state and can't be rejected."},
             before=[*SENT, Before(ACCEPT, GID)]),
    Fact(
        "a request is kept", ASKED, GID, before=SENT, source="documentation",
        data={"fulfillmentOrder": {
            "supportedActions": [{"action": "CANCEL_FULFILLMENT_ORDER"}],
            "merchantRequests": {"nodes": [{
                "kind": "FULFILLMENT_REQUEST", "message": "Gently", "requestOptions": {"notify_customer": True},
                "fulfillmentOrder": {"id": "<work>"}}]}}}),
]  # fmt: skip

test_facts = each(FACTS, SCOPES)
