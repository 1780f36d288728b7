"""How often a recommendation would have been right: on the last order of each customer, which it does not see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from atom_shopify_plugin.analytics.recommend import METHODS, Basket, Purchases

__all__ = ["HitRate", "hit_rates"]


@dataclass(frozen=True, slots=True)
class HitRate:
    """The share of the customers whose last order held one of the suggested products.

    `customers` counts those who could be hit: they had ordered before, and their last order held a product that was
    new to them and is known from other orders. `rate` is `None` without such customers. `lift` is the rate as a
    multiple of that of the most popular products.
    """

    method: str
    customers: int
    hits: int
    rate: float | None
    lift: float | None


def hit_rates(
    orders: Iterable[Basket], *, limit: int = 5, methods: Sequence[str] = tuple(METHODS), most_customers: int = 2000
) -> list[HitRate]:
    """Return the hit rates of methods that suggest `limit` products, the best method first.

    The last order of each customer with several is held out, by day and then by the order of the input; everything
    else is learnt from. Orders of guests are learnt from, too. Of more than `most_customers` who could be hit, so many
    are asked about, evenly spread over the input.
    """
    last: dict[str, int] = {}
    counts: dict[str, int] = {}
    baskets = list(orders)
    for place, order in enumerate(baskets):
        if order.customer is not None:
            counts[order.customer] = counts.get(order.customer, 0) + 1
            former = last.get(order.customer)
            if former is None or baskets[former].day <= order.day:
                last[order.customer] = place
    held_out = {place for customer, place in last.items() if counts[customer] > 1}
    purchases = Purchases(order for place, order in enumerate(baskets) if place not in held_out)
    wanted = []
    for place in sorted(held_out):
        order = baskets[place]
        bought = purchases.history[order.customer or ""]
        new = {product for product in order.products if product not in bought and product in purchases.orders.single}
        if new:
            wanted.append((bought, new))
    if len(wanted) > most_customers:
        wanted = [wanted[place * len(wanted) // most_customers] for place in range(most_customers)]
    hits = {
        method: sum(
            any(suggestion.product in new for suggestion in purchases.next_after(bought, limit, method=method))
            for bought, new in wanted
        )
        for method in dict.fromkeys(("popular", *methods))
    }
    rates = [
        HitRate(
            method=method,
            customers=len(wanted),
            hits=count,
            rate=count / len(wanted) if wanted else None,
            lift=count / hits["popular"] if hits["popular"] else None,
        )
        for method, count in hits.items()
    ]
    return sorted(rates, key=lambda rate: (-rate.hits, rate.method))
