"""The payloads of webhooks about resources that have a topic each for create, update and delete, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.abandoned_checkouts import email_of
from atom_shopify_plugin.sandbox.domains.discounts import status_of
from atom_shopify_plugin.sandbox.store import Node, number
from atom_shopify_plugin.sandbox.webhooks.payloads import Json, gone, local, shaped
from atom_shopify_plugin.sandbox.webhooks.people import completed

__all__ = ["RESOURCES"]

Payload = Callable[[Context, Node], Json]


def _shape(name: str) -> Payload:
    return lambda ctx, node: shaped(name, ctx, node)


def _gone_metaobject(_ctx: Context, node: Node) -> Json:
    return {"id": node["id"], "type": node["type"], "handle": node["handle"]}


def _discount(ctx: Context, node: Node) -> Json:
    return {
        "admin_graphql_api_id": node["id"],
        "title": node["title"],
        "status": status_of(ctx, node),
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
    }


def _gone_discount(ctx: Context, node: Node) -> Json:
    return {"admin_graphql_api_id": node["id"], "deleted_at": local(ctx, ctx.stamp)}


def _draft_order(ctx: Context, node: Node) -> Json:
    made = shaped("draft_order", ctx, node)
    customer = ctx.store.get(node.get("customer"))
    if made["customer"] is not None and customer is not None:
        completed(ctx, customer, made["customer"])
    return {**made, "api_client_id": None, "payment_terms": None}


def _checkout(ctx: Context, node: Node) -> Json:
    currency = ctx.store.currency
    told = {"email": email_of(ctx, node), "currency": currency, "presentment_currency": currency}
    return {
        **shaped("checkout", ctx, node),
        **told,
        "closed_at": None,
        "source_name": "web",
        "token": f"c{number(node['id'])}",
    }


# kind → the beginning of its topics, the payload, and what a deletion tells
RESOURCES: Mapping[str, tuple[str, Payload, Payload]] = {
    "AbandonedCheckout": ("checkouts", _checkout, gone),
    "DraftOrder": ("draft_orders", _draft_order, gone),
    "DiscountAutomaticNode": ("discounts", _discount, _gone_discount),
    "DiscountCodeNode": ("discounts", _discount, _gone_discount),
    "Metaobject": ("metaobjects", _shape("metaobject"), _gone_metaobject),
    "Segment": ("segments", _shape("segment"), gone),
}
