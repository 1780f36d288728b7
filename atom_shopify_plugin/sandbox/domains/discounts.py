"""Discounts on products, orders and shipping, by code and automatic: what is kept of them.

A node holds the discount itself; ``codeDiscount`` and its like show it as the type of the discount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.connections import count
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.store import own_app
from atom_shopify_plugin.sandbox.refusals import wrong_id
from atom_shopify_plugin.sandbox.registry import Filter, Read, derived, kind, query
from atom_shopify_plugin.sandbox.store import Node, gid_type, number

__all__ = ["BY_CODE", "EVERYBODY", "FORMS", "METHODS", "classes_of", "codes_of", "discount_at", "status_of"]

METHODS = {"DiscountCodeNode": "DiscountCode", "DiscountAutomaticNode": "DiscountAutomatic"}
FORMS = ("Basic", "Bxgy", "FreeShipping")
BY_CODE = "|".join(f"DiscountCode{form}" for form in FORMS)
EVERYBODY: Node = {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
CURRENCIES = {"EUR": "€", "USD": "$", "CAD": "$", "AUD": "$", "GBP": "£"}


def status_of(ctx: Context, node: Node) -> str:
    """Return ACTIVE, SCHEDULED or EXPIRED, by the time."""
    if node["endsAt"] is not None and node["endsAt"] <= ctx.stamp:
        return "EXPIRED"
    return "SCHEDULED" if node["startsAt"] > ctx.stamp else "ACTIVE"


def classes_of(_ctx: Context, node: Node) -> list[str]:
    """Return the classes of a discount, each a DiscountClass: what it takes something off."""
    form, gets = node.get("form", "Basic"), node.get("customerGets")
    if form != "Basic" or gets is None:
        return ["PRODUCT" if form == "Bxgy" else "SHIPPING"]
    whole = gets["items"]["__typename"] == "AllDiscountItems" and not gets["value"].get("appliesOnEachItem")
    return ["ORDER" if whole else "PRODUCT"]


def _method(_ctx: Context, node: Node) -> str:
    return "code" if node["__typename"] == "DiscountCodeNode" else "automatic"


def _types_of(_ctx: Context, node: Node) -> list[str]:
    """Return how searches call the type of a discount."""
    form = node.get("form", "Basic")
    if form != "Basic":
        return ["bxgy", "bogo"] if form == "Bxgy" else ["free_shipping"]
    share = node["customerGets"]["value"]["__typename"] == "DiscountPercentage"
    return ["percentage" if share else "fixed_amount"]


_COMBINED = {
    "orderDiscounts": "order_discounts",
    "productDiscounts": "product_discounts",
    "shippingDiscounts": "shipping_discounts",
}
_CONTEXTS = {"DiscountBuyerSelectionAll": "all", "DiscountCustomers": "customer", "DiscountCustomerSegments": "segment"}


def _combined(ctx: Context, node: Node) -> list[str]:
    return [name for member, name in _COMBINED.items() if ctx.value(node, "combinesWith").get(member)]


def _context(_ctx: Context, node: Node) -> str | None:
    return _CONTEXTS.get((node.get("context") or EVERYBODY)["__typename"])


def _eligible(member: str) -> Read:
    return lambda _, node: [number(gid) for gid in (node.get("context") or EVERYBODY).get(member) or ()]


_STATES = frozenset({"active", "expired", "scheduled"})
# Discounts by apps are not modelled: none is of this type.
_TYPES = frozenset({"app", "bogo", "bxgy", "fixed_amount", "free_shipping", "percentage"})
_TAGGED = "combines_with.product_discounts_with_tags_on_same_cart_line"
_FILTERS: dict[str, Filter | str] = {
    "title": "text",
    "status": Filter("enum", status_of, _STATES),
    "type": Filter(
        "enum", lambda ctx, node: ["all", "all_with_app", *_types_of(ctx, node)], _TYPES | {"all", "all_with_app"}
    ),
    "tag": "exact tags",
    _TAGGED: Filter(
        "exact", lambda ctx, node: ctx.value(node, "combinesWith").get("productDiscountsWithTagsOnSameCartLine")
    ),
}
_CODE_FILTERS: dict[str, Filter | str] = {
    **_FILTERS,
    "starts_at": "date",
    "ends_at": "date",
    "created_at": "date",
    "updated_at": "date",
    "times_used": "number asyncUsageCount",
    "discount_type": Filter("enum", _types_of, _TYPES),
    "combines_with": Filter("enum", _combined, frozenset(_COMBINED.values())),
}
_NODE: dict[str, Any] = {
    "asyncUsageCount": 0,
    "context": EVERYBODY,
    "combinesWith": {
        "orderDiscounts": False,
        "productDiscounts": False,
        "shippingDiscounts": False,
        "productDiscountsWithTagsOnSameCartLine": None,
    },
    "endsAt": None,
    "minimumRequirement": None,
    "recurringCycleLimit": 1,
    "tags": [],
    **dict.fromkeys(("createdAt", "updatedAt", "startsAt", "title", "customerGets")),
}
_OF_CODE = {"appliesOncePerCustomer": False, "usageLimit": None}


def _code_filter(ctx: Context, node: Node) -> list[str]:
    return [code["code"] for code in codes_of(ctx, node)]


kind(
    "DiscountCodeNode",
    {**_NODE, **_OF_CODE},
    owner="DISCOUNT",
    filters={**_CODE_FILTERS, "code": Filter("exact", _code_filter)},
    words=("title", "code"),
)
kind("DiscountAutomaticNode", _NODE, owner="DISCOUNT", filters=_FILTERS, words=("title",))
kind(
    "DiscountNode",
    {**_NODE, **_OF_CODE},
    filters={
        **_CODE_FILTERS,
        "code": Filter("exact", _code_filter),
        "method": Filter("enum", _method, frozenset({"code", "automatic"})),
        "discount_class": Filter("enum", classes_of, frozenset({"order", "product", "shipping"})),
        "context": Filter("enum", _context, frozenset({"all", "customer", "segment", "market"})),
        "customer_ids": Filter("id", _eligible("customers")),
        "segment_ids": Filter("id", _eligible("segments")),
        "market_ids": Filter("id", lambda _ctx, _node: []),  # there are no markets
    },
    words=("title", "code"),
    members=("DiscountCodeNode", "DiscountAutomaticNode"),
)
_MONEY: dict[str, Any] = {"totalSales": Decimal(0), "hasTimelineComment": False}
_BXGY = {"usesPerOrderLimit": None, "customerBuys": None}
_SHIPPING = {"destinationSelection": None, "maximumShippingPrice": None, **_MONEY}
_SHIPPING |= {"appliesOnOneTimePurchase": True, "appliesOnSubscription": False}
for _form, _own in zip(FORMS, ({}, _BXGY, _SHIPPING), strict=True):
    kind(f"DiscountCode{_form}", {**_NODE, **_OF_CODE, **_MONEY, **_own})
    kind(f"DiscountAutomatic{_form}", {**_NODE, **_own})
kind(
    "DiscountRedeemCode",
    {"asyncUsageCount": 0, "createdAt": None},
    fields="code",
    indexed=("code", "discount"),
    listed={f"DiscountCode{form}.codes": "discount" for form in FORMS},
    filters={"code": "exact", "times_used": "number asyncUsageCount"},
    words=("code",),
)
kind("DiscountCombinesWith", fields="productDiscountsWithTagsOnSameCartLine")


def codes_of(ctx: Context, node: Node) -> list[Node]:
    return ctx.store.find("DiscountRedeemCode", "discount", node["id"])


def discount_at(ctx: Context, code: str) -> Node | None:
    """Return the discount that a code redeems, whatever its case."""
    found = next(iter(ctx.store.find("DiscountRedeemCode", "code", code)), None)
    return ctx.store.get(found["discount"]) if found else None


@query("codeDiscountNodeByCode")
def by_code(ctx: Context, args: dict[str, Any]) -> Node | None:
    return discount_at(ctx, args["code"])


@query("discountNode")
def discount_node(ctx: Context, args: dict[str, Any]) -> Node | None:
    """Return a discount by its id of either kind, or of both in common."""
    number = args["id"].rpartition("/")[2]
    if gid_type(args["id"]) not in (*METHODS, "DiscountNode"):
        raise wrong_id(args["id"], mutation=False)
    nodes = (ctx.store.get(f"gid://shopify/{name}/{number}") for name in METHODS)
    return ctx.store.get(args["id"]) or next((node for node in nodes if node is not None), None)


@query("discountCodesCount")
def codes_count(ctx: Context, args: dict[str, Any]) -> Node:
    return count(ctx, "DiscountRedeemCode", args)


def _buyers(_ctx: Context, node: Node) -> Node:
    context: Node = node.get("context") or EVERYBODY
    if context["__typename"] == "DiscountBuyerSelectionAll":
        return {"__typename": "DiscountCustomerAll", "allCustomers": True}
    return context


def _present(member: str) -> Read:
    """Return what is still there of those that a discount names: a deleted one is left out."""
    return lambda ctx, node: [gid for gid in node[member] if ctx.store.get(gid) is not None]


_ALL = "|".join(f"{method}{form}" for method in METHODS.values() for form in FORMS)
derived(
    {
        "DiscountCodeNode.codeDiscount DiscountAutomaticNode.automaticDiscount DiscountNode.discount": lambda _, node: {
            **node,
            "__typename": METHODS[node["__typename"]] + node.get("form", "Basic"),
        },
        f"{_ALL}.status": status_of,
        f"{_ALL}.discountClasses": classes_of,
        f"{_ALL}.discountClass": lambda ctx, node: classes_of(ctx, node)[0],
        "DiscountAutomaticBasic|DiscountAutomaticBxgy.usageCount": "asyncUsageCount",
        "DiscountRedeemCode.createdBy": lambda ctx, _node: own_app(ctx),
        "AllDiscountItems.allItems DiscountCountryAll.allCountries": lambda _ctx, _node: True,
        f"{BY_CODE}.customerSelection": _buyers,
        "DiscountProducts.products": _present("products"),
        "DiscountProducts.productVariants": _present("productVariants"),
        "DiscountCollections.collections": _present("collections"),
        "DiscountCustomers.customers": _present("customers"),
        "DiscountCustomerSegments.segments": _present("segments"),
    }
)
