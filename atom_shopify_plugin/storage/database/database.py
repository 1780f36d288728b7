"""The database of one process: its engine, its key ring, its clock, and the transactions over it."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from atom_shopify_plugin.metrics.families import COMMITS, WAITS
from atom_shopify_plugin.metrics.meter import Meter
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.process.forks import ForkGate, reset_after_fork
from atom_shopify_plugin.settings import Settings
from atom_shopify_plugin.storage.database import schema
from atom_shopify_plugin.storage.database.crypto import KeyRing
from atom_shopify_plugin.storage.database.engine import WAIT, WRITES, DatabaseAway, make_engine, translated
from atom_shopify_plugin.storage.database.group_commit import GroupCommit
from atom_shopify_plugin.storage.database.startup import Startup
from atom_shopify_plugin.storage.database.timeouts import spend, within

__all__ = ["Database"]

T = TypeVar("T")
_ANSWER_WITHIN = 20.0  # seconds that a worker waits for its own writes: it has no caller who waits
_LEAST = 0.1  # seconds that are waited also where no time is left: most turns are shorter
_TURN = 5.0  # seconds; as long as SQLite itself waits for its one writer's place


class Database(ABC):
    """Transactions on SQLite or PostgreSQL.

    Trouble with the database is `errors.Unavailable`, whichever method meets it. `clock` takes the place of the
    database's clock for all deadlines. Safe for threads; after a fork the child opens connections of its own.
    """

    def __init__(
        self, settings: Settings, *, clock: Callable[[], datetime] | None = None, meter: Meter | None = None
    ) -> None:
        self._meter = meter or Meter()
        self.startup = Startup(self._make_ready, self._tidy)
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
        self.group_commit = GroupCommit(
            self.begin,
            lambda: 1 if self.engine.dialect.name == "sqlite" else 2,
            committed=lambda seconds: self._meter.observe(COMMITS, seconds),
        )

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

    @abstractmethod
    def _holds_secrets(self) -> bool:
        """Return whether a row holds something encrypted: then a new key ring would be the wrong one."""

    @abstractmethod
    def _tidy(self) -> None:
        """Do what is due once the tables are up to date."""

    def _make_ready(self) -> None:
        if self.current() != self.head():
            self.upgrade()
        _ = self.keys  # a ring that is missing is told now

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
        started = time.perf_counter()
        with self.begin_early() as session:
            self._meter.observe(WAITS, time.perf_counter() - started)
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
            return self.group_commit.run(work, timeout=max(_LEAST, within(_ANSWER_WITHIN)), point=point)
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

    @property
    def job_lease(self) -> float:
        """The seconds for which a worker has a job, unless it says that it lives."""
        return self._settings.job_lease

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
