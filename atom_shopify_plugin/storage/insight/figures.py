"""Sums of sales over days: from the roll-ups where they have what is asked for, from the ledger's rows otherwise.

Every statement is the same for SQLite and PostgreSQL, and so is every answer: sums are whole numbers until the end,
and texts are ordered by their code points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from atom_shopify_plugin.shopify.sales import Figures
from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.amounts import decimal_of
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_tables import FIGURES, MONEY, TAG, LabelRow, LedgerRow, LineRow
from atom_shopify_plugin.storage.insight.rollups import DAY, MONTH, PRODUCT, TOTAL, VARIANT, YEAR, SumRow

__all__ = ["Goods", "Measure", "Ranked", "SalesFigures", "figures_of", "spans"]

Measure = Literal["net_sales", "gross_sales", "units", "orders"]
"""By what values are ranked."""
_DAY = timedelta(days=1)
_ALL = (date(1, 1, 1), date(9998, 12, 31))


@dataclass(frozen=True, slots=True)
class Ranked:
    """The first values of a dimension with their figures, and how many values there are."""

    values: list[tuple[str, Figures]]
    count: int


@dataclass(frozen=True, slots=True)
class Goods:
    """What a product or a variant was called when it was sold last; `sku` is that of a variant."""

    title: str
    sku: str
    product: int | None


def spans(since: date, until: date) -> list[tuple[int, int, int]]:
    """Return the fewest ranges of roll-ups that make up some days: (grain, first, last)."""
    found: list[tuple[int, int, int]] = []
    day = since
    while day <= until:
        year, month = date(day.year + 1, 1, 1), (day.replace(day=1) + 31 * _DAY).replace(day=1)
        if (day.month, day.day) == (1, 1) and year - _DAY <= until:
            grain, place, day = YEAR, day.year, year
        elif day.day == 1 and month - _DAY <= until:
            grain, place, day = MONTH, day.year * 12 + day.month - 1, month
        else:
            grain, place, day = DAY, day.toordinal(), day + _DAY
        if found and found[-1][0] == grain and found[-1][2] == place - 1:
            found[-1] = (grain, found[-1][1], place)
        else:
            found.append((grain, place, place))
    return found


class SalesFigures(Repository):
    """Answers what a store sold. The days that are asked for are those of the mirror's time zone, both ends in."""

    def total(self, session: Session, mirror: Mirror, since: date, until: date) -> Figures:
        """Return the sums of all sales."""
        sums = _sums(mirror, TOTAL, since, until)
        row = session.execute(select(*(func.sum(sums.c[name]) for name in FIGURES))).one()
        return figures_of(row)

    def by_grain(
        self, session: Session, mirror: Mirror, grain: int, first: int, last: int, dimension: int = TOTAL
    ) -> dict[int, Figures]:
        """Return the sums of each day, month or year from `first` to `last`, those without sales left out."""
        table = SumRow.__table__
        rows = session.execute(
            select(table.c.since, *(table.c[name] for name in FIGURES)).where(
                table.c.store == mirror.number,
                table.c.dimension == dimension,
                table.c.grain == grain,
                table.c.since.between(first, last),
            )
        )
        return {row[0]: figures_of(row[1:]) for row in rows}

    def ranked(
        self,
        session: Session,
        mirror: Mirror,
        dimension: int,
        since: date,
        until: date,
        *,
        by: Measure,
        first: int,
        slow: bool = False,
        only: str | None = None,
    ) -> Ranked:
        """Return the values of a dimension with the highest figures, or with `slow` those with the lowest ones.

        With `only` there is that value alone, or none where it has no figures.
        What had sales at any time and has none in these days is among the slow ones, with zeros.
        """
        sums: Any = _sums(mirror, dimension, since, until)
        if slow:
            ever = _sums(mirror, dimension, *_ALL, zeros=True)
            sums = union_all(select(sums), select(ever)).subquery()
        if only is not None:
            sums = select(sums).where(sums.c.value == only).subquery()
        (_, begin, end), *more = spans(since, until)
        return _rank(session, sums, by, first, slow=slow, summed=not slow and not more and begin == end)

    def by_tag(
        self, session: Session, mirror: Mirror, since: date, until: date, *, by: Measure, first: int, slow: bool = False
    ) -> Ranked:
        """Return the tags of orders with the highest or lowest figures, computed from the ledger.

        An order counts for each of its tags; orders without one count for the empty text.
        """
        ledger, labels = LedgerRow.__table__, LabelRow.__table__
        tagged = (labels.c.store == ledger.c.store) & (labels.c.order_id == ledger.c.order_id) & (labels.c.kind == TAG)
        sums = (
            select(func.coalesce(labels.c.value, "").label("value"), *(ledger.c[name] for name in FIGURES))
            .select_from(ledger.outerjoin(labels, tagged))
            .where(ledger.c.store == mirror.number, ledger.c.day.between(since.toordinal(), until.toordinal()))
            .subquery()
        )
        return _rank(session, sums, by, first, slow=slow)

    def by_title(self, session: Session, mirror: Mirror, since: date, until: date) -> dict[str, Figures]:
        """Return the figures of the lines by the titles under which they were sold, computed from the ledger."""
        ledger, lines = LedgerRow.__table__, LineRow.__table__
        of = (lines.c.store == ledger.c.store) & (lines.c.order_id == ledger.c.order_id) & (lines.c.id == ledger.c.line)
        rows = session.execute(
            select(lines.c.title, *(func.sum(ledger.c[name]) for name in FIGURES))
            .select_from(ledger.join(lines, of))
            .where(ledger.c.store == mirror.number, ledger.c.day.between(since.toordinal(), until.toordinal()))
            .group_by(lines.c.title)
        )
        return {row[0]: figures_of(row[1:]) for row in rows}

    def goods(self, session: Session, mirror: Mirror, dimension: int, ids: Sequence[str]) -> dict[str, Goods]:
        """Return what products or variants were called in the latest order that has them."""
        lines = LineRow.__table__
        column = lines.c.product if dimension == PRODUCT else lines.c.variant
        found = {}
        for text in ids:
            row = session.execute(
                select(lines.c.title, lines.c.sku, lines.c.product)
                .where(lines.c.store == mirror.number, column == int(text))
                .order_by(lines.c.order_id.desc(), lines.c.id.desc())
                .limit(1)
            ).first()
            if row is not None:
                found[text] = Goods(row.title, row.sku if dimension == VARIANT else "", row.product)
        return found

    def bounds(self, session: Session, mirror: Mirror) -> tuple[date, date] | None:
        """Return the first and the last day with sales, None without any."""
        table = SumRow.__table__
        row = session.execute(
            select(func.min(table.c.since), func.max(table.c.since)).where(
                table.c.store == mirror.number, table.c.dimension == TOTAL, table.c.grain == DAY
            )
        ).one()
        return None if row[0] is None else (date.fromordinal(row[0]), date.fromordinal(row[1]))


