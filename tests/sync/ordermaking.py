"""Orders of all kinds, made in the sandbox by its own mutations, with what happens to orders afterwards."""

from __future__ import annotations

import json
import uuid
from random import Random
from typing import Any

from atom_shopify_plugin.sandbox.core import Sandbox
from atom_shopify_plugin.sandbox.messages import Request

__all__ = ["make_orders", "new_order"]

_CREATE = """mutation ($order: OrderCreateOrderInput!) { orderCreate(order: $order) {
  order { id lineItems(first: 250) { nodes { id quantity } } shippingLines(first: 9) { nodes { id } } }
  userErrors { message } } }"""
_REFUND = """mutation ($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
  refund { id } userErrors { message } } }"""
_CANCEL = """mutation ($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: false,
  refundMethod: {originalPaymentMethodsRefund: true}) { orderCancelUserErrors { message } } }"""
_BEGIN = "mutation ($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } userErrors { message } } }"
_ADD = """mutation ($id: ID!) { orderEditAddCustomItem(id: $id, title: "Added", quantity: 2,
  price: {amount: "3.10", currencyCode: EUR}) { userErrors { message } } }"""
_COMMIT = "mutation ($id: ID!) { orderEditCommit(id: $id) { userErrors { message } } }"


def make_orders(sandbox: Sandbox, store: str, count: int, seed: int, customer: str = "") -> list[str]:
    """Make so many orders and return their ids: with refunds, edits, cancellations, tests and gift cards among them.

    They are those of many people and of nobody, or of one `customer`.
    """
    scopes = {"write_orders", "read_orders", "write_products", "write_order_edits", "read_products"}
    token, chance = sandbox.issue_admin_token(store, scopes=scopes), Random(seed)  # noqa: S311  # it chooses only
    customers = sorted(sandbox.store(store).all("Customer"))

    def ask(document: str, **variables: Any) -> Any:
        body = json.dumps({"query": document, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "X-Shopify-Access-Token": token}
        answer = sandbox.handle(Request("POST", store, "/admin/api/2026-10/graphql.json", "", headers, body))
        content = json.loads(answer.body)
        assert "errors" not in content, content
        (field,) = content["data"].values()
        assert not any(value for name, value in field.items() if name.endswith("serErrors")), field
        return field

    whose = {"customer": {"toAssociate": {"id": customer}}} if customer else {}
    made = []
    for place in range(count):
        order = ask(_CREATE, order=new_order(chance, customers) | whose)["order"]
        made.append(order["id"])
        kind = ("plain", "refund", "edit", "cancel", "refund", "refund and edit", "refund and cancel")[place % 7]
        if "refund" in kind:
            for line in chance.sample(order["lineItems"]["nodes"], k=min(2, len(order["lineItems"]["nodes"]))):
                rows = [{"lineItemId": line["id"], "quantity": 1, "restockType": "NO_RESTOCK"}]
                given: dict[str, Any] = {"orderId": order["id"], "refundLineItems": rows}
                if order["shippingLines"]["nodes"] and chance.random() < 0.3:
                    given["shipping"] = {"amount": "0.50"}
                ask(_REFUND, input=given, key=str(uuid.uuid4()))
        if "edit" in kind:
            edited = ask(_BEGIN, id=order["id"])["calculatedOrder"]["id"]
            ask(_ADD, id=edited)
            ask(_COMMIT, id=edited)
        if "cancel" in kind:
            ask(_CANCEL, id=order["id"])
    return made


def new_order(chance: Random, customers: list[str], most_lines: int = 60) -> dict[str, Any]:
    """Return the input of an order by chance."""

    def bag(cents: int) -> dict[str, Any]:
        return {"shopMoney": {"amount": f"{cents / 100:.2f}", "currencyCode": "EUR"}}

    def taxes(cents: int) -> list[dict[str, Any]]:
        return [{"title": "VAT", "rate": "0.19", "priceSet": bag(cents * 19 // 100)}] if chance.random() < 0.5 else []

    lines = []
    for number in range(min(most_lines, chance.choice([1, 1, 2, 3, 5, 60]))):
        cents = chance.randrange(1, 9999)
        line = {"title": f"Thing {number}", "quantity": chance.randrange(1, 4), "priceSet": bag(cents)}
        lines.append({**line, "taxLines": taxes(cents), "giftCard": chance.random() < 0.1, "sku": chance.choice("xyz")})
    posted = [{"title": "Post", "priceSet": bag(490), "taxLines": taxes(490)}] * chance.choice([0, 1, 1, 3])
    order: dict[str, Any] = {"lineItems": lines, "shippingLines": posted, "test": chance.random() < 0.1}
    order |= {"tags": chance.sample(["gift", "rush", "späti"], k=chance.randrange(3))}
    order |= {"taxesIncluded": chance.random() < 0.5}
    if chance.random() < 0.7:
        order["customer"] = {"toAssociate": {"id": chance.choice(customers)}}
    if chance.random() < 0.3:
        order["discountCode"] = {"itemFixedDiscountCode": {"code": "SUMMER", "amountSet": bag(1)}}
    return order
