"""What Shopify answers about fulfillment orders and parcels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facts import Before, Fact, each, user_error

MADE = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id name lineItems(first: 1) {
  nodes { id } } fulfillmentOrders(first: 1) { nodes { id assignedLocation { location { id } }
  lineItems(first: 2) { nodes { id } } } } } } }"""
ROWS = "lineItems(first: 5) { nodes { totalQuantity remainingQuantity } }"
WORK = f"nodes {{ status requestStatus {ROWS} }}"
SEND = """mutation F($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) {
  fulfillment { name status displayStatus totalQuantity trackingInfo { company number url }
    fulfillmentLineItems(first: 5) { nodes { quantity } } } userErrors { field message } } }"""
STATE = f"""query O($id: ID!) {{ order(id: $id) {{ displayFulfillmentStatus closed fulfillable
  lineItems(first: 1) {{ nodes {{ unfulfilledQuantity }} }} fulfillmentOrders(first: 5) {{ {WORK} }} }} }}"""
UNDO = """mutation C($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status displayStatus }
  userErrors { field message } } }"""
TRACK = """mutation T($id: ID!, $info: FulfillmentTrackingInput!) { fulfillmentTrackingInfoUpdate(fulfillmentId: $id,
  trackingInfoInput: $info) { fulfillment { status trackingInfo { company number url } }
  userErrors { field message } } }"""
HOLD = f"""mutation H($id: ID!, $hold: FulfillmentOrderHoldInput!) {{ fulfillmentOrderHold(id: $id,
  fulfillmentHold: $hold) {{ fulfillmentHold {{ handle reason displayReason heldByRequestingApp }}
  fulfillmentOrder {{ status {ROWS} }} remainingFulfillmentOrder {{ status {ROWS} }}
  userErrors {{ field message code }} }} }}"""
RELEASE = f"""mutation R($id: ID!) {{ fulfillmentOrderReleaseHold(id: $id) {{ fulfillmentOrder {{ status {ROWS}
  fulfillmentHolds {{ id }} }} userErrors {{ field message code }} }} }}"""
MOVE = f"""mutation M($id: ID!, $to: ID!, $rows: [FulfillmentOrderLineItemInput!]) {{ fulfillmentOrderMove(id: $id,
  newLocationId: $to, fulfillmentOrderLineItems: $rows) {{ movedFulfillmentOrder {{ status {ROWS} }}
  originalFulfillmentOrder {{ status {ROWS} }} remainingFulfillmentOrder {{ status {ROWS} }}
  userErrors {{ field message code }} }} }}"""
CANCEL = f"""mutation C($id: ID!) {{ fulfillmentOrderCancel(id: $id) {{ fulfillmentOrder {{ status {ROWS} }}
  replacementFulfillmentOrder {{ status {ROWS} }} userErrors {{ field message }} }} }}"""
PROGRESS = """mutation P($id: ID!) { fulfillmentOrderReportProgress(id: $id) { fulfillmentOrder { status }
  userErrors { field message } } }"""
OPEN = """mutation P($id: ID!) { fulfillmentOrderOpen(id: $id) { fulfillmentOrder { status }
  userErrors { field message } } }"""
SPLIT = f"""mutation S($splits: [FulfillmentOrderSplitInput!]!) {{ fulfillmentOrderSplit(fulfillmentOrderSplits: $splits) {{
  fulfillmentOrderSplits {{ fulfillmentOrder {{ status {ROWS} }} remainingFulfillmentOrder {{ status {ROWS} }}
    replacementFulfillmentOrder {{ status }} }} userErrors {{ field message code }} }} }}"""
MERGE = f"""mutation M($merges: [FulfillmentOrderMergeInput!]!) {{
  fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $merges) {{
  fulfillmentOrderMerges {{ fulfillmentOrder {{ status {ROWS} }} }} userErrors {{ field message code }} }} }}"""
DEADLINE = """mutation D($ids: [ID!]!) { fulfillmentOrdersSetFulfillmentDeadline(fulfillmentOrderIds: $ids,
  fulfillmentDeadline: "2026-12-01T00:00:00Z") { success userErrors { field message code } } }"""
