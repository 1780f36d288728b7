"""The statements of the way from a delivery to an event, built once: building one takes longer than running it."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from atom_shopify_plugin.storage.models import Installation
from atom_shopify_plugin.storage.models_events import LedgerEvent, QueuedJob, Watermark

__all__ = ["FIRST_STORE", "INSTALLED", "MARK", "TOLD", "WATERMARK", "advance", "write"]

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
