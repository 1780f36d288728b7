"""What Shopify answers about returns: what can be returned, their states, what became of the items, and refunds.

The states, codes and rules are those of the official schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facts import SEEN, Before, Fact, each, user_error

OURS = "ours"
SCHEMA = "official schema"
MADE = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order, options: {inventoryBehaviour:
  DECREMENT_IGNORING_POLICY}) { order { id name
  transactions { id } fulfillments { id fulfillmentLineItems(first: 1) { nodes { id } } } } } }"""
RETURNABLE = """query R($id: ID!) { returnableFulfillments(orderId: $id, first: 2) { nodes { fulfillment { id }
  returnableFulfillmentLineItems(first: 2) { nodes { quantity fulfillmentLineItem { id quantity } } } } } }"""
ERRORS = "userErrors { field message code }"
CREATE = f"""mutation C($input: ReturnInput!) {{ returnCreate(returnInput: $input) {{ return {{ id name status totalQuantity
  closedAt order {{ returnStatus closed }} reverseFulfillmentOrders(first: 1) {{ nodes {{ id status lineItems(first: 1) {{ nodes {{
    id totalQuantity }} }} }} }} returnLineItems(first: 1) {{ nodes {{ id quantity returnReason returnReasonNote
    refundableQuantity refundedQuantity processableQuantity processedQuantity unprocessedQuantity
    ... on ReturnLineItem {{ fulfillmentLineItem {{ id }}
      withCodeDiscountedTotalPriceSet {{ shopMoney {{ amount }} }} }} }} }} }} {ERRORS} }} }}"""
UNNAMED = (
    CREATE.replace("{ id name", "{ name").replace("nodes { id ", "nodes { ").replace("nodes {\n    id ", "nodes { ")
)
REQUEST = (
    f"mutation Q($input: ReturnRequestInput!) {{ returnRequest(input: $input) {{ return {{ id status }} {ERRORS} }} }}"
)
STATE = """return { status order { returnStatus } reverseFulfillmentOrders(first: 1) { nodes { status } } }"""
APPROVE = f"mutation A($id: ID!) {{ returnApproveRequest(input: {{id: $id}}) {{ {STATE} {ERRORS} }} }}"
DECLINE = f"""mutation D($id: ID!, $note: String) {{ returnDeclineRequest(input: {{id: $id, declineReason: FINAL_SALE,
  declineNote: $note}}) {{ return {{ status decline {{ reason note }} order {{ returnStatus }} }} {ERRORS} }} }}"""
CLOSE = f"mutation X($id: ID!) {{ returnClose(id: $id) {{ {STATE} {ERRORS} }} }}"
REOPEN = f"mutation X($id: ID!) {{ returnReopen(id: $id) {{ {STATE} {ERRORS} }} }}"
CANCEL = f"mutation X($id: ID!) {{ returnCancel(id: $id) {{ {STATE} {ERRORS} }} }}"
DISPOSE = f"""mutation P($rows: [ReverseFulfillmentOrderDisposeInput!]!) {{ reverseFulfillmentOrderDispose(
  dispositionInputs: $rows) {{ reverseFulfillmentOrderLineItems {{ totalQuantity dispositions {{ type quantity }} }} {ERRORS} }} }}"""
PROCESS = f"""mutation P($input: ReturnProcessInput!) {{ returnProcess(input: $input) {{ return {{ status
  order {{ returnStatus displayFinancialStatus currentTotalPriceSet {{ shopMoney {{ amount }} }} }}
  returnLineItems(first: 1) {{ nodes {{ processedQuantity unprocessedQuantity refundedQuantity refundableQuantity }} }}
  refunds(first: 2) {{ nodes {{ note totalRefundedSet {{ shopMoney {{ amount }} }} refundLineItems(first: 1) {{ nodes {{ quantity }} }} }} }}
  transactions(first: 2) {{ nodes {{ kind }} }} }} {ERRORS} }} }}"""
