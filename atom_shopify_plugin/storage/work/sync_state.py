"""What is kept in step with Shopify: extra subscriptions, stock levels, and how far each stream was read."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    String,
    Text,
    UniqueConstraint,
    delete,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.errors import Conflict
from atom_shopify_plugin.storage.database.base import (
    Base,
    Repository,
    changed,
    clean_text,
    insert,
    installation_column,
    new_id,
)
from atom_shopify_plugin.storage.stores.tables import Installation

__all__ = [
    "INVENTORY_LEVELS",
    "Cursor",
    "Cursors",
    "ExtraSubscription",
    "InventoryLevel",
    "Level",
    "Levels",
    "Subscription",
    "Subscriptions",
    "SyncCursor",
]


class Subscription(Base):
    """A webhook subscription that somebody wants beside those that the triggers need."""

    __tablename__ = "shopify_subscriptions"
    __table_args__ = (UniqueConstraint("installation_id", "topic", "filter"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    installation_id: Mapped[str] = installation_column()
    topic: Mapped[str] = mapped_column(String(64))
    filter: Mapped[str] = mapped_column(String(1000))
    include_fields: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(255))
    remote_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class InventoryLevel(Base):
    """The stock of an item at a location, as it was last heard of; ids are the numbers of Shopify's gids."""

    __tablename__ = "shopify_inventory_levels"

    installation_id: Mapped[str] = installation_column(primary_key=True)
    inventory_item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    location_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    available: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SyncCursor(Base):
    """Where a stream of changes was last read up to, and how much the last sweep found that no webhook had told."""

    __tablename__ = "shopify_sync_cursors"

    installation_id: Mapped[str] = installation_column(primary_key=True)
    stream: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[str] = mapped_column(Text)
    updated_at_min: Mapped[datetime | None]
    last_run: Mapped[datetime | None]
    drift: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraSubscription:
    """A subscription that somebody asked for; `remote_id` is Shopify's gid once it exists there."""

    id: str
    installation_id: str
    topic: str
    filter: str
    include_fields: tuple[str, ...]
    created_by: str
    remote_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Level:
    """The stock of an item at a location; the ids are the numbers of the gids, None means not tracked."""

    item: int
    location: int
    available: int | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a stream was last read up to; `drift` counts what the last sweep found that no webhook had told."""

    position: str
    updated_at_min: datetime | None
    last_run: datetime | None
    drift: int


INVENTORY_LEVELS = "inventory_levels"
"""The stream that keeps stock in step."""


class Subscriptions(Repository):
    """Subscriptions that somebody asked for beside those of the triggers."""

    def add(
        self,
        installation_id: str,
        topic: str,
        *,
        filter: str = "",  # noqa: A002  # Shopify's word
        include_fields: Sequence[str] = (),
        created_by: str,
    ) -> ExtraSubscription:
        """Store a wanted subscription; raise `Conflict` where the same topic and filter are wanted already."""
        with self._database.begin() as session:
            values = {
                "id": new_id(),
                "installation_id": installation_id,
                "topic": clean_text(topic, 64),
                "filter": clean_text(filter, 1000),
                "include_fields": orjson.dumps(list(include_fields)).decode(),
                "created_by": clean_text(created_by, 255),
                "remote_id": None,
                "created_at": self._database.now(session),
            }
            added = insert(session, Subscription).values(**values).on_conflict_do_nothing()
            row = session.scalar(added.returning(Subscription))
            if row is None:
                raise Conflict(f"There is a subscription to {topic} with this filter already.")
            return _subscription(row)

    def list(self, installation_id: str) -> list[ExtraSubscription]:
        """Return the subscriptions of an installation, the oldest first."""
        chosen = select(Subscription).where(Subscription.installation_id == installation_id).order_by(Subscription.id)
        with self._database.read() as session:
            return [_subscription(row) for row in session.scalars(chosen)]

    def get(self, installation_id: str, subscription_id: str) -> ExtraSubscription | None:
        """Return one subscription of an installation."""
        with self._database.read() as session:
            row = session.get(Subscription, subscription_id)
            return None if row is None or row.installation_id != installation_id else _subscription(row)

    def remove(self, installation_id: str, subscription_id: str) -> bool:
        """Forget a subscription; False if the installation has none with this id."""
        with self._database.begin() as session:
            chosen = (Subscription.installation_id == installation_id, Subscription.id == subscription_id)
            return bool(changed(session, delete(Subscription).where(*chosen)))

    def set_remote(self, subscription_id: str, remote_id: str | None) -> None:
        """Remember the gid that Shopify knows a subscription by, or that it knows none."""
        with self._database.begin() as session:
            changed(session, update(Subscription).where(Subscription.id == subscription_id).values(remote_id=remote_id))


def _subscription(row: Subscription) -> ExtraSubscription:
    return ExtraSubscription(
        id=row.id,
        installation_id=row.installation_id,
        topic=row.topic,
        filter=row.filter,
        include_fields=tuple(orjson.loads(row.include_fields)),
        created_by=row.created_by,
        remote_id=row.remote_id,
        created_at=row.created_at,
    )


class Levels(Repository):
    """Stock by item and location."""

    def apply(self, installation_id: str, levels: Iterable[Level]) -> int:
        """Store levels, none over a newer one, in one transaction; return how many of them changed something."""
        rows = sorted(levels, key=lambda level: (level.item, level.location, level.updated_at))
        done = 0
        with self._database.begin() as session:
            now = self._database.now(session)
            for level in rows:
                statement = insert(session, InventoryLevel).values(
                    installation_id=installation_id,
                    inventory_item_id=level.item,
                    location_id=level.location,
                    available=level.available,
                    updated_at=level.updated_at,
                    seen_at=now,
                )
                new = statement.excluded
                upsert = statement.on_conflict_do_update(
                    index_elements=["installation_id", "inventory_item_id", "location_id"],
                    set_={name: new[name] for name in ("available", "updated_at", "seen_at")},
                    where=(new.updated_at > InventoryLevel.updated_at)
                    | (
                        (new.updated_at == InventoryLevel.updated_at)
                        & new.available.is_distinct_from(InventoryLevel.available)
                    ),
                )
                done += session.execute(upsert.returning(InventoryLevel.location_id)).first() is not None
        return done

    def differing(self, installation_id: str, levels: Sequence[Level]) -> builtins.list[Level]:
        """Return those of `levels` whose number is not the one that is known; levels known as newer are left out."""
        place = tuple_(InventoryLevel.inventory_item_id, InventoryLevel.location_id)
        chosen = select(InventoryLevel).where(
            InventoryLevel.installation_id == installation_id,
            place.in_([(level.item, level.location) for level in levels]),
        )
        with self._database.read() as session:
            known = {(row.inventory_item_id, row.location_id): row for row in session.scalars(chosen)}
        found = []
        for level in levels:
            row = known.get((level.item, level.location))
            if row is None or (row.available != level.available and row.updated_at <= level.updated_at):
                found.append(level)
        return found

    def list(self, installation_id: str, after: tuple[int, int] | None = None, limit: int = 1000) -> list[Level]:
        """Return levels by item and location; `after` is the pair of the last one that was seen already."""
        place = tuple_(InventoryLevel.inventory_item_id, InventoryLevel.location_id)
        chosen = select(InventoryLevel).where(InventoryLevel.installation_id == installation_id)
        if after is not None:
            chosen = chosen.where(place > after)
        chosen = chosen.order_by(InventoryLevel.inventory_item_id, InventoryLevel.location_id).limit(limit)
        with self._database.read() as session:
            return [
                Level(row.inventory_item_id, row.location_id, row.available, row.updated_at)
                for row in session.scalars(chosen)
            ]

    def count(self, installation_id: str) -> int:
        """Return how many levels of an installation are known."""
        with self._database.read() as session:
            chosen = select(func.count()).where(InventoryLevel.installation_id == installation_id)
            return session.scalar(chosen) or 0

    def accuracy(self) -> float | None:
        """Return the share of known levels that the last sweeps found as they stood here; None before the first one."""
        active = select(Installation.id).where(Installation.state == "active")
        with self._database.read() as session:
            swept = select(SyncCursor.installation_id).where(
                SyncCursor.stream == INVENTORY_LEVELS, SyncCursor.installation_id.in_(active)
            )
            known = session.scalar(select(func.count()).where(InventoryLevel.installation_id.in_(swept))) or 0
            drift = session.scalar(
                select(func.coalesce(func.sum(SyncCursor.drift), 0)).where(
                    SyncCursor.stream == INVENTORY_LEVELS, SyncCursor.installation_id.in_(active)
                )
            )
        return None if not known else max(0.0, 1 - int(drift or 0) / known)


class Cursors(Repository):
    """How far each stream of an installation was read."""

    def get(self, installation_id: str, stream: str) -> Cursor | None:
        """Return where a stream was last read up to, None before the first time."""
        with self._database.read() as session:
            row = session.get(SyncCursor, (installation_id, stream))
            return None if row is None else Cursor(row.position, row.updated_at_min, row.last_run, row.drift)

    def summary(self, stream: str) -> dict[str, Any]:
        """Return of a stream how many ``stores`` were read, the sum of their ``drift``, and the ``oldest`` run."""
        active = select(Installation.id).where(Installation.state == "active")
        chosen = select(func.count(), func.coalesce(func.sum(SyncCursor.drift), 0), func.min(SyncCursor.last_run))
        with self._database.read() as session:
            stores, drift, oldest = session.execute(
                chosen.where(SyncCursor.stream == stream, SyncCursor.installation_id.in_(active))
            ).one()
        return {"stores": int(stores), "drift": int(drift), "oldest": oldest}

    def set(
        self,
        installation_id: str,
        stream: str,
        *,
        position: str = "",
        updated_at_min: datetime | None = None,
        drift: int = 0,
    ) -> None:
        """Remember where a stream was read up to just now."""
        with self._database.begin() as session:
            values = {
                "position": position,
                "updated_at_min": updated_at_min,
                "last_run": self._database.now(session),
                "drift": drift,
            }
            statement = insert(session, SyncCursor).values(installation_id=installation_id, stream=stream, **values)
            session.execute(statement.on_conflict_do_update(index_elements=["installation_id", "stream"], set_=values))
