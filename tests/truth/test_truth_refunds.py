"""What Shopify answers about refunds, suggested refunds, and the deletion of orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from facts import SEEN, Before, Fact, each, user_error

MADE = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order, options: {inventoryBehaviour:
  DECREMENT_IGNORING_POLICY}) { order { id lineItems(first: 1) { nodes { id } } transactions { id } } } }"""
STATE = """order { displayFinancialStatus totalRefundedSet { shopMoney { amount } }
  currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } }
  lineItems(first: 1) { nodes { currentQuantity unfulfilledQuantity } } }"""
REFUND = f"""mutation R($input: RefundInput!) {{ refundCreate(input: $input) @idempotent(key: "%s") {{
  refund {{ note totalRefundedSet {{ shopMoney {{ amount }} }}
    refundLineItems(first: 2) {{ nodes {{ quantity restockType restocked subtotalSet {{ shopMoney {{ amount }} }} }} }}
    transactions(first: 2) {{ nodes {{ kind status gateway }} }} }}
  {STATE} userErrors {{ field message }} }} }}"""
SUGGEST = """query S($id: ID!, $rows: [RefundLineItemInput!], $shipping: Boolean, $full: Boolean) { order(id: $id) {
  suggestedRefund(refundLineItems: $rows, refundShipping: $shipping, suggestFullRefund: $full) {
    amountSet { shopMoney { amount } } maximumRefundableSet { shopMoney { amount } }
    subtotalSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } }
    shipping { amountSet { shopMoney { amount } } } refundLineItems { quantity restockType }
    suggestedTransactions { kind gateway amountSet { shopMoney { amount } } } } } }"""
DELETE = "mutation D($id: ID!) { orderDelete(orderId: $id) { deletedId userErrors { field message code } } }"
STOCK = """query V($id: ID!) { productVariant(id: $id) { inventoryItem { inventoryLevels(first: 1) { nodes {
  quantities(names: ["available", "committed"]) { name quantity } } } } } }"""
KEYS = count()


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}


