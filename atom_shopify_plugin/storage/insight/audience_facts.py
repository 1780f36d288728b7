"""What is known of copied customers, as SQL: how they score, and which of them meet conditions.

An order counts here if it is no test, is in the mirror's currency, and something of it is left (`net` above zero).
Everything is compared as whole numbers, so that both databases find the same customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, null, or_, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.amounts import decimal_of
from atom_shopify_plugin.storage.insight.audience_scale import Scale, scale_of
from atom_shopify_plugin.storage.insight.audience_terms import Condition, Terms
from atom_shopify_plugin.storage.insight.mirrors import Mirror

__all__ = ["AudienceFacts", "Buyer", "Group", "Populace"]


class Populace(NamedTuple):
    """How many copied customers there are, how many have an order, and how many have one that counts."""

    customers: int
    with_orders: int
    scored: int


class Group(NamedTuple):
    """Customers with the same three scores; `repeat` tells whether they have several orders that count."""

    scores: tuple[int, int, int]
    repeat: bool
    customers: int
    orders: int
    net: Decimal


class Buyer(NamedTuple):
    """A customer with an order that counts."""

    customer: int
    last_order: date
    frequency: int
    net: Decimal
    scores: tuple[int, int, int]


class AudienceFacts(Repository):
    """Answers which customers a store has, how they score, and who meets conditions."""

    def populace(self, session: Session, mirror: Mirror) -> Populace:
        """Return how many customers there are, and how many of them ordered."""
        terms = Terms(mirror, 0)
        scored = case((terms.frequency > 0, 1), else_=0)
        columns = (func.count(), func.count(terms.ordered), func.sum(scored))
        row = session.execute(select(*columns).select_from(terms.everybody).where(*terms.whose())).one()
        return Populace(row[0], row[1], int(row[2] or 0))

    def scale(self, session: Session, mirror: Mirror, today: date) -> Scale:
        """Return where the scores begin on a day."""
        terms = Terms(mirror, today.toordinal())
        count = session.execute(_buyers(terms, func.count())).scalar_one()
        found = []
        for column in (terms.last_day, terms.frequency, terms.net):
            statement = _buyers(terms, column.label("value"), func.count()).group_by(column).order_by(column)
            rows = session.execute(statement.execution_options(yield_per=1_000))
            found.append(scale_of(((int(value), number) for value, number in rows), count))
        return Scale(terms.today, count, *found)

    def groups(self, session: Session, mirror: Mirror, scale: Scale) -> list[Group]:
        """Return how many customers have which scores, how many orders they placed and what is left of these."""
        if not scale.has_classes:
            return []
        terms = Terms(mirror, scale.today, scale)
        repeat = case((terms.frequency > 1, 1), else_=0)
        keys = [*terms.scores, repeat]
        sums = (func.count(), func.sum(terms.frequency), func.sum(terms.net))
        rows = session.execute(_buyers(terms, *keys, *sums).group_by(*keys))
        return [Group((r, f, m), bool(more), count, int(o), decimal_of(net)) for r, f, m, more, count, o, net in rows]

    def buyers(
        self,
        session: Session,
        mirror: Mirror,
        scale: Scale,
        *,
        cells: Sequence[tuple[int, int, int]] | None = None,
        after: tuple[int, int] | None = None,
        customer: int | None = None,
        limit: int,
    ) -> list[Buyer]:
        """Return the customers whose orders are worth most, all or those with scores in some `cells`.

        A cell is (recency score, value score, 1 for several orders). `after` is the worth in ten-thousandths and the
        id of the customer behind whom the list goes on.
        """
        if not scale.has_classes:
            return []
        terms = Terms(mirror, scale.today, scale)
        statement = _buyers(terms, terms.customer, terms.last_day, terms.frequency, terms.net, *terms.scores)
        if cells is not None:
            statement = statement.where(terms.in_cells(cells))
        if after is not None:
            net, number = after
            statement = statement.where(or_(terms.net < net, and_(terms.net == net, terms.customer > number)))
        if customer is not None:
            statement = statement.where(terms.customer == customer)
        rows = session.execute(statement.order_by(terms.net.desc(), terms.customer).limit(limit))
        return [
            Buyer(number, date.fromordinal(int(day)), int(count), decimal_of(net), (r, f, m))
            for number, day, count, net, r, f, m in rows
        ]

    def count(self, session: Session, terms: Terms, conditions: Sequence[Condition], match: str) -> int:
        """Return how many customers meet the conditions: ``all`` of them, or ``any``."""
        statement = _chosen(session, terms, conditions, match, func.count())
        return int(session.execute(statement).scalar_one())

    def members(
        self,
        session: Session,
        terms: Terms,
        conditions: Sequence[Condition],
        match: str,
        *,
        after: int = 0,
        limit: int,
    ) -> list[int]:
        """Return the next customers above `after` who meet the conditions, in ascending order."""
        statement = _chosen(session, terms, conditions, match, terms.customer).where(terms.customer > after)
        return list(session.scalars(statement.order_by(terms.customer).limit(limit)))

    def judged(
        self, session: Session, terms: Terms, conditions: Sequence[Condition], match: str, customer: int
    ) -> tuple[list[tuple[Any, bool]], bool] | None:
        """Return for each condition what is known of a customer and whether it holds, and whether all is met.

        An average comes as a sum and a number. None where the store has no such customer.
        """
        held = [case((terms.holds(session, one), 1), else_=0) for one in conditions]
        whole = case((_joined(session, terms, conditions, match), 1), else_=0)
        values = [terms.value(one) for one in conditions]
        counts = [terms.frequency if one.attribute == "average_order_value" else null() for one in conditions]
        columns = [*values, *held, *counts, whole]
        labelled = [column.label(f"c{at}") for at, column in enumerate(columns)]
        statement = select(*labelled).select_from(terms.source(conditions)).where(*terms.whose(customer))
        row = session.execute(statement).one_or_none()
        if row is None:
            return None
        size = len(conditions)
        known = [
            terms.listed(session, one, customer) if one.is_list else value if count is None else (value, count)
            for one, value, count in zip(conditions, row[:size], row[2 * size : -1], strict=True)
        ]
        return [(value, bool(row[size + at])) for at, value in enumerate(known)], bool(row[-1])


def _buyers(terms: Terms, *columns: ColumnElement[Any]) -> Any:
    return select(*columns).select_from(terms.everybody).where(*terms.whose(), terms.frequency > 0)


def _chosen(
    session: Session, terms: Terms, conditions: Sequence[Condition], match: str, column: ColumnElement[Any]
) -> Any:
    held = _joined(session, terms, conditions, match)
    return select(column).select_from(terms.source(conditions)).where(*terms.whose(), held)


def _joined(session: Session, terms: Terms, conditions: Sequence[Condition], match: str) -> ColumnElement[bool]:
    held: Iterator[ColumnElement[bool]] = (terms.holds(session, one) for one in conditions)
    return (and_ if match == "all" else or_)(*held)
