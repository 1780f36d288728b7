"""What every seeded store begins with: the shop, its locations, what is published, a webhook subscription."""

from __future__ import annotations

from datetime import datetime, timedelta

from atom_shopify_plugin.sandbox.places import country_name, province_name
from atom_shopify_plugin.sandbox.seed_orders import Market
from atom_shopify_plugin.sandbox.store import Node, StoreState, number, stamp

__all__ = ["add_location", "add_market", "add_shop", "add_subscription", "publish"]


def add_shop(store: StoreState, market: Market, now: datetime) -> None:
    """Add the shop itself, in the country of its market."""
    handle = store.shop_domain.partition(".")[0]
    name = handle.replace("-", " ").title()
    gid = store.new_id("Shop")
    german = market.country == "DE"
    store.put(
        {
            "id": gid,
            "__typename": "Shop",
            "name": name,
            "email": f"owner@{handle}.example.com",
            "contactEmail": f"hello@{handle}.example.com",
            "shopOwnerName": "Grace Hopper",
            "createdAt": stamp(now - timedelta(days=1100)),
            "updatedAt": stamp(now - timedelta(days=3)),
            "taxesIncluded": market.taxes_included,
            "unitSystem": "METRIC_SYSTEM" if german else "IMPERIAL_SYSTEM",
            "weightUnit": "KILOGRAMS" if german else "POUNDS",
            "shipsToCountries": [market.country],
            "shopAddress": {
                "id": f"gid://shopify/ShopAddress/{number(gid)}",
                "__typename": "ShopAddress",
                **_place(market),
                "countryCodeV2": market.country,
                "formattedArea": f"{_place(market)['city']}, {country_name(market.country)}",
                "coordinatesValidated": False,
                "phone": "+15550123",
                "company": name,
            },
        }
    )


def _place(market: Market) -> Node:
    if market.country == "DE":
        return {"address1": "Torstraße 1", "city": "Berlin", "zip": "10119", "country": "Germany"}
    return {
        "address1": "1 Mercer Street",
        "city": "New York",
        "zip": "10013",
        "country": "United States",
        "provinceCode": "NY",
        "province": province_name("US", "NY"),
    }


def publish(store: StoreState, channels: list[str]) -> None:
    """Publish what sells to the online store and to the point of sale."""
    for kind in ("Product", "Collection"):
        for node in store.all(kind).values():
            since = node.get("publishedAt") if kind == "Product" else node["updatedAt"]
            if since is not None:
                node["publishedTo"] = dict.fromkeys(channels[:2], since)


def add_subscription(store: StoreState, now: datetime) -> None:
    """Add a webhook subscription to a queue that is not on this machine: nothing is ever sent there."""
    made = stamp(now - timedelta(days=90))
    store.put(
        {
            "id": store.new_id("WebhookSubscription"),
            "__typename": "WebhookSubscription",
            "topic": "COLLECTIONS_CREATE",
            "uri": "pubsub://demo-project:shopify-events",
            "format": "JSON",
            "createdAt": made,
            "updatedAt": made,
        }
    )


def add_location(store: StoreState, market: Market, name: str, now: datetime, *, primary: bool) -> Node:
    """Add a location at the address of the shop."""
    return store.put(
        {
            "id": store.new_id("Location"),
            "__typename": "Location",
            "name": name,
            "isActive": True,
            "isPrimary": primary,
            "deactivatable": not primary,
            "shipsInventory": primary,
            "createdAt": stamp(now - timedelta(days=1100)),
            "updatedAt": stamp(now - timedelta(days=400)),
            "address": {**_place(market), "countryCode": market.country},
        }
    )


def add_market(store: StoreState, market: Market, now: datetime) -> None:
    """Add the market of the shop's own country."""
    name = country_name(market.country)
    region = store.put(
        {
            "id": store.new_id("MarketRegionCountry"),
            "__typename": "MarketRegionCountry",
            "code": market.country,
            "name": name,
        }
    )
    made = stamp(now - timedelta(days=1100))
    store.put(
        {
            "id": store.new_id("Market"),
            "__typename": "Market",
            "name": name,
            "handle": market.country.lower(),
            "status": "ACTIVE",
            "countries": [region["id"]],
            "currency": {"baseCurrency": market.currency, "localCurrencies": False, "roundingEnabled": False},
            "createdAt": made,
            "updatedAt": made,
        }
    )
    store.shop["homeRegion"] = region["id"]
