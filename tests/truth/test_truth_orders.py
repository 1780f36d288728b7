"""What Shopify answers about orders: currencies, states of payment, customers, cancellations."""

from __future__ import annotations

from typing import Any

from facts import SEEN, Before, Fact, each, user_error

BAG = "{ shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }"
CREATE = f"""mutation O($order: OrderCreateOrderInput!) {{ orderCreate(order: $order) {{
  order {{ currencyCode presentmentCurrencyCode totalPriceSet {BAG} totalTaxSet {BAG} totalReceivedSet {BAG}
    totalOutstandingSet {BAG} lineItems(first: 1) {{ nodes {{ originalUnitPriceSet {BAG} }} }} }}
  userErrors {{ field message }} }} }}"""
STATES = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order { displayFinancialStatus totalOutstandingSet { shopMoney { amount } } capturable
    totalCapturableSet { shopMoney { amount } } } userErrors { field message } } }"""
REFUSED = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id }
  userErrors { field message } } }"""
MADE = "mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id } } }"
CANCEL = """mutation X($id: ID!, $note: String) {
  orderCancel(orderId: $id, reason: OTHER, restock: false, staffNote: $note) {
    job { done } orderCancelUserErrors { field message code } userErrors { field message } } }"""
PAY = f"""mutation P($id: ID!) {{ orderMarkAsPaid(input: {{id: $id}}) {{
  order {{ displayFinancialStatus totalOutstandingSet {BAG} transactions {{ kind gateway amountSet {BAG} }} }}
  userErrors {{ field message }} }} }}"""
TICK = Before('{ job(id: "gid://shopify/Job/1") { done } }')


SEND = """mutation F($work: ID!) { fulfillmentCreate(fulfillment: {lineItemsByFulfillmentOrder: [{fulfillmentOrderId: $work}]}) {
  fulfillment { id } userErrors { message } } }"""
WORK = """mutation { orderCreate(order: {lineItems: [{title: "Cup", quantity: 1, requiresShipping: true,
  priceSet: {shopMoney: {amount: "10", currencyCode: EUR}}}]}) { order { id fulfillmentOrders(first: 1) { nodes { id } } } } }"""
SENT = [
    Before(WORK, also={"order": "orderCreate.order.id", "work": "orderCreate.order.fulfillmentOrders.nodes.0.id"}),
    Before(SEND, {"work": "<work>"}),
]


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currencyCode": currency}


def bag(amount: str, currency: str = "EUR", shown: str | None = None, buyers: str | None = None) -> dict[str, Any]:
    """Return an amount in the order's currency and in the buyer's, which is the same unless it is given."""
    return {"shopMoney": money(amount, currency), "presentmentMoney": money(shown or amount, buyers or currency)}


def line(**price: Any) -> dict[str, Any]:
    return {"title": "Cup", "quantity": 1, "priceSet": price or bag("10.0")}


def made(name: str = "order", **order: Any) -> Before:
    """Return the request that makes an order, whose id is called `name`."""
    return Before(MADE, {"order": {"lineItems": [line()], **order}}, name, "orderCreate.order.id")


def priced(what: str, order: dict[str, Any], currencies: tuple[str, str], price: Any, tax: Any, total: Any,
           **more: Any) -> Fact:  # fmt: skip
    """Return the fact that an order is made in these currencies and adds up in both."""
    none = {"shopMoney": money("0.0", currencies[0]), "presentmentMoney": money("0.0", currencies[1])}
    node = {
        "currencyCode": currencies[0], "presentmentCurrencyCode": currencies[1], "totalPriceSet": total,
        "totalTaxSet": tax or none, "totalReceivedSet": none, "totalOutstandingSet": total,
        "lineItems": {"nodes": [{"originalUnitPriceSet": price}]},
    }  # fmt: skip
    return Fact(what, CREATE, {"order": order}, data={"orderCreate": {"order": node, "userErrors": []}}, **more)


def state(what: str, order: dict[str, Any], status: str | None, owed: str, capturable: str = "0.0",
          **more: Any) -> Fact:  # fmt: skip
    node = {
        "displayFinancialStatus": status, "totalOutstandingSet": {"shopMoney": {"amount": owed}},
        "capturable": capturable != "0.0", "totalCapturableSet": {"shopMoney": {"amount": capturable}},
    }  # fmt: skip
    data = {"orderCreate": {"order": node, "userErrors": []}}
    return Fact(what, STATES, {"order": {"lineItems": [line()], **order}}, data=data, **more)


def payment(kind: str, amount: str = "10.0", status: str = "SUCCESS") -> dict[str, Any]:
    row = {"kind": kind, "status": status, "gateway": "manual", "amountSet": {"shopMoney": money(amount)}}
    return {"transactions": [row]}


