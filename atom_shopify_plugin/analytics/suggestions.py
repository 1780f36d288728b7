"""What goes with products, what customers may want next, and what they may order again, as answers show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from atom_shopify_plugin.analytics.periods import Period
from atom_shopify_plugin.analytics.recommend import FEWEST_TOGETHER, Basket, Purchases
from atom_shopify_plugin.analytics.reminders import Reminder, reminders
from atom_shopify_plugin.analytics.shown import percent
from atom_shopify_plugin.analytics.view import View
from atom_shopify_plugin.errors import NotFound
from atom_shopify_plugin.storage.insight.baskets import Bought, CopiedProduct

__all__ = ["MOST_ORDERS", "Sample", "lists", "next_best", "reorders", "similar", "together"]

Json = dict[str, Any]
MOST_ORDERS = 20_000
"""The latest orders that are counted: they bound the memory of an answer, and its time."""
_CUSTOMERS_ORDERS = 200  # the latest ones of a customer
_CANDIDATES = 1_000  # of which products that are not offered are left out
_OFFERED = "ACTIVE"
_ABOUT = ("source", "as_of", "complete", "known_since", "period", "test_orders", "definitions")


class Sample:
    """The latest orders of a store, and which products it offers now."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.baskets = [_basket(order) for order in view.storage.baskets.latest(view.session, view.mirror, MOST_ORDERS)]
        products = view.storage.sync_runs.find(view.session, view.mirror, "products")
        self.knows_products = products is not None and products.whole_at is not None

    @cached_property
    def purchases(self) -> Purchases:
        return Purchases(self.baskets)

    def about(self, definitions: str) -> Json:
        """Return what every answer says of itself. Older orders matter, so that a copy without them is not complete."""
        days = [basket.day for basket in self.baskets] or [self.view.today]
        answer = self.view.about(Period(min(days), max(days)), definitions, history=True)
        return {**{name: answer[name] for name in _ABOUT}, "orders": len(self.baskets)}

    def products(self, ids: Iterable[str]) -> dict[str, CopiedProduct]:
        """Return what is known of products: by the catalogue, else the title that they were sold under."""
        view, numbers = self.view, sorted({int(number) for number in ids})
        known = view.storage.baskets.products(view.session, view.mirror, numbers)
        rest = [number for number in numbers if number not in known]
        sold = view.storage.baskets.titles(view.session, view.mirror, rest)
        named = {number: CopiedProduct(title, "", "") for number, title in sold.items()}
        return {str(number): product for number, product in {**named, **known}.items()}

    def offered(self, ids: Sequence[str], first: int) -> tuple[list[str], int]:
        """Return the first ids of products that are offered now, and how many before the last of them are not.

        All are where the products have not been copied.
        """
        if not self.knows_products:
            return list(ids[:first]), 0
        view = self.view
        known = view.storage.baskets.products(view.session, view.mirror, [int(number) for number in ids])
        kept: list[str] = []
        left_out = 0
        for number in ids:
            if len(kept) == first:
                break
            product = known.get(int(number))
            if product is not None and product.status == _OFFERED:
                kept.append(number)
            else:
                left_out += 1
        return kept, left_out

    def known(self, product: str) -> CopiedProduct:
        """Return a product that is asked about; raise `NotFound` where neither the catalogue nor an order has it."""
        found = self.products([product]).get(product)
        if found is None:
            raise NotFound(f"The copy of {self.view.store.shop} has no product {product}, neither offered nor sold.")
        return found


def together(view: View, given: Mapping[str, Any]) -> Json:
    """Return what is bought in the same orders as a product."""
    sample, product = Sample(view), _number(given["product_id"])
    about = sample.known(product)
    companions = {one.product: one for one in sample.purchases.bought_together(product, _CANDIDATES)}
    ids, left_out = sample.offered(list(companions), given["first"])
    counts = sample.purchases.orders
    items = [
        {
            "together": companions[number].together,
            "confidence_percent": percent(companions[number].together, counts.single[product]),
            "lift": f"{companions[number].lift:.2f}",
        }
        for number in ids
    ]
    nobody = f"No other product was in {FEWEST_TOGETHER} orders with it, and more often than by chance."
    return {
        **sample.about("bought-together"),
        **_asked_of(product, about),
        "orders_with_product": counts.single.get(product, 0),
        "too_large": counts.too_large,
        **_listed(sample, ids, items, left_out, nobody),
    }


