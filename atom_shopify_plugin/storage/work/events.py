"""The ledger of events: what fired, once for each dedupe key, and how new each resource is that was worked on."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from atom_shopify_plugin.storage.database.base import Repository, changed, new_id
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.work import event_table as statements
from atom_shopify_plugin.storage.work.data_keys import Cipher, DataKeys
from atom_shopify_plugin.storage.work.event_table import EventState, LedgerEvent, NewEvent, StoredEvent, Told
from atom_shopify_plugin.storage.work.feed import APPEND
from atom_shopify_plugin.storage.work.job_table import Job, LeaseLost
from atom_shopify_plugin.storage.work.jobs import JobQueue, short

__all__ = ["Events", "Watermarks"]

_PENDING = text("state = 'pending'")
_MAX_LIMIT = 250
_KEEP_PAYLOAD = timedelta(days=7)
_KEEP = timedelta(days=90)
_AHEAD = timedelta(minutes=1)


def _place(event_id: str) -> str:
    return f"event_payload:{event_id}"


class Events(Repository):
    """Events by id, and by trigger and dedupe key."""

    def __init__(self, database: Database, data_keys: DataKeys, jobs: JobQueue) -> None:
        super().__init__(database)
        self._data_keys = data_keys
        self._jobs = jobs

    def put(self, new: NewEvent, *, job: Job | None = None, session: Session | None = None) -> StoredEvent:
        """Write an event unless its trigger has one with this dedupe key, and return what stands there.

        With `job` the write belongs to that claim: raise `LeaseLost` where it is somebody else's by now. With
        `session` it is part of the caller's transaction.
        """
        if session is not None:
            return self._put(session, new, job)
        try:
            with self._database.begin() as own:
                return self._put(own, new, job)
        except IntegrityError:  # the data key was destroyed by another process
            self._data_keys.forget(new.app, new.shop)
            self._data_keys.cipher(new.app, new.shop)
            with self._database.begin() as own:
                return self._put(own, new, job)

    def _put(self, session: Session, new: NewEvent, job: Job | None) -> StoredEvent:
        if job is not None and not self._jobs.held(session, job):
            raise LeaseLost
        cipher = self._data_keys.cipher(new.app, new.shop, session=session)
        event_id = new_id()
        dedupe = short(new.dedupe_key)
        values: dict[str, Any] = {
            "id": event_id,
            "trigger_key": new.trigger,
            "dedupe_key": dedupe,
            "app": new.app,
            "shop_domain": new.shop,
            "installation_id": new.installation_id,
            "payload": cipher.encrypt(new.payload, _place(event_id)),
            "data_key_id": cipher.id,
            "job_id": new.job_id or (job.id if job is not None else None),
            "state": new.state,
            "resource": new.resource,
            "resource_updated_at": new.resource_updated_at,
            "created_at": self._database.now(session),
            "emitted_at": None,
        }
        connection = session.connection()
        if connection.execute(statements.write(connection.dialect.name), values).first() is not None:
            if new.installation_id is not None and new.state != "superseded":
                told = {name: values[name] for name in ("installation_id", "created_at")}
                connection.execute(APPEND, {"event_id": event_id, "position": None, **told})
            return self._event(LedgerEvent(**values), new=True, cipher=cipher)
        chosen = (LedgerEvent.trigger_key == new.trigger, LedgerEvent.dedupe_key == dedupe)
        row = session.scalars(select(LedgerEvent).where(*chosen)).one()
        return self._event(row, cipher=cipher)

    def find(self, session: Session, trigger: str, dedupe_key: str) -> StoredEvent | None:
        """Return the event that a trigger has under a dedupe key, within the caller's transaction."""
        chosen = (LedgerEvent.trigger_key == trigger, LedgerEvent.dedupe_key == short(dedupe_key))
        row = session.scalar(select(LedgerEvent).where(*chosen))
        return None if row is None else self._event(row)

    def get(self, event_id: str, installation_ids: Sequence[str] | None = None) -> StoredEvent | None:
        """Return one event."""
        with self._database.read() as session:
            row = session.scalar(select(LedgerEvent).where(LedgerEvent.id == event_id, *_own(installation_ids)))
        return None if row is None else self._event(row)

    def pending(self, limit: int = 100, older_than: float = 30.0) -> list[StoredEvent]:
        """Return events that were written `older_than` seconds ago and not emitted since, the oldest first."""
        with self._database.read() as session:
            now = self._database.now(session)
            since = now - timedelta(seconds=older_than)
            # One from the future was written before the clock went back.
            old = (LedgerEvent.created_at <= since) | (LedgerEvent.created_at > now + _AHEAD)
            rows = session.scalars(
                select(LedgerEvent).where(_PENDING, old).order_by(LedgerEvent.created_at).limit(limit)
            ).all()
        return [self._event(row) for row in rows]

    def mark(self, event_id: str, state: EventState) -> bool:
        """Say what became of a pending event; False when it is not pending any more."""

        def write(session: Session) -> bool:
            at = self._database.now(session) if state == "emitted" else None
            values = {"event": event_id, "to": state, "at": at}
            return bool(session.connection().execute(statements.MARK, values).rowcount)

        return self._database.write(write)

    def reopen(self, event_id: str, installation_ids: Sequence[str] | None = None) -> bool:
        """Let an event be emitted again; False if there is none, or its payload has been erased."""
        with self._database.begin() as session:
            chosen = update(LedgerEvent).where(
                LedgerEvent.id == event_id, LedgerEvent.payload.is_not(None), *_own(installation_ids)
            )
            return bool(changed(session, chosen.values(state="pending", emitted_at=None)))

    def list(
        self,
        *,
        installation_ids: Sequence[str] | None = None,
        trigger: str | None = None,
        states: Sequence[str] | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> list[StoredEvent]:
        """Return events, the newest first; `before` is the id of the last one that was seen already."""
        chosen = _own(installation_ids)
        if trigger is not None:
            chosen.append(LedgerEvent.trigger_key == trigger)
        if states is not None:
            chosen.append(LedgerEvent.state.in_(states))
        if before is not None:
            chosen.append(LedgerEvent.id < before)
        statement = select(LedgerEvent).where(*chosen).order_by(LedgerEvent.id.desc())
        with self._database.read() as session:
            rows = session.scalars(statement.limit(max(1, min(limit, _MAX_LIMIT)))).all()
        return [self._event(row) for row in rows]

    def showing(self, installation_id: str, resource: str, updated_at: datetime) -> builtins.list[StoredEvent]:
        """Return the events that show the state that a resource had at a moment."""
        chosen = select(LedgerEvent).where(
            LedgerEvent.installation_id == installation_id,
            LedgerEvent.resource == resource,
            LedgerEvent.resource_updated_at == updated_at,
        )
        with self._database.read() as session:
            rows = session.scalars(chosen.limit(100)).all()
        return [self._event(row) for row in rows]

    def told(
        self, installation_id: str, resources: Iterable[str], session: Session | None = None
    ) -> builtins.list[Told]:
        """Return what triggers were told of resources, without the payloads; `session` looks inside a transaction."""
        values = {"installation": installation_id, "names": list(resources)}
        with self._database.read() if session is None else nullcontext(session) as reading:
            return [Told(*row) for row in reading.connection().execute(statements.TOLD, values)]

    def resources(
        self, installation_id: str, prefix: str, since: datetime, *, after: str = "", limit: int = 1000
    ) -> builtins.list[str]:
        """Return names of resources that begin with `prefix` and that were told of since a moment, in their order."""
        chosen = (
            select(LedgerEvent.resource)
            .where(
                LedgerEvent.installation_id == installation_id,
                LedgerEvent.resource.startswith(prefix, autoescape=True),
                LedgerEvent.resource > after,
                LedgerEvent.created_at >= since,
            )
            .distinct()
            .order_by(LedgerEvent.resource)
            .limit(limit)
        )
        with self._database.read() as session:
            return [name for name in session.scalars(chosen) if name is not None]

    def erase(self, app: str, shop: str) -> int:
        """Delete all events of a store; return how many."""
        with self._database.begin() as session:
            return changed(session, delete(LedgerEvent).where(LedgerEvent.app == app, LedgerEvent.shop_domain == shop))

    def prune(self, batch: int = 500) -> int:
        """Delete one batch of old rows: payloads after 7 days, events after 90; return how many, 0 when all is done."""
        now = self._database.now()
        ended = LedgerEvent.state != "pending"

        def oldest(*condition: Any) -> Any:
            # Ids begin with their time, so that the oldest rows are those with the lowest ids.
            ids = select(LedgerEvent.id).where(ended, *condition).order_by(LedgerEvent.id).limit(batch)
            return LedgerEvent.id.in_(ids.correlate(None))

        with self._database.begin() as session:
            count = changed(session, delete(LedgerEvent).where(oldest(LedgerEvent.created_at < now - _KEEP)))
        with self._database.begin() as session:
            old = oldest(LedgerEvent.created_at < now - _KEEP_PAYLOAD, LedgerEvent.payload.is_not(None))
            count += changed(session, update(LedgerEvent).where(old).values(payload=None))
        return count

    def _event(self, row: LedgerEvent, *, new: bool = False, cipher: Cipher | None = None) -> StoredEvent:
        payload = None
        if row.payload is not None and row.data_key_id is not None:
            if cipher is None or cipher.id != row.data_key_id:
                cipher = self._data_keys.of(row.data_key_id, row.app, row.shop_domain)
            payload = None if cipher is None else cipher.decrypt(row.payload, _place(row.id))
        return StoredEvent(
            id=row.id,
            trigger=row.trigger_key,
            dedupe_key=row.dedupe_key,
            app=row.app,
            shop=row.shop_domain,
            installation_id=row.installation_id,
            job_id=row.job_id,
            state=cast(EventState, row.state),
            payload=payload,
            resource=row.resource,
            resource_updated_at=row.resource_updated_at,
            created_at=row.created_at,
            emitted_at=row.emitted_at,
            new=new,
        )


def _own(installation_ids: Sequence[str] | None) -> list[Any]:
    return [] if installation_ids is None else [LedgerEvent.installation_id.in_(installation_ids)]


class Watermarks(Repository):
    """The newest state of each resource that has been worked on."""

    def advance(
        self,
        installation_id: str,
        resource: str,
        updated_at: datetime,
        *,
        job_id: str = "",
        session: Session | None = None,
    ) -> bool:
        """Remember how new a state is; False when a newer one was there already, True for the same one again."""
        with self._joined(session) as own:
            values = {
                "installation_id": installation_id,
                "resource": resource[:255],
                "updated_at": updated_at,
                "job_id": job_id,
                "seen_at": self._database.now(own),
            }
            connection = own.connection()
            return connection.execute(statements.advance(connection.dialect.name), values).first() is not None

    def get(self, installation_id: str, resource: str) -> datetime | None:
        """Return how new the newest known state of a resource is."""
        with self._database.read() as session:
            values = {"installation": installation_id, "name": resource[:255]}
            found: datetime | None = session.connection().execute(statements.WATERMARK, values).scalar()
            return found

    @contextmanager
    def _joined(self, session: Session | None) -> Iterator[Session]:
        if session is not None:
            yield session
        else:
            with self._database.begin() as own:
                yield own
