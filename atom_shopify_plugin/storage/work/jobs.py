"""Jobs: placed once, claimed by a lease, every write fenced by the claim that it belongs to."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.storage.database.base import Repository, digest, new_id
from atom_shopify_plugin.storage.database.base import clean_text as clean
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.database.group_commit import Rows, Steps, Ticket, finish
from atom_shopify_plugin.storage.stores.tables import Installation
from atom_shopify_plugin.storage.work import job_table as statements
from atom_shopify_plugin.storage.work.data_keys import DataKeys
from atom_shopify_plugin.storage.work.job_admin import JobAdmin
from atom_shopify_plugin.storage.work.job_insert import Moments, place
from atom_shopify_plugin.storage.work.job_table import Job, JobState, NewJob, Placed
from atom_shopify_plugin.storage.work.pulse import Pulses

__all__ = ["JobQueue", "body_place", "short"]

_SHORT = 256  # bytes


_LONGEST = timedelta(seconds=max(statements.LONGEST_WAIT, 600.0) + 10.0)  # 600 is the longest lease that can be set


def body_place(job_id: str) -> str:
    """Return the place that a body's ciphertext is bound to."""
    return f"job_body:{job_id}"


class JobQueue(JobAdmin, Repository):
    """Jobs as workers use them; what people do with them stands in `JobAdmin`."""

    def __init__(self, database: Database, data_keys: DataKeys, pulses: Pulses) -> None:
        super().__init__(database)
        self._pulses = pulses
        self._data_keys = data_keys

    def put(self, new: NewJob, timeout: float = 3.0) -> Placed:
        """Store a job unless it is there already, and return once that is safe on disk.

        Raise `Unavailable` after `timeout` seconds whatever the database does. Who repeats the call then changes
        nothing: the row is there, or is written.
        """
        return finish(self.putting(new, timeout))

    def putting(self, new: NewJob, timeout: float = 3.0) -> Steps[Placed]:
        """Do what `put` does, as steps."""
        crashpoints.at("before_put")
        until = time.monotonic() + timeout
        try:
            placed = yield from self._put(new, until)
        except IntegrityError:
            # The store's data key was destroyed by somebody else; the next one is made at once.
            self._data_keys.forget(new.app, new.shop)
            placed = yield from self._put(new, until)
        crashpoints.at("put_after_commit")
        return placed

    def _put(self, new: NewJob, until: float) -> Steps[Placed]:
        job_id = new_id()
        cipher = yield from self._data_keys.finding(new.app, new.shop, timeout=_left(until))
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
        group = self._database.group_commit
        rows = Rows((self, new.delay), values, partial(self._insert, new.delay))
        stored = yield Ticket(group, rows, timeout=_left(until), order=f"{new.kind}|{dedupe}", point="put")
        return Placed(stored, job_id if stored else "")

    def _insert(self, delay: float, session: Session, rows: list[dict[str, Any]]) -> list[bool]:
        """Insert rows that are not there yet; return for each whether it was new."""
        server, values = self._moments(session, delay)
        moments = Moments(float(delay)) if server else Moments(float(delay), values["now"], values["later"])
        new = place(session.connection(), rows, moments)
        return [row["id"] in new for row in rows]

    def _digest(self, body: bytes, subject: str) -> str:
        # A short body may be the same by chance under two topics: that of a deletion is an id alone.
        named = subject if len(body) < _SHORT else ""
        key = self._database.keys.mac_key("job digest")
        return hmac.digest(key, named.encode() + b"\0" + body, "sha256").hex()

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
            server, values = self._moments(session, lease_seconds)
            values |= {"owner": owner, "kinds": sorted(kinds)}
            if job_id is not None:
                values["job"] = job_id
            claiming = statements.claim(server, job_id is not None, only_pending)
            return session.connection().execute(claiming, values).one_or_none()

        row = self._database.write(write, point="claim")
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
            taken_over=row.reason == statements.FELL_SILENT,
            created_at=row.created_at,
            sealed=row.body,
            data_key_id=row.data_key_id,
        )

    def open(self, job: Job) -> Job:
        """Return the job with its body decrypted; raise `Unreadable`."""
        if job.sealed is None or job.data_key_id is None:
            return job
        cipher = self._data_keys.of(job.data_key_id, job.app, job.shop)
        return job if cipher is None else replace(job, body=cipher.decrypt(job.sealed, body_place(job.id)))

    def heartbeat(self, job: Job, lease_seconds: float) -> bool:
        """Prolong the lease; False when the job belongs to somebody else by now."""

        def write(session: Session) -> int:
            server, values = self._moments(session, lease_seconds)
            return _changed(session, statements.beat(server), {**values, **_claim_of(job)})

        return bool(self._database.write(write, point="heartbeat"))

    def finish(self, job: Job, state: JobState = "done", reason: str = "") -> bool:
        """End the job as ``done``, ``dead``, ``quarantined``, ``discarded`` or ``parked``; False if it is not ours."""
        parked = state == "parked"

        def write(session: Session) -> int:
            server, values = self._moments(session, 0.0)
            values |= {"to": state, "why": clean(reason, 1000)}
            return _changed(session, statements.end(server, parked), {**values, **_claim_of(job)})

        done = bool(self._database.write(write, point="finish"))
        crashpoints.at("finish_after_commit")
        return done

    def put_off(self, job: Job, delay: float) -> bool:
        """Let a job that got on be claimed again in `delay` seconds, as for the first time; False if it is not ours."""
        return self._wait(job, delay, "", fresh=True)

    def retry(self, job: Job, delay: float, reason: str) -> bool:
        """Let the job be claimed again in `delay` seconds; False if it is not ours."""
        return self._wait(job, delay, reason, fresh=False)

    def _wait(self, job: Job, delay: float, reason: str, *, fresh: bool) -> bool:

        def write(session: Session) -> int:
            server, values = self._moments(session, delay)
            values["why"] = clean(reason, 1000)
            return _changed(session, statements.retry(server, fresh), {**values, **_claim_of(job)})

        done = bool(self._database.write(write, point="retry"))
        crashpoints.at("retry_after_commit")
        return done

    def held(self, session: Session, job: Job) -> bool:
        """Return whether the job is still ours, and keep it so until the session's transaction ends.

        Whoever writes something for a job asks this in the same transaction, and writes nothing after a False.
        """
        return session.connection().execute(statements.held(), _claim_of(job)).first() is not None

    def stale(self, job: Job) -> bool:
        """Return whether the app has been installed anew since the job was placed."""
        if job.installation_id is None or not job.epoch:
            return False
        with self._database.read() as session:
            epoch = session.scalar(select(Installation.epoch).where(Installation.id == job.installation_id))
        return epoch != job.epoch

    def next_due(self, kinds: Collection[str]) -> float | None:
        """Return the seconds until a job of these kinds can be claimed, 0.0 if one can be now, None without any.

        What waits for a moment that no clock of today has written is made due.
        """
        pulses = self._pulses
        with self._database.read() as session:
            connection = session.connection()
            first = connection.execute(statements.first_due(), {"kinds": sorted(kinds)}).scalar()
            last = connection.execute(statements.last_due()).scalar()
            now = self._database.now(session)
        if pulses.stepped(now):
            pulses.look()
        elif last is not None and last > now + _LONGEST and pulses.shorten():
            return 0.0
        return None if first is None else max(0.0, (first - now).total_seconds())

    def _moments(self, session: Session, seconds: float) -> tuple[bool, dict[str, Any]]:
        """Return whether the server puts its own time in, and the parameters that say now and `seconds` later."""
        if self._database.clock is None and session.get_bind().dialect.name == "postgresql":
            return True, {"seconds": float(seconds)}
        now = self._database.now(session)
        return False, {"now": now, "later": now + timedelta(seconds=seconds)}


def _left(until: float) -> float:
    return max(0.05, until - time.monotonic())


def _claim_of(job: Job) -> dict[str, Any]:
    return {"job": job.id, "owner": job.owner, "attempt": job.attempts}


def _changed(session: Session, statement: Any, values: dict[str, Any]) -> int:
    return session.connection().execute(statement, values).rowcount


def short(dedupe: str) -> str:
    """Return a dedupe key as it is stored: a long one by its hash."""
    cleaned = clean(dedupe, 10_000)
    return cleaned if len(cleaned) <= 255 and cleaned == dedupe else f"sha256:{digest(dedupe)}"
