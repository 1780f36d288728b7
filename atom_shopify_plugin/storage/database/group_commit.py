"""Writes of many requests, several to a transaction, with a deadline for each.

A commit costs the disk a wait; writes that come at the same time share one. The transactions run on threads of their
own, so that who asks gets an answer in time whatever the database does: frozen, locked, or without a free connection.

A caller waits in its thread (`GroupCommit.run`) or in an event loop (`Ticket.outcome`), which holds no thread. Code
that does both is written once, as `Steps`: a generator that yields tickets and is sent their values.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from atom_shopify_plugin.errors import Unavailable
from atom_shopify_plugin.process import crashpoints
from atom_shopify_plugin.process.forks import reset_after_fork

__all__ = ["GroupCommit", "Rows", "Steps", "Ticket", "finish", "finish_in_loop"]

T = TypeVar("T")
Steps = Generator["Ticket[Any]", Any, T]
"""What yields tickets, is sent the value of each or thrown its error, and returns a `T`."""

_BATCH = 64
_IDLE = 10.0  # seconds after which a thread without work ends
_MOST_WAITING = 2_000
_GATHER = 0.003  # seconds that a batch waits for further tickets while many come


class Rows(Generic[T]):
    """One row for `write`, which takes the rows of a batch together and returns a value for each, in their order.

    Rows whose `key` is the same share a call of `write`.
    """

    __slots__ = ("key", "row", "write")

    def __init__(self, key: object, row: dict[str, Any], write: Callable[[Session, list[dict[str, Any]]], list[T]]):
        self.key = key
        self.row = row
        self.write = write

    @staticmethod
    def shared(key: object, work: Callable[[Session], T]) -> Rows[T]:
        """Return what runs `work` once for all tickets of `key` in a batch, such as a look-up that many need."""
        return Rows(key, {}, lambda session, rows: [work(session)] * len(rows))


class Ticket(Generic[T]):
    """One write and, once it has ended, its value; await `outcome` or use `GroupCommit.wait`.

    `work` may run more than once, each time in a fresh transaction. `order` sorts the rows of a batch, so that two
    batches can't block each other. After `timeout` seconds the write may still happen, so that only what can be
    repeated is written here.
    """

    __slots__ = (
        "_future",
        "_group",
        "_loop",
        "_ready",
        "error",
        "given_up",
        "order",
        "point",
        "timeout",
        "value",
        "work",
    )

    def __init__(
        self,
        group: GroupCommit,
        work: Callable[[Session], T] | Rows[T],
        *,
        timeout: float,
        order: str = "",
        point: str = "",
    ) -> None:
        self.work = work
        self.timeout = timeout
        self.order = order
        self.point = point
        self.given_up = False
        self.value: Any = None
        self.error: BaseException | None = None
        self._group = group
        self._ready: threading.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._future: asyncio.Future[None] | None = None

    def wait(self) -> T:
        """Write, and return the value once it is committed; raise `Unavailable` after the timeout."""
        self._ready = threading.Event()
        self._group.put(self)
        if not self._ready.wait(self.timeout):
            self._give_up()
        return self._result()

    async def outcome(self) -> T:
        """Do what `wait` does in an event loop, without holding a thread."""
        self._loop = asyncio.get_running_loop()
        self._future = self._loop.create_future()
        self._group.put(self)
        alarm = self._loop.call_later(self.timeout, self._release)
        try:
            await self._future
        except asyncio.CancelledError:
            self.given_up = True
            raise
        finally:
            alarm.cancel()
        if self.given_up:
            self._give_up()
        return self._result()

    def _release(self) -> None:
        if self._future is not None and not self._future.done():
            self.given_up = True
            self._future.set_result(None)

    def _give_up(self) -> None:
        self.given_up = True
        raise Unavailable("The database does not answer; try again in a moment.", retry_after=1.0)

    def _result(self) -> T:
        if self.error is not None:
            raise self.error
        value: T = self.value
        return value


def finish(steps: Steps[T]) -> T:
    """Run `steps` in this thread, which waits for each ticket."""
    try:
        ticket = next(steps)
        while True:
            try:
                value = ticket.wait()
            except BaseException as error:  # noqa: BLE001  # it belongs to the steps
                ticket = steps.throw(error)
            else:
                ticket = steps.send(value)
    except StopIteration as end:
        result: T = end.value
        return result


async def finish_in_loop(steps: Steps[T]) -> T:
    """Run `steps` in an event loop, without holding a thread while a ticket is written."""
    try:
        ticket = next(steps)
        while True:
            try:
                value = await ticket.outcome()
            except BaseException as error:  # noqa: BLE001  # it belongs to the steps
                ticket = steps.throw(error)
            else:
                ticket = steps.send(value)
    except StopIteration as end:
        result: T = end.value
        return result


class GroupCommit:
    """The writing threads of one process: one on SQLite, which has one place for a writer, two on PostgreSQL.

    `committed` is told the seconds that each transaction took.
    """

    def __init__(
        self,
        begin: Callable[[], AbstractContextManager[Session]],
        threads: Callable[[], int],
        *,
        committed: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._begin = begin
        self._committed = committed
        self._most_threads = threads
        reset_after_fork(self)

    def reset(self) -> None:
        """Begin without threads, as a forked child does."""
        self._changed = threading.Condition()
        self._waiting: deque[Ticket[Any]] = deque()
        self._threads = 0
        self._idle = 0
        self._gathering = 0
        self._closed = False

    def run(self, work: Callable[[Session], T], *, timeout: float, order: str = "", point: str = "") -> T:
        """Run `work` in a transaction, perhaps beside the work of others, and return its value once it is committed.

        Raise `Unavailable` after `timeout` seconds. See `Ticket`.
        """
        return Ticket(self, work, timeout=timeout, order=order, point=point).wait()

    def put(self, ticket: Ticket[Any]) -> None:
        """Queue a ticket, which does so itself; raise `Unavailable` where too many wait."""
        with self._changed:
            if self._closed:
                raise Unavailable("The storage is closed.")
            if len(self._waiting) >= _MOST_WAITING:
                raise Unavailable("The database can't keep up; try again in a moment.", retry_after=1.0)
            self._waiting.append(ticket)
            if self._idle or (self._gathering and len(self._waiting) >= self._gathering):
                self._changed.notify()
            # Two: rows that share a transaction cost less, and one goes on while the other waits for the disk.
            elif self._threads < self._most_threads():
                self._threads += 1
                threading.Thread(target=self._loop, name="atom-shopify-writer", daemon=True).start()

    def close(self) -> None:
        """Let the threads end when all that waits is written."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._threads == 0, timeout=5.0)
            self._closed = False  # a storage that has been closed may be used again

    def _loop(self) -> None:
        last = 0
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
                # Who has just been told often writes again at once, and a commit for few would be dear: what a commit
                # costs beside its rows, the disk's wait included, is paid once for all that write at the same time.
                expected = min(_BATCH, last + len(self._waiting) - 1)
                if 0 < len(self._waiting) < expected and not self._closed:
                    self._gathering = expected
                    self._changed.wait(_GATHER)
                    self._gathering = 0
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            last = len(batch)
            self._write(sorted((ticket for ticket in batch if not ticket.given_up), key=lambda ticket: ticket.order))

    def _write(self, batch: list[Ticket[Any]]) -> None:
        if not batch:
            return
        try:
            self._commit(batch)
        except BaseException as error:  # noqa: BLE001  # whatever it is belongs to who asked for the write
            if len(batch) == 1 or isinstance(error, Unavailable):
                for ticket in batch:
                    ticket.error = error
                _tell(batch)
            else:
                for ticket in batch:  # one of them is wrong: the others shall not suffer
                    self._write([ticket])

    def _commit(self, batch: list[Ticket[Any]]) -> None:
        started = time.perf_counter()
        with self._begin() as session:
            for tickets in _together(batch):
                work = tickets[0].work
                if isinstance(work, Rows):
                    rows = [ticket.work.row for ticket in tickets if isinstance(ticket.work, Rows)]
                    values = work.write(session, rows)
                    for ticket, value in zip(tickets, values, strict=True):
                        ticket.value = value
                else:
                    tickets[0].value = work(session)
            for ticket in batch:
                if ticket.point:
                    crashpoints.at(f"{ticket.point}_before_commit")
        self._committed(time.perf_counter() - started)
        _tell(batch)


def _together(batch: Sequence[Ticket[Any]]) -> Iterable[list[Ticket[Any]]]:
    """Yield the tickets of a batch: rows of one key as one list, every other ticket alone."""
    rows: dict[object, list[Ticket[Any]]] = {}
    for ticket in batch:
        if isinstance(ticket.work, Rows):
            rows.setdefault(ticket.work.key, []).append(ticket)
        else:
            yield [ticket]
    yield from rows.values()


def _tell(batch: Sequence[Ticket[Any]]) -> None:
    """Wake who waits; an event loop is woken once for all of its tickets."""
    loops: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for ticket in batch:
        if ticket._ready is not None:
            ticket._ready.set()
        elif ticket._loop is not None and ticket._future is not None:
            loops.setdefault(ticket._loop, []).append(ticket._future)
    for loop, futures in loops.items():
        try:
            loop.call_soon_threadsafe(_settle, futures)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _settle(futures: Sequence[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
