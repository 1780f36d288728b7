"""What payloads say: numbers for ids, text for money and tags, the shop's own time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hookshop import OUTLET, Shop

from atom_shopify_plugin.sandbox.webhooks.topics import COMPLIANCE, ENUM, HEADER


@pytest.fixture
def told(shop, receiver):
    """Subscribe to everything; return what a topic's only delivery says."""
    shop.subscribe_to_all(receiver.url)

    def told(topic: str) -> Any:
        shop.settle()
        (got,) = receiver.of(topic)
        return got.json

    return told


def times(value: Any) -> list[str]:
    """Return every time in a payload."""
    if isinstance(value, dict):
        own = [text for name, text in value.items() if name.endswith("_at") and isinstance(text, str)]
        return own + [text for one in value.values() for text in times(one)]
    return [text for one in value for text in times(one)] if isinstance(value, list) else []


def ids(value: Any) -> list[tuple[Any, str]]:
    """Return every id with the gid beside it."""
    if isinstance(value, dict):
        own = [(value["id"], value["admin_graphql_api_id"])] if {"id", "admin_graphql_api_id"} <= set(value) else []
        return own + [pair for one in value.values() for pair in ids(one)]
    return [pair for one in value for pair in ids(one)] if isinstance(value, list) else []


def amounts(value: Any, names: tuple[str, ...] = ("price", "amount", "total", "cost")) -> list[Any]:
    """Return every amount of money."""
    if isinstance(value, dict):
        own = [v for n, v in value.items() if n.endswith(names) and not isinstance(v, dict | list) and v is not None]
        return own + [amount for one in value.values() for amount in amounts(one, names)]
    return [amount for one in value for amount in amounts(one, names)] if isinstance(value, list) else []


def test_every_topic_is_a_member_of_the_enum(shop):
    found = shop.graphql('{ __type(name: "WebhookSubscriptionTopic") { enumValues { name } } }')
    assert set(HEADER) <= {value["name"] for value in found["__type"]["enumValues"]}
    assert len(ENUM) == len(HEADER)
    assert not set(COMPLIANCE) & set(ENUM)


def test_an_order(shop, told):
    done = shop.do(
        "orders",
        {
            "lines": [{"sku": "MUG-BLUE", "quantity": 2}, {"sku": "MUG-RED"}],
            "customer": "ada@example.com",
            "tags": ["gift", "vip"],
            "note": "Bitte klingeln",
        },
    )
    order = told("orders/create")
    assert (order["id"], order["admin_graphql_api_id"]) == (done["id"], done["admin_graphql_api_id"])
    assert (order["name"], order["order_number"], order["number"]) == ("#1031", 1031, 31)
    assert order["email"] == order["customer"]["email"] == "ada@example.com"
    assert order["tags"] == "gift, vip"
    assert order["note"] == "Bitte klingeln"
    assert (order["currency"], order["financial_status"], order["fulfillment_status"]) == ("EUR", "paid", None)
    lines = [(line["sku"], line["quantity"], line["price"]) for line in order["line_items"]]
    assert lines == [("MUG-BLUE", 2, "12.00"), ("MUG-RED", 1, "12.00")]
    assert (order["subtotal_price"], order["total_price"], order["total_outstanding"]) == ("36.00", "40.90", "0.00")
    assert order["total_price_set"]["shop_money"] == {"amount": "40.90", "currency_code": "EUR"}


def test_a_customer(shop, told):
    shop.do("customers", {"email": "new@example.com", "first_name": "Noor", "tags": ["b", "a"]})
    customer = told("customers/create")
    assert (customer["first_name"], customer["state"], customer["tags"]) == ("Noor", "disabled", "a, b")
    assert customer["orders_count"] == 0
    assert customer["total_spent"] == "0.00"
    assert customer["email_marketing_consent"]["state"] == "not_subscribed"


def test_a_consent(shop, told, sandbox):
    consent = {"marketingState": "UNSUBSCRIBED", "marketingOptInLevel": "SINGLE_OPT_IN"}
    shop.do("customers/ada@example.com", {"email_marketing_consent": consent})
    told_of = told("customers_email_marketing_consent/update")
    ada = sandbox.store(shop.domain).find("Customer", "email", "ada@example.com")[0]
    assert (told_of["customer_id"], told_of["email_address"]) == (int(ada["id"].rpartition("/")[2]), ada["email"])
    assert told_of["email_marketing_consent"]["state"] == "unsubscribed"


