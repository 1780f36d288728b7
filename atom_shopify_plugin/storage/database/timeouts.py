"""How long somebody who owes an answer waits for the database.

SQLite makes a writer wait for its turn: all waits of one answer together take at most the time that `begin_answering`
gives.

A PostgreSQL that is frozen, or whose machine has vanished, keeps its connections open and says nothing. A thread that
asks it would wait until it is back, and soon all threads of a server would. After `begin_answering` a question is
given up after its time, together with its connection; from then on one question at a time finds out whether there are
answers again, and all others are refused at once. Whoever owes nobody an answer, such as a job, waits as before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from atom_shopify_plugin.process.forks import reset_after_fork

__all__ = ["begin_answering", "end_answering", "limit_waits", "spend", "within"]

T = TypeVar("T")

_WITHIN: ContextVar[float | None] = ContextVar("within", default=None)


def begin_answering(seconds: float) -> None:
    """Let each question of this thread to the database wait at most `seconds`, until `end_answering`."""
    _WITHIN.set(seconds)


def within(seconds: float) -> float:
    """Return how long this thread may wait: `seconds`, or less where it owes an answer."""
    left = _WITHIN.get()
    return seconds if left is None else min(left, seconds)


def spend(seconds: float) -> None:
    """Take a wait off what this thread may still wait where it owes an answer."""
    left = _WITHIN.get()
    if left is not None:
        _WITHIN.set(max(0.0, left - seconds))


def end_answering() -> None:
    """Wait for as long as it takes again."""
    _WITHIN.set(None)


class _Silence:
    """Whether a database has stopped answering, as far as this process knows."""

    def __init__(self) -> None:
        reset_after_fork(self)

    def reset(self) -> None:
        self._asking = threading.Lock()
        self.known = False

    def begins(self) -> None:
        """Take note; whoever has waited once for an answer has no time to wait again."""
        self.known = True
        _WITHIN.set(0.0)

    @contextmanager
    def broken_by(self, refusal: Callable[[], Exception]) -> Iterator[None]:
        """Ask; while nothing is answered only one at a time does, and for the others `refusal` is raised."""
        if _WITHIN.get() == 0.0:
            raise refusal()
        alone = self.known
        if alone and not self._asking.acquire(blocking=False):
            raise refusal()
        try:
            yield
        finally:
            if alone:
                self._asking.release()


def limit_waits(engine: Engine) -> None:
    """Have the connections of a PostgreSQL engine keep to what `begin_answering` says."""
    import psycopg
    from psycopg.errors import OperationalError

    silence = _Silence()

    def refusal() -> Exception:
        return OperationalError("The database does not answer.")

    class Connection(psycopg.Connection[Any]):
        def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
            within = _WITHIN.get()
            if within is None:
                return self._answered(super().wait(gen, *args, **options))
            try:
                with silence.broken_by(refusal):
                    return self._answered(super().wait(gen, *args, **{**options, "timeout": within}))
            except OperationalError as error:
                # What the server says has a state, and is an answer.
                if error.sqlstate is None and not self.closed:
                    silence.begins()
                    self.pgconn.finish()  # what has become of its transaction is not known
                raise

        @staticmethod
        def _answered(value: T) -> T:
            if silence.known:
                silence.known = False
            return value

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, args: Any, options: Any) -> Any:
        if _WITHIN.get() is None:
            return Connection.connect(*args, **options)
        with silence.broken_by(refusal):
            try:
                return Connection.connect(*args, **options)
            except OperationalError:
                silence.begins()
                raise