def _sums(mirror: Mirror, dimension: int, since: date, until: date, *, zeros: bool = False) -> Any:
    """Return the rows of roll-ups that make up some days, as ``value`` and figures; with `zeros`, all 0."""
    table = SumRow.__table__
    columns = [literal(0).label(name) if zeros else table.c[name] for name in FIGURES]
    parts = spans(since, until) if not zeros else [(YEAR, since.year, until.year)]
    statements = [
        select(table.c.value, *columns).where(
            table.c.store == mirror.number,
            table.c.dimension == dimension,
            table.c.grain == grain,
            table.c.since.between(first, last),
        )
        for grain, first, last in parts
    ]
    return union_all(*statements).subquery()


def _rank(session: Session, sums: Any, by: Measure, first: int, *, slow: bool, summed: bool = False) -> Ranked:
    """Return the first values; `summed` tells that each value has one row."""
    totals = [func.sum(sums.c[name]).label(name) for name in FIGURES]
    grouped = sums if summed else select(sums.c.value, *totals).group_by(sums.c.value).subquery()
    measure: Any = {
        "net_sales": grouped.c.gross - grouped.c.discounts - grouped.c.returns,
        "gross_sales": grouped.c.gross,
        "units": grouped.c.units,
        "orders": grouped.c.orders,
    }[by]
    binary = "BINARY" if session.get_bind().dialect.name == "sqlite" else "C"
    rows = session.execute(
        select(grouped).order_by(measure if slow else measure.desc(), grouped.c.value.collate(binary)).limit(first)
    ).all()
    count = session.execute(select(func.count(sums.c.value.distinct()))).scalar_one()
    return Ranked([(row[0], figures_of(row[1:])) for row in rows], count)


def figures_of(row: Sequence[Any]) -> Figures:
    """Return sums that a statement selected in the order of `FIGURES`; None counts as nothing."""
    return Figures(*_values(row))


def _values(row: Sequence[Any]) -> Iterator[Any]:
    for name, value in zip(FIGURES, row, strict=True):
        yield decimal_of(value or 0) if name in MONEY else int(value or 0)
