"""The payloads of webhooks about orders, their payments, parcels and refunds, in the shapes of the REST resources."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.store import Node, number
from atom_shopify_plugin.sandbox.webhooks.payloads import Json, identity, local, lower, money, ref, shaped
from atom_shopify_plugin.sandbox.webhooks.people import completed

__all__ = ["fulfillment", "order", "refund", "transaction"]


def order(ctx: Context, node: Node) -> Json:
    made = shaped("order", ctx, node)
    lines = [ctx.store.all("LineItem")[gid] for gid in node["lineItems"]]
    token = hashlib.sha256(f"{ctx.store.shop_domain}{node['id']}".encode()).hexdigest()[:32]
    for row in made["shipping_lines"]:
        row["source"] = row["source"] or "shopify"
    for code in made["discount_codes"]:
        code |= {"amount": made["total_discounts"], "type": "fixed_amount"}
    if made["customer"] is not None:
        completed(ctx, ctx.store.all("Customer")[node["customer"]], made["customer"])
    for line, member in zip(lines, made["line_items"], strict=True):
        member |= _beside(ctx, line)
    return {
        **made,
        "token": token,
        "order_status_url": f"https://{ctx.store.shop_domain}/orders/{token}",
        **dict.fromkeys(("app_id", "user_id", "location_id", "checkout_id", "checkout_token", "cart_token")),
        "total_line_items_price": money(sum((one["unitPrice"] * one["quantity"] for one in lines), Decimal(0))),
        "discount_applications": [],
        "fulfillments": [
            fulfillment(ctx, ctx.store.all("Fulfillment")[gid]) for gid in ctx.value(node, "fulfillments")
        ],
        "refunds": [refund(ctx, ctx.store.all("Refund")[gid]) for gid in ctx.value(node, "refunds")],
        "returns": [],
    }


def _line(ctx: Context, node: Node) -> Json:
    return shaped("line_item", ctx, node) | _beside(ctx, node)


def _beside(ctx: Context, node: Node) -> Json:
    """Return what a line's payload says beside its shape."""
    sent = node.get("fulfilled", 0)
    variant = ctx.store.get(node.get("variant"))
    item = ctx.store.get(variant["inventoryItem"]) if variant else None
    return {
        "fulfillment_status": None if not sent else "fulfilled" if sent >= node["quantity"] else "partial",
        "product_exists": ctx.store.get(node.get("product")) is not None,
        "variant_inventory_management": "shopify" if item and item["tracked"] else None,
        "discount_allocations": [],
        "duties": [],
    }


def transaction(ctx: Context, node: Node) -> Json:
    return shaped("transaction", ctx, node)


def fulfillment_event(ctx: Context, node: Node) -> Json:
    names = ("message", "address1", "city", "province", "country", "zip", "latitude", "longitude")
    planned = ctx.value(node, "estimatedDeliveryAt")
    return {
        **identity(node),
        "fulfillment_id": number(node["fulfillment"]),
        "order_id": number(node["order"]),
        "shop_id": number(ctx.store.shop["id"]),
        "status": lower(node["status"]),
        "happened_at": local(ctx, node["happenedAt"]),
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["createdAt"]),
        "estimated_delivery_at": local(ctx, planned) if planned else None,
        **{name: ctx.value(node, name) for name in names},
    }


def fulfillment(ctx: Context, node: Node) -> Json:
    parent = ctx.store.get(node["order"])
    parcels = ctx.value(node, "trackingInfo")
    numbers = [one["number"] for one in parcels if one.get("number")]
    lines = ctx.store.all("LineItem")
    return {
        **identity(node),
        "order_id": number(node["order"]),
        "name": node["name"],
        "status": lower(ctx.value(node, "status")),
        "shipment_status": None,
        "location_id": ref(node.get("location")),
        "email": parent.get("email") if parent else None,
        "tracking_company": next((one.get("company") for one in parcels), None),
        "tracking_number": next(iter(numbers), None),
        "tracking_numbers": numbers,
        "tracking_url": next((one["url"] for one in parcels if one.get("url")), None),
        "tracking_urls": [one["url"] for one in parcels if one.get("url")],
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
        "line_items": [
            {**_line(ctx, lines[row["lineItem"]]), "quantity": row["quantity"]} for row in node["fulfillmentLineItems"]
        ],
    }


def _bags(ctx: Context, node: Node, amounts: dict[str, Decimal]) -> Json:
    """Return amounts of a part of an order as text and, under ``…_set``, with their currency."""
    parent = ctx.store.get(node["order"])
    currencies = parent.get("currencies") if parent else None
    currency = currencies.order if currencies else ctx.store.currency
    bags = {
        f"{name}_set": {"shop_money": {"amount": money(amount), "currency_code": currency}}
        for name, amount in amounts.items()
    }
    return {**{name: money(amount) for name, amount in amounts.items()}, **bags}


def refund(ctx: Context, node: Node) -> Json:
    lines = ctx.store.all("LineItem")
    return {
        **identity(node),
        "order_id": number(node["order"]),
        "note": node.get("note"),
        "restock": any(row["restocked"] for row in node["refundLineItems"]),
        "user_id": None,
        "created_at": local(ctx, node["createdAt"]),
        "processed_at": local(ctx, node.get("processedAt")),
        "refund_line_items": [
            {
                "id": number(row["id"]),
                "line_item_id": number(row["lineItem"]),
                "line_item": _line(ctx, lines[row["lineItem"]]),
                "location_id": ref(row.get("location")),
                "quantity": row["quantity"],
                "restock_type": lower(row["restockType"]),
                **_bags(ctx, node, {"subtotal": row["subtotal"], "total_tax": row["tax"]}),
            }
            for row in node["refundLineItems"]
        ],
        "transactions": [transaction(ctx, ctx.store.all("OrderTransaction")[gid]) for gid in node["transactions"]],
        "order_adjustments": [
            {
                "id": number(row["id"]),
                "order_id": number(node["order"]),
                "refund_id": number(node["id"]),
                "amount": money(row["amount"]),
                "tax_amount": money(row["tax"]),
                "kind": "refund_discrepancy",
                "reason": "Refund discrepancy",
            }
            for row in ctx.value(node, "orderAdjustments")
        ],
    }
