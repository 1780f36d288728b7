"""Orders as they are read, and the mutations that change one in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.connections import Page, root_page
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.customer_writes import clean_email, clean_phone
from atom_shopify_plugin.sandbox.domains.metadata import set_metafields
from atom_shopify_plugin.sandbox.domains.shared import address, clean_tags, exact_count
from atom_shopify_plugin.sandbox.refusals import Refused, not_modelled
from atom_shopify_plugin.sandbox.registry import Filter, Kind, by_index, field_rule, kind, mutation, query
from atom_shopify_plugin.sandbox.store import Node, number, stamp

__all__ = ["add_transaction", "received", "refunded", "search_orders", "settle"]

# read_orders covers this window; older orders need read_all_orders beside it.
WINDOW = timedelta(days=60)
FINANCIAL = frozenset({
    "authorized", "expired", "paid", "partially_paid", "partially_refunded", "pending", "refunded", "unpaid", "voided",
})  # fmt: skip
FULFILLMENT = frozenset({
    "fulfilled", "in_progress", "on_hold", "partial", "request_declined", "scheduled", "shipped", "unfulfilled",
    "unshipped",
})  # fmt: skip
# Names of the search syntax that differ from the enum's.
SEARCH_NAMES = {
    "PARTIALLY_FULFILLED": ["partial"],
    "FULFILLED": ["fulfilled", "shipped"],
    "UNFULFILLED": ["unfulfilled", "unshipped"],
}


def _visible(ctx: Context, order: Node) -> bool:
    return "read_all_orders" in ctx.scopes or order["createdAt"] >= stamp(ctx.now - WINDOW)


def _lines(ctx: Context, order: Node) -> list[Node]:
    nodes = ctx.store.all("LineItem")
    return [nodes[gid] for gid in order["lineItems"]]


def _transactions(ctx: Context, order: Node) -> list[Node]:
    nodes = ctx.store.all("OrderTransaction")
    return [nodes[gid] for gid in order["transactions"]]


def _status(_ctx: Context, order: Node) -> str:
    if order.get("cancelledAt"):
        return "cancelled"
    return "closed" if order.get("closedAt") else "open"


def _financial(_ctx: Context, order: Node) -> list[str]:
    name = order["displayFinancialStatus"]
    return [name, "UNPAID"] if name in ("PENDING", "AUTHORIZED", "PARTIALLY_PAID") else [name]


def _customer_name(ctx: Context, order: Node) -> str:
    customer = ctx.store.get(order.get("customer"))
    return " ".join(filter(None, (customer.get("lastName"), customer.get("firstName")))) if customer else ""


kind(
    Kind(
        "Order",
        {
            "createdAt": None,
            "updatedAt": None,
            "processedAt": None,
            "closedAt": None,
            "cancelledAt": None,
            "cancelReason": None,
            "cancellation": None,
            "name": "",
            "number": 0,
            "email": None,
            "phone": None,
            "note": None,
            "poNumber": None,
            "tags": [],
            "customAttributes": [],
            "customer": None,
            "billingAddress": None,
            "shippingAddress": None,
            "shippingLines": [],
            "taxLines": [],
            "discountCode": None,
            "discountCodes": [],
            "fulfillments": [],
            "refunds": [],
            "returns": [],
            "displayFinancialStatus": "PENDING",
            "displayFulfillmentStatus": "UNFULFILLED",
            "returnStatus": "NO_RETURN",
            "confirmed": True,
            "confirmationNumber": None,
            "test": False,
            "edited": False,
            "taxesIncluded": False,
            "taxExempt": False,
            "estimatedTaxes": False,
            "dutiesIncluded": False,
            "customerAcceptsMarketing": False,
            "customerLocale": "en",
            "sourceName": "web",
            "sourceIdentifier": None,
            "clientIp": None,
            "merchantEditable": True,
            "merchantEditableErrors": [],
            "additionalFees": [],
            "alerts": [],
            "app": None,
            "paymentTerms": None,
            "retailLocation": None,
            "registeredSourceUrl": None,
            "hasTimelineComment": False,
            "productNetwork": False,
            # What no order of the sandbox has: carts, duties, fees, staff, referrers, localized fields.
            **dict.fromkeys(("cartToken", "checkoutToken", "staffMember", "physicalLocation", "merchantOfRecordApp")),
            **dict.fromkeys(("referralCode", "referrerUrl", "referrerDisplayText", "landingPageUrl")),
            **dict.fromkeys(("currentTotalAdditionalFeesSet", "currentTotalDutiesSet", "landingPageDisplayText")),
            **dict.fromkeys(("originalTotalAdditionalFeesSet", "originalTotalDutiesSet")),
            "localizedFields": [],
            "nonFulfillableLineItems": [],
            "risk": {"assessments": [], "recommendation": "NONE"},
            "paymentCollectionDetails": {"additionalPaymentCollectionUrl": None},
        },
        indexed=("customer", "email", "name"),
        filters={
            # `name:1001` also finds #10010 at Shopify.
            "name": Filter("prefix", lambda _, node: [node["name"], node["name"].removeprefix("#")]),
            "email": Filter("exact", lambda _, node: node.get("email"), lookup=by_index("Order", "email")),
            "status": Filter("enum", _status, frozenset({"open", "closed", "cancelled", "not_closed"})),
            "financial_status": Filter("enum", _financial, FINANCIAL),
            "fulfillment_status": Filter(
                "enum",
                lambda _, node: SEARCH_NAMES.get(node["displayFulfillmentStatus"], [node["displayFulfillmentStatus"]]),
                FULFILLMENT,
            ),
            "return_status": Filter(
                "enum",
                lambda ctx, node: ctx.value(node, "returnStatus"),
                frozenset({"no_return", "returned", "in_progress"}),
            ),
            "created_at": Filter("date", lambda _, node: node["createdAt"]),
            "updated_at": Filter("date", lambda _, node: node["updatedAt"]),
            "processed_at": Filter("date", lambda _, node: node["processedAt"]),
            "tag": Filter("exact", lambda _, node: node["tags"]),
            "sku": Filter("exact", lambda ctx, node: [line.get("sku") for line in _lines(ctx, node)]),
            "customer_id": Filter("number", lambda _, node: number(node["customer"]) if node.get("customer") else None),
            "current_total_price": Filter("number", lambda _, node: node["currentTotal"]),
            "total_price": Filter("number", lambda _, node: node["total"]),
            "discount_code": Filter("exact", lambda ctx, node: ctx.value(node, "discountCode")),
            "po_number": Filter("exact", lambda ctx, node: ctx.value(node, "poNumber")),
            "source_name": Filter("exact", lambda ctx, node: ctx.value(node, "sourceName")),
            "confirmation_number": Filter("exact", lambda ctx, node: ctx.value(node, "confirmationNumber")),
            "gateway": Filter("exact", lambda ctx, node: [one["gateway"] for one in _transactions(ctx, node)]),
            "test": Filter("flag", lambda ctx, node: ctx.value(node, "test")),
            "customer_name": Filter("text", _customer_name),
        },
        words=("name", "email", "customer_name", "tag", "sku"),
        sort={
            "ORDER_NUMBER": lambda _, node: node["number"],
            "TOTAL_PRICE": lambda _, node: node["total"],
            "CURRENT_TOTAL_PRICE": lambda _, node: node["currentTotal"],
            "CUSTOMER_NAME": _customer_name,
            "FINANCIAL_STATUS": lambda _, node: node["displayFinancialStatus"],
            "FULFILLMENT_STATUS": lambda _, node: node["displayFulfillmentStatus"],
            "TOTAL_ITEMS_QUANTITY": lambda ctx, node: sum(line["quantity"] for line in _lines(ctx, node)),
        },
        visible=_visible,
    )
)


def search_orders(ctx: Context, args: dict[str, Any], only: Callable[[Node], bool]) -> Page:
    """Return a page over some of the orders, with the search syntax of them all."""
    return root_page(ctx, "Order", args, ctx.path, only)


# money that has moved


def _sum(ctx: Context, order: Node, kinds: Iterable[str]) -> Decimal:
    rows = [one for one in _transactions(ctx, order) if one["kind"] in kinds and one["status"] == "SUCCESS"]
    return sum((one["amount"] for one in rows), Decimal(0))


def received(ctx: Context, order: Node) -> Decimal:
    return _sum(ctx, order, ("SALE", "CAPTURE"))


def refunded(ctx: Context, order: Node) -> Decimal:
    return _sum(ctx, order, ("REFUND",))


def add_transaction(ctx: Context, order: Node, kind_: str, amount: Decimal, **more: Any) -> Node:
    """Add a transaction to an order; `settle` brings the order's status in line."""
    values = {"order": order["id"], "kind": kind_, "amount": amount, "status": "SUCCESS", "gateway": "manual"}
    node = ctx.create("OrderTransaction", {**values, "processedAt": ctx.stamp, **more})
    ctx.update(order, {"transactions": [*order["transactions"], node["id"]]})
    return node