def cancelled(what: str, before: list[Before], note: str | None = None, error: Any = None, **more: Any) -> Fact:
    errors = [] if error is None else [error]
    plain = [{name: one[name] for name in ("field", "message")} for one in errors]
    payload = {"job": None if errors else {"done": False}, "orderCancelUserErrors": errors, "userErrors": plain}
    return Fact(what, CANCEL, {"id": "<order>", "note": note}, before=before, data={"orderCancel": payload}, **more)


TAXED = [{"title": "Tax", "rate": 0.125, "priceSet": bag("1.5", "CAD", "1.0", "USD")}]
CLOSED = "query O($id: ID!) { order(id: $id) { closed displayFinancialStatus displayFulfillmentStatus %s } }"
NOW = Before(CANCEL, {"id": "<order>"})
HOME = "query O($id: ID!) { order(id: $id) { customer { firstName defaultAddress { city } } } }"
ADDRESSES = "query O($id: ID!) { order(id: $id) { customer { addressesV2(first: 3) { nodes { city } } } } }"
KIEL = {"firstName": "Lin", "lastName": "Wu", "city": "Kiel", "countryCode": "DE"}
ADA = Before(
    '{ customers(first: 1, query: "email:ada@example.com") { nodes { id } } }', {}, "ada", "customers.nodes.0.id"
)
WHO = "query O($id: ID!) { order(id: $id) { email customer { email } } }"

