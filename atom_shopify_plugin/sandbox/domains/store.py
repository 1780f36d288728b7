"""The store itself, the app's installation and the API versions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.sandbox.connections import page_of
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.registry import derived, field_rule, kind, mutation, query
from atom_shopify_plugin.sandbox.scopes import compress
from atom_shopify_plugin.sandbox.store import Node, number

__all__ = ["PLANS", "own_app"]

PLANS = {"standard": "Basic", "advanced": "Advanced", "plus": "Shopify Plus"}

kind(
    "Shop",
    {
        "checkoutApiSupported": True,
        "orderNumberFormatPrefix": "#",
        "unitSystem": "METRIC_SYSTEM",
        "weightUnit": "KILOGRAMS",
        "customerAccounts": "OPTIONAL",
    },
    fields=(
        "createdAt updatedAt description orderNumberFormatSuffix setupRequired taxShipping taxesIncluded "
        "transactionalSmsDisabled marketingSmsConsentEnabledAtCheckout alerts fulfillmentServices "
        "shipsToCountries"
    ),
)
kind("ShopAddress", fields="address2 company latitude longitude province provinceCode firstName lastName")
kind("Domain", {"localization": None})
kind("App", fields="description embedded shopifyDeveloped published")
kind("AppInstallation", {"activeSubscriptions": [], "subscriptions": []})


@query("shop")
def shop(ctx: Context, _args: dict[str, Any]) -> Node:
    return ctx.store.shop


derived(
    {
        "Shop.myshopifyDomain": lambda ctx, _node: ctx.store.shop_domain,
        "Shop.url": lambda ctx, _node: f"https://{ctx.store.shop_domain}",
        "Shop.currencyCode": lambda ctx, _node: ctx.store.currency,
        "Shop.enabledPresentmentCurrencies": lambda ctx, _node: [ctx.store.currency],
        "Shop.ianaTimezone": lambda ctx, _node: ctx.store.timezone,
        "Shop.timezoneOffset|timezoneAbbreviation": lambda ctx, _node: _local(ctx).strftime("%z"),
        "ShopAddress|LocationAddress.formatted": lambda _, node: [
            text for text in (node.get("address1"), node.get("zip"), node.get("city"), node.get("country")) if text
        ],
    }
)


@field_rule("Shop.timezoneOffsetMinutes")
def shop_offset_minutes(ctx: Context, _node: Node, _args: dict[str, Any]) -> int:
    offset = _local(ctx).utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0


def _local(ctx: Context) -> datetime:
    return ctx.now.astimezone(ZoneInfo(ctx.store.timezone) if ctx.store.timezone else UTC)


@field_rule("Shop.plan")
def shop_plan(ctx: Context, _node: Node, _args: dict[str, Any]) -> Node:
    name = PLANS.get(ctx.store.plan, "Basic")
    return {
        "displayName": name,
        "publicDisplayName": name,
        "partnerDevelopment": False,
        "shopifyPlus": ctx.store.plan == "plus",
    }


@field_rule("Shop.primaryDomain")
def shop_primary_domain(ctx: Context, node: Node, _args: dict[str, Any]) -> Node:
    gid = node["id"].replace("/Shop/", "/Domain/")
    return {"id": gid, "host": ctx.store.shop_domain, "sslEnabled": True, "url": f"https://{ctx.store.shop_domain}"}


@field_rule("Shop.currencyFormats")
def shop_currency_formats(ctx: Context, _node: Node, _args: dict[str, Any]) -> Node:
    sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(ctx.store.currency, "")
    bare, named = f"{sign}{{{{amount}}}}", f"{sign}{{{{amount}}}} {ctx.store.currency}"
    return {
        "moneyFormat": bare,
        "moneyInEmailsFormat": bare,
        "moneyWithCurrencyFormat": named,
        "moneyWithCurrencyInEmailsFormat": named,
    }


for _tags, _kind in (("productTags", "Product"), ("productTypes", "Product"), ("productVendors", "Product")):
    _field = {"productTags": "tags", "productTypes": "productType", "productVendors": "vendor"}[_tags]

    def _listing(ctx: Context, args: dict[str, Any], field: str = _field, of: str = _kind) -> Any:
        values: set[str] = set()
        for node in ctx.store.all(of).values():
            values.update(node[field] if isinstance(node[field], list) else [node[field]])
        return page_of(sorted(filter(None, values), key=str.casefold), args, [field])

    query(_tags)(_listing)


# the app


@query("currentAppInstallation", "appInstallation")
def installation(ctx: Context, _args: dict[str, Any]) -> Node:
    granted = sorted(compress(ctx.scopes))
    implied = sorted(ctx.scopes - set(granted))
    return {
        "__typename": "AppInstallation",
        "id": f"gid://shopify/AppInstallation/{number(ctx.store.shop['id'])}",
        "launchUrl": f"https://{ctx.store.shop_domain}/admin/apps/{ctx.store.client_id}",
        "uninstallUrl": None,
        # The reads that a write implies come last.
        "accessScopes": [{"handle": scope, "description": scope} for scope in [*granted, *implied]],
        "app": own_app(ctx),
    }


@query("app")
def app(ctx: Context, args: dict[str, Any]) -> Node | None:
    found = own_app(ctx)
    return found if args.get("id") in (None, found["id"]) else None


def own_app(ctx: Context) -> Node:
    return {
        "__typename": "App",
        "id": "gid://shopify/App/1",
        "apiKey": ctx.store.client_id,
        "handle": "sandbox-app",
        "title": "Sandbox app",
        "webhookApiVersion": ctx.versions.listing()["stable"][-1],
    }


@mutation("appUninstall")
def app_uninstall(ctx: Context, _args: dict[str, Any]) -> Node:
    """Mark the app as uninstalled; whoever keeps the tokens looks at `StoreState.uninstalled_at`."""
    found = own_app(ctx)
    ctx.store.uninstalled_at = ctx.now
    ctx.record("deleted", installation(ctx, {}))
    return {"app": found}


@query("publicApiVersions")
def public_api_versions(ctx: Context, _args: dict[str, Any]) -> list[Node]:
    notes = {"stable": (True, ""), "candidate": (False, " (Release candidate)"), "unstable": (False, "")}
    return [
        {"handle": handle, "displayName": handle + notes[group][1], "supported": notes[group][0]}
        for group, handles in ctx.versions.listing().items()
        for handle in handles
    ]
