"""Who buys in the economy: people who come once, now and then, often, or no longer; and shops that buy in lumps."""

from __future__ import annotations

import heapq
from bisect import bisect
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, count
from random import Random
from typing import Any

from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.domains import customer_writes
from atom_shopify_plugin.sandbox.economy.catalogue import Item
from atom_shopify_plugin.sandbox.economy.regions import Country, Region
from atom_shopify_plugin.sandbox.seed_people import plain
from atom_shopify_plugin.sandbox.store import Node

__all__ = ["Buyer", "Buyers"]

# How many of a hundred are of a kind, in how many days they come back, how much that differs, and how likely it is.
_KINDS = {
    "once": (47, 0, 0, 0.0), "occasional": (30, 105, 35, 0.58), "regular": (17, 46, 12, 0.86),
    "loyal": (5, 27, 5, 0.93), "shop": (1, 44, 14, 0.95),
}  # fmt: skip
_RETURNS = 0.66  # how many of the orders that could be placed by somebody who is due are
_LAPSED = timedelta(days=60)  # who is due for so long has forgotten the store
VIP = 7  # orders


@dataclass(eq=False)
class Buyer:
    """A customer with what the store does not know of them."""

    node: Node
    country: Country
    address: dict[str, Any]
    kind: str
    rate: str | None
    orders: int = 0
    favourite: Item | None = None


class Buyers:
    """The people who buy: new ones, and those who come back when they are due."""

    def __init__(self, ctx: Context, random: Random, region: Region) -> None:
        self._ctx = ctx
        self._random = random
        self._region = region
        self._weights = list(accumulate(country.weight for country in region.countries))
        self._kinds = list(accumulate(kind[0] for kind in _KINDS.values()))
        self._due: list[tuple[datetime, int, Buyer]] = []
        self._turn = count()
        self._known = 0
        self.lately: deque[Buyer] = deque(maxlen=40)

    def next(self, moment: datetime) -> Buyer:
        """Return who places an order now."""
        while self._due and self._due[0][0] < moment - _LAPSED:
            heapq.heappop(self._due)
        if self._due and self._due[0][0] <= moment and self._random.random() < _RETURNS:
            return heapq.heappop(self._due)[2]
        return self.newcomer()

    def bought(self, buyer: Buyer, moment: datetime) -> None:
        """Note an order, and when the buyer comes back."""
        buyer.orders += 1
        self.lately.append(buyer)
        _, days, spread, chance = _KINDS[buyer.kind]
        always = buyer.node["email"] == "ada@example.com"
        if always or self._random.random() < chance:
            wait = max(2.0, self._random.gauss(days, spread))
            heapq.heappush(self._due, (moment + timedelta(days=wait), next(self._turn), buyer))
        if buyer.orders == VIP:
            self._ctx.update(buyer.node, {"tags": sorted({*buyer.node["tags"], "vip"})})

    def newcomer(self) -> Buyer:
        """Add a customer, the first one as every seed has her."""
        random, at = self._random, self._known
        self._known += 1
        country = self._region.countries[bisect(self._weights, random.random() * self._weights[-1])]
        kind = tuple(_KINDS)[bisect(self._kinds, random.random() * self._kinds[-1])]
        first, last = random.choice(country.first), random.choice(country.last)
        email = f"{plain(first)}.{plain(last)}{at}@example.{random.choice(('com', 'net', 'org'))}"
        phone = f"+1555{1_000_000 + at * 37:07d}" if random.random() < 0.5 else None
        if at == 0:
            country, kind, first, last = self._region.countries[0], "regular", "Ada", "Lovelace"
            email, phone = "ada@example.com", "+15550100"
        city, postcode, province = random.choice(country.cities)
        street, house = random.choice(country.streets), random.randint(1, 160)
        line = f"{house} {street}" if country.code in ("US", "CA", "FR") else f"{street} {house}"
        address = {
            "firstName": first, "lastName": last, "address1": line, "city": city, "zip": postcode,
            "countryCode": country.code, "provinceCode": province,
        }  # fmt: skip
        given: dict[str, Any] = {
            "firstName": first, "lastName": last, "email": email, "phone": phone, "locale": self._region.locale,
            "tags": ["wholesale"] if kind == "shop" else ["vip"] if at == 0 else [], "addresses": [address],
        }  # fmt: skip
        if random.random() < 0.42:
            given["emailMarketingConsent"] = {"marketingState": "SUBSCRIBED", "marketingOptInLevel": "SINGLE_OPT_IN"}
        node = customer_writes.upsert(self._ctx, given)
        return Buyer(node, country, address, kind, province)
