"""History is bounded by bytes, too: of each store, and of each person's audit log, the newest contents are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select, update

from atom_shopify_plugin.storage.calls.audit import Audit
from atom_shopify_plugin.storage.database.base import changed
from atom_shopify_plugin.storage.work.event_table import LedgerEvent
from atom_shopify_plugin.storage.work.job_table import QueuedJob

if TYPE_CHECKING:
    from atom_shopify_plugin.storage.database.database import Database

__all__ = ["shorten"]

_BATCH = 500
_TROUBLED = ("dead", "quarantined")


def shorten(database: Database, limit: int) -> int:
    """Empty the oldest contents beyond `limit` bytes, and return how many.

    Bodies of deliveries that were worked off and payloads of events that were emitted count for their store, what an
    audit entry tells beside who did what for its person. The rows stay: a repeated delivery is still known, and the log
    still says what was done.
    """
    ended = QueuedJob.finished_at.is_not(None) & QueuedJob.state.not_in(_TROUBLED) & (QueuedJob.kind != "export")
    job, event, entry = QueuedJob, LedgerEvent, Audit
    return (
        _empty(database, limit, job.body, (job.app, job.shop_domain), job.id, ended, {"body": None})
        + _empty(
            database, limit, event.payload, (event.app, event.shop_domain), event.id, event.state != "pending",
            {"payload": None},
        )
        + _empty(
            database, limit, entry.content, (entry.tenant, entry.subject), entry.id, entry.outcome != "started",
            {"content": None, "key_id": None},
        )
    )  # fmt: skip


def _empty(
    database: Database,
    limit: int,
    content: Any,
    owner: tuple[Any, ...],
    row_id: Any,
    ended: ColumnElement[bool],
    gone: dict[str, None],
) -> int:
    kept = ended & content.is_not(None)
    with database.read() as session:
        sums = select(*owner).where(kept).group_by(*owner).having(func.sum(func.length(content)) > limit)
        full = session.execute(sums).all()
    total = 0
    for one in full:
        # Ids begin with their time: from the newest on, whatever lies behind the limit goes.
        newer = func.sum(func.length(content)).over(order_by=row_id.desc())
        mine = [column == value for column, value in zip(owner, one, strict=True)]
        rows = select(row_id.label("id"), newer.label("size")).where(kept, *mine).subquery()
        oldest = select(rows.c.id).where(rows.c.size > limit).limit(_BATCH)
        while True:
            with database.begin() as session:
                ids = list(session.scalars(oldest))
                total += changed(session, update(row_id.class_).where(row_id.in_(ids)).values(**gone)) if ids else 0
            if len(ids) < _BATCH:
                break
    return total
