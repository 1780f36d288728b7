"""The engine: one thread that looks for due runs and keeps their leases, and one for each run that is worked on.

The rows are the truth; a nudge only saves the wait for the next look. Any number of threads and processes may work
on the same file. Threads start in the process that first asks the engine to: a fork carries nothing over.
"""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from atom_shopify_plugin.host.quotas import Quotas
from atom_shopify_plugin.host.store import HostStore
from atom_shopify_plugin.host.workflows import housekeeping
from atom_shopify_plugin.host.workflows.claims import Turns, claim, next_due, others_wait
from atom_shopify_plugin.host.workflows.clock import ClockWatch
from atom_shopify_plugin.host.workflows.definition import UNREADABLE, Definition, Step, read
from atom_shopify_plugin.host.workflows.expressions import Bad, evaluate
from atom_shopify_plugin.host.workflows.intake import EventIntake
from atom_shopify_plugin.host.workflows.leases import Lease, LostLease, StepRow
from atom_shopify_plugin.host.workflows.steps import Steps
from atom_shopify_plugin.host.workflows.traces import values_of
from atom_shopify_plugin.host.workflows.verdicts import Again, Ask, Done, End, Fail, Follow, Skip, Verdict, Wait
from atom_shopify_plugin.process.forks import reset_after_fork

__all__ = ["WorkflowEngine"]

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # how often another process's plans are looked for
STEP_SECONDS = 600.0  # a step that takes longer loses its lease: it hangs
DRAIN_SECONDS = 30.0
CLEAN_SECONDS = 30.0
SLICE_SECONDS = 1.0  # after which a run lets those of other people have its thread, between two steps


