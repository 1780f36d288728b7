"""The host's own storage: one SQLite file with people's tokens, workflows and their runs.

A plugin never sees it. Two connections per process, one to read and one to write, opened on first use and closed before
a fork, which waits for the statement that runs; a lock for each keeps the threads apart, which costs some 10 µs a call.
Other processes may use the same file: every writer takes its place in line (`BEGIN IMMEDIATE`) and is done within
milliseconds, since nothing is called from inside a transaction. Readers wait for no writer.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from atom_shopify_plugin.process.forks import ForkGate, reset_after_fork
from atom_shopify_plugin.process.privatefiles import make_private

__all__ = ["ANSWER_WITHIN", "HostStore", "Rows"]

BUSY_SECONDS = 5.0

ANSWER_WITHIN: ContextVar[float | None] = ContextVar("answer_within", default=None)
"""The seconds that this thread may wait for its turn to write in all, where somebody waits for its answer."""

_FILLER = bytes(12_000)  # more than a page: a file that may not grow has no room for it
Rows = list[tuple[Any, ...]]

# Each entry is run once, in order; `user_version` counts those that were. Never change one: add another.
_MIGRATIONS = (
    """
CREATE TABLE IF NOT EXISTS host_tokens (
    digest BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    tenant TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS host_workflows (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    service_id TEXT NOT NULL,
    config TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS host_workflows_by_tenant ON host_workflows (tenant, created_at);
""",
    """
ALTER TABLE host_workflows ADD COLUMN updated_at TEXT NOT NULL DEFAULT '';
ALTER TABLE host_workflows ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE host_workflows ADD COLUMN runnable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE host_workflows ADD COLUMN trigger_key TEXT;
ALTER TABLE host_workflows ADD COLUMN next_at REAL;
CREATE INDEX host_workflows_by_trigger ON host_workflows (trigger_key) WHERE trigger_key IS NOT NULL;
CREATE INDEX host_workflows_due ON host_workflows (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE host_events (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    shop TEXT NOT NULL,
    payload TEXT NOT NULL,
    runs INTEGER NOT NULL,
    received_at REAL NOT NULL,
    UNIQUE (key, dedupe_key)
);
CREATE INDEX host_events_by_age ON host_events (received_at);

CREATE TABLE host_runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    workflow_id TEXT NOT NULL,
    workflow_version INTEGER NOT NULL,
    definition TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    cause TEXT NOT NULL,
    dedupe_key TEXT,
    event TEXT NOT NULL,
    shop TEXT,
    data TEXT,
    input TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    note TEXT,
    wake_at REAL,
    lease_owner TEXT,
    lease_until REAL,
    fence INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    started_at REAL,
    finished_at REAL,
    UNIQUE (workflow_id, dedupe_key)
);
CREATE INDEX host_runs_due ON host_runs (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX host_runs_by_owner ON host_runs (tenant, subject, number);
CREATE INDEX host_runs_by_workflow ON host_runs (workflow_id, number);
CREATE INDEX host_runs_by_end ON host_runs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX host_runs_by_shop ON host_runs (shop);

CREATE TABLE host_steps (
    run_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 0,
    input TEXT,
    output TEXT,
    result TEXT,
    error TEXT,
    wake_at REAL,
    started_at REAL,
    finished_at REAL,
    PRIMARY KEY (run_id, step_id)
);

CREATE TABLE host_approvals (
    id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    created_at REAL NOT NULL,
    decided_at REAL
);
CREATE INDEX host_approvals_by_run ON host_approvals (run_id, step_id);
CREATE INDEX host_approvals_waiting ON host_approvals (tenant, subject) WHERE state = 'waiting';
""",
    """
ALTER TABLE host_events ADD COLUMN about TEXT;
ALTER TABLE host_events ADD COLUMN as_of REAL;
CREATE INDEX host_events_about ON host_events (key, shop, about, as_of) WHERE about IS NOT NULL;
""",
    """
CREATE TABLE host_pulse (
    id TEXT PRIMARY KEY,
    at REAL NOT NULL,
    filler BLOB
);
""",
    # Whose run is taken next is decided by this index alone.
    """
CREATE INDEX host_runs_planned ON host_runs (wake_at, lease_until, tenant, subject, number) WHERE wake_at IS NOT NULL;
DROP INDEX host_runs_due;
""",
    """
ALTER TABLE host_runs ADD COLUMN chain TEXT;
ALTER TABLE host_runs ADD COLUMN depth INTEGER NOT NULL DEFAULT 1;
ALTER TABLE host_runs ADD COLUMN about TEXT;
CREATE INDEX host_runs_about ON host_runs (workflow_id, about, created_at) WHERE about IS NOT NULL;
""",
    """
CREATE TABLE host_workflow_ids (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    last_version INTEGER NOT NULL
);
INSERT INTO host_workflow_ids SELECT id, tenant, subject, version FROM host_workflows;
INSERT OR IGNORE INTO host_workflow_ids SELECT workflow_id, tenant, subject, max(workflow_version) FROM host_runs
    GROUP BY workflow_id;
CREATE TABLE host_definitions (
    number INTEGER PRIMARY KEY,
    workflow_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    config TEXT NOT NULL
);
INSERT INTO host_definitions (workflow_id, version, config)
    SELECT DISTINCT workflow_id, workflow_version, definition FROM host_runs;
CREATE INDEX host_definitions_by_workflow ON host_definitions (workflow_id, version, number);
ALTER TABLE host_runs ADD COLUMN definition_number INTEGER;
UPDATE host_runs SET definition_number = (SELECT number FROM host_definitions AS one WHERE one.workflow_id =
    host_runs.workflow_id AND one.version = host_runs.workflow_version AND one.config = host_runs.definition);
ALTER TABLE host_runs DROP COLUMN definition;
ALTER TABLE host_runs ADD COLUMN size INTEGER;
CREATE INDEX host_runs_by_definition ON host_runs (definition_number);
CREATE INDEX host_runs_open ON host_runs (tenant, subject) WHERE finished_at IS NULL;
CREATE INDEX host_runs_unmeasured ON host_runs (number) WHERE finished_at IS NOT NULL AND size IS NULL;
CREATE INDEX host_runs_sizes ON host_runs (tenant, subject, finished_at, size) WHERE size IS NOT NULL;
""",
    """
ALTER TABLE host_steps ADD COLUMN operation TEXT;
CREATE INDEX host_steps_by_operation ON host_steps (operation) WHERE operation IS NOT NULL;
""",
    """
CREATE TABLE host_traces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_id TEXT NOT NULL,
    event TEXT NOT NULL,
    shop TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT,
    run_id TEXT,
    at REAL NOT NULL
);
CREATE INDEX host_traces_by_workflow ON host_traces (workflow_id, id);
CREATE INDEX host_traces_by_run ON host_traces (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX host_traces_by_age ON host_traces (at);
""",
    """
ALTER TABLE host_approvals ADD COLUMN expires_at REAL;
CREATE INDEX host_approvals_expiring ON host_approvals (expires_at) WHERE state = 'waiting';
""",
    """
CREATE TABLE host_tallies (
    name TEXT NOT NULL,
    labels TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    total REAL NOT NULL,
    PRIMARY KEY (name, labels, bucket)
) WITHOUT ROWID;
CREATE INDEX host_runs_failed ON host_runs (workflow_id, workflow_version, finished_at) WHERE state = 'failed';
""",
    """
CREATE TABLE host_notices (
    number INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    approval_id TEXT NOT NULL,
    target TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    next_at REAL,
    at REAL
);
CREATE INDEX host_notices_by_approval ON host_notices (approval_id);
CREATE INDEX host_notices_by_run ON host_notices (run_id);
""",
)


class HostStore:
    """Rows of the host, shared by all threads and processes that use the same folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "atom-host.db"
        self._reading, self._writing = _Line(), _Line()
        self._inherited: list[sqlite3.Connection] = []
        self._gate = ForkGate(self._close)
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without connections: one that a fork left behind is the parent's, and closing it harms its locks."""
        for line in (self._reading, self._writing):
            if line.connection is not None:
                self._inherited.append(line.connection)
        self._reading, self._writing = _Line(), _Line()

    def run(self, sql: str, values: tuple[Any, ...] = ()) -> Rows:
        """Run one statement in its own transaction and return its rows; raise `sqlite3.Error`."""
        line = self._reading if sql.lstrip()[:6].upper() == "SELECT" else self._writing
        with self._turn(line) as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction that is committed at the end, or rolled back when it raises.

        All other writers of the process wait meanwhile: call nothing slow inside. Raise `sqlite3.Error`.
        """
        with self._turn(self._writing) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:  # a full disk rolls back by itself
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def probe(self) -> float:
        """Write, and return the seconds that it took; raise `sqlite3.Error` where writes are refused."""
        started = time.perf_counter()
        with self.transaction() as connection:
            name = f"probe {uuid.uuid4().hex}"
            connection.execute("INSERT INTO host_pulse (id, at, filler) VALUES (?, ?, ?)", (name, time.time(), _FILLER))
            connection.execute("DELETE FROM host_pulse WHERE id = ?", (name,))
        return time.perf_counter() - started

    def scrub(self) -> None:
        """Leave no trace of deleted rows beside the file: empty its write-ahead log."""
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file; the next call of `run` opens it again."""
        with self._gate.inside(), self._reading.lock, self._writing.lock:
            self._close()

    @contextmanager
    def _turn(self, line: _Line) -> Iterator[sqlite3.Connection]:
        left = ANSWER_WITHIN.get()
        wait = BUSY_SECONDS if left is None else min(left, BUSY_SECONDS)
        started = time.monotonic()
        with self._gate.inside():
            if not line.lock.acquire(timeout=wait):
                _spend(left, started)
                raise sqlite3.OperationalError("database is busy")
            try:
                yield self._ready(line, max(0.0, wait - (time.monotonic() - started)))
            finally:
                line.lock.release()
                _spend(left, started)

    def _ready(self, line: _Line, wait: float) -> sqlite3.Connection:
        if line.connection is None:
            line.connection = self._open(wait)
        line.connection.execute(f"PRAGMA busy_timeout = {int(1000 * wait)}")
        return line.connection

    def _close(self) -> None:
        for line in (self._reading, self._writing):
            if line.connection is not None:
                line.connection.close()
            line.connection = None

    def _open(self, wait: float) -> sqlite3.Connection:
        try:
            make_private(self.path)
            connection = sqlite3.connect(self.path, timeout=wait, isolation_level=None, check_same_thread=False)
        except OSError as error:
            raise sqlite3.OperationalError(f"the host's storage can't be opened: {error.strerror}") from None
        try:
            _write_ahead(connection, wait)
            connection.executescript("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;")
            _migrate(connection)
        except BaseException as error:
            connection.close()
            if isinstance(error, OSError):
                raise sqlite3.OperationalError(f"the host's storage can't be used: {error.strerror}") from None
            raise
        return connection


class _Line:
    """A connection and the line of threads that wait for it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: sqlite3.Connection | None = None


def _spend(left: float | None, started: float) -> None:
    if left is not None:
        ANSWER_WITHIN.set(max(0.0, left - (time.monotonic() - started)))


def _write_ahead(connection: sqlite3.Connection, wait: float) -> None:
    # Changing the journal mode doesn't wait in line as writers do: two processes that create the file meet here.
    until = time.monotonic() + wait
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _migrate(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] >= len(_MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = connection.execute("PRAGMA user_version").fetchone()[0]
        for migration in _MIGRATIONS[done:]:
            for statement in migration.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
