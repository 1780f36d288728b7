"""What people and the retention do with jobs: look, park, replay, discard, erase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, delete, func, or_, select, text, update

from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.storage.database.base import Repository, changed
from atom_shopify_plugin.storage.database.base import clean_text as clean
from atom_shopify_plugin.storage.stores.tables import Installation
from atom_shopify_plugin.storage.work.job_table import JobState, JobSummary, QueuedJob

__all__ = ["JobAdmin"]

_MAX_LIMIT = 250
_READY = text("state IN ('pending', 'running')")
_TROUBLE = text("state IN ('dead', 'quarantined', 'parked')")
_KEEP_BODY = timedelta(days=7)
_KEEP_DONE = timedelta(days=35)  # a repeated delivery must find its first one for 30 days and more
_KEEP_DEAD = timedelta(days=90)


class JobAdmin(Repository):
    """The half of the job repository that no worker needs.

    Where `installation_ids` is given, other jobs are not there: not to be seen, and not to be changed.
    """

    def get(self, job_id: str, installation_ids: Sequence[str] | None = None) -> JobSummary | None:
        """Return one job."""
        with self._database.read() as session:
            row = session.scalar(select(QueuedJob).where(QueuedJob.id == job_id, *_own(installation_ids)))
            return None if row is None else _summary(row)

    def find(self, kind: str, dedupe: str) -> JobSummary | None:
        """Return the job with this dedupe key."""
        with self._database.read() as session:
            row = session.scalar(select(QueuedJob).where(QueuedJob.kind == kind, QueuedJob.dedupe == dedupe))
            return None if row is None else _summary(row)

    def list(
        self,
        *,
        installation_ids: Sequence[str] | None = None,
        states: Sequence[str] | None = None,
        kind: str | None = None,
        subject: str | None = None,
        shop: str | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> list[JobSummary]:
        """Return jobs, the newest first; `before` is the id of the last one that was seen already."""
        chosen = _own(installation_ids)
        if states is not None:
            chosen.append(QueuedJob.state.in_(states))
        for column, value in ((QueuedJob.kind, kind), (QueuedJob.subject, subject), (QueuedJob.shop_domain, shop)):
            if value is not None:
                chosen.append(column == value)
        if before is not None:
            chosen.append(QueuedJob.id < before)
        statement = select(QueuedJob).where(*chosen).order_by(QueuedJob.id.desc())
        with self._database.read() as session:
            return [_summary(row) for row in session.scalars(statement.limit(max(1, min(limit, _MAX_LIMIT))))]

    def backlog(self, installation_ids: Sequence[str] | None = None) -> dict[str, float]:
        """Return how many jobs are ``pending``, ``running``, ``dead``, ``quarantined`` and ``parked``.

        ``oldest_seconds`` is how long the one that waits longest for a worker has been due; 0.0 when none is.
        """
        counts: dict[str, float] = dict.fromkeys(("pending", "running", "dead", "quarantined", "parked"), 0)
        own = _own(installation_ids)
        with self._database.read() as session:
            for condition in (_READY, _TROUBLE):
                rows = session.execute(
                    select(QueuedJob.state, func.count()).where(condition, *own).group_by(QueuedJob.state)
                )
                for state, count in rows:
                    counts[state] = count
            first = session.scalar(
                select(QueuedJob.available_at).where(_READY, *own).order_by(QueuedJob.available_at).limit(1)
            )
            waited = 0.0 if first is None else (self._database.now(session) - first).total_seconds()
        return {**counts, "oldest_seconds": max(0.0, waited)}

    def park(self, installation_id: str, reason: str, *, except_id: str | None = None) -> int:
        """Put the waiting and running jobs of an installation aside until it is active again; return how many."""
        with self._database.begin() as session:
            return changed(
                session,
                update(QueuedJob)
                .where(_READY, QueuedJob.installation_id == installation_id, QueuedJob.id != (except_id or ""))
                .values(
                    state="parked", lease_owner=None, reason=clean(reason, 1000), updated_at=self._database.now(session)
                ),
            )

    def unpark(self, installation_id: str | None = None, after: float = 60.0) -> int:
        """Let parked jobs of active installations run, those that were parked `after` seconds ago or earlier."""
        with self._database.begin() as session:
            now = self._database.now(session)
            active = select(Installation.id).where(Installation.state == "active")
            chosen: list[Any] = [
                _TROUBLE,
                QueuedJob.state == "parked",
                QueuedJob.installation_id.in_(active),
                QueuedJob.updated_at <= now - timedelta(seconds=after),
            ]
            if installation_id is not None:
                chosen.append(QueuedJob.installation_id == installation_id)
            count = changed(
                session,
                update(QueuedJob).where(*chosen).values(state="pending", available_at=now, updated_at=now),
            )
            crashpoints.at("sweep_before_commit")
        return count

    def replay(self, job_id: str, installation_ids: Sequence[str] | None = None) -> bool:
        """Run a job again from its first attempt; False if there is none, it is waiting or running, or is erased.

        A person has looked at it: the header ``replayed`` says since when, and that its origin is not doubted again.
        """
        ended = QueuedJob.state.in_(("dead", "quarantined", "parked", "discarded", "done"))
        # A row without a data key has been erased; one with a digest had a body once.
        readable = or_(QueuedJob.body.is_not(None), QueuedJob.digest.is_(None)) & QueuedJob.data_key_id.is_not(None)
        chosen = (QueuedJob.id == job_id, ended, readable, *_own(installation_ids))
        with self._database.begin() as session:
            headers = session.scalar(select(QueuedJob.headers).where(*chosen).with_for_update())
            if headers is None:
                return False
            now = self._database.now(session)
            values = {
                "state": "pending",
                "attempts": 0,
                "available_at": now,
                "updated_at": now,
                "finished_at": None,
                "reason": "Replayed.",
                "headers": orjson.dumps({**orjson.loads(headers), "replayed": now.isoformat()}).decode(),
            }
            return bool(changed(session, update(QueuedJob).where(*chosen).values(**values)))

    def discard(self, job_id: str, installation_ids: Sequence[str] | None = None) -> bool:
        """Give a waiting, parked, dead or quarantined job up for good; False if there is none like that."""
        with self._database.begin() as session:
            now = self._database.now(session)
            open_states = QueuedJob.state.in_(("pending", "dead", "quarantined", "parked"))
            chosen = update(QueuedJob).where(QueuedJob.id == job_id, open_states, *_own(installation_ids))
            return bool(changed(session, chosen.values(state="discarded", updated_at=now, finished_at=now)))

    def erase(self, app: str, shop: str, *, except_id: str | None = None) -> int:
        """Delete all jobs of a store, whatever their state; return how many."""
        with self._database.begin() as session:
            return changed(
                session,
                delete(QueuedJob).where(
                    QueuedJob.app == app, QueuedJob.shop_domain == shop, QueuedJob.id != (except_id or "")
                ),
            )

    def prune(self, batch: int = 500) -> int:
        """Delete one batch of what has been kept long enough; return how many rows changed, 0 when all is done.

        Bodies of ended jobs are kept 7 days, the rows 35 days, those of dead and quarantined jobs 90 days.
        """
        now = self._database.now()
        troubled = QueuedJob.state.in_(("dead", "quarantined"))
        ended = QueuedJob.finished_at.is_not(None)

        def oldest(*condition: Any) -> Any:
            ids = select(QueuedJob.id).where(ended, *condition).order_by(QueuedJob.finished_at).limit(batch)
            return QueuedJob.id.in_(ids.correlate(None))

        count = 0
        for condition in (
            (QueuedJob.finished_at < now - _KEEP_DONE, ~troubled),
            (QueuedJob.finished_at < now - _KEEP_DEAD, troubled),
        ):
            with self._database.begin() as session:
                count += changed(session, delete(QueuedJob).where(oldest(*condition)))
        with self._database.begin() as session:
            # An export waits for the merchant as long as its row.
            spent = ~troubled & (QueuedJob.kind != "export") & QueuedJob.body.is_not(None)
            bodies = oldest(QueuedJob.finished_at < now - _KEEP_BODY, spent)
            count += changed(session, update(QueuedJob).where(bodies).values(body=None))
        return count


def _own(installation_ids: Sequence[str] | None) -> list[ColumnElement[bool]]:
    return [] if installation_ids is None else [QueuedJob.installation_id.in_(installation_ids)]


def _summary(row: QueuedJob) -> JobSummary:
    return JobSummary(
        id=row.id,
        kind=row.kind,
        app=row.app,
        shop=row.shop_domain,
        installation_id=row.installation_id,
        subject=row.subject,
        headers=orjson.loads(row.headers),
        state=cast(JobState, row.state),
        attempts=row.attempts,
        reason=row.reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
        available_at=row.available_at,
        finished_at=row.finished_at,
        has_body=row.body is not None,
    )
