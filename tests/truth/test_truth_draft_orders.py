"""What Shopify answers about draft orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from facts import SEEN, Before, Fact, each, user_error

MONEY = "{ shopMoney { amount } }"
AMOUNTS = f"""subtotalPriceSet {MONEY} totalDiscountsSet {MONEY} totalShippingPriceSet {MONEY} totalPriceSet {MONEY}
  totalQuantityOfLineItems"""
CREATE = f"""mutation C($input: DraftOrderInput!) {{ draftOrderCreate(input: $input) {{ draftOrder {{ id name status ready
  note2 taxesIncluded tags {AMOUNTS} }} userErrors {{ field message }} }} }}"""
UPDATE = f"""mutation U($id: ID!, $input: DraftOrderInput!) {{ draftOrderUpdate(id: $id, input: $input) {{ draftOrder {{
  note2 {AMOUNTS} }} userErrors {{ field message }} }} }}"""
LINES = f"""mutation C($input: DraftOrderInput!) {{ draftOrderCreate(input: $input) {{ draftOrder {{ lineItems(first: 2) {{
  nodes {{ title sku custom quantity requiresShipping originalUnitPriceSet {MONEY} discountedTotalSet {MONEY} }} }} }} }} }}"""
WHO = """mutation C($input: DraftOrderInput!) { draftOrderCreate(input: $input) { draftOrder { customer {
  email displayName } } } }"""
CALCULATE = f"""mutation K($input: DraftOrderInput!) {{ draftOrderCalculate(input: $input) {{
  calculatedDraftOrder {{ {AMOUNTS} }} userErrors {{ field message }} }} }}"""
COMPLETE = f"""mutation X($id: ID!, $pending: Boolean, $gateway: ID) {{ draftOrderComplete(id: $id,
  paymentPending: $pending, paymentGatewayId: $gateway) {{ draftOrder {{ status order {{
    note tags email displayFinancialStatus displayFulfillmentStatus sourceName paymentGatewayNames totalPriceSet {MONEY}
    totalReceivedSet {MONEY} totalOutstandingSet {MONEY} transactions {{ kind status gateway }}
    lineItems(first: 1) {{ nodes {{ title quantity originalUnitPriceSet {MONEY} discountedTotalSet {MONEY} }} }}
    fulfillmentOrders(first: 2) {{ nodes {{ status }} }} }} }} userErrors {{ field message }} }} }}"""
STATUS = (
    """mutation X($id: ID!) { draftOrderComplete(id: $id) { draftOrder { status } userErrors { field message } } }"""
)
DELETE = "mutation D($id: ID!) { draftOrderDelete(input: {id: $id}) { deletedId userErrors { field message } } }"
STOCK = """query V($id: ID!) { productVariant(id: $id) { inventoryQuantity } }"""
CUP = {"title": "Cup", "quantity": 2, "originalUnitPrice": "20.00", "requiresShipping": False}
MUG = Before('{ productVariants(first: 1, query: "sku:MUG-BLUE") { nodes { id inventoryQuantity } } }', also={
    "mug": "productVariants.nodes.0.id", "stock": "productVariants.nodes.0.inventoryQuantity",
})  # fmt: skip


def off(value: float, how: str = "PERCENTAGE") -> dict[str, Any]:
    return {"value": value, "valueType": how, "description": "why", "title": "Discount"}


def shop(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def made(**given: Any) -> Before:
    return Before(CREATE, {"input": {"lineItems": [CUP], **given}}, "draft", "draftOrderCreate.draftOrder.id")


def amounts(subtotal: str, discounts: str, posted: str, total: str, quantity: int = 2) -> dict[str, Any]:
    return {
        "subtotalPriceSet": shop(subtotal), "totalDiscountsSet": shop(discounts), "totalShippingPriceSet": shop(posted),
        "totalPriceSet": shop(total), "totalQuantityOfLineItems": quantity,
    }  # fmt: skip


def refused(what: str, given: Mapping[str, Any], error: dict[str, Any], source: str = SEEN) -> Iterator[Fact]:
    """Yield the facts that a draft order is refused on creation, in an update, and by a calculation."""
    inner = [*error["field"]] if error["field"] else None
    updated = {**error, "field": inner and ["input", *inner]}
    given = {"lineItems": [CUP], **given}
    for verb, document, answer, told in (
        ("new", CREATE, "draftOrderCreate", error),
        ("changed", UPDATE, "draftOrderUpdate", updated),
        ("calculated", CALCULATE, "draftOrderCalculate", error),
    ):
        node = "calculatedDraftOrder" if verb == "calculated" else "draftOrder"
        known = source if verb == "new" or "tags" in (inner or ()) or "value" in (inner or ()) else "inferred"
        variables = {"input": given, **({"id": "<draft>"} if verb == "changed" else {})}
        yield Fact(f"{what}: {verb}", document, variables, before=[made()] if verb == "changed" else (),
                   data={answer: {node: None, "userErrors": [told]}}, source=known)  # fmt: skip


def completed(what: str, before: Sequence[Before], status: str, received: str, owed: str, total: str,
              **more: Any) -> Fact:  # fmt: skip
    """Return the fact that a draft order becomes an order."""
    pending = status == "PENDING"
    order = {
        "note": "phone", "tags": ["a", "b"], "email": "new@example.com", "displayFinancialStatus": status,
        "displayFulfillmentStatus": "UNFULFILLED", "sourceName": "1", "paymentGatewayNames": ["manual"],
        "totalPriceSet": shop(total), "totalReceivedSet": shop(received), "totalOutstandingSet": shop(owed),
        "transactions": [{"kind": "SALE", "status": "PENDING" if pending else "SUCCESS", "gateway": "manual"}],
        "lineItems": {"nodes": [{"title": "Cup", "quantity": 2, "originalUnitPriceSet": shop("20.0"),
                                 "discountedTotalSet": shop(more.pop("line", "40.0"))}]},
        "fulfillmentOrders": {"nodes": [{"status": "OPEN"}]},
    }  # fmt: skip
    payload = {"draftOrder": {"status": "COMPLETED", "order": order}, "userErrors": []}
    variables = {"id": "<draft>", "pending": pending}
    return Fact(what, COMPLETE, variables, before=before, data={"draftOrderComplete": payload}, **more)


WHOLE = {"email": "new@example.com", "note": "phone", "tags": ["b", "a"]}
BLANK = {"field": None, "message": "Merchandise title is empty."}
DONE = Before(STATUS, {"id": "<draft>"})
RATE = "Applied discount value must be less than or equal to 100%"
DIGITS = "Applied discount value can have at most 2 digits after decimal point"

FACTS = [
    Fact("a draft adds up", CREATE,
         {"input": {"lineItems": [{**CUP, "appliedDiscount": off(10)}], "appliedDiscount": off(5, "FIXED_AMOUNT"),
                    "shippingLine": {"title": "Courier",
                                     "priceWithCurrency": {"amount": "7.25", "currencyCode": "EUR"}},
                    "note": "phone", "tags": ["b", "a"]}},
         data={"draftOrderCreate": {"draftOrder": {
             "id": "gid://shopify/DraftOrder/1260000002", "name": "#D2", "status": "OPEN", "ready": True,
             "note2": "phone", "taxesIncluded": True, "tags": ["a", "b"], **amounts("31.0", "9.0", "7.25", "38.25")},
             "userErrors": []}}),
    Fact("a variant decides, whatever the input says beside it", LINES,
         {"input": {"lineItems": [{"variantId": "<mug>", "quantity": 1, "title": "Other", "originalUnitPrice": "1.00",
                                   "sku": "OTHER", "requiresShipping": False}]}}, before=[MUG],
         data={"draftOrderCreate": {"draftOrder": {"lineItems": {"nodes": [
             {"title": "Mug", "sku": "MUG-BLUE", "custom": False, "quantity": 1, "requiresShipping": True,
              "originalUnitPriceSet": shop("12.0"), "discountedTotalSet": shop("12.0")}]}}}}),
    Fact("a custom line is what the input says", LINES, {"input": {"lineItems": [{**CUP, "sku": "C"}]}},
         data={"draftOrderCreate": {"draftOrder": {"lineItems": {"nodes": [
             {"title": "Cup", "sku": "C", "custom": True, "quantity": 2, "requiresShipping": False,
              "originalUnitPriceSet": shop("20.0"), "discountedTotalSet": shop("40.0")}]}}}}),
    Fact("an update keeps what it does not name", UPDATE,
         {"id": "<draft>", "input": {"note": "new", "shippingLine": {"title": "Post", "price": "5.00"}}},
         before=[made(appliedDiscount=off(5, "FIXED_AMOUNT"))],
         data={"draftOrderUpdate": {"draftOrder": {"note2": "new", **amounts("35.0", "5.0", "5.0", "40.0")},
                                    "userErrors": []}}),
    Fact("a calculation keeps nothing", "{ draftOrdersCount { count } }",
         before=[Before(CALCULATE, {"input": {"lineItems": [CUP]}})], data={"draftOrdersCount": {"count": 1}}),
    Fact("a calculation adds up", CALCULATE, {"input": {"lineItems": [CUP]}},
         data={"draftOrderCalculate": {"calculatedDraftOrder": amounts("40.0", "0.0", "0.0", "40.0"),
                                       "userErrors": []}}),
    Fact("a draft needs a line", CREATE, {"input": {"lineItems": []}},
         data={"draftOrderCreate": {"draftOrder": None,
                                    "userErrors": [{"field": None, "message": "Add at least 1 product"}]}}),
    *refused("a variant that is gone", {"lineItems": [{"variantId": "gid://shopify/ProductVariant/999", "quantity": 1}]},
             {"field": None, "message": "Product with ID 999 is no longer available."}),
    *refused("a line without a title", {"lineItems": [{"quantity": 1, "originalUnitPrice": "10.00"}]}, BLANK),
    *refused("a line without units", {"lineItems": [{**CUP, "quantity": 0}]},
             user_error("Quantity must be greater than or equal to 1", "lineItems", 0, "quantity")),
    *refused("a negative price", {"lineItems": [{**CUP, "originalUnitPrice": "-1.00"}]},
             {"field": None, "message": "Cannot send negative price for line_item"}),
    *refused("a reservation in the past", {"reserveInventoryUntil": "2020-01-01T00:00:00Z"},
             {"field": None, "message": "Reserve until can't be in the past"}),
    *refused("payment terms without a template", {"paymentTerms": {"paymentSchedules": [{"dueAt": "2030-05-22T12:00:00Z"}]}},
             {"field": None, "message": "Payment terms template id can not be empty."}),
    *refused("a wrong e-mail address", {"email": "not-an-email"}, user_error("Email is invalid", "email")),
    *refused("a long tag", {"tags": ["x" * 41]},
             user_error("Title Tag exceeds the maximum length of 40 characters", "tags", 0)),
    Fact("a long tag is counted behind the tags that are there", UPDATE, {"id": "<draft>", "input": {"tags": ["x" * 41]}},
         before=[made(tags=["initial"])],
         data={"draftOrderUpdate": {"draftOrder": None, "userErrors": [
             user_error("Title Tag exceeds the maximum length of 40 characters", "input", "tags", 1)]}}),
    *refused("a discount of more than all", {"appliedDiscount": off(150)}, user_error(RATE, "appliedDiscount", "value")),
    *refused("a discount with three digits", {"appliedDiscount": off(12.345)},
             user_error(DIGITS, "appliedDiscount", "value")),
    *refused("a line's discount of more than all", {"lineItems": [{**CUP, "appliedDiscount": off(150)}]},
             user_error(RATE, "lineItems", 0, "appliedDiscount", "value")),
    *refused("a line's discount with three digits", {"lineItems": [{**CUP, "appliedDiscount": off(12.345)}]},
             user_error(DIGITS, "lineItems", 0, "appliedDiscount", "value")),
    # completion
    completed("a completed draft is paid by hand", [made(**WHOLE)], "PAID", "40.0", "0.0", "40.0"),
    completed("a payment may be pending", [made(**WHOLE)], "PENDING", "0.0", "40.0", "40.0"),
    completed("discounts and shipping go with it",
              [made(**WHOLE, appliedDiscount=off(5, "FIXED_AMOUNT"), shippingLine={"title": "Post", "price": "7.25"})],
              "PAID", "42.25", "0.0", "42.25", line="35.0", source="documentation"),
    Fact("a draft is completed once", STATUS, {"id": "<draft>"}, before=[made(), DONE],
         data={"draftOrderComplete": {"draftOrder": {"status": "COMPLETED"},
                                      "userErrors": [{"field": None, "message": "This order has been paid"}]}}),
    Fact("once more makes no second order", "{ ordersCount { count } }", before=[
        Before("{ ordersCount { count } }", {}, "count", "ordersCount.count"), made(), DONE, DONE,
        Before('{ orders(first: 1, reverse: true) { nodes { id } } }', {}, "order", "orders.nodes.0.id"),
        Before("mutation D($id: ID!) { orderDelete(orderId: $id) { deletedId } }", {"id": "<order>"})],
         data={"ordersCount": {"count": "<count>"}}),
    Fact("a gateway that is not there is refused", COMPLETE,
         {"id": "<draft>", "gateway": "gid://shopify/PaymentGateway/999999999999"}, before=[made()],
         data={"draftOrderComplete": {"draftOrder": {"status": "OPEN", "order": None},
                                      "userErrors": [{"field": None, "message": "Invalid payment gateway"}]}}),
    Fact("a completed draft does not change", UPDATE, {"id": "<draft>", "input": {"note": "late"}}, before=[made(), DONE],
         data={"draftOrderUpdate": {"draftOrder": None,
                                    "userErrors": [{"field": None, "message": "This order has been paid"}]}},
         source="inferred"),
    Fact("a draft holds no stock", STOCK, {"id": "<mug>"},
         before=[MUG, made(lineItems=[{"variantId": "<mug>", "quantity": 2}])],
         data={"productVariant": {"inventoryQuantity": "<stock>"}}, source="official schema"),
    Fact("its order holds stock", "query F($id: ID!) { draftOrder(id: $id) { order { fulfillmentOrders(first: 1) { nodes { "
         "lineItems(first: 1) { nodes { remainingQuantity variant { id } } } } } } } }", {"id": "<draft>"},
         before=[MUG, made(lineItems=[{"variantId": "<mug>", "quantity": 2}]), DONE],
         data={"draftOrder": {"order": {"fulfillmentOrders": {"nodes": [{"lineItems": {"nodes": [
             {"remainingQuantity": 2, "variant": {"id": "<mug>"}}]}}]}}}}, source="official schema"),
    # the end of it
    Fact("a draft is deleted", DELETE, {"id": "<draft>"}, before=[made()],
         data={"draftOrderDelete": {"deletedId": "<draft>", "userErrors": []}}),
    Fact("then it is gone", "query D($id: ID!) { draftOrder(id: $id) { id } }", {"id": "<draft>"},
         before=[made(), Before(DELETE, {"id": "<draft>"})], data={"draftOrder": None}),
    Fact("drafts are found by status", '{ draftOrders(first: 5, query: "status:completed") { nodes { id } } }',
         before=[made(), DONE, Before(CREATE, {"input": {"lineItems": [CUP]}})],
         data={"draftOrders": {"nodes": [{"id": "<draft>"}]}}),
    Fact("drafts are found by the titles of their lines", '{ draftOrders(first: 5, query: "cup") { nodes { id } } }',
         before=[Before(CREATE, {"input": {"lineItems": [{**CUP, "title": "Jug"}]}}), made()],
         data={"draftOrders": {"nodes": [{"id": "<draft>"}]}}),
    Fact("an e-mail address makes a customer", WHO, {"input": {"lineItems": [CUP], "email": "new@example.com"}},
         data={"draftOrderCreate": {"draftOrder": {"customer": {
             "email": "new@example.com", "displayName": "new@example.com"}}}}),
    Fact("an e-mail address names a customer", WHO, {"input": {"lineItems": [CUP], "email": "<email>"}},
         before=[Before("{ customers(first: 1) { nodes { email displayName } } }", also={
             "email": "customers.nodes.0.email", "name": "customers.nodes.0.displayName"})],
         data={"draftOrderCreate": {"draftOrder": {"customer": {"email": "<email>", "displayName": "<name>"}}}},
         source="inferred"),
    Fact("a calculation makes no customer", "{ customersCount { count } }",
         before=[Before("{ customersCount { count } }", {}, "count", "customersCount.count"),
                 Before(CALCULATE, {"input": {"lineItems": [CUP], "email": "new@example.com"}})],
         data={"customersCount": {"count": "<count>"}}, source="inferred"),
    Fact("drafts need their scope", CREATE, {"input": {"lineItems": [CUP]}}, scopes=["write_orders"],
         data={"draftOrderCreate": None}, errors=[{"path": ["draftOrderCreate"]}], source="official schema"),
]  # fmt: skip

test_facts = each(FACTS)