def test_a_product(shop, told):
    shop.do("products/mug", {"tags": ["kitchen", "new"], "status": "DRAFT"})
    product = told("products/update")
    assert (product["handle"], product["status"], product["tags"]) == ("mug", "draft", "kitchen, new")
    assert [one["option1"] for one in product["variants"]] == product["options"][0]["values"]
    variant = product["variants"][0]
    assert (variant["sku"], variant["price"], variant["product_id"]) == ("MUG-BLUE", "12.00", product["id"])
    assert isinstance(variant["inventory_item_id"], int)
    assert variant["inventory_policy"] == "deny"


def test_a_deleted_product_is_only_named(shop, told, sandbox):
    gid = sandbox.store(shop.domain).find("Product", "handle", "mug")[0]["id"]
    shop.do("products/mug", method="DELETE")
    assert told("products/delete") == {"id": int(gid.rpartition("/")[2])}


def test_stock(shop, told):
    done = shop.do("inventory", {"sku": "MUG-RED", "location": "Shop Floor", "available": 3})
    level = told("inventory_levels/update")
    assert {name: level[name] for name in done} == done
    assert level["available"] == 3
    assert level["admin_graphql_api_id"].startswith("gid://shopify/InventoryLevel/")


def test_the_shop(shop, told):
    shop.do("shop", {"name": "Atelier Demo", "owner": "Ada Lovelace"})
    told_of = told("shop/update")
    assert (told_of["name"], told_of["shop_owner"]) == ("Atelier Demo", "Ada Lovelace")
    assert (told_of["myshopify_domain"], told_of["iana_timezone"]) == (shop.domain, "Europe/Berlin")
    assert told_of["timezone"] == "(GMT+01:00) Europe/Berlin"


def everything(shop: Shop) -> None:
    shop.do("orders", {"customer": "grace@example.com", "seed": 1})
    shop.do("products/mug", {"title": "Cup"})
    shop.do("inventory", {"sku": "MUG-RED", "available": 0})
    shop.do("shop", {"name": "Another"})
    cancel = (
        "mutation ($id: ID!) { orderCancel(orderId: $id, reason: OTHER, refund: true, restock: true) { job { id } } }"
    )
    order = shop.graphql('{ orders(first: 1, query: "name:1001") { nodes { id } } }')["orders"]["nodes"][0]["id"]
    shop.graphql(cancel, id=order)
    for _ in range(3):  # the cancellation is a job that later requests advance
        shop.graphql("{ shop { name } }")
    shop.settle()


@pytest.mark.parametrize(("domain", "offset"), [("demo.myshopify.com", "+01:00"), (OUTLET, "-05:00")])
def test_times_are_the_shops_own(sandbox, receiver, domain, offset, clock):
    shop = Shop(sandbox, domain)
    shop.subscribe_to_all(receiver.url)
    everything(shop)
    found = [text for got in receiver.got for text in times(got.json)]
    assert len(found) > 50
    fresh = [text for text in found if datetime.fromisoformat(text) == clock.now()]
    assert fresh
    assert {text[-6:] for text in fresh} == {offset}
    assert all(datetime.fromisoformat(text).utcoffset() is not None for text in found)


def test_ids_are_numbers_and_agree_with_the_gid_beside_them(shop, receiver):
    shop.subscribe_to_all(receiver.url)
    everything(shop)
    pairs = [pair for got in receiver.got for pair in ids(got.json)]
    assert len(pairs) > 20
    assert all(isinstance(number, int) and gid.rpartition("/")[2] == str(number) for number, gid in pairs)


def test_money_is_text_with_two_decimals(shop, receiver):
    shop.subscribe_to_all(receiver.url)
    everything(shop)
    found = [amount for got in receiver.got for amount in amounts(got.json)]
    assert len(found) > 30
    assert all(isinstance(amount, str) and amount[-3] == "." for amount in found)


def test_an_order_in_two_currencies_says_both(shop, told):
    bag = {
        "shopMoney": {"amount": "12", "currencyCode": "CAD"},
        "presentmentMoney": {"amount": "8", "currencyCode": "USD"},
    }
    text = "mutation O($o: OrderCreateOrderInput!) { orderCreate(order: $o) { userErrors { message } } }"
    shop.graphql(text, o={"lineItems": [{"title": "Cup", "quantity": 2, "priceSet": bag}]})
    order = told("orders/create")
    assert (order["currency"], order["presentment_currency"], order["total_price"]) == ("CAD", "USD", "24.00")
    assert order["total_price_set"] == {
        "shop_money": {"amount": "24.00", "currency_code": "CAD"},
        "presentment_money": {"amount": "16.00", "currency_code": "USD"},
    }


