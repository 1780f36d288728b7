"""The payloads of webhooks about customers, the shop and the app, in the shapes of the REST resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.customers import spent
from atom_shopify_plugin.sandbox.domains.store import PLANS
from atom_shopify_plugin.sandbox.store import Node, number
from atom_shopify_plugin.sandbox.webhooks.payloads import UNITS, Json, identity, local, lower, money, ref, tags

__all__ = ["address", "customer", "email_consent", "location", "shop"]


def address(node: Node | None) -> Json | None:
    """Return a postal address as orders carry it."""
    if node is None:
        return None
    first, last = node.get("firstName"), node.get("lastName")
    plain = ("address1", "address2", "city", "zip", "province", "country", "company", "phone")
    return {
        "first_name": first,
        "last_name": last,
        "name": " ".join(filter(None, (first, last))) or None,
        **{name: node.get(name) for name in plain},
        "latitude": None,
        "longitude": None,
        "country_code": node.get("countryCodeV2"),
        "province_code": node.get("provinceCode"),
    }


def customer(ctx: Context, node: Node) -> Json:
    orders = ctx.store.find("Order", "customer", node["id"])
    last = max(orders, key=lambda order: str(order["processedAt"]), default=None)
    stored = [ctx.store.all("MailingAddress")[gid] for gid in node["addressIds"]]
    addresses = [
        {
            "id": number(one["id"]),
            "customer_id": number(node["id"]),
            **(address(one) or {}),
            "country_name": one.get("country"),
            "default": one["id"] == node.get("defaultAddress"),
        }
        for one in stored
    ]
    return {
        **identity(node),
        "email": node.get("email"),
        "phone": node.get("phone"),
        "first_name": node.get("firstName"),
        "last_name": node.get("lastName"),
        "state": lower(ctx.value(node, "state")),
        "note": node.get("note"),
        "verified_email": ctx.value(node, "verifiedEmail"),
        "multipass_identifier": None,
        "tax_exempt": ctx.value(node, "taxExempt"),
        "tax_exemptions": list(ctx.value(node, "taxExemptions")),
        "tags": tags(node),
        "currency": ctx.store.currency,
        "orders_count": len(orders),
        "total_spent": money(spent(ctx, node)),
        "last_order_id": ref(last["id"]) if last else None,
        "last_order_name": last["name"] if last else None,
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
        "email_marketing_consent": _consent(ctx, node, "email", "emailConsent"),
        "sms_marketing_consent": _consent(ctx, node, "phone", "smsConsent"),
        "addresses": addresses,
        **({"default_address": one} if (one := next((a for a in addresses if a["default"]), None)) else {}),
    }


def email_consent(ctx: Context, node: Node) -> Json:
    return {
        "customer_id": number(node["id"]),
        "email_address": node.get("email"),
        "email_marketing_consent": _consent(ctx, node, "email", "emailConsent"),
    }


def _consent(ctx: Context, node: Node, channel: str, name: str) -> Json | None:
    if not node.get(channel):
        return None
    found: Mapping[str, Any] = node.get(name) or {}
    return {
        "state": lower(found.get("marketingState") or "NOT_SUBSCRIBED"),
        "opt_in_level": lower(found.get("marketingOptInLevel")),
        "consent_updated_at": local(ctx, found.get("consentUpdatedAt")),
    }


# the shop


def location(ctx: Context, node: Node) -> Json:
    place: Mapping[str, Any] = node["address"]
    return {
        **identity(node),
        "name": node["name"],
        **{name: place.get(name) for name in ("address1", "address2", "city", "zip", "province", "country", "phone")},
        "country_code": place.get("countryCode"),
        "country_name": place.get("country"),
        "province_code": place.get("provinceCode"),
        "legacy": False,
        "active": ctx.value(node, "isActive"),
        "created_at": local(ctx, node["createdAt"]),
        "updated_at": local(ctx, node["updatedAt"]),
    }


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
