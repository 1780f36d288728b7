"""What Shopify answers about captures, voids and payments by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from facts import Before, Fact, each, user_error

MADE = "mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id transactions { id } } } }"
BAG = "{ shopMoney { amount } presentmentMoney { amount } }"
CAPTURE = f"""mutation C($input: OrderCaptureInput!) {{ orderCapture(input: $input) {{ transaction {{ kind status gateway
  amountSet {BAG} parentTransaction {{ kind }} }} userErrors {{ field message }} }} }}"""
VOID = f"""mutation V($id: ID!) {{ transactionVoid(parentTransactionId: $id) {{ transaction {{ kind status gateway
  amountSet {BAG} }} userErrors {{ field message code }} }} }}"""
MANUAL = """mutation M($id: ID!, $amount: MoneyInput, $name: String, $at: DateTime) { orderCreateManualPayment(id: $id,
  amount: $amount, paymentMethodName: $name, processedAt: $at) { order { displayFinancialStatus paymentGatewayNames
  totalOutstandingSet { shopMoney { amount } } transactions { kind status gateway amountSet { shopMoney { amount } } } }
  userErrors { field message code } } }"""
STATE = f"""query O($id: ID!) {{ order(id: $id) {{ displayFinancialStatus capturable totalCapturableSet {BAG}
  totalOutstandingSet {BAG} totalReceivedSet {BAG} }} }}"""
FINAL = (
    "Setting final capture is not supported for this transaction's payment gateway. Please remove the parameter or set "
    "it to null, then try again."
)
OTHER = "gid://shopify/OrderTransaction/999999999"


def made(kind: str = "AUTHORIZATION", status: str = "SUCCESS", *, foreign: bool = False) -> Before:
    """Return the request that makes an order for 25, authorized; a foreign one is CAD 16.99 and shows USD 12.50."""
    amount = {"shopMoney": {"amount": "25.0", "currencyCode": "EUR"}}
    if foreign:
        shown = {"amount": "12.5", "currencyCode": "USD"}
        amount = {"shopMoney": {"amount": "16.99", "currencyCode": "CAD"}, "presentmentMoney": shown}
    payment = {"kind": kind, "status": status, "gateway": "manual", "amountSet": amount}
    order = {"lineItems": [{"title": "Cup", "quantity": 1, "priceSet": amount}], "transactions": [payment]}
    also = {"order": "orderCreate.order.id", "payment": "orderCreate.order.transactions.0.id"}
    return Before(MADE, {"order": order}, also=also)


def both(amount: str, shown: str | None = None) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}, "presentmentMoney": {"amount": shown or amount}}


def take(amount: str, **more: Any) -> dict[str, Any]:
    return {"input": {"id": "<order>", "parentTransactionId": "<payment>", "amount": amount, **more}}


def capturing(what: str, variables: dict[str, Any], error: dict[str, Any] | None = None, amount: Any = None,
              before: Sequence[Before] = (made(),), **more: Any) -> Fact:  # fmt: skip
    shown = {"kind": "CAPTURE", "status": "SUCCESS", "gateway": "manual", "amountSet": amount}
    node = None if error else {**shown, "parentTransaction": {"kind": "AUTHORIZATION"}}
    data = {"orderCapture": {"transaction": node, "userErrors": [] if error is None else [error]}}
    return Fact(what, CAPTURE, variables, before=before, data=data, **more)


def base(message: str) -> dict[str, Any]:
    return {"field": None, "message": message}


def stands(what: str, before: Sequence[Before], status: str | None, left: str, owed: str, received: str,
           **more: Any) -> Fact:  # fmt: skip
    order = {
        "displayFinancialStatus": status, "capturable": left != "0.0", "totalCapturableSet": both(left),
        "totalOutstandingSet": both(owed), "totalReceivedSet": both(received),
    }  # fmt: skip
    return Fact(what, STATE, {"id": "<order>"}, before=before, data={"order": order}, **more)


def voiding(what: str, before: Sequence[Before], error: dict[str, Any] | None = None, gid: str = "<payment>") -> Fact:
    node = {"kind": "VOID", "status": "SUCCESS", "gateway": "manual", "amountSet": both("0.0")}
    payload = {"transaction": None if error else node, "userErrors": [error] if error else []}
    return Fact(what, VOID, {"id": gid}, before=before, data={"transactionVoid": payload})


ALL = Before(
    CAPTURE.replace("transaction { kind", "transaction { id kind"),
    take("25.00"),
    "capture",
    "orderCapture.transaction.id",
)
VOIDED = Before(VOID, {"id": "<payment>"})
UNPAID = Before(MADE, {"order": {"lineItems": [{"title": "Cup", "quantity": 1, "priceSet": {
    "shopMoney": {"amount": "25.0", "currencyCode": "EUR"}}}]}}, "order", "orderCreate.order.id")  # fmt: skip
IN_USD = Before(MADE, {"order": {"lineItems": [{"title": "Cup", "quantity": 1, "priceSet": {
    "shopMoney": {"amount": "25.0", "currencyCode": "USD"}}}]}}, "order", "orderCreate.order.id")  # fmt: skip


def paid(what: str, variables: dict[str, Any], status: str, owed: str, amount: str, gateway: str = "manual",
         **more: Any) -> Fact:  # fmt: skip
    order = {
        "displayFinancialStatus": status, "paymentGatewayNames": [gateway],
        "totalOutstandingSet": {"shopMoney": {"amount": owed}},
        "transactions": [{"kind": "SALE", "status": "SUCCESS", "gateway": gateway,
                          "amountSet": {"shopMoney": {"amount": amount}}}],
    }  # fmt: skip
    data = {"orderCreateManualPayment": {"order": order, "userErrors": []}}
    return Fact(what, MANUAL, {"id": "<order>", **variables}, data=data, **more)


def unpaid(what: str, variables: dict[str, Any], error: dict[str, Any], **more: Any) -> Fact:
    data = {"orderCreateManualPayment": {"order": None, "userErrors": [error]}}
    return Fact(what, MANUAL, {"id": "<order>", **variables}, data=data, source="inferred", **more)


def usd(amount: str, currency: str = "USD") -> dict[str, Any]:
    return {"amount": {"amount": amount, "currencyCode": currency}}


PLUS: dict[str, Any] = {"before": [IN_USD], "store": "outlet.myshopify.com"}

FACTS = [
    # captures
    stands("what is authorized can be captured", [made()], "AUTHORIZED", "25.0", "0.0", "0.0"),
    stands("a failed authorization is nothing", [made(status="FAILURE")], None, "0.0", "25.0", "0.0"),
    capturing("all is captured", take("25.00"), amount=both("25.0"), cost=21),
    stands("then the order is paid", [made(), ALL], "PAID", "0.0", "0.0", "25.0"),
    capturing("a part is captured", take("5.00"), amount=both("5.0")),
    stands("then the order is paid in part", [made(), Before(CAPTURE, take("5.00"))], "PARTIALLY_PAID", "0.0", "20.0",
           "5.0", source="inferred"),
    capturing("the buyer's currency counts", take("1.00", currency="USD"), amount=both("1.36", "1.0"),
              before=[made(foreign=True)], source="inferred"),
    capturing("a foreign payment needs its currency", take("5.00"), user_error(
        "Currency Currency must match parent transaction USD", "currency"), before=[made(foreign=True)]),
    capturing("the currency is the payment's", take("5.00", currency="CAD"), user_error(
        "Currency Currency must match parent transaction USD", "currency"), before=[made(foreign=True)]),
    capturing("nothing is not captured", take("0.00"), base("Amount must be greater than zero for capture transactions")),
    capturing("no more is captured than was authorized", take("99.99", currency="USD"),
              base("Cannot capture more than the authorized 12.50 for this payment."), before=[made(foreign=True)]),
    capturing("a final capture is not said to every gateway", take("5.00", finalCapture=True), base(FINAL)),
    capturing("what was captured is not captured again", take("1.00"),
              base("Can only capture successful authorizations"), before=[made(), ALL]),
    capturing("a capture is not captured", take("1.00", parentTransactionId="<capture>"),
              base("Parent transaction should be a successful authorization"), before=[made(), ALL]),
    capturing("an unknown payment is not captured", take("1.00", parentTransactionId=OTHER),
              base("Unable to find parent transaction")),
    capturing("an unknown order has no payments", take("1.00", id="gid://shopify/Order/999999999"),
              user_error("Order does not exist", "id")),
    # voids
    voiding("an authorization is given up", [made()]),
    stands("then the order is owed again", [made(), VOIDED], "VOIDED", "0.0", "25.0", "0.0"),
    voiding("it is given up once", [made(), VOIDED], user_error(
        "Parent transaction require a parent_id referring to a voidable transaction", "parentTransactionId",
        code="AUTH_NOT_VOIDABLE")),
    voiding("a failed authorization is not given up", [made(status="FAILURE")], user_error(
        "Parent transaction must be a successful authorization", "parentTransactionId", code="AUTH_NOT_SUCCESSFUL")),
    voiding("an unknown payment is not given up", [], user_error(
        "Transaction does not exist", "parentTransactionId", code="TRANSACTION_NOT_FOUND"), OTHER),
    # by hand
    paid("all that is owed is paid by hand", {}, "PAID", "0.0", "25.0", before=[UNPAID]),
    paid("a payment by hand has a name", {"name": "Cheque"}, "PAID", "0.0", "25.0", "Cheque", before=[UNPAID],
         source="official schema"),
    Fact("an unknown order is not paid", MANUAL, {"id": "gid://shopify/Order/999999999"},
         data={"orderCreateManualPayment": {"order": None, "userErrors": [
             user_error("Order does not exist", "id", code="ORDER_NOT_FOUND")]}}),
    Fact("an amount is for Plus alone", MANUAL, {"id": "<order>", **usd("8.00")}, before=[UNPAID],
         data={"orderCreateManualPayment": None},
         errors=[{"message": "Access denied for orderCreateManualPayment field. Required access: `write_orders` access "
                             "scope. Also: The user must have mark_orders_as_paid permission. The API client must be "
                             "installed on a Shopify Plus store to use the amount field.",
                  "extensions": None, "path": ["orderCreateManualPayment"]}]),
    paid("on Plus a part is paid", usd("8.00"), "PARTIALLY_PAID", "17.0", "8.0", source="official schema", **PLUS),
    unpaid("no more is paid than is owed", usd("26.00"),
           user_error("Amount exceeds the remaining balance", "amount", code="AMOUNT_EXCEEDS_BALANCE"), **PLUS),
    unpaid("nothing is no payment", usd("0.00"),
           user_error("Amount must be positive", "amount", "amount", code="AMOUNT_NOT_POSITIVE"), **PLUS),
    unpaid("a payment is in the order's currency", usd("8.00", "EUR"),
           user_error("The currency of the amount doesn't match the presentment currency of the order", "amount",
                      "currencyCode", code="CURRENCY_MISMATCH"), **PLUS),
    unpaid("a payment is not made tomorrow", {"at": "2030-01-01T00:00:00Z"},
           user_error("Processed at cannot be in the future", "processedAt", code="PROCESSED_AT_INVALID"),
           before=[UNPAID]),
]  # fmt: skip

test_facts = each(FACTS)