def test_a_draft_order(shop, told):
    line = {
        "title": "Cup",
        "quantity": 2,
        "originalUnitPrice": "20",
        "appliedDiscount": {"value": 10, "valueType": "PERCENTAGE"},
    }
    text = "mutation ($i: DraftOrderInput!) { draftOrderCreate(input: $i) { draftOrder { id } } }"
    shop.graphql(text, i={"lineItems": [line], "note": "phone", "tags": ["b", "a"]})
    draft = told("draft_orders/create")
    assert (draft["name"], draft["status"], draft["note"], draft["tags"]) == ("#D2", "open", "phone", "a, b")
    assert (draft["total_price"], draft["order_id"], draft["customer"]) == ("36.00", None, None)
    (row,) = draft["line_items"]
    assert (row["price"], row["quantity"], row["custom"]) == ("20.00", 2, True)
    assert row["applied_discount"] == {
        "title": None,
        "description": "",
        "value": "10.0",
        "value_type": "percentage",
        "amount": "4.00",
    }


def test_a_refund_says_where_stock_went(shop, told):
    bag = {"shopMoney": {"amount": "10", "currencyCode": "EUR"}}
    text = """mutation ($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order { id transactions { id }
      lineItems(first: 1) { nodes { id } } } } }"""
    order = shop.graphql(
        text, o={"lineItems": [{"title": "Cup", "quantity": 2, "priceSet": bag}], "financialStatus": "PAID"}
    )["orderCreate"]["order"]
    place = shop.graphql("{ locations(first: 1) { nodes { id } } }")["locations"]["nodes"][0]["id"]
    row = {"lineItemId": order["lineItems"]["nodes"][0]["id"], "quantity": 1, "restockType": "RETURN"}
    paid = {"amount": "12", "kind": "REFUND", "gateway": "manual", "parentId": order["transactions"][0]["id"]}
    text = 'mutation ($i: RefundInput!) { refundCreate(input: $i) @idempotent(key: "k") { userErrors { message } } }'
    given = {"refundLineItems": [{**row, "locationId": place}], "transactions": [{**paid, "orderId": order["id"]}]}
    shop.graphql(text, i={"orderId": order["id"], **given})
    refund = told("refunds/create")
    (line,) = refund["refund_line_items"]
    assert (line["restock_type"], line["subtotal"], f"gid://shopify/Location/{line['location_id']}") == (
        "return",
        "10.00",
        place,
    )
    assert [one["amount"] for one in refund["transactions"]] == ["12.00"]
    assert [one["amount"] for one in refund["order_adjustments"]] == ["-2.00"]


MAKE_DISCOUNT = """mutation M($wish: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $wish) { codeDiscountNode { id } userErrors { message } } }"""
MAKE_METAOBJECT = """mutation M($wish: MetaobjectCreateInput!) {
  metaobjectDefinitionCreate(
    definition: { type: "look", fieldDefinitions: [{ key: "title", type: "single_line_text_field" }] }
  ) { userErrors { message } }
  metaobjectCreate(metaobject: $wish) { metaobject { id } userErrors { message } } }"""
MAKE_SEGMENT = """mutation M($wish: String!) {
  segmentCreate(name: "Many", query: $wish) { segment { id } userErrors { message } } }"""
DISCOUNT = {
    "title": "Spring", "code": "SPRING", "startsAt": "2020-01-01T00:00:00Z", "context": {"all": "ALL"},
    "customerGets": {"value": {"percentage": 0.1}, "items": {"all": True}},
}  # fmt: skip
LOOK = {"type": "look", "handle": "sunny", "fields": [{"key": "title", "value": "Sun"}]}
# topic → (what makes a resource, the input, what deletes it, members of the payload)
RESOURCES = {
    "discounts": (MAKE_DISCOUNT, DISCOUNT, "discountCodeDelete", {"title": "Spring", "status": "ACTIVE"}),
    "metaobjects": (MAKE_METAOBJECT, LOOK, "metaobjectDelete", {**LOOK, "fields": {"title": "Sun"}}),
    "segments": (MAKE_SEGMENT, "number_of_orders > 5", "segmentDelete", {"name": "Many"}),
}


@pytest.mark.parametrize("topic", RESOURCES)
def test_a_resource_made_and_deleted(shop, told, topic):
    make, wish, delete, members = RESOURCES[topic]
    made = shop.graphql(make, wish=wish)
    node = next(part for answer in made.values() for part in answer.values() if isinstance(part, dict))
    assert told(f"{topic}/create").items() >= members.items()
    shop.graphql(f"mutation M($id: ID!) {{ {delete}(id: $id) {{ userErrors {{ message }} }} }}", id=node["id"])
    gone = told(f"{topic}/delete")
    assert gone.get("admin_graphql_api_id", gone.get("id")) in (node["id"], int(node["id"].rpartition("/")[2]))


