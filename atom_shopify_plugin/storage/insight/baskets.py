"""What was bought together: the products of the latest orders and of single customers, and what products are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.catalogue import ProductRow
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_tables import LineRow, OrderRow

__all__ = ["Baskets", "Bought", "CopiedProduct"]

_SOME = 500


class Bought(NamedTuple):
    """The products of an order; `customer` is None for a guest."""

    order: int
    customer: int | None
    day: date
    products: frozenset[int]


@dataclass(frozen=True, slots=True)
class CopiedProduct:
    """A product as the catalogue was copied."""

    title: str
    handle: str
    status: str


class Baskets(Repository):
    """Answers who bought which products. Neither test orders nor cancelled ones nor gift cards count."""

    def latest(self, session: Session, mirror: Mirror, most: int) -> list[Bought]:
        """Return the latest orders with a product, at most so many orders, the oldest first."""
        orders = OrderRow.__table__
        chosen = (
            select(orders.c.id, orders.c.customer, orders.c.day)
            .where(orders.c.store == mirror.number, orders.c.valid == 1)
            .order_by(orders.c.day.desc(), orders.c.id.desc())
            .limit(most)
        )
        return self._with_products(session, mirror, chosen)

    def of_customer(self, session: Session, mirror: Mirror, customer: int, most: int) -> list[Bought]:
        """Return the latest orders of a customer, the oldest first."""
        orders = OrderRow.__table__
        chosen = (
            select(orders.c.id, orders.c.customer, orders.c.day)
            .where(orders.c.store == mirror.number, orders.c.customer == customer, orders.c.valid == 1)
            .order_by(orders.c.processed_at.desc(), orders.c.id.desc())
            .limit(most)
        )
        return self._with_products(session, mirror, chosen)

    def products(self, session: Session, mirror: Mirror, ids: Sequence[int]) -> dict[int, CopiedProduct]:
        """Return the copied products with these ids."""
        found: dict[int, CopiedProduct] = {}
        for some in _chunks(ids):
            rows = session.execute(
                select(ProductRow.product_id, ProductRow.title, ProductRow.handle, ProductRow.status).where(
                    ProductRow.store == mirror.number, ProductRow.product_id.in_(some)
                )
            )
            found |= {row[0]: CopiedProduct(*row[1:]) for row in rows}
        return found

    def titles(self, session: Session, mirror: Mirror, ids: Sequence[int]) -> dict[int, str]:
        """Return what products were called in one of the orders that have them."""
        lines = LineRow.__table__
        found = {}
        for number in ids:
            row = session.execute(
                select(lines.c.title)
                .where(lines.c.store == mirror.number, lines.c.product == number)
                .order_by(lines.c.order_id.desc(), lines.c.id.desc())
                .limit(1)
            ).first()
            if row is not None:
                found[number] = row.title
        return found

    def _with_products(self, session: Session, mirror: Mirror, chosen: Any) -> list[Bought]:
        some, lines = chosen.subquery(), LineRow.__table__
        rows = session.execute(
            select(some.c.id, some.c.customer, some.c.day, lines.c.product)
            .select_from(some.join(lines, (lines.c.store == mirror.number) & (lines.c.order_id == some.c.id)))
            .where(lines.c.product.is_not(None), lines.c.gift_card == 0, lines.c.quantity > 0)
            .order_by(some.c.day, some.c.id)
        )
        return [
            Bought(number, customer, date.fromordinal(day), frozenset(row.product for row in group))
            for (number, customer, day), group in groupby(rows, key=lambda row: (row.id, row.customer, row.day))
        ]


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _SOME):
        yield ids[start : start + _SOME]