FACTS = [
    # lines
    *(Fact(f"a line without a title: {what}", REFUSED, {"order": {"lineItems": [{"quantity": 1, "priceSet": bag("1.0"), **given}]}},
           data={"orderCreate": {"order": None, "userErrors": [
               user_error("Order Line items is invalid", "order"),
               user_error("Line items Name can't be blank", "order", "lineItems"),
               user_error("Line items Title can't be blank", "order", "lineItems")]}}, source=source)
      for what, given, source in (("no variant", {}, "inferred"),
                                  ("a variant that is gone", {"variantId": "gid://shopify/ProductVariant/999999"}, SEEN))),
    # currencies
    priced("an order may be in another currency than the shop's",
           {"currency": "USD", "lineItems": [line(shopMoney=money("42.0", "USD"))]}, ("USD", "USD"),
           bag("42.0", "USD"), None, bag("42.0", "USD")),
    priced("the money tells the currency where the order names none",
           {"lineItems": [line(shopMoney=money("42.0", "CAD"))]}, ("CAD", "CAD"), bag("42.0", "CAD"), None,
           bag("42.0", "CAD")),
    priced("the buyer's currency may be another one",
           {"currency": "CAD", "presentmentCurrency": "USD",
            "lineItems": [{**line(**bag("12.0", "CAD", "8.0", "USD")), "taxLines": TAXED}]},
           ("CAD", "USD"), bag("12.0", "CAD", "8.0", "USD"), bag("1.5", "CAD", "1.0", "USD"),
           bag("13.5", "CAD", "9.0", "USD")),
    Fact("a payment is in both currencies", PAY, {"id": "<order>"},
         before=[made(currency="CAD", presentmentCurrency="USD",
                      lineItems=[line(**bag("17.01", "CAD", "12.5", "USD"))])],
         data={"orderMarkAsPaid": {"order": {
             "displayFinancialStatus": "PAID", "totalOutstandingSet": bag("0.0", "CAD", "0.0", "USD"),
             "transactions": [{"kind": "SALE", "gateway": "manual", "amountSet": bag("17.01", "CAD", "12.5", "USD")}]},
             "userErrors": []}}),
    # states of payment
    state("without a status and a payment there is no state", {}, None, "10.0"),
    state("a failed payment makes no state", payment("SALE", status="FAILURE"), None, "10.0", source="inferred"),
    state("a sale pays an order", payment("SALE"), "PAID", "0.0"),
    state("a part is paid", payment("SALE", "4.0"), "PARTIALLY_PAID", "6.0"),
    state("what is authorized is not outstanding", payment("AUTHORIZATION"), "AUTHORIZED", "0.0", "10.0"),
    state("a status is taken as it is", {"financialStatus": "PENDING"}, "PENDING", "10.0"),
    state("a status stays that the payments contradict", {"financialStatus": "REFUNDED"}, "REFUNDED", "10.0",
          source="official schema"),
    Fact("a paid order is not paid again", PAY, {"id": "<order>"}, before=[made(**payment("SALE"))],
         data={"orderMarkAsPaid": {"order": {
             "displayFinancialStatus": "PAID", "totalOutstandingSet": bag("0.0"),
             "transactions": [{"kind": "SALE", "gateway": "manual", "amountSet": bag("10.0")}]},
             "userErrors": [user_error("Order cannot be marked as paid.", "id")]}}),
    # customers
    Fact("an e-mail address makes a customer", WHO, {"id": "<order>"}, before=[made(email="new@example.com")],
         data={"order": {"email": "new@example.com", "customer": {"email": "new@example.com"}}}),
    Fact("an e-mail address finds the customer", WHO.replace("{ email }", "{ firstName }"), {"id": "<order>"},
         before=[made(email="ada@example.com")],
         data={"order": {"email": "ada@example.com", "customer": {"firstName": "Ada"}}}),
    Fact("an order's e-mail address becomes its customer's", WHO, {"id": "<order>"},
         before=[ADA, made(email="new@example.com", customerId="<ada>")],
         data={"order": {"email": "new@example.com", "customer": {"email": "new@example.com"}}}),
    Fact("a customer does not take another one's e-mail address", WHO, {"id": "<order>"},
         before=[ADA, Before("mutation { customerCreate(input: {email: \"lin@example.com\"}) { customer { id } } }"),
                 made(email="lin@example.com", customerId="<ada>")],
         data={"order": {"email": "lin@example.com", "customer": {"email": "ada@example.com"}}}, source="inferred"),
    Fact("the address of an order becomes the default one of its customer", HOME, {"id": "<order>"},
         before=[made(customer={"toUpsert": {"email": "lin@example.com"}}, shippingAddress=KIEL)],
         data={"order": {"customer": {"firstName": "Lin", "defaultAddress": {"city": "Kiel"}}}},
         source="official schema"),
    Fact("a customer who is named keeps the name", HOME, {"id": "<order>"},
         before=[made(customer={"toUpsert": {"email": "ada@example.com"}}, shippingAddress=KIEL)],
         data={"order": {"customer": {"firstName": "Ada", "defaultAddress": {"city": "Kiel"}}}},
         source="official schema"),
    Fact("the same address is added once", ADDRESSES, {"id": "<order>"},
         before=[made(customer={"toUpsert": {"email": "lin@example.com"}}, shippingAddress=KIEL),
                 made(customer={"toUpsert": {"email": "lin@example.com"}}, shippingAddress=KIEL)],
         data={"order": {"customer": {"addressesV2": {"nodes": [{"city": "Kiel"}]}}}}, source="inferred"),
    Fact("a time to come is clamped to the present", "query O($id: ID!) { order(id: $id) { processedAt } }",
         {"id": "<order>"},
         before=[made(processedAt="2030-01-01T00:00:00Z"),
                 Before("query O($id: ID!) { order(id: $id) { createdAt } }", {"id": "<order>"}, "now",
                        "order.createdAt")],
         data={"order": {"processedAt": "<now>"}}, source="official schema"),
    # cancellations
    cancelled("a cancellation is a job", [made()]),
    cancelled("a staff note of 255 characters is taken", [made()], "x" * 255),
    cancelled("a staff note of 256 characters is too long", [made()], "x" * 256,
              user_error("Staff note is too long. Maximum length is 255 characters.", "staffNote", code="INVALID")),
    cancelled("a cancellation under way can't be repeated", [made(), NOW],
              error={"field": None, "message": "Cancellation is already in progress", "code": None}),
    cancelled("an order is cancelled once", [made(), NOW, TICK, TICK],
              error=user_error("Cannot cancel an order that has already been canceled", "orderId", code="INVALID")),
    cancelled("what was sent and paid for can't be cancelled", [*SENT, Before(PAY, {"id": "<order>"})],
              error=user_error("Cannot cancel an order that has outstanding fulfillments", "orderId", code="INVALID")),
    cancelled("what was sent and nobody paid for can be cancelled", SENT),
    Fact("a cancelled order is closed", CLOSED % "totalOutstandingSet { shopMoney { amount } }", {"id": "<order>"},
         before=[made(), NOW, TICK, TICK],
         data={"order": {"closed": True, "displayFinancialStatus": None, "displayFulfillmentStatus": "UNFULFILLED",
                         "totalOutstandingSet": {"shopMoney": {"amount": "0.0"}}}}),
    Fact("it was closed when it was cancelled", CLOSED % "closedAt cancelledAt", {"id": "<order>"},
         before=[made(financialStatus="PENDING"), NOW, TICK, TICK,
                 Before("query O($id: ID!) { order(id: $id) { cancelledAt } }", {"id": "<order>"}, "then",
                        "order.cancelledAt")],
         data={"order": {"closed": True, "displayFinancialStatus": "VOIDED", "displayFulfillmentStatus": "UNFULFILLED",
                         "closedAt": "<then>", "cancelledAt": "<then>"}}),
]  # fmt: skip

test_facts = each(FACTS)