@pytest.fixture
def work(shop):
    """A fulfillment order of three cups: its id, the id of its only line and its location."""
    text = """mutation ($o: OrderCreateOrderInput!) { orderCreate(order: $o) { order {
      fulfillmentOrders(first: 1) { nodes { id lineItems(first: 1) { nodes { id } }
        assignedLocation { location { id } } } } } } }"""
    bag = {"shopMoney": {"amount": "10", "currencyCode": "EUR"}}
    given = {"lineItems": [{"title": "Cup", "quantity": 3, "priceSet": bag}]}
    (made,) = shop.graphql(text, o=given)["orderCreate"]["order"]["fulfillmentOrders"]["nodes"]
    return made["id"], made["lineItems"]["nodes"][0]["id"], made["assignedLocation"]["location"]["id"]


def test_a_hold_says_what_is_held_and_what_is_not(shop, told, work):
    gid, row, _place = work
    text = """mutation ($id: ID!, $h: FulfillmentOrderHoldInput!) { fulfillmentOrderHold(id: $id, fulfillmentHold: $h) {
      fulfillmentHold { id } remainingFulfillmentOrder { id } } }"""
    given = {"reason": "OTHER", "reasonNotes": "Ask", "fulfillmentOrderLineItems": [{"id": row, "quantity": 2}]}
    made = shop.graphql(text, id=gid, h=given)["fulfillmentOrderHold"]
    hold = {
        "id": made["fulfillmentHold"]["id"],
        "reason": "other",
        "reason_notes": "Ask",
        "held_by_requesting_app": True,
        "handle": None,
    }
    assert told("fulfillment_orders/placed_on_hold") == {
        "fulfillment_order": {"id": gid, "status": "on_hold", "fulfillment_holds": [hold]},
        "remaining_fulfillment_order": {"id": made["remainingFulfillmentOrder"]["id"], "status": "open"},
        "held_fulfillment_order_line_items": [{"id": row, "quantity": 2}],
        "created_fulfillment_hold": hold,
    }
    assert told("fulfillment_holds/added") == {"fulfillment_order": {"id": gid}, "fulfillment_hold": hold}


def test_a_move_says_where_from_and_where_to(shop, told, work):
    gid, row, place = work
    places = shop.graphql("{ locations(first: 5) { nodes { id } } }")["locations"]["nodes"]
    other = next(one["id"] for one in places if one["id"] != place)
    text = """mutation ($id: ID!, $to: ID!, $rows: [FulfillmentOrderLineItemInput!]) {
      fulfillmentOrderMove(id: $id, newLocationId: $to, fulfillmentOrderLineItems: $rows) {
        movedFulfillmentOrder { id } userErrors { message } } }"""
    rows = [{"id": row, "quantity": 1}]
    made = shop.graphql(text, id=gid, to=other, rows=rows)["fulfillmentOrderMove"]
    assert told("fulfillment_orders/moved") == {
        "original_fulfillment_order": {"id": gid, "status": "open", "assigned_location_id": place},
        "moved_fulfillment_order": {
            "id": made["movedFulfillmentOrder"]["id"],
            "status": "open",
            "assigned_location_id": other,
        },
        "destination_location_id": other,
        "fulfillment_order_line_items_requested": rows,
        "source_location": {"id": place},
    }


def test_progress_says_what_is_done(shop, told, work):
    text = """mutation ($id: ID!) { fulfillmentOrderReportProgress(id: $id, progressReport: {reasonNotes: "Packing"}) {
      fulfillmentOrder { id } } }"""
    shop.graphql(text, id=work[0])
    assert told("fulfillment_orders/progress_reported") == {
        "fulfillment_order": {"id": work[0], "status": "in_progress"},
        "progress_report": {"reason_notes": "Packing"},
        "initial_status": "open",
    }


def test_a_cancelled_fulfillment_order_names_the_one_in_its_place(shop, told, work):
    text = """mutation ($id: ID!) { fulfillmentOrderCancel(id: $id) { replacementFulfillmentOrder { id } } }"""
    other = shop.graphql(text, id=work[0])["fulfillmentOrderCancel"]["replacementFulfillmentOrder"]["id"]
    assert told("fulfillment_orders/cancelled") == {
        "fulfillment_order": {"id": work[0], "status": "closed"},
        "replacement_fulfillment_order": {"id": other, "status": "open"},
    }


