"""The store of the economy: 25 months of trade, event by event, by the rules of the sandbox's own mutations.

The same domain and time make the same store, in every process. All times lie before `now`; the newest order is some
minutes old. As in every seed there are the product ``mug`` with the SKUs MUG-BLUE and MUG-RED, the customer
ada@example.com, the locations "Main Warehouse" and "Shop Floor", and the code WELCOME10.
"""

from __future__ import annotations

import gc
import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from atom_shopify_plugin.sandbox import seed
from atom_shopify_plugin.sandbox.domains import abandoned_checkouts, fulfillment_order_moves, fulfillment_orders
from atom_shopify_plugin.sandbox.economy import regions
from atom_shopify_plugin.sandbox.economy.aftersales import Aftersales
from atom_shopify_plugin.sandbox.economy.baskets import Baskets
from atom_shopify_plugin.sandbox.economy.buyers import Buyers
from atom_shopify_plugin.sandbox.economy.catalogue import add_catalogue
from atom_shopify_plugin.sandbox.economy.counter import WELCOME, Counter
from atom_shopify_plugin.sandbox.economy.seasons import MONTHS_BACK, moments, opened, promotion_at, promotions
from atom_shopify_plugin.sandbox.economy.shelves import WEEK, count_shelves
from atom_shopify_plugin.sandbox.economy.writing import HistoryContext
from atom_shopify_plugin.sandbox.engine import schema
from atom_shopify_plugin.sandbox.registry import REGISTRY
from atom_shopify_plugin.sandbox.seed_more import add_content, add_draft, add_images
from atom_shopify_plugin.sandbox.seed_orders import Market
from atom_shopify_plugin.sandbox.seed_products import add_collection
from atom_shopify_plugin.sandbox.seed_shop import add_location, add_subscription, publish
from atom_shopify_plugin.sandbox.store import Node, StoreState, stamp

__all__ = ["ORDERS", "build"]

ORDERS = 5000
_UNITS = 0.0105  # sold in the first weeks, for each order of the history
_FEWER = {"outlet.myshopify.com": 1500}
_SCOPES = frozenset({"read_all_orders", "read_merchant_managed_fulfillment_orders", "read_orders", "read_products"})
_IN_SHOP, _KNOWN_IN_SHOP, _SHOP_HOURS = 0.16, 0.4, range(10, 19)
_LEFT, _LEFT_BEFORE_NOW, _CAME_BACK = 140, timedelta(days=90), 0.22


def build(domain: str, *, plan: str | None = None, market: Market | None = None, now: datetime) -> StoreState:
    """Return the store of a domain with its history up to `now`; `market` is where it sells."""
    schema()  # what a kind has by default is known from here on
    end = now.astimezone(UTC).replace(microsecond=0)
    market = market or seed.MARKETS.get(domain, seed.EUROPE)
    store = seed.build(domain, "none", plan=plan, market=market, now=end)
    start = opened(end)
    store.change(store.shop, {"createdAt": stamp(start - timedelta(days=40))})
    with _without_collection():
        _Trade(store, market, start, end, _FEWER.get(domain, ORDERS)).run()
    return store


