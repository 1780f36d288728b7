"""The thread in which bulk operations advance: one step of each in turn, with room for requests in between.

It starts with the first operation and ends when there is nothing left to do.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from atom_shopify_plugin.sandbox.accounts import Account
from atom_shopify_plugin.sandbox.bulk.job import Job, Platform
from atom_shopify_plugin.sandbox.bulk.settings import Desk
from atom_shopify_plugin.sandbox.context import Context
from atom_shopify_plugin.sandbox.store import Change, Node, StoreState

__all__ = ["Runner"]

log = logging.getLogger(__name__)
UNFINISHED = frozenset({"CREATED", "RUNNING", "CANCELING"})
ROUNDED = 0.001  # seconds by which a time that was a datetime may be off
REST = 0.0005  # seconds between two steps: whoever waits for the store's lock gets it then


def _stepped(job: Job) -> bool:
    """Do a step; an operation that can't even be ended is left alone, and the others go on."""
    try:
        return job.step()
    except Exception:  # the edge of the thread
        log.exception("The bulk operation %s could not be ended", job.gid)
        return False


class Runner:
    """Runs the bulk operations of all stores of `sandbox`. All methods may be called from any thread."""

    def __init__(self, sandbox: Platform, desk: Desk) -> None:
        self._sandbox = sandbox
        self._desk = desk
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._calm = threading.Condition(self._lock)
        self._jobs: list[Job] = []
        self._thread: threading.Thread | None = None
        self._closing = False
        self._paused = 0
        sandbox.clock.watch(self._wake)

    def observe(self, ctx: Context, changes: list[Change]) -> None:
        """Take up operations that were created, and let those that are cancelled know; the store's lock is held."""
        for change in changes:
            node = change.node
            if node["__typename"] == "BulkOperation" and node["status"] in ("CREATED", "CANCELING"):
                self._enter(ctx.store, node)

    def change(self, values: Mapping[str, Any]) -> None:
        """Change the settings; raise `ValueError` for what is none."""
        with self._lock:
            self._desk.settings = self._desk.settings.changed(values)
            self._work.notify_all()

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing that is due by the sandbox's clock is left to do; tell whether that came true in time."""
        with self._lock:
            return self._calm.wait_for(self._is_calm, timeout)

    def close(self) -> None:
        """Stop the thread and wait for it; what is not finished goes on with the next operation that starts."""
        with self._lock:
            self._closing, thread = True, self._thread
            self._work.notify_all()
        if thread is not None:
            thread.join()
        with self._lock:
            self._closing = False

    @contextmanager
    def paused(self, accounts: Mapping[str, Account]) -> Iterator[None]:
        """Let nothing advance while the stores go back to a snapshot, and then take up what was unfinished in it."""
        with self._lock:
            self._paused += 1
            self._jobs.clear()
            self._work.notify_all()
        try:
            yield
        finally:
            with self._lock:
                self._paused -= 1
            for account in accounts.values():
                state = account.built
                if state is not None:
                    with state.lock:
                        for node in list(state.all("BulkOperation").values()):
                            if node["status"] in UNFINISHED:
                                self._enter(state, node)

    def _enter(self, store: StoreState, node: Node) -> None:
        with self._lock:
            if not any(job.store is store and job.gid == node["id"] for job in self._jobs):
                self._jobs.append(Job(self._sandbox, store, node, lambda: self._desk.settings))
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="sandbox-bulk", daemon=True)
                self._thread.start()
            self._work.notify_all()

    def _wake(self) -> None:
        with self._lock:
            self._work.notify_all()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            with job.store.lock:
                with self._lock:
                    current = any(known is job for known in self._jobs)
                goes_on = current and _stepped(job)
            if not goes_on:
                with self._lock:
                    self._jobs = [known for known in self._jobs if known is not job]
            time.sleep(REST)

    def _next(self) -> Job | None:
        """Wait for the next job that is due and put it last; None when the thread shall end."""
        with self._lock:
            while self._jobs and not self._closing:
                now, dues = self._now(), [job.due for job in self._jobs]
                if self._may_work() and min(dues) <= now:
                    job = self._jobs.pop(next(at for at, due in enumerate(dues) if due <= now))
                    self._jobs.append(job)
                    return job
                self._calm.notify_all()
                stands = self._sandbox.clock.frozen or not self._may_work()
                self._work.wait(None if stands else min(max(min(dues) - now, 0.001), 60.0))
            self._thread = None
            self._calm.notify_all()
            return None

    def _may_work(self) -> bool:
        return not self._paused and not self._desk.settings.hold

    def _now(self) -> float:
        return self._sandbox.clock.time() + ROUNDED

    def _is_calm(self) -> bool:
        now = self._now()
        return not self._may_work() or not any(job.due <= now for job in self._jobs)
