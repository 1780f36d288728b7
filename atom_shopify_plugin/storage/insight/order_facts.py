"""Questions about the orders and the customers of a period, answered from the rows of orders and from cohorts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import case, func, literal_column, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.amounts import decimal_of
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_tables import OrderRow, RefundRow
from atom_shopify_plugin.storage.insight.rollups import CohortRow

__all__ = ["Cohort", "Counts", "Customers", "OrderFacts", "Spread", "Waiting"]

_SHARES = (50, 90, 95)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many orders of a period count, were cancelled, were refunded, at least in part, and were (not) fulfilled."""

    orders: int
    cancelled: int
    refunded: int
    fulfilled: int
    delivered: int
    waiting: int
    late: int


@dataclass(frozen=True, slots=True)
class Customers:
    """Who ordered in a period. `new` customers ordered for the first time; `guest_orders` belong to no customer."""

    customers: int
    new: int
    orders: int
    guest_orders: int

    @property
    def returning(self) -> int:
        return self.customers - self.new


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations in seconds: how many there are, their mean, and the least one that so many percent do not exceed."""

    count: int
    mean: Decimal | None
    shares: dict[int, int]


class Cohort(NamedTuple):
    """What the customers of one month, that of their first order, did in one month; see `CohortRow`."""

    cohort: int
    month: int
    customers: int
    orders: int
    repeaters: int
    net: Decimal


class Waiting(NamedTuple):
    """An order that has not been fulfilled."""

    id: int
    name: str
    processed_at: datetime
    status: str


class OrderFacts(Repository):
    """Answers questions about orders and customers; days are those of the mirror, both ends in."""

    def counts(
        self, session: Session, mirror: Mirror, since: date, until: date, late_after: int, now: datetime
    ) -> Counts:
        """Return the counts of orders placed in a period; `late_after` are the seconds until an order is late."""
        orders = OrderRow.__table__
        placed = _placed(mirror, since, until)
        late = orders.c.fulfilled_after > late_after
        cancelled = case((orders.c.valid == 0, 1), else_=0)
        row = session.execute(
            select(
                func.count(),
                func.sum(cancelled),
                func.sum(case((orders.c.fulfilled_after.is_not(None), 1), else_=0)),
                func.sum(case((orders.c.delivered_after.is_not(None), 1), else_=0)),
                func.sum(case((late & (orders.c.valid == 1), 1), else_=0)),
            ).where(*placed)
        ).one()
        refunds = RefundRow.__table__
        refunded = session.execute(
            select(func.count(refunds.c.order_id.distinct()))
            .select_from(
                refunds.join(orders, (orders.c.store == refunds.c.store) & (orders.c.id == refunds.c.order_id))
            )
            .where(*placed)
        ).scalar_one()
        waiting = session.execute(
            select(
                func.count(), func.sum(case((orders.c.processed_at < now - timedelta(seconds=late_after), 1), else_=0))
            ).where(*placed, *_open())
        ).one()
        return Counts(
            int(row[0]),
            int(row[1] or 0),
            refunded,
            int(row[2] or 0),
            int(row[3] or 0),
            waiting[0],
            int(row[4] or 0) + int(waiting[1] or 0),
        )

    def waiting(
        self, session: Session, mirror: Mirror, since: date, until: date, before: datetime, limit: int
    ) -> list[Waiting]:
        """Return the orders placed in a period, and before a moment, that still wait; the oldest first."""
        orders = OrderRow.__table__
        rows = session.execute(
            select(orders.c.id, orders.c.name, orders.c.processed_at, orders.c.fulfillment)
            .where(*_placed(mirror, since, until), *_open(), orders.c.processed_at < before)
            .order_by(orders.c.processed_at, orders.c.id)
            .limit(limit)
        )
        return [Waiting(*row) for row in rows]

    def spread(self, session: Session, mirror: Mirror, since: date, until: date, *, delivered: bool = False) -> Spread:
        """Return how long the orders placed in a period took to their first fulfilment, or to their delivery."""
        orders = OrderRow.__table__
        column = orders.c.delivered_after if delivered else orders.c.fulfilled_after
        there = (*_placed(mirror, since, until), orders.c.valid == 1, column.is_not(None))
        count, total = session.execute(select(func.count(), func.sum(column)).where(*there)).one()
        if not count:
            return Spread(0, None, {})
        places = {share: max(1, -(-count * share // 100)) for share in _SHARES}
        numbered = select(column.label("seconds"), func.row_number().over(order_by=column).label("place")).where(*there)
        rows = numbered.subquery()
        found: dict[int, int] = {
            row.place: row.seconds
            for row in session.execute(select(rows).where(rows.c.place.in_(sorted(set(places.values())))))
        }
        mean = (Decimal(int(total)) / count).quantize(Decimal(1))
        return Spread(count, mean, {share: found[place] for share, place in places.items()})

    def customers(self, session: Session, mirror: Mirror, since: date, until: date) -> Customers:
        """Return who ordered in a period. Cancelled and test orders do not count; all currencies do."""
        orders = OrderRow.__table__
        first = case((orders.c.number == 1, 1), else_=0)
        row = session.execute(
            select(
                func.count(orders.c.customer.distinct()),
                func.sum(case((orders.c.customer.is_not(None), first), else_=0)),
                func.count(),
                func.count(orders.c.customer),
            ).where(
                orders.c.store == mirror.number,
                orders.c.day.between(since.toordinal(), until.toordinal()),
                orders.c.valid == 1,
            )
        ).one()
        return Customers(row[0], int(row[1] or 0), row[2], row[2] - row[3])

    def cohorts(self, session: Session, mirror: Mirror, first: int, last: int) -> list[Cohort]:
        """Return the cohorts from one month to another, by month."""
        table = CohortRow.__table__
        rows = session.execute(
            select(table.c.cohort, table.c.month, table.c.customers, table.c.orders, table.c.repeaters, table.c.net)
            .where(table.c.store == mirror.number, table.c.cohort.between(first, last))
            .order_by(table.c.cohort, table.c.month)
        )
        return [Cohort(*row[:5], decimal_of(row[5])) for row in rows]

    def lifetime(self, session: Session, mirror: Mirror) -> tuple[int, int, int, Decimal]:
        """Return all customers with an order, those with more than one, their orders, and what is left of the sales."""
        table = CohortRow.__table__
        mine = case((table.c.cohort == table.c.month, table.c.customers), else_=0)
        row = session.execute(
            select(func.sum(mine), func.sum(table.c.repeaters), func.sum(table.c.orders), func.sum(table.c.net)).where(
                table.c.store == mirror.number
            )
        ).one()
        customers, repeaters, orders, net = (int(value or 0) for value in row)
        return customers, repeaters, orders, decimal_of(net)

    def left_out(self, session: Session, mirror: Mirror, since: date, until: date) -> tuple[int, dict[str, int]]:
        """Return the orders of a period that no sum counts: how many tests, and how many in each other currency."""
        orders = OrderRow.__table__
        rows = session.execute(
            select(orders.c.test, orders.c.currency, func.count())
            .where(
                orders.c.store == mirror.number,
                orders.c.day.between(since.toordinal(), until.toordinal()),
                literal_column("counted") == literal_column("0"),  # as the index says it
            )
            .group_by(orders.c.test, orders.c.currency)
        ).all()
        tests = sum(count for test, _, count in rows if test)
        return tests, {currency: count for test, currency, count in sorted(rows) if not test}


def _placed(mirror: Mirror, since: date, until: date) -> tuple[Any, ...]:
    orders = OrderRow.__table__
    return (
        orders.c.store == mirror.number,
        orders.c.day.between(since.toordinal(), until.toordinal()),
        orders.c.counted == 1,
    )


def _open() -> tuple[Any, ...]:
    orders = OrderRow.__table__
    return orders.c.valid == 1, orders.c.fulfilled_after.is_(None), orders.c.closed_at.is_(None)
