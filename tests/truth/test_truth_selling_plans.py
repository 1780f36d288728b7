"""What Shopify answers about groups of selling plans."""

from __future__ import annotations

from typing import Any

from facts import Before, Fact, each, user_error

ERRORS = "userErrors { field message code }"
PLANS = "sellingPlans(first: 3) { nodes { name pricingPolicies { __typename } } }"
CREATE = f"mutation M($input: SellingPlanGroupInput!, $resources: SellingPlanGroupResourceInput) {{ sellingPlanGroupCreate(input: $input, resources: $resources) {{ sellingPlanGroup {{ id summary }} {ERRORS} }} }}"
UPDATE = f"mutation M($id: ID!, $input: SellingPlanGroupInput!) {{ sellingPlanGroupUpdate(id: $id, input: $input) {{ deletedSellingPlanIds sellingPlanGroup {{ {PLANS} }} {ERRORS} }} }}"
ADD = f"mutation M($id: ID!, $ids: [ID!]!) {{ sellingPlanGroupAddProducts(id: $id, productIds: $ids) {{ sellingPlanGroup {{ productsCount {{ count }} }} {ERRORS} }} }}"
REMOVE = f"mutation M($id: ID!, $ids: [ID!]!) {{ sellingPlanGroupRemoveProducts(id: $id, productIds: $ids) {{ removedProductIds {ERRORS} }} }}"
DELETE = f"mutation M($id: ID!) {{ sellingPlanGroupDelete(id: $id) {{ deletedSellingPlanGroupId {ERRORS} }} }}"
MONTHLY = {"recurring": {"interval": "MONTH", "intervalCount": 1}}
FREQUENCY = {"billingPolicy": MONTHLY, "deliveryPolicy": MONTHLY}
NOTHING = "gid://shopify/SellingPlanGroup/1"
NO_PRODUCT = "gid://shopify/Product/1"


def share(percentage: float) -> dict[str, Any]:
    return {"fixed": {"adjustmentType": "PERCENTAGE", "adjustmentValue": {"percentage": percentage}}}


def off(amount: str) -> dict[str, Any]:
    return {"fixed": {"adjustmentType": "FIXED_AMOUNT", "adjustmentValue": {"fixedValue": amount}}}


def later(percentage: float, cycle: int) -> dict[str, Any]:
    value = {"percentage": percentage}
    return {"recurring": {"adjustmentType": "PERCENTAGE", "adjustmentValue": value, "afterCycle": cycle}}


def plan(name: str = "Monthly", **more: Any) -> dict[str, Any]:
    return {"name": name, "options": [name], "category": "SUBSCRIPTION", **FREQUENCY, **more}


def group(*plans: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "Subscribe", "options": ["Frequency"], "sellingPlansToCreate": list(plans), **more}


MADE = Before(
    CREATE, {"input": group(plan(pricingPolicies=[share(10)]))}, "group", "sellingPlanGroupCreate.sellingPlanGroup.id"
)
PLAN = Before(
    "query Q($id: ID!) { sellingPlanGroup(id: $id) { sellingPlans(first: 1) { nodes { id } } } }",
    {"id": "<group>"},
    "plan",
    "sellingPlanGroup.sellingPlans.nodes.0.id",
)
MUG = Before(
    "query Q { products(first: 1) { nodes { id variants(first: 1) { nodes { id } } } } }",
    {},
    "product",
    "products.nodes.0.id",
)
VARIANT = Before(MUG.document, {}, "variant", "products.nodes.0.variants.nodes.0.id")
OFFERED = Before(ADD, {"id": "<group>", "ids": ["<product>"]})


def summed(shown: str, *plans: dict[str, Any]) -> Fact:
    answer = {"sellingPlanGroup": {"summary": shown}, "userErrors": []}
    return Fact(
        f"a group says: {shown}",
        CREATE.replace("id summary", "summary"),
        {"input": group(*plans)},
        data={"sellingPlanGroupCreate": answer},
    )


