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

from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Literal

from atom_shopify_plugin.sandbox import domains
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
from atom_shopify_plugin.sandbox.seed_shop import add_location, add_market, add_shop, add_subscription, publish
from atom_shopify_plugin.sandbox.store import StoreState, first_id

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
    add_shop(store, market, moment)
    add_saved_searches(store)
    channels = add_publications(store)
    add_market(store, market, moment)
    warehouse = add_location(store, market, "Main Warehouse", moment, primary=True)
    if size == "none":
        return store
    floor = add_location(store, market, "Shop Floor", moment, primary=False)
    variants = add_products(store, random, moment, products, [warehouse["id"], floor["id"]])
    add_images(store, next(iter(store.all("Product").values())))
    publish(store, channels)
    people = add_customers(store, random, moment, customers, market.locale, market.country)
    add_orders(store, random, moment, market, orders, people, variants)
    add_more(store, moment)
    add_draft(store, moment, people[0], variants[0])
    add_returns(store, moment)
    add_checkouts(store, moment, people, variants)
    add_subscription(store, moment)
    return store
