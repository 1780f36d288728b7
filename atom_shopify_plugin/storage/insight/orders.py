"""Copied orders with what follows from them: lines, the sales ledger, places among a customer's orders, roll-ups.

Everything is consistent when a method returns, unless roll-ups are left to `MirroredOrders.roll_up`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from sqlalchemy import bindparam, case, delete, func, select, update
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository, changed
from atom_shopify_plugin.storage.insight.mirrors import Mirror
from atom_shopify_plugin.storage.insight.order_rows import Json, OrderRows, Row, month_of, rows_of
from atom_shopify_plugin.storage.insight.order_tables import (
    CODE,
    FulfillmentRow,
    LabelRow,
    LedgerRow,
    LineRow,
    OrderRow,
    PaymentRow,
    RefundRow,
)
from atom_shopify_plugin.storage.insight.rollups import Changes, rebuild
from atom_shopify_plugin.storage.insight.sheets import Sheet

__all__ = ["MirroredOrders", "Put"]

_PARTS: tuple[type[Any], ...] = (LineRow, LabelRow, RefundRow, PaymentRow, FulfillmentRow, LedgerRow)
_MODELS: tuple[type[Any], ...] = (OrderRow, *_PARTS)
"""The tables in the order of the members of `OrderRows`."""
_SHEETS = tuple(Sheet(model.__table__) for model in _MODELS)
_SOME = 500
_CUSTOMERS = 5_000
_PLACE = ("number", "cohort", "active")
_DAYS: tuple[tuple[type[Any], str, str], ...] = (
    (LedgerRow, "order_id", "at"),
    (RefundRow, "order_id", "at"),
    (OrderRow, "id", "processed_at"),
)
"""Rows with a day: the table, the column of the order's id, and the moment that the day follows from."""


