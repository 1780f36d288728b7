"""Customers, their addresses and consents."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from atom_shopify_plugin.sandbox.connections import page_of
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains.orders import received, refunded
from atom_shopify_plugin.sandbox.domains.shared import image
from atom_shopify_plugin.sandbox.registry import Filter, derived, field_rule, kind
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["default_email", "default_phone", "display_name", "spent"]

DEFAULT_LEVEL = "SINGLE_OPT_IN"  # seen on live stores, also for customers who never consented


def _name(_ctx: Context, node: Node) -> str:
    return " ".join(filter(None, (node.get("lastName"), node.get("firstName"))))


def _orders(ctx: Context, node: Node) -> list[Node]:
    return [order for order in ctx.store.find("Order", "customer", node["id"]) if ctx.sees(order)]


def spent(ctx: Context, node: Node) -> Decimal:
    orders = ctx.store.find("Order", "customer", node["id"])
    return Decimal(sum((received(ctx, order) - refunded(ctx, order) for order in orders), Decimal(0)))


def _orders_of(ctx: Context, node: Node) -> list[Node]:
    """Return all orders of a customer, those that the app may not read, too: so the search of customers counts them."""
    return ctx.store.find("Order", "customer", node["id"])


def _country(ctx: Context, node: Node) -> list[Any]:
    found = ctx.store.get(node.get("defaultAddress"))
    return [found["country"], found["countryCodeV2"]] if found else []


kind(
    "Customer",
    {
        "locale": "en",
        "state": "DISABLED",
        "verifiedEmail": True,
        "productSubscriberStatus": "NEVER_SUBSCRIBED",
        "taxSettings": {"taxId": None},
    },
    fields=(
        "createdAt updatedAt firstName lastName email phone note tags taxExempt taxExemptions dataSaleOptOut "
        "multipassIdentifier defaultAddress hasTimelineComment"
    ),
    indexed=("email", "phone"),
    identifiers={"emailAddress": "email", "phoneNumber": "phone"},
    filters={
        "email": "text",
        "first_name": "text",
        "last_name": "text",
        "accepts_marketing": Filter("flag", lambda _, node: _consent(node, "emailConsent") == "SUBSCRIBED"),
        "orders_count": Filter("number", lambda ctx, node: len(_orders_of(ctx, node))),
        "total_spent": Filter("number", spent),
        "country": Filter("exact", _country),
        "customer_date": "date createdAt",
        "updated_at": "day",
        "order_date": Filter("date", lambda ctx, node: [order["processedAt"] for order in _orders_of(ctx, node)]),
    },
    words=("first_name", "last_name", "email", "phone"),
    sort={"NAME": _name},
)
kind("CustomerEmailAddress", fields="marketingOptInLevel marketingUpdatedAt sourceLocation")
kind("CustomerPhoneNumber", fields="marketingCollectedFrom marketingOptInLevel marketingUpdatedAt sourceLocation")


def _consent(node: Node, name: str) -> str:
    return str((node.get(name) or {}).get("marketingState", "NOT_SUBSCRIBED"))


@field_rule("Customer.displayName")
def display_name(_ctx: Context, node: Node, _args: dict[str, Any]) -> str:
    name = " ".join(filter(None, (node.get("firstName"), node.get("lastName"))))
    return name or node.get("email") or node.get("phone") or ""


derived(
    {
        "Customer.numberOfOrders": lambda ctx, node: len(ctx.store.find("Order", "customer", node["id"])),
        "Customer.amountSpent": spent,
        "Customer.lastOrder": lambda ctx, node: max(
            _orders(ctx, node), key=lambda order: str(order["processedAt"]), default=None
        ),
        "Customer.canDelete": lambda ctx, node: not ctx.store.find("Order", "customer", node["id"]),
        "Customer.emailMarketingConsent": lambda _, node: _consent_state(node, "email", "emailConsent"),
    }
)


@field_rule("Customer.defaultEmailAddress")
def default_email(ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    if not node.get("email"):
        return None
    consent = node.get("emailConsent") or {}
    page = f"https://{ctx.store.shop_domain}/account/unsubscribe/{hashlib.sha256(node['id'].encode()).hexdigest()[:32]}"
    return {
        "emailAddress": node["email"],
        "validFormat": True,
        "marketingState": _consent(node, "emailConsent"),
        "marketingOptInLevel": consent.get("marketingOptInLevel") or DEFAULT_LEVEL,
        "marketingUpdatedAt": consent.get("consentUpdatedAt"),
        "marketingUnsubscribeUrl": page,
        "openTrackingLevel": "UNKNOWN",
        "openTrackingUrl": page,
    }


@field_rule("Customer.defaultPhoneNumber")
def default_phone(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    if not node.get("phone"):
        return None
    consent = node.get("smsConsent") or {}
    return {
        "phoneNumber": node["phone"],
        "marketingState": _consent(node, "smsConsent"),
        "marketingCollectedFrom": "OTHER" if consent else None,
        "marketingOptInLevel": consent.get("marketingOptInLevel") or DEFAULT_LEVEL,
        "marketingUpdatedAt": consent.get("consentUpdatedAt"),
        "smsMarketingConsent": phone_consent(node, "smsConsent"),
        "whatsAppMarketingConsent": phone_consent(node, "whatsAppConsent"),
    }


def phone_consent(node: Node, name: str) -> Node:
    """Return a consent of a phone number; in these states, one that was never given is NEVER_SUBSCRIBED."""
    consent = node.get(name) or {}
    state = _consent(node, name)
    return {
        "state": "NEVER_SUBSCRIBED" if state == "NOT_SUBSCRIBED" else state,
        "optInLevel": consent.get("marketingOptInLevel") or DEFAULT_LEVEL,
        "updatedAt": consent.get("consentUpdatedAt"),
        "collectedFrom": "OTHER" if consent else None,
        "sourceLocation": None,
    }


@field_rule("Customer.smsMarketingConsent")
def sms_consent(_ctx: Context, node: Node, _args: dict[str, Any]) -> Node | None:
    found = _consent_state(node, "phone", "smsConsent")
    return found and {**found, "consentCollectedFrom": "OTHER"}


def _consent_state(node: Node, channel: str, name: str) -> Node | None:
    if not node.get(channel):
        return None
    consent = node.get(name) or {}
    return {
        "marketingState": _consent(node, name),
        "marketingOptInLevel": consent.get("marketingOptInLevel") or DEFAULT_LEVEL,
        "consentUpdatedAt": consent.get("consentUpdatedAt"),
        "sourceLocation": None,
    }


@field_rule("Customer.addresses", "Customer.addressesV2")
def addresses(_ctx: Context, node: Node, args: dict[str, Any]) -> Any:
    rows = list(node["addressIds"])
    paged = {"last", "after", "before", "reverse"} & set(args)  # addressesV2 is a connection, addresses a list
    return page_of(rows, args, [node["id"], "addressesV2"]) if paged else rows


@field_rule("Customer.image")
def customer_image(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    mark = hashlib.sha256((node.get("email") or node["id"]).encode()).hexdigest()
    return image(
        ctx.store.shop["id"].replace("/Shop/", "/ImageSource/"),
        f"https://{ctx.store.shop_domain}/avatars/{mark}.png",
        None,
    )
