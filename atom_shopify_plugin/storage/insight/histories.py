"""What was sold of variants on each day, and since when they could be bought: what a forecast of demand begins with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.catalogue import ProductRow, VariantRow
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_tables import LineRow
from atom_shopify_plugin.storage.insight.rollups import DAY, VARIANT, SumRow

__all__ = ["SalesHistories", "SoldVariant"]

_SOME = 500
_ONLY_VARIANT = "Default Title"
"""What Shopify calls the variant of a product that has one only."""


@dataclass(frozen=True, slots=True)
class SoldVariant:
    """A variant by the copied catalogue, else by the line of the latest order that has it.

    `offered_since` is when it, or the product that it belongs to, was put on sale; None where the catalogue has not
    been copied.
    """

    product: int | None
    title: str
    sku: str | None
    offered_since: datetime | None


class SalesHistories(Repository):
    """Answers what variants sold by day. Days are those of the mirror's time zone, both ends in."""

    def units(
        self, session: Session, mirror: Mirror, variants: Sequence[int], since: date, until: date
    ) -> dict[int, dict[int, int]]:
        """Return the units sold of each variant by the ordinal of the day, days without a sale left out.

        What came back is not taken off. Read from the roll-ups of days.
        """
        table = SumRow.__table__
        found: dict[int, dict[int, int]] = {variant: {} for variant in variants}
        for some in _chunks(variants):
            rows = session.execute(
                select(table.c.value, table.c.since, table.c.units).where(
                    table.c.store == mirror.number,
                    table.c.dimension == VARIANT,
                    table.c.grain == DAY,
                    table.c.since.between(since.toordinal(), until.toordinal()),
                    table.c.value.in_([str(variant) for variant in some]),
                    table.c.units > 0,
                )
            )
            for value, day, units in rows:
                found[int(value)][day] = int(units)
        return found

    def variants(self, session: Session, mirror: Mirror, ids: Sequence[int]) -> dict[int, SoldVariant]:
        """Return what is known of variants; those that neither the catalogue nor an order has are left out."""
        known = {number: self._sold(session, mirror, number) for number in ids}
        owner = (ProductRow.store == VariantRow.store) & (ProductRow.product_id == VariantRow.product_id)
        for some in _chunks(ids):
            rows = session.execute(
                select(
                    VariantRow.variant_id, VariantRow.product_id, VariantRow.sku, VariantRow.created_at,
                    VariantRow.title, ProductRow.title.label("product_title"), ProductRow.published_at,
                )
                .join(ProductRow, owner)
                .where(VariantRow.store == mirror.number, VariantRow.variant_id.in_(some))
            )  # fmt: skip
            for row in rows:
                offered = max(row.created_at, row.published_at or row.created_at)
                known[row.variant_id] = SoldVariant(row.product_id, _title(row), row.sku or None, offered)
        return {number: variant for number, variant in known.items() if variant is not None}

    def _sold(self, session: Session, mirror: Mirror, number: int) -> SoldVariant | None:
        lines = LineRow.__table__
        row = session.execute(
            select(lines.c.title, lines.c.sku, lines.c.product)
            .where(lines.c.store == mirror.number, lines.c.variant == number)
            .order_by(lines.c.order_id.desc(), lines.c.id.desc())
            .limit(1)
        ).first()
        return None if row is None else SoldVariant(row.product, row.title, row.sku or None, None)


def _title(row: Any) -> str:
    return row.product_title if row.title == _ONLY_VARIANT else f"{row.product_title} / {row.title}"


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _SOME):
        yield ids[start : start + _SOME]