READ = "query R($id: ID!, $order: ID!) { return(id: $id) { name status } order(id: $order) { returns(first: 2) { nodes { id } } } }"
REASONS = "query R($handles: [String!]) { returnReasonDefinitions(first: 3, handles: $handles) { nodes { handle name deleted } } }"


def made(*, sent: bool = True, archived: bool = False, variant: str | None = None) -> Before:
    """Return the request that makes a paid order of three cups for 10 each, sent in one parcel."""
    price = {"shopMoney": {"amount": "10.0", "currencyCode": "EUR"}}
    line = {"title": "Cup", "quantity": 3, "priceSet": price, **({"variantId": variant} if variant else {})}
    order: dict[str, Any] = {
        "lineItems": [line],
        "financialStatus": "PAID",
    }
    also = {
        "order": "orderCreate.order.id",
        "name": "orderCreate.order.name",
        "payment": "orderCreate.order.transactions.0.id",
    }
    if sent:
        order["fulfillmentStatus"] = "FULFILLED"
        also["parcel"] = "orderCreate.order.fulfillments.0.id"
        also["sent"] = "orderCreate.order.fulfillments.0.fulfillmentLineItems.nodes.0.id"
    if archived:
        order["closedAt"] = "2026-01-01T00:00:00Z"
    return Before(MADE, {"order": order}, also=also)


def units(quantity: int, reason: str = "COLOR", **more: Any) -> dict[str, Any]:
    row = {"fulfillmentLineItemId": "<sent>", "quantity": quantity, "returnReason": reason, **more}
    return {"input": {"orderId": "<order>", "returnLineItems": [row]}}


def created(quantity: int = 2) -> Before:
    node = "returnCreate.return"
    also = {
        "row": f"{node}.returnLineItems.nodes.0.id",
        "back": f"{node}.reverseFulfillmentOrders.nodes.0.lineItems.nodes.0.id",
    }
    return Before(CREATE, units(quantity), "return", f"{node}.id", also=also)


ORDER = made()
REQUESTED = Before(REQUEST, units(1), "return", "returnRequest.return.id")
THIS = {"id": "<return>"}
MUG = Before(
    '{ productVariants(first: 1, query: "sku:MUG-BLUE") { nodes { id } } }', {}, "mug", "productVariants.nodes.0.id"
)
STOCK = "query V($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"
BEFORE = Before(STOCK, {"id": "<mug>"}, "free", "productVariant.inventoryQuantity")
MUGS = made(variant="<mug>")
PLACE = Before("{ location { id } }", {}, "place", "location.id")


def left(what: str, quantity: int | None, *before: Before, source: str = SCHEMA) -> Fact:
    rows = [{"quantity": quantity, "fulfillmentLineItem": {"id": "<sent>", "quantity": 3}}]
    node = {"fulfillment": {"id": "<parcel>"}, "returnableFulfillmentLineItems": {"nodes": rows}}
    data = {"returnableFulfillments": {"nodes": [] if quantity is None else [node]}}
    return Fact(what, RETURNABLE, {"id": "<order>"}, before, data=data, source=source)


def uncreated(
    what: str, given: Mapping[str, Any], error: Mapping[str, Any], *before: Before, source: str = OURS
) -> Fact:
    return Fact(what, CREATE, given, before or (ORDER,), data={"returnCreate": {"return": None, "userErrors": [error]}},
                source=source)  # fmt: skip


def becomes(what: str, document: str, name: str, status: str, orders: str, work: str | None, *before: Before,
            source: str = SCHEMA) -> Fact:  # fmt: skip
    nodes = [] if work is None else [{"status": work}]
    node = {"status": status, "order": {"returnStatus": orders}, "reverseFulfillmentOrders": {"nodes": nodes}}
    return Fact(what, document, THIS, (ORDER, *before), data={name: {"return": node, "userErrors": []}}, source=source)


