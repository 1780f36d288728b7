"""Sales of the orders that used some discount codes: each order counts once, however many of the codes it has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.shopify.sales import Figures
from atom_shopify_plugin.storage.database.base import Repository
from atom_shopify_plugin.storage.insight.figures import figures_of
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_tables import CODE, FIGURES, LabelRow, LedgerRow, OrderRow

__all__ = ["CodeSales", "Users"]


@dataclass(frozen=True, slots=True)
class Users:
    """The customers who used some codes, and how many of them ordered for the first time."""

    customers: int
    new: int


class CodeSales(Repository):
    """Answers what discount codes brought. The days are those of the mirror's time zone, both ends in."""

    def spellings(self, session: Session, mirror: Mirror) -> dict[str, list[str]]:
        """Return the codes that orders have, by their names without case: databases fold other letters differently."""
        labels = LabelRow.__table__
        found: dict[str, list[str]] = {}
        statement = select(labels.c.value).where(labels.c.store == mirror.number, labels.c.kind == CODE).distinct()
        for value in session.scalars(statement.execution_options(yield_per=1_000)):
            found.setdefault(value.casefold(), []).append(value)
        return found

    def total(self, session: Session, mirror: Mirror, codes: Collection[str], since: date, until: date) -> Figures:
        """Return the sums of the orders with one of some codes, as orders spell them."""
        ledger = LedgerRow.__table__
        row = session.execute(
            select(*(func.sum(ledger.c[name]) for name in FIGURES)).where(
                ledger.c.store == mirror.number,
                ledger.c.day.between(since.toordinal(), until.toordinal()),
                ledger.c.order_id.in_(_with(mirror, codes)),
            )
        ).one()
        return figures_of(row)

    def users(self, session: Session, mirror: Mirror, codes: Collection[str], since: date, until: date) -> Users:
        """Return the customers whose orders of a period have one of some codes; cancelled orders count for nobody."""
        orders = OrderRow.__table__
        row = session.execute(
            select(func.count(orders.c.customer.distinct()), func.sum(case((orders.c.number == 1, 1), else_=0))).where(
                orders.c.store == mirror.number,
                orders.c.day.between(since.toordinal(), until.toordinal()),
                orders.c.valid == 1,
                orders.c.customer.is_not(None),
                orders.c.id.in_(_with(mirror, codes)),
            )
        ).one()
        return Users(row[0], int(row[1] or 0))


def _with(mirror: Mirror, codes: Collection[str]) -> Any:
    labels = LabelRow.__table__
    return select(labels.c.order_id).where(
        labels.c.store == mirror.number, labels.c.kind == CODE, labels.c.value.in_(sorted(codes))
    )
