"""What Shopify answers about the payment terms of orders and draft orders."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

SCOPES = ["write_orders", "write_draft_orders", "write_payment_terms", "read_customers"]
SHOWN = """paymentTerms { paymentTermsName paymentTermsType dueInDays due overdue
  paymentSchedules(first: 2) { nodes { issuedAt dueAt completedAt due amount { amount } balanceDue { amount } } } }"""
CREATE = f"""mutation C($id: ID!, $given: PaymentTermsCreateInput!) {{
  paymentTermsCreate(referenceId: $id, paymentTermsAttributes: $given) {{ {SHOWN} userErrors {{ field message code }} }} }}"""
UPDATE = f"""mutation U($input: PaymentTermsUpdateInput!) {{ paymentTermsUpdate(input: $input) {{ {SHOWN}
  userErrors {{ field message code }} }} }}"""
DELETE = """mutation D($id: ID!) { paymentTermsDelete(input: {paymentTermsId: $id}) {
  deletedId userErrors { field message code } } }"""
MAKE = "mutation C($id: ID!, $given: PaymentTermsCreateInput!) { paymentTermsCreate(referenceId: $id, paymentTermsAttributes: $given) { paymentTerms { id } } }"
DRAFT = Before(
    """mutation { draftOrderCreate(input: {lineItems: [{title: "Cup", quantity: 1, originalUnitPrice: "18.5"}]}) {
      draftOrder { id } } }""", {}, "draft", "draftOrderCreate.draftOrder.id",
)  # fmt: skip
LINE = '{title: "Cup", quantity: 1, priceSet: {shopMoney: {amount: "18.5", currencyCode: EUR}}}'
ORDER = Before(
    f"mutation {{ orderCreate(order: {{lineItems: [{LINE}]}}) {{ order {{ id }} }} }}",
    {},
    "order",
    "orderCreate.order.id",
)
PAID = Before(
    "mutation P($id: ID!) { orderMarkAsPaid(input: {id: $id}) { userErrors { message } } }", {"id": "<order>"}
)
NET, FIXED, RECEIPT, FULFILLED = (f"gid://shopify/PaymentTermsTemplate/{at}" for at in (4, 7, 1, 9))
ISSUED, DUE = "2026-01-01T00:00:00Z", "2099-05-27T12:00:00Z"
CREATES, UPDATES = "PAYMENT_TERMS_CREATION_UNSUCCESSFUL", "PAYMENT_TERMS_UPDATE_UNSUCCESSFUL"
ALL_PAID = "Cannot create payment terms on an Order that has already been paid in full."
TWO = "Cannot create payment terms with multiple payment schedules."


def terms(template: str, *schedules: dict[str, str]) -> dict[str, Any]:
    return {"paymentTermsTemplateId": template, "paymentSchedules": list(schedules)}


def have(gid: str) -> Before:
    given = {"id": gid, "given": terms(NET, {"issuedAt": ISSUED})}
    return Before(MAKE, given, "terms", "paymentTermsCreate.paymentTerms.id")


def shown(name: str, sort: str, days: int | None, *, late: bool = False, rows: Any = ()) -> dict[str, Any]:
    head = {"paymentTermsName": name, "paymentTermsType": sort, "dueInDays": days, "due": late, "overdue": late}
    money = {"amount": {"amount": "18.5"}, "balanceDue": {"amount": "18.5"}}
    nodes = [{"issuedAt": issued, "dueAt": due, "completedAt": None, "due": late, **money} for issued, due in rows]
    return {**head, "paymentSchedules": {"nodes": nodes}}


def made(what: str, given: dict[str, Any], answer: dict[str, Any], **more: Any) -> Fact:
    data = {"paymentTermsCreate": {"paymentTerms": answer, "userErrors": []}}
    return Fact(what, CREATE, {"id": "<draft>", "given": given}, before=[DRAFT], data=data, cost=13, **more)


def refused(what: str, given: dict[str, Any], message: str, gid: str = "<draft>", before: Any = (DRAFT,)) -> Fact:
    data = {"paymentTermsCreate": {"paymentTerms": None, "userErrors": [user_error(message, code=CREATES)]}}
    return Fact(what, CREATE, {"id": gid, "given": given}, before=before, data=data)


HAD = [DRAFT, have("<draft>")]


def changed(what: str, given: dict[str, Any], answer: Any, *errors: Any, before: Any = HAD) -> Fact:
    data = {"paymentTermsUpdate": {"paymentTerms": answer, "userErrors": list(errors)}}
    variables = {"input": {"paymentTermsId": "<terms>", "paymentTermsAttributes": given}}
    return Fact(what, UPDATE, variables, before=before, data=data)


LATE = [(ISSUED, "2026-01-31T00:00:00Z")]
COMPLETE = """mutation C($id: ID!) { draftOrderComplete(id: $id, paymentPending: true) {
  draftOrder { order { paymentTerms { paymentTermsName } } } userErrors { message } } }"""
WISHED = """mutation W($terms: PaymentTermsInput!) { draftOrderCreate(input: {lineItems: [{title: "Cup", quantity: 1,
  originalUnitPrice: "5"}], paymentTerms: $terms}) { draftOrder { paymentTerms { paymentTermsName } } userErrors { message } } }"""
FACTS = [
    made("net terms are due in some days", terms(NET, {"issuedAt": ISSUED}), shown("Net 30", "NET", 30, late=True, rows=LATE)),
    made("fixed terms are due on a day", terms(FIXED, {"dueAt": DUE}), shown("Fixed", "FIXED", None, rows=[(None, DUE)])),
    made("terms of an event have no schedule", terms(RECEIPT, {"issuedAt": ISSUED}), shown("Due on receipt", "RECEIPT", None)),
    made("terms on fulfillment need no schedule", {"paymentTermsTemplateId": FULFILLED}, shown("Due on fulfillment", "FULFILLMENT", None)),
    refused("a template that there is not", terms(f"{NET}999", {"issuedAt": ISSUED}), "Could not find payment terms template."),
    refused("fixed terms have a date", terms(FIXED, {}), "A due date is required with fixed or net payment terms."),
    refused("terms of an event have no date", terms(RECEIPT, {"dueAt": DUE}), "A due date cannot be set with event payment terms."),
    refused("two schedules", terms(NET, {"issuedAt": ISSUED}, {"issuedAt": ISSUED}), TWO),
    refused("no order", terms(NET, {"issuedAt": ISSUED}), "Cannot find the specific Order with id 123.", "gid://shopify/Order/123"),
    refused("no draft order", terms(NET, {"issuedAt": ISSUED}), "Cannot find the specific Draft order with id 42.", "gid://shopify/DraftOrder/42"),
    refused("an order that is paid", terms(NET, {"issuedAt": ISSUED}), ALL_PAID, "<order>", [ORDER, PAID]),
    changed("terms change", terms(FIXED, {"dueAt": DUE}), shown("Fixed", "FIXED", None, rows=[(None, DUE)])),
    changed("a schedule changes alone", {"paymentSchedules": [{"issuedAt": "2026-01-02T00:00:00Z"}]},
            shown("Net 30", "NET", 30, late=True, rows=[("2026-01-02T00:00:00Z", "2026-02-01T00:00:00Z")])),
    changed("two schedules for terms that there are", terms(NET, {"issuedAt": ISSUED}, {"issuedAt": ISSUED}), None, user_error(TWO, code=UPDATES)),
    changed("terms of an order that is paid", terms(NET, {"issuedAt": ISSUED}), None, user_error(ALL_PAID, code=UPDATES), before=[ORDER, have("<order>"), PAID]),
    Fact("terms are deleted", DELETE, {"id": "<terms>"}, before=[DRAFT, have("<draft>")], data={"paymentTermsDelete": {"deletedId": "<terms>", "userErrors": []}}, cost=10),
    Fact("terms that are deleted are gone", "query Q($id: ID!) { draftOrder(id: $id) { paymentTerms { id } } }", {"id": "<draft>"},
         before=[DRAFT, have("<draft>"), Before(DELETE, {"id": "<terms>"})], data={"draftOrder": {"paymentTerms": None}}),
    Fact("no terms to delete", DELETE, {"id": "gid://shopify/PaymentTerms/1"}, data={"paymentTermsDelete": {"deletedId": None, "userErrors": [
        user_error("Could not find payment terms.", code="PAYMENT_TERMS_DELETE_UNSUCCESSFUL")]}}),
    Fact("an id of another type is named", DELETE, {"id": "gid://shopify/Order/1"}, data={"paymentTermsDelete": None},
         errors=[{"message": "Invalid id: gid://shopify/Order/1", "extensions": {"code": "RESOURCE_NOT_FOUND"}}]),
    Fact("an order takes over the terms of its draft", COMPLETE, {"id": "<draft>"}, before=[DRAFT, have("<draft>")],
         data={"draftOrderComplete": {"draftOrder": {"order": {"paymentTerms": {"paymentTermsName": "Net 30"}}}, "userErrors": []}}),
    Fact("a draft order is made with terms", WISHED, {"terms": terms(NET, {"issuedAt": ISSUED})}, source="documentation",
         data={"draftOrderCreate": {"draftOrder": {"paymentTerms": {"paymentTermsName": "Net 30"}}, "userErrors": []}}),
    Fact("there are templates for each type", "{ paymentTermsTemplates(paymentTermsType: NET) { name dueInDays } }", cost=1,
         data={"paymentTermsTemplates": [{"name": f"Net {days}", "dueInDays": days} for days in (7, 15, 30, 45, 60, 90)]}),
]  # fmt: skip

test_facts = each(FACTS, SCOPES)