def similar(view: View, given: Mapping[str, Any]) -> Json:
    """Return what the buyers of a product buy, too."""
    sample, product = Sample(view), _number(given["product_id"])
    about = sample.known(product)
    cosines = dict(sample.purchases.similar(product, _CANDIDATES))
    ids, left_out = sample.offered(list(cosines), given["first"])
    counts = sample.purchases.customers
    items = [
        {"buyers": counts.pairs[product][number], "similarity": f"{cosines[number]:.3f}"} for number in ids
    ]  # fmt: skip
    nobody = f"No other product has {FEWEST_TOGETHER} buyers in common with it."
    return {
        **sample.about("similar-products"),
        **_asked_of(product, about),
        "buyers_of_product": counts.single.get(product, 0),
        "too_large": counts.too_large,
        **_listed(sample, ids, items, left_out, nobody),
    }


def next_best(view: View, given: Mapping[str, Any]) -> Json:
    """Return what a customer may want next."""
    sample, customer = Sample(view), _number(given["customer_id"])
    orders = view.storage.baskets.of_customer(view.session, view.mirror, int(customer), _CUSTOMERS_ORDERS)
    bought: dict[str, date] = {}
    for basket in map(_basket, orders):
        bought |= dict.fromkeys(basket.products, basket.day)
    suggestions = {one.product: one for one in sample.purchases.next_after(bought, _CANDIDATES)}
    ids, left_out = sample.offered(list(suggestions), given["first"])
    causes = sample.products({cause for number in ids for cause in suggestions[number].because})
    items = [
        {
            "score": f"{suggestions[number].score:.3f}",
            "popular": not suggestions[number].because,
            "because": [_named(cause, causes.get(cause)) for cause in suggestions[number].because],
        }
        for number in ids
    ]
    return {
        **sample.about("next-best"),
        "customer_id": f"gid://shopify/Customer/{customer}",
        "orders_of_customer": len(orders),
        "products_of_customer": len(bought),
        **_listed(sample, ids, items, left_out, "There are no orders from which something could be suggested."),
    }


def reorders(view: View, ahead: int, keep: Callable[[Reminder], bool]) -> tuple[list[Reminder], Sample]:
    """Return the reminders of products that are offered now, the longest overdue first."""
    sample = Sample(view)
    due = [one for one in reminders(sample.baskets, view.today, ahead=ahead) if keep(one)]
    due.sort(key=lambda one: (one.due, int(one.customer), int(one.product)))
    names = list(dict.fromkeys(one.product for one in due))
    offered = set(sample.offered(names, len(names))[0])
    return [one for one in due if one.product in offered], sample


def lists(
    view: View, kind: str, products: Sequence[int] | None, top: int, size: int
) -> tuple[dict[int, list[int]], Sample]:
    """Return the products that go with each of `products`, or with the `top` ones with the most orders.

    `kind` is ``together`` or ``similar``. A product has an empty list where nothing goes with it often enough. The
    sample says which orders were counted.
    """
    sample = Sample(view)
    if products is None:
        single = sample.purchases.orders.single
        ranked = sorted(single, key=lambda number: (-single[number], int(number)))
        products = [int(number) for number in sample.offered(ranked, top)[0]]
    found = {}
    for product in products:
        if kind == "together":
            candidates = [one.product for one in sample.purchases.bought_together(str(product), _CANDIDATES)]
        else:
            candidates = [number for number, _ in sample.purchases.similar(str(product), _CANDIDATES)]
        found[product] = [int(number) for number in sample.offered(candidates, size)[0]]
    return found, sample


def _basket(order: Bought) -> Basket:
    customer = None if order.customer is None else str(order.customer)
    return Basket(str(order.order), customer, order.day, frozenset(map(str, order.products)))


def _number(gid: str) -> str:
    return str(int(str(gid).rpartition("/")[2]))


def _asked_of(product: str, about: CopiedProduct) -> Json:
    return {"product_id": f"gid://shopify/Product/{product}", "title": about.title}


def _named(product: str, known: CopiedProduct | None) -> Json:
    return {
        "product_id": f"gid://shopify/Product/{product}",
        "title": None if known is None else known.title,
        "handle": None if known is None else known.handle or None,
    }


def _listed(sample: Sample, ids: Sequence[str], items: Sequence[Json], left_out: int, nobody: str) -> Json:
    known = sample.products(ids)
    reason = None
    if not ids:
        reason = "All that would be suggested is not offered now." if left_out else nobody
    return {
        "left_out": left_out,
        "items": [{**_named(number, known.get(number)), **item} for number, item in zip(ids, items, strict=True)],
        "reason": reason,
    }
