"""What is held of a person or a store: found for an export, erased for a redaction.

Bodies, payloads, audit contents and results are encrypted, so that nothing can be found by SQL: they are opened one
after the other. What has been erased is gone from its row, and from the write-ahead log as far as nobody reads it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exc, select, text, update

from atom_shopify_plugin.storage.calls.audit import AUDIT_CONTENT, Audit
from atom_shopify_plugin.storage.calls.counters import Counters
from atom_shopify_plugin.storage.calls.idempotency import RESULT, Idempotency
from atom_shopify_plugin.storage.calls.operations import OPERATION_CONTENT, OperationRow
from atom_shopify_plugin.storage.calls.sealed import SealedColumn
from atom_shopify_plugin.storage.calls.usage import UsageRow
from atom_shopify_plugin.storage.database.base import Repository, changed
from atom_shopify_plugin.storage.database.crypto import Unreadable
from atom_shopify_plugin.storage.database.database import Database
from atom_shopify_plugin.storage.stores.tables import Installation, OAuthState
from atom_shopify_plugin.storage.work.data_keys import DataKeys
from atom_shopify_plugin.storage.work.event_table import LedgerEvent
from atom_shopify_plugin.storage.work.events import Events
from atom_shopify_plugin.storage.work.job_table import QueuedJob
from atom_shopify_plugin.storage.work.jobs import JobQueue, body_place
from atom_shopify_plugin.storage.work.own_writes import OwnWrites

__all__ = ["Erasure", "Held"]

_BATCH = 200
_SEALED: tuple[tuple[str, Any, Any, SealedColumn], ...] = (
    ("audit", Audit, Audit.at, AUDIT_CONTENT),
    ("result", Idempotency, Idempotency.created_at, RESULT),
    ("operation", OperationRow, OperationRow.created_at, OPERATION_CONTENT),
)
_TABLES = ("shopify_jobs", "shopify_events", "shopify_audit", "shopify_idempotency", "shopify_operations")


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that is held: `kind` is ``delivery``, ``event``, ``audit``, ``result`` or ``operation``.

    `label` says of what.
    """

    kind: str
    id: str
    at: datetime
    label: str
    content: bytes


