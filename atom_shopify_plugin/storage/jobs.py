"""The job table: placed once, claimed by a lease, every write fenced by the claim that it belongs to."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import orjson
from sqlalchemy import Boolean, ColumnElement, Float, and_, bindparam, case, func, literal, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from atom_shopify_plugin import crashpoints
from atom_shopify_plugin.storage.base import Repository, changed
from atom_shopify_plugin.storage.base import text as clean
from atom_shopify_plugin.storage.job_desk import JobDesk
from atom_shopify_plugin.storage.models import Installation
from atom_shopify_plugin.storage.models_events import QueuedJob
from atom_shopify_plugin.storage.values import digest, new_id
from atom_shopify_plugin.storage.values_events import Job, JobState, NewJob, Placed

__all__ = ["READY", "Jobs"]

READY = text("state IN ('pending', 'running')")
"""The condition of the partial index, letter for letter: SQLite takes the index for nothing less."""

_FELL_SILENT = "The worker fell silent; another one took the job over."
_ANSWER_WITHIN = 20.0  # seconds that a worker waits for its own writes: it has no caller who waits

_RETURNED = (
    QueuedJob.id,
    QueuedJob.kind,
    QueuedJob.dedupe,
    QueuedJob.app,
    QueuedJob.shop_domain,
    QueuedJob.installation_id,
    QueuedJob.epoch,
    QueuedJob.subject,
    QueuedJob.headers,
    QueuedJob.attempts,
    QueuedJob.created_at,
    QueuedJob.body,
    QueuedJob.data_key_id,
    QueuedJob.reason,
)


def body_place(job_id: str) -> str:
    """Return the place that a body's ciphertext is bound to."""
    return f"job_body:{job_id}"


