"""What goes with a product and what a customer may want next, from what was bought together."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

__all__ = ["METHODS", "Basket", "Companion", "Counts", "Purchases", "Suggestion"]

LARGEST_GROUP = 50  # products of one order, or of one customer, that are paired; more say nothing about taste
FEWEST_TOGETHER = 3  # orders, or customers, that a pair was seen in
NEIGHBOURS = 50  # of a product, the most similar ones, that lend a suggestion something
AGEING = 0.1  # how much less each earlier product of a customer counts
CAUTION = 5.0  # groups without the pair that are added to those seen
DEFAULT_METHOD = "customer_confidence"


@dataclass(frozen=True, slots=True)
class Basket:
    """What one customer bought in one order; `customer` is `None` for a guest."""

    order: str
    customer: str | None
    day: date
    products: frozenset[str]


@dataclass(frozen=True, slots=True)
class Companion:
    """A product that goes with another one.

    `together` counts the orders with both. `confidence` is their share of the orders with the first product, `lift`
    how many times as high that is as the share of all orders that hold the second.
    """

    product: str
    together: int
    confidence: float
    lift: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product with its score, and the products of the customer that it was suggested for."""

    product: str
    score: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """In how many groups (orders, or customers) a product was, and each pair of products."""

    groups: int
    single: Mapping[str, int]
    pairs: Mapping[str, Mapping[str, int]]
    too_large: int


class Purchases:
    """The counts of a store's orders. Building them takes time in proportion to the pairs in its orders.

    Orders with more than 50 different products, and customers with more than 50, count for popularity but form no
    pairs; `too_large` of the counts says how many there are.
    """

    def __init__(self, orders: Iterable[Basket]) -> None:
        baskets: list[frozenset[str]] = []
        history: dict[str, dict[str, date]] = {}
        for order in orders:
            baskets.append(order.products)
            if order.customer is not None:
                bought = history.setdefault(order.customer, {})
                for product in order.products:
                    bought[product] = max(bought.get(product, order.day), order.day)
        self.history: Mapping[str, Mapping[str, date]] = history
        self.orders: Counts = _counted(baskets)
        self.customers: Counts = _counted([bought.keys() for bought in history.values()])
        self._near: dict[tuple[Similarity, str], list[tuple[str, float]]] = {}
        single = self.customers.single
        self._popular = sorted(
            self.orders.single, key=lambda product: (-single.get(product, 0), -self.orders.single[product], product)
        )

    def bought_together(self, product: str, limit: int = 5, *, fewest: int = FEWEST_TOGETHER) -> list[Companion]:
        """Return what is bought in the same orders as a product, the largest confidence first.

        A pair counts from `fewest` orders on, and if it is more frequent than chance (lift above 1).
        """
        counts = self.orders
        companions = []
        for other, together in counts.pairs.get(product, {}).items():
            confidence = together / counts.single[product]
            lift = confidence * counts.groups / counts.single[other]
            if together >= fewest and lift > 1:
                companions.append(Companion(other, together, confidence, lift))
        return heapq.nsmallest(
            limit, companions, key=lambda companion: (-companion.confidence, -companion.lift, companion.product)
        )

    def similar(self, product: str, limit: int = 5, *, fewest: int = FEWEST_TOGETHER) -> list[tuple[str, float]]:
        """Return the products that the same customers buy, with the cosine of their buyers, the largest first."""
        counts = self.customers
        cosines = [
            (other, together / math.sqrt(counts.single[product] * counts.single[other]))
            for other, together in counts.pairs.get(product, {}).items()
            if together >= fewest
        ]
        return heapq.nsmallest(limit, cosines, key=_largest_first)

    def popular(self, limit: int = 5, *, without: Collection[str] = ()) -> list[Suggestion]:
        """Return the products with the most buyers."""
        popular: list[Suggestion] = []
        for product in self._popular:
            if len(popular) >= limit:
                break
            if product not in without:
                buyers = self.customers.single.get(product, 0)
                popular.append(Suggestion(product, float(buyers), ()))
        return popular

    def next_for(self, customer: str, limit: int = 5, *, method: str = DEFAULT_METHOD) -> list[Suggestion]:
        """Return what a customer may want next: products not bought before, the most popular where little is known."""
        return self.next_after(self.history.get(customer, {}), limit, method=method)

    def next_after(
        self, bought: Mapping[str, date], limit: int = 5, *, method: str = DEFAULT_METHOD
    ) -> list[Suggestion]:
        """Return what may be wanted next by somebody who bought these products last on these days.

        Each product lends the others its similarity to them, older ones less. Raises `KeyError` for an unknown method.
        """
        similarity = METHODS[method]
        similar = [] if similarity is None else self._similar_to(bought, limit, similarity)
        known = {*bought, *(suggestion.product for suggestion in similar)}
        return similar + self.popular(limit - len(similar), without=known)

    def _nearest(self, similarity: Similarity, product: str) -> list[tuple[str, float]]:
        known = self._near.get((similarity, product))
        if known is None:
            similar: dict[str, float] = {}
            for other, value in similarity(self.orders, self.customers, product):
                similar[other] = similar.get(other, 0.0) + value
            known = heapq.nsmallest(NEIGHBOURS, similar.items(), key=_largest_first)
            self._near[similarity, product] = known
        return known

    def _similar_to(self, bought: Mapping[str, date], limit: int, similarity: Similarity) -> list[Suggestion]:
        scores: dict[str, float] = {}
        causes: dict[str, list[tuple[float, str]]] = {}
        newest = sorted(bought, key=lambda product: (-bought[product].toordinal(), product))
        for place, product in enumerate(newest[:LARGEST_GROUP]):
            weight = 1 / (1 + AGEING * place)
            for other, value in self._nearest(similarity, product):
                if other not in bought:
                    scores[other] = scores.get(other, 0.0) + weight * value
                    causes.setdefault(other, []).append((-weight * value, product))
        best = heapq.nsmallest(limit, scores.items(), key=_largest_first)
        return [
            Suggestion(product, value, tuple(name for _, name in heapq.nsmallest(3, causes[product])))
            for product, value in best
        ]


