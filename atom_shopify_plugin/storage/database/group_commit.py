"""Writes of many threads, several to a transaction, with a deadline for each.

A commit costs the disk a wait; threads that write at the same time share one. The transactions run on threads of
their own, so that who asks gets an answer in time whatever the database does: frozen, locked, or without a free
connection.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.process.forks import reset_after_fork

__all__ = ["GroupCommit"]

T = TypeVar("T")

_BATCH = 64
_IDLE = 10.0  # seconds after which a thread without work ends
_MOST_WAITING = 2_000


class _Write(Generic[T]):
    """One write that waits; `work` may run more than once, each time in a fresh transaction."""

    def __init__(self, work: Callable[[Session], T], order: str, point: str) -> None:
        self.work = work
        self.order = order
        self.point = point
        self.ready = threading.Event()
        self.given_up = False
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self, session: Session) -> None:
        self.value = self.work(session)


class GroupCommit:
    """The writing threads of one process: one on SQLite, which has one place for a writer, two on PostgreSQL."""

    def __init__(self, begin: Callable[[], AbstractContextManager[Session]], threads: Callable[[], int]) -> None:
        self._begin = begin
        self._most_threads = threads
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without threads, as a forked child does."""
        self._changed = threading.Condition()
        self._waiting: deque[_Write[Any]] = deque()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def run(self, work: Callable[[Session], T], *, timeout: float, order: str = "", point: str = "") -> T:
        """Run `work` in a transaction, perhaps beside the work of others, and return its value once it is committed.

        Raise `Unavailable` after `timeout` seconds; the write may still happen later, so that only what can be
        repeated is written here. `order` sorts the rows of a batch, so that two batches can't block each other.
        """
        write = _Write(work, order, point)
        with self._changed:
            if self._closed:
                raise Unavailable("The storage is closed.")
            if len(self._waiting) >= _MOST_WAITING:
                raise Unavailable("The database can't keep up; try again in a moment.", retry_after=1.0)
            self._waiting.append(write)
            if self._idle:
                self._changed.notify()
            # Two: rows that share a transaction cost less, and one goes on while the other waits for the disk.
            elif self._threads < self._most_threads():
                self._threads += 1
                threading.Thread(target=self._loop, name="atom-shopify-writer", daemon=True).start()
        if not write.ready.wait(timeout):
            write.given_up = True
            raise Unavailable("The database does not answer; try again in a moment.", retry_after=1.0)
        if write.error is not None:
            raise write.error
        value: T = write.value
        return value

    def close(self) -> None:
        """Let the threads end when all that waits is written."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._threads == 0, timeout=5.0)
            self._closed = False  # a storage that has been closed may be used again

    def _loop(self) -> None:
        while True:
            with self._changed:
                if not self._waiting and not self._closed:
                    self._idle += 1
                    self._changed.wait(_IDLE)
                    self._idle -= 1
                if not self._waiting:
                    self._threads -= 1
                    self._changed.notify_all()
                    return
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            self._write(sorted((write for write in batch if not write.given_up), key=lambda write: write.order))

    def _write(self, batch: list[_Write[Any]]) -> None:
        if not batch:
            return
        try:
            self._commit(batch)
        except BaseException as error:  # noqa: BLE001  # whatever it is belongs to who asked for the write
            if len(batch) == 1 or isinstance(error, Unavailable):
                for write in batch:
                    write.error = error
                    write.ready.set()
            else:
                for write in batch:  # one of them is wrong: the others shall not suffer
                    self._write([write])

    def _commit(self, batch: list[_Write[Any]]) -> None:
        with self._begin() as session:
            for write in batch:
                write.run(session)
            for write in batch:
                if write.point:
                    crashpoints.at(f"{write.point}_before_commit")
        for write in batch:
            write.ready.set()
