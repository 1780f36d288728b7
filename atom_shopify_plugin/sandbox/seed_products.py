"""Seeded products: variants by colour or size, stock at each location."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from atom_shopify_plugin.sandbox.store import Node, StoreState, number, stamp

__all__ = ["ADJECTIVES", "LINES", "Line", "add_collection", "add_products"]

COLOURS = ("Blue", "Red", "Black", "Sand", "Olive", "White")
SIZES = ("S", "M", "L", "XL")


class Line(NamedTuple):
    """A family of products: what it is called, what it costs, how its variants differ."""

    noun: str
    kind: str
    vendor: str
    low: int
    high: int
    option: str
    values: tuple[str, ...]
    tags: tuple[str, ...]


LINES = (
    Line("Mug", "Kitchen", "Atelier", 9, 24, "Color", COLOURS, ("ceramics", "gift")),
    Line("Bowl", "Kitchen", "Atelier", 12, 36, "Color", COLOURS, ("ceramics",)),
    Line("T-Shirt", "Apparel", "Northwind", 19, 39, "Size", SIZES, ("cotton", "basics")),
    Line("Sweater", "Apparel", "Northwind", 59, 129, "Size", SIZES, ("wool", "winter")),
    Line("Tote Bag", "Accessories", "Carryall", 15, 45, "Color", COLOURS, ("bags", "gift")),
    Line("Notebook", "Stationery", "Paperworks", 6, 18, "Color", COLOURS, ("paper", "gift")),
    Line("Candle", "Home", "Lumen", 14, 42, "Color", COLOURS, ("scent", "gift")),
    Line("Blanket", "Home", "Lumen", 69, 159, "Color", COLOURS, ("wool", "winter")),
    Line("Coffee Beans", "Pantry", "Roastery", 8, 22, "Size", ("250 g", "500 g", "1 kg"), ("coffee",)),
    Line("Poster", "Home", "Paperworks", 12, 48, "Size", ("A4", "A3", "A2"), ("paper", "art")),
)
ADJECTIVES = (
    "Classic", "Coastal", "Alpine", "Minimal", "Rustic", "Vintage", "Studio", "Everyday", "Heritage", "Harbor",
    "Meadow", "Nordic", "Urban", "Terra", "Cloud", "Ember", "Orchard", "Juniper", "Slate", "Linen", "Willow",
)  # fmt: skip


def add_products(store: StoreState, random: Random, now: datetime, count: int, locations: list[str]) -> list[Node]:
    """Add `count` products and a collection per kind; return all variants of active ones, the best sellers first."""
    sold = []
    by_kind: dict[str, list[str]] = {}
    for at in range(count):
        line = LINES[at % len(LINES)]
        adjective = ADJECTIVES[at // len(LINES) % len(ADJECTIVES)]
        title = "Mug" if at == 0 else f"{adjective} {line.noun}"
        chance = random.random()
        status = "ACTIVE" if at < 10 or chance < 0.9 else "DRAFT" if chance < 0.96 else "ARCHIVED"
        values = ("Blue", "Red") if at == 0 else line.values[: random.randint(2, len(line.values))]
        created = now - timedelta(days=random.randint(560, 900), seconds=random.randrange(86400))
        product = _product(store, random, line, title, status, values, created)
        price = (
            Decimal(12)
            if at == 0
            else Decimal(random.randint(line.low, line.high)) - random.choice((0, Decimal("0.10"), Decimal("0.01")))
        )
        by_kind.setdefault(line.kind, []).append(product["id"])
        for position, value in enumerate(values, 1):
            variant = _variant(store, random, product, line, value, position, price, created)
            _stock(store, random, variant, locations, created, plenty=at < 10)
            product["variants"].append(variant["id"])
            if status == "ACTIVE":
                sold.append(variant)
    for kind, products in by_kind.items():
        add_collection(store, kind, products, now)
    return sold


def add_collection(store: StoreState, title: str, products: list[str], now: datetime) -> None:
    """Add a collection of some products."""
    inclusion = {
        "__typename": "CollectionSourceInclusion",
        "matchType": "ALL",
        "selections": [{"product": gid, "variantIds": None} for gid in products],
        "conditions": [],
    }
    source = store.put(
        {
            "id": store.new_id("CollectionConditionsSource"),
            "__typename": "CollectionConditionsSource",
            "title": title,
            "inclusion": inclusion,
            "exclusion": None,
        }
    )
    store.put(
        {
            "id": store.new_id("Collection"),
            "__typename": "Collection",
            "title": title,
            "handle": title.lower(),
            "descriptionHtml": f"<p>All of {title}.</p>",
            "updatedAt": stamp(now - timedelta(days=200)),
            "products": [],
            "sources": [source["id"]],
            **({"sortOrder": "MANUAL"} if title == "Home" else {}),
        }
    )


def _product(
    store: StoreState, random: Random, line: Line, title: str, status: str, values: tuple[str, ...], created: datetime
) -> Node:
    handle = title.lower().replace(" ", "-")
    option = {
        "__typename": "ProductOption",
        "id": store.new_id("ProductOption"),
        "name": line.option,
        "position": 1,
        "optionValues": [
            {"__typename": "ProductOptionValue", "id": store.new_id("ProductOptionValue"), "name": value}
            for value in values
        ],
    }
    return store.put(
        {
            "id": store.new_id("Product"),
            "__typename": "Product",
            "title": title,
            "handle": handle,
            "descriptionHtml": f"<p>{title} by {line.vendor}.</p>",
            "vendor": line.vendor,
            "productType": line.kind,
            "status": status,
            "tags": sorted({*line.tags, *(["new"] if random.random() < 0.1 else [])}),
            "createdAt": stamp(created),
            "updatedAt": stamp(created + timedelta(days=random.randint(0, 500))),
            "publishedAt": stamp(created) if status == "ACTIVE" else None,
            "options": [option],
            "variants": [],
            "media": [],
        }
    )


def _variant(
    store: StoreState,
    random: Random,
    product: Node,
    line: Line,
    value: str,
    position: int,
    price: Decimal,
    created: datetime,
) -> Node:
    sku = f"{product['handle'].upper()}-{value.upper().replace(' ', '')}"
    if line.values != COLOURS and position > 1:
        price += 2 * (position - 1)
    times = {"createdAt": stamp(created), "updatedAt": stamp(created + timedelta(days=30))}
    item = {
        "id": store.new_id("InventoryItem"),
        "__typename": "InventoryItem",
        "sku": sku,
        "tracked": True,
        "requiresShipping": True,
        "unitCost": (price * Decimal(random.randint(35, 60)) / 100).quantize(Decimal("0.01")),
        "weight": {"unit": "KILOGRAMS", "value": random.randint(2, 20) / 10},
        **times,
    }
    variant = store.put(
        {
            "id": store.new_id("ProductVariant"),
            "__typename": "ProductVariant",
            "product": product["id"],
            "title": value,
            "sku": sku,
            "barcode": f"40{random.randrange(10**11):011d}",
            "price": price,
            "compareAtPrice": price + 5 if random.random() < 0.15 else None,
            "position": position,
            "selectedOptions": [{"name": line.option, "value": value}],
            "inventoryPolicy": "DENY",
            "inventoryItem": item["id"],
            **times,
        }
    )
    store.put({**item, "variant": variant["id"]})
    return variant


def _stock(
    store: StoreState, random: Random, variant: Node, locations: list[str], created: datetime, *, plenty: bool
) -> None:
    item = variant["inventoryItem"]
    for at, location in enumerate(locations):
        most = (120, 25)[min(at, 1)]
        amount = random.randint(most // 2, most) if plenty else max(0, random.randint(-most // 6, most))
        store.put(
            {
                "id": f"gid://shopify/InventoryLevel/{number(location)}?inventory_item_id={number(item)}",
                "__typename": "InventoryLevel",
                "item": item,
                "location": location,
                "isActive": True,
                "stock": {"available": amount, "committed": 0},
                "createdAt": stamp(created),
                "updatedAt": stamp(created + timedelta(days=30)),
            }
        )