def stays(what: str, document: str, name: str, message: str, *before: Before, path: tuple[str, ...] = ("id",)) -> Fact:
    errors = [user_error(message, *path, code="INVALID_STATE")]
    return Fact(what, document, THIS, (ORDER, *before), data={name: {"return": None, "userErrors": errors}})


def disposed(
    quantity: int, how: str = "RESTOCKED", place: str | None = "<place>", row: str = "<back>"
) -> dict[str, Any]:
    given = {"reverseFulfillmentOrderLineItemId": row, "quantity": quantity, "dispositionType": how}
    return given if place is None else {**given, "locationId": place}


def undisposed(what: str, row: Mapping[str, Any] | None, error: Mapping[str, Any], order: Before | None = None,
               source: str = OURS) -> Fact:  # fmt: skip
    """Return the fact that a disposition is refused; the order is one of mugs."""
    data = {"reverseFulfillmentOrderDispose": {"reverseFulfillmentOrderLineItems": None, "userErrors": [error]}}
    before = (MUG, order or MUGS, PLACE, created())
    return Fact(f"disposing {what}", DISPOSE, {"rows": [row] if row else []}, before, data=data, source=source)


def processing(quantity: int, *, row: str = "<row>", pays: str | None = None, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"returnId": "<return>", "returnLineItems": [{"id": row, "quantity": quantity}], **more}
    if pays is not None:
        amount = {"amount": pays, "currencyCode": "EUR"}
        refund = {"orderTransactions": [{"parentId": "<payment>", "transactionAmount": amount}]}
        given["financialTransfer"] = {"issueRefund": refund}
    return {"input": given}


def processed(what: str, given: Mapping[str, Any], done: int, back: int, total: str, *refunds: Mapping[str, Any],
              paid: str = "PAID", source: str = SCHEMA) -> Fact:  # fmt: skip
    row = {
        "processedQuantity": done,
        "unprocessedQuantity": 2 - done,
        "refundedQuantity": back,
        "refundableQuantity": 2 - back,
    }
    order = {
        "returnStatus": "IN_PROGRESS",
        "displayFinancialStatus": paid,
        "currentTotalPriceSet": {"shopMoney": {"amount": total}},
    }
    node = {"status": "OPEN", "order": order, "returnLineItems": {"nodes": [row]}, "refunds": {"nodes": list(refunds)},
            "transactions": {"nodes": [{"kind": "REFUND"}] if refunds else []}}  # fmt: skip
    return Fact(what, PROCESS, given, (ORDER, created()), data={"returnProcess": {"return": node, "userErrors": []}},
                source=source)  # fmt: skip


def unprocessed(what: str, given: Mapping[str, Any], error: Mapping[str, Any], *before: Before) -> Fact:
    data = {"returnProcess": {"return": None, "userErrors": [error]}}
    return Fact(what, PROCESS, given, before or (ORDER, created()), data=data, source=OURS)


