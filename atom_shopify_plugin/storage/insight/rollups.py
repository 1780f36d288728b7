"""Roll-ups of the sales ledger by day, month and year, and the months of customers: sums that are always current.

Each change of an order is added as a difference, in the transaction that changes its rows: whole numbers stay exact,
and what a change costs does not grow with the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Integer, SmallInteger, String, case, cast, delete, func, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import Base, changed, insert
from atom_shopify_plugin.storage.insight.mirrors import mirror_column
from atom_shopify_plugin.storage.insight.order_tables import CODE, FIGURES, TEXT, LabelRow, LedgerRow, OrderRow

__all__ = [
    "CHANNEL",
    "CODES",
    "COUNTRY",
    "CUSTOMER",
    "DAY",
    "MONTH",
    "PRODUCT",
    "TOTAL",
    "VARIANT",
    "YEAR",
    "Changes",
    "CohortRow",
    "SumRow",
    "kind_of",
    "rebuild",
]

TOTAL, PRODUCT, VARIANT, CHANNEL, COUNTRY, CODES, CUSTOMER = range(7)
"""Dimensions. A product or a variant has the sales of its lines; all others have the whole of their orders."""
DAY, MONTH, YEAR = range(3)
"""Grains: `since` is the ordinal of the day, the number of the month (``year * 12 + month - 1``), or the year."""
GUEST, NEW, RETURNING = "guest", "new", "returning"
Row = Mapping[str, Any]


def _sum() -> Any:
    return mapped_column(BigInteger, autoincrement=False)


class SumRow(Base):
    """The sums of the ledger for one value of a dimension; `entries` counts the rows behind it."""

    __tablename__ = "shopify_sales_sums"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    dimension: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    grain: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    since: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[str] = mapped_column(String(TEXT), primary_key=True)
    gross: Mapped[int] = _sum()
    discounts: Mapped[int] = _sum()
    returns: Mapped[int] = _sum()
    shipping: Mapped[int] = _sum()
    tax: Mapped[int] = _sum()
    orders: Mapped[int] = _sum()
    units: Mapped[int] = _sum()
    units_returned: Mapped[int] = _sum()
    entries: Mapped[int] = _sum()


class CohortRow(Base):
    """What the customers whose first order was in the month `cohort` did in `month`.

    `customers` ordered then, with so many `orders`; `repeaters` ordered for the second time; `net` is what is left of
    the sales of these orders.
    """

    __tablename__ = "shopify_customer_cohorts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    cohort: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    customers: Mapped[int] = _sum()
    orders: Mapped[int] = _sum()
    repeaters: Mapped[int] = _sum()
    net: Mapped[int] = _sum()


_KEY = ("dimension", "grain", "since", "value")
_SUMS = (*FIGURES, "entries")
_COHORT = ("customers", "orders", "repeaters", "net")


def kind_of(order: Row) -> str:
    """Return which kind of customer an order is of: ``new`` on the first order, ``returning``, ``guest`` for nobody."""
    if order["customer"] is None:
        return GUEST
    return RETURNING if (order["number"] or 1) > 1 else NEW


class Changes:
    """Differences that wait to be added to the roll-ups of a store."""

    def __init__(self, store: int) -> None:
        self._store = store
        self._sums: dict[tuple[int, int, int, str], list[int]] = {}
        self._cohorts: dict[tuple[int, int], list[int]] = {}

    def count(self, sign: int, order: Row, ledger: Sequence[Row], codes: Sequence[str]) -> None:
        """Add an order (`sign` 1) or take it away (-1)."""
        whole = [(TOTAL, ""), (CHANNEL, order["channel"]), (COUNTRY, order["country"]), (CUSTOMER, kind_of(order))]
        whole += [(CODES, code) for code in codes or ("",)]
        for row in ledger:
            values = [sign * row[name] for name in FIGURES]
            for dimension, value in (*whole, *_goods(row)):
                for grain, since in _grains(row["day"]):
                    _add(self._sums, (dimension, grain, since, value), (*values, sign))
        if order["customer"] is not None and order["cohort"] is not None and order["valid"]:
            _add(
                self._cohorts,
                (order["cohort"], order["month"]),
                (sign * order["active"], sign, sign * (order["number"] == 2), sign * order["net"]),
            )

    def apply(self, session: Session) -> None:
        """Add the differences; a sum of nothing is deleted."""
        sums = [
            {"store": self._store, **dict(zip(_KEY, key, strict=True)), **dict(zip(_SUMS, values, strict=True))}
            for key, values in sorted(self._sums.items())
            if any(values)
        ]
        _add_up(session, SumRow, ("store", *_KEY), _SUMS, sums, "entries")
        cohorts = [
            {"store": self._store, "cohort": cohort, "month": month, **dict(zip(_COHORT, values, strict=True))}
            for (cohort, month), values in sorted(self._cohorts.items())
            if any(values)
        ]
        _add_up(session, CohortRow, ("store", "cohort", "month"), _COHORT, cohorts, "orders")


def _add(sums: dict[Any, list[int]], key: Any, values: Sequence[int]) -> None:
    known = sums.get(key)
    if known is None:
        sums[key] = list(values)
    else:
        for place, value in enumerate(values):
            known[place] += value


def _goods(row: Row) -> Iterator[tuple[int, str]]:
    if row["line"] is not None:
        yield PRODUCT, str(row["product"] or "")
        yield VARIANT, str(row["variant"] or "")


def _grains(day: int) -> tuple[tuple[int, int], ...]:
    on = date.fromordinal(day)
    return (DAY, day), (MONTH, on.year * 12 + on.month - 1), (YEAR, on.year)


def _add_up(
    session: Session, model: Any, key: Sequence[str], names: Sequence[str], rows: list[dict[str, Any]], counter: str
) -> None:
    if not rows:
        return
    table = model.__table__
    statement = insert(session, model)
    sums = {name: table.c[name] + statement.excluded[name] for name in names}
    session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=sums), rows)
    for row in rows:
        if row[counter] < 0:
            place = [table.c[name] == row[name] for name in key]
            session.execute(delete(table).where(*place, table.c[counter] == 0))


def rebuild(session: Session, store: int) -> None:
    """Compute all roll-ups of a store from its ledger and its orders."""
    changed(session, delete(SumRow).where(SumRow.store == store))
    changed(session, delete(CohortRow).where(CohortRow.store == store))
    for dimension in range(CUSTOMER + 1):
        _days(session, store, dimension)
    found = session.execute(
        select(func.min(SumRow.since), func.max(SumRow.since)).where(
            SumRow.store == store, SumRow.dimension == TOTAL, SumRow.grain == DAY
        )
    ).one()
    if found[0] is not None:
        first, last = date.fromordinal(found[0]), date.fromordinal(found[1])
        for month in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            start = date(month // 12, month % 12 + 1, 1).toordinal()
            end = date((month + 1) // 12, (month + 1) % 12 + 1, 1).toordinal()
            _coarser(session, store, DAY, (start, end), MONTH, month)
        for year in range(first.year, last.year + 1):
            _coarser(session, store, MONTH, (year * 12, year * 12 + 12), YEAR, year)
    _cohorts(session, store)


def _days(session: Session, store: int, dimension: int) -> None:
    ledger, orders = LedgerRow.__table__, OrderRow.__table__
    source: Any = ledger
    kept = [ledger.c.store == store]
    value: Any = literal("")
    if dimension in (PRODUCT, VARIANT):
        column = ledger.c.product if dimension == PRODUCT else ledger.c.variant
        value = func.coalesce(cast(column, String(TEXT)), "")
        kept.append(ledger.c.line.is_not(None))
    elif dimension != TOTAL:
        source = ledger.join(orders, (orders.c.store == ledger.c.store) & (orders.c.id == ledger.c.order_id))
        if dimension == CODES:
            labels = LabelRow.__table__
            source = source.outerjoin(
                labels,
                (labels.c.store == ledger.c.store) & (labels.c.order_id == ledger.c.order_id) & (labels.c.kind == CODE),
            )
            value = func.coalesce(labels.c.value, "")
        elif dimension == CUSTOMER:
            kind = case((orders.c.customer.is_(None), GUEST), (orders.c.number > 1, RETURNING), else_=NEW)
            value = cast(kind, String(TEXT))
        else:
            value = orders.c.channel if dimension == CHANNEL else orders.c.country
    sums = [func.sum(ledger.c[name]) for name in FIGURES]
    keys = select(ledger.c.day.label("since"), value.label("value"), *sums, func.count()).select_from(source)
    inner = keys.where(*kept).group_by("since", "value").subquery()
    _insert_sums(session, select(literal(store), literal(dimension), literal(DAY), *inner.c))


def _coarser(session: Session, store: int, grain: int, span: tuple[int, int], to: int, since: int) -> None:
    table = SumRow.__table__
    sums = [func.sum(table.c[name]) for name in _SUMS]
    _insert_sums(
        session,
        select(table.c.store, table.c.dimension, literal(to), literal(since), table.c.value, *sums)
        .where(table.c.store == store, table.c.grain == grain, table.c.since >= span[0], table.c.since < span[1])
        .group_by(table.c.store, table.c.dimension, table.c.value),
    )


def _insert_sums(session: Session, rows: Any) -> None:
    session.execute(insert(session, SumRow).from_select(["store", *_KEY, *_SUMS], rows))


def _cohorts(session: Session, store: int) -> None:
    orders = OrderRow.__table__
    session.execute(
        insert(session, CohortRow).from_select(
            ["store", "cohort", "month", *_COHORT],
            select(
                orders.c.store, orders.c.cohort, orders.c.month,
                func.sum(orders.c.active), func.count(), func.sum(case((orders.c.number == 2, 1), else_=0)),
                func.sum(orders.c.net),
            )
            .where(orders.c.store == store, orders.c.cohort.is_not(None), orders.c.valid == 1)
            .group_by(orders.c.store, orders.c.cohort, orders.c.month),
        )
    )  # fmt: skip
