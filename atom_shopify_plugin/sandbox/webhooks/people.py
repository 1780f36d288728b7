"""The payloads of webhooks about customers, the shop and the app, in the shapes of the REST resources."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from atom_shopify_plugin.payload_shapes import UNITS
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.store import PLANS
from atom_shopify_plugin.sandbox.store import Node, number
from atom_shopify_plugin.sandbox.webhooks.payloads import Json, local, ref, shaped

__all__ = ["completed", "customer", "email_consent", "location", "shop"]


def customer(ctx: Context, node: Node) -> Json:
    return completed(ctx, node, shaped("customer", ctx, node))


def completed(ctx: Context, node: Node, made: Json) -> Json:
    """Return a customer's payload with what is not in the shape: the last order, and whose an address is."""
    orders = ctx.store.find("Order", "customer", node["id"])
    last = max(orders, key=lambda order: str(order["processedAt"]), default=None)
    made["last_order_id"], made["last_order_name"] = (ref(last["id"]), last["name"]) if last else (None, None)
    default = made.pop("default_address")
    for address in made["addresses"]:
        address |= {"customer_id": made["id"], "default": default is not None and address["id"] == default["id"]}
    if default is not None:
        made["default_address"] = {**default, "customer_id": made["id"], "default": True}
    return made


def email_consent(ctx: Context, node: Node) -> Json:
    made = shaped("customer", ctx, node)
    return {
        "customer_id": made["id"],
        "email_address": made["email"],
        "email_marketing_consent": made["email_marketing_consent"],
    }


# the shop


def location(ctx: Context, node: Node) -> Json:
    return {**shaped("location", ctx, node), "legacy": False}


def shop(ctx: Context, node: Node) -> Json:
    place = node["shopAddress"]
    plan = PLANS.get(ctx.store.plan, "Basic")
    first = next((one for one in ctx.store.all("Location").values() if one["isPrimary"]), None)
    return {
        "id": number(node["id"]),
        "name": node["name"],
        "email": node["email"],
        "customer_email": node["contactEmail"],
        "domain": ctx.store.shop_domain,
        "myshopify_domain": ctx.store.shop_domain,
        "shop_owner": node["shopOwnerName"],
        **{name: place.get(name) for name in ("address1", "address2", "city", "zip", "country", "phone", "province")},
        "country_code": place["countryCodeV2"],
        "country_name": place.get("country"),
        "province_code": place.get("provinceCode"),
        "currency": ctx.store.currency,
        "enabled_presentment_currencies": [ctx.store.currency],
        "iana_timezone": ctx.store.timezone,
        "timezone": f"(GMT{ctx.now.astimezone(ZoneInfo(ctx.store.timezone)).isoformat()[-6:]}) {ctx.store.timezone}",
        "weight_unit": UNITS.get(ctx.value(node, "weightUnit"), "kg"),
        "taxes_included": ctx.value(node, "taxesIncluded"),
        "tax_shipping": ctx.value(node, "taxShipping"),
        "plan_name": "shopify_plus" if ctx.store.plan == "plus" else plan.lower(),
        "plan_display_name": plan,
        "primary_locale": "en",
        "primary_location_id": ref(first["id"]) if first else None,
        "setup_required": ctx.value(node, "setupRequired"),
        "checkout_api_supported": ctx.value(node, "checkoutApiSupported"),
        "multi_location_enabled": len(ctx.store.all("Location")) > 1,
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
    }