ACTIONS = "query F($id: ID!) { fulfillmentOrder(id: $id) { supportedActions { action } } }"
AT = "orderCreate.order.fulfillmentOrders.nodes.0"


def made(quantity: int = 2, mark: str = "", **order: Any) -> Before:
    """Return the request that makes an order; its parts are called order, work, row and so on, with `mark` behind."""
    price = {"shopMoney": {"amount": "10.0", "currencyCode": "EUR"}}
    line = {"title": "Cup", "quantity": quantity, "priceSet": price, "requiresShipping": True}
    paths = {
        "order": "orderCreate.order.id", "line": "orderCreate.order.lineItems.nodes.0.id", "work": f"{AT}.id",
        "row": f"{AT}.lineItems.nodes.0.id", "place": f"{AT}.assignedLocation.location.id",
        "name": "orderCreate.order.name",
    }  # fmt: skip
    named = {f"{name}{mark}": path for name, path in paths.items()}
    return Before(MADE, {"order": {"lineItems": [line], **order}}, also=named)


def pick(work: str = "<work>", quantity: int | None = None, row: str = "<row>") -> dict[str, Any]:
    rows = {} if quantity is None else {"fulfillmentOrderLineItems": [{"id": row, "quantity": quantity}]}
    return {"fulfillmentOrderId": work, **rows}


def sent(*picks: dict[str, Any], name: str = "parcel", **more: Any) -> Before:
    given = {"lineItemsByFulfillmentOrder": list(picks or (pick(),)), **more}
    document = SEND.replace("fulfillment { name", "fulfillment { id name")
    return Before(document, {"f": given}, name, "fulfillmentCreate.fulfillment.id")


def rows(*pairs: tuple[int, int]) -> dict[str, Any]:
    nodes = [{"totalQuantity": total, "remainingQuantity": left} for total, left in pairs]
    return {"lineItems": {"nodes": nodes}}


def work(status: str, *pairs: tuple[int, int]) -> dict[str, Any]:
    return {"status": status, **rows(*pairs)}


def sending(what: str, picks: list[dict[str, Any]], *errors: dict[str, Any], before: Sequence[Before] = (made(),),
            parcel: dict[str, Any] | None = None, **more: Any) -> Fact:  # fmt: skip
    """Return the fact that a parcel is sent or refused."""
    node = None if parcel is None else {
        "name": "<name>-F1", "status": "SUCCESS", "displayStatus": "FULFILLED", "trackingInfo": [], **parcel,
    }  # fmt: skip
    given = {"lineItemsByFulfillmentOrder": picks} | more.pop("given", {})
    data = {"fulfillmentCreate": {"fulfillment": node, "userErrors": list(errors)}}
    return Fact(what, SEND, {"f": given}, before=before, data=data, **more)


def quantities(*units: int) -> dict[str, Any]:
    nodes = [{"quantity": count} for count in units]
    return {"totalQuantity": sum(units), "fulfillmentLineItems": {"nodes": nodes}}


def state(what: str, before: Sequence[Before], status: str, left: int, *orders: dict[str, Any], closed: bool = False,
          **more: Any) -> Fact:  # fmt: skip
    """Return the fact how an order stands after some requests."""
    nodes = [{**node, "requestStatus": "UNSUBMITTED"} for node in orders]
    order = {
        "displayFulfillmentStatus": status, "closed": closed, "fulfillable": left > 0,
        "lineItems": {"nodes": [{"unfulfilledQuantity": left}]}, "fulfillmentOrders": {"nodes": nodes},
    }  # fmt: skip
    return Fact(what, STATE, {"id": "<order>"}, before=before, data={"order": order}, **more)


def held(what: str, hold: dict[str, Any], *errors: dict[str, Any], before: Sequence[Before], **more: Any) -> Fact:
    """Return the fact that a hold is refused."""
    nothing = dict.fromkeys(("fulfillmentHold", "fulfillmentOrder", "remainingFulfillmentOrder"))
    data = {"fulfillmentOrderHold": {**nothing, "userErrors": list(errors)}}
    return Fact(what, HOLD, {"id": "<work>", "hold": {"reason": "OTHER", **hold}}, before=before, data=data, **more)