@dataclass(frozen=True, slots=True)
class Put:
    """How many things were new, different from what was stored, the same, and older than what is stored."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0


class MirroredOrders(Repository):
    """The copied orders. Every method runs inside a transaction in which the mirror is locked."""

    def put(
        self, session: Session, mirror: Mirror, orders: Iterable[Json], zone: tzinfo, *, rollups: bool = True
    ) -> Put:
        """Store orders as `MirrorOrder` reads them, each with whole lists; days are those of `zone`.

        An order that is older than what is stored, by `updated_at`, is passed over, and so is one that is the same.
        With `rollups` False neither roll-ups nor places among a customer's orders are kept: call `roll_up` at the end.
        """
        given, fresh = 0, dict[int, OrderRows]()
        for order in orders:
            given += 1
            rows = rows_of(order, mirror, zone)
            known = fresh.get(rows.order["id"])
            if known is None or known.order["updated_at"] <= rows.order["updated_at"]:
                fresh[rows.order["id"]] = rows
        older = given - len(fresh)
        there = self._heads(session, mirror, fresh)
        same = 0
        for number, (updated_at, digest) in there.items():
            if digest == fresh[number].order["digest"]:
                same += 1
                del fresh[number]
            elif updated_at > fresh[number].order["updated_at"]:
                older += 1
                del fresh[number]
        replaced = [number for number in fresh if number in there]
        self._write(session, mirror, fresh, replaced, rollups=rollups)
        return Put(len(fresh) - len(replaced), len(replaced), same, older)

    def delete(self, session: Session, mirror: Mirror, ids: Iterable[int]) -> int:
        """Delete orders with all that was copied of them, and return how many there were."""
        known = list(self._heads(session, mirror, ids))
        self._write(session, mirror, {}, known, rollups=True)
        return len(known)

    def move_days(self, session: Session, mirror: Mirror, zone: tzinfo) -> None:
        """Let the days of everything be those of another time zone, and compute all roll-ups anew."""
        last = -1
        while ids := [number for number, _ in self.ids(session, mirror, last)]:
            for model, number, moment in _DAYS:
                _move(session, mirror.number, model, (number, ids[0], ids[-1]), moment, zone)
            last = ids[-1]
        self.roll_up(session, mirror)

    def detach(self, session: Session, mirror: Mirror, customer: int) -> int:
        """Let the orders of a customer belong to nobody, as a guest's do, and return how many there are."""
        orders: Any = OrderRow.__table__
        theirs = (orders.c.store == mirror.number) & (orders.c.customer == customer)
        nobody = {"customer": None, **dict.fromkeys(_PLACE)}
        changes = Changes(mirror.number)
        ids = list(session.scalars(select(orders.c.id).where(theirs)))
        for order, ledger, codes in _whole(session, mirror.number, ids):
            changes.count(-1, order, ledger, codes)
            changes.count(1, {**order, **nobody}, ledger, codes)
        session.execute(update(orders).where(theirs).values(nobody))
        changes.apply(session)
        return len(ids)

    def roll_up(self, session: Session, mirror: Mirror) -> None:
        """Compute the places of all orders among those of their customers, and all roll-ups, anew."""
        orders = OrderRow.__table__
        last = -1
        while True:
            ids = (
                select(orders.c.customer)
                .where(orders.c.store == mirror.number, orders.c.customer > last)
                .group_by(orders.c.customer)
                .order_by(orders.c.customer)
                .limit(_CUSTOMERS)
            )
            customers = list(session.scalars(ids))
            if not customers:
                break
            some = (orders.c.customer > last) & (orders.c.customer <= customers[-1])
            _place(session, mirror.number, _misplaced(session, mirror.number, some))
            last = customers[-1]
        rebuild(session, mirror.number)

    def ids(self, session: Session, mirror: Mirror, after: int = 0, limit: int = 1_000) -> list[tuple[int, Any]]:
        """Return the next ids of copied orders above `after`, each with its `updated_at`, in ascending order."""
        orders = OrderRow.__table__
        found = session.execute(
            select(orders.c.id, orders.c.updated_at)
            .where(orders.c.store == mirror.number, orders.c.id > after)
            .order_by(orders.c.id)
            .limit(limit)
        )
        return [(number, updated_at) for number, updated_at in found]

    def _heads(self, session: Session, mirror: Mirror, ids: Iterable[int]) -> dict[int, tuple[Any, bytes]]:
        orders = OrderRow.__table__
        found = {}
        for some in _chunks(list(ids)):
            statement = select(orders.c.id, orders.c.updated_at, orders.c.digest)
            for row in session.execute(statement.where(orders.c.store == mirror.number, orders.c.id.in_(some))):
                found[row.id] = (row.updated_at, bytes(row.digest))
        return found

    def _write(
        self, session: Session, mirror: Mirror, fresh: dict[int, OrderRows], replaced: Sequence[int], *, rollups: bool
    ) -> None:
        """Put `fresh` orders in the place of those that are `replaced`."""
        store = mirror.number
        changes = Changes(store)
        customers = {rows.order["customer"] for rows in fresh.values()}
        if rollups:
            for order, ledger, codes in _whole(session, store, replaced):
                customers.add(order["customer"])
                changes.count(-1, order, ledger, codes)
        for model in _MODELS:
            table: Any = model.__table__
            column = table.c.id if model is OrderRow else table.c.order_id
            for some in _chunks(replaced):
                changed(session, delete(table).where(table.c.store == store, column.in_(some)))
        for sheet, lists in zip(_SHEETS, zip(*fresh.values(), strict=True), strict=False):  # none without orders
            sheet.add(session, lists if sheet is _SHEETS[0] else [row for rows in lists for row in rows])
        if not rollups:
            return
        misplaced: dict[int, Row] = {}
        for some in _chunks(sorted(customers - {None})):
            misplaced |= _misplaced(session, store, OrderRow.__table__.c.customer.in_(some))
        for order, ledger, codes in _whole(session, store, [number for number in misplaced if number not in fresh]):
            changes.count(-1, order, ledger, codes)
            changes.count(1, {**order, **misplaced[order["id"]]}, ledger, codes)
        for number, rows in fresh.items():
            order = {**rows.order, **misplaced.get(number, {})}
            codes = [row["value"] for row in rows.labels if row["kind"] == CODE]
            changes.count(1, order, rows.ledger, codes)
        _place(session, store, misplaced)
        changes.apply(session)


