"""Orders: made with totals that add up, changed in place, cancelled by a job."""

from __future__ import annotations

from typing import Any

import pytest

MONEY = "{ shopMoney { amount currencyCode } }"
CREATE = f"""mutation O($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {{
  orderCreate(order: $order, options: $options) {{ order {{
    id name email displayFinancialStatus displayFulfillmentStatus note tags customer {{ id displayName }} discountCode
    lineItems(first: 5) {{ nodes {{ title variantTitle sku quantity originalUnitPriceSet {MONEY} discountedTotalSet
    {MONEY} }} }}
    subtotalPriceSet {MONEY} totalTaxSet {MONEY} totalShippingPriceSet {MONEY} totalDiscountsSet {MONEY}
    totalPriceSet {MONEY}
    totalReceivedSet {MONEY} totalOutstandingSet {MONEY} transactions {{ kind status gateway amountSet {MONEY} }}
    taxLines {{ title rate priceSet {MONEY} }} shippingAddress {{ city country name }} customAttributes {{ key value }}
    fulfillments {{ status trackingInfo {{ number company }} }} }}
  userErrors {{ field message code }} }} }}"""
CANCEL = """mutation X($id: ID!, $restock: Boolean!, $refund: OrderCancelRefundMethodInput, $old: Boolean) {
  orderCancel(orderId: $id, reason: CUSTOMER, restock: $restock, refundMethod: $refund, refund: $old,
    staffNote: "why") {
    job { id done } orderCancelUserErrors { field message code } userErrors { field message } } }"""
READ = f"""query O($id: ID!) {{ order(id: $id) {{ name cancelledAt cancelReason cancellation {{ staffNote }}
    displayFinancialStatus closed note email
  currentTotalPriceSet {MONEY} totalRefundedSet {MONEY} refunds {{ id totalRefundedSet {MONEY} }} }} }}"""


def amount(bag: dict[str, Any]) -> str:
    assert bag["shopMoney"]["currencyCode"] == "EUR"
    return str(bag["shopMoney"]["amount"])


def price(value: str, currency: str = "EUR") -> dict[str, Any]:
    return {"shopMoney": {"amount": value, "currencyCode": currency}}


@pytest.fixture
def blue(shop: Any) -> str:
    return str(shop.gid("ProductVariant", sku="MUG-BLUE"))


def named(shop: Any, name: str) -> str:
    return str(shop.store.find("Order", "name", name)[0]["id"])


def available(shop: Any, sku: str) -> tuple[int, int]:
    item = shop.gid("InventoryItem", sku=sku)
    levels = shop.store.find("InventoryLevel", "item", item)
    return sum(one["stock"]["available"] for one in levels), sum(one["stock"]["committed"] for one in levels)


def test_an_order_of_a_variant_and_a_custom_line_adds_up(shop: Any, blue: str) -> None:
    payload = shop.mutate(
        CREATE,
        {
            "order": {
                "email": "new@example.com",
                "note": "Ring twice",
                "tags": ["web"],
                "lineItems": [
                    {"variantId": blue, "quantity": 2, "taxLines": [{"title": "VAT", "rate": "0.19"}]},
                    {"title": "Engraving", "quantity": 1, "priceSet": price("3.50")},
                ],
                "shippingLines": [{"title": "Express", "priceSet": price("6.90")}],
                "shippingAddress": {"firstName": "Lin", "lastName": "Wu", "city": "Kiel", "countryCode": "DE"},
                "customAttributes": [{"key": "gift", "value": "yes"}],
            }
        },
    )
    assert payload["userErrors"] == []
    order = payload["order"]
    assert order["name"] == "#1031"
    lines = order["lineItems"]["nodes"]
    assert [(one["title"], one["variantTitle"], one["sku"], one["quantity"]) for one in lines] == [
        ("Mug", "Blue", "MUG-BLUE", 2),
        ("Engraving", None, None, 1),
    ]
    assert amount(lines[0]["originalUnitPriceSet"]) == "12.0"
    sums = ("subtotalPriceSet", "totalTaxSet", "totalShippingPriceSet", "totalPriceSet", "totalOutstandingSet")
    assert [amount(order[name]) for name in sums] == ["27.5", "4.56", "6.9", "38.96", "38.96"]
    assert order["taxLines"] == [{"title": "VAT", "rate": 0.19, "priceSet": price("4.56")}]
    assert (order["displayFinancialStatus"], order["displayFulfillmentStatus"]) == (None, "UNFULFILLED")
    assert order["shippingAddress"] == {"city": "Kiel", "country": "Germany", "name": "Lin Wu"}
    assert order["customAttributes"] == [{"key": "gift", "value": "yes"}]
    made = [("orderCreate", one.gid.split("/")[3]) for one in shop.store.journal]
    assert made == [("orderCreate", "Customer"), ("orderCreate", "Order")]