def holding(handle: str = "", quantity: int | None = None) -> Before:
    rows = [] if quantity is None else [{"id": "<row>", "quantity": quantity}]
    hold = {"reason": "OTHER", "handle": handle, "fulfillmentOrderLineItems": rows}
    return Before(HOLD, {"id": "<work>", "hold": hold})


def fulfillable(what: str, before: Sequence[Before], units: int) -> Fact:
    """Return the fact how many units of an order's line can be sent now."""
    document = "query O($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { fulfillableQuantity } } } }"
    data = {"order": {"lineItems": {"nodes": [{"fulfillableQuantity": units}]}}}
    return Fact(what, document, {"id": "<order>"}, before=before, data=data)


def nowhere(name: str, document: str) -> Fact:
    """Return the fact that a mutation fails as a whole for an unknown fulfillment order."""
    gid = "gid://shopify/FulfillmentOrder/0"
    given = {"id": gid, "hold": {"reason": "OTHER"}, "to": "gid://shopify/Location/1"}
    variables = {key: value for key, value in given.items() if f"${key}:" in document}
    error = {"message": f"Invalid id: {gid}", "path": [name], "extensions": {"code": "RESOURCE_NOT_FOUND"}}
    return Fact(f"{name} of an unknown fulfillment order", document, variables, data={name: None}, errors=[error])


def refused_move(what: str, before: Sequence[Before], error: dict[str, Any], to: str = "<other>", **more: Any) -> Fact:
    nothing = dict.fromkeys(("movedFulfillmentOrder", "originalFulfillmentOrder", "remainingFulfillmentOrder"))
    data = {"fulfillmentOrderMove": {**nothing, "userErrors": [error]}}
    return Fact(what, MOVE, {"id": "<work>", "to": to}, before=[*before, PLACES], data=data, **more)


PAID = {"financialStatus": "PAID"}
PLACES = Before(
    "{ locations(first: 2) { nodes { id } } }", also={"main": "locations.nodes.0.id", "other": "locations.nodes.1.id"}
)
LINES = ("fulfillment", "lineItemsByFulfillmentOrder")
TOO_MUCH = user_error("Invalid fulfillment order line item quantity requested.", "fulfillment")
UNKNOWN = user_error("Fulfillment order does not exist.", "fulfillment")
STARTED = Before(PROGRESS, {"id": "<work>"})
HERMES = {"company": "Hermes", "number": "H1", "url": "https://example.com/H1"}
HELD = ("fulfillmentHold", "fulfillmentOrderLineItems")