def refused(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    answer = {"sellingPlanGroup": None, "userErrors": [user_error(message, "input", *path, code=code)]}
    return Fact(what, CREATE, {"input": given}, data={"sellingPlanGroupCreate": answer}, cost=10)


def unfit(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    return refused(what, group(plan(**given)), message, "sellingPlansToCreate", "0", *path, code=code)


def not_changed(what: str, given: dict[str, Any], message: str, *path: str, code: str) -> Fact:
    errors = [user_error(message, "input", *path, code=code)]
    answer = {"deletedSellingPlanIds": None, "sellingPlanGroup": None, "userErrors": errors}
    return Fact(
        what,
        UPDATE,
        {"id": "<group>", "input": given},
        before=[MADE, PLAN],
        data={"sellingPlanGroupUpdate": answer},
        actual=10,
    )


def recurring(**more: Any) -> dict[str, Any]:
    return {"recurring": {"interval": "MONTH", "intervalCount": 1, **more}}


def found(query: str, *names: str, source: str = "seen on a live store") -> Fact:
    return Fact(
        f"groups are found by {query}",
        "query Q($query: String) { sellingPlanGroups(first: 5, query: $query) { nodes { name } } }",
        {"query": query},
        before=[MADE, Before(CREATE, {"input": group(plan(), name="Plain")})],
        data={"sellingPlanGroups": {"nodes": [{"name": name} for name in names]}},
        source=source,
    )


FACTS = [
    summed("1 delivery frequency, 10% discount", plan(pricingPolicies=[share(10)])),
    summed("1 delivery frequency,  discount", plan()),
    summed("2 delivery frequencies, 5-10% discount", plan("A", pricingPolicies=[share(10), later(10, 1)]),
           plan("B", pricingPolicies=[share(10), later(5, 2)])),
    summed("4 delivery frequencies, 10-20%·€5-€8 discount", plan("A", pricingPolicies=[share(10)]),
           plan("B", pricingPolicies=[share(20)]), plan("C", pricingPolicies=[off("5.0")]),
           plan("D", pricingPolicies=[off("7.5")])),
    refused("a name is needed", group(plan(), name="  "), "Name can't be blank", "name", code="BLANK"),
    refused("a group has a plan", group(), "Selling plan groups must have at least 1 selling plan.",
            code="SELLING_PLAN_COUNT_LOWER_BOUND"),
    refused("a group has up to 31 plans", group(*(plan(str(at)) for at in range(32))),
            "Selling plan groups can't have more than 31 selling plans.", code="SELLING_PLAN_COUNT_UPPER_BOUND"),
    refused("a group has up to three options", group(plan(), options=["a", "b", "c", "d"]),
            "Too many selling plan group options (maximum 3 options)", "options", code="TOO_LONG"),
    unfit("a plan has up to three options", {"options": ["a", "b", "c", "d"]},
          "Too many selling plan options (maximum 3 options)", "options", code="TOO_LONG"),
    unfit("a plan needs a billing policy", {"billingPolicy": None},
          "Selling plans to create billing policy must be present.", "billingPolicy",
          code="SELLING_PLAN_BILLING_POLICY_MISSING"),
    unfit("a plan needs a delivery policy", {"deliveryPolicy": None},
          "Selling plans to create delivery policy must be present.", "deliveryPolicy",
          code="SELLING_PLAN_DELIVERY_POLICY_MISSING"),
    unfit("a plan has up to two pricing policies", {"pricingPolicies": [share(10), later(5, 2), later(5, 3)]},
          "Selling plans to create pricing policies can't have more than 2 pricing policies", "pricingPolicies",
          code="SELLING_PLAN_PRICING_POLICIES_LIMIT"),
    unfit("one pricing policy is fixed", {"pricingPolicies": [later(5, 2)]},
          "Selling plans to create pricing policies must contain one fixed pricing policy", "pricingPolicies",
          code="SELLING_PLAN_PRICING_POLICIES_MUST_CONTAIN_A_FIXED_PRICING_POLICY"),
    unfit("billing and delivery go together", {"deliveryPolicy": {"fixed": {"fulfillmentTrigger": "ASAP"}}},
          "billing and delivery policy types must be the same.",
          code="BILLING_AND_DELIVERY_POLICY_TYPES_MUST_BE_THE_SAME"),
    unfit("an interval is counted from one", {"billingPolicy": recurring(intervalCount=0)},
          "Interval count must be greater than 0", "billingPolicy", "recurring", "intervalCount", code="GREATER_THAN"),
    unfit("cycles are counted from one", {"billingPolicy": recurring(minCycles=0)},
          "Min cycles must be within the range of 1 to 2,147,483,647", "billingPolicy", "recurring", "minCycles",
          code="INVALID"),
    unfit("the most cycles are one or more", {"billingPolicy": recurring(maxCycles=0)},
          "Max cycles must be within the range of 1 to 2,147,483,647", "billingPolicy", "recurring", "maxCycles",
          code="INVALID"),
    unfit("a cutoff is no less than zero", {"deliveryPolicy": recurring(cutoff=-1)},
          "Cutoff must be within the range of 0 to 2,147,483,647", "deliveryPolicy", "recurring", "cutoff",
          code="INVALID"),
    unfit("anchors are the same for both",
          {"billingPolicy": recurring(anchors=[{"type": "MONTHDAY", "day": 1}]),
           "deliveryPolicy": recurring(anchors=[{"type": "MONTHDAY", "day": 2}])},
          "Billing and delivery policy anchors must be the same",
          code="SELLING_PLAN_BILLING_AND_DELIVERY_POLICY_ANCHORS_MUST_BE_EQUAL"),
    not_changed("a change of a plan names the plan", {"sellingPlansToUpdate": [{"name": "No id"}]},
                "Id must be specificed to update a Selling Plan.", "sellingPlansToUpdate", "0", "id",
                code="PLAN_ID_MUST_BE_SPECIFIED_TO_UPDATE"),
    not_changed("recurring delivery stays recurring",
                {"sellingPlansToUpdate": [{"id": "<plan>", "deliveryPolicy": {"fixed": {"fulfillmentTrigger": "ASAP"}}}]},
                "Only one of fixed or recurring delivery policy is allowed", "sellingPlansToUpdate", "0",
                code="ONLY_ONE_OF_FIXED_OR_RECURRING_DELIVERY"),
    not_changed("the last plan stays", {"sellingPlansToDelete": ["<plan>"]},
                "Selling plans to delete can't result in a selling plan group with no selling plan.",
                "sellingPlansToDelete", code="SELLING_PLAN_COUNT_LOWER_BOUND"),
    Fact("the last plan goes where another one comes", UPDATE,
         {"id": "<group>", "input": {"sellingPlansToDelete": ["<plan>"], "sellingPlansToCreate": [plan("Weekly")]}},
         before=[MADE, PLAN],
         data={"sellingPlanGroupUpdate": {
             "deletedSellingPlanIds": ["<plan>"], "userErrors": [],
             "sellingPlanGroup": {"sellingPlans": {"nodes": [{"name": "Weekly", "pricingPolicies": []}]}},
         }}),
    Fact("an update without pricing policies removes those of the plan", UPDATE,
         {"id": "<group>", "input": {"sellingPlansToUpdate": [{"id": "<plan>", "name": "Renamed"}]}},
         before=[MADE, PLAN],
         data={"sellingPlanGroupUpdate": {
             "deletedSellingPlanIds": [], "userErrors": [],
             "sellingPlanGroup": {"sellingPlans": {"nodes": [{"name": "Renamed", "pricingPolicies": []}]}},
         }}),
    Fact("an update of no group", UPDATE, {"id": NOTHING, "input": {}},
         data={"sellingPlanGroupUpdate": {"deletedSellingPlanIds": None, "sellingPlanGroup": None, "userErrors": [
             user_error("Selling plan group does not exist.", "id", code="GROUP_DOES_NOT_EXIST")]}}, actual=10),
    Fact("a deletion of no group", DELETE, {"id": NOTHING},
         data={"sellingPlanGroupDelete": {"deletedSellingPlanGroupId": None, "userErrors": [
             user_error("Selling plan group does not exist.", "id", code="GROUP_DOES_NOT_EXIST")]}}, cost=10),
    Fact("a group is deleted", DELETE, {"id": "<group>"}, before=[MADE],
         data={"sellingPlanGroupDelete": {"deletedSellingPlanGroupId": "<group>", "userErrors": []}}, cost=10),
    # products
    Fact("a product is offered once", ADD, {"id": "<group>", "ids": ["<product>"]}, before=[MADE, MUG, OFFERED],
         data={"sellingPlanGroupAddProducts": {"sellingPlanGroup": None, "userErrors": [
             user_error("Resource has already been taken", "productIds", code="TAKEN")]}}, actual=10),
    Fact("no product is not offered", ADD, {"id": "<group>", "ids": [NO_PRODUCT]}, before=[MADE],
         data={"sellingPlanGroupAddProducts": {"sellingPlanGroup": None, "userErrors": [
             user_error(f"Product {NO_PRODUCT} does not exist.", "productIds", code="NOT_FOUND")]}}, actual=10),
    Fact("what is not offered is passed over where it is taken out", REMOVE, {"id": "<group>", "ids": [NO_PRODUCT]},
         before=[MADE], data={"sellingPlanGroupRemoveProducts": {"removedProductIds": [], "userErrors": []}}, cost=10),
    Fact("a variant lists the groups of its product and counts its own",
         "query Q($id: ID!) { productVariant(id: $id) { sellingPlanGroupsCount { count } sellingPlanGroups(first: 2) "
         "{ nodes { name } } } }",
         {"id": "<variant>"}, before=[MADE, MUG, VARIANT, OFFERED],
         data={"productVariant": {"sellingPlanGroupsCount": {"count": 0},
                                  "sellingPlanGroups": {"nodes": [{"name": "Subscribe"}]}}}),
    Fact("a product lists the groups of its variants when it left",
         f"mutation M($variant: ID!, $product: ID!, $ids: [ID!]!) {{ productVariantJoinSellingPlanGroups(id: $variant, sellingPlanGroupIds: $ids) {{ {ERRORS} }} productLeaveSellingPlanGroups(id: $product, sellingPlanGroupIds: $ids) {{ product {{ sellingPlanGroupsCount {{ count }} sellingPlanGroups(first: 2) {{ nodes {{ name }} }} }} {ERRORS} }} }}",
         {"variant": "<variant>", "product": "<product>", "ids": ["<group>"]}, before=[MADE, MUG, VARIANT, OFFERED],
         data={"productVariantJoinSellingPlanGroups": {"userErrors": []}, "productLeaveSellingPlanGroups": {
             "product": {"sellingPlanGroupsCount": {"count": 0}, "sellingPlanGroups": {"nodes": [{"name": "Subscribe"}]}},
             "userErrors": []}}),
    found("percentage_off:10", "Subscribe"),
    found("delivery_frequency:MONTH", "Subscribe", "Plain"),
    found("category:PRE_ORDER"),
    found("app_id:CURRENT", "Subscribe", "Plain", source="official schema"),
    found("app_id:7", source="official schema"),
    found("name:plain", "Plain"),
]  # fmt: skip


test_facts = each(FACTS, ["write_products", "write_purchase_options"])
