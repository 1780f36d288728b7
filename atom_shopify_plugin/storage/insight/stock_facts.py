"""What questions about stock read of the copy: places, variants, their stock, and what each sold on which day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.amounts import decimal_of
from atom_shopify_plugin.storage.insight.catalogue import STATES, LocationRow, ProductRow, StockRow, VariantRow
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.rollups import DAY, VARIANT, SumRow

__all__ = ["Level", "Place", "Sold", "StockFacts", "Ware"]

_ROWS = 1_000  # that are fetched at once


class Place(NamedTuple):
    """A location."""

    id: int
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class Ware:
    """A variant with what its product says of it.

    `oversells` tells that it can be bought while nothing is in stock.
    """

    variant: int
    product: int
    item: int | None
    title: str
    sku: str | None
    vendor: str
    status: str
    cost: Decimal | None
    tracked: bool
    oversells: bool
    created_at: datetime


class Level(NamedTuple):
    """The stock of an item at a location: units in the order of `STATES`, and when it changed last."""

    item: int
    place: int
    units: tuple[int, ...]
    updated_at: datetime

    def of(self, state: str) -> int:
        return self.units[STATES.index(state)]


class Sold(NamedTuple):
    """What a variant sold on the days that had sales: units by the ordinal of the day, and net sales of all of them."""

    variant: int
    days: dict[int, int]
    net: Decimal


class StockFacts(Repository):
    """Reads stock in the caller's transaction, row by row: what is held in memory is the caller's choice."""

    def places(self, session: Session, mirror: Mirror) -> list[Place]:
        """Return all locations, in the order of their ids."""
        chosen = select(LocationRow.location_id, LocationRow.name, LocationRow.active)
        rows = session.execute(chosen.where(LocationRow.store == mirror.number).order_by(LocationRow.location_id))
        return [Place(row[0], row[1], bool(row[2])) for row in rows]

    def vendors(self, session: Session, mirror: Mirror) -> list[str]:
        """Return the vendors of all products."""
        chosen = select(ProductRow.vendor).where(ProductRow.store == mirror.number).distinct()
        return sorted(session.scalars(chosen))

    def wares(self, session: Session, mirror: Mirror, vendor: str | None = None) -> Iterator[Ware]:
        """Yield the variants, all of them or those of one vendor, in the order of their ids."""
        of = (ProductRow.store == VariantRow.store) & (ProductRow.product_id == VariantRow.product_id)
        chosen = select(
            VariantRow.variant_id, VariantRow.product_id, VariantRow.inventory_item_id, ProductRow.title,
            VariantRow.title, VariantRow.sku, ProductRow.vendor, ProductRow.status, VariantRow.cost, VariantRow.tracked,
            VariantRow.variant_data, VariantRow.created_at,
        ).join(ProductRow, of).where(VariantRow.store == mirror.number)  # fmt: skip
        if vendor is not None:
            chosen = chosen.where(ProductRow.vendor == vendor)
        for row in session.execute(chosen.order_by(VariantRow.variant_id)).yield_per(_ROWS):
            variant, product, item, title, own, sku, seller, status, cost, tracked, data, created = row
            yield Ware(
                variant=variant,
                product=product,
                item=item,
                title=title if own == "Default Title" else f"{title} · {own}",
                sku=sku or None,
                vendor=seller,
                status=status,
                cost=None if cost is None else decimal_of(cost),
                tracked=bool(tracked),
                oversells=orjson.loads(data).get("inventory_policy") == "CONTINUE",
                created_at=created,
            )

    def levels(self, session: Session, mirror: Mirror) -> Iterator[Level]:
        """Yield the stock of all items at the locations that stock them, item by item; what is not known is 0."""
        chosen = select(
            StockRow.inventory_item_id, StockRow.location_id, StockRow.updated_at,
            *(getattr(StockRow, state) for state in STATES),
        ).where(StockRow.store == mirror.number, StockRow.active == 1)  # fmt: skip
        ordered = chosen.order_by(StockRow.inventory_item_id, StockRow.location_id)
        for row in session.execute(ordered).yield_per(_ROWS):
            yield Level(row[0], row[1], tuple(units or 0 for units in row[3:]), row[2])

    def sold(self, session: Session, mirror: Mirror, since: date, until: date) -> Iterator[Sold]:
        """Yield what each variant sold in some days; one without sales is left out."""
        chosen = select(SumRow.value, SumRow.since, SumRow.units, SumRow.gross, SumRow.discounts, SumRow.returns).where(
            SumRow.store == mirror.number,
            SumRow.dimension == VARIANT,
            SumRow.grain == DAY,
            SumRow.since.between(since.toordinal(), until.toordinal()),
            SumRow.value != "",
        )
        rows = session.execute(chosen.order_by(SumRow.value, SumRow.since)).yield_per(_ROWS)
        for value, days in groupby(rows, key=lambda row: row[0]):
            found = list(days)
            units = {row[1]: row[2] for row in found if row[2] > 0}
            yield Sold(int(value), units, decimal_of(sum(row[3] - row[4] - row[5] for row in found)))

    def last_sales(self, session: Session, mirror: Mirror) -> dict[int, date]:
        """Return the last day on which each variant was sold, those that never were left out."""
        chosen = select(SumRow.value, func.max(SumRow.since)).where(
            SumRow.store == mirror.number,
            SumRow.dimension == VARIANT,
            SumRow.grain == DAY,
            SumRow.units > 0,
            SumRow.value != "",
        )
        rows = session.execute(chosen.group_by(SumRow.value))
        return {int(row[0]): date.fromordinal(row[1]) for row in rows}
