"""What departs from the general rules of the costs, as tables of names; `cost` says what the rules are.

Names of the whole official schema stand here, served or not. Figures come from costs observed on live stores, those of
`ENTRIES` in part from the descriptions of the input types ("Complexity cost: 0.2 per variant").
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["COUNT_COST", "EMPTY_PAGES", "ENTRIES", "FIELDS", "MUTATIONS", "MUTATION_COST", "ROWS", "TYPES"]

# A mutation costs 10. These cost something else, whatever is in their input.
MUTATION_COST = 10
MUTATIONS: Mapping[str, int] = {
    "deliveryProfileUpdate": 100,
    "fileCreate": 20,
    "flowTriggerReceive": 1,
    "fulfillmentTrackingInfoUpdate": 50,
    "fulfillmentTrackingInfoUpdateV2": 50,
    "orderCapture": 20,
    "productCreateMedia": 20,
    "refundCreate": 20,
}

# An object costs 1. Objects of these types are free, what is selected on them is not; one is dear.
TYPES: Mapping[str, int] = dict.fromkeys(
    (
        "ApiVersion",
        "CollectionRule",
        "CollectionRuleSet",
        "CustomerEmailMarketingConsentState",
        "CustomerSmsMarketingConsentState",
        "FulfillmentOriginAddress",
        "InventoryItemMeasurement",
        "LocationAddress",
        "MailingAddress",
        "MoneyBag",
        "MoneyV2",
        "PageInfo",
        "ShopAddress",
        "WebhookSubscriptionEndpoint",
        "Weight",
    ),
    0,
) | {"StoreCreditAccount": 6}

# A scalar is free, and a count below the root costs 1. These fields cost something else.
COUNT_COST = 10
FIELDS: Mapping[tuple[str, str], int] = {
    ("Blog", "articlesCount"): COUNT_COST,
    **{(kind, f"{use}Address"): 1 for kind in ("DraftOrder", "Order") for use in ("billing", "shipping")},
    ("DeliveryProfile", "productVariantsCount"): COUNT_COST,
    ("Fulfillment", "service"): 2,
    ("Location", "hasUnfulfilledOrders"): 1,
}

# A row of a connection costs 1 and what is selected on it. A row of these connections costs so much more.
ROWS: Mapping[str, int] = {"StoreCreditAccountConnection": 5}

# An empty page costs as many points as rows without anything in them would; that of these fields costs nothing.
EMPTY_PAGES = frozenset({"productSavedSearches", "sellingPlanGroups"})

# What an entry of an input adds to its mutation, in tenths of a point. A key is an argument of a mutation or a member
# of an input type; an input type within a priced one is looked up by its own name.
ENTRIES: Mapping[tuple[str, str], int] = {
    ("productCreate", "media"): 19,
    ("productVariantsBulkCreate", "variants"): 2,
    ("productVariantsBulkUpdate", "variants"): 2,
    ("ProductCreateInput", "metafields"): 4,
    ("ProductVariantsBulkInput", "metafields"): 4,
    **{
        (f"{kind}SetInput", member): tenths
        for kind in ("Product", "GiftCardProduct")
        for member, tenths in {"variants": 2, "metafields": 4, "files": 19}.items()
    },
    **{
        (f"{kind}VariantSetInput", member): tenths
        for kind in ("Product", "GiftCardProduct")
        for member, tenths in {"metafields": 4, "file": 6}.items()
    },
}
