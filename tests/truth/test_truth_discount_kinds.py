"""What Shopify answers about discounts of the kind "buy X get Y" and on shipping, by code and automatic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facts import SEEN, Before, Fact, each, user_error

OURS = "ours"
INFERRED = "inferred"
# By mutation: the argument, the type of its input, the node of the answer, and the field with the discount.
KINDS = {
    "discountCodeBxgy": ("bxgyCodeDiscount", "DiscountCodeBxgyInput", "codeDiscountNode", "codeDiscount"),
    "discountAutomaticBxgy": ("automaticBxgyDiscount", "DiscountAutomaticBxgyInput", "automaticDiscountNode", "automaticDiscount"),
    "discountCodeFreeShipping": ("freeShippingCodeDiscount", "DiscountCodeFreeShippingInput", "codeDiscountNode", "codeDiscount"),
    "discountAutomaticFreeShipping": (
        "freeShippingAutomaticDiscount", "DiscountAutomaticFreeShippingInput", "automaticDiscountNode", "automaticDiscount",
    ),
}  # fmt: skip
PRODUCTS = Before(
    "{ products(first: 2) { nodes { id } } }", {}, "cup", "products.nodes.0.id", also={"mug": "products.nodes.1.id"}
)
START = "2025-06-01T00:00:00Z"


def create(kind: str, selected: str = "id") -> str:
    argument, input_, node, field = KINDS[kind]
    shown = f"{field} {{ ... on {kind[0].upper()}{kind[1:]} {{ {selected} }} }}" if selected != "id" else "id"
    return (f"mutation M($input: {input_}!) {{ {kind}Create({argument}: $input) {{ {node} {{ {shown} }} "
            "userErrors { field message code extraInfo } } }")  # fmt: skip


def products(name: str) -> dict[str, Any]:
    return {"products": {"productsToAdd": [name]}}


def bxgy(kind: str, **more: Any) -> dict[str, Any]:
    """Return an input: buy three of one product, get one of another at half the price."""
    value = {"discountOnQuantity": {"quantity": "1", "effect": {"percentage": 0.5}}}
    given = {
        "title": "Buy three",
        "startsAt": START,
        "customerBuys": {"value": {"quantity": "3"}, "items": products("<cup>")},
        "customerGets": {"value": value, "items": products("<mug>")},
    }
    return {**given, **({"code": "THREE"} if "Code" in kind else {}), **more}


def free(kind: str, **more: Any) -> dict[str, Any]:
    given = {"title": "Free post", "startsAt": START, "destination": {"all": True}}
    return {**given, **({"code": "POST"} if "Code" in kind else {}), **more}


def made(
    kind: str, given: Mapping[str, Any], selected: str, shown: Mapping[str, Any], what: str, source: str = INFERRED
) -> Fact:
    _, _, node, field = KINDS[kind]
    data = {f"{kind}Create": {node: {field: shown}, "userErrors": []}}
    return Fact(f"{kind}: {what}", create(kind, selected), {"input": given}, (PRODUCTS,), data=data, source=source)


def refused(kind: str, what: str, given: Mapping[str, Any], *errors: tuple[str, str, str], source: str = SEEN,
            before: tuple[Before, ...] = (PRODUCTS,)) -> Fact:  # fmt: skip
    """Return the fact that a discount is refused; each error is a path below the input, a message and a code."""
    argument, _, node, _ = KINDS[kind]
    told = [
        {**user_error(text, argument, *path.split("."), code=code), "extraInfo": None} for path, text, code in errors
    ]
    data = {f"{kind}Create": {node: None, "userErrors": told}}
    return Fact(f"{kind}: {what}", create(kind), {"input": given}, before, data=data, source=source)


def gets(value: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"customerGets": {"value": value, "items": products("<mug>"), **more}}


ONLY = "Only discountOnQuantity permitted with bxgy discounts."
BLANK = ("customerGets.value.discountOnQuantity.quantity", "Quantity cannot be blank.", "BLANK")
HALF = {"discountOnQuantity": {"quantity": "1", "effect": {"percentage": 0.5}}}
SELF = (
    "combinesWith",
    "The combinesWith settings are not valid for the discount class.",
    "INVALID_COMBINES_WITH_FOR_DISCOUNT_CLASS",
)
TITLE = ("title", "Title can't be blank", "BLANK")
CODE, AUTOMATIC = "discountCodeBxgy", "discountAutomaticBxgy"
POST, OWN_POST = "discountCodeFreeShipping", "discountAutomaticFreeShipping"
WHOLE = """title status discountClasses summary usesPerOrderLimit customerBuys { isOneTimePurchase isSubscription
  value { ... on DiscountQuantity { quantity } } items { ... on DiscountProducts { products(first: 1) { nodes { id } } } } }
  customerGets { value { ... on DiscountOnQuantity { quantity { quantity } effect { ... on DiscountPercentage { percentage } } } }
    items { ... on DiscountProducts { products(first: 1) { nodes { id } } } } }"""
KEPT = {
    "title": "Buy three", "status": "ACTIVE", "discountClasses": ["PRODUCT"], "summary": "Buy 3 items, get 1 item at 50% off",
    "usesPerOrderLimit": 2,
    "customerBuys": {"isOneTimePurchase": True, "isSubscription": False, "value": {"quantity": "3"},
                     "items": {"products": {"nodes": [{"id": "<cup>"}]}}},
    "customerGets": {"value": {"quantity": {"quantity": "1"}, "effect": {"percentage": 0.5}},
                     "items": {"products": {"nodes": [{"id": "<mug>"}]}}},
}  # fmt: skip
TEN = Before(create(POST), {"input": free(POST, code="ten")})
MADE = Before(create(CODE), {"input": bxgy(CODE)}, "discount", "discountCodeBxgyCreate.codeDiscountNode.id")
RATIOS = [("0", "must be greater than 0", "GREATER_THAN"), ("100000", "must be less than 100000", "LESS_THAN")]
LEAST = {"minimumRequirement": {"subtotal": {"greaterThanOrEqualToSubtotal": "15.0"}}}

FACTS = [
    made(AUTOMATIC, bxgy(AUTOMATIC, usesPerOrderLimit="2"), WHOLE, KEPT, "all of it is kept", SEEN),
    made(CODE, bxgy(CODE, usesPerOrderLimit=2), WHOLE, KEPT, "all of it is kept"),
    made(CODE, bxgy(CODE, **gets({"discountOnQuantity": {"quantity": "2", "effect": {"percentage": 1}}})), "summary",
         {"summary": "Buy 3 items, get 2 items free"}, "a gift is free"),
    made(CODE, bxgy(CODE, **gets({"discountOnQuantity": {"quantity": "1", "effect": {"amount": "2.5"}}})), "summary",
         {"summary": "Buy 3 items, get 1 item at €2.50 off"}, "an amount off"),
    made(CODE, bxgy(CODE, customerBuys={"value": {"amount": "30.0"}, "items": products("<cup>")}), "summary",
         {"summary": "Spend €30.00, get 1 item at 50% off"}, "bought for an amount"),
    made(CODE, bxgy(CODE), "codesCount { count } codes(first: 1) { nodes { code } }",
         {"codesCount": {"count": 1}, "codes": {"nodes": [{"code": "THREE"}]}}, "its code"),
    refused(CODE, "nothing that it holds for", bxgy(CODE, title="", customerBuys={"value": {"quantity": "1"}, "items": {"all": True}},
            customerGets={"value": HALF, "items": {"all": True}}),
            ("customerGets", "Items in 'customer get' cannot be set to all", "INVALID"), TITLE,
            ("customerBuys.items", "Items in 'customer buys' must be defined", "BLANK")),
    refused(CODE, "a share of everything", bxgy(CODE, **gets({"percentage": 0.5})),
            ("customerGets.value.percentage", ONLY, "INVALID"), BLANK),
    refused(CODE, "an amount off everything", bxgy(CODE, **gets({"discountAmount": {"amount": "5.00", "appliesOnEachItem": False}})),
            ("customerGets.value.discountAmount", ONLY, "INVALID"), BLANK),
    refused(AUTOMATIC, "a share of everything", bxgy(AUTOMATIC, **gets({"percentage": 0.5})),
            ("customerGets.value.percentage", ONLY, "INVALID")),
    refused(CODE, "subscriptions", bxgy(CODE, **gets(HALF, appliesOnSubscription=True)),
            ("customerGets.appliesOnSubscription", "This field is not supported by bxgy discounts.", "INVALID")),
    refused(AUTOMATIC, "purchases once", bxgy(AUTOMATIC, **gets(HALF, appliesOnOneTimePurchase=False)),
            ("customerGets.appliesOnOneTimePurchase", "This field is not supported by automatic bxgy discounts.", "INVALID")),
    *(refused(kind, f"{uses} uses in an order", bxgy(kind, usesPerOrderLimit=uses), ("usesPerOrderLimit", f"Allocation limit {text}", code))
      for kind, uses, text, code in (
          (CODE, 0, "cannot be zero", "VALUE_OUTSIDE_RANGE"), (AUTOMATIC, 0, "cannot be zero", "VALUE_OUTSIDE_RANGE"),
          (CODE, -1, "must be greater than 0", "GREATER_THAN"),
          (AUTOMATIC, 2147483648, "must be less than or equal to 2147483647", "LESS_THAN_OR_EQUAL_TO"))),
    *(refused(kind, f"{units} units to buy", bxgy(kind, customerBuys={"value": {"quantity": units}, "items": products("<cup>")}),
              ("customerBuys.value.quantity", f"Prerequisite to entitlement quantity ratio antecedent {text}", code))
      for kind in (CODE, AUTOMATIC) for units, text, code in RATIOS),
    *(refused(kind, f"{units} units to get", bxgy(kind, **gets({"discountOnQuantity": {**HALF["discountOnQuantity"], "quantity": units}})),
              ("customerGets.value.discountOnQuantity.quantity", f"Prerequisite to entitlement quantity ratio consequent {text}", code))
      for kind in (CODE, AUTOMATIC) for units, text, code in RATIOS),
    Fact("a product that is gone is left out", """query Q($id: ID!) { codeDiscountNode(id: $id) { codeDiscount { ... on DiscountCodeBxgy {
        customerBuys { items { ... on DiscountProducts { products(first: 2) { nodes { id } } } } } } } } }""", {"id": "<discount>"},
         before=(PRODUCTS, MADE, Before("mutation D($id: ID!) { productDelete(input: {id: $id}) { deletedProductId } }", {"id": "<cup>"})),
         data={"codeDiscountNode": {"codeDiscount": {"customerBuys": {"items": {"products": {"nodes": []}}}}}}),
    Fact("a country comes or goes", create(POST), {"input": free(POST, destination={"countries": {"add": ["US"], "remove": ["US"]}})},
         data={"discountCodeFreeShippingCreate": None},
         errors=[{"message": "A country code is present in `add` and `remove` field", "extensions": {"code": "BAD_REQUEST"}}]),
    refused(CODE, "no effect", bxgy(CODE, **gets({"discountOnQuantity": {"quantity": "1"}})),
            ("customerGets.value.discountOnQuantity.effect", "Discount value must be defined.", "BLANK"), source=INFERRED),
    refused(CODE, "more than everything off", bxgy(CODE, **gets({"discountOnQuantity": {"quantity": "1", "effect": {"percentage": 2}}})),
            ("customerGets.value.discountOnQuantity.effect.percentage", "Value must be between 0.0 and 1.0", "VALUE_OUTSIDE_RANGE"),
            source=INFERRED),
    refused(CODE, "a product that does not exist",
            bxgy(CODE, customerBuys={"value": {"quantity": "1"}, "items": products("gid://shopify/Product/1")}),
            ("customerBuys.items.products.productsToAdd", "Product with id: 1 is invalid", "INVALID"), source=INFERRED),
    refused(CODE, "a code that is taken, whatever its case and kind", bxgy(CODE, code="TEN"),
            ("code", "Code must be unique. Please try a different code.", "TAKEN"), before=(PRODUCTS, TEN)),
    made(OWN_POST, free(OWN_POST, appliesOnSubscription=True, maximumShippingPrice="20.0", **LEAST),
         "summary discountClasses maximumShippingPrice { amount } appliesOnOneTimePurchase appliesOnSubscription",
         {"summary": "Free shipping on all products • Minimum purchase of €15.00 • For all countries • Applies to shipping rates under €20.00",
          "discountClasses": ["SHIPPING"], "maximumShippingPrice": {"amount": "20.0"},
          "appliesOnOneTimePurchase": True, "appliesOnSubscription": True}, "all of it is kept", SEEN),
    made(POST, free(POST, destination={"countries": {"add": ["DE", "AT"]}}),
         "destinationSelection { ... on DiscountCountries { countries includeRestOfWorld } }",
         {"destinationSelection": {"countries": ["DE", "AT"], "includeRestOfWorld": False}}, "some countries"),
    made(POST, free(POST), "destinationSelection { ... on DiscountCountryAll { allCountries } }",
         {"destinationSelection": {"allCountries": True}}, "all countries"),
    made(POST, free(POST, appliesOnSubscription=True), "summary", {"summary": "Free shipping on all products • For all countries"},
         "in a few words", SEEN),
    made(POST, free(POST, destination={"countries": {"add": ["US"]}}, appliesOnSubscription=True), "summary",
         {"summary": "Free shipping on all products • For United States"}, "in a few words for one country", SEEN),
    refused(POST, "together with itself", free(POST, title="", combinesWith={"shippingDiscounts": True}), SELF, TITLE),
    refused(OWN_POST, "together with itself", free(OWN_POST, title="", combinesWith={"shippingDiscounts": True}), SELF),
    refused(OWN_POST, "no title", free(OWN_POST, title=""), TITLE),
    Fact(
        "an update leaves what it does not name",
        """mutation U($id: ID!) { discountCodeBxgyUpdate(id: $id, bxgyCodeDiscount: {title: "New"}) { codeDiscountNode {
          codeDiscount { ... on DiscountCodeBxgy { title summary } } } userErrors { field message } } }""",
        {"id": "<discount>"}, (PRODUCTS, MADE),
        data={"discountCodeBxgyUpdate": {"codeDiscountNode": {"codeDiscount": {
            "title": "New", "summary": "Buy 3 items, get 1 item at 50% off"}}, "userErrors": []}},
        source=INFERRED,
    ),
    Fact(
        "a discount of another kind is not updated",
        """mutation U($id: ID!) { discountCodeBasicUpdate(id: $id, basicCodeDiscount: {title: "New"}) { codeDiscountNode { id }
          userErrors { field message } } }""",
        {"id": "<discount>"}, (PRODUCTS, MADE),
        data={"discountCodeBasicUpdate": {"codeDiscountNode": None, "userErrors": [user_error("Discount does not exist", "id")]}},
        source=OURS,
    ),
    Fact(
        "a discount is deactivated and found by its type",
        """query Q { codeDiscountNodes(first: 2, query: "type:bxgy status:expired") { nodes { id } } }""", {},
        (PRODUCTS, MADE, Before("mutation D($id: ID!) { discountCodeDeactivate(id: $id) { userErrors { message } } }", {"id": "<discount>"})),
        data={"codeDiscountNodes": {"nodes": [{"id": "<discount>"}]}},
        source="official schema",
    ),
    Fact(
        "a discount is deleted with its codes",
        """query Q { codeDiscountNodeByCode(code: "three") { id } }""", {},
        (PRODUCTS, MADE, Before("mutation D($id: ID!) { discountCodeDelete(id: $id) { userErrors { message } } }", {"id": "<discount>"})),
        data={"codeDiscountNodeByCode": None},
        source="official schema",
    ),
]  # fmt: skip

test_facts = each(FACTS, ["write_discounts", "write_products"])
