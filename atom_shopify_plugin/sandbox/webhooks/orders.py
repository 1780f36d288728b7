"""The payloads of webhooks about orders, their payments, parcels and refunds, in the shapes of the REST resources."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.orders import received
from atom_shopify_plugin.sandbox.store import Node, number
from atom_shopify_plugin.sandbox.webhooks.payloads import Json, identity, local, lower, money, ref, tags
from atom_shopify_plugin.sandbox.webhooks.people import address, customer

__all__ = ["fulfillment", "order", "refund", "transaction"]

# What an order shows as its fulfillment_status; one that nothing was sent of shows null.
SENT = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


def _bag(ctx: Context, amount: Decimal) -> Json:
    row = {"amount": money(amount), "currency_code": ctx.store.currency}
    return {"shop_money": row, "presentment_money": dict(row)}


def order(ctx: Context, node: Node) -> Json:
    lines = [ctx.store.all("LineItem")[gid] for gid in node["lineItems"]]
    buyer = ctx.store.get(node.get("customer"))
    cancelled = node.get("cancelledAt")
    subtotal = Decimal(0) if cancelled else node["subtotal"]
    tax = Decimal(0) if cancelled else node["totalTax"]
    off = Decimal(0) if cancelled else node["totalDiscounts"]
    owed = Decimal(0) if cancelled else max(Decimal(0), node["total"] - received(ctx, node))
    token = hashlib.sha256(f"{ctx.store.shop_domain}{node['id']}".encode()).hexdigest()[:32]
    gateways = [ctx.store.all("OrderTransaction")[gid]["gateway"] for gid in node["transactions"]]
    return {
        **identity(node),
        "name": node["name"],
        "number": node["number"] - 1000,
        "order_number": node["number"],
        "token": token,
        "order_status_url": f"https://{ctx.store.shop_domain}/orders/{token}",
        "confirmation_number": node.get("confirmationNumber"),
        "confirmed": ctx.value(node, "confirmed"),
        "test": ctx.value(node, "test"),
        "source_name": ctx.value(node, "sourceName"),
        "source_identifier": node.get("sourceIdentifier"),
        "po_number": node.get("poNumber"),
        "app_id": None,
        "user_id": None,
        "location_id": None,
        "checkout_id": None,
        "checkout_token": None,
        "cart_token": None,
        "email": node.get("email"),
        "contact_email": node.get("email"),
        "phone": node.get("phone"),
        "note": node.get("note"),
        "note_attributes": [{"name": one["key"], "value": one["value"]} for one in ctx.value(node, "customAttributes")],
        "tags": tags(node),
        "customer_locale": ctx.value(node, "customerLocale"),
        "buyer_accepts_marketing": ctx.value(node, "customerAcceptsMarketing"),
        "financial_status": lower(node["displayFinancialStatus"]),
        "fulfillment_status": SENT.get(node["displayFulfillmentStatus"]),
        "cancel_reason": lower(node.get("cancelReason")),
        "cancelled_at": local(ctx, cancelled),
        "closed_at": local(ctx, node.get("closedAt")),
        "created_at": local(ctx, node["createdAt"]),
        "processed_at": local(ctx, node["processedAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
        "currency": ctx.store.currency,
        "presentment_currency": ctx.store.currency,
        "taxes_included": ctx.value(node, "taxesIncluded"),
        "tax_exempt": ctx.value(node, "taxExempt"),
        "total_price": money(node["total"]),
        "total_price_set": _bag(ctx, node["total"]),
        "subtotal_price": money(node["subtotal"]),
        "subtotal_price_set": _bag(ctx, node["subtotal"]),
        "total_tax": money(node["totalTax"]),
        "total_tax_set": _bag(ctx, node["totalTax"]),
        "total_discounts": money(node["totalDiscounts"]),
        "total_discounts_set": _bag(ctx, node["totalDiscounts"]),
        "total_shipping_price_set": _bag(ctx, node["totalShipping"]),
        "total_line_items_price": money(sum((one["unitPrice"] * one["quantity"] for one in lines), Decimal(0))),
        "total_outstanding": money(owed),
        "total_tip_received": "0.00",
        "current_total_price": money(node["currentTotal"]),
        "current_total_price_set": _bag(ctx, node["currentTotal"]),
        "current_subtotal_price": money(subtotal),
        "current_total_tax": money(tax),
        "current_total_discounts": money(off),
        "discount_codes": [
            {"code": code, "amount": money(node["totalDiscounts"]), "type": "fixed_amount"}
            for code in ctx.value(node, "discountCodes")
        ],
        "discount_applications": [],
        "payment_gateway_names": list(dict.fromkeys(gateways)),
        "tax_lines": [_tax(ctx, one) for one in ctx.value(node, "taxLines")],
        "customer": customer(ctx, buyer) if buyer else None,
        "billing_address": address(node.get("billingAddress")),
        "shipping_address": address(node.get("shippingAddress")),
        "line_items": [_line(ctx, one) for one in lines],
        "shipping_lines": [_shipping(ctx, one) for one in ctx.value(node, "shippingLines")],
        "fulfillments": [
            fulfillment(ctx, ctx.store.all("Fulfillment")[gid]) for gid in ctx.value(node, "fulfillments")
        ],
        "refunds": [refund(ctx, ctx.store.all("Refund")[gid]) for gid in ctx.value(node, "refunds")],
        "returns": [],
    }


def _tax(ctx: Context, row: Node) -> Json:
    return {
        "title": row["title"],
        "rate": row["rate"],
        "price": money(row["price"]),
        "price_set": _bag(ctx, row["price"]),
        "channel_liable": bool(row.get("channelLiable")),
    }


def _line(ctx: Context, node: Node) -> Json:
    sent, whole = node.get("fulfilled", 0), node["quantity"]
    variant = ctx.store.get(node.get("variant"))
    item = ctx.store.get(variant["inventoryItem"]) if variant else None
    return {
        **identity(node),
        "title": node["title"],
        "variant_title": node.get("variantTitle"),
        "name": " - ".join(filter(None, (node["title"], node.get("variantTitle")))),
        "sku": node.get("sku"),
        "vendor": node.get("vendor"),
        "quantity": whole,
        "current_quantity": node["currentQuantity"],
        "fulfillable_quantity": max(0, node["currentQuantity"] - sent),
        "fulfillment_status": None if not sent else "fulfilled" if sent >= whole else "partial",
        "price": money(node["unitPrice"]),
        "price_set": _bag(ctx, node["unitPrice"]),
        "total_discount": money(node["totalDiscount"]),
        "total_discount_set": _bag(ctx, node["totalDiscount"]),
        "product_id": ref(node.get("product")),
        "product_exists": ctx.store.get(node.get("product")) is not None,
        "variant_id": ref(node.get("variant")),
        "variant_inventory_management": "shopify" if item and item["tracked"] else None,
        "gift_card": ctx.value(node, "isGiftCard"),
        "requires_shipping": ctx.value(node, "requiresShipping"),
        "taxable": ctx.value(node, "taxable"),
        "properties": [{"name": one["key"], "value": one["value"]} for one in ctx.value(node, "customAttributes")],
        "tax_lines": [_tax(ctx, one) for one in ctx.value(node, "taxLines")],
        "discount_allocations": [],
        "duties": [],
    }


def _shipping(ctx: Context, node: Node) -> Json:
    return {
        "id": number(node["id"]),
        "title": node["title"],
        "code": node.get("code"),
        "source": node.get("source") or "shopify",
        "price": money(node["price"]),
        "price_set": _bag(ctx, node["price"]),
        "discounted_price": money(node["discounted"]),
        "tax_lines": [_tax(ctx, one) for one in node.get("taxLines", ())],
    }


def transaction(ctx: Context, node: Node) -> Json:
    return {
        **identity(node),
        "order_id": number(node["order"]),
        "parent_id": ref(node.get("parentTransaction")),
        "kind": lower(node["kind"]),
        "status": lower(node["status"]),
        "gateway": node.get("gateway"),
        "amount": money(node["amount"]),
        "currency": ctx.store.currency,
        "authorization": node.get("authorizationCode"),
        "test": ctx.value(node, "test"),
        "created_at": local(ctx, node["createdAt"]),
        "processed_at": local(ctx, node.get("processedAt")),
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
                "location_id": None,
                "quantity": row["quantity"],
                "restock_type": lower(row["restockType"]),
                "subtotal": money(row["subtotal"]),
                "total_tax": money(row["tax"]),
            }
            for row in node["refundLineItems"]
        ],
        "transactions": [transaction(ctx, ctx.store.all("OrderTransaction")[gid]) for gid in node["transactions"]],
        "order_adjustments": [],
    }
