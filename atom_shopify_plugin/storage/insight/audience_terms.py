"""Conditions on copied customers, and the SQL that says whether they hold.

What is not known of a customer, such as the last order of somebody without one, meets no comparison. ``is_not`` and
``has_not`` are the contrary of ``is`` and ``has``: they hold there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, exists, false, func, literal, null, or_, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.insight.audience_scale import Scale
from atom_shopify_plugin.storage.insight.customers import CustomerRow, CustomerTagRow
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_tables import CODE, LabelRow, LineRow, OrderRow

__all__ = ["LISTS", "OF_ORDERS", "Condition", "Terms"]

LISTS = frozenset({"tags", "products", "skus", "discount_codes"})
OF_ORDERS = frozenset(
    (
        "kept_orders", "net_sales", "average_order_value", "first_order", "last_order", "days_since_first_order",
        "days_since_last_order", "recency_score", "frequency_score", "monetary_score", "rfm_class", "products", "skus",
        "discount_codes",
    )
)  # fmt: skip
"""Attributes that follow from copied orders."""
_SUMMED = OF_ORDERS - LISTS
_COMPARED = {"at_least": "__ge__", "at_most": "__le__", "more_than": "__gt__", "less_than": "__lt__"}
_ORDER_OF_DAYS = {"since": "__ge__", "until": "__le__"}


@dataclass(frozen=True, slots=True)
class Condition:
    """An attribute, an operator, and the values as the tables hold them.

    Amounts are in ten-thousandths, days ordinals, products numbers, moments moments; a class of customers is the cells
    (recency score, value score, 1 for several orders) that belong to it. ``known`` has no value, or False.
    """

    attribute: str
    operator: str
    values: tuple[Any, ...] = ()

    @property
    def is_list(self) -> bool:
        return self.attribute in LISTS


class Terms:
    """The columns of a customer in SQL, on one day; scores need the `scale`."""

    def __init__(self, mirror: Mirror, today: int, scale: Scale | None = None) -> None:
        self.mirror = mirror
        self.today = today
        self.scale = scale if scale is not None and scale.has_classes else None
        self._customers = CustomerRow.__table__

    @cached_property
    def _sums(self) -> Any:
        orders = OrderRow.__table__
        kept = orders.c.net > 0
        return (
            select(
                orders.c.customer,
                func.sum(case((kept, 1), else_=0)).label("frequency"),
                cast(func.sum(orders.c.net), BigInteger).label("net"),
                func.min(case((kept, orders.c.day))).label("first"),
                func.max(case((kept, orders.c.day))).label("last"),
            )
            .where(orders.c.store == self.mirror.number, orders.c.counted == 1, orders.c.customer.is_not(None))
            .group_by(orders.c.customer)
            .subquery()
        )

    @property
    def customer(self) -> ColumnElement[int]:
        column: ColumnElement[int] = self._customers.c.id
        return column

    @cached_property
    def everybody(self) -> Any:
        """The customers with the sums of their orders."""
        return self._customers.outerjoin(self._sums, self._sums.c.customer == self._customers.c.id)

    def source(self, conditions: Sequence[Condition]) -> Any:
        """Return where conditions read: orders are summed up only if one of them needs it."""
        needs = any(one.attribute in _SUMMED for one in conditions)
        return self.everybody if needs else self._customers

    def whose(self, customer: int | None = None) -> tuple[ColumnElement[bool], ...]:
        """Return that a customer is one of this store, or a certain one of it."""
        mine = self._customers.c.store == self.mirror.number
        return (mine,) if customer is None else (mine, self._customers.c.id == customer)

    @property
    def ordered(self) -> Any:
        """The id of a customer with an order, whatever became of it."""
        return self._sums.c.customer

    @property
    def frequency(self) -> Any:
        return self._sums.c.frequency

    @property
    def net(self) -> Any:
        return self._sums.c.net

    @property
    def last_day(self) -> Any:
        """The day of the last order; one of a later day counts as today's."""
        return case((self._sums.c.last > self.today, self.today), else_=self._sums.c.last)

    @property
    def _first_day(self) -> Any:
        return case((self._sums.c.first > self.today, self.today), else_=self._sums.c.first)

    @property
    def scores(self) -> tuple[Any, Any, Any]:
        """The scores of recency, frequency and monetary; nobody has any where there are no classes."""
        scale = self.scale
        if scale is None:
            return null(), null(), null()
        return (
            self._score(self.last_day, scale.recency),
            self._score(self.frequency, scale.frequency),
            self._score(self.net, scale.monetary),
        )

    def _score(self, column: Any, beginnings: Sequence[int | None]) -> Any:
        rungs = [(column >= start, score) for score, start in enumerate(beginnings, 1) if start is not None]
        return case(*((and_(self.frequency > 0, reached), literal(score)) for reached, score in reversed(rungs)))

    def in_cells(self, cells: Sequence[tuple[int, int, int]]) -> ColumnElement[bool]:
        """Return that the scores of a customer are in one of some cells."""
        if self.scale is None or not cells:
            return false()
        return bool_of(self._cell.in_([recency * 100 + value * 10 + repeat for recency, value, repeat in cells]))

    @property
    def _cell(self) -> Any:
        recency, frequency, monetary = self.scores
        repeat = case((self.frequency > 1, 1), else_=0)
        return recency * 100 + (frequency + monetary + 1) // 2 * 10 + repeat

    def value(self, condition: Condition) -> Any:
        """Return what is known of a customer under an attribute; lists are read by `listed`."""
        return null() if condition.is_list else self._column(condition.attribute)

    def _column(self, name: str) -> Any:
        customers = self._customers.c
        if name in ("country", "locale", "state", "email_consent", "sms_consent"):
            return func.nullif(customers[name], "")
        if name == "orders":
            return customers.orders
        if name == "spent":  # an amount in another currency can't be compared
            return case((customers.currency == self.mirror.currency, customers.spent))
        if name == "customer_since":
            return customers.created_at
        if name == "kept_orders":
            return func.coalesce(self.frequency, 0)
        if name == "net_sales":
            return func.coalesce(self.net, 0)
        if name in ("recency_score", "frequency_score", "monetary_score"):
            return self.scores[("recency_score", "frequency_score", "monetary_score").index(name)]
        if name == "rfm_class":
            return self._cell if self.scale is not None else null()
        if name == "average_order_value":
            return case((self.frequency > 0, self.net))
        first = name in ("first_order", "days_since_first_order")
        day = self._first_day if first else self.last_day
        return self.today - day if name.startswith("days_since") else day

    def holds(self, session: Session, one: Condition) -> ColumnElement[bool]:
        """Return that a condition holds, never unknown."""
        if one.operator in ("has", "has_not"):
            found = self._has(session, one)
            return found if one.operator == "has" else bool_of(~found)
        column = self._column(one.attribute)
        if one.operator == "known":
            there: ColumnElement[bool] = column.is_not(None)
            return there if one.values != (False,) else ~there
        held = self._compared(one, column)
        if one.operator == "is_not":
            return or_(column.is_(None), ~held)
        return and_(column.is_not(None), held)

    def _compared(self, one: Condition, column: Any) -> ColumnElement[bool]:
        operator = "is" if one.operator == "is_not" else one.operator
        if one.attribute == "rfm_class":
            return self.in_cells(one.values)
        if operator == "is":
            return bool_of(column.in_(one.values))
        (value,) = one.values
        if one.attribute == "average_order_value":  # without a division: net >= value × orders
            value = literal(value, BigInteger) * self.frequency
        if isinstance(value, datetime):  # the first moment of a day, or of the one after it
            return bool_of(column >= value if operator == "since" else column < value)
        return bool_of(getattr(column, {**_COMPARED, **_ORDER_OF_DAYS}[operator])(value))

    def _has(self, session: Session, one: Condition) -> ColumnElement[bool]:
        """Return that a customer has one of some values of a list."""
        values: Sequence[Any] = one.values
        if one.attribute in ("tags", "discount_codes"):
            values = self._spelt(session, one)
        if not values:
            return false()
        return exists(self._items(one, values).where(self._owner(one) == self.customer).correlate(self._customers))

    def listed(self, session: Session, one: Condition, customer: int) -> list[Any]:
        """Return the tags of a customer, or which of the values of another list a customer has."""
        values: Sequence[Any] | None = one.values
        if one.attribute == "tags":
            values = None
        elif one.attribute == "discount_codes":
            values = self._spelt(session, one)
        chosen = self._items(one, values).where(self._owner(one) == customer).distinct()
        return sorted(session.scalars(chosen))

    def _owner(self, one: Condition) -> Any:
        return CustomerTagRow.__table__.c.customer if one.attribute == "tags" else OrderRow.__table__.c.customer

    def _items(self, one: Condition, values: Sequence[Any] | None) -> Any:
        """Return the values that customers have in a list: all, or those among some."""
        store = self.mirror.number
        orders = OrderRow.__table__
        if one.attribute == "tags":
            table = CustomerTagRow.__table__
            statement, column = select(table.c.value).where(table.c.store == store), table.c.value
        else:
            parts = (LabelRow if one.attribute == "discount_codes" else LineRow).__table__
            names = {"products": "product", "skus": "sku", "discount_codes": "value"}
            column = parts.c[names[one.attribute]]
            joined = orders.join(parts, (parts.c.store == orders.c.store) & (parts.c.order_id == orders.c.id))
            statement = select(column).select_from(joined).where(orders.c.store == store, orders.c.valid == 1)
            if one.attribute == "discount_codes":
                statement = statement.where(parts.c.kind == CODE)
        return statement if values is None else statement.where(column.in_(values))

    def _spelt(self, session: Session, one: Condition) -> list[str]:
        """Return the spellings of values that ignore case: databases fold other letters than ASCII differently."""
        wanted = {value.casefold() for value in one.values}
        table = (CustomerTagRow if one.attribute == "tags" else LabelRow).__table__
        statement = select(table.c.value).where(table.c.store == self.mirror.number).distinct()
        if one.attribute == "discount_codes":
            statement = statement.where(table.c.kind == CODE)
        rows = session.scalars(statement.execution_options(yield_per=1_000))
        return [value for value in rows if value.casefold() in wanted]


def bool_of(expression: Any) -> ColumnElement[bool]:
    """Return an expression as what it is: a comparison."""
    found: ColumnElement[bool] = expression
    return found
