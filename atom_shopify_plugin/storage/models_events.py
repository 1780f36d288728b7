"""The tables of jobs and events. The migrations make them; a test proves that both say the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.storage.models import Base

__all__ = [
    "DataKey",
    "InventoryLevel",
    "LedgerEvent",
    "OwnWrite",
    "QueuedJob",
    "Subscription",
    "SyncCursor",
    "Watermark",
]


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _installation(**options: Any) -> Any:
    return mapped_column(ForeignKey("shopify_installations.id", ondelete="CASCADE"), **options)


def _data_key() -> Any:
    # Who still encrypts with a key that has been destroyed is refused by this reference, and takes a new one.
    return mapped_column(ForeignKey("shopify_data_keys.id"))


class DataKey(Base):
    """The key of one store's bodies and payloads, wrapped by the key ring. Without it they are gone."""

    __tablename__ = "shopify_data_keys"
    __table_args__ = (UniqueConstraint("app", "shop_domain"), Index(None, "key_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    app: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    wrapped: Mapped[bytes]
    key_id: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]


class QueuedJob(Base):
    """Something to do. `available_at` is when it may be claimed: for a running job, when its lease ends.

    `lease_owner` is new at each claim, so that together with `attempts` it tells one claim from every other. `digest`
    is a keyed hash of the body (and of the topic, for a short one), by which one that comes for another store as well
    is recognised.
    """

    __tablename__ = "shopify_jobs"
    __table_args__ = (
        UniqueConstraint("kind", "dedupe"),
        _partial("ix_shopify_jobs_ready", "available_at", where="state IN ('pending', 'running')"),
        _partial(
            "ix_shopify_jobs_trouble", "state", "installation_id", where="state IN ('dead', 'quarantined', 'parked')"
        ),
        _partial("ix_shopify_jobs_finished_at", "finished_at", where="finished_at IS NOT NULL"),
        _partial("ix_shopify_jobs_bodies", "finished_at", where="finished_at IS NOT NULL AND body IS NOT NULL"),
        _partial("ix_shopify_jobs_digest", "digest", where="digest IS NOT NULL"),
        Index(None, "installation_id", "id"),
        Index(None, "data_key_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    dedupe: Mapped[str] = mapped_column(String(255))
    app: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    installation_id: Mapped[str | None] = mapped_column(String(32))
    epoch: Mapped[int]
    subject: Mapped[str] = mapped_column(String(255))
    headers: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes | None]
    data_key_id: Mapped[str | None] = _data_key()
    digest: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int]
    available_at: Mapped[datetime]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(1000))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class LedgerEvent(Base):
    """A trigger that fired, at most once for each dedupe key; `payload` is encrypted with the store's data key."""

    __tablename__ = "shopify_events"
    __table_args__ = (
        UniqueConstraint("trigger_key", "dedupe_key"),
        _partial("ix_shopify_events_pending", "created_at", where="state = 'pending'"),
        Index(None, "installation_id", "id"),
        Index(None, "installation_id", "resource"),
        Index(None, "data_key_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    trigger_key: Mapped[str] = mapped_column(String(128))
    dedupe_key: Mapped[str] = mapped_column(String(255))
    app: Mapped[str] = mapped_column(String(255))
    shop_domain: Mapped[str] = mapped_column(String(255))
    installation_id: Mapped[str | None] = mapped_column(String(32))
    payload: Mapped[bytes | None]
    data_key_id: Mapped[str | None] = _data_key()
    job_id: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    resource: Mapped[str | None] = mapped_column(String(255))
    resource_updated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    emitted_at: Mapped[datetime | None]


class OwnWrite(Base):
    """A thing that a run of a workflow wrote, or is writing while `ended_at` is empty.

    `resource_updated_at` is the thing's own moment after the write, where the answer told it.
    """

    __tablename__ = "shopify_own_writes"
    __table_args__ = (Index(None, "installation_id", "resource", "started_at"), Index(None, "started_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    installation_id: Mapped[str] = _installation()
    resource: Mapped[str] = mapped_column(String(255))
    chain: Mapped[str] = mapped_column(String(64))
    run: Mapped[str] = mapped_column(String(64))
    depth: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    resource_updated_at: Mapped[datetime | None]


class Watermark(Base):
    """How new the newest state of a resource is that has been worked on."""

    __tablename__ = "shopify_watermarks"

    installation_id: Mapped[str] = _installation(primary_key=True)
    resource: Mapped[str] = mapped_column(String(255), primary_key=True)
    updated_at: Mapped[datetime]
    job_id: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime]


class Subscription(Base):
    """A webhook subscription that somebody wants beside those that the triggers need."""

    __tablename__ = "shopify_subscriptions"
    __table_args__ = (UniqueConstraint("installation_id", "topic", "filter"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    installation_id: Mapped[str] = _installation()
    topic: Mapped[str] = mapped_column(String(64))
    filter: Mapped[str] = mapped_column(String(1000))
    include_fields: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(String(255))
    remote_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class InventoryLevel(Base):
    """The stock of an item at a location, as it was last heard of; ids are the numbers of Shopify's gids."""

    __tablename__ = "shopify_inventory_levels"

    installation_id: Mapped[str] = _installation(primary_key=True)
    inventory_item_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    location_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    available: Mapped[int | None] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SyncCursor(Base):
    """Where a stream of changes was last read up to, and how much the last sweep found that no webhook had told."""

    __tablename__ = "shopify_sync_cursors"

    installation_id: Mapped[str] = _installation(primary_key=True)
    stream: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[str] = mapped_column(Text)
    updated_at_min: Mapped[datetime | None]
    last_run: Mapped[datetime | None]
    drift: Mapped[int] = mapped_column(BigInteger)
