"""A store with a past: the same for the same domain, size, seed and time.

Guaranteed in a small and a full store: the product ``mug`` ("Mug", SKUs MUG-BLUE and MUG-RED, tracked, active, vendor
Atelier), the customer ada@example.com (Ada Lovelace, +15550100), the orders #1001 (paid, unfulfilled), #1002 (unpaid,
unfulfilled), #1029 (on hold) and #1030 (authorized, not captured), the draft order #D1, the locations "Main Warehouse"
(primary) and "Shop Floor", the sales channels "Online Store", "Point of Sale" and "Shop", the discount codes WELCOME10
(active) and SUMMER10 (ended), two automatic discounts of which one has ended, the metaobjects of the type ``designer``,
a segment, a page and a blog, the metafield ``custom.material`` of the mug with its definition, the collection ``home``
that is sorted by hand, and a webhook subscription that delivers to a queue elsewhere. The first thirty orders, #1001 to
#1030, lie within the last 50 days, so that an app with `read_orders` alone sees them; the others of the full store
reach back 18 months.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from atom_shopify_plugin.sandbox import domains
from atom_shopify_plugin.sandbox.places import country_name, province_name
from atom_shopify_plugin.sandbox.registry import REGISTRY
from atom_shopify_plugin.sandbox.seed_more import (
    add_checkouts,
    add_draft,
    add_images,
    add_more,
    add_publications,
    add_returns,
    add_saved_searches,
)
from atom_shopify_plugin.sandbox.seed_orders import Market, add_orders
from atom_shopify_plugin.sandbox.seed_people import add_customers
from atom_shopify_plugin.sandbox.seed_products import add_products
from atom_shopify_plugin.sandbox.store import Node, StoreState, first_id, number, stamp

__all__ = ["AMERICA", "EUROPE", "SIZES", "build"]

# products, customers, orders
SIZES = {"none": (0, 0, 0), "small": (12, 20, 30), "full": (200, 1000, 5000)}
PLANS = {"outlet.myshopify.com": "plus"}
EUROPE = Market("EUR", "DE", "Europe/Berlin", "de_DE", "MwSt.", Decimal("0.19"), taxes_included=True)
AMERICA = Market("USD", "US", "America/New_York", "en_US", "Sales tax", Decimal("0.08"), taxes_included=False)
MARKETS = {"outlet.myshopify.com": AMERICA}


def build(
    shop_domain: str,
    size: Literal["small", "full"] | str = "full",
    seed: int = 1,
    *,
    plan: str | None = None,
    market: Market | None = None,
    now: datetime | None = None,
) -> StoreState:
    """Return a seeded store; with the size ``none`` there is a shop with one location and nothing else.

    `now` (default: the present) is the end of its past, `market` where it sells. Raise `KeyError` for another size.
    """
    products, customers, orders = SIZES[size]
    market = market or MARKETS.get(shop_domain, EUROPE)
    moment = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    domains.load()
    store = StoreState(
        shop_domain,
        indexed={kind.name: kind.indexed for kind in REGISTRY.kinds.values()},
        plan=plan or PLANS.get(shop_domain, "standard"),
        currency=market.currency,
        timezone=market.timezone,
        first_id=first_id(shop_domain),
    )
    random = Random(f"{shop_domain}/{size}/{seed}")
    _shop(store, market, moment)
    add_saved_searches(store)
    channels = add_publications(store)
    warehouse = _location(store, market, "Main Warehouse", moment, primary=True)
    if size == "none":
        return store
    floor = _location(store, market, "Shop Floor", moment, primary=False)
    variants = add_products(store, random, moment, products, [warehouse["id"], floor["id"]])
    add_images(store, next(iter(store.all("Product").values())))
    _publish(store, channels)
    people = add_customers(store, random, moment, customers, market.locale, market.country)
    add_orders(store, random, moment, market, orders, people, variants)
    add_more(store, moment)
    add_draft(store, moment, people[0], variants[0])
    add_returns(store, moment)
    add_checkouts(store, moment, people, variants)
    _subscription(store, moment)
    return store


def _shop(store: StoreState, market: Market, now: datetime) -> None:
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


def _publish(store: StoreState, channels: list[str]) -> None:
    """Publish what sells to the online store and to the point of sale."""
    for kind in ("Product", "Collection"):
        for node in store.all(kind).values():
            since = node.get("publishedAt") if kind == "Product" else node["updatedAt"]
            if since is not None:
                node["publishedTo"] = dict.fromkeys(channels[:2], since)


def _subscription(store: StoreState, now: datetime) -> None:
    # Made for the app some time ago, to a queue that is not on this machine: nothing is ever sent there.
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


def _location(store: StoreState, market: Market, name: str, now: datetime, *, primary: bool) -> Node:
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