@pytest.mark.parametrize(
    ("paid", "kind", "status"),
    [
        ("12", "SALE", "PAID"),
        ("5", "SALE", "PARTIALLY_PAID"),
        ("12", "AUTHORIZATION", "AUTHORIZED"),
        (None, None, None),
    ],
)
def test_transactions_decide_the_financial_status(
    shop: Any, blue: str, paid: str | None, kind: str | None, status: str | None
) -> None:
    order: dict[str, Any] = {"lineItems": [{"variantId": blue, "quantity": 1}]}
    if paid:
        order["transactions"] = [{"kind": kind, "amountSet": price(paid), "gateway": "bank"}]
    made = shop.mutate(CREATE, {"order": order})["order"]
    assert made["displayFinancialStatus"] == status
    assert amount(made["totalReceivedSet"]) == (f"{paid}.0" if kind == "SALE" else "0.0")


def test_a_paid_order_gets_its_payment(shop: Any, blue: str) -> None:
    order = shop.mutate(
        CREATE, {"order": {"financialStatus": "PAID", "lineItems": [{"variantId": blue, "quantity": 1}]}}
    )["order"]
    assert order["transactions"] == [
        {"kind": "SALE", "status": "SUCCESS", "gateway": "manual", "amountSet": price("12.0")}
    ]


@pytest.mark.parametrize(
    ("code", "off", "shipping", "total"),
    [
        ({"itemPercentageDiscountCode": {"code": "TEN", "percentage": 10}}, "2.4", "5.0", "26.6"),
        ({"itemFixedDiscountCode": {"code": "FOUR", "amountSet": price("4")}}, "4.0", "5.0", "25.0"),
        ({"freeShippingDiscountCode": {"code": "FREE"}}, "5.0", "0.0", "24.0"),
    ],
)
def test_a_discount_code_lowers_the_total(
    shop: Any, blue: str, code: dict[str, Any], off: str, shipping: str, total: str
) -> None:
    order = {
        "lineItems": [{"variantId": blue, "quantity": 2}],
        "shippingLines": [{"title": "Post", "priceSet": price("5")}],
        "discountCode": code,
    }
    made = shop.mutate(CREATE, {"order": order})["order"]
    assert made["discountCode"] == next(iter(code.values()))["code"]
    assert [amount(made[name]) for name in ("totalDiscountsSet", "totalShippingPriceSet", "totalPriceSet")] == [
        off,
        shipping,
        total,
    ]


def test_the_customer_is_found_or_made(shop: Any, blue: str) -> None:
    lines = [{"variantId": blue, "quantity": 1}]
    ada = shop.gid("Customer", email="ada@example.com")
    by_id = shop.mutate(CREATE, {"order": {"lineItems": lines, "customer": {"toAssociate": {"id": ada}}}})["order"]
    assert (by_id["customer"]["displayName"], by_id["email"]) == ("Ada Lovelace", "ada@example.com")
    upsert = {"toUpsert": {"email": "mary@example.com", "firstName": "Mary", "lastName": "Jackson"}}
    made = shop.mutate(CREATE, {"order": {"lineItems": lines, "customer": upsert}})["order"]
    assert made["customer"]["displayName"] == "Mary Jackson"
    again = shop.mutate(CREATE, {"order": {"lineItems": lines, "customer": upsert}})["order"]
    assert again["customer"]["id"] == made["customer"]["id"]
    wrong = shop.mutate(CREATE, {"order": {"lineItems": lines, "customer": {"toUpsert": {"email": "nobody"}}}})
    assert wrong["userErrors"][0]["field"] == ["order", "customer", "toUpsert", "email"]


@pytest.mark.parametrize(
    ("order", "field", "code"),
    [
        ({"lineItems": []}, ["order", "lineItems"], "INVALID"),
        (
            {"lineItems": [{"title": "x", "variantId": "gid://shopify/ProductVariant/1", "quantity": 1}]},
            ["order", "lineItems", "0", "variantId"],
            "INVALID",
        ),
        ({"lineItems": [{"title": "x", "quantity": 1}]}, ["order", "lineItems", "0", "priceSet"], "INVALID"),
        (
            {"lineItems": [{"title": "x", "quantity": 0, "priceSet": price("1")}]},
            ["order", "lineItems", "0", "quantity"],
            "INVALID",
        ),
    ],
)
def test_an_order_that_makes_no_sense_leaves_nothing_behind(
    shop: Any, order: dict[str, Any], field: list[str], code: str
) -> None:
    before = list(shop.store)
    payload = shop.mutate(CREATE, {"order": order})
    assert payload["order"] is None
    assert [(one["field"], one["code"]) for one in payload["userErrors"]] == [(field, code)]
    assert list(shop.store) == before