@contextmanager
def _without_collection() -> Iterator[None]:
    """Make hundreds of thousands of objects that stay without looking through them for cycles again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Trade:
    """Lets the time of a store pass: what is planned happens in its order."""

    def __init__(self, store: StoreState, market: Market, start: datetime, end: datetime, orders: int) -> None:
        self.store, self.start, self.end, self.orders = store, start, end, orders
        self.random = random = Random(f"economy of {store.shop_domain}")
        self.zone = ZoneInfo(market.timezone)
        region = regions.AMERICA if market.country == "US" else regions.EUROPE
        self.ctx = ctx = HistoryContext(store, end, _SCOPES)
        self.warehouse = next(iter(store.all("Location")))
        self.floor = add_location(store, market, "Shop Floor", end, primary=False)["id"]
        self._planned: list[tuple[datetime, int, Callable[[], None]]] = []
        self._turn = count()
        self.promotions = promotions(end, self.zone)
        self.catalogue = add_catalogue(ctx, random, start, MONTHS_BACK, _UNITS * orders)
        baskets = self.baskets = Baskets(random, self.catalogue)
        self.buyers = Buyers(ctx, random, region)
        self.counter = Counter(ctx, random, region, self.floor)
        self.after = Aftersales(ctx, random, self.zone, baskets, region.carrier, end, self.later)

    def later(self, moment: datetime, what: Callable[[], None]) -> None:
        """Let something happen at a time; what lies after the present never does."""
        if moment < self.end:
            heapq.heappush(self._planned, (moment.replace(microsecond=0), next(self._turn), what))

    def run(self) -> None:
        """Make the history."""
        ctx, first = self.ctx, self.start.replace(hour=5, minute=0, second=0)
        self.later(first + (7 - first.weekday()) * timedelta(days=1), self._count)
        ctx.now = self.start - timedelta(days=2)
        self.counter.try_out(1001, self.catalogue.items[0])
        self._plan_checkouts()
        *times, last = moments(self.random, self.end, self.zone, self.orders - 1, self.promotions)
        for number, moment in enumerate(times, 1002):
            self._pass(moment)
            ctx.now = moment
            self._sell(number, min(MONTHS_BACK, int((moment - self.start).days / 30.45)))
        self._pass(last)
        ctx.now = last
        self._sell_last(1000 + self.orders)
        self._pass(self.end)
        ctx.now = self.end
        self._complete()
        self._share()

    def _pass(self, moment: datetime) -> None:
        while self._planned and self._planned[0][0] <= moment:
            at, _, what = heapq.heappop(self._planned)
            self.ctx.now = at
            what()

    def _count(self) -> None:
        count_shelves(self.ctx, self.random, self.catalogue, self.end, self.later)
        self.later(self.ctx.now + WEEK, self._count)

    def _sell(self, number: int, month: int) -> None:
        random, moment = self.random, self.ctx.now
        promotion = promotion_at(self.promotions, moment)
        local = moment.astimezone(self.zone)
        if local.weekday() < 6 and local.hour in _SHOP_HOURS and random.random() < _IN_SHOP:
            buyer = self.buyers.next(moment) if random.random() < _KNOWN_IN_SHOP else None
            if buyer is None or buyer.kind != "shop":
                basket = self.baskets.fill(month, buyer, on_floor=True)
                sale = self.counter.in_shop(number, buyer, basket, promotion)
                self.after.bring_back(sale)
                if buyer is not None:
                    self.buyers.bought(buyer, moment)
                return
        else:
            buyer = self.buyers.next(moment)
        sale = self.counter.online(number, buyer, self.baskets.fill(month, buyer), promotion)
        self.after.follow(sale)
        self.buyers.bought(buyer, moment)

    def _sell_last(self, number: int) -> None:
        """Place the newest order: of the online store, paid, and not sent yet."""
        buyer = self.buyers.next(self.ctx.now)
        basket = self.baskets.fill(MONTHS_BACK, buyer, cards=False)
        promotion = promotion_at(self.promotions, self.ctx.now)
        self.counter.online(number, buyer, basket, promotion, "now")
        self.buyers.bought(buyer, self.ctx.now)

    def _plan_checkouts(self) -> None:
        for _ in range(_LEFT):
            self.later(self.end - self.random.random() * _LEFT_BEFORE_NOW, self._leave)

    def _leave(self) -> None:
        """Let somebody leave a checkout; some come back for it on one of the next days."""
        buyer = self.random.choice(self.buyers.lately)
        basket = [(item.variant, units) for item, units in self.baskets.fill(MONTHS_BACK, None)]
        node = abandoned_checkouts.begin(self.ctx, buyer.node, basket)
        if self.random.random() < _CAME_BACK:
            when = self.ctx.now + timedelta(hours=self.random.uniform(2, 60))
            self.later(when, lambda: self._recover(node))

    def _recover(self, node: Node) -> None:
        abandoned_checkouts.change(self.ctx, node, None, {"completedAt": self.ctx.stamp})

    def _complete(self) -> None:
        """Add what a store has beside its trade: discounts, collections, pages, a draft order, an order on hold."""
        store, end = self.store, self.end
        self._discounts()
        kinds: dict[str, list[str]] = {}
        for product in store.all("Product").values():
            kinds.setdefault(product["productType"], []).append(product["id"])
        for kind, products in kinds.items():
            add_collection(store, kind, products, end)
        mug = next(iter(store.all("Product").values()))
        add_images(store, mug)
        publish(store, list(store.all("Publication")))
        add_content(store, end)
        ada = store.find("Customer", "email", "ada@example.com")[0]
        add_draft(store, end, ada, store.all("ProductVariant")[mug["variants"][0]])
        add_subscription(store, end)
        self._hold()

    def _discounts(self) -> None:
        """Add the discounts of the promotions, with how often their codes were used."""
        rule = REGISTRY.mutations
        welcome = {"title": "Welcome", "startsAt": stamp(self.start), "code": WELCOME, "appliesOncePerCustomer": True}
        entries: list[tuple[dict[str, Any], int, datetime]] = [(welcome, 10, self.start)]
        for one in self.promotions:
            named = {"title": one.title, "startsAt": stamp(one.start), "endsAt": stamp(one.end)}
            entries.append((named | ({"code": one.code} if one.code else {}), int(one.percent), one.start))
        for given, percent, since in sorted(entries, key=lambda entry: entry[2]):
            self.ctx.now = since - timedelta(days=5)
            how = "Code" if "code" in given else "Automatic"
            if percent:
                gets = {"items": {"all": True}, "value": {"percentage": percent / 100}}
                argument, name = (
                    f"{'basicCode' if how == 'Code' else 'automaticBasic'}Discount",
                    f"discount{how}BasicCreate",
                )
                rule[name](self.ctx, {argument: {**given, "customerGets": gets}})
            else:
                shipping = {**given, "destination": {"all": True}}
                rule["discountCodeFreeShippingCreate"](self.ctx, {"freeShippingCodeDiscount": shipping})
        self.ctx.now = self.end
        for kind in ("DiscountCodeNode", "DiscountAutomaticNode"):
            for node in self.store.all(kind).values():
                used = {"asyncUsageCount": self.counter.used[node["title"]], "updatedAt": node["updatedAt"]}
                for known in (node, *self.store.find("DiscountRedeemCode", "discount", node["id"])):
                    self.ctx.update(known, {name: used[name] for name in used if name in known or name[0] == "a"})

    def _hold(self) -> None:
        """Hold an open order back that is not of today."""
        yesterday = stamp(self.end - timedelta(days=1))
        for node in reversed(self.store.all("FulfillmentOrder").values()):
            order = self.store.all("Order")[node["order"]]
            if not order.get("shippingAddress") or order["createdAt"] > yesterday or order.get("fulfillments"):
                continue
            if fulfillment_orders.is_open(self.ctx, node):
                hold = {"reason": "INCORRECT_ADDRESS", "reasonNotes": "The house number is missing."}
                fulfillment_order_moves.hold(self.ctx, {"id": node["id"], "fulfillmentHold": hold})
                return

    def _share(self) -> None:
        """Keep equal amounts once: a history has tens of thousands of them, and few that differ."""
        known: dict[str, Decimal] = {}
        nodes = (node for kind in ("Order", "LineItem", "OrderTransaction") for node in self.store.all(kind).values())
        for node in nodes:
            for name, value in node.items():
                if type(value) is Decimal:
                    node[name] = known.setdefault(str(value), value)
