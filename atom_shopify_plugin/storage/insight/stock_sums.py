"""Sums over the copied stock: by location, by product, and of a whole store.

Tracked items at active levels of active locations count. Units on hand below zero at a location are worth nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.amounts import decimal_of
from atom_shopify_plugin.storage.insight.catalogue import STATES, LocationRow, ProductRow, StockRow, VariantRow
from atom_shopify_plugin.storage.insight.mirrors import Mirror

__all__ = ["StockSum", "StockSums"]


@dataclass(frozen=True, slots=True)
class StockSum:
    """Units by state, what those on hand cost, and how many of them have no known cost."""

    name: str
    units: dict[str, int]
    value: Decimal
    without_cost: int


class StockSums(Repository):
    """What is in stock in the copied stores."""

    def total(self, session: Session, mirror: Mirror) -> StockSum:
        """Return the sums of a store."""
        return _sum("", session.execute(_counted(select(*_SUMS), mirror)).one())

    def by_location(self, session: Session, mirror: Mirror, first: int) -> list[StockSum]:
        """Return the sums of at most so many locations, by the number of units on hand."""
        return self._grouped(session, mirror, (LocationRow.location_id, LocationRow.name), _ON_HAND, first)

    def by_product(self, session: Session, mirror: Mirror, first: int) -> list[StockSum]:
        """Return the sums of so many products, the most valuable first."""
        return self._grouped(session, mirror, (ProductRow.product_id, ProductRow.title), _VALUE, first)

    def variants(self, session: Session, mirror: Mirror) -> tuple[int, int]:
        """Return how many variants have stock levels, and how many of them have nothing available anywhere."""
        available = func.sum(func.coalesce(StockRow.available, 0)).label("available")
        each = _counted(select(available), mirror).group_by(VariantRow.variant_id).subquery()
        gone = func.sum(case((each.c.available <= 0, 1), else_=0))
        row = session.execute(select(func.count(), gone).select_from(each)).one()
        return int(row[0]), int(row[1] or 0)

    def _grouped(
        self, session: Session, mirror: Mirror, key: tuple[Any, Any], order: Any, first: int
    ) -> list[StockSum]:
        chosen = _counted(select(key[1], *_SUMS), mirror).group_by(*key).order_by(order.desc(), key[0]).limit(first)
        return [_sum(row[0], row[1:]) for row in session.execute(chosen)]


_HELD = case((StockRow.on_hand > 0, StockRow.on_hand), else_=0)
_ON_HAND = func.sum(_HELD)
_VALUE = func.sum(_HELD * func.coalesce(VariantRow.cost, 0))
_SUMS = (
    *(func.sum(func.coalesce(getattr(StockRow, state), 0)) for state in STATES),
    _VALUE,
    func.sum(case((VariantRow.cost.is_(None), _HELD), else_=0)),
)


def _counted(chosen: Any, mirror: Mirror) -> Any:
    """Return a selection from the stock that counts, beside its variants, products and locations."""
    item = and_(VariantRow.store == StockRow.store, VariantRow.inventory_item_id == StockRow.inventory_item_id)
    product = and_(ProductRow.store == StockRow.store, ProductRow.product_id == VariantRow.product_id)
    location = and_(LocationRow.store == StockRow.store, LocationRow.location_id == StockRow.location_id)
    return (
        chosen.select_from(StockRow)
        .join(VariantRow, item)
        .join(ProductRow, product)
        .join(LocationRow, location)
        .where(
            StockRow.store == mirror.number,
            StockRow.active == 1,
            VariantRow.tracked == 1,
            LocationRow.active == 1,
        )
    )


def _sum(name: str, row: Sequence[Any]) -> StockSum:
    units = {state: int(value or 0) for state, value in zip(STATES, row, strict=False)}
    return StockSum(name, units, decimal_of(row[len(STATES)] or 0), int(row[len(STATES) + 1] or 0))
