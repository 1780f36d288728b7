"""Mirrored stores: a row for each installation whose data is copied, with the number that all copied rows carry.

A number in place of the installation's id keeps millions of rows small. Deleting the row deletes everything that was
copied. What was copied before the app was installed again counts no more: `lock` then begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Table, delete, select, tuple_, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.storage.database.base import Base, Repository, changed, insert, installation_column
from atom_shopify_plugin.storage.stores.tables import Installation, Store

__all__ = ["STREAMS", "Mirror", "MirrorRow", "Mirrors", "mirror_column"]

STREAMS = "shopify_sync_streams"
"""The table that says who copies what."""
_BATCH = 2_000  # rows that one transaction deletes


class MirrorRow(Base):
    """A store whose data is copied."""

    __tablename__ = "shopify_mirrors"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    installation_id: Mapped[str] = installation_column(unique=True)
    epoch: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    began_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirrored store: days are those of `timezone`; how whole it is, its streams say (`sync_runs`)."""

    number: int
    installation_id: str
    timezone: str
    currency: str
    began_at: datetime


def mirror_column(**options: Any) -> Any:
    """Return the column by which a copied row belongs to a mirrored store."""
    return mapped_column(ForeignKey("shopify_mirrors.number", ondelete="CASCADE"), autoincrement=False, **options)


class Mirrors(Repository):
    """The mirrored stores."""

    def get(self, installation_id: str) -> Mirror | None:
        """Return the mirror of an installation as it stands, None where nothing has been copied."""
        with self._database.read() as session:
            return self.find(session, installation_id)

    def find(self, session: Session, installation_id: str) -> Mirror | None:
        """Do what `get` does inside the caller's transaction."""
        row = session.execute(_chosen().where(MirrorRow.installation_id == installation_id)).one_or_none()
        return None if row is None else Mirror(*row)

    def lock(self, session: Session, store: Store) -> Mirror:
        """Return the mirror of a store, and let nobody else write to it until the transaction ends.

        It is begun where there is none, or where what there is stems from an earlier installation.
        """
        changed(
            session,
            delete(MirrorRow).where(MirrorRow.installation_id == store.id, MirrorRow.epoch != store.epoch),
        )
        fresh = {
            "installation_id": store.id,
            "epoch": store.epoch,
            "timezone": store.timezone,
            "currency": store.currency,
            "began_at": self._database.now(session),
        }
        session.execute(insert(session, MirrorRow).values(**fresh).on_conflict_do_nothing())
        row = session.execute(_chosen().where(MirrorRow.installation_id == store.id).with_for_update()).one()
        return Mirror(*row)

    def set_timezone(self, session: Session, mirror: Mirror, timezone: str) -> None:
        """Let the days of a locked mirror be those of another time zone; `MirroredOrders.move_days` moves its rows."""
        changed(session, update(MirrorRow).where(MirrorRow.number == mirror.number).values(timezone=timezone))

    def drop(self, installation_id: str) -> bool:
        """Delete everything that was copied of an installation; False where there was nothing.

        That is done in many short transactions: nobody else waits for millions of rows. Who was copying finds its
        stream gone at first, and ends.
        """
        found = self.get(installation_id)
        if found is None:
            return False
        for table in _copied():
            keys = list(table.primary_key.columns)
            some = select(*keys).where(table.c.store == found.number).limit(_BATCH)
            gone = _BATCH
            while gone == _BATCH:
                with self._database.begin() as session:
                    gone = changed(session, delete(table).where(tuple_(*keys).in_(some)))
        with self._database.begin() as session:
            return bool(changed(session, delete(MirrorRow).where(MirrorRow.number == found.number)))

    def abandoned(self) -> list[str]:
        """Return the installations whose copy belongs to an installation that has ended."""
        ended = (Installation.state == "uninstalled") | (Installation.epoch != MirrorRow.epoch)
        chosen = select(MirrorRow.installation_id).join(Installation, Installation.id == MirrorRow.installation_id)
        with self._database.read() as session:
            return list(session.scalars(chosen.where(ended)))


def _copied() -> list[Table]:
    """Return the tables with copied rows, the one that says who copies before the others."""
    tables = [
        table
        for table in Base.metadata.sorted_tables
        if any(key.column.table.name == MirrorRow.__tablename__ for key in table.foreign_keys)
    ]
    return sorted(tables, key=lambda table: table.name != STREAMS)


def _chosen() -> Any:
    return select(
        MirrorRow.number,
        MirrorRow.installation_id,
        MirrorRow.timezone,
        MirrorRow.currency,
        MirrorRow.began_at,
    )
