"""What the economy sells: products with their variants, costs and stock, and how much each of them is wanted.

A few products make most of the sales, many sell now and then, some hardly any more. Some are new, some sell in winter
or in summer only, some are bought in lumps by shops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import inventory, variant_writes
from atom_shopify_plugin.sandbox.seed_products import ADJECTIVES, LINES, Line
from atom_shopify_plugin.sandbox.store import Node
from atom_shopify_plugin.sandbox.writes import create

__all__ = ["GIFT_CARD", "Catalogue", "Item", "add_catalogue", "is_ending", "is_overstocked"]

GIFT_CARD = "Gift Card"
PER_LINE = 8  # products of each family
_WINTER = {"Sweater": 1.0, "Blanket": 1.0, "Candle": 0.6, "Coffee Beans": 0.15, "T-Shirt": -0.55, "Tote Bag": -0.4}
_COLD = (0.9, 0.6, 0.2, -0.2, -0.6, -0.8, -0.9, -0.7, -0.1, 0.5, 0.9, 1.1)  # how wintry a month is
# How much of what the rank alone gives a product sells, how long it sells (months), and its first stock in weeks.
_KINDS = {
    "seller": (1.0, 25, 7), "steady": (1.0, 25, 9), "tail": (0.8, 25, 14), "slow": (0.22, 25, 60),
    "dead": (0.5, 9, 40), "lumps": (0.0, 25, 0), "new": (2.2, 2, 9),
}  # fmt: skip
_PLAN = ("seller",) * 8 + ("steady",) * 22 + ("tail",) * 26 + ("slow",) * 11 + ("dead",) * 6 + ("lumps",) * 4
_ENDING, _OVERSTOCKED = (
    (4, 11, 17, 26),
    (6, 20, 33, 45),
)  # ranks: those that run out, and those of which there is too much


class Kind(NamedTuple):
    """How a product sells: a name of `_KINDS`, its rank, and the months between which it is sold."""

    name: str
    rank: int
    first: int
    last: int


@dataclass(eq=False)
class Item:
    """A variant that is sold: its nodes, how much it is wanted in each month, and what its shelf is managed by."""

    variant: Node
    line: str
    kind: Kind
    warehouse: Node
    floor: Node
    wanted: list[float]
    sold: int = 0
    weekly: float = 0.0
    due: int = 0

    @property
    def at_once(self) -> int:
        """How many units one order can have: it claims them from one location."""
        most: int = max(self.warehouse["stock"]["available"], self.floor["stock"]["available"])
        return most

    @property
    def available(self) -> int:
        """How many units there are at all locations."""
        stock: int = self.warehouse["stock"]["available"] + self.floor["stock"]["available"]
        return stock


@dataclass
class Catalogue:
    """All items, and the sums of what is wanted of them in each month: of all, and of each family."""

    items: list[Item]
    lumps: list[Item]
    cards: list[Item]
    months: list[list[float]] = field(default_factory=list)
    families: Mapping[str, tuple[list[Item], list[list[float]]]] = field(default_factory=dict)


def add_catalogue(ctx: Context, random: Random, start: datetime, months: int, weekly: float) -> Catalogue:
    """Add the products, the oldest first, and their first stock; at first `weekly` units are sold in a week."""
    places = [gid for gid, node in ctx.store.all("Location").items() if node["isActive"]]
    plans = _plans(random, months)
    whole = sum(_share(kind) for _, _, kind in plans)
    items: list[Item] = []
    present = ctx.now
    for line, title, kind in sorted(plans, key=lambda plan: (plan[2].first, plan[1] != "Mug")):
        age = timedelta(days=30.4 * kind.first - random.uniform(3, 20))
        ctx.now = min(start + age, present - timedelta(days=12)).replace(microsecond=0)
        product = _product(ctx, random, line, title)
        values = ("Blue", "Red") if title == "Mug" else line.values[: random.randint(2, len(line.values))]
        shares = [random.uniform(0.5, 1.5) for _ in values]
        price = Decimal(12) if title == "Mug" else Decimal(random.randint(line.low, line.high)) - Decimal("0.10")
        variants = _variants(ctx, random, product, line, values, price)
        pace = random.uniform(0.7, 1.45) ** (1 / months)
        for variant, share in zip(variants, shares, strict=True):
            part = _share(kind) * share / sum(shares)
            levels = [inventory.level_at(ctx, variant["inventoryItem"], place) for place in places]
            warehouse, floor = (level for level in levels if level is not None)
            wanted = [part * _season(line, start, month, kind) * pace**month for month in range(months + 1)]
            items.append(Item(variant, line.noun, kind, warehouse, floor, wanted))
            _stock(ctx, items[-1], weekly * part / whole)
    ctx.now = start
    cards = _gift_cards(ctx)
    for title, status in (("Harbor Jug", "DRAFT"), ("Terra Vase", "ARCHIVED")):
        create(
            ctx, "Product", {"title": title, "vendor": "Atelier", "productType": "Kitchen", "status": status}, _INPUT
        )
    ctx.now = present
    return _summed(items, cards, months)


def _plans(random: Random, months: int) -> list[tuple[Line, str, Kind]]:
    """Return each product with its family, its title and how it sells; the mug is among the best sellers."""
    titles = [
        (line, "Mug" if (line.noun, at) == ("Mug", 0) else f"{ADJECTIVES[at]} {line.noun}")
        for at in range(PER_LINE)
        for line in LINES
    ]
    mug, others = titles[0], titles[1:]
    random.shuffle(others)
    ordered = [*others[:2], mug, *others[2:]]
    plans = []
    for rank, (line, title) in enumerate(ordered):
        name = _PLAN[rank] if rank < len(_PLAN) else "new"
        _, sold, _ = _KINDS[name]
        first = 0 if title == "Mug" or random.random() < 0.75 else random.randint(2, 14)
        if name == "new":
            first = months - random.randint(1, sold)
        elif name == "dead":
            first = 0
        plans.append((line, title, Kind(name, rank, first, first + sold if name == "dead" else months)))
    return plans


def _share(kind: Kind) -> float:
    rank = 12 if kind.name == "new" else kind.rank
    return _KINDS[kind.name][0] / float((rank + 1.6) ** 0.95)


def _season(line: Line, start: datetime, month: int, kind: Kind) -> float:
    """Return how much of a product is wanted in a month, against its average; nothing before and after it is sold."""
    if not kind.first <= month <= kind.last:
        return 0.0
    rising = min(1.0, (month - kind.first + 1) / 3) if kind.first else 1.0
    fading = 0.5 ** max(0, month - kind.last + 4) if kind.name == "dead" else 1.0
    return max(0.08, 1 + _WINTER.get(line.noun, 0.0) * _COLD[(start.month - 1 + month) % 12]) * rising * fading


_INPUT = "ProductCreateInput"


def _product(ctx: Context, random: Random, line: Line, title: str) -> Node:
    given = {
        "title": title,
        "descriptionHtml": f"<p>{title} by {line.vendor}.</p>",
        "vendor": line.vendor,
        "productType": line.kind,
        "tags": sorted({*line.tags, *(["handmade"] if random.random() < 0.2 else [])}),
        "productOptions": [{"name": line.option, "values": [{"name": line.values[0]}]}],
    }
    product = create(ctx, "Product", given, _INPUT)
    ctx.update(product, {"publishedAt": ctx.stamp})
    return product


def _variants(
    ctx: Context, random: Random, product: Node, line: Line, values: tuple[str, ...], price: Decimal
) -> list[Node]:
    entries: list[dict[str, Any]] = []
    for at, value in enumerate(values):
        dearer = price + (2 * at if line.option == "Size" else 0)
        cost = (dearer * random.randint(32, 58) / 100).quantize(Decimal("0.01"))
        weight = {"unit": "KILOGRAMS", "value": random.randint(2, 14) / 10}
        item = {"sku": _sku(product, value), "tracked": True, "cost": cost, "measurement": {"weight": weight}}
        option = {"optionName": line.option, "name": value}
        entry = {"optionValues": [option], "price": dearer, "inventoryItem": item, "inventoryPolicy": "DENY"}
        entry["barcode"] = f"40{random.randrange(10**11):011d}"
        if random.random() < 0.1:
            entry["compareAtPrice"] = dearer + 5
        entries.append(entry)
    return _add_variants(ctx, product, entries)


def _add_variants(ctx: Context, product: Node, entries: list[dict[str, Any]]) -> list[Node]:
    """Write the first variant, which a new product has, and add the others."""
    first = {**entries[0], "id": product["variants"][0]}
    variant_writes.bulk_update(ctx, {"productId": product["id"], "variants": [first]})
    if entries[1:]:
        variant_writes.bulk_create(ctx, {"productId": product["id"], "variants": entries[1:]})
    return [ctx.store.all("ProductVariant")[gid] for gid in product["variants"]]


def _sku(product: Node, value: str) -> str:
    return f"{product['handle'].upper()}-{value.upper().replace(' ', '')}"


def _stock(ctx: Context, item: Item, weekly: float) -> None:
    """Put the first delivery on the shelf."""
    weeks = _KINDS[item.kind.name][2]
    amount = 160 if item.kind.name == "lumps" else max(8, round(weekly * weeks))
    if item.kind.rank in _OVERSTOCKED:
        amount *= 6
    inventory.shift(ctx, item.warehouse, "available", amount)
    inventory.shift(ctx, item.floor, "available", max(2, amount // 8))
    item.weekly = weekly


def _gift_cards(ctx: Context) -> list[Item]:
    """Add the gift card, whose variants are not counted."""
    given = {
        "title": GIFT_CARD, "vendor": ctx.store.shop["name"], "productType": GIFT_CARD, "giftCard": True,
        "tags": ["gift"], "productOptions": [{"name": "Denominations", "values": [{"name": "25"}]}],
    }  # fmt: skip
    product = create(ctx, "Product", given, _INPUT)
    ctx.update(product, {"publishedAt": ctx.stamp})
    entries: list[dict[str, Any]] = [
        {"optionValues": [{"optionName": "Denominations", "name": str(worth)}], "price": Decimal(worth),
         "inventoryItem": {"sku": f"GIFT-{worth}", "tracked": False, "requiresShipping": False}, "taxable": False}
        for worth in (25, 50, 100)
    ]  # fmt: skip
    found = []
    for variant in _add_variants(ctx, product, entries):
        warehouse, floor = inventory.levels_of(ctx, variant["inventoryItem"])
        found.append(Item(variant, GIFT_CARD, Kind("seller", 0, 0, 0), warehouse, floor, []))
    return found


def _summed(items: list[Item], cards: list[Item], months: int) -> Catalogue:
    def sums(some: list[Item]) -> list[list[float]]:
        return [list(accumulate(item.wanted[month] for item in some)) for month in range(months + 1)]

    sold = [item for item in items if item.kind.name != "lumps"]
    families = {
        noun: [item for item in sold if item.line == noun] for noun in dict.fromkeys(item.line for item in sold)
    }
    return Catalogue(
        sold,
        [item for item in items if item.kind.name == "lumps"],
        cards,
        sums(sold),
        {noun: (some, sums(some)) for noun, some in families.items()},
    )


def is_ending(item: Item) -> bool:
    """Tell whether the store has stopped ordering more of an item, though it sells."""
    return item.kind.rank in _ENDING


def is_overstocked(item: Item) -> bool:
    """Tell whether the store has ordered far too much of an item."""
    return item.kind.rank in _OVERSTOCKED