class Jobs(JobDesk, Repository):
    """Jobs as workers use them; what people do with them stands in `JobDesk`."""

    def put(self, new: NewJob, timeout: float = 3.0) -> Placed:
        """Store a job unless it is there already, and return once that is safe on disk.

        Raise `Unavailable` after `timeout` seconds whatever the database does. Who repeats the call then changes
        nothing: the row is there, or is written.
        """
        crashpoints.at("before_put")
        until = time.monotonic() + timeout
        try:
            placed = self._put(new, until)
        except IntegrityError:
            # The store's data key was destroyed by somebody else; the next one is made at once.
            self._storage.data_keys.forget(new.app, new.shop)
            placed = self._put(new, until)
        crashpoints.at("put_after_commit")
        return placed

    def _put(self, new: NewJob, until: float) -> Placed:
        job_id = new_id()
        cipher = self._storage.data_keys.cipher(new.app, new.shop, timeout=_left(until))
        dedupe = job_id if new.dedupe is None else short(new.dedupe)
        values: dict[str, Any] = {
            "id": job_id,
            "kind": new.kind,
            "dedupe": dedupe,
            "app": new.app,
            "shop_domain": new.shop,
            "installation_id": new.installation_id,
            "epoch": new.epoch,
            "subject": clean(new.subject, 255),
            "headers": orjson.dumps({key: clean(value, 2000) for key, value in new.headers.items()}).decode(),
            "body": None if new.body is None else cipher.encrypt(new.body, body_place(job_id)),
            "data_key_id": cipher.id,
            "digest": None if new.body is None else self._digest(new.body, new.subject),
            "state": new.state,
            "attempts": 0,
            "lease_owner": None,
            "reason": clean(new.reason, 1000),
        }

        def write(session: Session) -> bool:
            if self._storage.clock is None and session.get_bind().dialect.name == "postgresql":
                # The server puts in its own time: asking for it would be another way there and back.
                values["delay"], values["ended"] = float(new.delay), new.state == "quarantined"
                return session.connection().execute(_placing("postgresql"), values).first() is not None
            now = self._storage.now(session)
            values["created_at"] = values["updated_at"] = now
            values["available_at"] = now + timedelta(seconds=new.delay)
            values["finished_at"] = now if new.state == "quarantined" else None
            dialect = f"clocked {session.get_bind().dialect.name}"
            return session.connection().execute(_placing(dialect), values).first() is not None

        stored = self._storage.writer.run(write, timeout=_left(until), order=f"{new.kind}|{dedupe}", point="put")
        return Placed(stored, job_id if stored else "")

    def _digest(self, body: bytes, subject: str) -> str:
        key = self._storage.keys.mac_key("job digest")
        return hmac.new(key, subject.encode() + b"\0" + body, hashlib.sha256).hexdigest()

    def repeated(self, body: bytes, subject: str, *, dedupe: str) -> bool:
        """Return whether the same subject and body have come before under another dedupe key."""
        with self._storage.read() as session:
            found = select(QueuedJob.id).where(
                QueuedJob.digest == self._digest(body, subject), QueuedJob.dedupe != short(dedupe)
            )
            return session.scalar(found.limit(1)) is not None

    def claim(
        self,
        worker: str,
        kinds: Collection[str],
        lease_seconds: float,
        *,
        job_id: str | None = None,
        only_pending: bool = False,
    ) -> Job | None:
        """Take the job that has been due for longest, or this one, for `lease_seconds`; None if there is none.

        The attempt counts from here, so that a worker that dies has used one up. A job whose worker fell silent is
        due when its lease ends; `only_pending` leaves those to others. Times are the database's.
        """
        owner = f"{worker[:47]}:{secrets.token_hex(8)}"

        def write(session: Session) -> Any:
            now = self._sql_now(session)
            chosen: list[ColumnElement[bool] | Any] = [READY, QueuedJob.available_at <= now]
            if job_id is not None:
                chosen.append(QueuedJob.id == job_id)
            if only_pending:
                chosen.append(QueuedJob.state == "pending")
            due = (
                select(QueuedJob.id)
                .where(*chosen, _of(kinds))
                .order_by(QueuedJob.available_at)
                .limit(1)
                .with_for_update(skip_locked=True)
                .correlate(None)
                .scalar_subquery()
            )
            statement = (
                update(QueuedJob)
                .where(QueuedJob.id == due)
                .values(
                    state="running",
                    attempts=QueuedJob.attempts + 1,
                    lease_owner=owner,
                    available_at=self._later(session, lease_seconds),
                    updated_at=now,
                    reason=case((QueuedJob.state == "running", _FELL_SILENT), else_=QueuedJob.reason),
                )
                .returning(*_RETURNED)
                .execution_options(synchronize_session=False)
            )
            return session.execute(statement).one_or_none()

        row = self._write(write, point="claim")
        if row is None:
            return None
        crashpoints.at("after_claim")
        return Job(
            id=row.id,
            kind=row.kind,
            dedupe=row.dedupe,
            app=row.app,
            shop=row.shop_domain,
            installation_id=row.installation_id,
            epoch=row.epoch,
            subject=row.subject,
            headers=orjson.loads(row.headers),
            attempts=row.attempts,
            owner=owner,
            taken_over=row.reason == _FELL_SILENT,
            created_at=row.created_at,
            sealed=row.body,
            data_key_id=row.data_key_id,
        )

    def open(self, job: Job) -> Job:
        """Return the job with its body decrypted; raise `Unreadable`."""
        if job.sealed is None or job.data_key_id is None:
            return job
        cipher = self._storage.data_keys.of(job.data_key_id, job.app, job.shop)
        return job if cipher is None else replace(job, body=cipher.decrypt(job.sealed, body_place(job.id)))

    def heartbeat(self, job: Job, lease_seconds: float) -> bool:
        """Prolong the lease; False when the job belongs to somebody else by now."""

        def write(session: Session) -> int:
            until = self._later(session, lease_seconds)
            return changed(session, update(QueuedJob).where(_held_by(job)).values(available_at=until))

        return bool(self._write(write, point="heartbeat"))

    def finish(self, job: Job, state: JobState = "done", reason: str = "") -> bool:
        """End the job as ``done``, ``dead``, ``quarantined``, ``discarded`` or ``parked``; False if it is not ours."""
        done = bool(self._write(lambda session: self._end(session, job, state, reason), point="finish"))
        crashpoints.at("finish_after_commit")
        return done

    def _end(self, session: Session, job: Job, state: JobState, reason: str) -> int:
        now = self._sql_now(session)
        values = {
            "state": state,
            "reason": clean(reason, 1000),
            "lease_owner": None,
            "updated_at": now,
            "finished_at": None if state == "parked" else now,
        }
        return changed(session, update(QueuedJob).where(_held_by(job)).values(**values))

    def retry(self, job: Job, delay: float, reason: str) -> bool:
        """Let the job be claimed again in `delay` seconds; False if it is not ours."""

        def write(session: Session) -> int:
            values = {
                "state": "pending",
                "reason": clean(reason, 1000),
                "lease_owner": None,
                "updated_at": self._sql_now(session),
                "available_at": self._later(session, delay),
            }
            return changed(session, update(QueuedJob).where(_held_by(job)).values(**values))

        done = bool(self._write(write, point="retry"))
        crashpoints.at("retry_after_commit")
        return done

    def held(self, session: Session, job: Job) -> bool:
        """Return whether the job is still ours, and keep it so until the session's transaction ends.

        Whoever writes something for a job asks this in the same transaction, and writes nothing after a False.
        """
        return session.scalar(select(QueuedJob.id).where(_held_by(job)).with_for_update()) is not None

    def stale(self, job: Job) -> bool:
        """Return whether the app has been installed anew since the job was placed."""
        if job.installation_id is None or not job.epoch:
            return False
        with self._storage.read() as session:
            epoch = session.scalar(select(Installation.epoch).where(Installation.id == job.installation_id))
        return epoch != job.epoch

    def next_due(self, kinds: Collection[str]) -> float | None:
        """Return the seconds until a job of these kinds can be claimed, 0.0 if one can be now, None without any."""
        with self._storage.read() as session:
            chosen = select(QueuedJob.available_at).where(READY, _of(kinds))
            first = session.scalar(chosen.order_by(QueuedJob.available_at).limit(1))
            return None if first is None else max(0.0, (first - self._storage.now(session)).total_seconds())

    def _write(self, work: Any, *, point: str) -> Any:
        # SQLite has one place for a writer: the threads of a process share its turns. PostgreSQL needs no turns.
        if self._storage.engine.dialect.name == "sqlite":
            return self._storage.writer.run(work, timeout=_ANSWER_WITHIN, point=point)
        with self._storage.begin() as session:
            value = work(session)
            crashpoints.at(f"{point}_before_commit")
        return value

    def _sql_now(self, session: Session) -> ColumnElement[datetime]:
        """Return the database's time as an expression, so that PostgreSQL need not be asked for it first."""
        if self._storage.clock is None and session.get_bind().dialect.name == "postgresql":
            return func.statement_timestamp(type_=QueuedJob.available_at.type)
        return literal(self._storage.now(session), QueuedJob.available_at.type)

    def _later(self, session: Session, seconds: float) -> ColumnElement[datetime]:
        if self._storage.clock is None and session.get_bind().dialect.name == "postgresql":
            interval = func.make_interval(0, 0, 0, 0, 0, 0, float(seconds))
            return self._sql_now(session).op("+", return_type=QueuedJob.available_at.type)(interval)
        return literal(self._storage.now(session) + timedelta(seconds=seconds), QueuedJob.available_at.type)


