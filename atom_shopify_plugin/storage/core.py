"""The storage of one process: an engine, a key ring, and the repositories that hang on them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin import crashpoints
from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.forks import ForkGate, reset_after_fork
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import cleanup, rotation, schema
from atom_shopify_plugin.storage.audit import AuditLog
from atom_shopify_plugin.storage.confirmations import Confirmations
from atom_shopify_plugin.storage.crypto import KeyRing
from atom_shopify_plugin.storage.data_keys import DataKeys
from atom_shopify_plugin.storage.directory import Directory
from atom_shopify_plugin.storage.engine import WRITES, make_engine, translated
from atom_shopify_plugin.storage.erasure import Erasure
from atom_shopify_plugin.storage.events import Events, Watermarks
from atom_shopify_plugin.storage.idempotency import IdempotencyKeys
from atom_shopify_plugin.storage.installations import Installations
from atom_shopify_plugin.storage.invitations import Invitations
from atom_shopify_plugin.storage.jobs import Jobs
from atom_shopify_plugin.storage.memberships import Memberships
from atom_shopify_plugin.storage.states import States
from atom_shopify_plugin.storage.streams import Cursors, Levels, Subscriptions
from atom_shopify_plugin.storage.tokens import Tokens
from atom_shopify_plugin.storage.usage import UsageStatistics
from atom_shopify_plugin.storage.writer import Writer

__all__ = ["Storage"]

T = TypeVar("T")
_ANSWER_WITHIN = 20.0  # seconds that a worker waits for its own writes: it has no caller who waits
_TURN = 5.0  # seconds; as long as SQLite itself waits for its one writer's place


class Storage:
    """Everything that is remembered, on SQLite or PostgreSQL.

    Trouble with the database is `errors.Unavailable`, whichever method meets it. `clock` takes the place of the
    database's clock for all deadlines. Safe for threads; after a fork the child opens connections of its own.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] | None = None) -> None:
        self.keys = KeyRing.from_settings(settings)
        self._engine = make_engine(settings.database_url)
        self._pid = os.getpid()
        # SQLite's connections don't survive a fork: none is open then.
        self._transactions = ForkGate(self._engine.dispose)
        reset_after_fork(self)
        self.clock = clock
        self.history = settings.history_mb << 20
        self.installations = Installations(self)
        self.tokens = Tokens(self)
        self.memberships = Memberships(self)
        self.invitations = Invitations(self)
        self.states = States(self)
        self.confirmations = Confirmations(self)
        self.idempotency = IdempotencyKeys(self)
        self.audit = AuditLog(self)
        self.usage = UsageStatistics(self)
        self.writer = Writer(self)
        self.data_keys = DataKeys(self)
        self.jobs = Jobs(self)
        self.events = Events(self)
        self.watermarks = Watermarks(self)
        self.subscriptions = Subscriptions(self)
        self.levels = Levels(self)
        self.cursors = Cursors(self)
        self.directory = Directory(self)
        self.erasure = Erasure(self)

    def reset(self) -> None:
        """Begin with nobody writing, as a forked child does."""
        self._writing = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine of this process; a forked child leaves its parent's connections alone."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._engine.dispose(close=False)
        return self._engine

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a transaction that writes; it commits at the end and rolls back on any error. Keep it short."""
        with (
            self._transactions.inside(),
            self._turn(),
            translated(),
            self.engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.flush()

    def write(self, work: Callable[[Session], T], *, point: str = "") -> T:
        """Run `work` in a transaction that writes, and return its value once it is committed.

        On SQLite, which has one place for a writer, the threads of a process share its turns, so that `work` may run
        beside others' and more than once; PostgreSQL needs no turns. Raise `Unavailable` as `begin` does.
        """
        if self._engine.dialect.name == "sqlite":
            return self.writer.run(work, timeout=_ANSWER_WITHIN, point=point)
        with self.begin() as session:
            value = work(session)
            if point:
                crashpoints.at(f"{point}_before_commit")
        return value

    @contextmanager
    def _turn(self) -> Iterator[None]:
        # SQLite has who waits for its one writer's place sleep, ever longer: left to that, the threads of a process
        # leave the place empty most of the time.
        if self._engine.dialect.name != "sqlite":
            yield
            return
        writing = self._writing
        if not writing.acquire(timeout=_TURN):
            raise Unavailable("The database is busy; try again in a moment.", retry_after=1.0)
        try:
            yield
        finally:
            writing.release()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads: one consistent look, which on SQLite no writer waits for."""
        with (
            self._transactions.inside(),
            translated(),
            self.engine.connect() as connection,
            Session(connection) as session,
        ):
            yield session

    def now(self, session: Session | None = None) -> datetime:
        """Return the time by the one clock that all processes share: the database's.

        SQLite has no server; its clock is the machine's.
        """
        if self.clock is not None or self._engine.dialect.name == "sqlite":
            return self.machine_time()
        if session is not None:
            now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
            return now.astimezone(UTC)
        with self.read() as fresh:
            return self.now(fresh)

    def machine_time(self) -> datetime:
        """Return the time by this machine's clock: free of charge, good for counters and rough checks."""
        return self.clock() if self.clock is not None else datetime.now(UTC)

    def upgrade(self) -> None:
        """Create or migrate the tables; harmless when there is nothing to do, or when others do it too."""
        with self.begin() as session:
            schema.upgrade(session.connection())

    def current(self) -> str | None:
        """Return the revision of the database, None before the first `upgrade`."""
        with self.read() as session:
            return schema.current(session.connection())

    def head(self) -> str:
        """Return the revision that `upgrade` leads to."""
        return schema.head()

    def ping(self) -> float:
        """Return the seconds that a trivial query takes; raise `Unavailable`."""
        started = time.perf_counter()
        with self.read() as session:
            session.execute(select(1)).one()
        return time.perf_counter() - started

    def rotate(self, batch: int = 100) -> dict[str, int]:
        """Encrypt with the first key whatever another key encrypted; return the rows done by table.

        It commits each batch, so that it may be stopped and started again; readers and writers go on meanwhile.
        """
        self.keys.reload()
        return rotation.rotate(self, batch)

    def cleanup(self) -> dict[str, int]:
        """Delete what has expired: states, confirmations, idempotency keys, dead tokens, old counters."""
        return cleanup.cleanup(self)

    def close(self) -> None:
        """Write the counters that are still in memory, and close all connections."""
        self.writer.close()
        self.usage.close()
        self.engine.dispose()