def test_stock_is_claimed_as_asked(shop: Any, blue: str) -> None:
    before, committed = available(shop, "MUG-BLUE")
    order = {"lineItems": [{"variantId": blue, "quantity": 2}]}
    shop.mutate(CREATE, {"order": order})
    assert available(shop, "MUG-BLUE") == (before, committed)
    shop.mutate(CREATE, {"order": order, "options": {"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"}})
    assert available(shop, "MUG-BLUE") == (before - 2, committed + 2)
    order["lineItems"][0]["quantity"] = 5000
    refused = shop.mutate(CREATE, {"order": order, "options": {"inventoryBehaviour": "DECREMENT_OBEYING_POLICY"}})
    assert refused["userErrors"][0]["code"] == "INVENTORY_CLAIM_FAILED"
    assert available(shop, "MUG-BLUE") == (before - 2, committed + 2)
    shop.mutate(CREATE, {"order": order, "options": {"inventoryBehaviour": "DECREMENT_IGNORING_POLICY"}})
    assert available(shop, "MUG-BLUE")[0] == before - 5002


def test_an_order_can_be_born_fulfilled(shop: Any, blue: str) -> None:
    parcel = {"locationId": shop.first("Location"), "trackingCompany": "DHL", "trackingNumber": "JD1"}
    made = shop.mutate(CREATE, {"order": {"lineItems": [{"variantId": blue, "quantity": 1}], "fulfillment": parcel}})[
        "order"
    ]
    assert made["displayFulfillmentStatus"] == "FULFILLED"
    assert made["fulfillments"] == [{"status": "SUCCESS", "trackingInfo": [{"number": "JD1", "company": "DHL"}]}]


def test_an_update_changes_and_clears(shop: Any) -> None:
    text = """mutation U($i: OrderInput!) { orderUpdate(input: $i) { order { note tags email poNumber
    shippingAddress { city } }
      userErrors { field message } } }"""
    gid = named(shop, "#1001")
    given = {"id": gid, "note": "Fragile", "tags": ["b", "a"], "shippingAddress": {"city": "Bonn", "countryCode": "DE"}}
    order = shop.mutate(text, {"i": given})["order"]
    assert (order["note"], order["tags"], order["shippingAddress"]["city"]) == ("Fragile", ["a", "b"], "Bonn")
    assert shop.mutate(text, {"i": {"id": gid, "note": None}})["order"]["note"] is None
    assert shop.mutate(text, {"i": {"id": gid, "email": "x"}})["userErrors"] == [
        {"field": ["email"], "message": "Email is invalid"}
    ]
    unknown = shop.mutate(text, {"i": {"id": "gid://shopify/Order/1"}})
    assert unknown["userErrors"] == [{"field": ["id"], "message": "Order does not exist"}]
    assert len(shop.store.journal) == 2


def test_an_address_of_an_order_is_not_the_customers(shop: Any) -> None:
    gid = named(shop, "#1001")
    home = 'query C { customerByIdentifier(identifier: {emailAddress: "ada@example.com"}) { defaultAddress { city } } }'
    before = shop.data(home)
    text = "mutation U($i: OrderInput!) { orderUpdate(input: $i) { order { id } } }"
    shop.mutate(text, {"i": {"id": gid, "shippingAddress": {"city": "Elsewhere"}}})
    assert shop.data(home) == before


def test_closing_and_opening_happen_once(shop: Any) -> None:
    gid = {"id": named(shop, "#1001")}
    close = "mutation C($id: ID!) { orderClose(input: {id: $id}) { order { closed closedAt } userErrors { message } } }"
    reopen = "mutation C($id: ID!) { orderOpen(input: {id: $id}) { order { closed closedAt } userErrors { message } } }"
    assert shop.mutate(close, gid)["order"] == {"closed": True, "closedAt": "2026-11-23T12:00:00Z"}
    assert shop.mutate(close, gid)["order"]["closed"] is True
    assert shop.mutate(reopen, gid)["order"] == {"closed": False, "closedAt": None}
    assert len(shop.store.journal) == 2


def test_an_unpaid_order_is_marked_as_paid_once(shop: Any) -> None:
    text = """mutation P($id: ID!) { orderMarkAsPaid(input: {id: $id}) { order { displayFinancialStatus }
    userErrors { field message } } }"""
    gid = {"id": named(shop, "#1002")}
    assert shop.mutate(text, gid)["order"] == {"displayFinancialStatus": "PAID"}
    assert shop.mutate(text, gid)["userErrors"] == [{"field": ["id"], "message": "Order cannot be marked as paid."}]


def finish(shop: Any, job: str) -> list[bool]:
    """Poll a job until it is done; return what each look said."""
    looks = []
    for _ in range(5):
        looks.append(shop.data("query J($id: ID!) { job(id: $id) { done } }", {"id": job})["job"]["done"])
        if looks[-1]:
            break
    return looks