FACTS = [
    state("an order has its fulfillment order", [made()], "UNFULFILLED", 2, work("OPEN", (2, 2))),
    Fact("what can be done with it", ACTIONS, {"id": "<work>"}, before=[made()],
         data={"fulfillmentOrder": {"supportedActions": [
             {"action": name} for name in ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT")]}}),
    Fact("what can be done with a single unit", ACTIONS, {"id": "<work>"}, before=[made(1)],
         data={"fulfillmentOrder": {"supportedActions": [
             {"action": name} for name in ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD")]}}),
    Fact("what can be done while it is in progress", ACTIONS, {"id": "<work>"}, before=[made(), STARTED],
         data={"fulfillmentOrder": {"supportedActions": [
             {"action": name} for name in ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN")]}}),
    # sending
    sending("all of it is sent where nothing is named", [pick()], parcel={**quantities(2), "trackingInfo": [HERMES]},
            given={"trackingInfo": HERMES, "notifyCustomer": True}),
    state("then it is closed", [made(), sent()], "FULFILLED", 0, work("CLOSED", (2, 0))),
    state("a paid order is closed with its last parcel", [made(**PAID), sent()], "FULFILLED", 0,
          work("CLOSED", (2, 0)), closed=True),
    sending("a part is sent", [pick(quantity=1)], parcel=quantities(1)),
    state("then the rest is in progress", [made(), sent(pick(quantity=1))], "PARTIALLY_FULFILLED", 1,
          work("IN_PROGRESS", (2, 1))),
    sending("the rest is sent with the next parcel", [pick()], before=[made(), sent(pick(quantity=1))],
            parcel={"name": "<name>-F2", **quantities(1)}),
    sending("numbers and addresses of parcels go together", [pick()],
            given={"trackingInfo": {"company": "UPS", "numbers": ["1", "2"],
                                    "urls": ["https://example.com/1", "https://example.com/2"]}},
            parcel={**quantities(2), "trackingInfo": [
                {"company": "UPS", "number": code, "url": f"https://example.com/{code}"} for code in ("1", "2")]}),
    # what can't be sent
    sending("an order is not sent twice", [pick()],
            user_error("Fulfillment order <work#> has an unfulfillable status= closed.", "fulfillment"),
            before=[made(), sent()]),
    sending("what is on hold is not sent", [pick()],
            user_error("Fulfillment order <work#> has an unfulfillable status= on_hold.", "fulfillment"),
            before=[made(), holding()], source="inferred"),
    sending("what is in progress is sent", [pick()], before=[made(), STARTED], parcel=quantities(2)),
    sending("no units are not sent", [pick(quantity=0)],
            user_error("Quantity must be greater than 0", *LINES, 0, "fulfillmentOrderLineItems", 0, "quantity")),
    sending("no more is sent than is left", [pick(quantity=3)], TOO_MUCH),
    sending("no more is sent than an earlier parcel left", [pick(quantity=2)], TOO_MUCH,
            before=[made(), sent(pick(quantity=1))]),
    sending("an unknown fulfillment order is not sent", [pick(), pick("gid://shopify/FulfillmentOrder/999999")], UNKNOWN),
    sending("units are looked at first", [pick("gid://shopify/FulfillmentOrder/999999", 0, "gid://shopify/"
                                               "FulfillmentOrderLineItem/9")],
            user_error("Quantity must be greater than 0", *LINES, 0, "fulfillmentOrderLineItems", 0, "quantity")),
    sending("an unknown line is not sent", [pick(quantity=1, row="gid://shopify/FulfillmentOrderLineItem/9")],
            user_error("Fulfillment order line item does not exist.", "fulfillment")),
    sending("two orders are not sent together", [pick(), pick("<work2>")],
            user_error("All fulfillment orders must belong to the same order. Multiple orders with ids "
                       "[<order#>, <order2#>] were found.", "fulfillment"), before=[made(), made(mark="2")]),
    sending("two places do not send together", [pick(), pick("<moved>")],
            user_error("All fulfillment orders must be assigned to a single location. Multiple locations with ids "
                       "[<main#>, <other#>] were found.", "fulfillment"),
            before=[made(), PLACES, Before(MOVE.replace("movedFulfillmentOrder { status", "movedFulfillmentOrder { id "
                                                                                           "status"),
                                           {"id": "<work>", "to": "<other>", "rows": [{"id": "<row>", "quantity": 1}]},
                                           "moved", "fulfillmentOrderMove.movedFulfillmentOrder.id")]),
    Fact("a parcel needs the scope for fulfillment orders", SEND, {"f": {"lineItemsByFulfillmentOrder": [pick()]}},
         before=[made()], scopes=["write_orders"], data={"fulfillmentCreate": None},
         errors=[{"path": ["fulfillmentCreate"], "extensions": {
             "code": "ACCESS_DENIED", "documentation": "https://shopify.dev/api/usage/access-scopes",
             "requiredAccess": ("`write_assigned_fulfillment_orders` access scope, "
                                "`write_merchant_managed_fulfillment_orders` access scope or "
                                "`write_third_party_fulfillment_orders` access scope.")}}], source="official schema"),
    # taking back
    Fact("a parcel is cancelled", UNDO, {"id": "<parcel>"}, before=[made(), sent()],
         data={"fulfillmentCancel": {"fulfillment": {"status": "CANCELLED", "displayStatus": "CANCELED"},
                                     "userErrors": []}}),
    Fact("a second time changes nothing", UNDO, {"id": "<parcel>"},
         before=[made(), sent(), Before(UNDO, {"id": "<parcel>"})],
         data={"fulfillmentCancel": {"fulfillment": {"status": "CANCELLED", "displayStatus": "CANCELED"},
                                     "userErrors": []}}),
    state("a new fulfillment order takes the place of one that was closed",
          [made(**PAID), sent(), Before(UNDO, {"id": "<parcel>"})], "UNFULFILLED", 2, work("CLOSED", (2, 2)),
          work("OPEN", (2, 2))),
    state("one that was in progress gets its units back",
          [made(), sent(pick(quantity=1)), Before(UNDO, {"id": "<parcel>"})], "UNFULFILLED", 2, work("OPEN", (2, 2)),
          source="documentation"),
    Fact("an unknown parcel is not cancelled", UNDO, {"id": "gid://shopify/Fulfillment/999999"},
         data={"fulfillmentCancel": {"fulfillment": None, "userErrors": [user_error("Fulfillment not found.", "id")]}}),
    Fact("what was sent bars a cancellation of the order",
         "mutation X($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true) { job { id } "
         "orderCancelUserErrors { field message code } } }", {"id": "<order>"}, before=[made(financialStatus="PAID"), sent()],
         data={"orderCancel": {"job": None, "orderCancelUserErrors": [
             user_error("Cannot cancel an order that has outstanding fulfillments", "orderId", code="INVALID")]}}),
    # tracking
    Fact("tracking changes", TRACK, {"id": "<parcel>", "info": HERMES}, before=[made(), sent()],
         data={"fulfillmentTrackingInfoUpdate": {"fulfillment": {"status": "SUCCESS", "trackingInfo": [HERMES]},
                                                 "userErrors": []}}),
    Fact("tracking of a cancelled parcel changes", TRACK, {"id": "<parcel>", "info": HERMES},
         before=[made(), sent(), Before(UNDO, {"id": "<parcel>"})],
         data={"fulfillmentTrackingInfoUpdate": {"fulfillment": {"status": "CANCELLED", "trackingInfo": [HERMES]},
                                                 "userErrors": []}}),
    Fact("tracking of an unknown parcel does not change", TRACK,
         {"id": "gid://shopify/Fulfillment/999999", "info": HERMES},
         data={"fulfillmentTrackingInfoUpdate": {"fulfillment": None, "userErrors": [
             user_error("Fulfillment does not exist.", "fulfillmentId")]}}),
    # holds
    Fact("a hold of a part splits the rest off", HOLD,
         {"id": "<work>", "hold": {"reason": "OTHER", "handle": "h",
                                   "fulfillmentOrderLineItems": [{"id": "<row>", "quantity": 1}]}}, before=[made()],
         data={"fulfillmentOrderHold": {
             "fulfillmentHold": {"handle": "h", "reason": "OTHER", "displayReason": "Other",
                                 "heldByRequestingApp": True},
             "fulfillmentOrder": work("ON_HOLD", (1, 1)), "remainingFulfillmentOrder": work("OPEN", (1, 1)),
             "userErrors": []}}),
    state("an order with a part on hold is unfulfilled", [made(), holding("h", 1)], "UNFULFILLED", 2,
          work("ON_HOLD", (1, 1)), work("OPEN", (1, 1))),
    state("an order that is all on hold is on hold", [made(), holding()], "ON_HOLD", 2, work("ON_HOLD", (2, 2)),
          source="official schema"),
    Fact("a release brings the rest back", RELEASE, {"id": "<work>"}, before=[made(), holding("h", 1)],
         data={"fulfillmentOrderReleaseHold": {
             "fulfillmentOrder": {**work("OPEN", (2, 2)), "fulfillmentHolds": []}, "userErrors": []}}),
    state("what a hold had split off is closed, with its lines",
          [made(), holding("h", 1), Before(RELEASE, {"id": "<work>"})], "UNFULFILLED", 2, work("OPEN", (2, 2)),
          work("CLOSED", (0, 0))),
    fulfillable("units on hold can't be sent", [made(3), holding("h", 2)], 1),
    fulfillable("units that are no longer on hold can be sent",
                [made(3), holding("h", 2), Before(RELEASE, {"id": "<work>"})], 3),
    Fact("a hold without a handle has an empty one", HOLD, {"id": "<work>", "hold": {"reason": "AWAITING_RETURN_ITEMS"}},
         before=[made()],
         data={"fulfillmentOrderHold": {
             "fulfillmentHold": {"handle": "", "reason": "AWAITING_RETURN_ITEMS",
                                 "displayReason": "Exchange items awaiting return delivery",
                                 "heldByRequestingApp": True},
             "fulfillmentOrder": work("ON_HOLD", (2, 2)), "remainingFulfillmentOrder": None, "userErrors": []}}),
    *(nowhere(name, document) for name, document in (
        ("fulfillmentOrderHold", HOLD), ("fulfillmentOrderReleaseHold", RELEASE), ("fulfillmentOrderMove", MOVE),
        ("fulfillmentOrderCancel", CANCEL), ("fulfillmentOrderReportProgress", PROGRESS),
        ("fulfillmentOrderOpen", OPEN))),
    held("two holds differ in their handles", {"handle": "h"},
         user_error("The handle provided for the fulfillment hold is already in use by this app for another hold on "
                    "this fulfillment order.", "fulfillmentHold", "handle", code="DUPLICATE_FULFILLMENT_HOLD_HANDLE"),
         before=[made(), holding("h")]),
    held("an app holds ten times", {"handle": "h11"},
         user_error("The maximum number of fulfillment holds for this fulfillment order has been reached for this app. "
                    "An app can only have up to 10 holds on a single fulfillment order at any one time.", "id",
                    code="FULFILLMENT_ORDER_HOLD_LIMIT_REACHED"),
         before=[made(), *(holding(f"h{at}") for at in range(10))]),
    held("what is held is not split", {"handle": "i", "fulfillmentOrderLineItems": [{"id": "<row>", "quantity": 1}]},
         user_error("The fulfillment order is not in a splittable state.", *HELD,
                    code="FULFILLMENT_ORDER_NOT_SPLITTABLE"), before=[made(), holding("h")]),
    held("no units are not held", {"fulfillmentOrderLineItems": [{"id": "<row>", "quantity": 0}]},
         user_error("You must select at least one item to place on partial hold.", *HELD, 0, "quantity",
                    code="GREATER_THAN_ZERO"), before=[made()]),
    held("a line is held once", {"fulfillmentOrderLineItems": [{"id": "<row>", "quantity": 1}] * 2},
         user_error("must contain unique line item ids", *HELD, code="DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS"),
         before=[made()]),
    # moves
    Fact("all of it moves", MOVE, {"id": "<work>", "to": "<other>"}, before=[made(), PLACES],
         data={"fulfillmentOrderMove": {
             "movedFulfillmentOrder": work("OPEN", (2, 2)), "originalFulfillmentOrder": work("OPEN", (2, 2)),
             "remainingFulfillmentOrder": None, "userErrors": []}}),
    Fact("a part moves to a new fulfillment order", MOVE,
         {"id": "<work>", "to": "<other>", "rows": [{"id": "<row>", "quantity": 1}]}, before=[made(), PLACES],
         data={"fulfillmentOrderMove": {
             "movedFulfillmentOrder": work("OPEN", (1, 1)), "originalFulfillmentOrder": work("OPEN", (1, 1)),
             "remainingFulfillmentOrder": work("OPEN", (1, 1)), "userErrors": []}}),
    refused_move("what is closed does not move", [made(), sent()],
                 {"field": None, "message": "Cannot change location.", "code": None}),
    refused_move("what is in progress does not move", [made(), STARTED],
                 user_error("Cannot move a fulfillment order that has had progress reported. To move a fulfillment "
                            "order that has had progress reported, the fulfillment order must first be marked as open "
                            "resolving the ongoing progress state.", "id",
                            code="CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS")),
    refused_move("nothing moves to an unknown location", [made()],
                 {"field": ["id"], "message": "Location not found.", "code": None}, "gid://shopify/Location/999999"),
    # progress and cancellation
    state("an order in progress says so", [made(), STARTED], "IN_PROGRESS", 2, work("IN_PROGRESS", (2, 2))),
    Fact("progress is not reported of what is closed", PROGRESS, {"id": "<work>"}, before=[made(), sent()],
         data={"fulfillmentOrderReportProgress": {"fulfillmentOrder": None, "userErrors": [
             user_error("Cannot report progress on a fulfillment order in this state.")]}}),
    Fact("what is in progress is marked as open", OPEN, {"id": "<work>"}, before=[made(), STARTED],
         data={"fulfillmentOrderOpen": {"fulfillmentOrder": {"status": "OPEN"}, "userErrors": []}}),
    Fact("what is open is not marked as open", OPEN, {"id": "<work>"}, before=[made()],
         data={"fulfillmentOrderOpen": {"fulfillmentOrder": None, "userErrors": [
             user_error("Expected fulfillment order status to be valid but it was open.")]}}),
    Fact("a cancelled fulfillment order is replaced", CANCEL, {"id": "<work>"}, before=[made()],
         data={"fulfillmentOrderCancel": {"fulfillmentOrder": work("CLOSED"),
                                          "replacementFulfillmentOrder": work("OPEN", (2, 2)), "userErrors": []}}),
    Fact("what is in progress is not cancelled", CANCEL, {"id": "<work>"}, before=[made(), STARTED],
         data={"fulfillmentOrderCancel": {"fulfillmentOrder": None, "replacementFulfillmentOrder": None, "userErrors": [
             user_error("Cannot cancel fulfillment order that has had progress reported. Mark as unfulfilled first.",
                        "id")]}}),
    Fact("what is closed is not cancelled", CANCEL, {"id": "<work>"}, before=[made(), sent()],
         data={"fulfillmentOrderCancel": {"fulfillmentOrder": None, "replacementFulfillmentOrder": None, "userErrors": [
             user_error("Fulfillment order is not in cancelable request state and can't be canceled.")]}}),
]  # fmt: skip


def part(quantity: int | None, mark: str = "", row: str | None = None) -> dict[str, Any]:
    """Return the input that names a fulfillment order and, unless all of them are meant, units of its line."""
    rows = [] if quantity is None else [{"id": row or f"<row{mark}>", "quantity": quantity}]
    return {"fulfillmentOrderId": f"<work{mark}>", **({} if quantity is None else {"fulfillmentOrderLineItems": rows})}


def splits(what: str, parts: list[dict[str, Any]], *errors: dict[str, Any], done: list[dict[str, Any]] | None = None,
           before: Sequence[Before] = (made(),), **more: Any) -> Fact:  # fmt: skip
    data = {"fulfillmentOrderSplit": {"fulfillmentOrderSplits": done, "userErrors": list(errors)}}
    return Fact(what, SPLIT, {"splits": parts}, before=before, data=data, **more)


def merges(what: str, parts: list[dict[str, Any]], *errors: dict[str, Any], done: list[dict[str, Any]] | None = None,
           before: Sequence[Before] = (), **more: Any) -> Fact:  # fmt: skip
    data = {"fulfillmentOrderMerge": {"fulfillmentOrderMerges": done, "userErrors": list(errors)}}
    given = {"merges": [{"mergeIntents": parts}]}
    return Fact(what, MERGE, given, before=before or [made(3), halved()], data=data, **more)


def halved(quantity: int = 1, mark: str = "") -> Before:
    """Return the request that splits units off; the new fulfillment order and its line are called worknew, rownew."""
    document = SPLIT.replace("remainingFulfillmentOrder { status lineItems(first: 5) { nodes {",
                             "remainingFulfillmentOrder { id status lineItems(first: 5) { nodes { id")  # fmt: skip
    at = "fulfillmentOrderSplit.fulfillmentOrderSplits.0.remainingFulfillmentOrder"
    return Before(document, {"splits": [part(quantity, mark)]},
                  also={"worknew": f"{at}.id", "rownew": f"{at}.lineItems.nodes.0.id"})  # fmt: skip


def parted(kept: int, off: int) -> dict[str, Any]:
    return {"fulfillmentOrder": work("OPEN", (kept, kept)), "remainingFulfillmentOrder": work("OPEN", (off, off)),
            "replacementFulfillmentOrder": None}  # fmt: skip


def plain(message: str) -> dict[str, Any]:
    return {"field": None, "message": message, "code": None}


UNITS = plain("Invalid fulfillment order line item quantity requested.")
GONE = user_error("Fulfillment order does not exist.", code="FULFILLMENT_ORDER_NOT_FOUND")
UNKNOWN = {"fulfillmentOrderId": "gid://shopify/FulfillmentOrder/999999"}
ENTRY = ["fulfillmentOrderSplits", 0, "fulfillmentOrderLineItems"]
INTENT = ["fulfillmentOrderMergeInputs", 0, "mergeIntents", 0, "fulfillmentOrderLineItems"]

PARTS = [
    splits("units are split off", [part(1)], done=[parted(2, 1)], before=[made(3)]),
    splits("several are split at once", [part(1), part(2, "2")], done=[parted(1, 1), parted(1, 2)],
           before=[made(), made(3, "2")]),
    splits("a split names lines", [{"fulfillmentOrderId": "<work>", "fulfillmentOrderLineItems": []}],
           user_error("There must be at least one item selected in this fulfillment to split it.", *ENTRY,
                      code="NO_LINE_ITEMS_PROVIDED_TO_SPLIT")),
    splits("no units are not split off", [part(0)],
           user_error("You must select at least one item to split into a new fulfillment order.", *ENTRY, 0, "quantity",
                      code="GREATER_THAN")),
    splits("what is unknown is not split", [{**part(1), **UNKNOWN}], GONE),
    splits("more than there is is not split off", [part(3)], UNITS),
    splits("all of it is not split off", [part(2)], UNITS, source="inferred"),
    splits("what is on hold is not split", [part(1)],
           plain("Fulfillment order: <work#> is currently not in a splittable state."),
           before=[made(), holding()], source="inferred"),
    state("a split that is refused in part does nothing", [made(3), Before(SPLIT, {"splits": [part(1), part(4)]})],
          "UNFULFILLED", 3, work("OPEN", (3, 3))),
    state("a split order is unfulfilled", [made(3), halved()], "UNFULFILLED", 3, work("OPEN", (2, 2)),
          work("OPEN", (1, 1))),
    merges("parts are merged into the first", [part(None), part(None, "new")],
           done=[{"fulfillmentOrder": work("OPEN", (3, 3))}]),
    merges("units are merged", [part(None), part(1, "new")], done=[{"fulfillmentOrder": work("OPEN", (2, 2))}],
           before=[made(3), halved(2)], source="official schema"),
    state("what was merged is closed",
          [made(3), halved(), Before(MERGE, {"merges": [{"mergeIntents": [part(None), part(None, "new")]}]})],
          "UNFULFILLED", 3, work("OPEN", (3, 3)), work("CLOSED", (0, 0))),
    merges("what is unknown is not merged", [part(None), UNKNOWN], GONE),
    merges("no units are not merged", [part(0), part(None, "new")],
           user_error("You must select at least one item to merge into a new fulfillment order.", *INTENT, 0,
                      "quantity", code="GREATER_THAN")),
    merges("an unknown line is not merged",
           [part(1, row="gid://shopify/FulfillmentOrderLineItem/999999"), part(None, "new")],
           plain("Fulfillment order line item does not exist.")),
    merges("more than there is is not merged", [part(999), part(None, "new")], UNITS),
    merges("what is closed is not merged", [part(None), part(None, "new")],
           plain("Fulfillment order: <worknew#> is currently not in a mergeable state."),
           before=[made(3), halved(), Before(CANCEL, {"id": "<worknew>"})]),
    merges("fulfillment orders of two orders are not merged", [part(None), part(None, "2")],
           plain("Fulfillment orders must belong to the same order and location to be merged."),
           before=[made(), made(2, "2")], source="inferred"),
    Fact("a deadline is set", DEADLINE, {"ids": ["<work>"]}, before=[made()],
         data={"fulfillmentOrdersSetFulfillmentDeadline": {"success": True, "userErrors": []}}),
    Fact("a deadline is told", "query F($id: ID!) { fulfillmentOrder(id: $id) { fulfillBy } }", {"id": "<work>"},
         before=[made(), Before(DEADLINE, {"ids": ["<work>"]})],
         data={"fulfillmentOrder": {"fulfillBy": "2026-12-01T00:00:00Z"}}),
    Fact("what is closed has a deadline", DEADLINE, {"ids": ["<work>"]}, before=[made(), sent()],
         data={"fulfillmentOrdersSetFulfillmentDeadline": {"success": True, "userErrors": []}}),
    Fact("what is unknown has no deadline", DEADLINE, {"ids": ["gid://shopify/FulfillmentOrder/999999"]},
         data={"fulfillmentOrdersSetFulfillmentDeadline": {"success": False, "userErrors": [
             plain("Fulfillment orders could not be found.")]}}),
]  # fmt: skip

test_facts = each(FACTS + PARTS)