LINE = ("returnInput", "returnLineItems", 0)
FIRST = ("dispositionInputs", 0)
GONE = "mutation D($id: ID!) { orderDelete(orderId: $id) { deletedId userErrors { message } } }"
FACTS = [
    left("what was sent can be returned", 3, ORDER),
    left("what was not sent can't be returned", None, made(sent=False)),
    left("units in a return can't be returned again", 1, ORDER, created()),
    left("units that are asked for can't be returned again", 2, ORDER, REQUESTED),
    left("units of a declined return can be returned again", 3, ORDER, REQUESTED, Before(DECLINE, THIS)),
    left("units of a cancelled return can be returned again", 3, ORDER, created(), Before(CANCEL, THIS)),
    left("nothing is left to return", None, ORDER, created(3)),
    Fact(
        "a return is open from the start",
        UNNAMED, units(2, returnReasonNote="too blue"), (made(archived=True),),
        data={"returnCreate": {"return": {
            "name": "<name>-R1", "status": "OPEN", "totalQuantity": 2, "closedAt": None,
            "order": {"returnStatus": "IN_PROGRESS", "closed": False},
            "reverseFulfillmentOrders": {"nodes": [{"status": "OPEN", "lineItems": {"nodes": [{"totalQuantity": 2}]}}]},
            "returnLineItems": {"nodes": [{
                "quantity": 2, "returnReason": "COLOR", "returnReasonNote": "too blue", "refundableQuantity": 2,
                "refundedQuantity": 0, "processableQuantity": 2, "processedQuantity": 0, "unprocessedQuantity": 2,
                "fulfillmentLineItem": {"id": "<sent>"}, "withCodeDiscountedTotalPriceSet": {"shopMoney": {"amount": "20.0"}}}]},
        }, "userErrors": []}},
        source=SCHEMA,
    ),
    Fact(
        "a return and those of an order are read",
        READ, {"id": "<return>", "order": "<order>"}, (ORDER, created()),
        data={"return": {"name": "<name>-R1", "status": "OPEN"}, "order": {"returns": {"nodes": [{"id": "<return>"}]}}},
        source=SCHEMA,
    ),
    uncreated("more than was sent", units(4), user_error(
        "Return line item has an invalid quantity.", *LINE, "quantity", code="INVALID"), source=SEEN),
    uncreated("no units", units(0), user_error(
        "Return line item has an invalid quantity.", *LINE, "quantity", code="INVALID"), source=SEEN),
    uncreated("no items", {"input": {"orderId": "<order>", "returnLineItems": []}}, user_error(
        "Return line items can't be blank", "returnInput", "returnLineItems", code="BLANK")),
    uncreated("an item that was not sent", units(1, fulfillmentLineItemId="gid://shopify/FulfillmentLineItem/1"), user_error(
        "Fulfillment line item not found.", *LINE, "fulfillmentLineItemId", code="NOT_FOUND")),
    uncreated("an order that does not exist", {"input": {"orderId": "gid://shopify/Order/1", "returnLineItems": []}},
              user_error("Order not found.", "returnInput", "orderId", code="NOT_FOUND")),
    uncreated("another reason without a note", units(1, "OTHER"), user_error(
        "Return reason note can't be blank", *LINE, "returnReasonNote", code="BLANK"), source=SCHEMA),
    uncreated("a note that is too long", units(1, returnReasonNote="x" * 256), user_error(
        "Return reason note is too long (maximum is 255 characters)", *LINE, "returnReasonNote", code="TOO_LONG"), source=SCHEMA),
    uncreated("a reason that does not exist", units(1, returnReasonDefinitionId="gid://shopify/ReturnReasonDefinition/99"),
              user_error("Return reason definition not found.", *LINE, "returnReasonDefinitionId", code="NOT_FOUND")),
    Fact(
        "a customer's note that is too long",
        REQUEST, units(1, customerNote="x" * 301), (ORDER,),
        data={"returnRequest": {"return": None, "userErrors": [user_error(
            "Customer note is too long (maximum is 300 characters)", "input", "returnLineItems", 0, "customerNote", code="TOO_LONG")]}},
        source=SCHEMA,
    ),
    becomes("a request is approved", APPROVE, "returnApproveRequest", "OPEN", "IN_PROGRESS", "OPEN", REQUESTED),
    becomes("a return is closed", CLOSE, "returnClose", "CLOSED", "RETURNED", "OPEN", created(), source="inferred"),
    becomes("a closed return is reopened", REOPEN, "returnReopen", "OPEN", "IN_PROGRESS", "OPEN", created(), Before(CLOSE, THIS)),
    becomes("a return is cancelled", CANCEL, "returnCancel", "CANCELED", "NO_RETURN", "CANCELED", created()),
    Fact(
        "a request is declined",
        DECLINE, {**THIS, "note": "Final sale"}, (ORDER, REQUESTED),
        data={"returnDeclineRequest": {"return": {"status": "DECLINED", "decline": {"reason": "FINAL_SALE", "note": "Final sale"},
                                                  "order": {"returnStatus": "NO_RETURN"}}, "userErrors": []}},
        source=SCHEMA,
    ),
    Fact(
        "a decline with a note that is too long",
        DECLINE, {**THIS, "note": "x" * 501}, (ORDER, REQUESTED),
        data={"returnDeclineRequest": {"return": None, "userErrors": [user_error(
            "Decline note is too long (maximum is 500 characters)", "input", "declineNote", code="TOO_LONG")]}},
        source=SCHEMA,
    ),
    uncreated("a return without a reason", {"input": {"orderId": "<order>", "returnLineItems": [
        {"fulfillmentLineItemId": "<sent>", "quantity": 1}]}}, user_error(
            "Return line items Either return reason or return reason definition must be provided", *LINE, code="NOT_FOUND"), source=SEEN),
    Fact(
        "a request for another reason needs no note",
        REQUEST.replace("{ id status }", "{ status }"), units(1, "OTHER"), (ORDER,),
        data={"returnRequest": {"return": {"status": "REQUESTED"}, "userErrors": []}},
    ),
    stays("an open return is not approved", APPROVE, "returnApproveRequest",
          "Return is not approvable. Only returns with status REQUESTED can be approved.", created(), path=("input", "id")),
    stays("an open return is not declined", DECLINE, "returnDeclineRequest",
          "Return is not declinable. Only non-refunded returns with status REQUESTED can be declined.", created(), path=("input", "id")),
    stays("a declined return is not declined again", DECLINE, "returnDeclineRequest",
          "The return is already declined.", REQUESTED, Before(DECLINE, THIS), path=("input", "id")),
    stays("a request is not closed", CLOSE, "returnClose", "Return status is invalid.", REQUESTED),
    stays("a request is not reopened", REOPEN, "returnReopen", "Return status is invalid.", REQUESTED),
    becomes("an open return stays as it is when reopened", REOPEN, "returnReopen", "OPEN", "IN_PROGRESS", "OPEN", created(), source=SEEN),
    becomes("a closed return stays as it is when closed", CLOSE, "returnClose", "CLOSED", "RETURNED", "OPEN", created(),
            Before(CLOSE, THIS), source=SEEN),
    becomes("a cancelled return stays as it is when cancelled", CANCEL, "returnCancel", "CANCELED", "NO_RETURN", "CANCELED", created(),
            Before(CANCEL, THIS), source=SEEN),
    stays("a closed return is not cancelled", CANCEL, "returnCancel", "Return is not cancelable.", created(), Before(CLOSE, THIS)),
    stays("a return that was processed is not cancelled", CANCEL, "returnCancel", "Return is not cancelable.",
          created(), Before(PROCESS, processing(1))),
    Fact(
        "a return that does not exist",
        CLOSE, {"id": "gid://shopify/Return/1"},
        data={"returnClose": {"return": None, "userErrors": [user_error("Return not found.", "id", code="NOT_FOUND")]}},
        source=SEEN,
    ),
    Fact(
        "items are disposed of in parts",
        DISPOSE, {"rows": [disposed(1, "MISSING", None)]}, (MUG, MUGS, PLACE, created(), Before(DISPOSE, {"rows": [disposed(1)]})),
        data={"reverseFulfillmentOrderDispose": {"reverseFulfillmentOrderLineItems": [{"totalQuantity": 2, "dispositions": [
            {"type": "RESTOCKED", "quantity": 1}, {"type": "MISSING", "quantity": 1}]}], "userErrors": []}},
        source=SCHEMA,
    ),
    Fact(
        "restocked items are available again",
        STOCK, {"id": "<mug>"}, (MUG, BEFORE, MUGS, PLACE, created(3), Before(DISPOSE, {"rows": [disposed(3)]})),
        data={"productVariant": {"inventoryQuantity": "<free>"}}, source=SCHEMA,
    ),
    undisposed("more than came back", disposed(3), user_error(
        "Quantity is invalid.", *FIRST, "quantity", code="INVALID"), source="inferred"),
    undisposed("restocked items without a location", disposed(1, place=None), user_error(
        "Location can't be blank", *FIRST, "locationId", code="BLANK")),
    undisposed("a location that does not exist", disposed(1, place="gid://shopify/Location/1"), user_error(
        "Location not found.", *FIRST, "locationId", code="NOT_FOUND")),
    undisposed("a row that does not exist", disposed(1, row="gid://shopify/ReverseFulfillmentOrderLineItem/1"), user_error(
        "Reverse fulfillment order line item was not found.", *FIRST, "reverseFulfillmentOrderLineItemId", code="NOT_FOUND"),
        source=SEEN),
    undisposed("a custom line is not restocked", disposed(1), user_error(
        "RESTOCKED is an invalid disposition type for a custom line item.", *FIRST, "dispositionType", code="INVALID"),
        ORDER, source=SEEN),
    undisposed("nothing", None, user_error("The array cannot be empty.", "dispositionInputs", code="BLANK"), source=SEEN),
    processed("items are processed without a refund", processing(1), 1, 0, "30.0"),
    processed(
        "items are processed and refunded", processing(2, pays="20.0", note="ok"), 2, 2, "10.0",
        {"note": "ok", "totalRefundedSet": {"shopMoney": {"amount": "20.0"}}, "refundLineItems": {"nodes": [{"quantity": 2}]}},
        paid="PARTIALLY_REFUNDED",
    ),
    unprocessed("more than is left to process", processing(3), user_error(
        "Return line item has an invalid quantity.", "input", "returnLineItems", 0, "quantity", code="INVALID")),
    unprocessed("a line that is not in the return", processing(1, row="gid://shopify/ReturnLineItem/1"), user_error(
        "Return line item not found.", "input", "returnLineItems", 0, "id", code="NOT_FOUND")),
    unprocessed("more money than was paid", processing(1, pays="31.0"), user_error(
        "The refund must not be greater than what was paid.", "input", "financialTransfer", "issueRefund", code="INVALID")),
    unprocessed(
        "a request is not processed", {"input": {"returnId": "<return>"}},
        user_error("Return status is invalid.", "input", "returnId", code="INVALID_STATE"), ORDER, REQUESTED,
    ),
    Fact(
        "reasons are found by their handles",
        REASONS, {"handles": ["too-tight"]},
        data={"returnReasonDefinitions": {"nodes": [{"handle": "too-tight", "name": "Too tight", "deleted": False}]}},
        source=SCHEMA,
    ),
    Fact(
        "a return goes with its order",
        "query R($id: ID!) { return(id: $id) { id } }",
        THIS,
        (ORDER, created(), Before(GONE, {"id": "<order>"})),
        data={"return": None},
        source="inferred",
    ),
    Fact(
        "an order's returns are found by their status",
        'query R($id: ID!) { order(id: $id) { open: returns(first: 2, query: "status:open") { nodes { id } }\n'
        '  closed: returns(first: 2, query: "status:closed") { nodes { id } } } }',
        {"id": "<order>"},
        (ORDER, created()),
        data={"order": {"open": {"nodes": [{"id": "<return>"}]}, "closed": {"nodes": []}}},
        source=SCHEMA,
    ),
    Fact(
        "reasons are searched by name",
        'query R { returnReasonDefinitions(first: 2, query: "name:comfort") { nodes { handle } } }',
        data={"returnReasonDefinitions": {"nodes": [{"handle": "comfort"}]}},
        source=SCHEMA,
    ),
]  # fmt: skip

test_facts = each(FACTS, ("write_orders", "write_returns", "write_products", "read_locations", "read_fulfillments"))
