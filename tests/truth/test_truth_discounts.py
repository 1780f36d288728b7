"""What Shopify answers about discounts, by code and automatic."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

ERRORS = "userErrors { field message code extraInfo }"
CODE = f"mutation M($input: DiscountCodeBasicInput!) {{ discountCodeBasicCreate(basicCodeDiscount: $input) {{ codeDiscountNode {{ id }} {ERRORS} }} }}"
CODE_UPDATE = f"mutation M($id: ID!, $input: DiscountCodeBasicInput!) {{ discountCodeBasicUpdate(id: $id, basicCodeDiscount: $input) {{ codeDiscountNode {{ id }} {ERRORS} }} }}"
AUTOMATIC = f"mutation M($input: DiscountAutomaticBasicInput!) {{ discountAutomaticBasicCreate(automaticBasicDiscount: $input) {{ automaticDiscountNode {{ id }} {ERRORS} }} }}"
TENTH = {"value": {"percentage": 0.1}, "items": {"all": True}}
START = "2026-01-01T00:00:00Z"
SALE = {"title": "Sale", "startsAt": START, "context": {"all": "ALL"}, "customerGets": TENTH}
TEN = Before(CODE, {"input": {**SALE, "code": "TEN"}}, "ten", "discountCodeBasicCreate.codeDiscountNode.id")
LATER = Before(
    CODE,
    {"input": {**SALE, "code": "LATER", "startsAt": "2099-01-01T00:00:00Z"}},
    "later",
    "discountCodeBasicCreate.codeDiscountNode.id",
)
ONCE = Before(AUTOMATIC, {"input": SALE}, "once", "discountAutomaticBasicCreate.automaticDiscountNode.id")
READ = "status startsAt endsAt"


def problems(*rows: tuple[str, str, str], argument: str = "basicCodeDiscount") -> list[dict[str, Any]]:
    return [
        {**user_error(message, argument, *path.split("."), code=code), "extraInfo": None}
        for path, message, code in rows
    ]


def code(what: str, given: dict[str, Any], *rows: tuple[str, str, str], before: Any = ()) -> Fact:
    data = {"discountCodeBasicCreate": {"codeDiscountNode": None, "userErrors": problems(*rows)}}
    return Fact(what, CODE, {"input": {**SALE, "code": "SALE", **given}}, before=before, data=data, cost=10, actual=10)


def automatic(what: str, given: dict[str, Any], *rows: tuple[str, str, str]) -> Fact:
    errors = problems(*rows, argument="automaticBasicDiscount")
    data = {"discountAutomaticBasicCreate": {"automaticDiscountNode": None, "userErrors": errors}}
    return Fact(what, AUTOMATIC, {"input": {**SALE, **given}}, data=data, cost=10)


def malformed(what: str, given: dict[str, Any], message: str) -> Fact:
    error = {"message": message, "extensions": {"code": "BAD_REQUEST"}, "path": ["discountCodeBasicCreate"]}
    return Fact(
        what, CODE, {"input": {**SALE, "code": "SALE", **given}}, data={"discountCodeBasicCreate": None}, errors=[error]
    )


def unknown(mutation: str, message: str, answer: str) -> Fact:
    number = "DiscountAutomaticNode" if "Automatic" in mutation else "DiscountCodeNode"
    return Fact(
        f"{mutation} of an unknown discount",
        f'mutation M {{ {mutation}(id: "gid://shopify/{number}/1") {{ {answer} userErrors {{ field message code }} }} }}',
        data={mutation: {answer.partition(" ")[0]: None, "userErrors": [user_error(message, "id", code="INVALID")]}},
        cost=10,
    )


def summed(what: str, given: dict[str, Any], text: str) -> Fact:
    document = CODE.replace("{ id }", "{ codeDiscount { ... on DiscountCodeBasic { summary } } }")
    data = {"discountCodeBasicCreate": {"codeDiscountNode": {"codeDiscount": {"summary": text}}, "userErrors": []}}
    return Fact(what, document, {"input": {**SALE, "code": "SALE", **given}}, data=data, store="outlet")


PART, AMOUNT = "customerGets.value.percentage", "customerGets.value.discountAmount.amount"
LEAST, FEWEST = (
    "minimumRequirement.subtotal.greaterThanOrEqualToSubtotal",
    "minimumRequirement.quantity.greaterThanOrEqualToQuantity",
)
OUTSIDE = "Value must be between 0.0 and 1.0"


def gets(value: dict[str, Any], **items: Any) -> dict[str, Any]:
    return {"customerGets": {"value": value, "items": items or {"all": True}}}


def money(amount: str) -> dict[str, Any]:
    return gets({"discountAmount": {"amount": amount, "appliesOnEachItem": False}})


FACTS = [
    # what is refused
    code("a code may not be left out", {"code": None}, ("code", "Code can't be blank", "BLANK")),
    code("an empty code is too short", {"code": ""}, ("code", "Code is too short (minimum is 1 character)", "TOO_SHORT")),
    code("a code ends at 255", {"code": "X" * 256}, ("code", "Code is too long (maximum is 255 characters)", "TOO_LONG")),
    code("a code has one line", {"code": "A\nB"}, ("code", "Code cannot contain newline characters.", "INVALID")),
    code("a code is unique whatever its case", {"code": "ten"}, ("code", "Code must be unique. Please try a different code.", "TAKEN"), before=[TEN]),
    code("a discount has a title", {"title": " "}, ("title", "Title can't be blank", "BLANK")),
    code("a discount's title ends at 255", {"title": "T" * 256}, ("title", "Title is too long (maximum is 255 characters)", "TOO_LONG")),
    code("a discount has a start", {"startsAt": None}, ("startsAt", "Starts at can't be blank", "BLANK")),
    code("a discount ends after its start", {"endsAt": "2025-01-01T00:00:00Z"}, ("endsAt", "Ends at needs to be after starts_at", "INVALID")),
    code("a usage limit is above 0", {"usageLimit": 0}, ("usageLimit", "Usage limit must be greater than 0", "GREATER_THAN")),
    code("a usage limit has 32 bits", {"usageLimit": 2147483648}, ("usageLimit", "Usage limit must be less than or equal to 2147483647", "LESS_THAN_OR_EQUAL_TO")),
    code("a usage limit below 32 bits has two faults", {"usageLimit": -2147483649}, ("usageLimit", "Usage limit must be greater than 0", "GREATER_THAN"),
         ("usageLimit", "Usage limit must be greater than or equal to -2147483648", "GREATER_THAN_OR_EQUAL_TO")),
    code("a cycle limit has 32 bits", {"recurringCycleLimit": 2147483648},
         ("recurringCycleLimit", "Recurring cycle limit must be less than or equal to 2147483647", "LESS_THAN_OR_EQUAL_TO")),
    automatic("an automatic cycle limit has 32 bits", {"recurringCycleLimit": 2147483648},
              ("recurringCycleLimit", "Recurring cycle limit must be less than or equal to 2147483647", "LESS_THAN_OR_EQUAL_TO")),
    code("a share ends at 1", gets({"percentage": 1.5}), (PART, OUTSIDE, "VALUE_OUTSIDE_RANGE")),
    code("a share is not below 0", gets({"percentage": -0.1}), (PART, OUTSIDE, "VALUE_OUTSIDE_RANGE")),
    code("an amount is not below 0", money("-5"), (AMOUNT, "Value must be less than or equal to 0", "LESS_THAN_OR_EQUAL_TO")),
    code("an amount has a limit", money("1000000000000000000"), (AMOUNT, "Value must be greater than -1000000000000000000", "LESS_THAN")),
    code("quantities are for other discounts", gets({"discountOnQuantity": {"quantity": "2", "effect": {"percentage": 0.5}}}),
         ("customerGets.value.discountOnQuantity", "discountOnQuantity field is only permitted with bxgy discounts.", "INVALID")),
    code("a minimum is of one sort", {"minimumRequirement": {"quantity": {FEWEST.rpartition(".")[2]: "2"}, "subtotal": {LEAST.rpartition(".")[2]: "10"}}},
         (LEAST, "Minimum subtotal cannot be defined when minimum quantity is.", "CONFLICT"),
         (FEWEST, "Minimum quantity cannot be defined when minimum subtotal is.", "CONFLICT")),
    code("a minimum quantity has a limit", {"minimumRequirement": {"quantity": {FEWEST.rpartition(".")[2]: "9999999999"}}},
         (FEWEST, "Minimum quantity must be less than 2147483647", "LESS_THAN")),
    code("a minimum subtotal has a limit", {"minimumRequirement": {"subtotal": {LEAST.rpartition(".")[2]: "1000000000000000001"}}},
         (LEAST, "Minimum subtotal must be less than 1000000000000000000", "LESS_THAN")),
    code("buyers are named once", {"customerSelection": {"all": True}}, ("context", "Only one of context or customerSelection can be provided.", "INVALID")),
    code("items that do not exist", gets({"percentage": 0.1}, collections={"add": ["gid://shopify/Collection/9"]},
         products={"productsToAdd": ["gid://shopify/Product/0"], "productVariantsToAdd": ["gid://shopify/ProductVariant/9"]}),
         ("customerGets.items.collections.add", "Cannot entitle collections in combination with product variants or products", "CONFLICT"),
         ("customerGets.items.collections.add", "Collection with id: 9 is invalid", "INVALID"),
         ("customerGets.items.products.productsToAdd", "Product with id: 0 is invalid", "INVALID"),
         ("customerGets.items.products.productVariantsToAdd", "Product variant with id: 9 is invalid", "INVALID")),
    code("tags on the same line are for Plus", {"combinesWith": {"productDiscounts": True, "productDiscountsWithTagsOnSameCartLine": {"add": ["a"]}}},
         ("combinesWith.productDiscountsWithTagsOnSameCartLine", "The shop's plan does not allow setting `productDiscountsWithTagsOnSameCartLine`.",
          "PRODUCT_DISCOUNTS_WITH_TAGS_ON_SAME_CART_LINE_NOT_ENTITLED")),
    automatic("an automatic share is above 0", gets({"percentage": 0.0}), (PART, OUTSIDE, "VALUE_OUTSIDE_RANGE")),
    automatic("an automatic amount is above 0", money("0"), (AMOUNT, "Value must be less than 0", "GREATER_THAN")),
    automatic("an automatic discount has a title", {"title": ""}, ("title", "Title can't be blank", "BLANK")),
    malformed("one value", gets({"percentage": 0.1, "discountAmount": {"amount": "1"}}), "A discount can only have one of percentage, discountOnQuantity or discountAmount."),
    malformed("an item is added or removed", gets({"percentage": 0.1}, collections={"add": ["gid://shopify/Collection/1"], "remove": ["gid://shopify/Collection/1"]}),
              "The same Collection id is present in both 'add' and 'remove' fields"),
    malformed("a customer is added or removed", {"context": {"customers": {"add": ["gid://shopify/Customer/1"], "remove": ["gid://shopify/Customer/1"]}}},
              "A customer id is present in `add` and `remove` fields"),
    malformed("all customers or some", {"context": None, "customerSelection": {"all": True, "customers": {"add": ["gid://shopify/Customer/1"]}}},
              "A discount cannot have customerSelection set to all, when customers or customerSavedSearches is specified."),
    unknown("discountCodeActivate", "Code discount does not exist.", "codeDiscountNode { id }"),
    unknown("discountCodeDeactivate", "Code discount does not exist.", "codeDiscountNode { id }"),
    unknown("discountCodeDelete", "Code discount does not exist.", "deletedCodeDiscountId"),
    unknown("discountAutomaticDelete", "Automatic discount does not exist.", "deletedAutomaticDiscountId"),
    Fact("an update of an unknown discount has no code", CODE_UPDATE, {"id": "gid://shopify/DiscountCodeNode/1", "input": {}},
         data={"discountCodeBasicUpdate": {"codeDiscountNode": None, "userErrors": [
             {**user_error("Discount does not exist", "id"), "code": None, "extraInfo": None}]}}),
    # what is kept
    Fact("a discount has Shopify's defaults",
         CODE.replace("{ id }", "{ codeDiscount { __typename ... on DiscountCodeBasic { title status summary endsAt asyncUsageCount discountClasses usageLimit "
                      "appliesOncePerCustomer recurringCycleLimit combinesWith { productDiscounts orderDiscounts shippingDiscounts } codes(first: 2) { nodes { code "
                      "asyncUsageCount } } codesCount { count } context { ... on DiscountBuyerSelectionAll { all } } customerGets { value { ... on DiscountPercentage "
                      "{ percentage } } items { ... on AllDiscountItems { allItems } } appliesOnOneTimePurchase appliesOnSubscription } minimumRequirement { __typename } } } }"),
         {"input": {**SALE, "code": "SALE"}},
         data={"discountCodeBasicCreate": {"userErrors": [], "codeDiscountNode": {"codeDiscount": {
             "__typename": "DiscountCodeBasic", "title": "Sale", "status": "ACTIVE", "summary": "10% off one-time purchase products", "endsAt": None,
             "asyncUsageCount": 0, "discountClasses": ["ORDER"], "usageLimit": None, "appliesOncePerCustomer": False, "recurringCycleLimit": 1,
             "combinesWith": {"productDiscounts": False, "orderDiscounts": False, "shippingDiscounts": False},
             "codes": {"nodes": [{"code": "SALE", "asyncUsageCount": 0}]}, "codesCount": {"count": 1}, "context": {"all": "ALL"},
             "customerGets": {"value": {"percentage": 0.1}, "items": {"allItems": True}, "appliesOnOneTimePurchase": True, "appliesOnSubscription": False},
             "minimumRequirement": None}}}}),
    summed("a summary names a minimum purchase", {"minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "1"}}},
           "10% off one-time purchase products • Minimum purchase of $1.00"),
    summed("a summary names an amount and the use by customers", {**money("5"), "appliesOncePerCustomer": True},
           "$5.00 off one-time purchase products • One use per customer"),
    Fact("an automatic discount is off the entire order", AUTOMATIC.replace("{ id }", "{ automaticDiscount { ... on DiscountAutomaticBasic { summary } } }"),
         {"input": {**SALE, "minimumRequirement": {"quantity": {"greaterThanOrEqualToQuantity": "2"}}}},
         data={"discountAutomaticBasicCreate": {"userErrors": [], "automaticDiscountNode": {
             "automaticDiscount": {"summary": "10% off entire order • Minimum quantity of 2"}}}}),
    Fact("a code is found whatever its case", 'query Q { codeDiscountNodeByCode(code: "tEn") { id } none: codeDiscountNodeByCode(code: "none") { id } }',
         before=[TEN], data={"codeDiscountNodeByCode": {"id": "<ten>"}, "none": None}, cost=2),
    Fact("a scheduled discount that is deactivated starts and ends at once",
         f"mutation M($id: ID!) {{ discountCodeDeactivate(id: $id) {{ codeDiscountNode {{ codeDiscount {{ ... on DiscountCodeBasic {{ status }} }} }} }} }}",  # noqa: F541
         {"id": "<later>"}, before=[LATER], data={"discountCodeDeactivate": {"codeDiscountNode": {"codeDiscount": {"status": "EXPIRED"}}}}, cost=11),
    Fact("a discount that is activated has no end",
         "mutation M($id: ID!) { discountCodeActivate(id: $id) { codeDiscountNode { codeDiscount { ... on DiscountCodeBasic { status endsAt } } } userErrors { message } } }",
         {"id": "<ten>"}, before=[TEN, Before("mutation M($id: ID!) { discountCodeDeactivate(id: $id) { userErrors { message } } }", {"id": "<ten>"})],
         data={"discountCodeActivate": {"codeDiscountNode": {"codeDiscount": {"status": "ACTIVE", "endsAt": None}}, "userErrors": []}}, cost=11),
    Fact("an update leaves what it does not name", CODE_UPDATE.replace("{ id }", "{ codeDiscount { ... on DiscountCodeBasic { title startsAt codes(first: 1) { nodes { code } } } } }"),
         {"id": "<ten>", "input": {"code": "ELEVEN"}}, before=[TEN],
         data={"discountCodeBasicUpdate": {"userErrors": [], "codeDiscountNode": {"codeDiscount": {
             "title": "Sale", "startsAt": START, "codes": {"nodes": [{"code": "ELEVEN"}]}}}}}),
    Fact("discounts are listed by status and method",
         'query Q { later: discountNodes(first: 5, query: "status:scheduled") { nodes { id } } automatic: discountNodes(first: 5, query: "method:automatic title:sale") { nodes { id } } '
         'discountNodesCount(query: "title:sale") { count } codeDiscountNodes(first: 5, query: "status:active title:sale") { nodes { id } } }',
         before=[TEN, LATER, ONCE],
         data={"later": {"nodes": [{"id": "<later>"}]}, "automatic": {"nodes": [{"id": "<once>"}]}, "discountNodesCount": {"count": 3},
               "codeDiscountNodes": {"nodes": [{"id": "<ten>"}]}}),
    # codes in bulk
    Fact("codes that are added in bulk come later", "mutation M($id: ID!) { discountRedeemCodeBulkAdd(discountId: $id, codes: [{code: \"A\"}, {code: \"B\"}]) "
         f"{{ bulkCreation {{ done codesCount importedCount failedCount }} {ERRORS} }} }}", {"id": "<ten>"}, before=[TEN],
         data={"discountRedeemCodeBulkAdd": {"bulkCreation": {"done": False, "codesCount": 2, "importedCount": 0, "failedCount": 0}, "userErrors": []}}, cost=10),
    Fact("each code that is added in bulk has its outcome", "query Q($id: ID!) { discountRedeemCodeBulkCreation(id: $id) { done importedCount failedCount codes(first: 5) { nodes { code "
         "errors { field message code extraInfo } discountRedeemCode { code } } } } }", {"id": "<bulk>"},
         before=[TEN, Before("mutation M($id: ID!) { discountRedeemCodeBulkAdd(discountId: $id, codes: [{code: \"\"}, {code: \"Ten\"}, {code: \"C\"}, {code: \"c\"}]) { bulkCreation { id } } }",
                             {"id": "<ten>"}, "bulk", "discountRedeemCodeBulkAdd.bulkCreation.id")],
         data={"discountRedeemCodeBulkCreation": {"done": True, "importedCount": 1, "failedCount": 3, "codes": {"nodes": [
             {"code": "", "discountRedeemCode": None, "errors": [{"field": ["code"], "message": "is too short (minimum is 1 character)", "code": None, "extraInfo": None}]},
             {"code": "Ten", "discountRedeemCode": None, "errors": [{"field": ["code"], "message": "must be unique. Please try a different code.", "code": None, "extraInfo": None}]},
             {"code": "C", "discountRedeemCode": {"code": "C"}, "errors": []},
             {"code": "c", "discountRedeemCode": None, "errors": [{"field": ["code"], "message": "must be unique. Please try a different code.", "code": None, "extraInfo": None}]}]}}}),
    Fact("no codes are no codes", f"mutation M($id: ID!) {{ discountRedeemCodeBulkAdd(discountId: $id, codes: []) {{ bulkCreation {{ done }} {ERRORS} }} }}", {"id": "<ten>"}, before=[TEN],
         data={"discountRedeemCodeBulkAdd": {"bulkCreation": None, "userErrors": [{**user_error("Codes can't be blank", "codes", code="BLANK"), "extraInfo": None}]}}),
    Fact("the code of a discount with several can't be changed", CODE_UPDATE, {"id": "<ten>", "input": {"code": "OTHER"}},
         before=[TEN, Before("mutation M($id: ID!) { discountRedeemCodeBulkAdd(discountId: $id, codes: [{code: \"A\"}]) { bulkCreation { id } } }", {"id": "<ten>"})],
         data={"discountCodeBasicUpdate": {"codeDiscountNode": None, "userErrors": [
             {**user_error("Cannot update the code of a bulk discount.", "id"), "code": None, "extraInfo": None}]}}),
    Fact("codes that are named by id are gone at once", "mutation M($id: ID!, $ids: [ID!]!) { discountCodeRedeemCodeBulkDelete(discountId: $id, ids: $ids) { job { done } userErrors { message } } }", {"id": "<ten>", "ids": ["<code>"]},
         before=[TEN, Before("query Q($id: ID!) { codeDiscountNode(id: $id) { codeDiscount { ... on DiscountCodeBasic { codes(first: 1) { nodes { id } } } } } }", {"id": "<ten>"}, "code", "codeDiscountNode.codeDiscount.codes.nodes.0.id")],
         data={"discountCodeRedeemCodeBulkDelete": {"job": {"done": True}, "userErrors": []}}),
    Fact("codes are deleted by one way", f"mutation M($id: ID!) {{ discountCodeRedeemCodeBulkDelete(discountId: $id) {{ job {{ id }} {ERRORS} }} }}", {"id": "<ten>"}, before=[TEN],
         data={"discountCodeRedeemCodeBulkDelete": {"job": None, "userErrors": [
             {"field": None, "message": "Missing expected argument key: 'ids', 'search' or 'saved_search_id'.", "code": "MISSING_ARGUMENT", "extraInfo": None}]}}),
    Fact("a discount has tags by the id of either node", 'mutation M($id: ID!) { one: tagsAdd(id: $id, tags: ["a"]) { node { id } userErrors { message } } two: tagsAdd(id: "gid://shopify/DiscountNode/<ten#>", tags: ["b"]) { '
         "node { ... on DiscountCodeNode { id codeDiscount { ... on DiscountCodeBasic { tags } } } } userErrors { message } } }", {"id": "<ten>"}, before=[TEN],
         data={"one": {"node": {"id": "<ten>"}, "userErrors": []}, "two": {"node": {"id": "<ten>", "codeDiscount": {"tags": ["a", "b"]}}, "userErrors": []}}, source="official schema"),
    Fact("a discount may have metafields", 'query Q($id: ID!) { discountNode(id: $id) { id metafield(namespace: "own", key: "bcd") { value ownerType } } }', {"id": "<ten>"},
         before=[TEN, Before("mutation M($id: ID!) { metafieldsSet(metafields: [{ownerId: $id, namespace: \"own\", key: \"bcd\", type: \"single_line_text_field\", value: \"x\"}]) { userErrors { message } } }", {"id": "<ten>"})],
         data={"discountNode": {"id": "<ten>", "metafield": {"value": "x", "ownerType": "DISCOUNT"}}}, source="official schema"),
]  # fmt: skip

test_facts = each(FACTS, ["write_discounts", "write_products", "read_customers"])