def test_a_cancellation_is_a_job_that_is_done_after_some_looks(shop: Any) -> None:
    gid = named(shop, "#1002")
    payload = shop.mutate(CANCEL, {"id": gid, "restock": True})
    assert payload["job"]["done"] is False
    assert payload["orderCancelUserErrors"] == payload["userErrors"] == []
    assert shop.store.journal == []
    assert finish(shop, payload["job"]["id"]) == [False, True]
    order = shop.data(READ, {"id": gid})["order"]
    assert (order["cancelReason"], order["displayFinancialStatus"]) == ("CUSTOMER", "VOIDED")
    assert order["cancellation"] == {"staffNote": "why"}
    assert amount(order["currentTotalPriceSet"]) == "0.0"
    assert [(one.operation, one.action, one.gid) for one in shop.store.journal] == [("orderCancel", "updated", gid)]


def test_a_cancellation_refunds_and_restocks(shop: Any) -> None:
    gid = named(shop, "#1001")
    lines = [shop.store.all("LineItem")[line] for line in shop.store.get(gid)["lineItems"]]
    total = shop.store.get(gid)["total"]
    stock = {line["sku"]: available(shop, line["sku"]) for line in lines}
    payload = shop.mutate(CANCEL, {"id": gid, "restock": True, "refund": {"originalPaymentMethodsRefund": True}})
    finish(shop, payload["job"]["id"])
    order = shop.data(READ, {"id": gid})["order"]
    assert order["displayFinancialStatus"] == "REFUNDED"
    assert (
        float(amount(order["totalRefundedSet"]))
        == float(amount(order["refunds"][0]["totalRefundedSet"]))
        == float(total)
    )
    for line in lines:
        free, committed = stock[line["sku"]]
        assert available(shop, line["sku"]) == (free + line["quantity"], committed - line["quantity"])


def test_a_paid_order_may_be_cancelled_without_a_refund(shop: Any) -> None:
    gid = named(shop, "#1001")
    finish(shop, shop.mutate(CANCEL, {"id": gid, "restock": False})["job"]["id"])
    order = shop.data(READ, {"id": gid})["order"]
    assert (order["displayFinancialStatus"], order["refunds"]) == ("PAID", [])


def test_a_cancellation_that_makes_no_sense_is_refused(shop: Any) -> None:
    def refusal(**variables: Any) -> tuple[Any, ...]:
        payload = shop.mutate(CANCEL, {"restock": True, **variables})
        assert payload["job"] is None
        (error,) = payload["orderCancelUserErrors"]
        assert payload["userErrors"] == [{"field": error["field"], "message": error["message"]}]
        return error["field"], error["message"], error["code"]

    assert refusal(id="gid://shopify/Order/1") == (["orderId"], "Order does not exist", "NOT_FOUND")
    both = refusal(id=named(shop, "#1002"), old=True, refund={"originalPaymentMethodsRefund": True})
    assert both == (["refund"], "Only one of the arguments `refund` or `refund_method` is allowed.", "INVALID")
    sent = next(gid for gid, order in shop.store.all("Order").items() if order.get("fulfillments"))
    assert refusal(id=sent)[1] == "Cannot cancel an order that has outstanding fulfillments"
    gid = named(shop, "#1002")
    finish(shop, shop.mutate(CANCEL, {"id": gid, "restock": True})["job"]["id"])
    assert refusal(id=gid)[1] == "Cannot cancel an order that has already been canceled"


def test_what_an_order_cannot_have_here_is_an_error(shop: Any, blue: str) -> None:
    order = {"lineItems": [{"variantId": blue, "quantity": 1}]}
    for more in ({"sourceUrl": "https://example.com"}, {"fulfillmentStatus": "PARTIAL"}):
        answer = shop.ask(CREATE, {"order": {**order, **more}})
        assert answer["errors"][0]["extensions"] == {"code": "NOT_MODELLED"}
    assert len(shop.store.all("Order")) == 30


def test_a_fulfillment_order_may_be_sent_from_the_hour_in_which_it_was_made(shop: Any, blue: str) -> None:
    shop.scopes |= {"read_merchant_managed_fulfillment_orders"}
    shop.wait(minutes=25)
    text = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order {
      fulfillmentOrders(first: 1) { nodes { fulfillAt fulfillBy createdAt } } } } }"""
    made = shop.mutate(text, {"order": {"lineItems": [{"variantId": blue, "quantity": 1}]}})["order"]
    assert made["fulfillmentOrders"]["nodes"] == [
        {"fulfillAt": "2026-11-23T12:00:00Z", "fulfillBy": None, "createdAt": "2026-11-23T12:25:00Z"}
    ]
