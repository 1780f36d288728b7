"""The copied catalogue: products, variants, locations, stock by location and state, discounts and their codes.

What is queried has a column; the rest is JSON as Shopify sent it. Ids are the numbers of Shopify's gids, money is in
ten-thousandths of the currency's unit. `generation` is that of the load which wrote the row last: what a whole load
does not write again is no longer in the store.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, SmallInteger, String, Text, delete, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import Base, Repository, changed
from atom_shopify_plugin.storage.insight.mirrors import Mirror, MirrorRow, mirror_column
from atom_shopify_plugin.storage.insight.sheets import Sheet

__all__ = [
    "SHEETS",
    "STATES",
    "Catalogue",
    "DiscountCodeRow",
    "DiscountRow",
    "LocationRow",
    "ProductRow",
    "StockRow",
    "VariantRow",
]

STATES = (
    "available",
    "on_hand",
    "committed",
    "incoming",
    "reserved",
    "damaged",
    "safety_stock",
    "quality_control",
)
"""The states of stock, in the order of the columns (shopify.dev, inventory states)."""
_BATCH = 500


def _id(**options: Any) -> Any:
    return mapped_column(BigInteger, autoincrement=False, **options)


class ProductRow(Base):
    """A product, without its variants."""

    __tablename__ = "shopify_products_cache"
    __table_args__ = (Index(None, "store", "updated_at"),)

    store: Mapped[int] = mirror_column(primary_key=True)
    product_id: Mapped[int] = _id(primary_key=True)
    handle: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    vendor: Mapped[str] = mapped_column(Text)
    product_type: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(Integer)
    product_data: Mapped[str] = mapped_column(Text)


class VariantRow(Base):
    """A variant and its inventory item; `cost` is that of one unit."""

    __tablename__ = "shopify_variants"
    __table_args__ = (
        Index(None, "store", "product_id"),
        Index(None, "store", "inventory_item_id"),
        Index(None, "store", "sku"),
    )

    store: Mapped[int] = mirror_column(primary_key=True)
    variant_id: Mapped[int] = _id(primary_key=True)
    product_id: Mapped[int] = _id()
    title: Mapped[str] = mapped_column(Text)
    sku: Mapped[str | None] = mapped_column(Text)
    barcode: Mapped[str | None] = mapped_column(Text)
    price: Mapped[int | None] = _id()
    compare_at_price: Mapped[int | None] = _id()
    cost: Mapped[int | None] = _id()
    inventory_item_id: Mapped[int | None] = _id()
    tracked: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    generation: Mapped[int] = mapped_column(Integer)
    variant_data: Mapped[str] = mapped_column(Text)


class LocationRow(Base):
    """A location; of its address only the country."""

    __tablename__ = "shopify_locations"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    location_id: Mapped[int] = _id(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(String(2))
    active: Mapped[int] = mapped_column(SmallInteger)
    fulfills_online_orders: Mapped[int] = mapped_column(SmallInteger)
    generation: Mapped[int] = mapped_column(Integer)


class StockRow(Base):
    """The stock of an item at a location, in each of its states."""

    __tablename__ = "shopify_stock"
    __table_args__ = (Index(None, "store", "location_id"), {"sqlite_with_rowid": False})

    store: Mapped[int] = mirror_column(primary_key=True)
    inventory_item_id: Mapped[int] = _id(primary_key=True)
    location_id: Mapped[int] = _id(primary_key=True)
    available: Mapped[int | None] = _id()
    on_hand: Mapped[int | None] = _id()
    committed: Mapped[int | None] = _id()
    incoming: Mapped[int | None] = _id()
    reserved: Mapped[int | None] = _id()
    damaged: Mapped[int | None] = _id()
    safety_stock: Mapped[int | None] = _id()
    quality_control: Mapped[int | None] = _id()
    active: Mapped[int] = mapped_column(SmallInteger)
    updated_at: Mapped[datetime]
    generation: Mapped[int] = mapped_column(Integer)


class DiscountRow(Base):
    """A discount; `kind` is Shopify's type, such as ``DiscountCodeBasic``."""

    __tablename__ = "shopify_discounts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    store: Mapped[int] = mirror_column(primary_key=True)
    discount_id: Mapped[int] = _id(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    used: Mapped[int | None] = _id()
    updated_at: Mapped[datetime | None]
    generation: Mapped[int] = mapped_column(Integer)
    discount_data: Mapped[str] = mapped_column(Text)


class DiscountCodeRow(Base):
    """A code of a discount, and how often it was used."""

    __tablename__ = "shopify_discount_codes"
    __table_args__ = (
        Index(None, "store", "code"),
        Index(None, "store", "discount_id"),
        {"sqlite_with_rowid": False},
    )

    store: Mapped[int] = mirror_column(primary_key=True)
    code_id: Mapped[int] = _id(primary_key=True)
    discount_id: Mapped[int] = _id()
    code: Mapped[str] = mapped_column(Text)
    used: Mapped[int | None] = _id()
    generation: Mapped[int] = mapped_column(Integer)


_MODELS: tuple[tuple[str, Any], ...] = (
    ("products", ProductRow),
    ("variants", VariantRow),
    ("locations", LocationRow),
    ("stock", StockRow),
    ("discounts", DiscountRow),
    ("discount_codes", DiscountCodeRow),
)
SHEETS: Mapping[str, Sheet] = MappingProxyType({name: Sheet(model.__table__) for name, model in _MODELS})
"""The tables of the catalogue by name."""
_PARENTS: Mapping[str, tuple[str, str]] = {
    "variants": ("products", "product_id"),
    "discount_codes": ("discounts", "discount_id"),
    "stock": ("locations", "location_id"),
}


class Catalogue(Repository):
    """The copied catalogue. What takes a session runs in a transaction in which `Mirrors.lock` was called."""

    def put(self, session: Session, name: str, rows: Sequence[tuple[Any, ...]], *, newer: bool = False) -> None:
        """Store rows of the table `name` over those with the same key; with `newer`, none over one that is newer."""
        SHEETS[name].put(session, rows, newer=newer)

    def parts_beside(
        self, session: Session, name: str, mirror: Mirror, column: str, kept: Mapping[int, Collection[int]]
    ) -> list[int]:
        """Return the ids in the table `name` whose `column` is one of the keys of `kept`, and that it does not name."""
        table = SHEETS[name].table
        key = table.c[SHEETS[name].keys[1]]
        found: list[int] = []
        parents = sorted(kept)
        for start in range(0, len(parents), _BATCH):
            some = parents[start : start + _BATCH]
            chosen = select(key, table.c[column]).where(table.c.store == mirror.number, table.c[column].in_(some))
            found += [part for part, parent in session.execute(chosen) if part not in kept[parent]]
        return found

    def items_of(self, session: Session, mirror: Mirror, products: Collection[int]) -> list[int]:
        """Return the inventory items of the variants of products."""
        chosen = select(VariantRow.inventory_item_id).where(
            VariantRow.store == mirror.number,
            VariantRow.product_id.in_(products),
            VariantRow.inventory_item_id.is_not(None),
        )
        return [item for item in session.scalars(chosen) if item is not None]

    def differing(self, session: Session, name: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """Return how many of `rows` are not stored as they are; the generation does not count."""
        sheet = SHEETS[name]
        same = [at for at, column in enumerate(sheet.columns) if column != "generation"]
        width, found = len(sheet.keys), 0
        known = select(*(sheet.table.c[sheet.columns[at]] for at in same))
        for start in range(0, len(rows), _BATCH):
            some = {row[:width]: row for row in rows[start : start + _BATCH]}
            # The first two columns of a key narrow it down far enough: the store, and an id.
            chosen = known.where(
                sheet.table.c.store == rows[0][0], sheet.table.c[sheet.keys[1]].in_({key[1] for key in some})
            )
            stored = {tuple(row)[:width]: row for row in session.execute(chosen)}
            for key, row in some.items():
                there = stored.get(key)
                wanted = [row[at] for at in same]
                found += there is None or any(not _equal(one, other) for one, other in zip(there, wanted, strict=True))
        return found

    def delete_stale(self, session: Session, name: str, mirror: Mirror, generation: int, limit: int) -> int:
        """Delete at most `limit` rows that an older load wrote; return how many."""
        table = SHEETS[name].table
        keys = [table.c[key] for key in SHEETS[name].keys[1:]]
        stale = select(*keys).where(table.c.store == mirror.number, table.c.generation != generation).limit(limit)
        return _delete(session, table, mirror, session.execute(stale).all(), keys)

    def delete(self, session: Session, name: str, mirror: Mirror, column: str, ids: Collection[int]) -> int:
        """Delete the rows whose `column` is one of `ids`; return how many."""
        table = SHEETS[name].table
        done = 0
        listed = sorted(ids)
        for start in range(0, len(listed), _BATCH):
            some = table.c[column].in_(listed[start : start + _BATCH])
            done += changed(session, delete(table).where(table.c.store == mirror.number, some))
        return done

    def orphans(self, session: Session, name: str, mirror: Mirror) -> int:
        """Return how many rows belong to something that is not there."""
        parent, column = _PARENTS[name]
        table, above = SHEETS[name].table, SHEETS[parent].table
        there = select(above.c.store).where(above.c.store == table.c.store, above.c[column] == table.c[column])
        chosen = select(func.count()).select_from(table).where(table.c.store == mirror.number, ~there.exists())
        return session.scalar(chosen) or 0

    def count(self, session: Session, name: str, mirror: Mirror) -> int:
        """Return how many rows of a store a table has."""
        table = SHEETS[name].table
        chosen = select(func.count()).select_from(table).where(table.c.store == mirror.number)
        return session.scalar(chosen) or 0

    def rows(self, installation_id: str, name: str) -> list[dict[str, Any]]:
        """Return all rows of a store in a table, as dicts by column; for small tables and tests."""
        table = SHEETS[name].table
        chosen = select(table).join(MirrorRow, MirrorRow.number == table.c.store)
        with self._database.read() as session:
            found = session.execute(chosen.where(MirrorRow.installation_id == installation_id))
            return [dict(row._mapping) for row in found]


def _delete(session: Session, table: Any, mirror: Mirror, rows: Sequence[Any], keys: Sequence[Any]) -> int:
    done = 0
    for start in range(0, len(rows), _BATCH):
        some = tuple_(*keys).in_([tuple(row) for row in rows[start : start + _BATCH]])
        done += changed(session, delete(table).where(table.c.store == mirror.number, some))
    return done


def _equal(stored: Any, wanted: Any) -> bool:
    if isinstance(stored, datetime):
        return bool(stored.strftime("%Y-%m-%d %H:%M:%S.%f") == wanted)
    return bool(stored == wanted)
