"""The storage of one process: an engine, a key ring, and the repositories that hang on them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin import crashpoints
from atom_shopify_plugin.forks import ForkGate, reset_after_fork
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage import cleanup, rotation, schema
from atom_shopify_plugin.storage.audit import AuditLog
from atom_shopify_plugin.storage.confirmations import Confirmations
from atom_shopify_plugin.storage.crypto import KeyRing
from atom_shopify_plugin.storage.data_keys import DataKeys
from atom_shopify_plugin.storage.directory import Directory
from atom_shopify_plugin.storage.engine import WAIT, WRITES, DatabaseAway, make_engine, translated
from atom_shopify_plugin.storage.erasure import Erasure
from atom_shopify_plugin.storage.events import Events, Watermarks
from atom_shopify_plugin.storage.idempotency import IdempotencyKeys
from atom_shopify_plugin.storage.installations import Installations
from atom_shopify_plugin.storage.invitations import Invitations
from atom_shopify_plugin.storage.jobs import Jobs
from atom_shopify_plugin.storage.memberships import Memberships
from atom_shopify_plugin.storage.own_writes import OwnWrites
from atom_shopify_plugin.storage.patience import begin_answering, end_answering, spend, within
from atom_shopify_plugin.storage.pulse import Pulses
from atom_shopify_plugin.storage.startup import Startup
from atom_shopify_plugin.storage.states import States
from atom_shopify_plugin.storage.streams import Cursors, Levels, Subscriptions
from atom_shopify_plugin.storage.tokens import Tokens
from atom_shopify_plugin.storage.usage import UsageStatistics
from atom_shopify_plugin.storage.writer import Writer

__all__ = ["Storage"]

T = TypeVar("T")
_ANSWER_WITHIN = 20.0  # seconds that a worker waits for its own writes: it has no caller who waits
_PING = 0.8  # seconds
_LEAST = 0.1  # seconds that are waited also where no time is left: most turns are shorter
_TURN = 5.0  # seconds; as long as SQLite itself waits for its one writer's place


class Storage:
    """Everything that is remembered, on SQLite or PostgreSQL.

    Trouble with the database is `errors.Unavailable`, whichever method meets it. `clock` takes the place of the
    database's clock for all deadlines. Safe for threads; after a fork the child opens connections of its own.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] | None = None) -> None:
        self.startup = Startup(self)
        self._settings = settings
        self._keys: KeyRing | None = None
        if settings.encryption_keys or not settings.database_url.startswith("sqlite"):
            self._keys = KeyRing.from_settings(settings)  # says now what is missing; a file is read when it is needed
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
        self.own_writes = OwnWrites(self)
        self.subscriptions = Subscriptions(self)
        self.levels = Levels(self)
        self.cursors = Cursors(self)
        self.directory = Directory(self)
        self.erasure = Erasure(self)
        self.pulses = Pulses(self)

    def reset(self) -> None:
        """Begin with nobody writing, as a forked child does."""
        self._writing = threading.Lock()
        self._opening = threading.Lock()

    @property
    def keys(self) -> KeyRing:
        """The key ring; raise `Misconfigured` where it is missing or damaged, `Unavailable` where it can't be read."""
        if self._keys is None:
            with self._opening:
                if self._keys is None:
                    self._keys = KeyRing.from_settings(self._settings, self._holds_secrets)
        return self._keys

    def _holds_secrets(self) -> bool:
        with self.read_early() as session:
            return rotation.encrypted(session)

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
        self.startup.admit()
        with self.begin_early() as session:
            yield session

    @contextmanager
    def begin_early(self) -> Iterator[Session]:
        """Open a transaction as `begin` does, also while the tables are being brought up to date."""
        with (
            self._transactions.inside(),
            self._turn() as wait,
            translated(),
            self.engine.connect().execution_options(**{WRITES: True, WAIT: wait}) as connection,
            _begun(connection),
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
            return self.writer.run(work, timeout=max(_LEAST, within(_ANSWER_WITHIN)), point=point)
        with self.begin() as session:
            value = work(session)
            if point:
                crashpoints.at(f"{point}_before_commit")
        return value

    @contextmanager
    def _turn(self) -> Iterator[float]:
        """Wait for this process's turn to write, and give the seconds that are left to wait for other processes'."""
        # SQLite has who waits for its one writer's place sleep, ever longer: left to that, the threads of a process
        # leave the place empty most of the time.
        if self._engine.dialect.name != "sqlite":
            yield 0.0
            return
        writing, wait, started = self._writing, max(_LEAST, within(_TURN)), time.monotonic()
        taken = writing.acquire(timeout=wait)
        waited = time.monotonic() - started
        spend(waited)
        if not taken:
            raise DatabaseAway("The database is busy; try again in a moment.", "it is busy")
        try:
            yield max(_LEAST, within(_TURN))
        finally:
            writing.release()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads: one consistent look, which on SQLite no writer waits for."""
        self.startup.admit()
        with self.read_early() as session:
            yield session

    @contextmanager
    def read_early(self) -> Iterator[Session]:
        """Open a transaction as `read` does, also while the tables are being brought up to date."""
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
        with self.begin_early() as session:
            schema.upgrade(session.connection())

    def current(self) -> str | None:
        """Return the revision of the database, None before the first `upgrade`."""
        with self.read_early() as session:
            return schema.current(session.connection())

    def head(self) -> str:
        """Return the revision that `upgrade` leads to."""
        return schema.head()

    def ping(self) -> float:
        """Return the seconds that a small write takes; raise `Unavailable` where none is taken.

        A SQLite file that somebody else has locked is waited for less than a second.
        """
        # Not with PostgreSQL: there an answer that is late counts as a silence, and others are refused for it.
        if self._engine.dialect.name != "sqlite":
            return self.pulses.probe()
        begin_answering(_PING)
        try:
            return self.pulses.probe()
        finally:
            end_answering()

    @property
    def job_lease(self) -> float:
        """The seconds for which a worker has a job, unless it says that it lives."""
        return self._settings.job_lease

    def rotate(self, batch: int = 100) -> dict[str, int]:
        """Encrypt with the first key whatever another key encrypted, until nothing is left; return the rows by table.

        It commits each batch, so that it may be stopped and started again; readers and writers go on meanwhile.
        """
        self.keys.reload()
        return rotation.rotate(self, batch)

    def keys_in_use(self) -> set[str]:
        """Return the ids of the keys that rows carry."""
        return rotation.keys_in_use(self)

    def rows_under(self, key_ids: set[str]) -> dict[str, dict[str, int]]:
        """Return how many rows carry these keys: by key, then by table; without those that have none."""
        return rotation.rows_under(self, key_ids)

    def cleanup(self) -> dict[str, int]:
        """Delete what has expired: states, confirmations, idempotency keys, dead tokens, old counters."""
        return cleanup.cleanup(self)

    def close(self) -> None:
        """Write the counters that are still in memory, and close all connections."""
        self.startup.close()
        self.writer.close()
        self.usage.close()
        self.engine.dispose()


@contextmanager
def _begun(connection: Connection) -> Iterator[None]:
    """Begin a transaction; the time that it takes to begin is time waited."""
    started = time.monotonic()
    try:
        transaction = connection.begin()
    finally:
        spend(time.monotonic() - started)
    with transaction:
        yield
