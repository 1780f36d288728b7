"""Discounts on products and orders, by code and automatic: what is kept of them and how it reads.

A node holds the discount itself; ``codeDiscount`` and its like show it as the type of the discount.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.connections import count, root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.shared import exact_count
from atom_shopify_plugin.sandbox.domains.store import own_app
from atom_shopify_plugin.sandbox.refusals import wrong_id
from atom_shopify_plugin.sandbox.registry import Filter, Kind, Read, field_rule, kind, query
from atom_shopify_plugin.sandbox.store import Node, gid_type, number

__all__ = ["BASIC", "EVERYBODY", "codes_of", "discount_at", "status_of"]

BASIC = {"DiscountCodeNode": "DiscountCodeBasic", "DiscountAutomaticNode": "DiscountAutomaticBasic"}
EVERYBODY: Node = {"__typename": "DiscountBuyerSelectionAll", "all": "ALL"}
CURRENCIES = {"EUR": "€", "USD": "$", "CAD": "$", "AUD": "$", "GBP": "£"}


def status_of(ctx: Context, node: Node) -> str:
    """Return ACTIVE, SCHEDULED or EXPIRED, by the time."""
    if node["endsAt"] is not None and node["endsAt"] <= ctx.stamp:
        return "EXPIRED"
    return "SCHEDULED" if node["startsAt"] > ctx.stamp else "ACTIVE"


def _classes(_ctx: Context, node: Node) -> list[str]:
    gets = node["customerGets"]
    whole = gets["items"]["__typename"] == "AllDiscountItems" and not gets["value"].get("appliesOnEachItem")
    return ["ORDER" if whole else "PRODUCT"]


def _method(_ctx: Context, node: Node) -> str:
    return "code" if node["__typename"] == "DiscountCodeNode" else "automatic"


def _value_type(_ctx: Context, node: Node) -> str:
    return "percentage" if node["customerGets"]["value"]["__typename"] == "DiscountPercentage" else "fixed_amount"


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
# Discounts by apps, of the kind "buy X get Y" and for shipping are not modelled: none is of these types.
_TYPES = frozenset({"app", "bogo", "bxgy", "fixed_amount", "free_shipping", "percentage"})
_TAGGED = "combines_with.product_discounts_with_tags_on_same_cart_line"
_FILTERS: dict[str, Filter | str] = {
    "title": "text",
    "status": Filter("enum", status_of, _STATES),
    "type": Filter(
        "enum", lambda ctx, node: ["all", "all_with_app", _value_type(ctx, node)], _TYPES | {"all", "all_with_app"}
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
    "discount_type": Filter("enum", _value_type, _TYPES),
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
    Kind(
        "DiscountCodeNode",
        {**_NODE, **_OF_CODE},
        owner="DISCOUNT",
        filters={**_CODE_FILTERS, "code": Filter("exact", _code_filter)},
        words=("title", "code"),
    )
)
kind(Kind("DiscountAutomaticNode", _NODE, owner="DISCOUNT", filters=_FILTERS, words=("title",)))
kind(
    Kind(
        "DiscountNode",
        {**_NODE, **_OF_CODE},
        filters={
            **_CODE_FILTERS,
            "code": Filter("exact", _code_filter),
            "method": Filter("enum", _method, frozenset({"code", "automatic"})),
            "discount_class": Filter("enum", _classes, frozenset({"order", "product", "shipping"})),
            "context": Filter("enum", _context, frozenset({"all", "customer", "segment", "market"})),
            "customer_ids": Filter("id", _eligible("customers")),
            "segment_ids": Filter("id", _eligible("segments")),
            "market_ids": Filter("id", lambda _ctx, _node: []),  # there are no markets
        },
        words=("title", "code"),
        members=("DiscountCodeNode", "DiscountAutomaticNode"),
    )
)
kind(Kind("DiscountCodeBasic", {**_NODE, **_OF_CODE, "totalSales": Decimal(0), "hasTimelineComment": False}))
kind(Kind("DiscountAutomaticBasic", _NODE))
kind(
    Kind(
        "DiscountRedeemCode",
        {"asyncUsageCount": 0, "createdAt": None},
        fields="code",
        indexed=("code", "discount"),
        filters={"code": "exact", "times_used": "number asyncUsageCount"},
        words=("code",),
    )
)
kind(Kind("DiscountCombinesWith", fields="productDiscountsWithTagsOnSameCartLine"))


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
    if gid_type(args["id"]) not in (*BASIC, "DiscountNode"):
        raise wrong_id(args["id"], mutation=False)
    nodes = (ctx.store.get(f"gid://shopify/{name}/{number}") for name in BASIC)
    return ctx.store.get(args["id"]) or next((node for node in nodes if node is not None), None)


@query("discountCodesCount")
def codes_count(ctx: Context, args: dict[str, Any]) -> Node:
    return count(ctx, "DiscountRedeemCode", args)


@field_rule("DiscountCodeNode.codeDiscount", "DiscountAutomaticNode.automaticDiscount", "DiscountNode.discount")
def the_discount(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    return {**node, "__typename": BASIC[node["__typename"]]}


@field_rule("DiscountCodeBasic.status", "DiscountAutomaticBasic.status")
def discount_status(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return status_of(ctx, node)


@field_rule("DiscountCodeBasic.discountClasses", "DiscountAutomaticBasic.discountClasses")
def discount_classes(ctx: Context, node: Node, _args: dict[str, Any]) -> list[str]:
    return _classes(ctx, node)


@field_rule("DiscountCodeBasic.discountClass", "DiscountAutomaticBasic.discountClass")
def discount_class(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    return _classes(ctx, node)[0]


@field_rule("DiscountAutomaticBasic.usageCount")
def usage_count(_ctx: Context, node: Node, _args: dict[str, Any]) -> int:
    return int(node.get("asyncUsageCount", 0))


@field_rule("DiscountCodeBasic.codes")
def discount_codes(ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    return root_page(ctx, "DiscountRedeemCode", args, lambda code: code["discount"] == node["id"])


@field_rule("DiscountCodeBasic.codesCount")
def discount_codes_count(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    return exact_count(len(codes_of(ctx, node)))


@field_rule("DiscountRedeemCode.createdBy")
def code_created_by(ctx: Context, _node: Node, _args: dict[str, Any]) -> Node:
    return own_app(ctx)


@field_rule("DiscountCodeBasic.customerSelection")
def customer_selection(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    context: Node = node.get("context") or EVERYBODY
    if context["__typename"] == "DiscountBuyerSelectionAll":
        return {"__typename": "DiscountCustomerAll", "allCustomers": True}
    return context


@field_rule("AllDiscountItems.allItems")
def all_items(_ctx: Context, _node: Node, _args: dict[str, Any]) -> bool:
    return True


@field_rule("DiscountCodeBasic.summary", "DiscountAutomaticBasic.summary")
def summary(ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    """Return what the discount is, in the words of the admin."""
    parts = [f"{_worth(ctx, node)} off {_target(ctx, node)}"]
    least = node.get("minimumRequirement") or {}
    if "greaterThanOrEqualToSubtotal" in least:
        parts.append(f"Minimum purchase of {_amount(ctx, least['greaterThanOrEqualToSubtotal'])}")
    elif least:
        parts.append(f"Minimum quantity of {least['greaterThanOrEqualToQuantity']}")
    if node.get("appliesOncePerCustomer"):
        parts.append("One use per customer")
    return " • ".join(parts)


def _worth(ctx: Context, node: Node) -> str:
    value = node["customerGets"]["value"]
    if value["__typename"] == "DiscountPercentage":
        return f"{Decimal(str(value['percentage'])) * 100:.2f}".rstrip("0").rstrip(".") + "%"
    return _amount(ctx, value["amount"])


def _amount(ctx: Context, amount: Decimal) -> str:
    return f"{CURRENCIES.get(ctx.store.currency, '')}{amount:,.2f}"


def _target(ctx: Context, node: Node) -> str:
    gets = node["customerGets"]
    items = gets["items"]
    if items["__typename"] != "AllDiscountItems":
        ids = [gid for part in ("collections", "products", "productVariants") for gid in items.get(part, ())]
        first = ctx.store.get(ids[0]) if ids else None
        what = "collections" if items.get("collections") else "products"
        return str(first["title"]) if len(ids) == 1 and first else f"{len(ids)} {what}"
    if (
        node["__typename"] == "DiscountAutomaticBasic"
        or gets["appliesOnOneTimePurchase"] is gets["appliesOnSubscription"]
    ):
        return "entire order"
    return "one-time purchase products" if gets["appliesOnOneTimePurchase"] else "subscription products"