def shop(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def made(quantity: int = 2, paid: str | None = "25.0", **more: Any) -> Before:
    """Return the request that makes an order of cups for 10 each and 5 for shipping."""
    line = {"title": "Cup", "quantity": quantity, "priceSet": bag("10.0"), **more.pop("line", {})}
    order: dict[str, Any] = {"lineItems": [line], "shippingLines": [{"title": "Post", "priceSet": bag("5.0")}], **more}
    also = {"order": "orderCreate.order.id", "line": "orderCreate.order.lineItems.nodes.0.id"}
    if paid is not None:
        order["transactions"] = [{"kind": "SALE", "gateway": "bogus", "amountSet": bag(paid)}]
        also["payment"] = "orderCreate.order.transactions.0.id"
    return Before(MADE, {"order": order}, also=also)


def back(amount: str, **more: Any) -> dict[str, Any]:
    row = {"amount": amount, "gateway": "bogus", "kind": "REFUND", "orderId": "<order>", "parentId": "<payment>"}
    return {"transactions": [{**row, **more}]}


def units(quantity: int, how: str = "NO_RESTOCK", **more: Any) -> dict[str, Any]:
    return {"refundLineItems": [{"lineItemId": "<line>", "quantity": quantity, "restockType": how, **more}]}


def refund(given: Mapping[str, Any]) -> Before:
    return Before(REFUND % next(KEYS), {"input": {"orderId": "<order>", **given}})


def stands(status: str | None, refunded: str, total: str, left: int, open_: int, owed: str = "0.0") -> dict[str, Any]:
    return {
        "displayFinancialStatus": status, "totalRefundedSet": shop(refunded), "currentTotalPriceSet": shop(total),
        "totalOutstandingSet": shop(owed),
        "lineItems": {"nodes": [{"currentQuantity": left, "unfulfilledQuantity": open_}]},
    }  # fmt: skip


def refunding(what: str, given: Mapping[str, Any], order: Any, *errors: dict[str, Any], total: str = "", how: str = "",
              subtotal: str = "10.0", before: Sequence[Before] = (made(),), source: str = SEEN, **more: Any) -> Fact:  # fmt: skip
    """Return the fact that a refund is made (`total`; `how` a unit comes back) or refused."""
    node = None
    if not errors:
        row = {"quantity": 1, "restockType": how, "restocked": how != "NO_RESTOCK", "subtotalSet": shop(subtotal)}
        moved = [{"kind": "REFUND", "status": "SUCCESS", "gateway": "bogus"}] if given.get("transactions") else []
        node = {
            "note": given.get("note"), "totalRefundedSet": shop(total),
            "refundLineItems": {"nodes": [row] if how else []}, "transactions": {"nodes": moved},
        }  # fmt: skip
    data = {"refundCreate": {"refund": node, "order": order, "userErrors": list(errors)}}
    variables = {"input": {"orderId": "<order>", **given}}
    return Fact(what, REFUND % next(KEYS), variables, before=before, data=data, source=source, **more)


def suggesting(what: str, given: Mapping[str, Any], amount: str, most: str, subtotal: str, tax: str, posted: str,
               *quantities: int, before: Sequence[Before] = (made(),), **more: Any) -> Fact:  # fmt: skip
    node = {
        "amountSet": shop(amount), "maximumRefundableSet": shop(most), "subtotalSet": shop(subtotal),
        "totalTaxSet": shop(tax), "shipping": {"amountSet": shop(posted)},
        "refundLineItems": [{"quantity": one, "restockType": "NO_RESTOCK"} for one in quantities],
        "suggestedTransactions": [] if amount == "0.0" else [
            {"kind": "SUGGESTED_REFUND", "gateway": "bogus", "amountSet": shop(amount)}],
    }  # fmt: skip
    data = {"order": {"suggestedRefund": node}}
    return Fact(what, SUGGEST, {"id": "<order>", **given}, before=before, data=data, source="official schema", **more)


UNTOUCHED = stands("PAID", "0.0", "25.0", 2, 2)
MUG = Before('{ productVariants(first: 1, query: "sku:MUG-BLUE") { nodes { id } } }', {}, "mug",
             "productVariants.nodes.0.id")  # fmt: skip
LEVEL = "productVariant.inventoryItem.inventoryLevels.nodes.0.quantities"
BEFORE = Before(STOCK, {"id": "<mug>"}, also={"free": f"{LEVEL}.0.quantity", "held": f"{LEVEL}.1.quantity"})
MUGS = made(2, None, line={"variantId": "<mug>", "priceSet": bag("10.0")}, financialStatus="PENDING")
TAXED = {"taxLines": [{"title": "VAT", "rate": "0.1", "priceSet": bag("2.0")}]}
TOO_MANY = "Quantity cannot refund more items than were purchased"


def stocked(what: str, given: Mapping[str, Any], **more: Any) -> Fact:
    """Return the fact that stock is as it was before the order, after a refund."""
    rows = [{"name": "available", "quantity": "<free>"}, {"name": "committed", "quantity": "<held>"}]
    level = {"inventoryItem": {"inventoryLevels": {"nodes": [{"quantities": rows}]}}}
    return Fact(what, STOCK, {"id": "<mug>"}, before=[MUG, BEFORE, MUGS, refund(given)],
                data={"productVariant": level}, **more)  # fmt: skip


FACTS = [
    refunding("a unit and its price are refunded", {**units(1, "RETURN"), **back("10.00"), "note": "broken"},
              stands("PARTIALLY_REFUNDED", "10.0", "15.0", 1, 2), total="10.0", how="RETURN"),
    refunding("a refund without a return to stock", {**units(1), **back("10.00")},
              stands("PARTIALLY_REFUNDED", "10.0", "15.0", 1, 2), total="10.0", how="NO_RESTOCK",
              source="documentation"),
    refunding("what is cancelled is not to be sent any more", {**units(1, "CANCEL"), **back("10.00")},
              stands("PARTIALLY_REFUNDED", "10.0", "15.0", 1, 1), total="10.0", how="CANCEL", source="documentation"),
    refunding("all of the shipping is refunded with a unit",
              {**units(1, "RETURN"), "shipping": {"fullRefund": True}, **back("15.00")},
              stands("PARTIALLY_REFUNDED", "15.0", "10.0", 1, 2), total="15.0", how="RETURN"),
    refunding("all that was paid is refunded",
              {**units(1, "RETURN"), "shipping": {"amount": "5.00"}, **back("15.00")},
              stands("REFUNDED", "15.0", "0.0", 0, 1), total="15.0", how="RETURN", before=[made(1, "15.0")]),
    refunding("money is paid back without a unit", back("1.00"), stands("PARTIALLY_REFUNDED", "1.0", "25.0", 2, 2),
              total="1.0"),
    refunding("the gateway is the payment's", back("1.00", gateway="manual"),
              stands("PARTIALLY_REFUNDED", "1.0", "25.0", 2, 2), total="1.0"),
    refunding("an unpaid order gets smaller", units(1, "CANCEL"), stands("PENDING", "0.0", "15.0", 1, 1, "15.0"),
              total="0.0", how="CANCEL", before=[made(2, None, financialStatus="PENDING")], source="inferred"),
    # refusals
    refunding("an unknown order is not refunded", {"orderId": "gid://shopify/Order/999999999"}, None,
              user_error("Order does not exist", "orderId")),
    refunding("no more units are refunded than were bought", {**units(3), "allowOverRefunding": True}, UNTOUCHED,
              user_error(TOO_MANY, "refundLineItems", 0, "quantity")),
    refunding("no unit is refunded twice", units(2), stands("PARTIALLY_REFUNDED", "10.0", "15.0", 1, 2),
              user_error(TOO_MANY, "refundLineItems", 0, "quantity"),
              before=[made(), refund({**units(1), **back("10.00")})]),
    refunding("two rows do not refund more together", {"refundLineItems": units(1)["refundLineItems"] * 3}, UNTOUCHED,
              user_error(TOO_MANY, "refundLineItems", 2, "quantity"), source="inferred"),
    refunding("no more is paid back than was paid", back("999.00"), UNTOUCHED,
              {"field": None, "message": "Refund amount €999.00 is greater than net payment received €25.00"}),
    refunding("not even where over-refunding is allowed", {**back("999.00"), "allowOverRefunding": True}, UNTOUCHED,
              {"field": None, "message": "Refund amount €999.00 is greater than net payment received €25.00"}),
    refunding("what was paid back before counts", back("20.00"), stands("PARTIALLY_REFUNDED", "10.0", "25.0", 2, 2),
              {"field": None, "message": "Refund amount €20.00 is greater than net payment received €15.00"},
              before=[made(), refund(back("10.00"))]),
    refunding("a refund is no authorization", back("1.00", kind="AUTHORIZATION"), UNTOUCHED,
              {"field": None, "message": "Kind authorization is not a valid transaction"}),
    refunding("a payment of the order is paid back", back("1.00", parentId="gid://shopify/OrderTransaction/9"), UNTOUCHED,
              user_error("Transactions require a parent_id associated with the order", "transactions")),
    refunding("what was sent is not cancelled", units(2, "CANCEL"), stands("PAID", "0.0", "25.0", 2, 0),
              user_error("Refund line items cannot remove more than the fulfillable quantity.", "refundLineItems"),
              before=[made(fulfillmentStatus="FULFILLED")], source="inferred"),
    refunding("stock comes back to a location that exists",
              units(1, "RETURN", locationId="gid://shopify/Location/999999"), UNTOUCHED,
              user_error("Location does not exist", "refundLineItems", 0, "locationId"), source="inferred"),
    Fact("a refund needs a key", (REFUND % "k").replace('@idempotent(key: "k")', ""),
         {"input": {"orderId": "<order>"}}, before=[made()], data={"refundCreate": None},
         errors=[{"message": "The @idempotent directive is required for this mutation but was not provided.",
                  "extensions": {"code": "BAD_REQUEST"}}], source="official schema"),
    # stock
    stocked("what is cancelled goes back on the shelf", units(2, "CANCEL"), source="documentation"),
    # suggestions
    suggesting("a unit with its tax", {"rows": [{"lineItemId": "<line>", "quantity": 1}]}, "11.0", "27.0", "10.0", "1.0",
               "0.0", 1, before=[made(2, "27.0", line=TAXED)]),
    suggesting("all of it", {"full": True}, "25.0", "25.0", "20.0", "0.0", "5.0", 2),
    suggesting("no more than was paid", {"full": True}, "8.0", "8.0", "20.0", "0.0", "5.0", 2, before=[made(2, "8.0")]),
    suggesting("nothing of an unpaid order", {"full": True}, "0.0", "0.0", "20.0", "0.0", "5.0", 2,
               before=[made(2, None)]),
    suggesting("shipping alone", {"shipping": True}, "5.0", "25.0", "0.0", "0.0", "5.0"),
    # deletion
    Fact("an order is deleted", DELETE, {"id": "<order>"}, before=[made()],
         data={"orderDelete": {"deletedId": "<order>", "userErrors": []}}, cost=10),
    Fact("an order that was sent is deleted", DELETE, {"id": "<order>"},
         before=[made(fulfillmentStatus="FULFILLED")],
         data={"orderDelete": {"deletedId": "<order>", "userErrors": []}}),
    Fact("then it is gone", "query O($id: ID!) { order(id: $id) { id } }", {"id": "<order>"},
         before=[made(), Before(DELETE, {"id": "<order>"})], data={"order": None}),
    Fact("an order is deleted once", DELETE, {"id": "<order>"}, before=[made(), Before(DELETE, {"id": "<order>"})],
         data={"orderDelete": {"deletedId": None, "userErrors": [
             user_error("Order does not exist", "orderId", code="NOT_FOUND")]}}),
    Fact("an order that was paid online is not deleted", DELETE, {"id": "<order>"},
         before=[made(paid=None, transactions=[{"kind": "SALE", "gateway": "shopify_payments",
                                                "amountSet": bag("25.0")}])],
         data={"orderDelete": {"deletedId": None, "userErrors": [
             user_error("Order can't be deleted because it was paid online", "orderId", code="INVALID")]}},
         source="inferred"),
]  # fmt: skip

test_facts = each(FACTS)
