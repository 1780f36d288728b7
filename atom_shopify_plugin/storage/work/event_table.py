"""The table of events and its statements, built once: building a statement takes longer than running it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple, cast

from sqlalchemy import (
    Index,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from atom_shopify_plugin.storage.database.base import Base, data_key_column, installation_column, partial_index
from atom_shopify_plugin.storage.stores.tables import Installation
from atom_shopify_plugin.storage.work.job_table import QueuedJob

__all__ = [
    "FIRST_STORE",
    "INSTALLED",
    "MARK",
    "TOLD",
    "WATERMARK",
    "EventState",
    "LedgerEvent",
    "NewEvent",
    "StoredEvent",
    "Told",
    "Watermark",
    "advance",
    "write",
]


class LedgerEvent(Base):
    """A trigger that fired, at most once for each dedupe key; `payload` is encrypted with the store's data key."""

    __tablename__ = "shopify_events"
    __table_args__ = (
        UniqueConstraint("trigger_key", "dedupe_key"),
        partial_index("ix_shopify_events_pending", "created_at", where="state = 'pending'"),
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
    data_key_id: Mapped[str | None] = data_key_column()
    job_id: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    resource: Mapped[str | None] = mapped_column(String(255))
    resource_updated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    emitted_at: Mapped[datetime | None]


class Watermark(Base):
    """How new the newest state of a resource is that has been worked on."""

    __tablename__ = "shopify_watermarks"

    installation_id: Mapped[str] = installation_column(primary_key=True)
    resource: Mapped[str] = mapped_column(String(255), primary_key=True)
    updated_at: Mapped[datetime]
    job_id: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime]


EventState = Literal["pending", "emitted", "superseded", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A trigger that fires; `dedupe_key` is what makes it count once. `payload` is JSON, stored encrypted."""

    trigger: str
    dedupe_key: str
    app: str
    shop: str
    payload: bytes
    installation_id: str | None = None
    job_id: str | None = None
    resource: str | None = None
    resource_updated_at: datetime | None = None
    state: EventState = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """A row of the ledger. `new` says that this call wrote it; `payload` is None where it has been erased."""

    id: str
    trigger: str
    dedupe_key: str
    app: str
    shop: str
    installation_id: str | None
    job_id: str | None
    state: EventState
    payload: bytes | None = field(repr=False)
    resource: str | None
    resource_updated_at: datetime | None
    created_at: datetime
    emitted_at: datetime | None
    new: bool = False


class Told(NamedTuple):
    """What a trigger was told of a resource: the state of when, and when that was."""

    trigger: str
    dedupe_key: str
    resource: str
    updated_at: datetime | None
    created_at: datetime
    state: str


_EVENTS = cast(Table, LedgerEvent.__table__)
_MARKS = cast(Table, Watermark.__table__)
_JOBS = cast(Table, QueuedJob.__table__)
_STORES = cast(Table, Installation.__table__)


@cache
def write(dialect: str) -> Any:
    """Return the INSERT of an event that leaves one alone that is there already, and returns the id of a new one."""
    return _insert(dialect, _EVENTS).on_conflict_do_nothing().returning(_EVENTS.c.id)


@cache
def advance(dialect: str) -> Any:
    """Return the INSERT of a watermark, or its UPDATE unless it is newer; it returns the resource when it was done."""
    statement = _insert(dialect, _MARKS)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["installation_id", "resource"],
        set_={name: new[name] for name in ("updated_at", "job_id", "seen_at")},
        where=new.updated_at >= _MARKS.c.updated_at,
    ).returning(_MARKS.c.resource)


def _insert(dialect: str, table: Table) -> Any:
    kind: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return kind(table)


MARK = (
    update(_EVENTS)
    .where(_EVENTS.c.id == bindparam("event"), _EVENTS.c.state == literal_column("'pending'"))
    .values(state=bindparam("to"), emitted_at=bindparam("at"))
)
"""Says what became of a pending event: ``event``, ``to``, ``at``."""

WATERMARK = select(_MARKS.c.updated_at).where(
    _MARKS.c.installation_id == bindparam("installation"), _MARKS.c.resource == bindparam("name")
)
"""How new a resource is: ``installation``, ``name``."""

TOLD = select(
    *(_EVENTS.c.trigger_key, _EVENTS.c.dedupe_key, _EVENTS.c.resource, _EVENTS.c.resource_updated_at),
    *(_EVENTS.c.created_at, _EVENTS.c.state),
).where(
    _EVENTS.c.installation_id == bindparam("installation"),
    _EVENTS.c.resource.in_(bindparam("names", expanding=True)),
)
"""What was told of resources: ``installation``, ``names``."""

INSTALLED = select(
    *(_STORES.c.id, _STORES.c.app, _STORES.c.shop_domain, _STORES.c.shop_id, _STORES.c.state, _STORES.c.epoch),
    _STORES.c.installed_at,
).where(_STORES.c.id == bindparam("installation"))
"""What a delivery is compared with: ``installation``."""

FIRST_STORE = (
    select(_JOBS.c.shop_domain)
    .where(
        _JOBS.c.digest == select(_JOBS.c.digest).where(_JOBS.c.id == bindparam("job")).scalar_subquery(),
        _JOBS.c.id < bindparam("job"),
        _JOBS.c.app == bindparam("app"),
    )
    .order_by(_JOBS.c.id)
    .limit(literal_column("1"))
)
"""The store that the body of a job came for first, if an older job has it: ``job``, ``app``."""
