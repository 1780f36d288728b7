"""What Shopify answers about order edits: what is staged, what a commit makes of it, and what is refused.

Which changes there are, and that only unfulfilled items can be edited, is documented.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facts import SEEN, Before, Fact, each, user_error

OURS = "ours"
SCHEMA = "official schema"
DOCUMENTED = "documentation"
MADE = """mutation O($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order { id lineItems(first: 2) {
  nodes { id } } fulfillmentOrders(first: 1) { nodes { id } } } } }"""
BEGIN = "mutation B($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } orderEditSession { id } } }"
ROW = """calculatedLineItem { title quantity editableQuantity editableQuantityBeforeChanges restocking
  hasStagedLineItemDiscount discountedUnitPriceSet { shopMoney { amount } } }"""
SUMS = """calculatedOrder { subtotalLineItemsQuantity totalPriceSet { shopMoney { amount } }
  totalOutstandingSet { shopMoney { amount } } stagedChanges(first: 5) { nodes { __typename } } }"""
ERRORS = "userErrors { field message }"
SET = f"""mutation S($id: ID!, $line: ID!, $quantity: Int!, $restock: Boolean) {{ orderEditSetQuantity(id: $id,
  lineItemId: $line, quantity: $quantity, restock: $restock) {{ {ROW} {SUMS} {ERRORS} }} }}"""
CUSTOM = f"""mutation C($id: ID!, $title: String!, $quantity: Int!, $price: MoneyInput!) {{ orderEditAddCustomItem(id: $id,
  title: $title, quantity: $quantity, price: $price) {{ added: calculatedLineItem {{ id }} {ROW} {SUMS} {ERRORS} }} }}"""
VARIANT = f"""mutation V($id: ID!, $variant: ID!, $quantity: Int!, $twice: Boolean) {{ orderEditAddVariant(id: $id,
  variantId: $variant, quantity: $quantity, allowDuplicates: $twice) {{ added: calculatedLineItem {{ id }} {ROW} {ERRORS} }} }}"""
DISCOUNT = f"""mutation D($id: ID!, $line: ID!, $discount: OrderEditAppliedDiscountInput!) {{
  orderEditAddLineItemDiscount(id: $id, lineItemId: $line, discount: $discount) {{
    addedDiscountStagedChange {{ description value {{ ... on PricingPercentageValue {{ percentage }}
      ... on MoneyV2 {{ amount }} }} }} {ROW} {SUMS} {ERRORS} }} }}"""
OFF = """mutation D($id: ID!, $line: ID!) { orderEditAddLineItemDiscount(id: $id, lineItemId: $line,
  discount: {percentValue: 50.0}) { calculatedOrder { addedDiscountApplications(first: 1) { nodes { id } } } } }"""
KEPT = """mutation B($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id lineItems(first: 1) { nodes {
  calculatedDiscountAllocations { discountApplication { id } } } } } } }"""
UNDISCOUNT = f"""mutation U($id: ID!, $discount: ID!) {{ orderEditRemoveDiscount(id: $id, discountApplicationId: $discount) {{
  {SUMS} userErrors {{ field message code }} }} }}"""
POST = f"""mutation P($id: ID!, $line: OrderEditAddShippingLineInput!) {{ orderEditAddShippingLine(id: $id, shippingLine: $line) {{
  calculatedShippingLine {{ title stagedStatus price {{ shopMoney {{ amount }} }} }} {SUMS}
  userErrors {{ field message code }} }} }}"""
COMMIT = """mutation X($id: ID!) { orderEditCommit(id: $id, staffNote: "because") { order { edited displayFinancialStatus
  displayFulfillmentStatus originalTotalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } }
  totalOutstandingSet { shopMoney { amount } } currentSubtotalLineItemsQuantity
  lineItems(first: 3) { nodes { title quantity currentQuantity unfulfilledQuantity } } } userErrors { field message } } }"""
PRODUCT = (
    """mutation P { productCreate(product: {title: "Saucer"}) { product { variants(first: 1) { nodes { id } } } } }"""
)
PRICE = """mutation W($product: ID!, $id: ID!) { productVariantsBulkUpdate(productId: $product, variants: [{id: $id,
  price: "4.0"}]) { productVariants { id } } }"""
SEND = """mutation F($id: ID!, $rows: [FulfillmentOrderLineItemInput!]) { fulfillmentCreate(fulfillment: {
  lineItemsByFulfillmentOrder: [{fulfillmentOrderId: $id, fulfillmentOrderLineItems: $rows}]}) { fulfillment { id } } }"""
ROWS = "query R($id: ID!) { fulfillmentOrder(id: $id) { lineItems(first: 1) { nodes { id } } } }"


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def made(quantity: int = 3, paid: bool = False) -> Before:
    """Return the request that makes an order of cups for 10 each."""
    price = {"shopMoney": {"amount": "10.0", "currencyCode": "EUR"}}
    order: dict[str, Any] = {"lineItems": [{"title": "Cup", "quantity": quantity, "priceSet": price}]}
    if paid:
        order["financialStatus"] = "PAID"
    also = {
        "order": "orderCreate.order.id",
        "line": "orderCreate.order.lineItems.nodes.0.id",
        "work": "orderCreate.order.fulfillmentOrders.nodes.0.id",
    }
    return Before(MADE, {"order": order}, also=also)


BEGUN = Before(BEGIN, {"id": "<order>"}, "edit", "orderEditBegin.calculatedOrder.id")
CUP = {"line": "gid://shopify/CalculatedLineItem/<line#>"}
WRAP = {"title": "Wrapping", "quantity": 2, "price": {"amount": "3.0", "currencyCode": "EUR"}}
WRAPPED = Before(CUSTOM, {"id": "<edit>", **WRAP}, "wrap", "orderEditAddCustomItem.added.id")
SENT = [
    Before(ROWS, {"id": "<work>"}, "row", "fulfillmentOrder.lineItems.nodes.0.id"),
    Before(SEND, {"id": "<work>", "rows": [{"id": "<row>", "quantity": 2}]}),
]
TENTH = Before(DISCOUNT, {"id": "<edit>", **CUP, "discount": {"percentValue": 10.0}})
SAUCER = Before(PRODUCT, {}, "saucer", "productCreate.product.variants.nodes.0.id")


def change(quantity: int, restock: bool | None = None) -> Before:
    return Before(SET, {"id": "<edit>", **CUP, "quantity": quantity, "restock": restock})


def row(title: str, quantity: int, editable: int, before: int, price: str, **more: bool) -> dict[str, Any]:
    flags = {"restocking": False, "hasStagedLineItemDiscount": False, **more}
    shown = {"title": title, "quantity": quantity, "editableQuantity": editable}
    return {**shown, "editableQuantityBeforeChanges": before, **flags, "discountedUnitPriceSet": money(price)}


def sums(quantity: int, total: str, owed: str, *changes: str) -> dict[str, Any]:
    nodes = [{"__typename": f"OrderStagedChange{name}"} for name in changes]
    told = {"totalPriceSet": money(total), "totalOutstandingSet": money(owed), "stagedChanges": {"nodes": nodes}}
    return {"subtotalLineItemsQuantity": quantity, **told}


def staged(what: str, document: str, variables: Mapping[str, Any], name: str, answer: Mapping[str, Any], *before: Before,
           source: str = DOCUMENTED) -> Fact:  # fmt: skip
    """Return the fact that a change is staged: `answer` is the payload without its user errors."""
    given = {"id": "<edit>", **variables}
    data = {name: {**answer, "userErrors": []}}
    return Fact(what, document, given, (*(before or (made(),)), BEGUN), data=data, source=source)


def refused(what: str, document: str, variables: Mapping[str, Any], name: str, error: Mapping[str, Any], *before: Before,
            without: tuple[str, ...] = ("calculatedLineItem", "calculatedOrder"), source: str = SEEN) -> Fact:  # fmt: skip
    data = {name: {**dict.fromkeys(without), "userErrors": [error]}}
    return Fact(what, document, {"id": "<edit>", **variables}, before or (made(), BEGUN), data=data, source=source)


def committed(what: str, order: Mapping[str, Any] | None, *before: Before, errors: tuple[Any, ...] = (),
              source: str = DOCUMENTED) -> Fact:  # fmt: skip
    data = {"orderEditCommit": {"order": order, "userErrors": list(errors)}}
    return Fact(what, COMMIT, {"id": "<edit>"}, before, data=data, source=source)


def order(total: str, owed: str, *lines: tuple[str, int, int, int], status: str | None = None, sent: str = "UNFULFILLED",
          original: str = "30.0") -> dict[str, Any]:  # fmt: skip
    """Return an order as a commit leaves it; a line is its title, quantity, current and unfulfilled quantity."""
    names = ("title", "quantity", "currentQuantity", "unfulfilledQuantity")
    return {
        "edited": True, "displayFinancialStatus": status, "displayFulfillmentStatus": sent,
        "originalTotalPriceSet": money(original), "currentTotalPriceSet": money(total), "totalOutstandingSet": money(owed),
        "currentSubtotalLineItemsQuantity": sum(line[2] for line in lines),
        "lineItems": {"nodes": [dict(zip(names, line, strict=True)) for line in lines]},
    }  # fmt: skip


ITEM = ("added", "calculatedLineItem", "calculatedOrder")
GONE = "mutation D($id: ID!) { orderDelete(orderId: $id) { deletedId userErrors { message } } }"
FACTS = [
    staged(
        "fewer items are staged as a removal",
        SET, {**CUP, "quantity": 1, "restock": True}, "orderEditSetQuantity",
        {"calculatedLineItem": row("Cup", 1, 1, 3, "10.0", restocking=True), "calculatedOrder": sums(1, "10.0", "10.0", "DecrementItem")},
    ),
    staged(
        "more items are staged as an addition",
        SET, {**CUP, "quantity": 5}, "orderEditSetQuantity",
        {"calculatedLineItem": row("Cup", 5, 5, 3, "10.0"), "calculatedOrder": sums(5, "50.0", "50.0", "IncrementItem")},
    ),
    staged(
        "the original quantity is no change",
        SET, {**CUP, "quantity": 3}, "orderEditSetQuantity",
        {"calculatedLineItem": row("Cup", 3, 3, 3, "10.0"), "calculatedOrder": sums(3, "30.0", "30.0")},
        source="inferred",
    ),
    staged(
        "items that were sent are not editable",
        SET, {**CUP, "quantity": 2}, "orderEditSetQuantity",
        {"calculatedLineItem": row("Cup", 2, 0, 1, "10.0"), "calculatedOrder": sums(2, "20.0", "20.0", "DecrementItem")},
        made(), *SENT,
    ),
    refused(
        "items that were sent can't be removed",
        SET, {**CUP, "quantity": 1}, "orderEditSetQuantity",
        user_error("The quantity must not be below 2: only unfulfilled items can be removed.", "quantity"),
        made(), *SENT, BEGUN, source=OURS,
    ),
    refused(
        "a quantity below zero",
        SET, {**CUP, "quantity": -1}, "orderEditSetQuantity", user_error("must be greater than or equal to 0", "quantity"),
    ),
    refused(
        "a line that is not on the order",
        SET, {"line": "gid://shopify/CalculatedLineItem/1", "quantity": 1}, "orderEditSetQuantity",
        user_error("The line item does not exist on the order.", "lineItemId"),
    ),
    Fact(
        "a custom item is staged",
        CUSTOM.replace("added: calculatedLineItem { id }", ""), {"id": "<edit>", **WRAP}, (made(), BEGUN),
        data={"orderEditAddCustomItem": {
            "calculatedLineItem": row("Wrapping", 2, 2, 0, "3.0"),
            "calculatedOrder": sums(5, "36.0", "36.0", "AddCustomItem"), "userErrors": []}},
        source=DOCUMENTED,
    ),
    refused(
        "no custom items",
        CUSTOM, {**WRAP, "quantity": 0}, "orderEditAddCustomItem",
        user_error("must be greater than 0", "quantity"), without=ITEM,
    ),
    refused(
        "a custom item without a title",
        CUSTOM, {**WRAP, "title": " "}, "orderEditAddCustomItem",
        user_error("can't be blank", "title"), without=ITEM,
    ),
    refused(
        "a custom item in another currency",
        CUSTOM, {**WRAP, "price": {"amount": "3.0", "currencyCode": "USD"}}, "orderEditAddCustomItem",
        user_error("Currency must be EUR.", "price", "amount"), without=ITEM,
    ),
    refused(
        "a custom item for less than nothing",
        CUSTOM, {**WRAP, "price": {"amount": "-3.0", "currencyCode": "EUR"}}, "orderEditAddCustomItem",
        user_error("must be greater than or equal to 0", "price", "amount"), without=ITEM,
    ),
    Fact(
        "a variant is added only once",
        VARIANT, {"id": "<edit>", "variant": "<saucer>", "quantity": 1},
        (made(), SAUCER, BEGUN, Before(VARIANT, {"id": "<edit>", "variant": "<saucer>", "quantity": 1})),
        data={"orderEditAddVariant": {"added": None, "calculatedLineItem": None, "userErrors": [
            user_error("Saucer was not added because it's already on the order.", "id")]}},
        source=SCHEMA,
    ),
    Fact(
        "a variant is added again where duplicates are allowed",
        VARIANT.replace("added: calculatedLineItem { id }", ""),
        {"id": "<edit>", "variant": "<saucer>", "quantity": 4, "twice": True},
        (made(), SAUCER, BEGUN, Before(VARIANT, {"id": "<edit>", "variant": "<saucer>", "quantity": 1})),
        data={"orderEditAddVariant": {"calculatedLineItem": row("Saucer", 4, 4, 0, "0.0"), "userErrors": []}},
        source=SCHEMA,
    ),
    Fact(
        "a variant that does not exist",
        VARIANT, {"id": "<edit>", "variant": "gid://shopify/ProductVariant/1", "quantity": 1}, (made(), BEGUN),
        data={"orderEditAddVariant": {"added": None, "calculatedLineItem": None, "userErrors": [
            user_error("The variant does not exist in the shop.", "variantId")]}},
        source=SEEN,
    ),
    Fact(
        "an added item gets a percentage off",
        DISCOUNT, {"id": "<edit>", "line": "<wrap>", "discount": {"percentValue": 50.0, "description": "Half"}},
        (made(), BEGUN, WRAPPED),
        data={"orderEditAddLineItemDiscount": {
            "addedDiscountStagedChange": {"description": "Half", "value": {"percentage": 50.0}},
            "calculatedLineItem": row("Wrapping", 2, 2, 0, "1.5", hasStagedLineItemDiscount=True),
            "calculatedOrder": sums(5, "33.0", "33.0", "AddCustomItem", "AddLineItemDiscount"), "userErrors": []}},
        source=SCHEMA,
    ),
    Fact(
        "an added item gets an amount off each unit",
        DISCOUNT, {"id": "<edit>", "line": "<wrap>", "discount": {"fixedValue": {"amount": "1.0", "currencyCode": "EUR"}}},
        (made(), BEGUN, WRAPPED),
        data={"orderEditAddLineItemDiscount": {
            "addedDiscountStagedChange": {"description": "", "value": {"amount": "1.0"}},
            "calculatedLineItem": row("Wrapping", 2, 2, 0, "2.0", hasStagedLineItemDiscount=True),
            "calculatedOrder": sums(5, "34.0", "34.0", "AddCustomItem", "AddLineItemDiscount"), "userErrors": []}},
        source="inferred",
    ),
    staged(
        "an item of the order gets a discount",
        DISCOUNT, {**CUP, "discount": {"percentValue": 10.0, "description": "Scratched"}}, "orderEditAddLineItemDiscount",
        {"addedDiscountStagedChange": {"description": "Scratched", "value": {"percentage": 10.0}},
         "calculatedLineItem": row("Cup", 3, 3, 3, "9.0", hasStagedLineItemDiscount=True),
         "calculatedOrder": sums(3, "27.0", "27.0", "AddLineItemDiscount")},
    ),
    refused(
        "items that were sent get no discount",
        DISCOUNT, {**CUP, "discount": {"percentValue": 10.0}}, "orderEditAddLineItemDiscount",
        user_error("Only unfulfilled items can get a discount.", "lineItemId"),
        made(2), *SENT, BEGUN, without=("addedDiscountStagedChange", "calculatedLineItem", "calculatedOrder"), source=OURS,
    ),
    Fact(
        "a discount of the order's item is shown and removed by a later edit",
        UNDISCOUNT, {"id": "<later>", "discount": "<theirs>"},
        (made(), BEGUN, TENTH, Before(COMMIT, {"id": "<edit>"}), Before(KEPT, {"id": "<order>"}, "later",
         "orderEditBegin.calculatedOrder.id", also={"theirs": "orderEditBegin.calculatedOrder.lineItems.nodes.0."
         "calculatedDiscountAllocations.0.discountApplication.id"})),
        data={"orderEditRemoveDiscount": {"calculatedOrder": sums(3, "30.0", "30.0", "RemoveDiscount"), "userErrors": []}},
        source=DOCUMENTED,
    ),
    committed(
        "a discount lowers what the order comes to",
        order("27.0", "27.0", ("Cup", 3, 3, 3)), made(), BEGUN, TENTH,
    ),
    refused(
        "a discount of two kinds",
        DISCOUNT,
        {"line": "<wrap>", "discount": {"percentValue": 5.0, "fixedValue": {"amount": "1.0", "currencyCode": "EUR"}}},
        "orderEditAddLineItemDiscount",
        user_error("The discount must have either a percentage or a fixed value.", "discount"),
        made(), BEGUN, WRAPPED, without=("addedDiscountStagedChange", "calculatedLineItem", "calculatedOrder"), source=OURS,
    ),
    refused(
        "more than everything off",
        DISCOUNT, {"line": "<wrap>", "discount": {"percentValue": 101.0}}, "orderEditAddLineItemDiscount",
        user_error("The percentage must be above 0 and at most 100.", "discount", "percentValue"),
        made(), BEGUN, WRAPPED, without=("addedDiscountStagedChange", "calculatedLineItem", "calculatedOrder"), source=OURS,
    ),
    Fact(
        "a discount that is not there is as good as removed",
        UNDISCOUNT, {"id": "<edit>", "discount": "gid://shopify/CalculatedManualDiscountApplication/1"}, (made(), BEGUN),
        data={"orderEditRemoveDiscount": {"calculatedOrder": sums(3, "30.0", "30.0"), "userErrors": []}},
        source="inferred",
    ),
    Fact(
        "a discount is removed",
        UNDISCOUNT, {"id": "<edit>", "discount": "<off>"},
        (made(), BEGUN, WRAPPED, Before(OFF, {"id": "<edit>", "line": "<wrap>"}, "off",
         "orderEditAddLineItemDiscount.calculatedOrder.addedDiscountApplications.nodes.0.id")),
        data={"orderEditRemoveDiscount": {"calculatedOrder": sums(5, "36.0", "36.0", "AddCustomItem"), "userErrors": []}},
        source=DOCUMENTED,
    ),
    staged(
        "a shipping line is staged",
        POST, {"line": {"title": "Express", "price": {"amount": "5.0", "currencyCode": "EUR"}}}, "orderEditAddShippingLine",
        {"calculatedShippingLine": {"title": "Express", "stagedStatus": "ADDED", "price": money("5.0")},
         "calculatedOrder": sums(3, "35.0", "35.0", "AddShippingLine")},
    ),
    Fact(
        "a shipping line without a title",
        POST, {"id": "<edit>", "line": {"title": "", "price": {"amount": "5.0", "currencyCode": "EUR"}}}, (made(), BEGUN),
        data={"orderEditAddShippingLine": {"calculatedShippingLine": None, "calculatedOrder": None, "userErrors": [
            user_error("The title must not be blank.", "shippingLine", "title", code="INVALID")]}},
        source=OURS,
    ),
    Fact(
        "an order that does not exist",
        "mutation B { orderEditBegin(id: \"gid://shopify/Order/1\") { calculatedOrder { id } userErrors { field message } } }",
        data={"orderEditBegin": {"calculatedOrder": None, "userErrors": [user_error("The order does not exist.", "id")]}},
        source=SEEN,
    ),
    Fact(
        "an edit is named by its session, too",
        SET, {"id": "gid://shopify/OrderEditSession/<edit#>", "line": "<line>", "quantity": 2}, (made(), BEGUN),
        data={"orderEditSetQuantity": {"calculatedLineItem": row("Cup", 2, 2, 3, "10.0"),
                                       "calculatedOrder": sums(2, "20.0", "20.0", "DecrementItem"), "userErrors": []}},
        source=SCHEMA,
    ),
    committed("removed items leave the order", order("10.0", "10.0", ("Cup", 3, 1, 1)), made(), BEGUN, change(1)),
    committed(
        "removed items of a paid order are owed to the buyer",
        order("10.0", "-20.0", ("Cup", 3, 1, 1), status="PAID"), made(paid=True), BEGUN, change(1),
    ),
    committed(
        "added items of a paid order are still to be paid",
        order("36.0", "6.0", ("Cup", 3, 3, 3), ("Wrapping", 2, 2, 2), status="PARTIALLY_PAID"),
        made(paid=True), BEGUN, WRAPPED,
    ),
    committed(
        "more of a line raises its quantity",
        order("50.0", "50.0", ("Cup", 5, 5, 5)), made(), BEGUN, change(5), source="inferred",
    ),
    committed(
        "what is left after parcels can be removed",
        order("20.0", "20.0", ("Cup", 3, 2, 0), sent="FULFILLED"), made(), *SENT, BEGUN, change(2),
    ),
    committed(
        "a discount and a shipping line count",
        order("38.0", "38.0", ("Cup", 3, 3, 3), ("Wrapping", 2, 2, 2)),
        made(), BEGUN, WRAPPED,
        Before(DISCOUNT, {"id": "<edit>", "line": "<wrap>", "discount": {"percentValue": 50.0}}),
        Before(POST, {"id": "<edit>", "line": {"title": "Express", "price": {"amount": "5.0", "currencyCode": "EUR"}}}),
    ),
    committed(
        "an edit is stale once another one was committed", None,
        made(), Before(BEGIN, {"id": "<order>"}, "other", "orderEditBegin.calculatedOrder.id"), BEGUN, change(1),
        Before(SET, {"id": "<other>", **CUP, "quantity": 2}), Before(COMMIT, {"id": "<other>"}),
        errors=(user_error("The order has changed since the edit began. Begin the edit again.", "id"),), source=OURS,
    ),
    committed(
        "an edit is stale once items were sent", None, made(), BEGUN, change(1), *SENT,
        errors=(user_error("The order has changed since the edit began. Begin the edit again.", "id"),), source=OURS,
    ),
    committed(
        "an edit without a change is not committed", None, made(), BEGUN, change(3),
        errors=(user_error("There must be at least one change to be made.", "id"),), source=SEEN,
    ),
    Fact(
        "a commit tells what was done",
        'mutation X($id: ID!) { orderEditCommit(id: $id, notifyCustomer: true) { successMessages userErrors { field } } }',
        {"id": "<edit>"}, (made(), BEGUN, change(4)),
        data={"orderEditCommit": {"successMessages": ["Order updated", "Invoice sent"], "userErrors": []}},
    ),
    Fact(
        "fewer than no variants have two faults",
        VARIANT, {"id": "<edit>", "variant": "<saucer>", "quantity": -1}, (made(), SAUCER, BEGUN),
        data={"orderEditAddVariant": {"added": None, "calculatedLineItem": None, "userErrors": [
            user_error("must be greater than 0", "quantity"), user_error("must be greater than or equal to 0", "quantity")]}},
    ),
    refused(
        "a custom item's title ends at 255",
        CUSTOM, {**WRAP, "title": "x" * 256}, "orderEditAddCustomItem",
        user_error("is too long (maximum is 255 characters)", "title"), without=ITEM,
    ),
    Fact(
        "a shipping line in another currency",
        POST, {"id": "<edit>", "line": {"title": "Express", "price": {"amount": "5.0", "currencyCode": "USD"}}}, (made(), BEGUN),
        data={"orderEditAddShippingLine": {"calculatedShippingLine": None, "calculatedOrder": None, "userErrors": [
            user_error("The price must be in EUR.", "shippingLine", "price", code="INVALID")]}},
    ),
    committed(
        "an edit is committed once", None, made(), BEGUN, change(1), Before(COMMIT, {"id": "<edit>"}),
        errors=(user_error("The calculated order does not exist.", "id"),), source=SEEN,
    ),
    Fact(
        "an edit goes with its order",
        SET, {"id": "<edit>", **CUP, "quantity": 1}, (made(), BEGUN, Before(GONE, {"id": "<order>"})),
        data={"orderEditSetQuantity": {"calculatedLineItem": None, "calculatedOrder": None, "userErrors": [
            user_error("The calculated order does not exist.", "id")]}},
        source="inferred",
    ),
]  # fmt: skip

SCOPES = (
    "write_orders", "write_order_edits", "write_products", "write_fulfillments",
    "write_merchant_managed_fulfillment_orders",
)  # fmt: skip
test_facts = each(FACTS, SCOPES)
