"""Copied customers: where they live, their tags, what they agreed to, and counts. Nothing tells who they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import Base, Repository, changed, clean_text, insert
from atom_shopify_plugin.storage.insight.amounts import stored
from atom_shopify_plugin.storage.insight.mirrors import Mirror, MirrorRow, mirror_column
from atom_shopify_plugin.storage.insight.order_rows import Json, number_of
from atom_shopify_plugin.storage.insight.order_tables import TEXT
from atom_shopify_plugin.storage.insight.orders import Put

__all__ = ["CustomerRow", "CustomerTagRow", "MirroredCustomers"]

_SOME = 500


class CustomerRow(Base):
    """A customer; `orders` and `spent` are as Shopify tells them, `spent` in ten-thousandths."""

    __tablename__ = "shopify_customers"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(20))
    country: Mapped[str] = mapped_column(String(2))
    email_consent: Mapped[str] = mapped_column(String(40))
    sms_consent: Mapped[str] = mapped_column(String(40))
    orders: Mapped[int] = mapped_column(Integer)
    spent: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))


class CustomerTagRow(Base):
    """A tag of a customer."""

    __tablename__ = "shopify_customer_tags"
    __table_args__ = (
        Index("ix_shopify_customer_tags_value", "store", "value"),
        {"sqlite_with_rowid": False},
    )

    store: Mapped[int] = mirror_column(primary_key=True)
    customer: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    value: Mapped[str] = mapped_column(String(TEXT), primary_key=True)


class MirroredCustomers(Repository):
    """The copied customers. Every method runs inside a transaction in which the mirror is locked."""

    def put(self, session: Session, mirror: Mirror, customers: Iterable[Json]) -> Put:
        """Store customers as `MirrorCustomer` reads them; one that is older than what is stored is passed over."""
        given, fresh = 0, dict[int, tuple[dict[str, Any], list[str]]]()
        for customer in customers:
            given += 1
            row = _row(customer, mirror)
            known = fresh.get(row["id"])
            if known is None or known[0]["updated_at"] <= row["updated_at"]:
                fresh[row["id"]] = row, sorted({clean_text(tag, TEXT) for tag in customer["tags"]})
        older = given - len(fresh)
        there = self._stored(session, mirror, fresh)
        same = 0
        for number, known in there.items():
            if known == fresh[number]:
                same += 1
                del fresh[number]
            elif known[0]["updated_at"] > fresh[number][0]["updated_at"]:
                older += 1
                del fresh[number]
        replaced = [number for number in fresh if number in there]
        self._remove_tags(session, mirror, replaced)
        if fresh:
            statement = insert(session, CustomerRow)
            others = {name: statement.excluded[name] for name in _row_names() if name not in _KEY}
            session.execute(
                statement.on_conflict_do_update(index_elements=_KEY, set_=others), [row for row, _ in fresh.values()]
            )
        tags = [
            {"store": mirror.number, "customer": number, "value": tag}
            for number, (_, values) in fresh.items()
            for tag in values
        ]
        if tags:
            session.execute(insert(session, CustomerTagRow), tags)
        return Put(len(fresh) - len(replaced), len(replaced), same, older)

    def delete(self, session: Session, mirror: Mirror, ids: Iterable[int]) -> int:
        """Delete customers, and return how many there were; their orders stay, and belong to nobody who is known."""
        numbers = list(ids)
        self._remove_tags(session, mirror, numbers)
        count = 0
        for start in range(0, len(numbers), _SOME):
            some = CustomerRow.id.in_(numbers[start : start + _SOME])
            count += changed(session, delete(CustomerRow).where(CustomerRow.store == mirror.number, some))
        return count

    def ids(self, session: Session, mirror: Mirror, after: int = 0, limit: int = 1_000) -> list[tuple[int, datetime]]:
        """Return the next ids of copied customers above `after`, each with its `updated_at`, in ascending order."""
        found = session.execute(
            select(CustomerRow.id, CustomerRow.updated_at)
            .where(CustomerRow.store == mirror.number, CustomerRow.id > after)
            .order_by(CustomerRow.id)
            .limit(limit)
        )
        return [(number, updated_at) for number, updated_at in found]

    def held(self, installation_id: str, customer: int) -> dict[str, Any] | None:
        """Return all that is copied of a customer of an installation, as plain values; None where nothing is."""
        table, tags = CustomerRow.__table__, CustomerTagRow.__table__
        with self._database.read() as session:
            store = session.scalar(select(MirrorRow.number).where(MirrorRow.installation_id == installation_id))
            row = (
                session.execute(select(table).where(table.c.store == store, table.c.id == customer)).mappings().first()
            )
            if row is None:
                return None
            named = select(tags.c.value).where(tags.c.store == store, tags.c.customer == customer)
            values = {
                name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
                for name, value in row.items()
            }
            return {**values, "tags": sorted(session.scalars(named))}

    def forget(self, installation_id: str, customer: int) -> int:
        """Delete what is copied of a customer of an installation."""
        with self._database.begin() as session:
            store = session.scalar(select(MirrorRow.number).where(MirrorRow.installation_id == installation_id))
            for model, column in ((CustomerTagRow, CustomerTagRow.customer), (CustomerRow, CustomerRow.id)):
                gone = changed(session, delete(model).where(model.store == store, column == customer))
            return gone

    def _stored(
        self, session: Session, mirror: Mirror, ids: Iterable[int]
    ) -> dict[int, tuple[dict[str, Any], list[str]]]:
        table, tags = CustomerRow.__table__, CustomerTagRow.__table__
        numbers = list(ids)
        found: dict[int, tuple[dict[str, Any], list[str]]] = {}
        for start in range(0, len(numbers), _SOME):
            some = numbers[start : start + _SOME]
            rows = session.execute(select(table).where(table.c.store == mirror.number, table.c.id.in_(some)))
            found |= {row["id"]: (dict(row), []) for row in rows.mappings()}
            named = select(tags.c.customer, tags.c.value).where(tags.c.store == mirror.number)
            for number, value in session.execute(named.where(tags.c.customer.in_(some))):
                found[number][1].append(value)
        for _, values in found.values():
            values.sort()
        return found

    def _remove_tags(self, session: Session, mirror: Mirror, ids: list[int]) -> None:
        for start in range(0, len(ids), _SOME):
            some = CustomerTagRow.customer.in_(ids[start : start + _SOME])
            changed(session, delete(CustomerTagRow).where(CustomerTagRow.store == mirror.number, some))


_KEY = ["store", "id"]


def _row_names() -> list[str]:
    return [column.name for column in CustomerRow.__table__.c]


def _row(customer: Json, mirror: Mirror) -> dict[str, Any]:
    address, email, phone, spent = (
        customer.get(name) or {}
        for name in ("default_address", "default_email_address", "default_phone_number", "amount_spent")
    )
    sms = phone.get("sms_marketing_consent") or {}
    return {
        "store": mirror.number,
        "id": number_of(customer["id"]),
        "created_at": datetime.fromisoformat(customer["created_at"]).astimezone(UTC),
        "updated_at": datetime.fromisoformat(customer["updated_at"]).astimezone(UTC),
        "state": clean_text(customer["state"], 40),
        "locale": clean_text(customer["locale"] or "", 20),
        "country": clean_text(address.get("country_code_v2") or "", 2),
        "email_consent": clean_text(email.get("marketing_state") or "", 40),
        "sms_consent": clean_text(sms.get("state") or "", 40),
        "orders": int(customer["number_of_orders"]),
        "spent": stored(Decimal(spent.get("amount") or 0)),
        "currency": spent.get("currency_code") or mirror.currency,
    }