class WorkflowEngine:
    """Works on runs. `lease` is how many seconds after its death a process's runs are taken over."""

    def __init__(
        self, store: HostStore, steps: Steps, intake: EventIntake, *, threads: int, lease: float, quotas: Quotas
    ) -> None:
        self._store = store
        self._steps = steps
        self._intake = intake
        self._threads = threads
        self._lease_seconds = lease
        self._turns = Turns()
        self._quotas = quotas
        self._closed = False
        self._listeners: list[Callable[[], None]] = []
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without a thread and without work: those of before a fork are the parent's."""
        self._starting = threading.Lock()
        self._closing = threading.Event()
        self._turn = threading.Condition()
        self._nudged = False
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._active: dict[Lease, float] = {}
        self._owner = ""

    def start(self) -> None:
        """Begin to look for work, once in each process; cheap when it has begun."""
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None and not self._closed and self._threads:
                self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
                self._thread = threading.Thread(target=self._look, name="atom-workflows", daemon=True)
                self._thread.start()

    def nudge(self) -> None:
        """Say that there is work."""
        self.start()
        with self._turn:
            self._nudged = True
            self._turn.notify_all()

    def stop(self, timeout: float = DRAIN_SECONDS) -> None:
        """Take nothing new, let steps that are running end, and give their runs back; for good."""
        with self._starting:
            self._closed = True
            self._closing.set()
        if self._thread is None:
            return
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        self._thread.join(timeout)
        if self._thread.is_alive():
            log.warning(
                "workflows: %d steps did not end in %.0f s; another process resumes", len(self._active), timeout
            )

    def settled(self, run_id: str, seconds: float) -> bool:
        """Wait until a run has ended or waits for a person, at most `seconds`; tell whether it is so."""
        until = time.monotonic() + seconds
        while True:
            rows = self._store.run("SELECT wake_at, lease_owner FROM host_runs WHERE id = ?", (run_id,))
            if not rows or rows[0] == (None, None):
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            with self._turn:
                self._turn.wait(min(0.1, left))

    def settled_among(self, run_ids: Collection[str]) -> set[str]:
        """Return those of some runs that have ended, wait for a person, or are not there."""
        going: set[str] = set()
        ids = list(run_ids)
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            marks = ",".join("?" * len(some))
            chosen = f"SELECT id FROM host_runs WHERE id IN ({marks}) AND (wake_at NOTNULL OR lease_owner NOTNULL)"  # noqa: S608  # question marks only
            going.update(row[0] for row in self._store.run(chosen, tuple(some)))
        return set(ids) - going

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener`, in some thread, whenever a run of this process has been worked on."""
        self._listeners.append(listener)

    def _look(self) -> None:
        extended = cleaned = time.monotonic()
        watch = ClockWatch(self._store, self._lease_seconds)
        while self._wait():
            try:
                watch.look()
                if time.monotonic() - extended > self._lease_seconds / 5:
                    extended = time.monotonic()
                    self._extend()
                if self._stopping:
                    continue
                self._take()
                if time.monotonic() - cleaned > CLEAN_SECONDS:
                    cleaned = time.monotonic()
                    housekeeping.clean(self._store, history=self._quotas.history_mb << 20)
            except Exception:  # full disk, foreign lock, a bug: nothing may end the thread that keeps all runs going
                log.exception("workflows: a look for work failed; the next one comes in a second")
                self._closing.wait(LOOK_SECONDS)

    def _wait(self) -> bool:
        """Wait for the next look; tell whether there is to be one."""
        due = None
        if not self._stopping and len(self._active) < self._threads:
            try:
                due = next_due(self._store)
            except sqlite3.Error:
                log.exception("workflows: the host's storage failed")
        seconds = min(
            LOOK_SECONDS, self._lease_seconds / 5, LOOK_SECONDS if due is None else max(0.0, due - time.time())
        )
        with self._turn:
            if self._stopping and not self._active:
                return False
            if not self._nudged:
                # Never less than a moment: a run that is due but held by a live lease must not make this spin.
                self._turn.wait(max(seconds, 0.005))
            self._nudged = False
            return not (self._stopping and not self._active)

    def _extend(self) -> None:
        for lease, until in list(self._active.items()):
            if time.monotonic() < until:
                lease.extend(self._lease_seconds)

    def _take(self) -> None:
        due = next_due(self._store)
        if due is None or due > time.time():
            return
        self._intake.tick(time.time())
        while len(self._active) < self._threads and not self._stopping:
            lease = claim(self._store, self._owner, self._lease_seconds, self._turns)
            if lease is None:
                return
            self._active[lease] = time.monotonic() + STEP_SECONDS
            threading.Thread(target=self._work, args=(lease,), name="atom-workflow-run", daemon=True).start()

    def _work(self, lease: Lease) -> None:
        try:
            self._advance(lease)
        except LostLease:
            log.info("run %s is in other hands", lease.run_id)
        except sqlite3.Error:
            log.exception("run %s stopped at a failure of the host's storage; it is resumed", lease.run_id)
        except Exception:  # a bug of ours ends the run with a trace, and not the thread without one
            log.exception("run %s failed inside", lease.run_id)
            _end_quietly(lease)
        finally:
            with self._turn:
                self._active.pop(lease, None)
                self._nudged = True
                self._turn.notify_all()
            for listener in self._listeners:
                listener()

    def _advance(self, lease: Lease) -> None:
        """Work on a run until it ends, waits, or the host stops."""
        try:
            definition = read(lease.run.definition)
            rows = lease.steps()
            data = _data(lease, definition, rows)
        except UNREADABLE:
            log.exception("run %s can't be read", lease.run_id)
            lease.finish("failed", error=_UNREADABLE)
            return
        if not rows and not _begins(lease, definition, data):
            return
        began = time.monotonic()
        for at, step in enumerate(definition.steps):
            row = rows.get(step.id)
            if row is not None and row.state in ("done", "skipped", "failed"):
                continue
            slow = time.monotonic() - began > SLICE_SECONDS
            if self._stopping or (slow and others_wait(self._store, lease.run)):
                lease.release(time.time())
                return
            self._active[lease] = time.monotonic() + STEP_SECONDS
            verdict = self._steps.carry_out(lease, at, step, row, data)
            if not _record(lease, at, step, verdict, data):
                return
        lease.finish("completed")


def _data(lease: Lease, definition: Definition, rows: Mapping[str, StepRow]) -> dict[str, Any]:
    """Return what the expressions of a run may read."""
    run = lease.run
    results = {step_id: row.result for step_id, row in rows.items() if row.state == "done"}
    return {
        **results,
        "trigger": run.data.get("trigger", {}),
        "input": run.data.get("input", {}),
        "event": run.event,
        "variables": definition.raw.get("variables", {}),
        "run": {"id": run.id, "cause": run.cause, "shop": run.shop},
        "steps": results,
        "errors": {step_id: row.error for step_id, row in rows.items() if row.state == "failed"},
    }


_UNREADABLE = {
    "code": "DEFINITION_ERROR",
    "message": "The stored definition or data of the run can't be read. Create the workflow again.",
}


def _begins(lease: Lease, definition: Definition, data: Mapping[str, Any]) -> bool:
    """Tell whether the conditions hold; where they do not, delete the run, or end it if a person began it."""
    for at, text in enumerate(definition.raw.get("conditions", ())):
        try:
            holds = bool(evaluate(text, data, expression=True))
        except Bad as bad:
            lease.finish("failed", error={"code": "EXPRESSION_ERROR", "message": f"condition {at + 1}: {bad}"})
            return False
        if not holds and lease.run.cause == "manual":
            lease.finish("completed", note=f"condition {at + 1} was false")
        elif not holds:
            lease.drop(at + 1, text, values_of(text, data))
        if not holds:
            return False
    return True


def _record(lease: Lease, at: int, step: Step, verdict: Verdict, data: dict[str, Any]) -> bool:
    """Write down what became of a step; tell whether the run goes on now."""
    match verdict:
        case Done():
            lease.end(at, step.id, "done", kind=step.type, value=verdict.value)
            data["steps"][step.id] = verdict.value
            data[step.id] = verdict.value
            return True
        case Skip():
            lease.end(at, step.id, "skipped", kind=step.type)
            return True
        case Fail():
            lease.end(at, step.id, "failed", kind=step.type, error=verdict.as_dict())
            data["errors"][step.id] = verdict.as_dict()
            if not step.goes_on:
                lease.finish("failed", error={"step": step.id, **verdict.as_dict()})
            return step.goes_on
        case End():
            lease.end(at, step.id, "done", kind=step.type, value={"result": False})
            lease.finish("completed", note=verdict.note)
        case Again():
            lease.again(step.id, verdict.at, verdict.why.as_dict(), counted=verdict.counted, new_key=verdict.new_key)
        case Ask():
            lease.ask(at, step.id, verdict.reason, verdict.details, step.expires_seconds, verdict.notify)
        case Follow():
            lease.follow(step.id, verdict.operation, verdict.at)
        case Wait():
            lease.wait(step.id, verdict.at)
    return False


def _end_quietly(lease: Lease) -> None:
    try:
        lease.finish("failed", error={"code": "INTERNAL_ERROR", "message": "The host failed; its log says how."})
    except (LostLease, sqlite3.Error):
        log.info("run %s could not be ended; it is resumed when its lease runs out", lease.run_id)