def _largest_first(item: tuple[str, float]) -> tuple[float, str]:
    return -item[1], item[0]


def _counted(groups: Iterable[Collection[str]]) -> Counts:
    number = too_large = 0
    single: Counter[str] = Counter()
    pairs: dict[str, Counter[str]] = {}
    for group in groups:
        number += 1
        single.update(group)
        if len(group) > LARGEST_GROUP:
            too_large += 1
        elif len(group) > 1:
            for product in group:
                pairs.setdefault(product, Counter()).update(other for other in group if other != product)
    return Counts(number, single, pairs, too_large)


def _confidence(orders: Counts, _: Counts, product: str) -> Iterator[tuple[str, float]]:
    for other, together in orders.pairs.get(product, {}).items():
        yield other, together / (orders.single[product] + CAUTION)


def _order_cosine(orders: Counts, _: Counts, product: str) -> Iterator[tuple[str, float]]:
    return _cosines(orders, product)


def _customer_cosine(_: Counts, customers: Counts, product: str) -> Iterator[tuple[str, float]]:
    return _cosines(customers, product)


def _customer_confidence(_: Counts, customers: Counts, product: str) -> Iterator[tuple[str, float]]:
    for other, together in customers.pairs.get(product, {}).items():
        yield other, together / (customers.single[product] + CAUTION)


def _both_cosines(orders: Counts, customers: Counts, product: str) -> Iterator[tuple[str, float]]:
    yield from _cosines(orders, product)
    yield from _cosines(customers, product)


def _cosines(counts: Counts, product: str) -> Iterator[tuple[str, float]]:
    """Yield the cosine with each product, smaller where few groups speak for it."""
    for other, together in counts.pairs.get(product, {}).items():
        yield other, together / (math.sqrt(counts.single[product] * counts.single[other]) + CAUTION)


Similarity = Callable[[Counts, Counts, str], Iterator[tuple[str, float]]]

METHODS: Mapping[str, Similarity | None] = {
    "popular": None,
    "order_confidence": _confidence,
    "order_cosine": _order_cosine,
    "customer_confidence": _customer_confidence,
    "customer_cosine": _customer_cosine,
    "both_cosines": _both_cosines,
}
