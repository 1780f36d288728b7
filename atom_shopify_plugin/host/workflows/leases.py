"""Taking runs, and writing to one only as long as it is ours.

A run is taken by a lease: an owner, a time, and a fence that grows with each taking. Every write asks in its own
transaction whether the fence is still the same, so that a worker which slept past its lease does no harm as it wakes.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from atom_shopify_plugin.hookspecs import Origin
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import crash, tallies
from atom_shopify_plugin.host.workflows.redaction import said
from atom_shopify_plugin.host.workflows.traces import unmet
from atom_shopify_plugin.host.workflows.values import dump, load

__all__ = [
    "Approval",
    "Lease",
    "LostLease",
    "Run",
    "StepRow",
    "operation_ended",
]


class LostLease(Exception):
    """Somebody else has taken the run, or a person has ended it: leave it alone."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its worker sees it; `data` holds the trigger's payload and the input, unredacted."""

    id: str
    workflow_id: str
    definition: Mapping[str, Any]
    tenant: str
    subject: str
    cause: str
    event: Mapping[str, Any]
    shop: str | None
    data: Mapping[str, Any]
    created_at: float
    attempt: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class StepRow:
    """What is recorded of a step; `result` is its value, unredacted.

    `operation` is the plugin's operation that the step waits for.
    """

    state: str
    attempts: int
    generation: int
    result: Any
    error: Mapping[str, Any] | None
    wake_at: float | None
    started_at: float | None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A question that was put to a person; `question` is redacted."""

    id: str
    state: str
    decided_by: str | None
    expires_at: float | None
    question: str
    details: Mapping[str, Any]


class Lease:
    """A run that is ours until `LostLease` says otherwise. Methods write at once, in one transaction each."""

    def __init__(self, store: HostStore, row: tuple[Any, ...], owner: str) -> None:
        self.run_id: str = row[0]
        self._row = row
        self._store = store
        self._key = (self.run_id, owner, row[-1])

    @cached_property
    def run(self) -> Run:
        """What the run is about. It is read where it is worked on, so that one that can't be read stops no other."""
        run_id, workflow_id, definition, tenant, subject, cause, event, shop, data, created_at, chain, depth, fence = (
            self._row
        )
        return Run(
            run_id, workflow_id, _load(definition), tenant, subject, cause, _load(event), shop, _load(data) or {},
            created_at, fence, Origin(chain or run_id, run_id, depth),
        )  # fmt: skip

    def extend(self, seconds: float) -> bool:
        """Keep the run for `seconds` more; tell whether it was ours still."""
        rows = self._store.run(
            "UPDATE host_runs SET lease_until = ? WHERE id = ? AND lease_owner = ? AND fence = ? RETURNING 1",
            (time.time() + seconds, *self._key),
        )
        return bool(rows)

    def steps(self) -> dict[str, StepRow]:
        """Return what is recorded of the run's steps, by their ids."""
        rows = self._store.run(
            "SELECT step_id, state, attempts, generation, result, error, wake_at, started_at, operation"
            " FROM host_steps WHERE run_id = ?",
            (self.run_id,),
        )
        return {
            row[0]: StepRow(row[1], row[2], row[3], _load(row[4]), _load(row[5]), row[6], row[7], row[8])
            for row in rows
        }

    def approval(self, step_id: str) -> Approval | None:
        """Return the last question that was put to a person about a step."""
        rows = self._store.run(
            "SELECT id, state, decided_by, expires_at, coalesce(json_extract(details, '$.message'), ''), details"
            " FROM host_approvals WHERE run_id = ? AND step_id = ?"
            " ORDER BY created_at DESC, rowid DESC LIMIT 1",
            (self.run_id, step_id),
        )
        if not rows:
            return None
        approval_id, state, decided_by, expires_at, question, details = rows[0]
        return Approval(approval_id, state, decided_by, expires_at, question, _load(details) or {})

    def begin(self, position: int, step_id: str, given: Any, wake_at: float | None = None) -> None:
        """Record that a step is tried: the attempt counts from here on, whatever becomes of the process."""
        with self._write() as connection:
            connection.execute(
                "INSERT INTO host_steps (run_id, step_id, position, state, attempts, input, wake_at, started_at)"
                " VALUES (?, ?, ?, 'running', 1, ?, ?, ?) ON CONFLICT (run_id, step_id) DO UPDATE SET"
                " state = 'running', attempts = attempts + 1, input = excluded.input, wake_at = excluded.wake_at,"
                " started_at = COALESCE(started_at, excluded.started_at), finished_at = NULL, error = NULL",
                (self.run_id, step_id, position, said(given), wake_at, time.time()),
            )

    def end(self, position: int, step_id: str, state: str, *, kind: str, value: Any = None, error: Any = None) -> None:
        """Record how a step ended: ``done`` with its value, ``skipped``, or ``failed`` with its error.

        `kind` is the type of the step.
        """
        now = time.time()
        result = dump(value)
        values = (self.run_id, step_id, position, state, said(value), result, error and said(error), now, now)
        with self._write() as connection:
            (started_at,) = connection.execute(
                "INSERT INTO host_steps (run_id, step_id, position, state, output, result, error, started_at,"
                " finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, step_id) DO UPDATE SET"
                " state = excluded.state, output = excluded.output, result = excluded.result, error = excluded.error,"
                " finished_at = excluded.finished_at, operation = NULL RETURNING started_at",
                values,
            ).fetchone()
            tallies.step_ended(connection, kind, state, now - (started_at or now))
            crash.at("step_before_commit")
        crash.at("step_after_commit")

    def again(self, step_id: str, at: float, error: Any, *, counted: bool = True, new_key: bool = False) -> None:
        """Put a step off until `at` and let go of the run.

        `counted` False gives the attempt back; `new_key` lets the next attempt be a new effect.
        """
        with self._write() as connection:
            connection.execute(
                "UPDATE host_steps SET state = 'waiting', error = ?, attempts = attempts - ?, operation = NULL,"
                " generation = generation + ? WHERE run_id = ? AND step_id = ?",
                (said(error), 0 if counted else 1, int(new_key), self.run_id, step_id),
            )
            self._let_go(connection, "waiting", at)

    def follow(self, step_id: str, operation: str, at: float) -> None:
        """Let a step wait for an operation of its plugin and let go of the run, until somebody wakes it or `at`."""
        with self._write() as connection:
            connection.execute(
                "UPDATE host_steps SET state = 'waiting', operation = ?, wake_at = ? WHERE run_id = ? AND step_id = ?",
                (operation, at, self.run_id, step_id),
            )
            self._let_go(connection, "waiting", at)
            crash.at("operation_before_commit")
        crash.at("operation_after_commit")

    def ask(
        self, position: int, step_id: str, reason: str, details: Any, seconds: float, notify: Sequence[str] = ()
    ) -> None:
        """Put a question to the workflow's owner and let go of the run until it is answered, or `seconds` are over.

        The targets in `notify` are to hear of it: the run is due at once for that.
        """
        now = time.time()
        approval_id = str(uuid.uuid4())
        run = self.run
        with self._write() as connection:
            connection.execute(
                "INSERT INTO host_steps (run_id, step_id, position, state, started_at)"
                " VALUES (?, ?, ?, 'waiting', ?) ON CONFLICT (run_id, step_id) DO UPDATE SET state = 'waiting',"
                " attempts = 0",
                (run.id, step_id, position, now),
            )
            connection.execute(
                "INSERT INTO host_approvals (id, run_id, step_id, tenant, subject, reason, details, state, created_at,"
                " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
                (
                    approval_id,
                    run.id,
                    step_id,
                    run.tenant,
                    run.subject,
                    reason,
                    said(details),
                    now,
                    now + seconds,
                ),
            )
            connection.executemany(
                "INSERT INTO host_notices (run_id, approval_id, target, state, next_at) VALUES (?, ?, ?, 'waiting', ?)",
                [(run.id, approval_id, target, now) for target in dict.fromkeys(notify)],
            )
            self._let_go(connection, "waiting", now if notify else None)
            crash.at("approval_before_commit")
        crash.at("approval_after_commit")

    def notices(self, approval_id: str) -> list[tuple[float, int, str, int]]:
        """Return the notices of a question that are to be sent: when, number, target, attempts before."""
        rows = self._store.run(
            "SELECT next_at, number, target, attempts FROM host_notices WHERE approval_id = ? AND state = 'waiting'"
            " ORDER BY next_at, number",
            (approval_id,),
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    def noticing(self, number: int) -> None:
        """Record that a notice is about to be sent: the attempt counts, whatever becomes of the process."""
        with self._write() as connection:
            connection.execute("UPDATE host_notices SET attempts = attempts + 1 WHERE number = ?", (number,))
        crash.at("notice_before_effect")

    def noticed(self, number: int, state: str, error: Any, next_at: float | None = None) -> None:
        """Record what became of a notice: ``sent``, ``failed``, or ``waiting`` for the next attempt at `next_at`."""
        crash.at("notice_after_effect")
        with self._write() as connection:
            connection.execute(
                "UPDATE host_notices SET state = ?, error = ?, next_at = ?, at = ? WHERE number = ?",
                (state, error and said(error), next_at, time.time(), number),
            )

    def wait(self, step_id: str, at: float | None) -> None:
        """Let go of the run until `at`, None: until a person has answered. An answer that came meanwhile counts."""
        with self._write() as connection:
            answered = connection.execute(
                "SELECT state <> 'waiting' FROM host_approvals WHERE run_id = ? AND step_id = ?"
                " ORDER BY created_at DESC, rowid DESC LIMIT 1",
                (self.run_id, step_id),
            ).fetchone() == (1,)
            self._let_go(connection, "waiting", time.time() if answered else at)

    def release(self, at: float | None, state: str = "pending") -> None:
        """Let go of the run; it is due at `at`, None for a run that waits for a person."""
        with self._write() as connection:
            self._let_go(connection, state, at)

    def finish(self, state: str, *, error: Any = None, note: str | None = None) -> None:
        """End the run. What was kept unredacted for its steps goes, unless it failed and may be tried again."""
        now = time.time()
        with self._write() as connection:
            cause, created_at = connection.execute(
                "UPDATE host_runs SET state = ?, error = ?, note = ?, finished_at = ?, wake_at = NULL,"
                " lease_owner = NULL, lease_until = NULL WHERE id = ? RETURNING cause, created_at",
                (state, error and said(error), note, now, self.run_id),
            ).fetchone()
            tallies.run_ended(connection, cause, state, now - created_at)
            if state != "failed":
                connection.execute("UPDATE host_runs SET data = NULL WHERE id = ?", (self.run_id,))
                connection.execute("UPDATE host_steps SET result = NULL WHERE run_id = ?", (self.run_id,))
            crash.at("run_before_commit")
        crash.at("run_after_commit")

    def drop(self, number: int, condition: str, values: Mapping[str, Any]) -> None:
        """Delete a run that has not begun, since a condition was false; its trace keeps the values that it read."""
        with self._write() as connection:
            unmet(connection, self.run_id, number, condition, values)
            for (cause,) in connection.execute("DELETE FROM host_runs WHERE id = ? RETURNING cause", (self.run_id,)):
                tallies.run_ended(connection, cause, "condition_false", None)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._store.transaction() as connection:
            ours = connection.execute(
                "SELECT 1 FROM host_runs WHERE id = ? AND lease_owner = ? AND fence = ?", self._key
            ).fetchone()
            if ours is None:
                raise LostLease(self.run_id)
            yield connection

    def _let_go(self, connection: sqlite3.Connection, state: str, at: float | None) -> None:
        connection.execute(
            "UPDATE host_runs SET state = ?, wake_at = ?, lease_owner = NULL, lease_until = NULL WHERE id = ?",
            (state, at, self.run_id),
        )


def operation_ended(store: HostStore, operation: str) -> bool:
    """Make the runs due that wait for an operation; tell whether there were any."""
    now = time.time()
    rows = store.run(
        "UPDATE host_runs SET wake_at = ? WHERE state = 'waiting' AND wake_at > ? AND id IN"
        " (SELECT run_id FROM host_steps WHERE operation = ? AND state = 'waiting') RETURNING 1",
        (now, now, operation),
    )
    return bool(rows)


def _load(text: str | None) -> Any:
    return None if text is None else load(text)
