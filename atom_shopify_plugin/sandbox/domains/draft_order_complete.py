"""draftOrderComplete makes an order of a draft; draftOrderCalculate says what a draft would amount to; invoices."""

from __future__ import annotations

from html import escape
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import order_create
from atom_shopify_plugin.sandbox.domains.draft_order_lines import shares
from atom_shopify_plugin.sandbox.domains.draft_orders import PAID
from atom_shopify_plugin.sandbox.domains.metafield_rules import APP_NAMESPACE
from atom_shopify_plugin.sandbox.extras.payment_terms import hand_over
from atom_shopify_plugin.sandbox.extras.purchasing_companies import BUYERS
from atom_shopify_plugin.sandbox.refusals import Refused
from atom_shopify_plugin.sandbox.registry import REGISTRY, mutation
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import new_values

# What the order takes over from the draft.
SAME = ("email", "phone", "tags", "customAttributes", "poNumber")


@mutation("draftOrderComplete")
def draft_order_complete(ctx: Context, args: dict[str, Any]) -> Node:
    """Make the order: paid by hand, or with a payment that is pending; its lines hold stock."""
    draft = ctx.known(args["id"], "DraftOrder", ["id"], "Draft order does not exist")
    if draft.get("completedAt"):
        raise Refused.one(None, PAID, draftOrder=draft["id"])
    if args.get("paymentGatewayId") is not None:
        raise Refused.one(None, "Invalid payment gateway", draftOrder=draft["id"])
    given = _order_input(ctx, draft, pending=bool(args.get("paymentPending")))
    order = order_create.make(ctx, given, "DECREMENT_IGNORING_POLICY", shares(draft))
    kept = {name: draft[name] for name in ("shippingAddress", "billingAddress", *BUYERS.values()) if draft.get(name)}
    ctx.update(order, kept)
    hand_over(ctx, draft, order)
    ctx.update(draft, {"status": "COMPLETED", "completedAt": ctx.stamp, "order": order["id"]})
    ctx.record("updated", draft)
    return {"draftOrder": draft["id"]}


def _order_input(ctx: Context, draft: Node, *, pending: bool) -> Node:
    """Return a draft order as an OrderCreateOrderInput."""
    bag = {"amount": draft["total"], "currencyCode": ctx.store.currency}
    given = {
        **{name: draft[name] for name in SAME if draft.get(name)},
        "note": draft.get("note2"),
        "taxesIncluded": bool(ctx.store.shop.get("taxesIncluded")),
        "sourceName": APP_NAMESPACE.removeprefix("app--"),  # the app that completes it
        "lineItems": [_line_input(ctx, row) for row in draft["lineItems"]],
        "shippingLines": [],
        "financialStatus": "PENDING" if pending else "PAID",
    }
    if draft["total"]:
        payment = {"kind": "SALE", "status": "PENDING" if pending else "SUCCESS", "gateway": "manual"}
        given["transactions"] = [{**payment, "amountSet": {"shopMoney": bag}}]
    if draft.get("customer"):
        given["customer"] = {"toAssociate": {"id": draft["customer"]}}
    if draft.get("shippingLine"):
        line = draft["shippingLine"]
        money = {"shopMoney": {"amount": line["price"], "currencyCode": ctx.store.currency}}
        given["shippingLines"] = [{"title": line["title"], "code": line["code"], "priceSet": money}]
    return given


def _line_input(ctx: Context, row: Node) -> Node:
    names = ("quantity", "title", "variantTitle", "sku", "vendor", "requiresShipping", "taxable")
    properties = [{"name": one["key"], "value": one["value"]} for one in row["customAttributes"]]
    money = {"shopMoney": {"amount": row["unitPrice"], "currencyCode": ctx.store.currency}}
    given = {name: row[name] for name in names} | {"priceSet": money, "properties": properties}
    if ctx.store.get(row["variant"]) is not None:  # it may be gone since
        given["variantId"] = row["variant"]
    return given


@mutation("draftOrderInvoicePreview")
def draft_order_invoice_preview(ctx: Context, args: dict[str, Any]) -> Node:
    """Show the e-mail of an invoice; nothing is written."""
    draft = ctx.lookup(args["id"], "DraftOrder")
    if draft is None:
        raise Refused.one(["id"], "Draft order does not exist")
    given = args.get("email") or {}
    lines = "".join(f"<li>{row['quantity']} × {escape(row['title'])}</li>" for row in draft["lineItems"])
    words = escape(given.get("customMessage") or given.get("body") or "")
    total = f"{draft['total']} {ctx.store.currency}"
    html = f"<html><body><p>{words}</p><ul>{lines}</ul><p>{total}</p></body></html>"
    return {"previewSubject": given.get("subject") or f"Invoice {draft['name']}", "previewHtml": html}


@mutation("draftOrderInvoiceSend")
def draft_order_invoice_send(ctx: Context, args: dict[str, Any]) -> Node:
    """Send the invoice by e-mail; whether it arrives is not modelled."""
    draft = ctx.lookup(args["id"], "DraftOrder")
    if draft is None:
        raise Refused.one(["id"], "Draft order does not exist")
    if draft.get("completedAt"):
        raise Refused.one(None, PAID, draftOrder=draft["id"])
    if not ((args.get("email") or {}).get("to") or draft.get("email")):
        raise Refused.one(None, "To can't be blank", draftOrder=draft["id"])
    ctx.update(draft, {"status": "INVOICE_SENT", "invoiceSentAt": ctx.stamp})
    ctx.record("updated", draft)
    return {"draftOrder": draft["id"]}


@mutation("draftOrderCalculate")
def draft_order_calculate(ctx: Context, args: dict[str, Any]) -> Node:
    values = {
        **REGISTRY.kinds["DraftOrder"].defaults,
        **new_values(ctx, "DraftOrder", args["input"], "DraftOrderInput"),
    }
    lines = [{**row, "__typename": "CalculatedDraftOrderLineItem"} for row in values["lineItems"]]
    return {"calculatedDraftOrder": {**values, "__typename": "CalculatedDraftOrder", "lineItems": lines}}