def test_a_split_and_a_merge_say_what_became_of_the_units(shop, told, work):
    gid, row, _place = work
    rows = [{"id": row, "quantity": 1}]
    text = """mutation ($s: [FulfillmentOrderSplitInput!]!) { fulfillmentOrderSplit(fulfillmentOrderSplits: $s) {
      fulfillmentOrderSplits { remainingFulfillmentOrder { id lineItems(first: 1) { nodes { id } } } } } }"""
    made = shop.graphql(text, s=[{"fulfillmentOrderId": gid, "fulfillmentOrderLineItems": rows}])
    new = made["fulfillmentOrderSplit"]["fulfillmentOrderSplits"][0]["remainingFulfillmentOrder"]
    assert told("fulfillment_orders/split") == {
        "split_line_items": rows,
        "fulfillment_order": {"id": gid, "status": "open"},
        "remaining_fulfillment_order": {"id": new["id"], "status": "open"},
        "replacement_fulfillment_order": None,
    }
    text = """mutation ($m: [FulfillmentOrderMergeInput!]!) { fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $m) {
      userErrors { message } } }"""
    shop.graphql(text, m=[{"mergeIntents": [{"fulfillmentOrderId": gid}, {"fulfillmentOrderId": new["id"]}]}])

    def intent(work: str, row: str, quantity: int) -> Any:
        numbers = [int(one.rsplit("/", 1)[1]) for one in (work, row)]
        units = [{"id": numbers[1], "quantity": quantity}]
        return {"fulfillment_order_id": numbers[0], "fulfillment_order_line_items": units}

    assert told("fulfillment_orders/merged") == {
        "merge_intents": [intent(gid, row, 2), intent(new["id"], new["lineItems"]["nodes"][0]["id"], 1)],
        "fulfillment_order_merges": {"fulfillment_order": {"id": gid, "status": "open"}},
    }


SERVICE = 'mutation { fulfillmentServiceCreate(name: "Parcel House") { fulfillmentService { location { id } } } }'
TO = """mutation ($id: ID!, $to: ID!) { fulfillmentOrderMove(id: $id, newLocationId: $to) {
  movedFulfillmentOrder { id } userErrors { message } } }"""
SUBMIT = """mutation ($id: ID!, $rows: [FulfillmentOrderLineItemInput!]) { fulfillmentOrderSubmitFulfillmentRequest(
  id: $id, fulfillmentOrderLineItems: $rows, message: "Please wrap it") { unsubmittedFulfillmentOrder { id }
  submittedFulfillmentOrder { merchantRequests(first: 1) { nodes { id } } } userErrors { message } } }"""


@pytest.fixture
def served(shop, work):
    """A fulfillment order of three cups at the location of a fulfillment service: its id and that of its line."""
    gid, row, _place = work
    place = shop.graphql(SERVICE)["fulfillmentServiceCreate"]["fulfillmentService"]["location"]["id"]
    assert shop.graphql(TO, id=gid, to=place)["fulfillmentOrderMove"]["userErrors"] == []
    return gid, row


def test_a_request_says_what_was_asked_for_and_what_is_left(shop, told, served):
    gid, row = served
    made = shop.graphql(SUBMIT, id=gid, rows=[{"id": row, "quantity": 2}])["fulfillmentOrderSubmitFulfillmentRequest"]
    (request,) = made["submittedFulfillmentOrder"]["merchantRequests"]["nodes"]
    asked = {"id": gid, "status": "open", "request_status": "submitted"}
    assert told("fulfillment_orders/fulfillment_request_submitted") == {
        "original_fulfillment_order": asked,
        "submitted_fulfillment_order": asked,
        "unsubmitted_fulfillment_order": {
            "id": made["unsubmittedFulfillmentOrder"]["id"],
            "status": "open",
            "request_status": "unsubmitted",
        },
        "fulfillment_order_merchant_request": {"id": request["id"], "message": "Please wrap it"},
    }


@pytest.mark.parametrize(("answer", "status"), [("accepted", "in_progress"), ("rejected", "open")])
def test_the_answer_of_the_service_is_told(shop, told, served, answer, status):
    gid, _row = served
    shop.graphql(SUBMIT, id=gid)
    name = {"accepted": "Accept", "rejected": "Reject"}[answer]
    text = f"""mutation ($id: ID!) {{ fulfillmentOrder{name}FulfillmentRequest(id: $id, message: "Understood") {{
      userErrors {{ message }} }} }}"""
    shop.graphql(text, id=gid)
    assert told(f"fulfillment_orders/fulfillment_request_{answer}") == {
        "fulfillment_order": {"id": gid, "status": status, "request_status": answer},
        "message": "Understood",
    }
