"""What runs of workflows write: noted before the write, completed after it, asked for when an event tells of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from atom_shopify_plugin.hookspecs import Origin
from atom_shopify_plugin.storage.database.base import Base, Repository, changed, installation_column, new_id

__all__ = ["Noted", "OwnWrite", "OwnWrites"]


class OwnWrite(Base):
    """A thing that a run of a workflow wrote, or is writing while `ended_at` is empty.

    `resource_updated_at` is the thing's own moment after the write, where the answer told it.
    """

    __tablename__ = "shopify_own_writes"
    __table_args__ = (Index(None, "installation_id", "resource", "started_at"), Index(None, "started_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    installation_id: Mapped[str] = installation_column()
    resource: Mapped[str] = mapped_column(String(255))
    chain: Mapped[str] = mapped_column(String(64))
    run: Mapped[str] = mapped_column(String(64))
    depth: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    resource_updated_at: Mapped[datetime | None]


_SAME = timedelta(seconds=5)  # how far two moments of Shopify's about one write may lie apart
_NEAR = timedelta(minutes=1)  # how far Shopify's clock and the database's may differ
_LATE = timedelta(minutes=10)  # how long after a write an event without a moment of its own is put down to it
_LONGEST = timedelta(minutes=5)  # a write whose end nobody noted
_KEEP = timedelta(days=2)  # deliveries may be a day late
_MOST = 200  # things that one write notes


@dataclass(frozen=True, slots=True)
class Noted:
    """A write that has been noted and may not have ended."""

    installation_id: str
    origin: Origin
    started_at: datetime
    ids: tuple[str, ...]


class OwnWrites(Repository):
    """Writes of runs by the thing that they wrote, such as ``customers/123``; kept for two days."""

    def begin(self, installation_id: str, origin: Origin, resources: Collection[str]) -> Noted:
        """Note that a run is about to write things."""
        with self._database.begin() as session:
            now = self._database.now(session)
            ids = self._put(session, Noted(installation_id, origin, now, ()), dict.fromkeys(resources), None)
        return Noted(installation_id, origin, now, ids)

    def end(self, noted: Noted, resources: Mapping[str, datetime | None]) -> None:
        """Say what was written, each thing with its own moment after the write, None where that is not known."""
        with self._database.begin() as session:
            now = self._database.now(session)
            changed(session, delete(OwnWrite).where(OwnWrite.id.in_(noted.ids)))
            self._put(session, noted, resources, now)

    def drop(self, noted: Noted) -> None:
        """Forget a write that did not happen."""
        with self._database.begin() as session:
            changed(session, delete(OwnWrite).where(OwnWrite.id.in_(noted.ids)))

    def cause(
        self, installation_id: str, resources: Collection[str], at: datetime | None, received_at: datetime
    ) -> Origin | None:
        """Return the run whose write changed one of `resources` at a moment, the deepest where there are several.

        `at` is the thing's own moment in the event, None where the event names none: then the time of its receipt
        has to do.
        """
        since = min(at or received_at, received_at) - _LATE - _LONGEST
        chosen = (
            select(OwnWrite)
            .where(
                OwnWrite.installation_id == installation_id,
                OwnWrite.resource.in_(resources),
                OwnWrite.started_at >= since,
            )
            .order_by(OwnWrite.started_at.desc())
            .limit(_MOST)
        )
        with self._database.read() as session:
            found = [row for row in session.scalars(chosen) if _is_cause(row, at, received_at)]
        if not found:
            return None
        deepest = max(found, key=lambda row: row.depth)
        return Origin(deepest.chain, deepest.run, deepest.depth)

    def forget(self, session: Session, installation_id: str) -> None:
        """Delete all that is noted of a store, in the caller's transaction."""
        changed(session, delete(OwnWrite).where(OwnWrite.installation_id == installation_id))

    def prune(self, batch: int = 500) -> int:
        """Delete one batch of old rows; return how many, 0 when all is done."""
        now = self._database.now()
        old = select(OwnWrite.id).where(OwnWrite.started_at < now - _KEEP).order_by(OwnWrite.started_at).limit(batch)
        with self._database.begin() as session:
            return changed(session, delete(OwnWrite).where(OwnWrite.id.in_(old)))

    def _put(
        self, session: Session, noted: Noted, resources: Mapping[str, datetime | None], ended_at: datetime | None
    ) -> tuple[str, ...]:
        rows = [
            {
                "id": new_id(),
                "installation_id": noted.installation_id,
                "resource": name[:255],
                "chain": noted.origin.chain[:64],
                "run": noted.origin.run[:64],
                "depth": noted.origin.depth,
                "started_at": noted.started_at,
                "ended_at": ended_at,
                "resource_updated_at": updated_at,
            }
            for name, updated_at in list(resources.items())[:_MOST]
        ]
        if rows:
            session.execute(insert(OwnWrite), rows)
        return tuple(row["id"] for row in rows)  # type: ignore[misc]


def _is_cause(row: OwnWrite, at: datetime | None, received_at: datetime) -> bool:
    ended = row.ended_at or row.started_at + _LONGEST
    if at is None:
        return row.started_at - _NEAR <= received_at <= ended + _LATE
    if row.resource_updated_at is not None:
        return abs(at - row.resource_updated_at) <= _SAME
    if at < row.started_at - _NEAR:
        # A product is told of when its stock moves, and keeps its own moment: then the receipt has to do as well.
        return row.started_at - _NEAR <= received_at <= ended + _NEAR
    return at <= ended + _NEAR