def _move(session: Session, store: int, model: Any, orders: tuple[str, int, int], moment: str, zone: tzinfo) -> None:
    """Give the rows of some orders the days of a time zone."""
    table, (number, first, last) = model.__table__, orders
    keys = [column for column in table.primary_key.columns if column.name != "store"]
    own = table.c.store == store
    chosen = select(*keys, table.c[moment].label("moment")).where(own, table.c[number].between(first, last))
    places = []
    for row in session.execute(chosen).mappings():
        local = row["moment"].astimezone(zone)
        place = {f"of_{key.name}": row[key.name] for key in keys}
        places.append({**place, "to_day": local.toordinal(), "to_month": month_of(local)})
    if places:
        values: dict[str, Any] = {"day": bindparam("to_day")}
        values |= {"month": bindparam("to_month")} if "month" in table.c else {}
        statement = update(table).where(own, *(key == bindparam(f"of_{key.name}") for key in keys))
        session.connection().execute(statement.values(values), places)


def _whole(session: Session, store: int, ids: Sequence[int]) -> Iterator[tuple[Row, list[Row], list[str]]]:
    """Yield stored orders with their rows of the ledger and their codes."""
    orders, ledger, labels = OrderRow.__table__, LedgerRow.__table__, LabelRow.__table__
    for some in _chunks(ids):
        entries: dict[int, list[Row]] = defaultdict(list)
        codes: dict[int, list[str]] = defaultdict(list)
        statement = select(ledger).where(ledger.c.store == store, ledger.c.order_id.in_(some))
        for row in session.execute(statement).mappings():
            entries[row["order_id"]].append(dict(row))
        named = select(labels.c.order_id, labels.c.value).where(labels.c.store == store, labels.c.kind == CODE)
        for number, value in session.execute(named.where(labels.c.order_id.in_(some))):
            codes[number].append(value)
        statement = select(orders).where(orders.c.store == store, orders.c.id.in_(some))
        for row in session.execute(statement).mappings():
            yield dict(row), entries[row["id"]], codes[row["id"]]


def _misplaced(session: Session, store: int, customers: Any) -> dict[int, Row]:
    """Return, by the id of the order, the places among their customers' orders that are not what is stored."""
    orders = OrderRow.__table__
    whose: Any = {"partition_by": orders.c.customer}
    when = (orders.c.processed_at, orders.c.id)
    before = func.sum(orders.c.valid).over(**whose, order_by=when, rows=(None, -1))
    in_month = func.sum(orders.c.valid).over(
        partition_by=(orders.c.customer, orders.c.month), order_by=when, rows=(None, 0)
    )
    ranked = (
        select(
            orders.c.id,
            (func.coalesce(before, 0) + 1).label("number"),
            func.min(case((orders.c.valid == 1, orders.c.month))).over(**whose).label("cohort"),
            case((orders.c.valid == 0, 0), (in_month == 1, 1), else_=0).label("active"),
            *(orders.c[name].label(f"known_{name}") for name in _PLACE),
        )
        .where(orders.c.store == store, customers)
        .subquery()
    )
    differs = [ranked.c[name].is_distinct_from(ranked.c[f"known_{name}"]) for name in _PLACE]
    columns = [ranked.c[name] for name in ("id", *_PLACE)]
    found = session.execute(select(*columns).where(differs[0] | differs[1] | differs[2]))
    return {row.id: {name: _whole_number(getattr(row, name)) for name in _PLACE} for row in found}


def _place(session: Session, store: int, places: dict[int, Row]) -> None:
    if places:
        orders: Any = OrderRow.__table__
        statement = (
            update(orders)
            .where(orders.c.store == store, orders.c.id == bindparam("of"))
            .values({name: bindparam(f"to_{name}") for name in _PLACE})
        )
        rows = [{"of": number, **{f"to_{name}": row[name] for name in _PLACE}} for number, row in places.items()]
        session.connection().execute(statement, rows)


def _whole_number(value: Any) -> int | None:
    return None if value is None else int(value)


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _SOME):
        yield ids[start : start + _SOME]