def settle(ctx: Context, order: Node) -> None:
    """Bring an order's financial status in line with its transactions."""
    ctx.update(order, {"displayFinancialStatus": _settled(ctx, order)})


def _settled(ctx: Context, order: Node) -> str:
    paid, back = received(ctx, order), refunded(ctx, order)
    if back:
        return "REFUNDED" if back >= paid else "PARTIALLY_REFUNDED"
    if paid >= order["total"]:
        return "PAID"
    if paid:
        return "PARTIALLY_PAID"
    if order.get("cancelledAt") or _sum(ctx, order, ("VOID",)):
        return "VOIDED"
    return "AUTHORIZED" if _sum(ctx, order, ("AUTHORIZATION",)) else "PENDING"


# by identifier


@query("orderByIdentifier")
def order_by_identifier(ctx: Context, args: dict[str, Any]) -> Node | None:
    if args["identifier"].get("id") is None:
        raise not_modelled("An identifier by customId")
    return ctx.lookup(args["identifier"]["id"], "Order")


@field_rule("Order.fulfillmentsCount")
def fulfillments_count(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    return exact_count(len(ctx.value(node, "fulfillments")))


@field_rule("Order.transactionsCount")
def transactions_count(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    return exact_count(len(node["transactions"]))


# mutations


@mutation("orderUpdate")
def order_update(ctx: Context, args: dict[str, Any]) -> Node:
    given = args["input"]
    order = _known(ctx, given["id"])
    values = {name: given[name] for name in ("note", "poNumber") if name in given}
    for name, clean in (("email", clean_email), ("phone", clean_phone)):
        if name in given:
            values[name] = clean(given[name], [name])
    for name in ("localizationExtensions", "localizedFields"):
        if given.get(name):
            raise not_modelled(f"OrderInput.{name}")
    if "tags" in given:
        values["tags"] = clean_tags(given["tags"] or [])
    if "customAttributes" in given:
        values["customAttributes"] = [dict(entry) for entry in given["customAttributes"] or []]
    if given.get("shippingAddress") is not None:
        gid = (order.get("shippingAddress") or {}).get("id") or ctx.store.new_id("MailingAddress")
        values["shippingAddress"] = address(given["shippingAddress"], gid)
    ctx.update(order, values | {"updatedAt": ctx.stamp})
    set_metafields(ctx, order, given.get("metafields"), [])
    ctx.record("updated", order)
    return {"order": order["id"]}


@mutation("orderClose")
def order_close(ctx: Context, args: dict[str, Any]) -> Node:
    order = _known(ctx, args["input"]["id"])
    if not order.get("closedAt"):
        ctx.update(order, {"closedAt": ctx.stamp})
        ctx.record("updated", order)
    return {"order": order["id"]}


@mutation("orderOpen")
def order_open(ctx: Context, args: dict[str, Any]) -> Node:
    order = _known(ctx, args["input"]["id"])
    if order.get("closedAt"):
        ctx.update(order, {"closedAt": None})
        ctx.record("updated", order)
    return {"order": order["id"]}


@mutation("orderMarkAsPaid")
def order_mark_as_paid(ctx: Context, args: dict[str, Any]) -> Node:
    order = _known(ctx, args["input"]["id"])
    outstanding = order["total"] - received(ctx, order)
    if outstanding <= 0 or order.get("cancelledAt"):
        raise Refused.one(["id"], "Order cannot be marked as paid.", order=order["id"])
    add_transaction(ctx, order, "SALE", outstanding)
    settle(ctx, order)
    ctx.record("updated", order)
    return {"order": order["id"]}


def _known(ctx: Context, gid: str) -> Node:
    order = ctx.lookup(gid, "Order")
    if order is None:
        raise Refused.one(["id"], "Order does not exist")
    return order