def _of(kinds: Collection[str]) -> ColumnElement[bool]:
    # Concatenated with nothing, so that no planner takes the index over all kinds and walks through what is done.
    return QueuedJob.kind.concat("").in_(sorted(kinds))


def _left(until: float) -> float:
    return max(0.05, until - time.monotonic())


@cache
def _placing(dialect: str) -> Any:
    """Return the INSERT of a job, built once: putting it together costs more than running it."""
    table = QueuedJob.__table__
    kind: Any = sqlite if dialect.endswith("sqlite") else postgresql
    statement = kind.insert(table)
    if not dialect.startswith("clocked"):
        moment = table.c.created_at.type
        now = func.statement_timestamp(type_=moment)
        interval = func.make_interval(0, 0, 0, 0, 0, 0, bindparam("delay", type_=Float()))
        statement = statement.values(
            created_at=now,
            updated_at=now,
            available_at=now.op("+", return_type=moment)(interval),
            finished_at=case((bindparam("ended", type_=Boolean()), now)),
        )
    return statement.on_conflict_do_nothing().returning(table.c.id)


def _held_by(job: Job) -> ColumnElement[bool]:
    return and_(
        QueuedJob.id == job.id,
        QueuedJob.state == "running",
        QueuedJob.lease_owner == job.owner,
        QueuedJob.attempts == job.attempts,
    )


def short(dedupe: str) -> str:
    """Return a dedupe key as it is stored: a long one by its hash."""
    cleaned = clean(dedupe, 10_000)
    return cleaned if len(cleaned) <= 255 and cleaned == dedupe else f"sha256:{digest(dedupe)}"