class Erasure(Repository):
    """Looks through everything that is held of one store."""

    def __init__(
        self, database: Database, data_keys: DataKeys, jobs: JobQueue, events: Events, own_writes: OwnWrites
    ) -> None:
        super().__init__(database)
        self._data_keys = data_keys
        self._jobs = jobs
        self._events = events
        self._own_writes = own_writes

    def held(self, app: str, shop: str, installation_id: str | None) -> Iterator[Held]:
        """Yield whatever of a store's contents can still be opened, the oldest first within each kind."""
        yield from self._held_jobs(app, shop)
        yield from self._held_events(app, shop)
        if installation_id is not None:
            for kind, model, at, column in _SEALED:
                yield from self._held_sealed(kind, model, at, column, installation_id)

    def content(self, job_id: str, installation_id: str, kind: str) -> bytes | None:
        """Return what a job of an installation holds, None if there is none like that or it has been erased."""
        with self._database.read() as session:
            row = session.get(QueuedJob, job_id[:32])
        if row is None or row.installation_id != installation_id or row.kind != kind:
            return None
        if row.body is None or row.data_key_id is None:
            return None
        cipher = self._data_keys.of(row.data_key_id, row.app, row.shop_domain)
        return None if cipher is None else cipher.decrypt(row.body, body_place(row.id))

    def erase(self, found: Held) -> None:
        """Take the content out of its row; what waits to be worked on is given up."""
        with self._database.begin() as session:
            if found.kind == "delivery":
                one = QueuedJob.id == found.id
                changed(session, update(QueuedJob).where(one).values(body=None, digest=None))
                waiting = update(QueuedJob).where(
                    one, QueuedJob.state.in_(("pending", "parked", "dead", "quarantined"))
                )
                reason = "Its content was erased at the person's request."
                now = self._database.now(session)
                changed(session, waiting.values(state="discarded", reason=reason, updated_at=now, finished_at=now))
            elif found.kind == "event":
                changed(session, update(LedgerEvent).where(LedgerEvent.id == found.id).values(payload=None))
            elif found.kind == "audit":
                gone = {"content": None, "key_id": None, "target": None}
                changed(session, update(Audit).where(Audit.id == found.id).values(**gone))
            elif found.kind == "operation":
                one = OperationRow.id == found.id
                changed(session, update(OperationRow).where(one).values(content=None, key_id=None, message=""))
            else:
                changed(session, delete(Idempotency).where(Idempotency.id == found.id))

    def forget_targets(self, installation_id: str, is_theirs: Callable[[str], bool]) -> int:
        """Take the names of resources that are a person's out of the audit log; return how many entries changed.

        What runs have just written is forgotten as a whole.
        """
        done = 0
        with self._database.begin() as session:
            chosen = select(Audit.id, Audit.target).where(
                Audit.installation_id == installation_id, Audit.target.is_not(None)
            )
            theirs = [row.id for row in session.execute(chosen) if is_theirs(row.target)]
            for start in range(0, len(theirs), _BATCH):
                some = Audit.id.in_(theirs[start : start + _BATCH])
                done += changed(session, update(Audit).where(some).values(target=None))
            self._own_writes.forget(session, installation_id)
        return done

    def forget_store(self, app: str, shop: str, installation_id: str | None, *, except_id: str) -> None:
        """Delete a store with all that hangs on it, its data key first; the job `except_id` stays, empty."""
        self._data_keys.destroy(app, shop)
        self._jobs.erase(app, shop, except_id=except_id)
        self._events.erase(app, shop)
        with self._database.begin() as session:
            if installation_id is not None:
                changed(session, delete(Audit).where(Audit.installation_id == installation_id))
                changed(session, delete(UsageRow).where(UsageRow.store_id == installation_id))
                # Tokens, memberships, results, levels, marks and subscriptions go with it.
                changed(session, delete(Installation).where(Installation.id == installation_id))
            others = session.scalar(select(Installation.id).where(Installation.shop_domain == shop).limit(1))
            Counters.forget(session, shop)
            if others is None:
                changed(session, delete(OAuthState).where(OAuthState.shop_domain == shop))

    def scrub(self, seconds: float = 2.0) -> bool:
        """Overwrite what deleted rows leave behind; False where somebody was reading all the time.

        SQLite: the write-ahead log is copied into the file, whose freed bytes are zeroed, and cut to nothing.
        PostgreSQL: dead row versions are removed; its own log is recycled by the server's rules. Either way the bytes
        in question are ciphertext.
        """
        sqlite = self._database.engine.dialect.name == "sqlite"
        until = time.monotonic() + seconds
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not sqlite:
                for table in _TABLES:
                    connection.exec_driver_sql(f"VACUUM {table}")
                return True
            while True:
                with suppress(exc.OperationalError):  # locked by a reader
                    busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
                    if not busy:
                        return True
                if time.monotonic() >= until:
                    return False
                time.sleep(0.05)

    # Where contents stand

    def _pages(self, chosen: Any, column: Any) -> Iterator[Any]:
        after = ""
        while True:
            with self._database.read() as session:
                rows = session.execute(chosen.where(column > after).order_by(column).limit(_BATCH)).all()
            yield from rows
            if len(rows) < _BATCH:
                return
            after = rows[-1].id

    def _held_jobs(self, app: str, shop: str) -> Iterator[Held]:
        chosen = select(
            QueuedJob.id, QueuedJob.created_at, QueuedJob.subject, QueuedJob.body, QueuedJob.data_key_id
        ).where(QueuedJob.app == app, QueuedJob.shop_domain == shop, QueuedJob.body.is_not(None))
        for row in self._pages(chosen, QueuedJob.id):
            cipher = self._data_keys.of(row.data_key_id, app, shop) if row.data_key_id else None
            with suppress(Unreadable):
                if cipher is not None:
                    content = cipher.decrypt(row.body, body_place(row.id))
                    yield Held("delivery", row.id, row.created_at, row.subject, content)

    def _held_events(self, app: str, shop: str) -> Iterator[Held]:
        chosen = select(LedgerEvent.id).where(
            LedgerEvent.app == app, LedgerEvent.shop_domain == shop, LedgerEvent.payload.is_not(None)
        )
        for row in self._pages(chosen, LedgerEvent.id):
            with suppress(Unreadable):
                event = self._events.get(row.id)
                if event is not None and event.payload is not None:
                    yield Held("event", event.id, event.created_at, event.trigger, event.payload)

    def _held_sealed(
        self, kind: str, model: Any, at: Any, column: SealedColumn, installation_id: str
    ) -> Iterator[Held]:
        sealed = getattr(model, column.name)
        chosen = select(model.id, at.label("at"), model.action, sealed).where(
            model.installation_id == installation_id, sealed.is_not(None)
        )
        for row in self._pages(chosen, model.id):
            with suppress(Unreadable):
                yield Held(kind, row.id, row.at, row.action, column.text(self._database.keys, row))
